"""From where to where and when one may ride: against the twin that tries every row, and at the edges."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking import Place
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.service import FlexRow, FlexTrip, Service
from on_demand.service_areas import ServiceAreas
from on_demand.service_windows import (
    TravelWindow,
    WhyNot,
    booking_span,
    list_windows,
    list_windows_on,
)
from tests.naive import on_demand_windows as naive
from tests.on_demand.services import FIRST, LAST, is_holiday, places, services

H = 3600
MONDAY = dt.date(2026, 6, 1)


def square(lat: float, lon: float, half: float) -> tuple[Point, ...]:
    corners = (
        Point(lat - half, lon - half),
        Point(lat - half, lon + half),
        Point(lat + half, lon + half),
        Point(lat + half, lon - half),
    )
    return (*corners, corners[0])


VALLEY = Zone("valley", "Valley", ((square(47, 6, 0.5), square(47, 6, 0.25)),))
TOWN = Zone("town", "Town", ((square(47, 6, 0.25),),))
STOPS = (Stop("a", "A", Point(47.9, 6)), Stop("b", "B", Point(47.9, 6.1)), Stop("c", "C", Point(47, 6.4)))
DAILY = Calendar("daily", frozenset(range(7)), dt.date(2026, 1, 1), dt.date(2026, 12, 31))
MONDAYS = replace(DAILY, id="mondays", weekdays=frozenset({0}))
HOUR = BookingRule("hour", BookingType.SAME_DAY, duration_s_min=H)
EVENING = BookingRule("evening", BookingType.PRIOR_DAYS, last_day=1, last_s=18 * H)
SERVICE = Service(
    "tad", "TAD", stops=STOPS, groups=(StopGroup("hill", "Hill", ("a", "b")),), zones=(VALLEY, TOWN),
    calendars=(DAILY, MONDAYS), rules=(HOUR, EVENING),
)  # fmt: skip

IN_VALLEY, IN_TOWN, AWAY = (Place("", Point(lat, 6.0)) for lat in (47.4, 47.1, 49.0))
AT_A, AT_B, AT_C = (Place(stop.name, stop.at, stop.id) for stop in STOPS)


def served(*rows: FlexRow, calendar: str = "daily") -> ServiceAreas:
    return ServiceAreas(replace(SERVICE, trips=(FlexTrip("t", calendar, rows),)))


def on_monday(areas: ServiceAreas, start: Place, end: Place) -> tuple[TravelWindow, ...] | WhyNot:
    return list_windows_on(areas, start, end, [MONDAY], is_holiday)


MORNING, NOON = FlexRow("valley", 8 * H, 10 * H, pickup_rule_id="hour"), FlexRow("town", 9 * H, 12 * H)


def test_one_travels_from_a_row_to_a_later_one() -> None:
    areas = served(MORNING, NOON)
    (window,) = on_monday(areas, IN_VALLEY, IN_TOWN)
    begin_s = 1780264800  # midnight of Monday in Paris
    assert (window.pickup_open_s, window.pickup_close_s) == (begin_s + 8 * H, begin_s + 10 * H)
    assert (window.drop_open_s, window.drop_close_s) == (begin_s + 9 * H, begin_s + 12 * H)
    assert on_monday(areas, IN_TOWN, IN_VALLEY) is WhyNot.OUTSIDE_ZONE, "the other way round"
    assert on_monday(areas, IN_VALLEY, IN_VALLEY) is WhyNot.OUTSIDE_ZONE, "a zone once is not within it"
    assert isinstance(on_monday(served(MORNING, MORNING), IN_VALLEY, IN_VALLEY), tuple)
    assert on_monday(areas, IN_VALLEY, AWAY) is WhyNot.OUTSIDE_ZONE


def test_holes_edges_and_stops() -> None:
    areas = ServiceAreas(SERVICE)
    assert areas.list_at(IN_VALLEY) == {"valley"}
    assert areas.list_at(IN_TOWN) == {"town"}, "the town is a hole in the valley"
    assert areas.list_at(Place("", Point(47.25, 6.0))) == {"valley", "town"}, "their border is in both"
    assert areas.list_at(AT_A) == {"a", "hill"}
    assert areas.list_at(Place("beside A", STOPS[0].at)) == frozenset(), "an address is at no stop"
    assert areas.list_at(AT_C) == {"c", "valley"}
    assert areas.list_stops("hill") == ("a", "b")
    assert areas.list_stops("c") == ("c",)
    assert areas.list_stops("town") == ()
    assert areas.contains("hill", AT_B)
    assert not areas.contains("hill", AT_C)


def test_reasons_and_what_is_cut() -> None:
    areas = served(MORNING, NOON, calendar="mondays")
    begin_s = 1780264800

    def asked(from_s: int, to_s: int) -> tuple[TravelWindow, ...] | WhyNot:
        return list_windows(areas, IN_VALLEY, IN_TOWN, begin_s + from_s, begin_s + to_s, is_holiday)

    assert asked(24 * H, 30 * H) is WhyNot.NOT_ON_THIS_DAY
    assert asked(11 * H, 20 * H) is WhyNot.OUTSIDE_HOURS
    assert asked(10 * H + 1, 10 * H + 2) is WhyNot.OUTSIDE_HOURS
    (window,) = asked(9 * H + 1800, 40 * H)
    assert (window.pickup_open_s, window.pickup_close_s) == (begin_s + 9 * H + 1800, begin_s + 10 * H)
    assert window.drop_open_s == window.pickup_open_s
    (edge,) = asked(10 * H, 11 * H)
    assert edge.pickup_open_s == edge.pickup_close_s == begin_s + 10 * H


def test_a_night_service_belongs_to_the_day_it_began() -> None:
    night = FlexRow("town", 22 * H, 27 * H, pickup_rule_id="evening")
    areas = served(night, night, calendar="mondays")
    tuesday_1_s = 1780264800 + 25 * H
    (window,) = list_windows(areas, IN_TOWN, IN_TOWN, tuesday_1_s, tuesday_1_s + H, is_holiday)
    assert window.day == MONDAY
    latest = booking_span(areas.service, window, tuesday_1_s, is_holiday).latest
    assert latest is not None
    assert int(latest.timestamp()) == 1780264800 - 6 * H, "Sunday at 18:00"


def test_both_rules_must_be_kept() -> None:
    areas = served(MORNING, replace(NOON, drop_off_rule_id="evening"))
    (window,) = on_monday(areas, IN_VALLEY, IN_TOWN)
    assert window.rules == (HOUR, EVENING)
    assert booking_span(areas.service, window, window.pickup_open_s, is_holiday).latest == dt.datetime(
        2026, 5, 31, 16, tzinfo=dt.UTC
    )


def test_a_route_that_deviates() -> None:
    """Fixed, zone, fixed: between the fixed calls the timetable carries; a fixed call is an instant."""
    first = FlexRow("a", 8 * H, 8 * H + 60, is_fixed=True)
    last = FlexRow("b", 9 * H, 9 * H + 60, is_fixed=True)
    areas = served(first, FlexRow("valley", 8 * H, 9 * H), last)
    assert on_monday(areas, AT_A, AT_B) is WhyNot.OUTSIDE_ZONE
    begin_s = 1780264800
    (out,) = on_monday(areas, AT_A, IN_VALLEY)
    assert (out.pickup_open_s, out.pickup_close_s) == (begin_s + 8 * H + 60, begin_s + 8 * H + 60)
    (back,) = on_monday(areas, IN_VALLEY, AT_B)
    assert (back.drop_open_s, back.drop_close_s) == (begin_s + 9 * H, begin_s + 9 * H)


def test_hours_are_those_of_the_clock_on_both_long_nights() -> None:
    areas = served(MORNING, NOON)
    for text, utc_hour in (("2026-03-29", 6), ("2026-10-25", 7)):
        day = dt.date.fromisoformat(text)
        (window,) = list_windows_on(areas, IN_VALLEY, IN_TOWN, [day], is_holiday)
        assert (
            window.pickup_open_s
            == dt.datetime(day.year, day.month, day.day, utc_hour, tzinfo=dt.UTC).timestamp()
        )


@settings(max_examples=150)
@given(st.data())
def test_windows_are_those_of_the_twin(data: st.DataObject) -> None:
    service = data.draw(services())
    areas = ServiceAreas(service)
    start, end = data.draw(places(service)), data.draw(places(service))
    for place in (start, end):
        inside = areas.list_at(place)
        for area in (*service.stops, *service.groups, *service.zones):
            assert (
                (area.id in inside) == areas.contains(area.id, place) == naive.is_in(service, area.id, place)
            )
    first = data.draw(st.dates(FIRST, LAST))
    days = [first + dt.timedelta(number) for number in range(4)]
    expected = naive.list_windows(service, start, end, days, is_holiday)
    found = list_windows_on(areas, start, end, days, is_holiday)
    if isinstance(found, WhyNot):
        assert expected == []
    else:
        assert sorted(map(_plain, found)) == sorted(expected)
    _compare_span(data, areas, start, end, first)


def _compare_span(data: st.DataObject, areas: ServiceAreas, start: Place, end: Place, first: dt.date) -> None:
    """Of a span of time, whatever days it touches."""
    from_s = int(naive.clock(first, 0, areas.service.zone_name).timestamp()) + data.draw(
        st.integers(-H, 30 * H)
    )
    to_s = from_s + data.draw(st.integers(0, 40 * H))
    days = [first + dt.timedelta(number) for number in range(-4, 6)]
    expected = [
        (
            *window[:4],
            max(window[4], from_s),
            min(window[5], to_s),
            max(window[6], window[4], from_s),
            window[7],
        )
        for window in naive.list_windows(areas.service, start, end, days, is_holiday)
        if window[5] >= from_s and window[4] <= to_s
    ]
    found = list_windows(areas, start, end, from_s, to_s, is_holiday)
    assert sorted(() if isinstance(found, WhyNot) else map(_plain, found)) == sorted(expected)


def _plain(window: TravelWindow) -> naive.Window:
    return (
        window.trip.id,
        window.day,
        window.from_row,
        window.to_row,
        window.pickup_open_s,
        window.pickup_close_s,
        window.drop_open_s,
        window.drop_close_s,
    )
