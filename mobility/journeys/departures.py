"""Departure and arrival boards."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mobility.journeys.alerts import present_alert
from mobility.journeys.carpool_lines import list_expected_waiting
from mobility.journeys.instants import DAY_S, iso
from mobility.journeys.question import Cursor
from mobility.journeys.reasons import outside_period, reason
from mobility.journeys.rides import (
    DRIVER,
    NOT_ALLOWED,
    PHONE,
    booking_of,
    describe_for_alerts,
    describe_trip,
    present_call,
    present_calls,
)
from mobility.journeys.runs import Run, get_run
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
    alerts: bool = True
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
        "place": _stop_place(view, words, stops, question),
        "liveData": view.live.describe(),
        "previousPageCursor": str(Cursor(False, first_s - 1)),
        "nextPageCursor": str(Cursor(True, last_s + 1)),
    }
    waiting = [] if question.arrivals else list_expected_waiting(view, stops.stops, start.instant_s)
    if waiting:
        answer["expectedWaiting"] = waiting
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


def _stop_place(view: View, words: Words, stops: StopSet, question: BoardQuestion) -> Json:
    """What was asked about, with what is wrong there."""
    place = stops.place(view, words)
    if question.alerts and stops.anchor is not None:
        at_s = question.start.instant_s
        alerts = view.live.alerts.of_stop(stops.anchor, None, at_s, at_s + DAY_S)
        if alerts:
            place["alerts"] = [present_alert(alert, question.languages) for alert in alerts]
    return place


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
            if _is_wanted(get_run(view, call.trip, call.service_day, call.shift_s), question)
        ]
    events.sort(key=lambda event: (event.at_s, event.is_arrival, event.call.trip))
    return events


def _is_wanted(run: Run, question: BoardQuestion) -> bool:
    return bool(question.modes >> run.mode & 1) and not run.is_hidden


def _present_event(view: View, words: Words, question: BoardQuestion, event: _Event) -> Json:
    call = event.call
    run = get_run(view, call.trip, call.service_day, call.shift_s)
    (at,) = run.list_calls(call.position, call.position)
    about = describe_for_alerts(run)
    place = present_call(
        view,
        words,
        at,
        about if question.alerts else None,
        question.languages,
        has_arrival=call.position > 0,
        has_departure=call.position < run.last,
    )
    here = at.dropoff if event.is_arrival else at.pickup
    shown = describe_trip(words, run, call.position)
    shown |= {
        "place": place,
        "realTime": at.is_known,
        "cancelled": at.is_cancelled,
        "tripCancelled": run.is_cancelled,
        "scheduled": run.extra is None,
        "pickupDropoffType": "NOT_ALLOWED" if here == NOT_ALLOWED or at.is_cancelled else "NORMAL",
        "reservation": "COMPULSORY" if here == PHONE else "NONE",
    }
    shown |= booking_of(run, *_ends(run, event), shown.get("agencyPhone", ""))
    if here in (PHONE, DRIVER):
        shown["arrangement"] = place["dropoffArrangement" if event.is_arrival else "pickupArrangement"]
    if question.both:
        shown["event"] = "ARRIVAL" if event.is_arrival else "DEPARTURE"
    if question.alerts:
        alerts = view.live.alerts.of_ride(about, at.arrival_s, at.departure_s)
        shown["alerts"] = [present_alert(alert, question.languages) for alert in alerts]
    # The API has no word for what no timetable says: beside its yes and no stands what is unknown.
    shown["unknown"] = [name for name in ("bikesAllowed", "wheelchairAccessible") if name not in shown]
    shown.setdefault("bikesAllowed", False)
    shown.setdefault("wheelchairAccessible", "NOT_ACCESSIBLE")
    if question.fetch_stops:
        _add_stops(words, shown, run, event, question)
    return shown


def _ends(run: Run, event: _Event) -> tuple[int, int]:
    """From the departure to the next call; to the arrival, from the call before: where most seats are left."""
    position = event.call.position
    return (position - 1, position) if event.is_arrival else (position, position + 1)


def _add_stops(words: Words, shown: Json, run: Run, event: _Event, question: BoardQuestion) -> None:
    """Where it goes on to (came from)."""
    about = describe_for_alerts(run) if question.alerts else None
    calls = present_calls(run.view, words, run.list_calls(0, run.last), about, question.languages)
    position = event.call.position
    if event.is_arrival:
        shown["previousStops"] = calls[:position]
    else:
        shown["nextStops"] = calls[position + 1 :]
