"""All calls of the vehicle one rides, as it really runs: where else one might get on or off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.view import View
from routing.journey import Ride

NOT_ALLOWED = 1
"""GTFS pickup_type and drop_off_type."""


@dataclass(frozen=True, slots=True, eq=False)
class RideCalls:
    """By position of the run, [n] each. Instants are seconds since the epoch, UTC."""

    stop: NDArray[np.int32]
    arrival_s: NDArray[np.int64]
    departure_s: NDArray[np.int64]
    can_board: NDArray[np.bool_]
    can_alight: NDArray[np.bool_]


def list_ride_calls(view: View, ride: Ride) -> RideCalls:
    """The calls of a ride's run, delays, skipped stops and other platforms included."""
    timetable, overlay = view.timetable, view.planner.overlay
    extra = ride.trip - len(timetable.trip_pattern)
    if extra >= 0:
        added = overlay.extras[extra]
        return RideCalls(
            added.stop,
            added.arrival_s,
            added.departure_s,
            added.pickup != NOT_ALLOWED,
            added.dropoff != NOT_ALLOWED,
        )
    pattern, event = int(timetable.trip_pattern[ride.trip]), int(timetable.trip_first_event[ride.trip])
    positions = slice(int(timetable.pattern_first[pattern]), int(timetable.pattern_first[pattern + 1]))
    stop = timetable.pattern_stop[positions]
    can_board = timetable.pattern_pickup[positions] != NOT_ALLOWED
    can_alight = timetable.pattern_dropoff[positions] != NOT_ALLOWED
    change = overlay.find_change(ride.trip, ride.service_day, ride.shift_s)
    if change is not None:
        serves = np.ones(len(stop), np.bool_) if change.skipped is None else ~change.skipped
        return RideCalls(
            stop if change.stop is None else change.stop,
            change.arrival_s,
            change.departure_s,
            can_board & serves,
            can_alight & serves,
        )
    events = slice(event, event + len(stop))
    base_s = ride.departure_s - int(timetable.event_departure_s[event + ride.board])
    return RideCalls(
        stop,
        timetable.event_arrival_s[events].astype(np.int64) + base_s,
        timetable.event_departure_s[events].astype(np.int64) + base_s,
        can_board,
        can_alight,
    )
