"""Where a service meets the network: the stops it brings one to and fetches one from, and where it takes one up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import find_stop
from mobility.journeys.street_times import DETOUR_FACTOR, SPEED_M_S, Going, StreetTimes, distance_between_m
from mobility.journeys.view import Recent, View
from on_demand.area import Point
from on_demand.booking import Place
from on_demand.calendar import IsHoliday
from on_demand.service import Service
from on_demand.service_areas import ServiceAreas
from on_demand.service_day import day_of
from on_demand.service_windows import TravelWindow, WhyNot, list_windows_on

WALK_M_MAX = 1000.0
"""As the crow flies, from an address to where the vehicle of a service comes that only stops at stops."""

HAILS_MAX = 2
"""So many stops of a service are tried for a place: the nearest."""

BESIDE_M = 150.0
"""A stop of the network so near to one of the service's is reached by it."""

OTHER_HALTS_MAX = 6
"""Beside its connection stops, so many stops of the network a service leads to: those with most departures."""

DEPARTURES_MIN = 4.0
"""And with at least so many a day."""


@dataclass(frozen=True, slots=True)
class Hail:
    """Where one gets on or off, and how one walks between there and the place asked for."""

    place: Place
    walk_s: int = 0
    walk_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Halt:
    """A stop of the network, or a whole station, that a service leads to."""

    hail: Hail
    """Walking is between where the vehicle stops and the stop."""
    stops: tuple[int, ...]
    """What one boards there: itself, or its platforms."""
    is_connection: bool


Windows = tuple[TravelWindow, ...] | WhyNot


@dataclass(frozen=True, eq=False)
class ServiceMap:
    """One service laid on one network: nothing in it depends on the hour or on who has booked."""

    areas: ServiceAreas
    halts: tuple[Halt, ...]
    is_holiday: IsHoliday
    _stop_lat: NDArray[np.float64] = field(init=False)
    _stop_lon: NDArray[np.float64] = field(init=False)
    rules: dict[tuple[str, dt.date, int, int], Any] = field(default_factory=dict)
    """Of windows, by trip, day and rows, as `offers.read_rules` read them."""
    _windows: Recent[tuple[frozenset[str], frozenset[str], dt.date], Windows] = field(
        default_factory=lambda: Recent(8192)
    )

    def __post_init__(self) -> None:
        points = [stop.at for stop in self.service.stops]
        object.__setattr__(self, "_stop_lat", np.array([point.lat for point in points]))
        object.__setattr__(self, "_stop_lon", np.array([point.lon for point in points]))

    @property
    def service(self) -> Service:
        return self.areas.service

    @cached_property
    def area_names(self) -> dict[str, str]:
        """By id."""
        service = self.service
        names = {stop.id: stop.name for stop in service.stops}
        names |= {group.id: group.name for group in service.groups}
        return names | {zone.id: zone.name for zone in service.zones}

    def list_windows(self, origin: Place, destination: Place, day: dt.date) -> Windows:
        """When one may ride on a service day, whoever has booked."""
        return next(self.list_windows_by_day(origin, destination, (day,)))

    def list_windows_by_day(
        self, origin: Place, destination: Place, days: Sequence[dt.date]
    ) -> Iterator[Windows]:
        """The same of each of these days, in their order."""
        areas = self.areas.list_at(origin), self.areas.list_at(destination)
        for day in days:
            make = partial(list_windows_on, self.areas, origin, destination, (day,), self.is_holiday)
            yield self._windows.get((*areas, day), make)

    def list_hails(
        self, streets: StreetTimes, at: Point, name: str, *, wheelchair: bool, egress: bool
    ) -> tuple[Hail, ...]:
        """Where one is fetched from a place (brought to it, with `egress`): there, in a zone; else at stops that are
        near on foot. None: the service does not go there."""
        here = Place(name, at)
        hails = [Hail(here)] if self.areas.list_at(here) else []
        near = self._list_near(at)
        if hails or not near:
            return tuple(hails)
        going = Going("WHEELCHAIR" if wheelchair else "WALK")
        stops = [self.service.stops[index] for index in near]
        points, place = [stop.at for stop in stops], [at]
        times = streets.travel_times(going, *((points, place) if egress else (place, points)))
        walked_s, walked_m = times.duration_s.ravel().tolist(), times.distance_m.ravel().tolist()
        for stop, walk_s, walk_m in zip(stops, walked_s, walked_m, strict=True):
            if walk_s >= 0:
                hails.append(Hail(Place(stop.name, stop.at, stop.id), walk_s, walk_m))
        hails.sort(key=lambda hail: (hail.walk_s, hail.place.stop_id))
        return tuple(hails[:HAILS_MAX])

    def _list_near(self, at: Point) -> list[int]:
        """Its stops within a walk, the nearest first; a few more than are used, as streets wind."""
        west, south, east, north = self.areas.bounds
        margin = 0.02
        if not (south - margin <= at.lat <= north + margin and west - margin <= at.lon <= east + margin):
            return []
        metres = 111_195.0
        away = np.hypot(
            (self._stop_lat - at.lat) * metres,
            (self._stop_lon - at.lon) * metres * np.cos(np.radians(at.lat)),
        )
        order = np.argsort(away, kind="stable")[: 2 * HAILS_MAX]
        return [int(index) for index in order if away[index] <= WALK_M_MAX]


