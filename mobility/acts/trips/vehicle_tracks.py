"""Which coaches and trains a track may have been recorded in: those whose calls it makes, one after the other, all by
the same delay. A car on the same road passes the stops too, but keeps no timetable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from carpool.checks.case import Followed
from carpool.trip import Fix
from gtfs_feeds.catalogue import headsign, route_name
from gtfs_feeds.network import Network
from mobility.acts.trips.remembered import Remembered
from mobility.journeys.places.nearest import EARTH_RADIUS_M
from mobility.journeys.serving import NothingToServeError, Serving
from routing.clock import day_start_s, service_day_of
from routing.timetable import Mode

_MODES = (
    *(Mode.HIGHSPEED_RAIL, Mode.LONG_DISTANCE, Mode.NIGHT_RAIL, Mode.REGIONAL_RAIL, Mode.SUBURBAN),
    *(Mode.SUBWAY, Mode.TRAM, Mode.BUS, Mode.COACH),
)
"""What carries many people on a timetable."""

_FOUND_MAX = 5

_CELLS_AT_ONCE = 200_000
"""Of a table of stops by pieces of a track."""

Floats = NDArray[np.float64]


class TimetableVehicles:
    """Fills `carpool.checks.case.VehicleTracks` from the network that is served, as it was planned."""

    def __init__(self, current: Callable[[], Serving]) -> None:
        self._current = current
        self._found: Remembered[tuple[Followed, ...] | None] = Remembered()

    def list_followed(
        self, track: Sequence[Fix], thresholds: Mapping[str, int]
    ) -> tuple[Followed, ...] | None:
        """Vehicles whose calls the track makes, the best first. None: nothing is served, or no timetable reaches to
        that day."""
        try:
            network = self._current().as_planned.network
        except NothingToServeError:
            return None
        key = np.array([(fix.at.timestamp(), fix.lat, fix.lon) for fix in track]).tobytes()
        return self._found.get(
            network,
            (blake2b(key).digest(), *sorted(thresholds.items())),
            lambda: list_followed(network, track, thresholds),
        )


def list_followed(
    network: Network, track: Sequence[Fix], thresholds: Mapping[str, int]
) -> tuple[Followed, ...] | None:
    """The same on a given network. `track`: by time, at least two fixes."""
    days = _days(network, track)
    if days is None:
        return None
    index = _INDICES.get(network, None, lambda: _index(network))
    passed_s = _passings(network, index, track, thresholds["stop_radius_m"])
    ends_s = track[0].at.timestamp(), track[-1].at.timestamp()
    found = []
    for run in _runs(network, index, days, passed_s, thresholds):
        followed = _compare(run, passed_s, ends_s, thresholds)
        if followed is not None:
            calls, made, delay_s = followed
            found.append((-made / calls, -made, abs(delay_s), run.trip, calls, made, delay_s))
    return tuple(
        Followed(_name(network, trip), calls, made, delay_s)
        for _, _, _, trip, calls, made, delay_s in sorted(found)[:_FOUND_MAX]
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Index:
    """What is the same for every track on a network, of the trips that carry many people.

    `is_stop`: [S] whether any of them calls there. `stop_first`, `stop_patterns`: the patterns through each stop, once
    for each call. `pattern_trips_first`, `pattern_trips`: their trips by pattern. `begin_s`, `end_s`: [T] the middle of
    the first and the last halt, in seconds of the service day. `is_frequent`: [T].
    """

    is_stop: NDArray[np.bool_]
    stop_first: NDArray[np.int64]
    stop_patterns: NDArray[np.int64]
    pattern_trips_first: NDArray[np.int64]
    pattern_trips: NDArray[np.int64]
    begin_s: Floats
    end_s: Floats
    is_frequent: NDArray[np.bool_]


_INDICES: Remembered[_Index] = Remembered()


def _index(network: Network) -> _Index:
    table = network.timetable
    first = np.asarray(table.pattern_first, np.int64)
    of_trip = np.asarray(table.trip_pattern, np.int64)
    lengths = np.diff(first)
    trips = np.flatnonzero(np.isin(np.asarray(table.trip_mode), np.array(_MODES, np.uint8)))
    trips = trips[np.argsort(of_trip[trips], kind="stable")]
    carries = np.zeros(len(lengths), np.bool_)
    carries[of_trip[trips]] = True
    calls = np.flatnonzero(np.repeat(carries, lengths))
    stops = np.asarray(table.pattern_stop, np.int64)[calls]
    order = np.argsort(stops, kind="stable")
    count = len(table.stop_lat)
    halt_s = (np.asarray(table.event_arrival_s, np.float64) + np.asarray(table.event_departure_s)) / 2
    begins = np.asarray(table.trip_first_event, np.int64)
    is_frequent = np.zeros(len(of_trip), np.bool_)
    is_frequent[np.asarray(table.frequency_trip)] = True
    return _Index(
        is_stop=np.bincount(stops, minlength=count) > 0,
        stop_first=np.searchsorted(stops[order], np.arange(count + 1)),
        stop_patterns=np.repeat(np.arange(len(lengths)), lengths)[calls][order],
        pattern_trips_first=np.searchsorted(of_trip[trips], np.arange(len(lengths) + 1)),
        pattern_trips=trips,
        begin_s=halt_s[begins],
        end_s=halt_s[begins + lengths[of_trip] - 1],
        is_frequent=is_frequent,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One vehicle on one day: its stops and when it is there (Unix time, middle of the halt)."""

    trip: int
    stops: NDArray[np.int32]
    at_s: Floats
    headway_s: int = 0
    """Of a frequency: it comes every so often, and `at_s` is the first of all."""
    runs: int = 1


