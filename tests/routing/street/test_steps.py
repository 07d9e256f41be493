"""Turn by turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.street.steps import Step
from tests.routing.street.osm_texts import Node, Way
from tests.routing.street.test_streets import at, found, grid, streets_of


def told(steps: tuple[Step, ...]) -> list[str]:
    return [f"{step.relative_direction} {step.street_name}".strip() for step in steps]


def named(name: str, **tags: str) -> dict[str, str]:
    return {"highway": "residential", "name": name, **tags}


@pytest.mark.parametrize(
    ("goal", "turn"),
    [
        ((3, 0), "LEFT"),
        ((3, 2), "RIGHT"),
        ((4, 1), "CONTINUE"),
        ((4, 1.6), "SLIGHTLY_RIGHT"),
        ((4, 0.4), "SLIGHTLY_LEFT"),
        ((2.3, 1.9), "HARD_RIGHT"),
        ((2.3, 0.1), "HARD_LEFT"),
    ],
)
def test_turns(goal: tuple[float, float], turn: str, tmp_path: Path) -> None:
    nodes: dict[int, Node] = {1: at(2, 1), 2: at(3, 1), 3: at(*goal), 4: at(3.5, 1.05)}
    if goal == (2.3, 1.9) or goal == (2.3, 0.1):
        nodes[3] = at(2.2, 1 + (goal[1] - 1) * 0.5)
    ways: list[Way] = [([1, 2], named("Rue A")), ([2, 3], named("Rue B"))]
    path = found(streets_of(tmp_path, nodes, ways).path("WALK", *at(2, 1), *nodes[3][:2]))
    assert told(path.steps) == ["DEPART Rue A", f"{turn} Rue B"]
    step = path.steps[0]
    assert (step.osm_way, step.from_osm_node, step.to_osm_node) == (1, 1, 2)
    assert step.distance_m == pytest.approx(111.2, abs=0.1)


def test_a_street_is_one_step_over_its_junctions(tmp_path: Path) -> None:
    ways: list[Way] = [
        ([0, 1], named("Grande Rue")),
        ([1, 2, 3], named("Grande Rue")),
        ([1, 11], named("Rue B")),
    ]
    path = found(streets_of(tmp_path, grid(2, 4), ways).path("WALK", *at(0, 0.5), *at(0, 2.5)))
    assert told(path.steps) == ["DEPART Grande Rue"]
    assert path.steps[0].from_osm_node is None
    assert path.steps[0].distance_m == pytest.approx(151, abs=0.5)


def test_a_street_that_turns_at_a_junction_says_so(tmp_path: Path) -> None:
    ways: list[Way] = [
        ([0, 1], named("Grande Rue")),
        ([1, 11], named("Grande Rue")),
        ([1, 2], named("Rue B")),
    ]
    path = found(streets_of(tmp_path, grid(2, 3), ways).path("WALK", *at(0, 0), *at(1, 1)))
    assert told(path.steps) == ["DEPART Grande Rue", "LEFT Grande Rue"]
    assert [step.stay_on for step in path.steps] == [False, True]


def test_stairs_have_their_direction_and_levels(tmp_path: Path) -> None:
    stairs = {"highway": "steps", "level": "0;1", "incline": "up"}
    ways: list[Way] = [([0, 1], named("Rue A")), ([1, 2], stairs), ([2, 3], named("Rue B"))]
    streets = streets_of(tmp_path, grid(1, 4), ways)
    up = found(streets.path("WALK", *at(0, 0), *at(0, 3)))
    assert told(up.steps) == ["DEPART Rue A", "STAIRS", "CONTINUE Rue B"]
    assert (up.steps[1].from_level, up.steps[1].to_level) == (0.0, 1.0)
    down = found(streets.path("WALK", *at(0, 3), *at(0, 0)))
    assert (down.steps[1].from_level, down.steps[1].to_level) == (1.0, 0.0)


def test_the_exit_of_a_roundabout_is_counted(tmp_path: Path) -> None:
    circle: dict[int, Node] = {1: at(0, 0.2), 2: at(0.15, 0), 3: at(0, -0.2), 4: at(-0.15, 0)}
    arms: dict[int, Node] = {11: at(0, 2), 12: at(1.5, 0), 13: at(0, -2), 14: at(-1.5, 0)}
    ways: list[Way] = [
        ([4, 1, 2, 3, 4], {"highway": "residential", "junction": "roundabout"}),
        *(
            ([n, 10 + n], named(name))
            for n, name in ((1, "Rue Est"), (2, "Rue Nord"), (3, "Rue Ouest"), (4, "Rue Sud"))
        ),
    ]
    streets = streets_of(tmp_path, {**circle, **arms}, ways)
    for arm, number in ((11, "1"), (12, "2"), (13, "3")):
        path = found(streets.path("CAR", *arms[14][:2], *arms[arm][:2]))
        assert [step.relative_direction for step in path.steps][:2] == ["DEPART", "CIRCLE_COUNTERCLOCKWISE"]
        assert path.steps[1].exit == number
        assert path.steps[2].exit == ""


def test_what_a_step_says_of_its_street(tmp_path: Path) -> None:
    closed = "no @ (Mo-Fr 07:00-09:00)"
    ways: list[Way] = [
        ([0, 1], named("Péage", toll="yes")),
        ([1, 2], {"highway": "residential", "motor_vehicle:conditional": closed}),
        ([2, 3], {"highway": "pedestrian", "area": "yes", "motor_vehicle": "yes"}),
    ]
    steps = found(streets_of(tmp_path, grid(1, 4), ways).path("CAR", *at(0, 0), *at(0, 3))).steps
    assert [step.toll for step in steps] == [True, False, False]
    assert [step.access_restriction for step in steps] == [None, closed, None]
    assert [step.area for step in steps] == [False, False, True]
    assert [step.street_name for step in steps] == ["Péage", "", ""]


def test_from_a_place_to_itself(tmp_path: Path) -> None:
    path = found(
        streets_of(tmp_path, grid(1, 4), [([0, 1, 2], named("Rue A"))]).path("WALK", *at(0, 1), *at(0, 1))
    )
    assert (path.duration_s, path.distance_m, len(path.lat)) == (0, 0.0, 2)
    assert told(path.steps) == ["DEPART Rue A"]
