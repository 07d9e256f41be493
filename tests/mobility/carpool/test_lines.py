"""The six lines of the file: what the Region publishes of them, and what can be true of a road."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise

import pytest

from carpool.line import Line, Stop, find_fare
from carpool.publication import plan_calls
from carpool.regular_days import paris_instant
from mobility.acts.carpool_lines import LINES, read_lines

STOPS, ALL, FARES = read_lines(LINES)

PUBLISHED_M = {
    "sens-auxerre": 53_000,
    "ancy-le-franc-dijon": 110_000,
    "saulieu-chatillon-sur-seine": 80_000,
    "epoisses-les-laumes": 30_000,
    "besancon-fuans": 51_000,
    "baume-les-dames-avoudrey": 33_000,
}


def crow_m(a: Stop, b: Stop) -> float:
    lat_a, lon_a, lat_b, lon_b = map(math.radians, (a.lat, a.lon, b.lat, b.lon))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6_371_008.8 * math.asin(math.sqrt(half))


def test_lengths_are_those_the_region_publishes() -> None:
    assert {line.id: line.stops[-1].distance_m for line in ALL} == PUBLISHED_M


@pytest.mark.parametrize("line", ALL, ids=[line.id for line in ALL])
def test_sections_are_roads_a_car_can_drive(line: Line) -> None:
    """No shorter than as the crow flies, not much longer, at 30 to 80 km/h."""
    assert (line.stops[0].distance_m, line.stops[0].drive_s) == (0, 0)
    for here, there in pairwise(line.stops):
        metres = there.distance_m - here.distance_m
        assert 1.0 <= metres / crow_m(here.stop, there.stop) <= 1.45, (here.stop.id, there.stop.id)
        assert 30 <= metres / (there.drive_s - here.drive_s) * 3.6 <= 80, (here.stop.id, there.stop.id)


def test_stops_are_in_the_region_and_say_where_one_waits() -> None:
    used = {one.stop.id for line in ALL for one in line.stops}
    assert used == {stop.id for stop in STOPS}
    for stop in STOPS:
        assert 46.1 < stop.lat < 48.5
        assert 2.8 < stop.lon < 7.2
        assert stop.commune[:2] in ("21", "25", "89")
        assert stop.place


def test_a_seat_is_1_50_euros_on_every_line() -> None:
    for line in ALL:
        fare = find_fare(tuple(FARES), line.id, "2026-11-22")
        assert fare is not None
        assert (fare.fare_cents, fare.currency) == (150, "EUR")


def test_calls_follow_the_road_both_ways() -> None:
    line = next(line for line in ALL if line.id == "besancon-fuans")
    leaves_at = paris_instant(dt.date(2026, 11, 23), dt.time(7, 0))
    there = plan_calls(line, ["besancon", "valdahon", "fuans"], leaves_at)
    back = plan_calls(line, ["fuans", "valdahon", "besancon"], leaves_at)
    assert [(call.at - leaves_at).seconds // 60 for call in there] == [0, 37, 58]
    assert [(call.at - leaves_at).seconds // 60 for call in back] == [0, 21, 58]
