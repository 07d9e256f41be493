"""What matches a search: the edges belong to it, and the same is found as by one who looks at everything."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from carpool.nearness import EARTH_RADIUS_M
from mobility.acts.standard_covoiturage.search import (
    WEEKDAYS,
    Circle,
    JourneySearch,
    TripSearch,
    read_time,
    take,
)
from tests.naive import standard_covoiturage as naive

KM_A_DEGREE = EARTH_RADIUS_M * math.pi / 180 / 1000
"""Of latitude."""

# Few places and times, near each other, so that edges are met often.
LATS, LONS = st.sampled_from([47.0, 47.005, 47.01, 47.02, 48.0]), st.sampled_from([5.0, 5.01, 5.02, 5.9])
RADII = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.5, 100.0])
DATES = st.integers(1_700_000_000, 1_700_004_000)
TIMES = st.times().map(
    lambda time: time.replace(microsecond=0, minute=time.minute // 15 * 15, second=0).isoformat()
)


@st.composite
def places(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "passengerPickupLat": draw(LATS),
        "passengerPickupLng": draw(LONS),
        "passengerDropLat": draw(LATS),
        "passengerDropLng": draw(LONS),
    }


@st.composite
def journeys(draw: st.DrawFn) -> dict[str, Any]:
    return draw(places()) | {"passengerPickupDate": draw(DATES)}


@st.composite
def trips(draw: st.DrawFn) -> dict[str, Any]:
    schedule = st.fixed_dictionaries(
        {
            "passengerPickupDay": st.sampled_from(WEEKDAYS),
            "passengerPickupTimeOfDay": TIMES,
            "journeySchedules": st.lists(st.fixed_dictionaries({"passengerPickupDate": DATES}), max_size=2),
        }
    )
    return draw(places()) | {"schedules": draw(st.lists(schedule, max_size=3))}


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "departureLat": draw(LATS),
        "departureLng": draw(LONS),
        "arrivalLat": draw(LATS),
        "arrivalLng": draw(LONS),
        "departureRadius": draw(RADII),
        "arrivalRadius": draw(RADII),
        "departureDate": draw(DATES),
        "departureTimeOfDay": draw(TIMES),
        "departureWeekdays": draw(st.lists(st.sampled_from(WEEKDAYS), unique=True)),
        "timeDelta": draw(st.sampled_from([0, 1, 900, 3600, 86_400])),
        "minDepartureDate": draw(st.none() | DATES),
        "maxDepartureDate": draw(st.none() | DATES),
        "count": draw(st.none() | st.integers(0, 3)),
    }


def _circles(query: dict[str, Any]) -> tuple[Circle, Circle]:
    return (
        Circle(query["departureLat"], query["departureLng"], query["departureRadius"]),
        Circle(query["arrivalLat"], query["arrivalLng"], query["arrivalRadius"]),
    )


def _apart_enough(found: list[dict[str, Any]], query: dict[str, Any]) -> bool:
    """No place lies on an edge to within what two ways of computing differ: of those the tests below speak."""
    departure, arrival = _circles(query)
    return all(
        abs(circle.apart_km(one[f"passenger{end}Lat"], one[f"passenger{end}Lng"]) - circle.radius_km) > 1e-6
        or circle.apart_km(one[f"passenger{end}Lat"], one[f"passenger{end}Lng"]) == 0
        for one in found
        for circle, end in ((departure, "Pickup"), (arrival, "Drop"))
    )


@given(st.lists(journeys(), max_size=8), queries())
def test_the_same_journeys_as_the_naive_one_finds(found: list[dict[str, Any]], query: dict[str, Any]) -> None:
    assume(_apart_enough(found, query))
    search = JourneySearch(*_circles(query), query["departureDate"], query["timeDelta"], query["count"])
    assert take(filter(search.is_match, found), search.count) == naive.journeys(found, query)


@given(st.lists(trips(), max_size=8), queries())
def test_the_same_trips_as_the_naive_one_finds(found: list[dict[str, Any]], query: dict[str, Any]) -> None:
    assume(_apart_enough(found, query))
    search = TripSearch(
        *_circles(query),
        read_time(query["departureTimeOfDay"]),
        frozenset(query["departureWeekdays"]),
        query["timeDelta"],
        query["minDepartureDate"],
        query["maxDepartureDate"],
        query["count"],
    )
    matched = [(trip, search.find_match(trip)) for trip in found]
    kept = take([trip for trip, match in matched if match is not None], search.count)
    assert kept == naive.trips(found, query)
    for _, match in matched:
        for schedule in [] if match is None else match["schedules"]:
            assert all(search.is_date(one["passengerPickupDate"]) for one in schedule["journeySchedules"])


@given(LATS, LONS, LATS, LONS)
def test_distances_are_those_of_another_formula(lat: float, lon: float, to_lat: float, to_lon: float) -> None:
    expected = naive.kilometres(lat, lon, to_lat, to_lon)
    assert Circle(lat, lon, 1.0).apart_km(to_lat, to_lon) == pytest.approx(expected, abs=1e-7)


def test_the_edge_of_the_radius_is_in_it() -> None:
    """A degree of latitude northwards, and a centimetre less of radius."""
    apart_km = Circle(47.0, 5.0, 0.0).apart_km(48.0, 5.0)
    assert apart_km == pytest.approx(KM_A_DEGREE, abs=1e-9)
    assert Circle(47.0, 5.0, apart_km).has(48.0, 5.0)
    assert not Circle(47.0, 5.0, apart_km - 1e-5).has(48.0, 5.0)
    assert Circle(47.0, 5.0, 0.0).has(47.0, 5.0)
    assert not Circle(47.0, 5.0, -1.0).has(47.0, 5.0)


@pytest.mark.parametrize(
    ("pickup_s", "is_match"), [(99, False), (100, True), (200, True), (300, True), (301, False)]
)
def test_the_edges_of_the_time_are_in_it(pickup_s: int, is_match: bool) -> None:
    assert JourneySearch(Circle(0, 0, 1), Circle(0, 0, 1), 200, 100).is_time(pickup_s) is is_match


@pytest.mark.parametrize("time", ["07:30:00", "23:59:60", "00:00:00.25"])
def test_times_of_day(time: str) -> None:
    assert 0 <= read_time(time) < 86_400


@pytest.mark.parametrize(
    "time", ["", "7:30:00", "07:30", "24:00:00", "07:60:00", "07:30:61", "07:30:00.", "ab:cd:ef", "+7:30:00"]
)
def test_what_is_no_time_of_day(time: str) -> None:
    with pytest.raises(ValueError, match="no time of day"):
        read_time(time)


@pytest.mark.parametrize(("count", "found"), [(None, 3), (-1, 0), (0, 0), (2, 2), (3, 3), (10**30, 3)])
def test_count(count: int | None, found: int) -> None:
    assert len(take([{}, {}, {}], count)) == found


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (0, 181), (math.nan, 0), (1e300, 0), (0, -math.inf)])
def test_nowhere_on_earth_is_far_from_everywhere(lat: float, lon: float) -> None:
    assert not Circle(lat, lon, 1e9).has(0, 0)
    assert not Circle(0, 0, 1e9).has(lat, lon)
