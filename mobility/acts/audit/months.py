"""The months of the register, and what each came to."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.accounts.caller import Caller
from mobility.acts.audit.ports import AuditPorts, note_read, span_of
from mobility.acts.ports import UnitOfWork
from ticketing.canonical_json import from_stored
from ticketing.register import CLOSE
from ticketing.statement import DRIVER, Statement, make_statement


@dataclass(frozen=True, slots=True)
class MonthShown:
    """A month. `root`: the hash (hex) its signed root vouches for; "": it is open."""

    period: str
    first_seq: int
    last_seq: int
    is_closed: bool
    root: str
    key_id: str


def list_months(ports: AuditPorts, caller: Caller) -> list[MonthShown]:
    """All months, the first one first. Raises ForbiddenError."""
    note_read(ports, caller, "months")
    with ports.acts.unit_of_work(read_only=True) as work:
        roots = {root.period: root for root in work.register.list_roots()}
        keys = {period: _key_id(root.document) for period, root in roots.items()}
        closes = list(work.register.list_entries(kinds=(CLOSE,)))
        shown, first_seq = [], 1
        for close in closes:
            shown.append(
                MonthShown(
                    close.period, first_seq, close.seq, True, close.hash.hex(), keys.get(close.period, "")
                )
            )
            first_seq = close.seq + 1
        head = work.register.head()
        if head is not None and head.seq >= first_seq:
            shown.append(MonthShown(head.period, first_seq, head.seq, False, "", ""))
    return shown


def read_statement(ports: AuditPorts, caller: Caller, period: str) -> Statement:
    """The statement of a month; of the open one, so far. Raises ForbiddenError and UnknownAuditError."""
    note_read(ports, caller, f"statement of {period}")
    with ports.acts.unit_of_work(read_only=True) as work:
        return statement_of(work, period)


def statement_of(work: UnitOfWork, period: str) -> Statement:
    """The statement of a month, without a note that it was read. Raises UnknownAuditError."""
    first_seq, last_seq, _ = span_of(work, period)
    head = work.register.head()
    balances = dict(work.ledger.list_balances(DRIVER))
    for account, debit_cents, credit_cents in work.ledger.list_movements(
        first_seq, head.seq if head else last_seq
    ):
        if account.startswith(DRIVER):
            balances[account] = balances.get(account, 0) - debit_cents + credit_cents
    return make_statement(period, balances, work.register.list_entries(first_seq, last_seq))


def _key_id(document: bytes) -> str:
    return str(from_stored(document)["key_id"])
