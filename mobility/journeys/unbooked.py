"""Journeys that need no booking, beside those that do.

A driver or a minibus that sets out whenever one likes beats nearly every train: it fetches one later, and wins by
departure. So that they hide nothing that runs anyway, a page on which something must be booked is searched once more
without: what need not be booked is worth showing even where it is beaten.
"""

from __future__ import annotations

from dataclasses import replace

from mobility.journeys.pages_of_time import Choose, Page, Plans, has_ride, timed
from mobility.journeys.question import Question
from mobility.journeys.view import View
from routing.journey import Journey, Ride
from routing.query import Offset, Query
from routing.timetable import Mode

BOOKED_MODES = 1 << Mode.FLEX | 1 << Mode.RIDE_SHARING


def add_unbooked(
    planner: Plans, view: View, query: Query, question: Question, choose: Choose, page: Page
) -> Page:
    """The page with what runs in its span of time anyway, if something on it must be booked."""
    if page.cut_off or not any(is_booked(view, journey) for journey in page.journeys):
        return page
    plain = replace(
        query,
        origins=_without_windows(query.origins),
        destinations=_without_windows(query.destinations),
        modes=query.modes & ~BOOKED_MODES,
        time_limit_s=question.time_limit_s,
    )
    if not plain.origins or not plain.destinations or not plain.modes:
        return page
    if question.timetable_view or question.cursor is not None:
        plain = replace(plain, time_s=page.from_s, window_s=max(page.to_s - page.from_s, 1))
    answer, took_us = timed(planner, plain)
    span = (page.from_s, page.to_s)
    keys = ((journey.arrival_s if query.arrive_by else journey.departure_s) for journey in answer.journeys)
    found = [
        journey
        for journey, key_s in zip(answer.journeys, keys, strict=True)
        if has_ride(journey) and (not plain.window_s or span[0] <= key_s <= span[1])
    ]
    shown = [one.journey for one in choose(found, *span) if one.journey not in page.journeys]
    if question.itineraries_max is not None:
        shown = shown[: max(question.itineraries_max - len(page.journeys), 1)]
    journeys = sorted((*page.journeys, *shown), key=lambda j: (j.departure_s, j.arrival_s, j.transfers))
    return replace(
        page, journeys=tuple(journeys), searches=page.searches + 1, search_us=page.search_us + took_us
    )


def is_booked(view: View, journey: Journey) -> bool:
    """Whether some of it runs only when it is booked: a flexible leg, or a driver's ride."""
    return any(
        get_mode(view, leg) in (Mode.FLEX, Mode.RIDE_SHARING) if isinstance(leg, Ride) else leg.offer >= 0
        for leg in journey.legs
    )


def get_mode(view: View, ride: Ride) -> int:
    """The `Mode` of a ride's vehicle."""
    extra = ride.trip - len(view.timetable.trip_mode)
    return view.planner.overlay.extras[extra].mode if extra >= 0 else int(view.timetable.trip_mode[ride.trip])


def _without_windows(offsets: tuple[Offset, ...]) -> tuple[Offset, ...]:
    return tuple(offset for offset in offsets if offset.open_s is None)
