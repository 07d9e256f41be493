"""Pay drivers: one file for the bank, one entry of the register, in one transaction; and take back what banks return.

The file is not part of the transaction, so it is written from what was committed, after it: whenever it is missing it
is written again, byte for byte, and its hash is in the register.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import holidays

from ground.paris import PARIS
from mobility.accounts.caller import Caller, Permission
from mobility.acts.payout_ports import Payout, PayoutFiles
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.record import LOCK, record
from ticketing.canonical_json import from_stored
from ticketing.credit_transfer import (
    BankAccount,
    CreditTransfer,
    CreditTransferError,
    Payment,
    next_bank_day,
    read_account,
    read_sums,
    render_credit_transfer,
)
from ticketing.entry import RegisterEntry
from ticketing.postings import BANK, LedgerError, postings_of
from ticketing.register import CLOSE
from ticketing.statement import DRIVER

MOVED_BY_BANKS = frozenset(("payout", "payout-return"))

REASON_MAX = 200
_PERSONAL = re.compile(r"@|(?:\d[ .-]?){9,}|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,}")
"""Addresses, telephone numbers, bank accounts."""

NO_DETAILS = "no bank details"
WRONG_DETAILS = "bank details that are not valid"
SAME_DETAILS = "the last payment came back, and the bank details are still the same"
BELOW_MINIMUM = "less than the least amount that is paid"
ERASED = "the account was erased"


class PayoutError(Exception):
    """A payout or a return cannot be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PayoutPorts:
    """What paying needs. `read_payer` gives the Region's account as (name, IBAN, BIC); empty when none is set."""

    acts: ActPorts
    files: PayoutFiles
    read_payer: Callable[[], tuple[str, str, str]]
    minimum_cents: int
    read_operators: Callable[[], Mapping[str, tuple[str, str, str]]] = dict
    """The operators' accounts as (name, IBAN, BIC), by operator."""


@dataclass(frozen=True, slots=True)
class Left:
    """Whoever is owed something and was not paid, and why."""

    payee: str
    """A driver's pseudonym, or an operator."""
    amount_cents: int
    why: str


@dataclass(frozen=True, slots=True)
class PayoutOutcome:
    """What was paid. `payout` is None when there was nothing to pay; `files` are those written now."""

    payout: Payout | None
    left: tuple[Left, ...]
    files: tuple[str, ...]


def pay_out(ports: PayoutPorts, caller: Caller, period: str) -> PayoutOutcome:
    """Pay what drivers are owed of the months up to `period`, all closed. A second call pays nothing more.

    Raises ForbiddenError and PayoutError; then nothing is paid.
    """
    caller.require(Permission.PAY_OUT)
    payer = payer_of(ports)
    at = ports.acts.now().astimezone(dt.UTC).replace(microsecond=0)
    with ports.acts.unit_of_work() as work:
        work.lock(LOCK)
        due = _due(work, _closed_at(work, period))
        payments, left = _choose(ports, work, due)
        payout = None
        if payments:
            transfer = CreditTransfer(
                id=ports.acts.new_id(),
                at=at,
                execute_on=execution_day(at),
                payer=payer,
                payments=tuple(payments),
                purpose=f"Covoiturage {period}",
            )
            payout = commit_payout(work, transfer, period, "payout", "driver", ports.minimum_cents)
    return PayoutOutcome(payout, tuple(left), write_payout_files(ports, caller))


def return_payment(
    ports: PayoutPorts,
    caller: Caller,
    payout_seq: int,
    name: str,
    reason: str,
    *,
    kind: str = "payout",
    payee: str = "driver",
) -> RegisterEntry:
    """The bank sent a payment back: it is owed again. Once. `kind`, `payee`: as of `commit_payout`; `name`: whom it was
    for. Raises ForbiddenError and PayoutError."""
    caller.require(Permission.PAY_OUT)
    with ports.acts.unit_of_work() as work:
        work.lock(LOCK)
        paid = work.register.find_entry(payout_seq)
        if paid is None or paid.kind != kind:
            raise PayoutError(f"entry {payout_seq} of the register is no payout to {payee}s")
        lines = [one for one in from_stored(paid.body)["lines"] if one[payee] == name]
        if not lines:
            raise PayoutError(f"payout {payout_seq} paid nothing to {name}")
        payment = _payment_of(work, payout_seq, name)
        before = None if payment is None else work.payouts.find_return(payout_seq, payment.id)
        if before is not None:
            raise PayoutError(f"that payment came back already: entry {before}")
        if not reason.strip() or len(reason) > REASON_MAX or _PERSONAL.search(reason):
            raise PayoutError(
                "a return needs the bank's reason, such as 'AC04 account closed': it is in the register for ever, so "
                f"without names, addresses or account numbers, and of {REASON_MAX} characters at most"
            )
        body = {
            "payout_seq": payout_seq,
            payee: name,
            "amount_cents": sum(one["amount_cents"] for one in lines),
            "reason": reason.strip(),
        }
        if payment is not None:
            body["commitment"] = payment.commitment()
        try:
            entry = record(work, f"{kind}-return", body, ports.acts.now())
        except LedgerError as error:
            raise PayoutError(str(error)) from error
        if payment is not None:
            work.payouts.add_return(payout_seq, payment.id, entry.seq)
        work.commit()
    return entry


def _payment_of(work: UnitOfWork, payout_seq: int, name: str) -> Payment | None:
    """What a payout's file paid to somebody; None: it has no file, it was noted."""
    if work.payouts.find_payout(payout_seq) is None:
        return None
    (payment,) = [one for one in work.payouts.get_transfer(payout_seq).payments if one.person == name]
    return payment


