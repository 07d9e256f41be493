"""What the planner answers. Instants are whole seconds since the epoch, UTC."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

OUTSIDE = -1
"""The place asked for, at the end of a walk, where there is no stop."""


class Ride(NamedTuple):
    """A part of one trip: on at position `board` of its pattern, off at `alight`. Times are as it really runs."""

    trip: int
    """Of the timetable; from its number of trips on, of the overlay's extra trips."""
    service_day: dt.date
    shift_s: int
    """Added to the trip's own times: not 0 only for trips repeated by frequencies."""
    board: int
    alight: int
    from_stop: int
    to_stop: int
    departure_s: int
    arrival_s: int
    stay_seated: bool = False
    """The vehicle is the one of the ride before: no change, not counted as a transfer."""


class Walk(NamedTuple):
    """From stop to stop, or from or to the place asked for (`OUTSIDE`)."""

    from_stop: int
    to_stop: int
    departure_s: int
    arrival_s: int
    offer: int = -1
    """Which of the query's origins (destinations) it is, when that is a flexible leg."""


Leg = Ride | Walk


class Journey(NamedTuple):
    """Legs in order, each starting where and not before the one before it ended."""

    legs: tuple[Leg, ...]
    departure_s: int
    arrival_s: int
    transfers: int
    """Vehicles boarded, minus one; staying seated does not count."""
    cost: int = 0
    """In the units of the query's `cost`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Journeys by departure, then arrival, and the span of departures (arrivals) that was really searched."""

    journeys: tuple[Journey, ...]
    searched_from_s: int
    searched_to_s: int
    cut_off: bool = False
    """The time limit ended the search before the whole window was searched."""
