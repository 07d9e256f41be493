"""The rows of the ledger: postings, which never change, and the balances and states that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import BigInteger, LargeBinary, Select, String, Table, case, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.storage.bulk import insert_all, upsert_all
from mobility.storage.database import Base
from mobility.storage.register import SqlRegister
from ticketing.canonical_json import from_stored, to_canonical
from ticketing.entry import Transaction
from ticketing.postings import KINDS, postings_of
from ticketing.states import State

ROWS_AT_ONCE = 2_000
"""How many rows a stream holds in memory."""


class LedgerPostingRow(Base):
    """One side of the transaction that follows from entry `seq` of the register; the rest of it stands there."""

    __tablename__ = "ledger_posting"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    amount_cents: Mapped[int] = mapped_column(BigInteger)


class LedgerBalanceRow(Base):
    """The sum of an account's postings."""

    __tablename__ = "ledger_balance"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)


class LedgerStateRow(Base):
    """Where a hold, a payment, an entitlement or an idempotency key stands (`ticketing.states`): canonical JSON, and
    which entry said so."""

    __tablename__ = "ledger_state"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    seq: Mapped[int] = mapped_column(BigInteger)


_POSTING = cast(Table, LedgerPostingRow.__table__)
_BALANCE = cast(Table, LedgerBalanceRow.__table__)
_STATE = cast(Table, LedgerStateRow.__table__)


class SqlLedger:
    """Fills `mobility.acts.register_ports.LedgerTable`."""

    def __init__(self, session: Session, register: SqlRegister) -> None:
        self._session = session
        self._register = register

    def post_all(self, transactions: Sequence[Transaction]) -> None:
        rows: list[tuple[str, int, int]] = []
        moved: dict[str, int] = {}
        for one in transactions:
            seq = _seq(one.id)
            for posting in one.postings:
                account, cents = posting.account, posting.amount_cents
                rows.append((account, seq, cents))
                moved[account] = moved.get(account, 0) + cents
        rows.sort()  # neighbours in the index, side by side
        insert_all(self._session, _POSTING, rows)
        added = "amount_cents = ledger_balance.amount_cents + excluded.amount_cents"
        upsert_all(self._session, _BALANCE, added, sorted(moved.items()))

    def put_states(self, states: Mapping[str, State], seq: int) -> None:
        rows = [(name, to_canonical(state), seq) for name, state in sorted(states.items())]
        upsert_all(self._session, _STATE, "state = excluded.state, seq = excluded.seq", rows)

    def find_state(self, name: str) -> State | None:
        return self._state(select(_STATE.c.state).where(_STATE.c.name == name).with_for_update())

    def _state(self, chosen: Select[Any]) -> State | None:
        state = self._session.scalar(chosen)
        return None if state is None else from_stored(bytes(state))

    def list_states(self, prefix: str = "") -> Iterator[tuple[str, State]]:
        chosen = select(_STATE.c.name, _STATE.c.state).where(
            _STATE.c.name.startswith(prefix, autoescape=True)
        )
        for row in sorted(self._session.execute(chosen).all()):
            yield row.name, from_stored(row.state)

    def balance(self, account: str) -> int:
        return self._session.scalar(select(_BALANCE.c.amount_cents).where(_BALANCE.c.account == account)) or 0

    def list_balances(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        chosen = select(_BALANCE.c.account, _BALANCE.c.amount_cents).where(
            _BALANCE.c.account.startswith(prefix, autoescape=True), _BALANCE.c.amount_cents != 0
        )
        # Sorted here, by code points: a database sorts as its collation likes.
        for row in sorted(self._session.execute(chosen).all()):
            yield row.account, row.amount_cents

    def find_transaction(self, id: str) -> Transaction | None:
        entry = self._register.find_entry(_seq(id))
        return None if entry is None else postings_of(entry)

    def find_reversal(self, id: str) -> str | None:
        state = self._state(select(_STATE.c.state).where(_STATE.c.name == f"reversal:{id}"))
        return None if state is None else f"r{state['by']}"

    def list_transactions(self, account: str = "", first_seq: int = 1) -> Iterator[Transaction]:
        found: Iterator[Transaction | None]
        if account:
            found = (self.find_transaction(f"r{seq}") for seq, _ in self.list_postings(account, first_seq))
        else:
            found = map(postings_of, self._register.list_entries(first_seq, kinds=KINDS))
        yield from (transaction for transaction in found if transaction is not None)

    def list_movements(self, first_seq: int, last_seq: int) -> Iterator[tuple[str, int, int]]:
        cents = _POSTING.c.amount_cents
        debits, credits = (func.sum(case((one, cents), else_=0)) for one in (cents > 0, cents < 0))
        chosen = select(_POSTING.c.account, debits, credits).where(
            _POSTING.c.seq.between(first_seq, last_seq)
        )
        for account, debit, credit in self._session.execute(chosen.group_by(_POSTING.c.account)):
            yield account, int(debit), -int(credit)

    def list_postings(self, account: str, first_seq: int = 1) -> Iterator[tuple[int, int]]:
        chosen = select(_POSTING.c.seq, _POSTING.c.amount_cents).where(_POSTING.c.account == account)
        chosen = chosen.order_by(_POSTING.c.seq).limit(ROWS_AT_ONCE)
        while True:
            rows = self._session.execute(chosen.where(_POSTING.c.seq >= first_seq)).all()
            yield from ((row.seq, row.amount_cents) for row in rows)
            if len(rows) < ROWS_AT_ONCE:
                return
            first_seq = rows[-1].seq + 1


def _seq(id: str) -> int:
    """The seq in the id of a transaction: r17 is 17."""
    return int(id.removeprefix("r"))
