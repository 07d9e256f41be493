"""One trip from its first stop to its last, as an itinerary of one leg."""

from __future__ import annotations

import numpy as np

from mobility.journeys.emissions import total_emissions
from mobility.journeys.ends import End
from mobility.journeys.itineraries import itinerary_id
from mobility.journeys.legs import Showing, present_ride
from mobility.journeys.trip_tokens import TripRun, find_run
from mobility.journeys.view import View
from mobility.journeys.words import Json
from routing.journey import Ride
from routing.timetable import Timetable


class TripNotFoundError(Exception):
    """No trip runs under this id on that day; the message says which of both."""


def present_trip(
    view: View,
    token: str,
    languages: tuple[str, ...] = (),
    *,
    details: bool = True,
    skipped_stops: bool = False,
) -> Json:
    """The run a trip id names. Raises TripTokenError and TripNotFoundError."""
    run = find_run(view.network, token)
    if run is None:
        raise TripNotFoundError(f"no trip has the id '{token[:80]}'")
    if not view.planner.runs(run.trip, run.service_day) or not _is_run(view.timetable, run):
        raise TripNotFoundError(f"the trip '{token[:80]}' does not run on that day at that time")
    calls = view.planner.trip_calls(run.trip, run.service_day, run.shift_s)
    nowhere = End("", 0.0, 0.0)
    showing = Showing(
        view, view.words(languages), nowhere, nowhere, details=details, skipped_stops=skipped_stops
    )
    first, last = calls[0], calls[-1]
    leg = present_ride(
        showing,
        Ride(
            trip=run.trip,
            service_day=run.service_day,
            shift_s=run.shift_s,
            board=first.position,
            alight=last.position,
            from_stop=first.stop,
            to_stop=last.stop,
            departure_s=first.departure_s,
            arrival_s=last.arrival_s,
        ),
    )
    return {
        "duration": leg["duration"],
        "startTime": leg["startTime"],
        "endTime": leg["endTime"],
        "transfers": 0,
        "id": itinerary_id([leg]),
        "legs": [leg],
        "emissions": total_emissions([leg]),
    }


def _is_run(timetable: Timetable, run: TripRun) -> bool:
    """Whether the trip starts at that time: always its own, or one its frequencies make."""
    first, last = np.searchsorted(timetable.frequency_trip, (run.trip, run.trip + 1))
    if first == last:
        return run.shift_s == 0
    start_s = int(timetable.event_departure_s[timetable.trip_first_event[run.trip]]) + run.shift_s
    after_s = start_s - timetable.frequency_start_s[first:last]
    runs = (after_s >= 0) & (start_s < timetable.frequency_end_s[first:last])
    return bool(np.any(runs & (after_s % timetable.frequency_headway_s[first:last] == 0)))
