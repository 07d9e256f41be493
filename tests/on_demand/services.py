"""Services drawn at random, all references right, and places in and about them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import strategies as st

from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking import Place
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.service import FlexRow, FlexTrip, Service

FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 11, 30)
HOLIDAYS = frozenset(
    {
        dt.date(2026, 4, 6),
        dt.date(2026, 5, 1),
        dt.date(2026, 5, 8),
        dt.date(2026, 5, 14),
        dt.date(2026, 11, 11),
    }
)
WORDS = st.text("abcé'\",;ß日 -", max_size=12).map(str.strip)
NAMES = WORDS.map(lambda words: f"N{words}")
TIMES = st.integers(0, 30 * 60).map(lambda minutes: minutes * 60)
dates = st.dates(FIRST, LAST)


def is_holiday(day: dt.date) -> bool:
    return day in HOLIDAYS


def degrees(low: int, high: int) -> st.SearchStrategy[float]:
    """On a grid, so that edges and corners are met."""
    return st.integers(low, high).map(lambda number: number / 64)


POINTS = st.builds(Point, degrees(47 * 64 - 20, 47 * 64 + 20), degrees(6 * 64 - 20, 6 * 64 + 20))


@st.composite
def calendars(draw: st.DrawFn, id_: str) -> Calendar:
    first = draw(dates)
    added = draw(st.frozensets(dates, max_size=3))
    removed = draw(st.frozensets(dates, max_size=3)) - added
    weekdays = draw(st.frozensets(st.integers(0, 6), min_size=1))
    last = draw(st.dates(first, LAST))
    return Calendar(id_, weekdays, first, last, added, removed, draw(st.booleans()))


@st.composite
def rules(draw: st.DrawFn, id_: str, calendar_ids: list[str]) -> BookingRule:
    kind = draw(st.sampled_from(BookingType))
    rule = BookingRule(
        id_, kind, message=draw(WORDS), phone=draw(st.sampled_from(["", "+33 3 81 00 00 00"])),
        info_url=draw(st.sampled_from(["", "https://example.org/i"])),
        booking_url=draw(st.sampled_from(["", "https://example.org/b"])),
    )  # fmt: skip
    if kind == BookingType.REAL_TIME:
        return rule
    start = draw(st.none() | st.tuples(st.integers(0, 6), st.none() | TIMES))
    if kind == BookingType.SAME_DAY:
        least = draw(st.integers(0, 3000)) * 60
        if draw(st.booleans()):
            return replace(rule, duration_s_min=least, duration_s_max=least + 60 * draw(st.integers(0, 9000)))
        rule = replace(rule, duration_s_min=least)
    else:
        last_day = draw(st.integers(0, 4))
        rule = replace(
            rule,
            last_day=last_day,
            last_s=draw(st.none() | TIMES),
            calendar_id=draw(st.sampled_from(["", *calendar_ids])),
        )
        start = start and (last_day + start[0], start[1])
    return rule if start is None else replace(rule, start_day=start[0], start_s=start[1])


@st.composite
def zones(draw: st.DrawFn, id_: str) -> Zone:
    """One or two rectangles or triangles, perhaps with a hole."""
    polygons = []
    for number in range(draw(st.integers(1, 2))):
        lat, lon = 47.0 + number / 4, draw(degrees(6 * 64 - 16, 6 * 64))
        high, wide = draw(st.integers(2, 12)) / 64, draw(st.integers(2, 12)) / 64
        corners = [Point(lat, lon), Point(lat, lon + wide), Point(lat + high, lon + wide)]
        corners += draw(st.sampled_from([[Point(lat + high, lon)], []]))
        rings = [(*corners, corners[0])]
        if len(corners) == 4 and high >= 8 / 64 and wide >= 8 / 64 and draw(st.booleans()):
            a, b, step = lat + 2 / 64, lon + 2 / 64, 3 / 64
            hole = (Point(a, b), Point(a, b + step), Point(a + step, b + step), Point(a + step, b))
            rings.append((*hole, hole[0]))
        polygons.append(tuple(rings))
    return Zone(id_, draw(NAMES), tuple(polygons))


@st.composite
def rows(draw: st.DrawFn, areas: list[str], rule_ids: list[str], stop_ids: list[str]) -> FlexRow:
    open_s = draw(TIMES)
    can_board, can_alight = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    is_fixed = bool(stop_ids) and draw(st.integers(0, 4)) == 0
    rule = st.sampled_from(["", *rule_ids])
    return FlexRow(
        area_id=draw(st.sampled_from(stop_ids if is_fixed else areas)),
        open_s=open_s,
        close_s=open_s + draw(st.integers(0 if is_fixed else 1, 300)) * 60,
        can_board=can_board,
        can_alight=can_alight,
        pickup_rule_id=draw(rule) if can_board else "",
        drop_off_rule_id=draw(rule) if can_alight else "",
        is_fixed=is_fixed,
    )


@st.composite
def services(draw: st.DrawFn, id_: str = "service") -> Service:
    """Every trip has a row with a window, one to get on at, and a later one to get off at."""
    stops = tuple(
        Stop(f"{id_}-s{number}", draw(NAMES), at)
        for number, at in enumerate(draw(st.lists(POINTS, max_size=4)))
    )
    stop_ids = [stop.id for stop in stops]
    groups = ()
    if stops:
        members = draw(st.lists(st.sampled_from(stop_ids), min_size=1, unique=True))
        groups = (StopGroup(f"{id_}-g", draw(NAMES), tuple(members)),)
    own_zones = tuple(draw(zones(f"{id_}-z{number}")) for number in range(draw(st.integers(not stops, 2))))
    own_calendars = (draw(calendars(f"{id_}-c0")), draw(calendars(f"{id_}-c1")))
    calendar_ids = [calendar.id for calendar in own_calendars]
    own_rules = tuple(
        draw(rules(f"{id_}-r{number}", calendar_ids)) for number in range(draw(st.integers(0, 3)))
    )
    areas = [*stop_ids, *(group.id for group in groups), *(zone.id for zone in own_zones)]
    row = rows(areas, [rule.id for rule in own_rules], stop_ids)
    trips = []
    for number in range(draw(st.integers(1, 3))):
        first = replace(draw(row), can_board=True)
        last = draw(row.filter(lambda one: not one.is_fixed).map(lambda one: replace(one, can_alight=True)))
        between = draw(st.lists(row, max_size=3))
        told = draw(st.sampled_from([(1.0, 0.0), (1.5, 600.0), (1.25, -30.5)]))
        means = draw(st.sampled_from([(1.0, 0.0), (1.1, 0.0)]))
        trips.append(
            FlexTrip(
                f"{id_}-t{number}",
                draw(st.sampled_from(calendar_ids)),
                (first, *between, last),
                draw(WORDS),
                *means,
                *told,
            )
        )
    return Service(
        id_, draw(NAMES), operator=draw(NAMES), phone=draw(st.sampled_from(["", "+33 3 81 00 00 01"])),
        url="https://example.org/tad", message=draw(WORDS), stops=stops, groups=groups, zones=own_zones,
        calendars=own_calendars, rules=own_rules, trips=tuple(trips),
    )  # fmt: skip


@st.composite
def places(draw: st.DrawFn, service: Service) -> Place:
    """An address, one of its stops, or a stop it does not know."""
    if service.stops and draw(st.booleans()):
        stop = draw(st.sampled_from(service.stops))
        return Place(stop.name, stop.at, stop.id)
    return Place("somewhere", draw(POINTS), draw(st.sampled_from(["", "elsewhere"])))
