"""Nearness: answered by an index in memory on SQLite, by PostGIS itself on PostgreSQL, both alike.

Distances are great circles on the sphere PostGIS uses for geography without spheroid, so that both agree.
"""

from __future__ import annotations

import threading

import numpy as np
from sqlalchemy import Engine, func, literal, select
from sqlalchemy.orm import Session

from mobility.acts.ports import NearbyPlaces
from mobility.journeys.place import Place
from mobility.journeys.places.nearest import PointIndex
from mobility.storage.database import Point
from mobility.storage.places import PLACE_COLUMNS, PlaceRow, SqlPlaces


def nearby_places(engine: Engine) -> NearbyPlaces:
    """The places around a point, by whatever the database can do."""
    return PostgisNearbyPlaces(engine) if engine.dialect.name == "postgresql" else IndexedNearbyPlaces(engine)


class PostgisNearbyPlaces:
    """Fills `mobility.acts.ports.NearbyPlaces` with the GiST index on `place.point`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def near(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[Place, float]]:
        """The places within a radius, the nearest first."""
        here = literal((lat, lon), Point)
        distance = func.ST_Distance(PlaceRow.point, here, False)
        wanted = (
            select(*PLACE_COLUMNS, distance)
            .where(func.ST_DWithin(PlaceRow.point, here, radius_m, False))
            .order_by(distance, PlaceRow.id)
            .limit(limit)
        )
        with Session(self._engine) as session:
            return [(Place(*row[:-1]), float(row[-1])) for row in session.execute(wanted)]


class IndexedNearbyPlaces:
    """Fills `mobility.acts.ports.NearbyPlaces` from an index in this process, made anew when the places change."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._stamp: int | None = None
        self._places: list[Place] = []
        self._index: PointIndex

    def near(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[Place, float]]:
        """The places within a radius, the nearest first."""
        places, index = self._current()
        return [(places[number], distance_m) for number, distance_m in index.near(lat, lon, radius_m, limit)]

    def _current(self) -> tuple[list[Place], PointIndex]:
        with self._lock, Session(self._engine.execution_options(read_only=True)) as session:
            table = SqlPlaces(session)
            stamp = table.stamp()
            if stamp != self._stamp:
                self._places = table.list_places()
                lat, lon = (np.array([getattr(p, axis) for p in self._places]) for axis in ("lat", "lon"))
                self._index = PointIndex.build(lat.astype(np.float64), lon.astype(np.float64))
                self._stamp = stamp
            return self._places, self._index
