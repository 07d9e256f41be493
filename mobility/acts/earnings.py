"""What drivers see of their money: a month's trips with what each earned and why, and the attestation for a period."""

from __future__ import annotations

import datetime as dt
import hashlib
from base64 import b32encode
from dataclasses import dataclass, replace
from typing import Any

from ground.paris import PARIS
from mobility.accounts.caller import Caller, ForbiddenError
from mobility.acts.grant_subsidy import DriversGrants, list_drivers_grants
from mobility.acts.payout_ports import Attestation
from mobility.acts.ports import ActPorts, UnitOfWork
from ticketing.canonical_json import from_stored, to_canonical
from ticketing.period import next_period, period_of
from ticketing.root import SignedRoot

ATTESTATION_FORMAT = "mobility attestation 1"
CODE_CHARACTERS = 24
"""120 bits in base 32: nobody finds a code by trying."""


MONTHS_MAX = 24


class EarningsError(Exception):
    """What was asked for cannot be had; `french` and `english` say why."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(english)
        self.french, self.english = french, english


@dataclass(frozen=True, slots=True)
class Earnings:
    """A driver's month. Cents. `is_closed`: what is granted in it changes no more. `paid_cents` and `owed_cents` are of
    all months: what the bank was told to pay, less what came back, and what is still to be paid."""

    month: str
    is_closed: bool
    grants: DriversGrants
    granted_cents: int
    estimated_cents: int
    paid_cents: int
    owed_cents: int


def read_earnings(ports: ActPorts, caller: Caller, month: str = "") -> Earnings:
    """The caller's own month (YYYY-MM; "": this one). Raises ForbiddenError when there is no such person."""
    month = month or period_of(ports.now())
    grants = list_drivers_grants(ports, caller, month)
    with ports.unit_of_work(read_only=True) as work:
        account = f"driver:{_pseudonym(work, caller)}"
        closed = {root.period for root in work.register.list_roots()}
        transactions = work.ledger.list_transactions(account)
        paid = sum(
            posting.amount_cents
            for one in transactions
            if one.kind in ("payout", "payout-return")
            for posting in one.postings
            if posting.account == account
        )
        owed = -work.ledger.balance(account)
    return Earnings(
        month=month,
        is_closed=month in closed,
        grants=grants,
        granted_cents=sum(line.amount_cents for line, _, _ in grants.granted if line.withdrawn_seq is None),
        estimated_cents=sum(
            made.amount_cents for trip, made in grants.estimated if period_of(trip.started_at) == month
        ),
        paid_cents=paid,
        owed_cents=owed,
    )


def attest(ports: ActPorts, caller: Caller, first: str, last: str) -> Attestation:
    """The attestation of the caller's own trips of the months `first` to `last`, all closed. The same months give the
    same code, as long as nothing of them was taken back. Raises ForbiddenError and EarningsError."""
    if first > last:
        raise EarningsError(
            f"La période est à l’envers : {first} vient après {last}.",
            f"The period is upside down: {first} is after {last}.",
        )
    with ports.unit_of_work() as work:
        pseudonym = _pseudonym(work, caller)
        roots = {root.period: root for root in work.register.list_roots()}
        if last not in roots or len(_months(first, last)) > MONTHS_MAX:
            raise EarningsError(
                "Une attestation porte sur des mois clos, 24 au plus : un mois est clos quelques jours après sa fin.",
                "An attestation is of closed months, 24 at most: a month is closed some days after its end.",
            )
        made = _attest(work, pseudonym, (first, last), roots[last], ports.now())
        known = work.payouts.find_attestation(made.code)
        if known is not None:
            return known
        work.payouts.add_attestation(made)
        work.commit()
    return made


def find_attestation(ports: ActPorts, code: str) -> tuple[Attestation, bool] | None:
    """What a code attests, for whoever was shown it, and whether it still stands (a trip may have been taken back
    since). None: there is no such code. Doors do not say whose it is."""
    with ports.unit_of_work(read_only=True) as work:
        found = work.payouts.find_attestation(code.replace("-", "").replace(" ", "").upper())
        if found is None:
            return None
        now = _totals(work, found.person, _months(found.first, found.last))
        return found, all(getattr(found, name) == value for name, value in now.items())


def _months(first: str, last: str) -> list[str]:
    months = [first]
    while months[-1] < last:
        months.append(next_period(months[-1]))
    return months


def _totals(work: UnitOfWork, pseudonym: str, months: list[str]) -> dict[str, int]:
    lines = [
        line
        for month in months
        for line in work.subsidies.list_grants(pseudonym, month)
        if line.withdrawn_seq is None
    ]
    facts = [_facts(work, line.seq) for line in lines]
    return {
        "trips": len(lines),
        "days": len({line.started_at.astimezone(PARIS).date() for line in lines}),
        "distance_m": sum(one["distance_m"] for one in facts),
        "passengers": sum(rider["seats"] for one in facts for rider in one["passengers"]),
        "amount_cents": sum(line.amount_cents for line in lines),
    }


def _attest(
    work: UnitOfWork,
    pseudonym: str,
    span: tuple[str, str],
    root: SignedRoot,
    at: dt.datetime,
) -> Attestation:
    totals = _totals(work, pseudonym, _months(*span))
    return _with_code(
        Attestation(
            code="",
            person=pseudonym,
            first=span[0],
            last=span[1],
            **totals,
            root=hashlib.sha256(root.document).hexdigest(),
            made_at=at.astimezone(dt.UTC).replace(microsecond=0),
        )
    )


def _with_code(one: Attestation) -> Attestation:
    """The code is a hash of what is attested, of the pseudonym, which nobody can guess, and of the signed root."""
    content = {
        "format": ATTESTATION_FORMAT,
        "person": one.person,
        "first": one.first,
        "last": one.last,
        "trips": one.trips,
        "distance_m": one.distance_m,
        "passengers": one.passengers,
        "amount_cents": one.amount_cents,
        "root": one.root,
    }
    code = b32encode(hashlib.sha256(to_canonical(content)).digest()).decode()[:CODE_CHARACTERS]
    return replace(one, code=code)


def _pseudonym(work: UnitOfWork, caller: Caller) -> str:
    person = work.accounts.find_person(caller.person)
    if person is None or not person.pseudonym:
        raise ForbiddenError("this is for people")
    return person.pseudonym


def _facts(work: UnitOfWork, seq: int) -> dict[str, Any]:
    entry = work.register.find_entry(seq)
    assert entry is not None, f"grant {seq} has no entry in the register"
    facts: dict[str, Any] = from_stored(entry.body)["facts"]
    return facts
