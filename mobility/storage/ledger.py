"""The rows of the ledger: transactions and their postings, which never change, and the balances that follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from sqlalchemy import BigInteger, Index, LargeBinary, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.storage.bulk import insert_all
from mobility.storage.database import Base, Instant
from ticketing.entry import Posting, Transaction

TRANSACTIONS_AT_ONCE = 1_000
"""How many a stream holds in memory."""


class LedgerTransactionRow(Base):
    """One transaction; `seq` is that of its entry of the register. One transaction is reversed by at most one."""

    __tablename__ = "ledger_transaction"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[dt.datetime] = mapped_column(Instant)
    currency: Mapped[str] = mapped_column(String(3))
    reverses: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class LedgerPostingRow(Base):
    """One side of a transaction."""

    __tablename__ = "ledger_posting"
    __table_args__ = (Index("ix_ledger_posting_account", "account", "seq"), {"sqlite_with_rowid": False})

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)


class LedgerBalanceRow(Base):
    """The sum of an account's postings."""

    __tablename__ = "ledger_balance"

    account: Mapped[str] = mapped_column(String(120), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    amount_cents: Mapped[int] = mapped_column(BigInteger)


class LedgerStateRow(Base):
    """Where a hold, a payment, an entitlement or an idempotency key stands: canonical JSON, and which entry said so."""

    __tablename__ = "ledger_state"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)
    seq: Mapped[int] = mapped_column(BigInteger)


def _table(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)
    return table


_TRANSACTION, _POSTING, _BALANCE = map(_table, (LedgerTransactionRow, LedgerPostingRow, LedgerBalanceRow))


class SqlLedger:
    """Fills `mobility.acts.register_ports.LedgerTable`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def post_all(self, transactions: Sequence[Transaction]) -> None:
        rows, postings = [], []
        moved: dict[tuple[str, str], int] = {}
        for one in transactions:
            seq, currency = _seq(one.id), one.currency
            reverses = _seq(one.reverses) if one.reverses else None
            rows.append(
                {"seq": seq, "kind": one.kind, "at": one.at, "currency": currency, "reverses": reverses}
            )
            for posting in one.postings:
                account, cents = posting.account, posting.amount_cents
                postings.append({"seq": seq, "account": account, "amount_cents": cents})
                moved[account, currency] = moved.get((account, currency), 0) + cents
        insert_all(self._session, _TRANSACTION, rows)
        insert_all(self._session, _POSTING, postings)
        self._move(moved)

    def _move(self, moved: dict[tuple[str, str], int]) -> None:
        if not moved:
            return
        connection = self._session.connection()
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(_BALANCE)
        added = insert.on_conflict_do_update(
            index_elements=["account", "currency"],
            set_={"amount_cents": _BALANCE.c.amount_cents + insert.excluded.amount_cents},
        )
        # In the order of accounts: two transactions never wait for each other in a circle.
        rows = [
            {"account": account, "currency": currency, "amount_cents": cents}
            for (account, currency), cents in sorted(moved.items())
        ]
        connection.execute(added, rows)

    def find_transaction(self, id: str) -> Transaction | None:
        return next(self._transactions([_seq(id)]), None)

    def find_reversal(self, id: str) -> str | None:
        chosen = select(_TRANSACTION.c.seq).where(_TRANSACTION.c.reverses == _seq(id))
        seq = self._session.scalar(chosen)
        return None if seq is None else f"r{seq}"

    def balance(self, account: str) -> int:
        chosen = select(_BALANCE.c.amount_cents).where(
            _BALANCE.c.account == account, _BALANCE.c.currency == "EUR"
        )
        return self._session.scalar(chosen) or 0

    def list_balances(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        chosen = (
            select(_BALANCE.c.account, _BALANCE.c.amount_cents)
            .where(_BALANCE.c.account.startswith(prefix, autoescape=True), _BALANCE.c.amount_cents != 0)
            .order_by(_BALANCE.c.account)
        )
        # Sorted here by code points: a database sorts as its collation likes.
        rows = self._session.execute(chosen).all()
        yield from sorted((row.account, row.amount_cents) for row in rows)

    def list_transactions(self, account: str = "", first_seq: int = 1) -> Iterator[Transaction]:
        table = _POSTING if account else _TRANSACTION
        chosen = select(table.c.seq).order_by(table.c.seq).limit(TRANSACTIONS_AT_ONCE)
        if account:
            chosen = chosen.where(_POSTING.c.account == account)
        while True:
            seqs = list(self._session.scalars(chosen.where(table.c.seq >= first_seq)))
            yield from self._transactions(seqs)
            if len(seqs) < TRANSACTIONS_AT_ONCE:
                return
            first_seq = seqs[-1] + 1

    def _transactions(self, seqs: Sequence[int]) -> Iterator[Transaction]:
        postings: dict[int, list[Posting]] = {}
        chosen = select(_POSTING).where(_POSTING.c.seq.in_(seqs)).order_by(_POSTING.c.seq, _POSTING.c.account)
        for row in self._session.execute(chosen):
            postings.setdefault(row.seq, []).append(Posting(row.account, row.amount_cents))
        for row in self._session.execute(
            select(_TRANSACTION).where(_TRANSACTION.c.seq.in_(seqs)).order_by(_TRANSACTION.c.seq)
        ):
            reverses = "" if row.reverses is None else f"r{row.reverses}"
            of_it = tuple(sorted(postings[row.seq], key=lambda posting: posting.account))
            yield Transaction(f"r{row.seq}", row.kind, row.at, of_it, reverses, row.currency)


def _seq(id: str) -> int:
    """The seq in the id of a transaction: r17 is 17."""
    return int(id.removeprefix("r"))
