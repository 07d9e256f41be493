"""Few and different journeys, on networks drawn at random: what is shown can be travelled, and nothing good is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, pairwise
from random import Random
from typing import NamedTuple

import pytest

from gtfs_feeds.compile import compile_feed
from mobility.journeys.criteria import emissions_mg_per_km
from mobility.journeys.found import Found
from mobility.journeys.pages_of_time import has_ride, undominated
from mobility.journeys.places import Places
from mobility.journeys.plan import search
from mobility.journeys.question import Cursor, Question
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import CrowFlyStreets, distance_between_m
from mobility.journeys.tidy import Tidying
from routing.journey import OUTSIDE, Journey, Ride, Walk
from routing.planner import Planner
from tests.gtfs_feeds.sketch import sketch

DAY = dt.datetime(2026, 6, 15, tzinfo=dt.UTC)
SEVEN_S = int(DAY.timestamp()) + 7 * 3600
STOPS, LINES, TRIPS = 9, 5, 4


def random_serving(draw: Random) -> Serving:
    """Lines that wander between stops a few hundred metres apart, so that walks and lines compete."""
    rows = ["stops: stop_id stop_name stop_lat stop_lon"]
    rows += [
        f"s{stop} Stop{stop} {47 + draw.randint(0, 150) / 10_000} {5 + draw.randint(0, 200) / 10_000}"
        for stop in range(STOPS)
    ]
    rows += ["agency: agency_id agency_name agency_timezone", "A Agency Etc/UTC"]
    rows += ["routes: route_id agency_id route_short_name route_type"]
    rows += [f"r{line} A {line} {draw.choice((2, 3))}" for line in range(LINES)]
    rows += ["trips: route_id service_id trip_id"]
    times = []
    for line in range(LINES):
        calls = draw.sample(range(STOPS), draw.randint(3, 6))
        hops = [draw.randint(1, 9) for _ in calls]
        for trip in range(TRIPS):
            rows.append(f"r{line} weekday l{line}t{trip}")
            minute = 7 * 60 + draw.randint(0, 20) + trip * draw.randint(10, 25)
            for sequence, (stop, hop) in enumerate(zip(calls, hops, strict=True)):
                minute += hop
                clock = f"{minute // 60:02}:{minute % 60:02}"
                times.append(f"l{line}t{trip} s{stop} {sequence} {clock} {clock}")
    rows += ["stop_times: trip_id stop_id stop_sequence arrival_time departure_time", *times]
    network, _ = compile_feed(sketch("\n".join(rows)))
    places = Places(network)
    return Serving("v", network, Planner(network.timetable, network.info), places, CrowFlyStreets(places))


def random_question(draw: Random, **more: object) -> Question:
    origin, destination = (
        f"{47 + draw.randint(0, 150) / 10_000},{5 + draw.randint(0, 200) / 10_000}" for _ in range(2)
    )
    return Question(origin, destination, SEVEN_S, direct_modes=(), **more)  # type: ignore[arg-type]


class Merits(NamedTuple):
    """All the better the smaller."""

    leaves_s: int
    arrives_s: int
    transfers: int
    walked_s: int
    emissions_g: int
    """By the crow's distance, as the filters weigh them."""


def merits(serving: Serving, journey: Journey) -> Merits:
    timetable, emissions_mg = serving.network.timetable, 0.0
    for leg in journey.legs:
        if isinstance(leg, Ride):
            ends = [
                (timetable.stop_lat[stop], timetable.stop_lon[stop]) for stop in (leg.from_stop, leg.to_stop)
            ]
            metres = distance_between_m(*ends[0], *ends[1])
            emissions_mg += emissions_mg_per_km()[timetable.trip_mode[leg.trip]] * metres / 1000
    transfers, emissions_g = journey.transfers, round(emissions_mg / 1000)
    return Merits(-journey.departure_s, journey.arrival_s, transfers, walked_s(journey), emissions_g)


def walked_s(journey: Journey) -> int:
    return sum(leg.arrival_s - leg.departure_s for leg in journey.legs if isinstance(leg, Walk))


def vehicles(journey: Journey) -> tuple[object, ...]:
    return tuple((leg.trip, leg.service_day, leg.shift_s) for leg in journey.legs if isinstance(leg, Ride))


def effort_s(journey: Journey) -> int:
    return journey.arrival_s - journey.departure_s + walked_s(journey)


