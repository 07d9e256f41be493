"""A little town that has everything, asked as travellers ask."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from routing.snapshot import map_arrays, write_arrays
from routing.street import NoPath, Reached, Reason, StreetGraph, StreetPath, Streets
from tests.routing.street.osm_texts import Node, Way, graph_of, osm_text

STEP = 0.001  # 111 m north, 75.5 m east at 47.2°


def at(row: float, column: float) -> tuple[float, float]:
    return 47.2 + row * STEP, 6.0 + column * STEP


def grid(rows: int, columns: int) -> dict[int, Node]:
    """Nodes 10 × row + column."""
    return {10 * row + column: at(row, column) for row in range(rows) for column in range(columns)}


def streets_of(
    folder: Path, nodes: dict[int, Node], ways: list[Way], stops: list[tuple[float, float]] | None = None
) -> Streets:
    graph, _ = graph_of(osm_text(nodes, ways), folder)
    return Streets(graph, [stop[0] for stop in stops or []], [stop[1] for stop in stops or []])


def found(answer: StreetPath | NoPath) -> StreetPath:
    assert isinstance(answer, StreetPath)
    return answer


def reached(answer: list[Reached] | NoPath) -> dict[int, Reached]:
    assert isinstance(answer, list)
    assert all(a.duration_s <= b.duration_s for a, b in pairwise(answer))
    return {row.stop: row for row in answer}


RESIDENTIAL = {"highway": "residential"}
RING: list[Way] = [([0, 1, 2, 12, 22, 21, 20, 10, 0], RESIDENTIAL)]


def test_one_starts_in_the_middle_of_an_edge_and_goes_both_ways(tmp_path: Path) -> None:
    stops = [at(0, 0.1), at(0, 1.9)]
    streets = streets_of(tmp_path, grid(3, 3), RING, stops)
    rows = reached(streets.reach("WALK", *at(0, 1), 600))
    assert {stop: row.duration_s for stop, row in rows.items()} == {0: 55, 1: 55}  # 0.9 × 75.5 m at 1.25 m/s
    assert rows[0].distance_m == pytest.approx(68.0, abs=0.2)
    slow = reached(streets.reach("WALK", *at(0, 1), 600, speed_m_s=0.5))
    assert slow[0].duration_s == pytest.approx(68 / 0.5, abs=1)


def test_oneways_make_access_and_egress_differ(tmp_path: Path) -> None:
    oneway = {"highway": "residential", "oneway": "yes"}
    streets = streets_of(tmp_path, grid(3, 3), [(RING[0][0], oneway)], [at(0, 1.5)])
    out = reached(streets.reach("CAR", *at(0, 0.5), 600))[0]
    back = reached(streets.reach("CAR", *at(0, 0.5), 600, egress=True))[0]
    assert out.distance_m == pytest.approx(75.5, abs=1)
    assert back.distance_m == pytest.approx(2 * 151 + 2 * 222.4 - 75.5, abs=2)  # once round
    on_foot = reached(streets.reach("WALK", *at(0, 0.5), 600, egress=True))[0]
    assert on_foot.distance_m == pytest.approx(75.5, abs=1)


def test_two_points_that_meet_a_oneway_loop_at_the_same_place_are_at_the_same_place(tmp_path: Path) -> None:
    nodes: dict[int, Node] = {1: at(0, 0), 2: at(1, 2), 3: at(1, 1), 4: at(2, 2), 5: at(0, 1)}
    ways: list[Way] = [([1, 5], RESIDENTIAL), ([2, 3, 4, 2], {"highway": "residential", "oneway": "yes"})]
    streets = streets_of(tmp_path, nodes, ways)
    for beside in (at(2.5, 1.95), at(3.1, 0), at(2.01, 2.3)):
        there = found(streets.path("CAR", *beside, *at(3.14, 0)))
        back = found(streets.path("CAR", *at(3.14, 0), *beside))
        for path in (there, back):  # off the street and on again, not once round
            assert sum(step.distance_m for step in path.steps) == 0


def test_nobody_goes_round_the_block_for_a_step_back(tmp_path: Path) -> None:
    oneway = {"highway": "residential", "oneway": "yes"}
    streets = streets_of(tmp_path, grid(3, 3), [(RING[0][0], oneway)], [at(0, 0.99)])
    step_back = found(streets.path("CAR", *at(0, 1), *at(0, 0.99)))
    assert (step_back.duration_s, step_back.distance_m) == (0, pytest.approx(0.755, abs=0.01))
    assert reached(streets.reach("CAR", *at(0, 1), 60))[0].duration_s == 0
    two_metres = found(streets.path("CAR", *at(0, 1), *at(0, 0.97)))
    assert two_metres.distance_m > 700


def test_why_there_is_no_way(tmp_path: Path) -> None:
    nodes = {**grid(3, 3), 70: at(6, 0), 71: at(6, 1)}
    streets = streets_of(tmp_path, nodes, [*RING, ([70, 71], RESIDENTIAL)], [at(0, 0)])
    lake = at(5, 1.4)  # the island's only street is nearer than any other, and is not for beginning
    assert streets.path("WALK", *at(0, 0), *lake) == NoPath(Reason.OFF_STREETS, "WALK", "to")
    assert streets.path("WALK", *lake, *at(0, 0)) == NoPath(Reason.OFF_STREETS, "WALK", "from")
    assert streets.reach("WALK", *lake, 900) == NoPath(Reason.OFF_STREETS, "WALK", "from")
    assert streets.reach("WALK", *lake, 900, egress=True) == NoPath(Reason.OFF_STREETS, "WALK", "to")
    assert streets.locate("WALK", *lake) == NoPath(Reason.OFF_STREETS, "WALK", "from")
    far = (48.0, 6.0)
    assert streets.path("WALK", *far, *at(0, 0)) == NoPath(Reason.OUTSIDE, "WALK", "from")
    assert streets.travel_times("CAR", [at(0, 0), lake], [at(0, 1), far]).duration_s.tolist()[1] == [-1, -1]


def test_a_point_by_an_island_meets_the_mainland(tmp_path: Path) -> None:
    nodes = {**grid(3, 3), 30: at(0.5, 0.9), 31: at(0.5, 1.1)}
    streets = streets_of(tmp_path, nodes, [*RING, ([30, 31], RESIDENTIAL)])
    assert streets.locate("WALK", *at(0.49, 1)) == pytest.approx(at(0, 1))


def test_two_towns_without_a_road_between_them(tmp_path: Path) -> None:
    nodes: dict[int, Node] = {n: (47.0 + n * 0.01, 6.0) for n in range(20)}
    nodes |= {100 + n: (47.0 + n * 0.01, 6.2) for n in range(20)}
    ways: list[Way] = [(list(range(20)), RESIDENTIAL), (list(range(100, 120)), RESIDENTIAL)]
    streets = streets_of(tmp_path, nodes, ways)
    assert streets.path("WALK", 47.0, 6.0, 47.0, 6.2) == NoPath(Reason.NOT_CONNECTED, "WALK")
    assert streets.travel_times("WALK", [(47.0, 6.0)], [(47.0, 6.2)]).duration_s.tolist() == [[-1]]
    assert found(streets.path("WALK", 47.0, 6.2, 47.01, 6.2)).duration_s == pytest.approx(1112 / 1.25, abs=1)


@pytest.mark.parametrize(
    "obstacle",
    [
        {"highway": "steps"},
        {"highway": "footway", "incline": "9%"},
        {"highway": "footway", "kerb": "raised"},
        {"highway": "footway", "surface": "mud"},
        {"highway": "footway", "wheelchair": "no"},
    ],
)
def test_a_wheelchair_goes_round_what_others_take(obstacle: dict[str, str], tmp_path: Path) -> None:
    ways = [*RING, ([1, 11], obstacle), ([11, 21], {"highway": "footway"})]
    streets = streets_of(tmp_path, grid(3, 3), ways)
    short = found(streets.path("WALK", *at(0, 1), *at(2, 1)))
    assert short.distance_m == pytest.approx(222.4, abs=1)
    assert (short.steps[0].relative_direction == "STAIRS") == (obstacle["highway"] == "steps")
    round_it = found(streets.path("WHEELCHAIR", *at(0, 1), *at(2, 1)))
    assert round_it.distance_m == pytest.approx(222.4 + 2 * 75.5, abs=1)
    assert round_it.duration_s == pytest.approx(round_it.distance_m / 0.8, abs=1)


def test_a_kerb_stops_wheelchairs_between_footway_and_road_but_not_along_the_road(tmp_path: Path) -> None:
    nodes = {**grid(3, 3), 1: (*at(0, 1), {"highway": "crossing", "kerb": "raised"})}
    streets = streets_of(tmp_path, nodes, [*RING, ([1, 11, 21], {"highway": "footway"})])
    along = found(streets.path("WHEELCHAIR", *at(0, 0.5), *at(0, 1.5)))
    assert along.distance_m == pytest.approx(75.5, abs=1)
    across = found(streets.path("WHEELCHAIR", *at(0, 0.5), *at(0.5, 1)))
    assert across.distance_m > 300
    assert found(streets.path("WALK", *at(0, 0.5), *at(0.5, 1))).distance_m < 100


def test_a_bollard_stops_cars_alone(tmp_path: Path) -> None:
    nodes = {**grid(3, 3), 1: (*at(0, 1), {"barrier": "bollard"})}
    streets = streets_of(tmp_path, nodes, RING)
    lengths = {
        mode: found(streets.path(mode, *at(0, 0.5), *at(0, 1.5))).distance_m
        for mode in ("CAR", "BIKE", "WALK")
    }
    assert lengths["BIKE"] == lengths["WALK"] == pytest.approx(75.5, abs=1)
    assert lengths["CAR"] > 600


def test_a_lift_takes_its_time_and_a_bicycle_along(tmp_path: Path) -> None:
    nodes = {**grid(3, 3), 11: (*at(1, 1), {"highway": "elevator"})}
    streets = streets_of(tmp_path, nodes, [*RING, ([1, 11, 21], {"highway": "footway", "level": "0;1"})])
    path = found(streets.path("WHEELCHAIR", *at(0.5, 1), *at(1.5, 1)))
    assert path.duration_s == pytest.approx(111.2 / 0.8 + 60, abs=1)
    assert [step.relative_direction for step in path.steps] == ["DEPART", "ELEVATOR", "CONTINUE"]
    assert path.steps[1].distance_m == 0
    assert path.steps[1].osm_way is None


def test_stops_with_no_street_near_are_listed_and_reached_as_the_crow_flies(tmp_path: Path) -> None:
    nowhere = (float("nan"), float("nan"))
    streets = streets_of(tmp_path, grid(3, 3), RING, [at(0, 0), at(10, 1), nowhere])
    assert streets.unlinked_stops.tolist() == [1]
    rows = reached(streets.reach("WALK", *at(2, 1), 2000))
    assert sorted(rows) == [0, 1]
    assert not rows[0].estimated
    assert rows[1].estimated
    assert rows[1].distance_m == pytest.approx(8 * 111.2 * 1.3, rel=0.01)
    assert 1 not in reached(streets.reach("WALK", *at(2, 1), 600))


def test_transfers_keep_to_the_limit_and_know_both_directions(tmp_path: Path) -> None:
    streets = streets_of(tmp_path, grid(3, 3), RING, [at(0, 0), at(0, 1), at(2, 2), at(10, 0)])
    ways = streets.transfers(120)
    assert list(
        zip(ways.from_stop.tolist(), ways.to_stop.tolist(), ways.duration_s.tolist(), strict=True)
    ) == [
        (0, 1, 61),
        (1, 0, 61),
    ]
    assert ways.distance_m.tolist() == pytest.approx([75.5, 75.5], abs=0.1)
    assert len(streets_of(tmp_path, grid(3, 3), RING).transfers(120).from_stop) == 0


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_absurd_speeds_are_refused(speed: float, tmp_path: Path) -> None:
    streets = streets_of(tmp_path, grid(3, 3), RING)
    with pytest.raises(ValueError, match="m/s"):
        streets.reach("WALK", *at(0, 0), 900, speed)


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    streets = streets_of(tmp_path, grid(3, 3), RING)
    with pytest.raises(ValueError, match="no street mode"):
        streets.reach("HORSE", *at(0, 0), 900)
    with pytest.raises(ValueError, match="takes no speed"):
        streets.path("CAR", *at(0, 0), *at(1, 1), 10.0)
    with pytest.raises(ValueError, match="no coordinates"):
        streets.path("WALK", 91.0, 0.0, *at(1, 1))
    assert streets.reach("WALK", *at(0, 0), -5) == []
    assert len(streets.spread("WALK", [at(0, 0)[0]], [at(0, 0)[1]], [0], -5).lat) == 0


def test_a_mapped_graph_answers_the_same_and_many_threads_may_ask(tmp_path: Path) -> None:
    stops = [at(row, column) for row in range(3) for column in range(3)]
    graph, _ = graph_of(osm_text(grid(3, 3), RING), tmp_path)
    write_arrays(graph, tmp_path / "graph")
    lat, lon = [stop[0] for stop in stops], [stop[1] for stop in stops]
    mapped = Streets(map_arrays(StreetGraph, tmp_path / "graph"), lat, lon)
    mapped.warm_up()
    expected = [Streets(graph, lat, lon).reach("WALK", *stop, 400) for stop in stops]
    wrong: list[int] = []

    def ask(thread: int) -> None:
        for i in range(200):
            stop = (i + thread) % len(stops)
            if mapped.reach("WALK", *stops[stop], 400) != expected[stop]:
                wrong.append(stop)
            mapped.travel_times("CAR", stops, stops, with_distances=False)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_warming_up_compiles_every_kernel(tmp_path: Path) -> None:
    from routing.kernels import street_path, street_search, street_snap

    graph, _ = graph_of(osm_text(grid(3, 3), RING), tmp_path)
    streets = Streets(graph, *np.array([at(0, 0), at(2, 2)]).T)
    streets.warm_up()
    kernels = (
        street_search.reach,
        street_search.reach_between,
        street_search.spread_from_all,
        street_snap.snap,
        street_path.find_path,
    )
    if not hasattr(kernels[0], "signatures"):
        pytest.skip("compiled code is switched off")
    before = [list(kernel.signatures) for kernel in kernels]
    for mode in ("WALK", "WHEELCHAIR", "BIKE", "CAR"):
        streets.reach(mode, *at(0, 0.3), 500)
        streets.path(mode, *at(0, 0.3), *at(2, 1.1))
        streets.travel_times(mode, [at(0, 0)], [at(1, 2), at(2, 1)])
        streets.spread(mode, [at(0, 0)[0]], [at(0, 0)[1]], [30], 500)
    assert [list(kernel.signatures) for kernel in kernels] == before
