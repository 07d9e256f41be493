"""City networks: bus lines that cross a town from end to end, trams, centre shuttles, night buses."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from mobility.demo.city_networks import CITIES, COLORS, TRAMS, City, Tram
from mobility.demo.departures import parse_departures
from mobility.demo.draft import Call, FeedDraft, Frequency, RouteType, Run
from mobility.demo.places import Point, Town, distance_m, get_town, heading, list_region_towns, moved, plain
from mobility.demo.rail import find_station_near, smooth, station_point
from mobility.demo.stop_names import draw_names, list_end_names

SPACING_M = 400.0
SHARE_WITHIN_M = 170.0
"""Two lines that pass this near share a stop."""

STREET_FACTOR = 1.25
BUS_M_PER_S, TRAM_M_PER_S = 26 / 3.6, 32 / 3.6
STOP_LOSS_S = 15
PEAKS = (((6, 30), (9, 0)), ((16, 0), (18, 45)))
"""The busiest hours: a bus each `peak_min` then; before, between and after them each 1.4 times as long."""


class _Place(NamedTuple):
    """A named stop: a GTFS station with one stop for each side of the street."""

    station_id: str
    point: Point


@dataclass
class _CityDraft:
    draft: FeedDraft
    lots: random.Random
    city: City
    centre: Point
    communes: list[Town]
    agency_id: str
    names: Iterator[str]
    ends: Iterator[str]
    used: set[str] = field(default_factory=set)
    places: list[_Place] = field(default_factory=list)


def add_cities(draft: FeedDraft, lots: random.Random) -> None:
    """Add every network of `city_networks` to the draft."""
    for city in CITIES:
        town = get_town(city.town)
        communes = [
            other
            for other in list_region_towns()
            if other is not town and distance_m(town.point, other.point) <= city.suburbs_m
        ]
        agency_id = draft.add_agency(f"BUS-{plain(city.town).upper()}", f"{city.brand} (démo)")
        ends = iter(lots.sample(list_end_names(), len(list_end_names())))
        work = _CityDraft(draft, lots, city, town.point, communes, agency_id, draw_names(lots), ends)
        _add_city(work)


def _add_city(work: _CityDraft) -> None:
    city = work.city
    middle = _add_place(work, work.centre, f"{city.town} Centre-ville")
    station = find_station_near(work.centre, city.radius_m)
    stops = [_add_place(work, moved(station_point(station), -60, 70), f"{city.town} Gare")] if station else []
    for tram in TRAMS:
        if tram.town == city.town:
            _add_tram(work, tram)
    ends = _list_ends(work)
    for n in range(city.lines):
        # Every other line passes the railway station on its way through the middle.
        _add_bus_line(work, n, ends[n], [middle, *stops[: n % 2]], ends[n + city.lines])
    if city.shuttle:
        _add_shuttle(work, middle)


# ── stops ────────────────────────────────────────────────────────────────────────────────────────────────


def _add_place(work: _CityDraft, point: Point, name: str) -> _Place:
    """A stop of the town; if the name is taken another is drawn."""
    towns = [get_town(work.city.town), *work.communes]
    # A large town reaches further than a small one: its radius grows with the root of its inhabitants.
    town = min(towns, key=lambda t: distance_m(t.point, point) / math.sqrt(t.population)).name
    while name in work.used:
        name = next(work.names)
    work.used.add(name)
    city = plain(work.city.town)
    station_id = f"{city}-{plain(name).removeprefix(city + '-')}"
    wheelchair = 1 if work.lots.random() < 0.7 else 2
    draft = work.draft
    draft.add_stop(station_id, name, point, town=town, location_type=1, wheelchair=wheelchair)
    for side, aside_m in (("a", 8.0), ("b", -8.0)):
        draft.add_stop(
            f"{station_id}-{side}", name, moved(point, aside_m, -aside_m / 2),
            town=town, parent=station_id, wheelchair=wheelchair,
        )  # fmt: skip
    work.places.append(_Place(station_id, point))
    return work.places[-1]


def _get_place(work: _CityDraft, point: Point, name: str | None = None) -> _Place:
    """The stop within walking sight of `point`, or a new one there, named as given or by lot."""
    near = min(work.places, key=lambda place: distance_m(place.point, point))
    if distance_m(near.point, point) <= SHARE_WITHIN_M:
        return near
    return _add_place(work, point, name or next(work.names))


# ── courses ──────────────────────────────────────────────────────────────────────────────────────────────


def _list_ends(work: _CityDraft) -> list[tuple[Point, str]]:
    """Twice as many ends as lines, clockwise: the largest communes around, then quarters in the widest gaps."""
    city, wanted = work.city, 2 * work.city.lines
    largest = sorted(work.communes, key=lambda town: (-town.population, town.name))[: wanted * 2 // 3]
    ends = [(heading(work.centre, town.point), town.point, f"{town.name} Mairie") for town in largest]
    while len(ends) < wanted:
        ends.sort()
        angles = [angle for angle, _, _ in ends] or [work.lots.uniform(-math.pi, math.pi)]
        gaps = [(b - a, a) for a, b in pairwise([*angles, angles[0] + 2 * math.pi])]
        width, start = max(gaps)
        angle = start + width * work.lots.uniform(0.4, 0.6)
        angle = (angle + math.pi) % (2 * math.pi) - math.pi
        reach_m = city.radius_m * work.lots.uniform(0.75, 1.1)
        point = moved(work.centre, reach_m * math.sin(angle), reach_m * math.cos(angle))
        ends.append((angle, point, next(work.ends, "Terminus")))
    return [(point, name) for _, point, name in sorted(ends)]


def _course(work: _CityDraft, end: Point) -> list[Point]:
    """From the middle of the town to `end`, by communes near the straight way and with a bend drawn by lot."""
    via = [work.centre]
    reach_m = distance_m(work.centre, end)
    on_the_way = sorted(
        (distance_m(work.centre, town.point), town.point)
        for town in work.communes
        if distance_m(town.point, end) > 600
        and distance_m(work.centre, town.point) + distance_m(town.point, end) < 1.06 * reach_m
    )
    bend_m = work.lots.uniform(-0.16, 0.16) * reach_m
    angle = heading(work.centre, end)
    if not on_the_way:
        middle = moved(work.centre, reach_m / 2 * math.sin(angle), reach_m / 2 * math.cos(angle))
        via.append(moved(middle, bend_m * math.cos(angle), -bend_m * math.sin(angle)))
    return [*via, *(point for _, point in on_the_way), end]


def _space_out(course: Sequence[Point], spacing_m: float) -> list[Point]:
    """Points along the course at about that spacing, both ends among them."""
    lengths = [distance_m(a, b) for a, b in pairwise(course)]
    count = max(round(sum(lengths) / spacing_m), 1)
    points, leg, behind_m = [], 0, 0.0
    for k in range(count + 1):
        along_m = sum(lengths) * k / count
        while leg < len(lengths) - 1 and behind_m + lengths[leg] < along_m:
            behind_m += lengths[leg]
            leg += 1
        share = (along_m - behind_m) / lengths[leg] if lengths[leg] else 0.0
        a, b = course[leg], course[leg + 1]
        points.append(
            Point(round(a.lat + (b.lat - a.lat) * share, 6), round(a.lon + (b.lon - a.lon) * share, 6))
        )
    return points


def _list_calls(work: _CityDraft, places: Sequence[_Place], metres_per_s: float) -> tuple[Call, ...]:
    """Calls on the side of the street that fits the way the vehicle goes; half minutes."""
    calls, clock_s = [], 0.0
    for n, place in enumerate(places):
        if n:
            metres = STREET_FACTOR * distance_m(places[n - 1].point, place.point)
            clock_s += max(metres / metres_per_s + STOP_LOSS_S, 30)
        before, after = places[max(n - 1, 0)].point, places[min(n + 1, len(places) - 1)].point
        side = "a" if heading(before, after) >= 0 else "b"
        time_s = round(clock_s / 30) * 30
        calls.append(Call(f"{place.station_id}-{side}", time_s, time_s))
    return tuple(calls)


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────


def _add_bus_line(
    work: _CityDraft, n: int, one: tuple[Point, str], middle: list[_Place], other: tuple[Point, str]
) -> None:
    draft, city = work.draft, work.city
    inbound = _space_out(_course(work, one[0])[::-1], SPACING_M)
    outbound = _space_out(_course(work, other[0]), SPACING_M)
    passed = [
        _get_place(work, *one),
        *(_get_place(work, point) for point in inbound[1:-1]),
        *middle,
        *(_get_place(work, point) for point in outbound[1:-1]),
        _get_place(work, *other),
    ]
    line = list(dict.fromkeys(passed))  # a stop both halves share is passed once
    often = n < city.lines * 2 // 3
    name = f"L{n + 1}" if often else str(n + 4 + city.lines)
    ends = draft.stop_names[line[0].station_id], draft.stop_names[line[-1].station_id]
    route_id = draft.add_route(
        f"{plain(city.town)}-{plain(name)}", work.agency_id, name, f"{ends[0]} - {ends[1]}", RouteType.BUS,
        COLORS[n % len(COLORS)],
    )  # fmt: skip
    headway_min = city.peak_min * (1.0 if often else 1.5)
    shift_s = 60 * work.lots.randrange(0, int(headway_min))
    for direction, way in enumerate((line, line[::-1])):
        run = Run(route_id, _list_calls(work, way, BUS_M_PER_S), ends[1 - direction], direction)
        _add_buses(draft, run, headway_min, shift_s + 60 * direction * int(headway_min / 2))
    if city.night and n < 3:
        _add_night_bus(work, n, line, middle[0])


def _add_buses(draft: FeedDraft, run: Run, peak_min: float, shift_s: int) -> None:
    """Weekdays by the peaks, more of it while school lasts, Saturdays thinner, Sundays a third."""
    peak_s, quiet_s = round(peak_min) * 60, round(1.4 * peak_min) * 60
    starts = [hour * 3600 + minute * 60 for peak in PEAKS for hour, minute in peak]
    spans = [
        (5 * 3600 + 1800, starts[0], quiet_s),
        (starts[0], starts[1], peak_s),
        (starts[1], starts[2], quiet_s),
        (starts[2], starts[3], peak_s),
        (starts[3], 21 * 3600, quiet_s),
    ]
    for first_s, end_s, every_s in spans:
        for start_s in range(first_s, end_s, every_s):
            draft.add_trip(run, "weekday", start_s + shift_s)
    for time in ("school 07:22 07:34", "school-no-wed 16:34 17:08", "school-wed 12:08 12:22"):
        for service, departures in parse_departures(time):
            for start_s in departures:
                draft.add_trip(run, service, start_s + shift_s % 360)
    for start_s in range(6 * 3600, 20 * 3600 + 1800, round(1.7 * peak_min) * 60):
        draft.add_trip(run, "saturday", start_s + shift_s)
    for start_s in range(8 * 3600, 20 * 3600, max(round(3.5 * peak_min), 30) * 60):
        draft.add_trip(run, "sunday-city", start_s + shift_s)


def _add_night_bus(work: _CityDraft, n: int, line: list[_Place], centre: _Place) -> None:
    """Friday and Saturday nights after midnight, from the centre out to both ends of a line."""
    draft, city = work.draft, work.city
    middle = line.index(centre)
    name = f"N{n + 1}"
    for direction, way in enumerate((line[middle:], line[middle::-1])):
        end = draft.stop_names[way[-1].station_id]
        if direction == 0:
            route_id = draft.add_route(
                f"{plain(city.town)}-{plain(name)}", work.agency_id, name, f"Nuit Centre-ville - {end}",
                RouteType.BUS, "1B1B3A",
            )  # fmt: skip
        run = Run(route_id, _list_calls(work, way, 1.3 * BUS_M_PER_S), end, direction)
        for start_s in range(24 * 3600 + 900, 27 * 3600 + 1800, 3600):
            draft.add_trip(run, "night", start_s)


def _add_tram(work: _CityDraft, tram: Tram) -> None:
    """By headway in the day (frequencies, exact_times 0), by timetable early and late."""
    draft = work.draft
    names = tram.stops.split("|")
    length_m = sum(distance_m(a, b) for a, b in pairwise(tram.course))
    points = _space_out(tram.course, length_m / (len(names) - 1))
    by_name = {draft.stop_names[place.station_id]: place for place in work.places}
    line = []
    for name, point in zip(names, points, strict=True):
        if name not in by_name:
            by_name[name] = _add_place(work, point, name)
        line.append(by_name[name])
    route_id = draft.add_route(
        f"{plain(tram.town)}-{plain(tram.name)}", work.agency_id, tram.name, f"{names[0]} - {names[-1]}",
        RouteType.TRAM, tram.color,
    )  # fmt: skip
    for direction, way in enumerate((line, line[::-1])):
        shape_id = f"tram-{route_id}-{direction}"
        draft.shapes[shape_id] = smooth([place.point for place in way], pieces=3)
        run = Run(
            route_id, _list_calls(work, way, TRAM_M_PER_S), draft.stop_names[way[-1].station_id], direction,
            shape_id=shape_id,
        )  # fmt: skip
        _add_trams(draft, run, 60 * tram.peak_min)


def _add_trams(draft: FeedDraft, run: Run, peak_s: int) -> None:
    for service, by_day, early_late in (
        ("weekday", ((6, 20, peak_s), (20, 22, 2 * peak_s)), "05:05-05:50/15 22:00-24:30/20"),
        ("saturday", ((7, 20, peak_s * 4 // 3), (20, 22, 2 * peak_s)), "05:20-06:50/15 22:00-24:30/20"),
        ("sunday-city", ((9, 20, 2 * peak_s),), "06:30-08:50/20 20:00-23:30/30"),
    ):
        spans = tuple(Frequency(a * 3600, b * 3600, every_s, exact=False) for a, b, every_s in by_day)
        draft.add_trip(run, service, spans[0].start_s, frequencies=spans)
        for _, departures in parse_departures(f"{service} {early_late}"):
            for start_s in departures:
                draft.add_trip(run, service, start_s)


def _add_shuttle(work: _CityDraft, centre: _Place) -> None:
    """A small loop around the centre: departures at exact intervals (frequencies, exact_times 1)."""
    draft, city = work.draft, work.city
    angles = [k * math.pi / 4 for k in range(8)]
    ring = [moved(work.centre, 420 * math.sin(angle), 420 * math.cos(angle)) for angle in angles]
    passed = dict.fromkeys(_get_place(work, point) for point in ring)
    loop = [centre, *(place for place in passed if place != centre), centre]
    route_id = draft.add_route(
        f"{plain(city.town)}-navette", work.agency_id, "Navette", "Boucle du centre", RouteType.BUS,
        "F2C500", "000000",
    )  # fmt: skip
    run = Run(route_id, _list_calls(work, loop, BUS_M_PER_S), draft.stop_names[centre.station_id], 0)
    for service in ("weekday", "saturday"):
        spans = (Frequency(8 * 3600, 19 * 3600, 600, exact=True),)
        draft.add_trip(run, service, spans[0].start_s, frequencies=spans)
