"""Budgets of campaigns: what the Region puts in, what is used, and how long it may last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import holidays

from ground.paris import PARIS
from mobility.accounts.caller import Caller, Permission
from mobility.acts.audit.ports import AuditPorts, UnknownAuditError, note_read
from mobility.acts.ports import UnitOfWork
from mobility.acts.record import record
from ticketing.canonical_json import from_stored
from ticketing.entry import RegisterEntry
from ticketing.envelope import Envelope, describe_envelope

ENVELOPE = "envelope:"
SUBSIDY = "subsidy:"


def fund_envelope(
    ports: AuditPorts, caller: Caller, campaign: str, amount_cents: int, key: str
) -> RegisterEntry:
    """The Region puts money into a campaign's envelope, or (negative) takes some out again. `key`: the number of the
    decision, which counts once. Raises ForbiddenError, and LedgerError for a key used for something else."""
    caller.require(Permission.MANAGE_POLICIES)
    with ports.acts.unit_of_work() as work:
        body = {"campaign": campaign, "amount_cents": amount_cents, "idempotency_key": f"envelope:{key}"}
        entry = record(work, "envelope", body, ports.acts.now())
        work.commit()
    return entry


def list_envelopes(
    ports: AuditPorts, caller: Caller, campaign: str = "", until: dt.date | None = None
) -> list[Envelope]:
    """The envelopes of all campaigns, or one, as they stand now, carried on until a day (None: the end of the year).

    Raises ForbiddenError and UnknownAuditError.
    """
    note_read(ports, caller, f"envelopes {campaign}".strip())
    today = ports.acts.now().astimezone(PARIS).date()
    horizon = until or dt.date(today.year, 12, 31)
    closed = holidays.country_holidays("FR", years=range(today.year - 1, horizon.year + 1))
    with ports.acts.unit_of_work(read_only=True) as work:
        budgets = {
            account.removeprefix(ENVELOPE): -cents for account, cents in work.ledger.list_balances(ENVELOPE)
        }
        used = {account.removeprefix(SUBSIDY) for account, _ in work.ledger.list_balances(SUBSIDY)}
        names = sorted(budgets.keys() | used)
        if campaign:
            if campaign not in names:
                raise UnknownAuditError(
                    f"nothing was put into or granted from {campaign!r}; there is: {', '.join(names)}"
                )
            names = [campaign]
        by_day: dict[str, dict[dt.date, int]] = {name: {} for name in names}
        for name, day, cents in _granted(work):
            if name in by_day:
                by_day[name][day] = by_day[name].get(day, 0) + cents
    return [
        describe_envelope(
            name,
            budgets.get(name, 0),
            by_day[name],
            today,
            horizon,
            lambda day: day.weekday() < 5 and day not in closed,
        )
        for name in names
    ]


def _granted(work: UnitOfWork) -> Iterator[tuple[str, dt.date, int]]:
    """(campaign, day, cents) of all grants, by the day of the trip, and of withdrawals, by the day they were made."""
    for entry in work.register.list_entries(kinds=("grant", "withdrawal")):
        body = from_stored(entry.body)
        if entry.kind == "grant":
            started = dt.datetime.fromisoformat(body["facts"]["started_at"])
            yield body["campaign"], started.astimezone(PARIS).date(), body["grant"]["amount_cents"]
        else:
            yield body["campaign"], entry.at.astimezone(PARIS).date(), -body["amount_cents"]
