"""What can be walked between stops, and how long it takes."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.compile import CompileOptions, compile_feed
from gtfs_feeds.footpaths import crow_fly_m, nearby_pairs
from gtfs_feeds.tables import FeedTables
from routing.timetable import NO_CHANGE_S
from tests.gtfs_feeds.naive_footpaths import naive_footpaths
from tests.gtfs_feeds.readback import footpaths, stop_id
from tests.gtfs_feeds.sketch import sketch

# A degree of latitude is 111.2 km: 0.001 is 111 m, to be walked in 126 s with the detour.
STATION = """
    stops: stop_id stop_lat stop_lon parent_station location_type
    S  47.000 5.0 - 1
    S1 47.000 5.0 S
    S2 47.001 5.0 S
    T  47.100 5.0 - 1
    T1 47.100 5.0 T
    N  47.200 5.0
    M  47.203 5.0
    K  47.207 5.0
    trips: route_id service_id trip_id
    R daily t1
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time
    t1 S1 1 08:00 08:00
    t1 S2 2 08:10 08:10
    t1 T1 3 08:20 08:20
    t1 N  4 08:30 08:30
    t1 M  5 08:40 08:40
    t1 K  6 08:50 08:50
"""


def walked(text: str, walk_m_max: float = 400.0) -> list[str]:
    network, _ = compile_feed(sketch(STATION + text), CompileOptions(walk_m_max))
    return [line.replace("f_", "") for line in footpaths(network)]


def of(stop: str, lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(stop + " ")]


def test_what_is_near_is_walked_and_never_in_two_steps() -> None:
    # N to M are 334 m, M to K 445 m, N to K 778 m.
    assert walked("", 500)[2:] == ["N > M 376", "M > N 376", "M > K 501", "K > M 501"]
    assert walked("", 400)[2:] == ["N > M 376", "M > N 376"]
    assert walked("", 0)[2:] == []


def test_no_walk_is_shorter_than_a_minute() -> None:
    network, _ = compile_feed(sketch(STATION.replace("47.203", "47.2001")))
    assert "f_N > f_M 60" in footpaths(network)


def test_platforms_of_one_station_take_the_change_and_the_walk() -> None:
    assert walked("")[:2] == ["S1 > S2 246", "S2 > S1 246"]


def test_platforms_of_one_station_are_linked_however_far() -> None:
    network, _ = compile_feed(sketch(STATION.replace("47.001", "47.010")))
    assert "f_S1 > f_S2 1371" in footpaths(network)


def test_a_rule_of_a_station_holds_for_all_its_platforms() -> None:
    lines = walked("""
        transfers: from_stop_id to_stop_id transfer_type min_transfer_time
        S S 2 300
        S T 2 900
    """)
    assert of("S1", lines) == ["S1 = 300", "S1 > S2 300", "S1 > T1 900"]
    assert of("S2", lines) == ["S2 = 300", "S2 > S1 300", "S2 > T1 900"]
    assert of("T1", lines) == []


def test_the_narrower_rule_wins() -> None:
    lines = walked("""
        transfers: from_stop_id to_stop_id transfer_type min_transfer_time
        S  S  2 300
        S1 S  2 200
        S1 S2 2 100
        S2 S2 2 50
    """)
    assert of("S1", lines) == ["S1 = 200", "S1 > S2 100"]
    assert of("S2", lines) == ["S2 = 50", "S2 > S1 300"]


def test_forbidden_changes() -> None:
    lines = walked("""
        transfers: from_stop_id to_stop_id transfer_type
        S1 S2 3
        M  M  3
        N  M  3
    """)
    assert of("S1", lines) == []
    assert of("S2", lines) == ["S2 > S1 246"]
    assert of("N", lines) == []
    assert of("M", lines) == ["M = never", "M > N 376"]


def test_timed_changes_need_no_time_but_the_walk() -> None:
    lines = walked("""
        transfers: from_stop_id to_stop_id transfer_type
        S1 S2 1
        S1 S1 1
    """)
    assert of("S1", lines) == ["S1 = 0", "S1 > S2 126"]


def test_a_recommended_change_says_nothing_of_time() -> None:
    lines = walked("""
        transfers: from_stop_id to_stop_id transfer_type
        S1 S2 0
        N  K  0
        M  M  0
    """)
    assert of("S1", lines) == ["S1 > S2 246"]
    assert of("N", lines) == ["N > M 376", "N > K 876"]
    assert of("M", lines) == ["M > N 376"]


def test_rules_of_trips_or_routes_are_no_rules_of_stops() -> None:
    lines = walked("""
        transfers: from_stop_id to_stop_id from_trip_id to_trip_id from_route_id transfer_type min_transfer_time
        N N t1 t1 - 2 5
        N N - - R 3 -
    """)
    assert of("N", lines) == ["N > M 376"]


def test_of_equal_rules_the_one_that_allows_holds_in_any_order() -> None:
    rows = ["N M 3", "N M 2 500", "N M 2 400"]
    for order in (rows, rows[::-1]):
        lines = walked(
            "transfers: from_stop_id to_stop_id transfer_type min_transfer_time\n" + "\n".join(order)
        )
        assert of("N", lines) == ["N > M 400"]


def test_pathways_lead_through_entrances_and_nodes() -> None:
    lines = walked("""
        stops: stop_id stop_lat stop_lon parent_station location_type
        S   47.000 5.0 - 1
        S1  47.000 5.0 S
        S2  47.001 5.0 S
        hall 47.0  5.0 S 3
        T   47.1   5.0 - 1
        T1  47.1   5.0 T
        N   47.2   5.0
        M   47.203 5.0
        K   47.207 5.0
        pathways: pathway_id from_stop_id to_stop_id pathway_mode is_bidirectional traversal_time length stair_count
        1 S1 hall 1 1 20
        2 hall S2 2 0 - - 50
        3 hall S2 5 0 40
        4 S2 hall 1 0 - 60
    """)
    # Up the 50 stairs in 30 s rather than the lift in 40; back 60 m of corridor in 50 s.
    assert of("S1", lines) == ["S1 > S2 50"]
    assert of("S2", lines) == ["S2 > S1 70"]


def test_a_transfer_rule_with_a_time_wins_over_pathways() -> None:
    lines = walked("""
        pathways: pathway_id from_stop_id to_stop_id pathway_mode is_bidirectional traversal_time
        1 S1 S2 1 1 20
        transfers: from_stop_id to_stop_id transfer_type min_transfer_time
        S1 S2 2 90
        S2 S1 1
    """)
    assert of("S1", lines) == ["S1 > S2 90"]
    assert of("S2", lines) == ["S2 > S1 20"]


def test_boarding_areas_are_their_platform() -> None:
    lines = walked("""
        stops: stop_id stop_lat stop_lon parent_station location_type
        S   47.000 5.0 - 1
        S1  47.000 5.0 S
        S2  47.001 5.0 S
        front - - S1 4
        T   47.1   5.0 - 1
        T1  47.1   5.0 T
        N   47.2   5.0
        M   47.203 5.0
        K   47.207 5.0
        pathways: pathway_id from_stop_id to_stop_id pathway_mode is_bidirectional traversal_time
        1 front S2 1 1 35
    """)
    assert of("S1", lines) == ["S1 > S2 35"]


@pytest.mark.parametrize("at_once", [1, 7, 2_000_000])
@pytest.mark.parametrize("seed", range(5))
def test_nearby_stops_are_all_found_in_pieces_of_any_size(
    seed: int, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gtfs_feeds.footpaths._PAIRS_AT_ONCE", at_once)
    draw = Random(seed)
    lat = np.array([draw.choice([47, 47, 0, 89.99]) + draw.randint(0, 40) / 10_000 for _ in range(40)])
    lon = np.array([draw.choice([5, 5, -180, 179.999]) + draw.randint(0, 40) / 10_000 for _ in range(40)])
    lat[draw.randrange(40)] = np.nan
    metres = crow_fly_m(lat[:, None], lon[:, None], lat, lon)
    expected = {(a, b) for a, b in np.argwhere(metres <= 300).tolist() if a != b}
    found = nearby_pairs(lat, lon, 300.0)
    pairs = list(zip(found.start.tolist(), found.end.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == expected


def test_the_crow_flies_along_the_meridian_and_over_the_date_line() -> None:
    def metres(*corners: float) -> float:
        return float(crow_fly_m(*(np.array(corner) for corner in corners)))

    assert metres(47, 5, 48, 5) == pytest.approx(111_195, abs=1)
    assert metres(0, 179.999, 0, -179.999) == pytest.approx(222.4, abs=0.1)
    assert metres(47, 5, 47, 5) == 0


IDS = ["A", "B", "C", "D", "E", "F"]


def random_station(seed: int) -> FeedTables:
    """Six stops within 700 m, some in two stations, any rules and pathways between them; all but F are called at."""
    draw = Random(seed)
    places = [(47 + draw.randint(0, 60) / 10_000, 5 + draw.randint(0, 60) / 10_000) for _ in IDS]
    ends = [*IDS, "S", "T"]
    rules = [
        f"{' '.join(draw.choices(ends, k=2))} {draw.choice('0123')} {draw.choice(['-', 0, 9])} {draw.choice('R---')}"
        for _ in range(draw.randint(0, 12))
    ]
    ways = [
        f"{draw.choice(IDS)} {draw.choice(IDS)} {draw.randint(0, 1)} {draw.randint(1, 200)}"
        for _ in range(draw.choice([0, 0, 2, 5]))
    ]
    blocks = {
        "stops: stop_id stop_lat stop_lon parent_station location_type": [
            "S 47 5 - 1",
            "T 47 5 - 1",
            *(
                f"{stop} {lat} {lon} {draw.choice('-ST')}"
                for stop, (lat, lon) in zip(IDS, places, strict=True)
            ),
        ],
        "trips: route_id service_id trip_id": ["R daily t1"],
        "stop_times: trip_id stop_id stop_sequence arrival_time departure_time": [
            f"t1 {stop} {i} 08:0{i} 08:0{i}" for i, stop in enumerate(IDS[:5])
        ],
        "transfers: from_stop_id to_stop_id transfer_type min_transfer_time from_route_id": rules,
        "pathways: from_stop_id to_stop_id is_bidirectional traversal_time": ways,
    }
    return sketch("\n".join([line for head, lines in blocks.items() for line in [head, *lines]]))


@settings(max_examples=80)
@given(st.integers(0, 2**32).map(random_station), st.sampled_from([0.0, 150.0, 400.0]))
def test_the_same_as_the_naive_twin(tables: FeedTables, walk_m_max: float) -> None:
    network, _ = compile_feed(tables, CompileOptions(walk_m_max))
    timetable, count = network.timetable, network.info.boardable_count
    names = [stop_id(network, stop).removeprefix("f_") for stop in range(count)]
    expected = naive_footpaths(tables, names, walk_m_max)
    edges = {
        (names[stop], names[timetable.footpath_to[edge]]): int(timetable.footpath_duration_s[edge])
        for stop in range(count)
        for edge in range(timetable.footpath_first[stop], timetable.footpath_first[stop + 1])
    }
    assert edges == {pair: s for pair, s in expected.items() if s is not None and pair[0] != pair[1]}
    changes = {(name, name): int(time) for name, time in zip(names, timetable.change_time_s, strict=True)}
    ruled = {pair: NO_CHANGE_S if s is None else s for pair, s in expected.items() if pair[0] == pair[1]}
    assert changes == {(name, name): 120 for name in names} | ruled
