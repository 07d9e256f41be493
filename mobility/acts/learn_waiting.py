"""Learn how long one waits at a stop for a driver who is not announced, from the trips that were proven."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from carpool.line import Line
from carpool.trip import Trip, TripStatus
from carpool.waiting import Passed, WaitingModel, learn
from ground.paris import paris_day
from mobility.acts.ports import UnitOfWork
from mobility.journeys.public_holidays import is_holiday

WEEKS = 8
"""So far back: what was a habit half a year ago need not be one now."""

PASSENGERS_MAX = 3
"""Whoever has as many aboard stops for nobody."""


def learn_waiting(work: UnitOfWork, now: dt.datetime) -> WaitingModel:
    """From the proven trips of the last weeks, today's left out."""
    last = paris_day(now) - dt.timedelta(days=1)
    first = last - dt.timedelta(weeks=WEEKS) + dt.timedelta(days=1)
    passages = (
        passed
        for line in work.rides.list_lines()
        for state in work.trips.list_like(line.id, now - dt.timedelta(weeks=WEEKS, days=2), now)
        if state.status is TripStatus.PROVEN and state.trip is not None
        for passed in list_passed(line, state.trip)
    )
    return learn(passages, first, last, is_holiday)


def list_passed(line: Line, trip: Trip) -> Iterator[Passed]:
    """Where and when a vehicle came by with a free seat: at the stops of its line from where its evidence begins to
    where it ends, but for the last, where nobody gets on. Between, it drove as the line says."""
    places = {on_line.stop.id: at for at, on_line in enumerate(line.stops)}
    first, last = places.get(trip.start.stop_id, -1), places.get(trip.end.stop_id, -1)
    took_s = (trip.end.at - trip.start.at).total_seconds()
    if first < 0 or last < 0 or first == last or took_s <= 0:
        return
    drive_s = line.stops[last].drive_s - line.stops[first].drive_s
    step = 1 if last > first else -1
    for at in range(first, last, step):
        part = (line.stops[at].drive_s - line.stops[first].drive_s) / drive_s
        came_at = trip.start.at + dt.timedelta(seconds=part * took_s)
        aboard = sum(one.board.at < came_at < one.alight.at for one in trip.passages)
        if aboard < PASSENGERS_MAX:
            yield Passed(line.id, step < 0, line.stops[at].stop.id, came_at)
