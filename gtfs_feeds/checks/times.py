"""Times of calls: those missing are interpolated, trips that go back in time are dropped."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.checks.draft import Draft, Rows
from gtfs_feeds.checks.zones import distance_m
from gtfs_feeds.findings import Severity
from gtfs_feeds.raw_table import NO_TIME

_SPEED_MAX_KMH = {0: 100, 1: 150, 2: 500, 3: 150, 4: 80, 5: 30, 6: 50, 7: 50, 11: 150, 12: 150}
"""By route_type, as the MobilityData validator has it; extended types by the kind they belong to."""
_SPEED_MAX_OTHER_KMH = 200


def check_times(draft: Draft) -> None:
    """Give every call an arrival and a departure. Expects stop_times sorted, with `trip`; drops rows of bad trips."""
    _fill_half(draft)
    _drop_open_ends(draft)
    _drop_backwards(draft)
    _interpolate(draft)


def _known(draft: Draft) -> Rows:
    known: Rows = draft.array("stop_times", "arrival_time") != NO_TIME
    return known


def _fill_half(draft: Draft) -> None:
    """A call with one time only has the other at the same moment."""
    calls = draft.tables["stop_times"]
    arrival, departure = calls["arrival_time"].to_numpy(), calls["departure_time"].to_numpy()
    half = (arrival == NO_TIME) != (departure == NO_TIME)
    draft.note(
        "stop_times",
        half,
        "stop_time_with_only_arrival_or_departure_time",
        "The call has an arrival or a departure time, not both.",
        severity=Severity.INFO,
        action="arrival and departure taken to be the same",
        field="stop_sequence",
    )
    if half.any():
        calls["arrival_time"] = np.where(arrival == NO_TIME, departure, arrival)
        calls["departure_time"] = np.where(departure == NO_TIME, arrival, departure)


def _drop_trips_of(draft: Draft, bad: Rows, rule: str, message: str, field: str) -> None:
    draft.note(
        "stop_times", bad, rule, message, severity=Severity.ERROR, action="trip dropped", field=field,
        values=[_clock(time_s) for time_s in draft.array("stop_times", field)[bad][:100]],
    )  # fmt: skip
    if bad.any():
        trip = draft.array("stop_times", "trip")
        draft.keep("stop_times", ~np.isin(trip, trip[bad]))


def _clock(time_s: int) -> str:
    return "" if time_s == NO_TIME else f"{time_s // 3600:02}:{time_s // 60 % 60:02}:{time_s % 60:02}"


def _drop_open_ends(draft: Draft) -> None:
    trip, known = draft.array("stop_times", "trip"), _known(draft)
    if known.all():
        return
    edge = np.ones(len(trip), np.bool_)
    edge[1:-1] = (trip[1:-1] != trip[:-2]) | (trip[1:-1] != trip[2:])
    _drop_trips_of(
        draft,
        edge & ~known,
        "missing_trip_edge",
        "The first and the last call of a trip must have a time.",
        "arrival_time",
    )


def _drop_backwards(draft: Draft) -> None:
    departure, arrival = (
        draft.array("stop_times", "departure_time"),
        draft.array("stop_times", "arrival_time"),
    )
    _drop_trips_of(
        draft,
        departure < arrival,
        "stop_time_with_departure_before_arrival_time",
        "The trip leaves (“{value}”) before it arrives.",
        "departure_time",
    )
    trip, known = draft.array("stop_times", "trip"), np.flatnonzero(_known(draft))
    departure, arrival = (
        draft.array("stop_times", "departure_time"),
        draft.array("stop_times", "arrival_time"),
    )
    before, after = known[:-1], known[1:]
    negative = (trip[before] == trip[after]) & (arrival[after] < departure[before])
    bad = np.zeros(len(trip), np.bool_)
    bad[after[negative]] = True
    _drop_trips_of(
        draft,
        bad,
        "stop_time_with_arrival_before_previous_departure_time",
        "The trip arrives (“{value}”) before it left the call before.",
        "arrival_time",
    )


def _interpolate(draft: Draft) -> None:
    """Times between two timed calls: in proportion to shape_dist_traveled where it is given throughout, else evenly."""
    known = _known(draft)
    if known.all():
        return
    draft.note(
        "stop_times",
        ~known,
        "stop_time_without_times",
        "The call has no times.",
        severity=Severity.INFO,
        action="interpolated between the timed calls around it",
        field="stop_sequence",
    )
    calls = draft.tables["stop_times"]
    here = np.arange(len(calls))
    before = np.maximum.accumulate(np.where(known, here, 0))
    after = np.minimum.accumulate(np.where(known, here, len(calls) - 1)[::-1])[::-1]
    share = _share_of_gap(calls["shape_dist_traveled"].to_numpy(), known, before, after)
    left = calls["departure_time"].to_numpy()[before].astype(np.float64)
    reached = calls["arrival_time"].to_numpy()[after].astype(np.float64)
    between = np.floor(left + (reached - left) * share).astype(np.int32)
    for column in ("arrival_time", "departure_time"):
        calls[column] = np.where(known, calls[column].to_numpy(), between)


def _share_of_gap(
    distance: NDArray[np.float64], known: Rows, before: NDArray[np.intp], after: NDArray[np.intp]
) -> NDArray[np.float64]:
    """How far each call is between the timed calls around it, from 0 to 1, never less than the one before it."""
    here = np.arange(len(distance))
    length = distance[after] - distance[before]
    step = np.zeros(len(distance))
    step[1:] = np.diff(distance)
    # Steps into untimed calls and out of the gap belong to the gap that begins at the timed call before them.
    gap = np.where(known, np.concatenate(([0], before[:-1])), before)
    unusable = np.bincount(gap, weights=~(step >= 0), minlength=len(distance))[before] > 0
    by_distance = ~unusable & (length > 0)
    even = (here - before) / np.maximum(after - before, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(by_distance, (distance - distance[before]) / length, even)


def check_speeds(draft: Draft) -> None:
    """Note calls that no vehicle of their kind could reach in time. Kept: the stop may be in the wrong place."""
    calls, stops = draft.tables["stop_times"], draft.tables["stops"]
    trip, stop = calls["trip"].to_numpy(), calls["stop"].to_numpy()
    lat, lon = stops["stop_lat"].to_numpy(), stops["stop_lon"].to_numpy()
    origin, target = stop[:-1], stop[1:]
    away_m = distance_m(lat[origin], lon[origin], lat[target], lon[target])
    left, reached = calls["departure_time"].to_numpy()[:-1], calls["arrival_time"].to_numpy()[1:]
    # Times in whole minutes are rounded: the ride may have taken nearly a minute more.
    rounded = (left % 60 == 0) & (reached % 60 == 0)
    taken_s = np.maximum(reached - left + np.where(rounded, 60, 0), 1)
    speed_kmh = away_m / taken_s * 3.6
    bad = np.zeros(len(calls), np.bool_)
    limit = _speed_limits(draft)[trip[1:]]
    bad[1:] = (trip[1:] == trip[:-1]) & (speed_kmh > limit)
    draft.note(
        "stop_times",
        bad,
        "fast_travel_between_consecutive_stops",
        "{value} km/h from the stop before, as the crow flies.",
        severity=Severity.WARNING,
        action="kept: a position or a time is wrong",
        field="stop_id",
        values=[f"{speed:.0f}" for speed in speed_kmh[bad[1:]][:100]],
    )


def _speed_limits(draft: Draft) -> NDArray[np.float64]:
    """Of each trip, in km/h."""
    routes = draft.tables["routes"].set_index("route_id")["route_type"]
    own = draft.array("trips", "route_type")
    kinds = np.where(own >= 0, own, routes.loc[draft.array("trips", "route_id")].to_numpy())
    kinds = np.where(kinds >= 100, _basic_kinds(kinds), kinds)
    limits = np.full(len(kinds), float(_SPEED_MAX_OTHER_KMH))
    for kind, limit in _SPEED_MAX_KMH.items():
        limits[kinds == kind] = limit
    return limits


def _basic_kinds(kinds: NDArray[np.int32]) -> NDArray[np.int32]:
    """The basic type of extended ones, by their hundreds; -1 where there is none to compare with (air, taxi, ...)."""
    hundreds = {1: 2, 2: 3, 3: 2, 4: 1, 5: 1, 6: 1, 7: 3, 8: 11, 9: 0, 10: 4, 12: 4, 13: 6, 14: 7}
    lookup = np.full(int(max(kinds.max(initial=0) // 100 + 1, 18)), -1, np.int32)
    for hundred, kind in hundreds.items():
        lookup[hundred] = kind
    return lookup[np.maximum(kinds // 100, 0)]