def _days(network: Network, track: Sequence[Fix]) -> list[int] | None:
    """The service days that may run during a track; None: the calendar does not reach there."""
    today = service_day_of(int(track[0].at.timestamp()), network.info.zones[0])
    day = (today - network.info.first_day).days
    count = int(network.timetable.service_active.shape[1])
    if not 0 <= day < count:
        return None
    return [other for other in (day - 1, day, day + 1) if 0 <= other < count]


def _passings(network: Network, index: _Index, track: Sequence[Fix], radius_m: int) -> Floats:
    """[S] when the track passes nearest by each stop (Unix time), straight between its fixes; NaN: not within the
    radius. On a plane that touches the Earth in the middle of the track: right to a metre or so over 100 km."""
    table = network.timetable
    count = network.info.boardable_count
    lat, lon = np.asarray(table.stop_lat[:count]), np.asarray(table.stop_lon[:count])
    fix_lat = np.array([fix.lat for fix in track])
    fix_lon = np.array([fix.lon for fix in track])
    fix_s = np.array([fix.at.timestamp() for fix in track])
    metres = EARTH_RADIUS_M * np.pi / 180
    east = metres * np.cos(np.radians(fix_lat.mean()))
    margin_lat, margin_lon = radius_m / metres, radius_m / east
    near = np.flatnonzero(
        index.is_stop[:count]
        & (lat >= fix_lat.min() - margin_lat)
        & (lat <= fix_lat.max() + margin_lat)
        & (lon >= fix_lon.min() - margin_lon)
        & (lon <= fix_lon.max() + margin_lon)
    )
    x, y = fix_lon * east, fix_lat * metres
    dx, dy, ds = np.diff(x), np.diff(y), np.diff(fix_s)
    length2 = np.maximum(dx * dx + dy * dy, 1e-9)
    passed_s = np.full(count, np.nan)
    at_once = max(1, _CELLS_AT_ONCE // len(dx))
    for begin in range(0, len(near), at_once):
        stops = near[begin : begin + at_once]
        from_x, from_y = (lon[stops] * east)[:, None] - x[:-1], (lat[stops] * metres)[:, None] - y[:-1]
        part = np.clip((from_x * dx + from_y * dy) / length2, 0.0, 1.0)
        apart2 = (from_x - part * dx) ** 2 + (from_y - part * dy) ** 2
        best = np.argmin(apart2, axis=1)
        rows = np.flatnonzero(apart2[np.arange(len(stops)), best] <= radius_m * radius_m)
        best = best[rows]
        passed_s[stops[rows]] = fix_s[best] + part[rows, best] * ds[best]
    return passed_s


def _runs(
    network: Network, index: _Index, days: list[int], passed_s: Floats, thresholds: Mapping[str, int]
) -> Iterator[_Run]:
    """What runs on these days through enough of the stops that were passed, at about that time."""
    table, zones = network.timetable, network.info.zones
    stops_passed = np.flatnonzero(np.isfinite(passed_s))
    if not len(stops_passed):
        return
    reach_s = thresholds["delay_s_max"] + thresholds["spread_s_max"]
    sooner_s, later_s = np.nanmin(passed_s) - reach_s, np.nanmax(passed_s) + reach_s
    through = np.concatenate(
        [index.stop_patterns[index.stop_first[s] : index.stop_first[s + 1]] for s in stops_passed]
    )
    patterns = np.flatnonzero(np.bincount(through) >= thresholds["calls_min"])
    first, bounds = np.asarray(table.pattern_first), index.pattern_trips_first
    frequent = np.asarray(table.frequency_trip)
    midnights_s = {
        (zone, day): day_start_s(network.info.first_day + dt.timedelta(days=day), name)
        for zone, name in enumerate(zones)
        for day in days
    }
    found = np.concatenate(
        [index.pattern_trips[bounds[p] : bounds[p + 1]] for p in patterns] or [index.pattern_trips[:0]]
    )
    for day in days:
        midnight_s = np.array([midnights_s[zone, day] for zone in range(len(zones))], np.float64)
        midnight_s = midnight_s[np.asarray(table.trip_zone)[found]]
        is_then = (index.begin_s[found] + midnight_s <= later_s) & (
            index.end_s[found] + midnight_s >= sooner_s
        )
        runs = np.asarray(table.service_active[:, day])[np.asarray(table.trip_service)[found]] != 0
        for trip in found[runs & (is_then | index.is_frequent[found])].tolist():
            yield from _runs_of(network, trip, midnights_s[int(table.trip_zone[trip]), day], first, frequent)


def _runs_of(
    network: Network, trip: int, midnight_s: int, first: NDArray[Any], frequent: NDArray[Any]
) -> Iterator[_Run]:
    """A trip on one day: once, or once for each row of its frequencies."""
    table = network.timetable
    pattern, begin = int(table.trip_pattern[trip]), int(table.trip_first_event[trip])
    stops = np.asarray(table.pattern_stop[first[pattern] : first[pattern + 1]])
    events = slice(begin, begin + len(stops))
    halt_s = (
        np.asarray(table.event_arrival_s[events], np.float64)
        + np.asarray(table.event_departure_s[events], np.float64)
    ) / 2
    low, high = np.searchsorted(frequent, (trip, trip + 1))
    if low == high:
        yield _Run(trip, stops, halt_s + midnight_s)
    for row in range(low, high):
        start, end, headway = (
            int(column[row])
            for column in (table.frequency_start_s, table.frequency_end_s, table.frequency_headway_s)
        )
        shift = midnight_s + start - float(table.event_departure_s[begin])
        yield _Run(trip, stops, halt_s + shift, headway, max(1, -(-(end - start) // headway)))


def _compare(
    run: _Run, passed_s: Floats, ends_s: tuple[float, float], thresholds: Mapping[str, int]
) -> tuple[int, int, int] | None:
    """How many calls of a vehicle there are between the ends of a track, how many of them the track makes, and the
    vehicle's delay; None: it cannot be the one."""
    delay_max, spread_max = thresholds["delay_s_max"], thresholds["spread_s_max"]
    at_s = run.at_s
    if run.headway_s:
        known = passed_s[run.stops] - at_s
        late_s = float(np.median(known[np.isfinite(known)]))
        at_s = at_s + run.headway_s * int(np.clip(round(late_s / run.headway_s), 0, run.runs - 1))
    offsets = passed_s[run.stops] - at_s
    possible = np.abs(offsets) <= delay_max + spread_max
    if np.count_nonzero(possible) < thresholds["calls_min"]:
        return None
    delay_s = float(np.median(offsets[possible]))
    made = np.abs(offsets - delay_s) <= spread_max
    there_s = at_s + delay_s
    between = (there_s >= ends_s[0] - spread_max) & (there_s <= ends_s[1] + spread_max)
    calls, count = int(np.count_nonzero(between | made)), int(np.count_nonzero(made))
    if abs(delay_s) > delay_max or calls < thresholds["calls_min"] or not count:
        return None
    covered = passed_s[run.stops][made]
    covered_s = float(covered.max() - covered.min())
    if covered_s * 1000 < thresholds["track_share_permille_min"] * (ends_s[1] - ends_s[0]):
        return None
    return calls, count, round(delay_s)


def _name(network: Network, trip: int) -> str:
    table, catalogue = network.timetable, network.catalogue
    position = int(table.pattern_first[table.trip_pattern[trip]])
    last = int(table.pattern_stop[table.pattern_first[table.trip_pattern[trip] + 1] - 1])
    leaves_s = int(table.event_departure_s[table.trip_first_event[trip]])
    return (
        f"{route_name(catalogue, int(catalogue.trip_route[trip]))} to {headsign(catalogue, trip, position, last)}, "
        f"planned to leave at {leaves_s // 3600:02}:{leaves_s % 3600 // 60:02}"
    )
