"""What inspectors scanned. The database refuses to change or delete a row (migration 0012)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Index, String, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.storage.database import Base
from ticketing.tickets.scan import Scan


class ScanRow(Base):
    """`ticketing.tickets.scan.Scan`, who uploaded it and when (epoch seconds)."""

    __tablename__ = "ticket_scan"
    __table_args__ = (
        Index("ix_ticket_scan_ref", "issuer", "ref", "at_s"),
        Index("ix_ticket_scan_at_s", "at_s"),
    )

    device: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str] = mapped_column(String(64))
    at_s: Mapped[int] = mapped_column(BigInteger)
    vehicle: Mapped[str] = mapped_column(String(120))
    network_id: Mapped[str] = mapped_column(String(120))
    generation: Mapped[int]
    colour: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(40))
    uploaded_s: Mapped[int] = mapped_column(BigInteger)
    by: Mapped[str] = mapped_column(String(160))


_FIELDS = tuple(Scan.__dataclass_fields__)
_COLUMNS = [getattr(ScanRow, name) for name in _FIELDS]


class SqlScans:
    """Fills `mobility.acts.sales.scan_ports.Scans`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, scan: Scan, uploaded_s: int, by: str) -> Scan:
        is_postgresql = self._session.get_bind().dialect.name == "postgresql"
        insert: Any = postgresql_insert if is_postgresql else sqlite_insert
        values = {name: getattr(scan, name) for name in _FIELDS}
        made = insert(ScanRow).values(**values, uploaded_s=uploaded_s, by=by).on_conflict_do_nothing()
        self._session.execute(made)
        return self._scans(ScanRow.device == scan.device, ScanRow.id == scan.id)[0]

    def list_of(self, issuer: str, ref: str) -> list[Scan]:
        return self._scans(ScanRow.issuer == issuer, ScanRow.ref == ref)

    def list_refs(self, from_s: int, until_s: int) -> list[tuple[str, str]]:
        name = (ScanRow.issuer, ScanRow.ref)
        lately = select(*name).where(ScanRow.at_s >= from_s, ScanRow.at_s < until_s).distinct().subquery()
        often = (
            select(*name)
            .join(lately, (lately.c.issuer == ScanRow.issuer) & (lately.c.ref == ScanRow.ref))
            .group_by(*name)
            .having(func.count() > 1)
            .order_by(*name)
        )
        return [(issuer, ref) for issuer, ref in self._session.execute(often)]

    def list_span(self, from_s: int, until_s: int) -> Iterator[Scan]:
        span = (ScanRow.at_s >= from_s, ScanRow.at_s < until_s)
        query = select(*_COLUMNS).where(*span).order_by(ScanRow.at_s, ScanRow.device, ScanRow.id)
        for row in self._session.execute(query.execution_options(yield_per=2_000)):
            yield Scan(*row)

    def _scans(self, *wanted: Any) -> list[Scan]:
        query = select(*_COLUMNS).where(*wanted).order_by(ScanRow.at_s, ScanRow.device, ScanRow.id)
        return [Scan(*row) for row in self._session.execute(query)]