def check_can_be_travelled(serving: Serving, found: Found, journey: Journey) -> None:
    """Against the timetable, call by call and walk by walk."""
    timetable = serving.network.timetable
    assert journey.departure_s == journey.legs[0].departure_s
    assert journey.arrival_s == journey.legs[-1].arrival_s
    for before, after in pairwise(journey.legs):
        assert before.to_stop == after.from_stop
        assert before.arrival_s <= after.departure_s
        if isinstance(before, Ride) and isinstance(after, Ride) and not after.stay_seated:
            assert after.departure_s - before.arrival_s >= timetable.change_time_s[after.from_stop]
    for leg in journey.legs:
        if isinstance(leg, Ride):
            calls = serving.planner.trip_calls(leg.trip, leg.service_day, leg.shift_s)
            board, alight = calls[leg.board], calls[leg.alight]
            assert (board.stop, board.departure_s) == (leg.from_stop, leg.departure_s)
            assert (alight.stop, alight.arrival_s) == (leg.to_stop, leg.arrival_s)
            assert leg.board < leg.alight
        elif leg.from_stop == OUTSIDE:
            assert found.origin.approaches[leg.to_stop].duration_s == leg.arrival_s - leg.departure_s
        elif leg.to_stop == OUTSIDE:
            assert found.destination.approaches[leg.from_stop].duration_s == leg.arrival_s - leg.departure_s
        else:
            paths = range(
                timetable.footpath_first[leg.from_stop], timetable.footpath_first[leg.from_stop + 1]
            )
            durations = {int(timetable.footpath_to[p]): int(timetable.footpath_duration_s[p]) for p in paths}
            assert durations[leg.to_stop] == leg.arrival_s - leg.departure_s


def list_best(serving: Serving, found: Found, from_s: int, to_s: int) -> list[Journey]:
    """What the planner finds for a span, nothing left out."""
    query = replace(found.query, time_s=from_s, window_s=to_s - from_s)
    journeys = [journey for journey in serving.planner.plan(query).journeys if has_ride(journey)]
    return undominated(journeys)


@pytest.mark.parametrize("arrive_by", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_few_and_different_and_nothing_is_lost(seed: int, arrive_by: bool) -> None:
    draw = Random(seed)
    serving = random_serving(draw)
    for _ in range(4):
        time_s = SEVEN_S + 2 * 3600 if arrive_by else SEVEN_S
        question = random_question(draw, window_s=7200, itineraries=0, arrive_by=arrive_by)
        found = search(serving, replace(question, time_s=time_s))
        shown = found.page.journeys
        for journey in shown:
            check_can_be_travelled(serving, found, journey)
            key_s = journey.arrival_s if arrive_by else journey.departure_s
            assert found.page.from_s <= key_s <= found.page.to_s
        for one, other in combinations(shown, 2):
            assert not is_same_trip(one, other)
            a, b = merits(serving, one), merits(serving, other)
            assert any(x < y for x, y in zip(a, b, strict=True)), "no better in anything"
            assert any(x > y for x, y in zip(a, b, strict=True))
        tidying = Tidying(found.view, found.query, found.origin, found.destination)
        may_be = within(found, arrive_by)
        best = [
            tidying.tidy(journey, may_be)
            for journey in list_best(serving, found, found.page.from_s, found.page.to_s)
        ]
        kept = [one for one in best if any(is_shown_as(one, journey) for journey in shown)]
        for lost in (one for one in best if one not in kept):
            assert any(
                all(x <= y for x, y in zip(merits(serving, one), merits(serving, lost), strict=True))
                for one in kept
            ), lost


def is_shown_as(journey: Journey, shown: Journey) -> bool:
    """Itself, or the same vehicles with less effort."""
    return is_same_trip(journey, shown) and effort_s(shown) <= effort_s(journey)


def is_same_trip(one: Journey, other: Journey) -> bool:
    """The same vehicles, for some of the same way."""
    rides = [[leg for leg in journey.legs if isinstance(leg, Ride)] for journey in (one, other)]
    return vehicles(one) == vehicles(other) and all(
        a.board < b.alight and b.board < a.alight for a, b in zip(*rides, strict=True)
    )


def within(found: Found, arrive_by: bool) -> Callable[[Journey], bool]:
    """Whether a journey belongs to the page."""
    return lambda journey: (
        found.page.from_s <= (journey.arrival_s if arrive_by else journey.departure_s) <= found.page.to_s
    )


@pytest.mark.parametrize("arrive_by", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_pages_join_with_filters(seed: int, arrive_by: bool) -> None:
    """Turned page by page, spans join; nothing is shown twice, and what the whole span shows is shown."""
    draw = Random(1000 + seed)
    serving = random_serving(draw)
    question = random_question(draw, window_s=600, itineraries=2, arrive_by=arrive_by)
    cursor = Cursor(True, SEVEN_S)
    seen: list[Journey] = []
    edge_s = SEVEN_S
    for _ in range(6):
        page = search(serving, replace(question, cursor=cursor)).page
        assert page.from_s == edge_s
        edge_s, cursor = page.to_s + 1, page.next_cursor()
        seen += page.journeys
        if edge_s > SEVEN_S + 3 * 3600:
            break
    assert len({(vehicles(j), j.departure_s, j.arrival_s) for j in seen}) == len(seen)
    whole = replace(question, cursor=Cursor(True, SEVEN_S), window_s=edge_s - SEVEN_S, itineraries=0)
    at_once = search(serving, whole)
    for journey in at_once.page.journeys:
        assert any(vehicles(other) == vehicles(journey) for other in seen), journey
