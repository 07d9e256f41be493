"""Payouts, what banks returned, and who read what of the audit."""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.accounts.vault import SealError, Vault
from mobility.acts.payout_ports import Attestation, Payout, Read
from mobility.storage.database import Base, Instant
from ticketing.credit_transfer import BankAccount, CreditTransfer, Payment


class PayoutRow(Base):
    """One file for the bank. `transfer`: everything it is written from, sealed."""

    __tablename__ = "payout"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(String(7))
    at: Mapped[dt.datetime] = mapped_column(Instant)
    count: Mapped[int]
    total_cents: Mapped[int] = mapped_column(BigInteger)
    file_sha256: Mapped[str] = mapped_column(String(64))
    transfer: Mapped[bytes] = mapped_column(LargeBinary)


class PayoutReturnRow(Base):
    """A payment that came back. `person` is the pseudonym, `return_seq` the entry of the register that says so."""

    __tablename__ = "payout_return"
    __table_args__ = (Index("ix_payout_return_person", "person", "return_seq"),)

    payout_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    payment_id: Mapped[str] = mapped_column(String(35), primary_key=True)
    person: Mapped[str] = mapped_column(String(64))
    return_seq: Mapped[int] = mapped_column(BigInteger, unique=True)


class AuditReadRow(Base):
    """One read of what the audit keeps."""

    __tablename__ = "audit_read"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    person: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(Text)
    at: Mapped[dt.datetime] = mapped_column(Instant)


class AttestationRow(Base):
    """One attestation; the columns are the fields of `mobility.acts.payout_ports.Attestation`."""

    __tablename__ = "attestation"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    person: Mapped[str] = mapped_column(String(64))
    first: Mapped[str] = mapped_column(String(7))
    last: Mapped[str] = mapped_column(String(7))
    trips: Mapped[int]
    days: Mapped[int]
    distance_m: Mapped[int] = mapped_column(BigInteger)
    passengers: Mapped[int]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[dt.datetime] = mapped_column(Instant)


class SqlPayouts:
    """Fills `mobility.acts.payout_ports.Payouts`."""

    def __init__(self, session: Session, vault: Vault | None) -> None:
        self._session, self._vault = session, vault

    def add(self, payout: Payout, transfer: CreditTransfer) -> None:
        sealed = self._opener().seal(_dump(transfer), _context(payout.seq))
        self._session.add(PayoutRow(**asdict(payout), transfer=sealed))
        self._session.flush()

    def find_payout(self, seq: int) -> Payout | None:
        row = self._session.get(PayoutRow, seq)
        return None if row is None else _payout(row)

    def list_payouts(self) -> list[Payout]:
        return [_payout(row) for row in self._session.scalars(select(PayoutRow).order_by(PayoutRow.seq))]

    def get_transfer(self, seq: int) -> CreditTransfer:
        row = self._session.get(PayoutRow, seq)
        if row is None:
            raise KeyError(seq)
        return _load(self._opener().open(row.transfer, _context(seq)))

    def find_return(self, seq: int, payment_id: str) -> int | None:
        row = self._session.get(PayoutReturnRow, (seq, payment_id))
        return None if row is None else row.return_seq

    def add_return(self, seq: int, payment_id: str, return_seq: int) -> None:
        (payment,) = [one for one in self.get_transfer(seq).payments if one.id == payment_id]
        self._session.add(
            PayoutReturnRow(
                payout_seq=seq, payment_id=payment_id, person=payment.person, return_seq=return_seq
            )
        )
        self._session.flush()

    def find_last_returned(self, person: str) -> Payment | None:
        chosen = select(PayoutReturnRow).where(PayoutReturnRow.person == person)
        row = self._session.scalars(chosen.order_by(PayoutReturnRow.return_seq.desc()).limit(1)).first()
        if row is None:
            return None
        return next(one for one in self.get_transfer(row.payout_seq).payments if one.id == row.payment_id)

    def find_attestation(self, code: str) -> Attestation | None:
        row = self._session.get(AttestationRow, code)
        if row is None:
            return None
        return Attestation(**{field.name: getattr(row, field.name) for field in fields(Attestation)})

    def add_attestation(self, attestation: Attestation) -> None:
        self._session.add(AttestationRow(**asdict(attestation)))
        self._session.flush()

    def _opener(self) -> Vault:
        if self._vault is None:
            raise SealError("bank details are sealed, and there is no vault here to open them")
        return self._vault


class SqlAccessLog:
    """Fills `mobility.acts.payout_ports.AccessLog`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, read: Read) -> None:
        self._session.add(AuditReadRow(**asdict(read)))

    def list_reads(self, first_id: int = 0, limit: int = 1000) -> Iterator[tuple[int, Read]]:
        chosen = select(AuditReadRow).where(AuditReadRow.id >= first_id).order_by(AuditReadRow.id)
        for row in self._session.scalars(chosen.limit(limit)):
            yield row.id, Read(row.person, row.what, row.at)


class PayoutFolder:
    """Fills `mobility.acts.payout_ports.PayoutFiles`: files only their owner may read, put in place by one rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> str:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, aside = tempfile.mkstemp(dir=self._folder, prefix=f".{name}-")  # mode 0600
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(self._folder / name)
        return str(self._folder / name)


def _context(seq: int) -> str:
    return f"payout {seq}"


def _payout(row: PayoutRow) -> Payout:
    return Payout(row.seq, row.period, row.at, row.count, row.total_cents, row.file_sha256)


def _dump(transfer: CreditTransfer) -> bytes:
    return json.dumps(
        asdict(transfer) | {"at": transfer.at.isoformat(), "execute_on": transfer.execute_on.isoformat()}
    ).encode()


def _load(content: bytes) -> CreditTransfer:
    value = json.loads(content)
    return CreditTransfer(
        id=value["id"],
        at=dt.datetime.fromisoformat(value["at"]),
        execute_on=dt.date.fromisoformat(value["execute_on"]),
        payer=BankAccount(**value["payer"]),
        payments=tuple(
            Payment(one["id"], one["person"], BankAccount(**one["account"]), one["amount_cents"])
            for one in value["payments"]
        ),
        purpose=value["purpose"],
    )
