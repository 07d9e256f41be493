"""The places people go to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import Index, String, Text, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mobility.journeys.place import Place
from mobility.storage.database import Base, Instant, Point


class PlaceRow(Base):
    """One place; the columns are the fields of `mobility.journeys.place.Place`, and where it came from."""

    __tablename__ = "place"
    __table_args__ = (
        Index("ix_place_point", "point", postgresql_using="gist").ddl_if(dialect="postgresql"),
        Index("ix_place_source", "source"),
    )

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(Text)
    lat: Mapped[float]
    lon: Mapped[float]
    population: Mapped[int]
    area: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(String(2))
    source: Mapped[str] = mapped_column(String(80))
    point: Mapped[tuple[float, float]] = mapped_column(Point)


class PlaceChangeRow(Base):
    """The places of a source changed: how others notice, and when it was."""

    __tablename__ = "place_change"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(80))
    place_count: Mapped[int]
    changed_at: Mapped[dt.datetime] = mapped_column(Instant)


PLACE_COLUMNS = [getattr(PlaceRow, field.name) for field in fields(Place)]
_IDS_A_STATEMENT = 500


class SqlPlaces:
    """Fills `mobility.acts.ports.PlaceTable`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_places(self) -> list[Place]:
        return [Place(*row) for row in self._session.execute(select(*PLACE_COLUMNS).order_by(PlaceRow.id))]

    def count(self) -> int:
        return self._session.scalar(select(func.count()).select_from(PlaceRow)) or 0

    def stamp(self) -> int:
        return self._session.scalar(select(func.max(PlaceChangeRow.id))) or 0

    def replace(self, source: str, places: Sequence[Place], at: dt.datetime) -> None:
        rows = {place.id: place for place in places}
        self._session.execute(delete(PlaceRow).where(PlaceRow.source == source))
        self._delete(list(rows))
        if rows:
            self._session.execute(insert(PlaceRow), [_row(place, source) for place in rows.values()])
        self._session.add(PlaceChangeRow(source=source, place_count=len(rows), changed_at=at))
        self._session.flush()

    def remove(self, ids: Sequence[str], at: dt.datetime) -> None:
        self._delete(ids)
        self._session.add(PlaceChangeRow(source="", place_count=-len(ids), changed_at=at))
        self._session.flush()

    def _delete(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), _IDS_A_STATEMENT):
            self._session.execute(
                delete(PlaceRow).where(PlaceRow.id.in_(ids[start : start + _IDS_A_STATEMENT]))
            )


def _row(place: Place, source: str) -> dict[str, object]:
    values: dict[str, object] = {field.name: getattr(place, field.name) for field in fields(Place)}
    return values | {"source": source, "point": (place.lat, place.lon)}
