"""Published rides of carpool lines: what travellers see of them, and how they become trips of the router's overlay.

The stops of the lines are those of the feed `FEED_ID`, whose trips run on no day: one a line and direction, along all
its stops, the model of every ride. A ride is laid over the network call by call. One may ride from a call to another
where a seat is free on every section between; so a ride whose middle is full is laid as several trips with the same
calls, each open on one stretch of free sections. What is full, closed to booking or cancelled is laid too, with nobody
getting on: it is found by its id, and by no search.

Instants are seconds since the epoch, UTC.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from carpool.line import FareVersion, Line, find_fare
from carpool.ride import Ride, RideStatus
from carpool.waiting import WaitingModel
from ground.paris import paris_day
from gtfs_feeds.catalogue import find_stop, find_trip, stop_name
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.live_trip import LiveExtraTrip
from routing.clock import service_day_of
from routing.overlay import ExtraTrip
from routing.timetable import Mode

FEED_ID = "carpool"
"""Of the feed the lines are published in."""

WITH_DRIVER, NOT_POSSIBLE = 3, 1
"""GTFS pickup_type and drop_off_type."""


def model_trip_id(line_id: str, backwards: bool) -> str:
    """The trip of the feed that stands for all rides of a line in one direction."""
    return f"{line_id}-back" if backwards else f"{line_id}-there"


@dataclass(frozen=True, slots=True)
class OfferedRide:
    """A ride as travellers see it; who drives and who rides along is not for them to see here."""

    ride: Ride
    line: Line
    seats_free: tuple[int, ...]
    """By section, from each call to the next."""
    fares: tuple[FareVersion, ...] = ()
    """All there are."""

    @property
    def is_cancelled(self) -> bool:
        return self.ride.status is RideStatus.CANCELLED

    @property
    def is_backwards(self) -> bool:
        """Against the order the line lists its stops in."""
        first, last = (self.line.position(self.ride.calls[at].stop_id) for at in (0, -1))
        return first > last

    def seats_left(self, board: int, alight: int) -> int:
        """Seats one may still book between two calls."""
        return 0 if self.is_cancelled else min(self.seats_free[board:alight])

    def fare(self, board: int) -> FareVersion | None:
        """Of one seat, on the day one gets on; None: no fare is known."""
        day = paris_day(self.ride.calls[board].at)
        return find_fare(self.fares, self.line.id, day.isoformat())

    def departure_s(self, board: int) -> int:
        """When it leaves a call, at the earliest."""
        return int(self.ride.calls[board].at.timestamp())

    def deadline_s(self, board: int) -> int:
        """The last instant at which the departure at a call can be booked."""
        return self.departure_s(board) - self.ride.notice_s

    def road_m(self, board: int, alight: int) -> int:
        """Metres along the road between two calls."""
        return self.line.between(self.ride.calls[board].stop_id, self.ride.calls[alight].stop_id)[0]


@dataclass(frozen=True, eq=False)
class Carpool:
    """The lines and the rides published on them, as they were at one moment."""

    lines: tuple[Line, ...] = ()
    rides: tuple[OfferedRide, ...] = ()
    waiting: WaitingModel | None = None
    """What past trips let expect of drivers who are not announced; None: nothing was learnt yet."""
    is_holiday: Callable[[dt.date], bool] = field(default=lambda _: False)

    @cached_property
    def deadlines_s(self) -> tuple[int, ...]:
        """Of all departures, in order of time: between two that follow each other what can be booked is the same."""
        found = {one.deadline_s(call) for one in self.rides for call in range(len(one.seats_free))}
        return tuple(sorted(found))

    def place_on(self, network: Network) -> PlacedRides:
        """The rides on a network, ready to be laid over it; kept for the last network, as real time is laid over the
        same one again and again."""
        if not self.rides:  # nothing to keep, and no network with it
            return PlacedRides(network, self)
        kept: PlacedRides | None = vars(self).get("_placed")
        if kept is None or kept.network is not network:
            kept = vars(self)["_placed"] = PlacedRides(network, self)
        return kept

    def closed_at(self, booked_s: int) -> int:
        """How many of the deadlines have passed at an instant."""
        return bisect_left(self.deadlines_s, booked_s)


NO_CARPOOL = Carpool()


@dataclass(frozen=True, slots=True, eq=False)
class _Placed:
    """A ride on a network."""

    offered: OfferedRide
    key: str
    live: LiveExtraTrip
    """Where nobody gets on or off."""


@dataclass(frozen=True, eq=False)
class PlacedRides:
    """The rides of lines a network knows, ready to be laid over it."""

    network: Network
    carpool: Carpool
    _placed: tuple[_Placed, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_placed", tuple(_place(self.network, self.carpool.rides)))

    @property
    def has_lines(self) -> bool:
        """Whether the network knows any of the lines."""
        trips = (model_trip_id(line.id, False) for line in self.carpool.lines)
        return any(find_trip(self.network.catalogue, f"{FEED_ID}_{trip}") is not None for trip in trips)

    def lay(self, booked_s: int, spontaneous: bool) -> tuple[list[LiveExtraTrip], dict[str, OfferedRide]]:
        """The trips of the overlay, and which ride each is (by key). `booked_s`: when one would book. `spontaneous`:
        also what is too late to book, for who waits at the stop."""
        trips: list[LiveExtraTrip] = []
        rides: dict[str, OfferedRide] = {}
        for one in self._placed:
            open_from = -1 if spontaneous else booked_s
            for number, (pickup, dropoff) in enumerate(_list_parts(one.offered, open_from)):
                key = one.key if number == 0 else f"{one.key}|{number}"
                extra = one.live.extra
                laid = ExtraTrip(
                    key,
                    extra.service_day,
                    extra.stop,
                    extra.arrival_s,
                    extra.departure_s,
                    pickup,
                    dropoff,
                    extra.mode,
                )
                trips.append(one.live._replace(key=key, extra=laid))
                rides[key] = one.offered
        return trips, rides


def _list_parts(offered: OfferedRide, booked_s: int) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Where one gets on and off, for each stretch of sections with a free seat; at least one, be it for nobody."""
    count = len(offered.seats_free) + 1
    free = [False] * (count - 1) if offered.is_cancelled else [seats > 0 for seats in offered.seats_free]
    first, is_told = 0, False
    for section in range(count):
        if section < count - 1 and free[section]:
            continue
        pickup, dropoff = np.full((2, count), NOT_POSSIBLE, np.uint8)
        boards = [at for at in range(first, section) if offered.deadline_s(at) >= booked_s]
        if boards:
            pickup[boards] = WITH_DRIVER
            dropoff[boards[0] + 1 : section + 1] = WITH_DRIVER
        first = section + 1
        if boards or (section == count - 1 and not is_told):
            is_told = True
            yield pickup, dropoff


