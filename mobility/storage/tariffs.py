"""Versions of the tariff. The database refuses to change or delete a row (migration 0012)."""

from __future__ import annotations

import datetime as dt
from typing import cast

from sqlalchemy import LargeBinary, String, Table, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.acts.sales.tariff_ports import PublishedTariff
from mobility.storage.database import Base, Instant
from mobility.storage.statement import Driver, Statement


class TariffVersionRow(Base):
    """The columns are the fields of `mobility.acts.sales.tariff_ports.PublishedTariff`."""

    __tablename__ = "tariff_version"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    valid_from: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    published_at: Mapped[dt.datetime] = mapped_column(Instant)


_FIELDS = tuple(PublishedTariff.__dataclass_fields__)
_VERSION = cast(Table, TariffVersionRow.__table__)
_LIST = Statement(select(_VERSION).order_by(_VERSION.c.valid_from, _VERSION.c.number))


class SqlTariffs:
    """Fills `mobility.acts.sales.tariff_ports.Tariffs`."""

    def __init__(self, session: Session, driver: Driver) -> None:
        self._session, self._driver = session, driver

    def add(self, version: PublishedTariff) -> None:
        self._session.add(TariffVersionRow(**{name: getattr(version, name) for name in _FIELDS}))
        self._session.flush()

    def list_versions(self) -> list[PublishedTariff]:
        return [PublishedTariff(*row) for row in self._driver.rows(_LIST, {})]

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(TariffVersionRow)) or 0