def lay_service(service: Service, view: View, is_holiday: IsHoliday) -> ServiceMap:
    """A service on a network."""
    areas = ServiceAreas(service)
    connections = _list_connections(service, view)
    known = {stop for halt in connections for stop in halt.stops}
    return ServiceMap(areas, (*connections, *_list_others(areas, view, known)), is_holiday)


def _list_connections(service: Service, view: View) -> list[Halt]:
    timetable, words = view.timetable, view.words()
    own = {stop.id: stop for stop in service.stops}
    halts = []
    for stop_id in service.connection_stop_ids:
        stop = find_stop(view.catalogue, stop_id)
        platforms = view.list_platforms(stop) if stop is not None else []
        if stop is None or not platforms:
            continue
        at = Point(float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop]))
        name = str(words.place(stop)["name"])
        if stop_id in own:
            at, name = own[stop_id].at, own[stop_id].name
        halts.append(Halt(Hail(Place(name, at, stop_id)), tuple(platforms), True))
    return halts


def _list_others(areas: ServiceAreas, view: View, known: set[int]) -> list[Halt]:
    """Stops of the network with real service, in its zones or beside its own stops."""
    timetable, count = view.timetable, view.network.info.boardable_count
    west, south, east, north = areas.bounds
    lat, lon = np.asarray(timetable.stop_lat[:count]), np.asarray(timetable.stop_lon[:count])
    departures = np.nan_to_num(np.asarray(view.catalogue.stop_departures_per_day[:count], np.float64))
    inside = (lat >= south) & (lat <= north) & (lon >= west) & (lon <= east) & (departures >= DEPARTURES_MIN)
    found = np.flatnonzero(inside)
    halts: list[Halt] = []
    for stop in found[np.argsort(-departures[found], kind="stable")].tolist():
        if len(halts) == OTHER_HALTS_MAX:
            break
        hail = None if stop in known else _find_hail(areas, view, stop)
        if hail is None:
            continue
        platforms = view.list_platforms(stop)
        known.update(platforms)
        halts.append(Halt(hail, tuple(platforms), False))
    return halts


def _find_hail(areas: ServiceAreas, view: View, stop: int) -> Hail | None:
    """Where the vehicle stops for a stop of the network."""
    place = view.words().place(stop)
    at = Point(float(place["lat"]), float(place["lon"]))
    here = Place(str(place["name"]), at, str(place.get("stopId", "")))
    if areas.list_at(here):
        return Hail(here)
    beside = [(distance_between_m(*at, *own.at), own) for own in areas.service.stops if _is_close(at, own.at)]
    if not beside:
        return None
    away_m, own = min(beside, key=lambda one: one[0])
    if away_m > BESIDE_M:
        return None
    walk_m = away_m * DETOUR_FACTOR
    return Hail(Place(own.name, own.at, own.id), int(walk_m / SPEED_M_S["WALK"]), walk_m)


def _is_close(at: Point, other: Point) -> bool:
    return abs(at.lat - other.lat) < 0.003 and abs(at.lon - other.lon) < 0.005


def list_days(service: Service, from_s: int, to_s: int) -> Sequence[dt.date]:
    """The service days whose hours may reach into a span of time, whatever the clock does in a night."""
    last_s = max((row.close_s for trip in service.trips for row in trip.rows), default=0)
    first = day_of(from_s - last_s - 3600, service.zone_name)
    days = (day_of(to_s + 3600, service.zone_name) - first).days + 1
    return [first + dt.timedelta(days=number) for number in range(days)]