def _place(network: Network, rides: Sequence[OfferedRide]) -> Iterator[_Placed]:
    """Those whose stops and line the network has."""
    catalogue, zone = network.catalogue, network.info.zones[0]
    stops: dict[str, int | None] = {}
    models: dict[str, int | None] = {}
    for one in rides:
        ids = [call.stop_id for call in one.ride.calls]
        for stop_id in ids:
            if stop_id not in stops:
                stops[stop_id] = find_stop(catalogue, f"{FEED_ID}_{stop_id}")
        named = model_trip_id(one.line.id, one.is_backwards)
        if named not in models:
            models[named] = find_trip(catalogue, f"{FEED_ID}_{named}")
        model, at_stops = models[named], [stops[stop_id] for stop_id in ids]
        if model is None or any(stop is None or stop >= network.info.boardable_count for stop in at_stops):
            continue
        stop = np.array(at_stops, np.int32)
        at_s = np.array([int(call.at.timestamp()) for call in one.ride.calls], np.int64)
        day = service_day_of(int(at_s[0]), zone)
        key = f"{FEED_ID}_{one.ride.id}|{day:%Y%m%d}"
        closed = np.full(len(stop), NOT_POSSIBLE, np.uint8)
        extra = ExtraTrip(key, day, stop, at_s, at_s, closed, closed, int(Mode.RIDE_SHARING))
        live = LiveExtraTrip(
            key=key,
            trip_id=one.ride.id,
            extra=extra,
            planned_s=np.stack((at_s, at_s)),
            known=np.zeros(len(stop), np.bool_),
            assigned_stop=None,
            model=model,
            replaces=False,
            route=int(catalogue.trip_route[model]),
            direction=int(catalogue.trip_direction[model]),
            headsign=stop_name(catalogue, int(stop[-1])),
            timestamp_s=int(one.ride.published_at.timestamp()),
        )
        yield _Placed(one, key, live)
