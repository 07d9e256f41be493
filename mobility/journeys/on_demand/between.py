"""Rides between two stops of the network, from a coach to a train: laid over it as trips that leave when something
arrives, in time for what leaves then.

A vehicle that comes whenever one likes would need a trip for every minute. Only those matter that fetch somebody from
an arrival; of those that reach the same departure, the last one does for all. They are laid for the days ahead, by the
timetable and by what real time says, and are hidden from boards: whether there is room is asked for each journey.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gtfs_feeds.realtime.live_trip import LiveExtraTrip, LiveTrip
from mobility.journeys.flexible import FlexOffer
from mobility.journeys.on_demand.dispatched import DispatchedRide
from mobility.journeys.on_demand.halts import Halt, ServiceMap
from mobility.journeys.on_demand.offers import LiveLegs, list_bounds, make_booking, read_rules
from mobility.journeys.street_times import DETOUR_FACTOR, distance_between_m
from mobility.journeys.view import View
from on_demand.booking import Party
from on_demand.service_day import day_of, instant_s
from on_demand.service_windows import TravelWindow, WhyNot
from routing.overlay import ExtraTrip
from routing.timetable import NO_CHANGE_S, Mode

DAYS_AHEAD = 8
"""For so many days from today trips are laid: beyond, rides are found to and from stations only."""

TRIPS_MAX = 2000
"""No more are laid in all; what is sooner comes first."""

EVENTS_MAX = 20_000

NOT_POSSIBLE, BOOKED = 1, 2
"""GTFS pickup_type and drop_off_type: none, and by phone."""

Times = list[int]


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """What is laid, and which ride each trip is, by key."""

    trips: tuple[LiveExtraTrip, ...] = ()
    rides: Mapping[str, FlexOffer] = field(default_factory=dict)


NOTHING_BETWEEN = Between()


@dataclass(frozen=True, slots=True)
class _Pair:
    on: ServiceMap
    start: Halt
    end: Halt
    direct_s: int


@dataclass(eq=False)
class Timetables:
    """When something arrives and leaves at the halts of the services, by the plan; kept for a network and a day."""

    view: View
    _kept: dict[tuple[tuple[int, ...], bool, dt.date], Times] = field(default_factory=dict)

    def list_times(self, halt: Halt, today: dt.date, *, arrivals: bool) -> Times:
        """In order, of the days ahead."""
        key = halt.stops, arrivals, today
        if key not in self._kept:
            zone = self.view.network.info.zones[0]
            from_s = instant_s(today - dt.timedelta(days=1), 0, zone)
            calls = self.view.planner.list_calls(
                list(halt.stops),
                from_s,
                EVENTS_MAX,
                arrivals=arrivals,
                until_s=from_s + (DAYS_AHEAD + 2) * 86_400,
            )
            self._kept[key] = sorted({call.arrival_s if arrivals else call.departure_s for call in calls})
        return self._kept[key]


def lay_between(legs: LiveLegs, times: Timetables, trips: Iterable[LiveTrip], now_s: int) -> Between:
    """The trips between stations of each service. `trips`: what real time says."""
    pairs = list(_list_pairs(legs))
    if not pairs:
        return NOTHING_BETWEEN
    heard = _Heard(times.view, tuple(trips))
    laid: list[tuple[int, _Pair, TravelWindow, int]] = []
    for pair in pairs:
        laid += _list_trips(pair, times, heard, now_s)
    laid.sort(key=lambda one: (one[0], one[1].on.service.id, one[1].start.hail.place.stop_id))
    extras: list[LiveExtraTrip] = []
    rides: dict[str, FlexOffer] = {}
    for at_s, pair, window, close_s in laid[:TRIPS_MAX]:
        key = _key(pair, at_s)
        if key not in rides:
            extras.append(_lay(pair, times.view, window, at_s, key))
            rides[key] = _offer(pair, window, at_s, close_s, key)
    return Between(tuple(extras), rides)


def _list_pairs(legs: LiveLegs) -> Iterator[_Pair]:
    drives = legs.fleet.drives
    for on in legs.ground.maps:
        halts = [halt for halt in on.halts if halt.is_connection]
        points = [halt.hail.place.at for halt in halts]
        if len(points) < 2:
            continue
        direct_s = drives.times_s(points, points)
        for row, start in enumerate(halts):
            for column, end in enumerate(halts):
                if row != column and direct_s[row, column] > 0:
                    yield _Pair(on, start, end, int(direct_s[row, column]))


def _list_trips(
    pair: _Pair, times: Timetables, heard: _Heard, now_s: int
) -> Iterator[tuple[int, _Pair, TravelWindow, int]]:
    """When one is fetched: an instant, and within which window, until when it may be put off."""
    service = pair.on.service
    today = day_of(now_s, service.zone_name)
    windows: list[tuple[int, int, TravelWindow]] = []
    for number in range(-1, DAYS_AHEAD):
        day = today + dt.timedelta(days=number)
        found = pair.on.list_windows(pair.start.hail.place, pair.end.hail.place, day)
        if isinstance(found, WhyNot):
            continue
        for window in found:
            open_s, close_s = list_bounds(_ride(pair, window, ""))
            open_s = max(open_s, now_s + read_rules(service, window, pair.on).booking.notice_s)
            if open_s <= close_s:
                windows.append((open_s, close_s, window))
    if not windows:
        return
    arrivals = times.list_times(pair.start, today, arrivals=True)
    departures = times.list_times(pair.end, today, arrivals=False)
    arrivals = sorted({*arrivals, *heard.list_times(pair.start, arrivals=True)})
    departures = sorted({*departures, *heard.list_times(pair.end, arrivals=False)})
    wait_s = service.promise.connection_s
    after_s = _ride(pair, windows[0][2], "").promised_s + wait_s
    for open_s, close_s, window in windows:
        last: dict[int, int] = {}
        for index in range(bisect_left(arrivals, open_s - wait_s - 3600), len(arrivals)):
            at_s = max(arrivals[index] + wait_s, open_s)
            if at_s > close_s:
                break
            last[bisect_left(departures, at_s + after_s)] = at_s
        for departure, at_s in last.items():
            if departure < len(departures):
                yield at_s, pair, window, close_s


def _ride(pair: _Pair, window: TravelWindow, key: str) -> DispatchedRide:
    """What one keeps free for the connection is in its trip of the overlay already."""
    tail_s = pair.on.service.promise.connection_s
    return DispatchedRide(
        pair.on.service, window, pair.start.hail, pair.end.hail, Party(), pair.direct_s, 0, tail_s, key
    )


def _offer(pair: _Pair, window: TravelWindow, at_s: int, close_s: int, key: str) -> FlexOffer:
    ride = _ride(pair, window, key)
    distance_m = distance_between_m(*pair.start.hail.place.at, *pair.end.hail.place.at) * DETOUR_FACTOR
    return make_booking(pair.on, ride, at_s, close_s, distance_m, False)


def _key(pair: _Pair, at_s: int) -> str:
    ends = pair.start.hail.place.stop_id, pair.end.hail.place.stop_id
    return f"on-demand|{pair.on.service.id}|{ends[0]}|{ends[1]}|{at_s}"


def _lay(pair: _Pair, view: View, window: TravelWindow, at_s: int, key: str) -> LiveExtraTrip:
    """Boarded at any platform of the one station, left at any of the other. Its times have the time for changing in
    them that the router does not add by itself."""
    timetable, wait_s = view.timetable, pair.on.service.promise.connection_s
    boards, alights = list(pair.start.stops), list(pair.end.stops)
    stop = np.array([*boards, *alights], np.int32)
    changes = [int(timetable.change_time_s[one]) for one in stop]
    spare = [wait_s - change if change < NO_CHANGE_S else 0 for change in changes]
    early_s, late_s = max(min(spare[: len(boards)]), 0), max(min(spare[len(boards) :]), 0)
    leaves_s, arrives_s = at_s - early_s, at_s + _ride(pair, window, key).promised_s + late_s
    at = np.array([leaves_s] * len(boards) + [arrives_s] * len(alights), np.int64)
    pickup = np.array([BOOKED] * len(boards) + [NOT_POSSIBLE] * len(alights), np.uint8)
    dropoff = np.array([NOT_POSSIBLE] * len(boards) + [BOOKED] * len(alights), np.uint8)
    extra = ExtraTrip(key, window.day, stop, at, at, pickup, dropoff, int(Mode.FLEX), wheelchair=1)
    return LiveExtraTrip(
        key=key,
        trip_id=key,
        extra=extra,
        planned_s=np.stack((at, at)),
        known=np.zeros(len(stop), np.bool_),
        assigned_stop=None,
        model=-1,
        replaces=False,
        route=-1,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """When trips call that run otherwise than planned."""

    view: View
    trips: Sequence[LiveTrip]

    def list_times(self, halt: Halt, *, arrivals: bool) -> Times:
        timetable, found = self.view.timetable, []
        stops = np.array(halt.stops)
        for one in self.trips:
            change = one.change
            if change.cancelled:
                continue
            pattern = int(timetable.trip_pattern[change.trip])
            first, end = timetable.pattern_first[pattern : pattern + 2].tolist()
            calls = timetable.pattern_stop[first:end] if change.stop is None else change.stop
            here = np.isin(calls, stops)
            if here.any():
                found += (change.arrival_s if arrivals else change.departure_s)[here].tolist()
        return found
