"""A small service of demand-responsive transport to be put under fire: a square of country, few seats."""

from __future__ import annotations

import datetime as dt
import random

from on_demand.area import Point, Zone
from on_demand.booking import Place
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.fleet import Break, Seats, Shift, Vehicle
from on_demand.service import Fare, FlexRow, FlexTrip, Service

SERVICE = "under-fire"
CENTRE, HALF = Point(47.25, 6.02), 0.08
STATION, VILLAGE = Place("Gare", CENTRE), Place("Village", Point(47.31, 6.07))
HOUR_S = 3600


def calendar(first_day: dt.date, days: int = 400) -> Calendar:
    """Every day."""
    return Calendar("always", frozenset(range(7)), first_day, first_day + dt.timedelta(days=days))


def make_service(first_day: dt.date) -> Service:
    """From door to door, 6:00 to 22:00, booked at any time."""
    south, north, west, east = CENTRE.lat - HALF, CENTRE.lat + HALF, CENTRE.lon - HALF, CENTRE.lon + HALF
    ring = (
        Point(south, west),
        Point(south, east),
        Point(north, east),
        Point(north, west),
        Point(south, west),
    )
    row = FlexRow("square", 6 * HOUR_S, 22 * HOUR_S, pickup_rule_id="any-time", drop_off_rule_id="any-time")
    return Service(
        SERVICE,
        "TAD sous le feu",
        phone="+33300000000",
        zones=(Zone("square", "Le carré", ((ring,),)),),
        calendars=(calendar(first_day),),
        rules=(BookingRule("any-time", BookingType.REAL_TIME),),
        trips=(FlexTrip("square", "always", (row, row)),),
        fare=Fare(300, 150),
        is_dispatched=True,
    )


def make_vehicles(count: int, seats: int = 4) -> list[Vehicle]:
    """A wheelchair takes the room of two seats."""
    configurations = (Seats(seats, 0), Seats(seats - 2, 1)) if seats > 2 else (Seats(seats, 0),)
    return [
        Vehicle(f"v{number}", f"Minibus {number}", (SERVICE,), configurations, CENTRE)
        for number in range(count)
    ]


def make_shifts(vehicles: list[Vehicle], first_day: dt.date) -> list[Shift]:
    """All day, with a break around noon; every third vehicle in the afternoon alone."""
    noon = Break(11 * HOUR_S, 14 * HOUR_S, 1800)
    return [
        Shift(f"s{number}", vehicle.id, calendar(first_day), 13 * HOUR_S, 22 * HOUR_S)
        if number % 3 == 2
        else Shift(f"s{number}", vehicle.id, calendar(first_day), 6 * HOUR_S, 20 * HOUR_S, (noon,))
        for number, vehicle in enumerate(vehicles)
    ]


def any_place(lots: random.Random) -> Place:
    """A door in the square."""
    reach = HALF * 0.95
    at = Point(CENTRE.lat + lots.uniform(-reach, reach), CENTRE.lon + lots.uniform(-reach, reach))
    return Place(f"{at.lat:.4f} {at.lon:.4f}", at)