def write_payout_files(ports: PayoutPorts, caller: Caller) -> tuple[str, ...]:
    """Write every file of a payout that is missing or not as it was committed; where they are."""
    caller.require(Permission.PAY_OUT)
    written = []
    with ports.acts.unit_of_work(read_only=True) as work:
        for payout in work.payouts.list_payouts():
            name = file_name(payout)
            if _sha256(ports.files.find(name) or b"") == payout.file_sha256:
                continue
            content = render_credit_transfer(work.payouts.get_transfer(payout.seq))
            if _sha256(content) != payout.file_sha256:
                raise PayoutError(f"the file of payout {payout.seq} would not be the one that was committed")
            written.append(ports.files.put(name, content))
    return tuple(written)


def list_payouts(ports: PayoutPorts, caller: Caller) -> list[Payout]:
    """All payouts."""
    caller.require(Permission.PAY_OUT)
    with ports.acts.unit_of_work(read_only=True) as work:
        return work.payouts.list_payouts()


def file_name(payout: Payout) -> str:
    """What a payout's file is called."""
    return f"payout-{payout.period}-{payout.seq}.xml"


def payer_of(ports: PayoutPorts) -> BankAccount:
    """The Region's account. Raises PayoutError."""
    name, iban, bic = ports.read_payer()
    if not name or not iban:
        raise PayoutError("it is not set whose account pays: MOBILITY_PAYER_NAME and MOBILITY_PAYER_IBAN")
    try:
        return read_account(name, iban, bic)
    except CreditTransferError as error:
        raise PayoutError(f"MOBILITY_PAYER_NAME, _IBAN or _BIC: {error}") from None


def _closed_at(work: UnitOfWork, period: str) -> int:
    """The seq of the entry that closed a month. Raises PayoutError while it is open."""
    span = work.register.find_period(period)
    last = work.register.find_entry(span[1]) if span else None
    if last is None or last.kind != CLOSE:
        raise PayoutError(f"{period} is not closed: only closed months are paid")
    return last.seq


def _due(work: UnitOfWork, closed_seq: int) -> Iterator[tuple[str, int]]:
    """Drivers and what they are owed: their balance when the month was closed, less what banks moved since; and never
    more than their balance of now, in case a later entry took something back."""
    later: dict[str, int] = {}
    for transaction in work.ledger.list_transactions(first_seq=closed_seq + 1):
        if transaction.kind not in MOVED_BY_BANKS:
            for posting in transaction.postings:
                later[posting.account] = later.get(posting.account, 0) + posting.amount_cents
    for account, cents in work.ledger.list_balances(DRIVER):
        owed = min(-cents, -(cents - later.get(account, 0)))
        if owed > 0:
            yield account.removeprefix(DRIVER), owed


def _choose(
    ports: PayoutPorts, work: UnitOfWork, due: Iterator[tuple[str, int]]
) -> tuple[list[Payment], list[Left]]:
    payments: list[Payment] = []
    left: list[Left] = []
    for driver, owed in due:
        account = _account(work, driver) if owed >= ports.minimum_cents else BELOW_MINIMUM
        if isinstance(account, str):
            left.append(Left(driver, owed, account))
        else:
            payments.append(Payment(ports.acts.new_id(), driver, account, owed))
    return payments, left


def check_returned(work: UnitOfWork, name: str, account: BankAccount) -> BankAccount | str:
    """The account, unless the last payment to it came back: then why nothing is paid there."""
    returned = work.payouts.find_last_returned(name)
    return SAME_DETAILS if returned is not None and returned.account == account else account


def _account(work: UnitOfWork, driver: str) -> BankAccount | str:
    """A driver's bank account, or why there is none to pay to."""
    person = work.accounts.find_by_pseudonym(driver)
    if person is None:
        return ERASED
    payee = work.accounts.find_payee(person.id)
    if payee is None:
        return NO_DETAILS
    try:
        return check_returned(work, driver, read_account(payee.name, payee.iban, payee.bic))
    except CreditTransferError:
        return WRONG_DETAILS


def commit_payout(
    work: UnitOfWork, transfer: CreditTransfer, period: str, kind: str, payee: str, minimum_cents: int
) -> Payout:
    """Record, check that file, register and ledger say one sum, and commit. `kind`: of the entry, each line of which
    names its `payee` (driver, operator)."""
    content = render_credit_transfer(transfer)
    body: dict[str, Any] = {
        "period": period,
        "message_id": transfer.id,
        "execute_on": transfer.execute_on.isoformat(),
        "minimum_cents": minimum_cents,
        "count": len(transfer.payments),
        "total_cents": transfer.total_cents,
        "file_sha256": _sha256(content),
        "lines": [
            {payee: one.person, "amount_cents": one.amount_cents, "commitment": one.commitment()}
            for one in transfer.payments
        ],
    }
    entry = record(work, kind, body, transfer.at)
    posted = postings_of(entry)
    debit = -sum(one.amount_cents for one in posted.postings if one.account == BANK) if posted else 0
    sums = read_sums(content)
    if not sums.holds or not sums.control_sum_cents == transfer.total_cents == debit:
        raise PayoutError(
            f"nothing was paid: the file says {sums.control_sum_cents} cents, its payments "
            f"{sum(sums.payments_cents)}, the payout {transfer.total_cents}, the ledger {debit}"
        )
    payout = Payout(
        entry.seq, period, entry.at, len(transfer.payments), transfer.total_cents, body["file_sha256"]
    )
    work.payouts.add(payout, transfer)
    work.commit()
    return payout


def execution_day(at: dt.datetime) -> dt.date:
    """The next day on which the euro's payment system works (T2; its holidays are those of the ECB)."""
    today = at.astimezone(PARIS).date()
    closed = holidays.financial_holidays("XECB", years=(today.year, today.year + 1))
    return next_bank_day(today, tuple(closed))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
