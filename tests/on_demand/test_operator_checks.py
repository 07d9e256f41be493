"""What is wrong with services, vehicles and shifts is said with where it is; what is right is left alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.demo.on_demand import list_services
from mobility.demo.on_demand_fleet import list_shifts, list_vehicles
from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.fleet import Break, Seats, Shift, Vehicle
from on_demand.fleet_checks import check_shift, check_vehicle, find_overlap
from on_demand.refusal import OnDemandRefusedError
from on_demand.service import Fare, FlexRow, FlexTrip, Promise, Service
from on_demand.service_checks import DAY_S_MAX, Wrong, check_service, clock, refuse

HOUR = 3600
FIRST = dt.date(2026, 11, 23)
ALWAYS = Calendar("always", frozenset(range(7)), dt.date(2026, 1, 1), dt.date(2026, 12, 31))
SQUARE = (Point(47, 6), Point(47, 6.1), Point(47.1, 6.1), Point(47.1, 6), Point(47, 6))
BOW_TIE = (Point(47, 6), Point(47.1, 6.1), Point(47, 6.1), Point(47.1, 6), Point(47, 6))
GOOD = Service(
    "town",
    "Town",
    stops=(Stop("a", "A", Point(47, 6)), Stop("b", "B", Point(47.1, 6.1))),
    groups=(StopGroup("both", "Both", ("a", "b")),),
    zones=(Zone("square", "Square", ((SQUARE,),)),),
    calendars=(ALWAYS,),
    rules=(BookingRule("notice", BookingType.SAME_DAY, duration_s_min=HOUR),),
    trips=(FlexTrip("day", "always", (FlexRow("square", 6 * HOUR, 20 * HOUR),) * 2),),
    fare=Fare(200, 100),
)
BUS = Vehicle("bus", "Bus", ("town",), (Seats(8, 0), Seats(6, 1)), Point(47, 6))
SHIFT = Shift("am", "bus", ALWAYS, 6 * HOUR, 13 * HOUR, (Break(9 * HOUR, 10 * HOUR, 1200),))


def fields(service: Service) -> list[str]:
    wrongs = list(check_service(service))
    assert all(len(one.french) > 8 and len(one.english) > 8 for one in wrongs)
    return [one.field for one in wrongs]


def test_what_is_right_is_left_alone() -> None:
    assert fields(GOOD) == []
    assert list(check_vehicle(BUS, {"town"})) == []
    assert list(check_shift(SHIFT, {"bus"})) == []


def test_the_demo_is_right() -> None:
    services = list_services(FIRST)
    vehicles, shifts = list_vehicles(), list_shifts(FIRST)
    assert [wrong for one in services for wrong in check_service(one)] == []
    ids = {service.id for service in services}
    assert [wrong for one in vehicles for wrong in check_vehicle(one, ids)] == []
    assert [wrong for one in shifts for wrong in check_shift(one, {v.id for v in vehicles})] == []


TRIP = GOOD.trips[0]
WRONG_SERVICES = {
    "id": (replace(GOOD, id="no spaces"), ["id"]),
    "name": (replace(GOOD, name=""), ["name"]),
    "control characters": (replace(GOOD, message="a\x00b"), ["message"]),
    "address": (replace(GOOD, url="javascript:alert(1)"), ["url"]),
    "no clock": (replace(GOOD, zone_name="../etc/passwd"), ["zoneName"]),
    "nothing runs": (replace(GOOD, trips=()), ["trips"]),
    "one id twice": (replace(GOOD, stops=(*GOOD.stops, GOOD.stops[0])), ["stops, groups, zones"]),
    "a zone like a stop": (
        replace(GOOD, zones=(*GOOD.zones, replace(GOOD.zones[0], id="a"))),
        ["stops, groups, zones"],
    ),
    "nowhere": (replace(GOOD, stops=(*GOOD.stops, Stop("c", "C", Point(float("nan"), 6)))), ["stops[2]"]),
    "group of nothing": (replace(GOOD, groups=(StopGroup("g", "G", ()),)), ["groups[0].stopIds"]),
    "group of strangers": (replace(GOOD, groups=(StopGroup("g", "G", ("z",)),)), ["groups[0].stopIds"]),
    "crossing": (
        replace(GOOD, zones=(Zone("square", "", ((BOW_TIE,),)),)),
        ["zones[0].geometry.polygon[0]"],
    ),
    "open ring": (
        replace(GOOD, zones=(Zone("square", "", ((SQUARE[:-1],),)),)),
        ["zones[0].geometry.polygon[0].ring[0]"],
    ),
    "overlapping polygons": (
        replace(GOOD, zones=(Zone("square", "", ((SQUARE,), (SQUARE,))),)),
        ["zones[0].geometry"],
    ),
    "no polygon": (replace(GOOD, zones=(Zone("square", "", ()),)), ["zones[0].geometry"]),
    "ends before": (
        replace(GOOD, calendars=(replace(ALWAYS, until_day=dt.date(2025, 1, 1)),)),
        ["calendars[0].untilDay"],
    ),
    "no day": (replace(GOOD, calendars=(replace(ALWAYS, weekdays=frozenset()),)), ["calendars[0].weekdays"]),
    "eighth day": (
        replace(GOOD, calendars=(replace(ALWAYS, weekdays=frozenset((7,))),)),
        ["calendars[0].weekdays"],
    ),
    "added and removed": (
        replace(GOOD, calendars=(replace(ALWAYS, added=frozenset((FIRST,)), removed=frozenset((FIRST,))),)),
        ["calendars[0].removed"],
    ),
    "opens after closing": (
        replace(GOOD, rules=(replace(GOOD.rules[0], duration_s_max=60),)),
        ["rules[0].durationSMax"],
    ),
    "opens the day after it closes": (
        replace(GOOD, rules=(BookingRule("r", BookingType.PRIOR_DAYS, last_day=3, start_day=2),)),
        ["rules[0].startDay"],
    ),
    "unknown calendar of a rule": (
        replace(GOOD, rules=(BookingRule("r", BookingType.PRIOR_DAYS, calendar_id="c"),)),
        ["rules[0].calendarId"],
    ),
    "unknown calendar": (replace(GOOD, trips=(replace(TRIP, calendar_id="c"),)), ["trips[0].calendarId"]),
    "unknown area": (
        replace(GOOD, trips=(replace(TRIP, rows=(TRIP.rows[0], replace(TRIP.rows[1], area_id="z"))),)),
        ["trips[0].rows[1].areaId"],
    ),
    "unknown rule": (
        replace(GOOD, trips=(replace(TRIP, rows=(replace(TRIP.rows[0], pickup_rule_id="z"), TRIP.rows[1])),)),
        ["trips[0].rows[0].pickupRuleId"],
    ),
    "backwards": (
        replace(GOOD, trips=(replace(TRIP, rows=(FlexRow("square", 9, 8), TRIP.rows[1])),)),
        ["trips[0].rows[0]"],
    ),
    "one row leads nowhere": (replace(GOOD, trips=(replace(TRIP, rows=TRIP.rows[:1]),)), ["trips[0].rows"]),
    "only on": (
        replace(
            GOOD, trips=(replace(TRIP, rows=tuple(replace(row, can_alight=False) for row in TRIP.rows)),)
        ),
        ["trips[0].rows"],
    ),
    "shorter than direct": (replace(GOOD, promise=Promise(ride_factor=0.9)), ["promise.rideFactor"]),
    "negative fare": (replace(GOOD, fare=Fare(-1, 0)), ["fare.adultCents"]),
    "no currency": (replace(GOOD, fare=Fare(1, 0, currency="euro")), ["fare.currency"]),
    "factor": (replace(GOOD, trips=(replace(TRIP, safe_factor=0.0),)), ["trips[0].meanFactor"]),
}


@pytest.mark.parametrize("name", WRONG_SERVICES)
def test_what_is_wrong_with_a_service_is_named(name: str) -> None:
    service, expected = WRONG_SERVICES[name]
    assert fields(service) == expected


WRONG_VEHICLES = {
    "no service": (replace(BUS, service_ids=()), "serviceIds"),
    "unknown service": (replace(BUS, service_ids=("moon",)), "serviceIds"),
    "no seats": (replace(BUS, configurations=()), "configurations"),
    "empty": (replace(BUS, configurations=(Seats(0, 0),)), "configurations[0]"),
    "negative": (replace(BUS, configurations=(Seats(-1, 2),)), "configurations[0]"),
    "twice": (replace(BUS, configurations=(Seats(4, 0), Seats(4, 0))), "configurations"),
    "depot": (replace(BUS, depot=Point(0, 181)), "depot"),
}


@pytest.mark.parametrize("name", WRONG_VEHICLES)
def test_what_is_wrong_with_a_vehicle_is_named(name: str) -> None:
    vehicle, field = WRONG_VEHICLES[name]
    assert [one.field for one in check_vehicle(vehicle, {"town"})] == [field]


WRONG_SHIFTS = {
    "unknown vehicle": (replace(SHIFT, vehicle_id="car"), ["vehicleId"]),
    "no time": (replace(SHIFT, end_s=6 * HOUR, breaks=()), ["start, end"]),
    "more than a day": (replace(SHIFT, end_s=31 * HOUR), ["end"]),
    "break before": (replace(SHIFT, breaks=(Break(5 * HOUR, 7 * HOUR, 600),)), ["breaks[0]"]),
    "break too late": (replace(SHIFT, breaks=(Break(12 * HOUR, 13 * HOUR, 600),)), ["breaks[0]"]),
    "break of nothing": (replace(SHIFT, breaks=(Break(9 * HOUR, 9 * HOUR, 0),)), ["breaks[0].durationS"]),
    "breaks that meet": (
        replace(SHIFT, breaks=(*SHIFT.breaks, Break(10 * HOUR, 11 * HOUR, 600))),
        ["breaks[1]"],
    ),
    "no route": (replace(SHIFT, route_s_max=0), ["routeSMax"]),
}


@pytest.mark.parametrize("name", WRONG_SHIFTS)
def test_what_is_wrong_with_a_shift_is_named(name: str) -> None:
    shift, expected = WRONG_SHIFTS[name]
    assert [one.field for one in check_shift(shift, {"bus"})] == expected


def test_refusals_say_the_first_and_count_the_others() -> None:
    refuse([])
    wrongs = [Wrong("a", "ceci", "this"), Wrong("b", "cela", "that")]
    with pytest.raises(OnDemandRefusedError) as refusal:
        refuse(wrongs)
    assert str(refusal.value) == "a: this (and 1 more)"
    assert refusal.value.field == "a"


@given(at_s=st.integers(0, DAY_S_MAX))
def test_times_of_the_service_day_are_read_as_they_are_written(at_s: int) -> None:
    parts = [int(part) for part in clock(at_s).split(":")]
    assert parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0) == at_s


@given(
    a=st.tuples(st.integers(0, 30), st.integers(1, 20)),
    b=st.tuples(st.integers(0, 30), st.integers(1, 20)),
    days=st.tuples(st.sets(st.integers(0, 6), min_size=1), st.sets(st.integers(0, 6), min_size=1)),
)
def test_shifts_overlap_as_hour_by_hour_says(
    a: tuple[int, int], b: tuple[int, int], days: tuple[set[int], set[int]]
) -> None:
    """The twin: every hour of four weeks on the road."""
    week = Calendar("", frozenset(), dt.date(2026, 6, 1), dt.date(2026, 6, 28))
    one, other = (
        Shift(name, "bus", replace(week, weekdays=frozenset(on)), start * HOUR, (start + hours) * HOUR)
        for name, (start, hours), on in (("a", a, days[0]), ("b", b, days[1]))
    )

    def hours(shift: Shift) -> set[int]:
        return {
            number * 24 + hour
            for number in range(28)
            if (week.from_day + dt.timedelta(days=number)).weekday() in shift.calendar.weekdays
            for hour in range(shift.start_s // HOUR, shift.end_s // HOUR)
        }

    found = find_overlap(one, other, lambda _: False)
    assert (found is not None) == bool(hours(one) & hours(other))
