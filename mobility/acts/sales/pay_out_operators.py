"""Pay operators their parts of what was sold: one file for the bank, one entry of the register, in one transaction, as
drivers are paid (`mobility.acts.pay_out`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from mobility.accounts.caller import Caller, Permission
from mobility.acts.pay_out import (
    BELOW_MINIMUM,
    NO_DETAILS,
    WRONG_DETAILS,
    Left,
    PayoutError,
    PayoutOutcome,
    PayoutPorts,
    check_returned,
    commit_payout,
    execution_day,
    payer_of,
    return_payment,
    write_payout_files,
)
from mobility.acts.payout_ports import Payout
from mobility.acts.ports import UnitOfWork
from mobility.acts.record import LOCK
from mobility.acts.sales.clear_month import CLEARING, OPERATOR, PAYOUT
from ticketing.canonical_json import from_stored
from ticketing.credit_transfer import BankAccount, CreditTransfer, CreditTransferError, Payment, read_account
from ticketing.entry import RegisterEntry


def pay_out_operators(ports: PayoutPorts, caller: Caller) -> PayoutOutcome:
    """Pay each operator all it is owed of the months that are divided. A second call pays nothing more.

    Operators without bank details, or whose details are wrong, are left and listed; so are those whose last payment
    came back, until their details are others. Raises ForbiddenError and PayoutError; then nothing is paid.
    """
    caller.require(Permission.PAY_OUT)
    payer, accounts = payer_of(ports), ports.read_operators()
    at = ports.acts.now().astimezone(dt.UTC).replace(microsecond=0)
    with ports.acts.unit_of_work() as work:
        work.lock(LOCK)
        period = _last_divided(work)
        payments: list[Payment] = []
        left: list[Left] = []
        for name, balance in work.ledger.list_balances(OPERATOR):
            operator, owed = name.removeprefix(OPERATOR), -balance
            account = _account(work, accounts, operator) if owed >= ports.minimum_cents else BELOW_MINIMUM
            if owed > 0 and isinstance(account, str):
                left.append(Left(operator, owed, account))
            elif isinstance(account, BankAccount):
                payments.append(Payment(ports.acts.new_id(), operator, account, owed))
        payout: Payout | None = None
        if payments:
            transfer = CreditTransfer(
                id=ports.acts.new_id(),
                at=at,
                execute_on=execution_day(at),
                payer=payer,
                payments=tuple(payments),
                purpose=f"Ventes {period}",
            )
            payout = commit_payout(work, transfer, period, PAYOUT, "operator", ports.minimum_cents)
    return PayoutOutcome(payout, tuple(left), write_payout_files(ports, caller))


def return_operator_payment(
    ports: PayoutPorts, caller: Caller, payout_seq: int, operator: str, reason: str
) -> RegisterEntry:
    """The bank sent an operator's payment back, be it of a file or one that was noted: it is owed again. Once. Raises
    ForbiddenError and PayoutError."""
    return return_payment(ports, caller, payout_seq, operator, reason, kind=PAYOUT, payee="operator")


def _last_divided(work: UnitOfWork) -> str:
    """The last month that is divided. Raises PayoutError when none is."""
    divided = [from_stored(entry.body)["period"] for entry in work.register.list_entries(kinds=(CLEARING,))]
    if not divided:
        raise PayoutError("no month is divided yet: `mobility sales apportion MONTH` divides one")
    return str(max(divided))


def _account(
    work: UnitOfWork, accounts: Mapping[str, tuple[str, str, str]], operator: str
) -> BankAccount | str:
    """An operator's bank account, or why there is none to pay to."""
    if operator not in accounts:
        return NO_DETAILS
    try:
        return check_returned(work, operator, read_account(*accounts[operator]))
    except CreditTransferError:
        return WRONG_DETAILS
