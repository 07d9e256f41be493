"""Departure and arrival boards."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mobility.journeys.instants import DAY_S, iso
from mobility.journeys.legs import DRIVER, NOT_ALLOWED, PHONE, add_boarding, describe_trip, list_call_places
from mobility.journeys.question import Cursor
from mobility.journeys.reasons import outside_period, reason
from mobility.journeys.stop_sets import StopSet
from mobility.journeys.view import View
from mobility.journeys.words import Json, Words
from routing.planner import Call
from routing.timetable import ALL_MODES

LOOK_S = (2 * 3600, 12 * 3600, 2 * DAY_S, 8 * DAY_S, 15 * DAY_S)
"""How far to look, step by step, until enough is found: a rural stop may be served once a week."""

LOOK_TIME_S = 3.0
"""No further step is begun after so long."""

EVENTS_MAX = 2000
"""More than these are never shown at once."""


@dataclass(frozen=True, slots=True)
class BoardQuestion:
    """What a board shows: at least `count` events, or all in `window_s` where those are more."""

    start: Cursor
    """Where it begins and in which direction it goes."""
    arrivals: bool = False
    both: bool = False
    count: int = 20
    window_s: int = 0
    modes: int = ALL_MODES
    fetch_stops: bool = False
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Event:
    at_s: int
    call: Call
    is_arrival: bool


def present_board(view: View, stops: StopSet, question: BoardQuestion) -> Json:
    """The board as `/api/v6/stoptimes` answers it. Events of one instant stay together, so that pages join."""
    words = view.words(question.languages)
    events, reached_s = _find_events(view, stops, question)
    start, later = question.start, question.start.later
    first_s, last_s = (start.instant_s, reached_s) if later else (reached_s, start.instant_s)
    answer: Json = {
        "stopTimes": [_present_event(view, words, question, event) for event in events],
        "place": stops.place(view, words),
        "previousPageCursor": str(Cursor(False, first_s - 1)),
        "nextPageCursor": str(Cursor(True, last_s + 1)),
    }
    if not events:
        period = outside_period(view, start.instant_s)
        nothing = reason(
            "NO_DEPARTURES",
            f"Aucun passage jusqu’au {iso(last_s)}." if later else f"Aucun passage depuis le {iso(first_s)}.",
            f"Nothing calls here until {iso(last_s)}."
            if later
            else f"Nothing has called here since {iso(first_s)}.",
            searchedFrom=iso(first_s),
            searchedTo=iso(last_s),
        )
        answer["reasons"] = [period or nothing]
    return answer


def _find_events(view: View, stops: StopSet, question: BoardQuestion) -> tuple[list[_Event], int]:
    """The events in order of time, and the last instant (first, when looking back) that is complete."""
    start_s, sign = question.start.instant_s, 1 if question.start.later else -1
    began = time.monotonic()
    for look_s in LOOK_S:
        reach_s = max(look_s, question.window_s)
        events = _list_events(view, stops, question, reach_s)
        enough = len(events) >= question.count and reach_s >= question.window_s
        if enough or time.monotonic() - began > LOOK_TIME_S:
            break
    distances = sorted(abs(event.at_s - start_s) for event in events)
    if len(distances) >= question.count:
        last_s = distances[question.count - 1] if question.count else 0
        reach_s = min(reach_s, max(last_s, question.window_s))
    if len(distances) > EVENTS_MAX:
        reach_s = min(reach_s, distances[EVENTS_MAX - 1])
    shown = [event for event in events if abs(event.at_s - start_s) <= reach_s]
    return shown, start_s + sign * reach_s


def _list_events(view: View, stops: StopSet, question: BoardQuestion, reach_s: int) -> list[_Event]:
    start, planner = question.start, view.planner
    kinds = (False, True) if question.both else (question.arrivals,)
    modes = view.timetable.trip_mode
    events = []
    for is_arrival in kinds:
        calls = planner.list_calls(
            list(stops.stops),
            start.instant_s if start.later else start.instant_s + 1,
            1_000_000,
            arrivals=is_arrival,
            backwards=not start.later,
            until_s=start.instant_s + (reach_s if start.later else -reach_s),
        )
        events += [
            _Event(call.arrival_s if is_arrival else call.departure_s, call, is_arrival)
            for call in calls
            if question.modes >> int(modes[call.trip]) & 1
        ]
    events.sort(key=lambda event: (event.at_s, event.is_arrival, event.call.trip))
    return events


def _present_event(view: View, words: Words, question: BoardQuestion, event: _Event) -> Json:
    call, timetable = event.call, view.timetable
    pattern = int(timetable.trip_pattern[call.trip])
    first, last = int(timetable.pattern_first[pattern]), int(timetable.pattern_first[pattern + 1]) - 1
    position = first + call.position
    pickup, dropoff = int(timetable.pattern_pickup[position]), int(timetable.pattern_dropoff[position])
    place = dict(words.place(call.stop))
    if call.position > 0:
        place["arrival"] = place["scheduledArrival"] = iso(call.arrival_s)
    if position < last:
        place["departure"] = place["scheduledDeparture"] = iso(call.departure_s)
    add_boarding(place, pickup, dropoff)
    shown = describe_trip(view, words, call.trip, call.service_day, call.shift_s, call.position)
    here = dropoff if event.is_arrival else pickup
    shown |= {
        "place": place,
        "realTime": False,
        "cancelled": False,
        "tripCancelled": False,
        "pickupDropoffType": "NOT_ALLOWED" if here == NOT_ALLOWED else "NORMAL",
        "reservation": "COMPULSORY" if here == PHONE else "NONE",
    }
    if here in (PHONE, DRIVER):
        shown["arrangement"] = place["dropoffArrangement" if event.is_arrival else "pickupArrangement"]
    if question.both:
        shown["event"] = "ARRIVAL" if event.is_arrival else "DEPARTURE"
    # The API has no word for what no timetable says: beside its yes and no stands what is unknown.
    shown["unknown"] = [name for name in ("bikesAllowed", "wheelchairAccessible") if name not in shown]
    shown.setdefault("bikesAllowed", False)
    shown.setdefault("wheelchairAccessible", "NOT_ACCESSIBLE")
    if question.fetch_stops:
        _add_stops(view, words, shown, event, last - first)
    return shown


def _add_stops(view: View, words: Words, shown: Json, event: _Event, last: int) -> None:
    """Where it goes on to (came from)."""
    call = event.call
    calls = list_call_places(view, words, call.trip, call.departure_s, call.position, 0, last)
    if event.is_arrival:
        shown["previousStops"] = calls[: call.position]
    else:
        shown["nextStops"] = calls[call.position + 1 :]
