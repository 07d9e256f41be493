"""What tags mean, one line a case."""

from __future__ import annotations

import pytest

from routing.street import graph
from routing.street.graph import MODES
from routing.street.tagging import judge_node, judge_way
from routing.street.tagging.access import number_of
from routing.street.tagging.car import limit_km_h
from routing.street.tagging.node import BIKE, CAR, EVERYBODY, WALK, WHEELCHAIR
from routing.street.tagging.way import levels_of, name_of


def open_to(tags: dict[str, str]) -> str:
    """Modes by letter (f, w, b, c): capital both ways, small with '>' along or '<' against the drawing."""
    street = judge_way(tags)
    if street is None:
        return ""
    letters = []
    for letter, mode in zip("fwbc", range(4), strict=True):
        along, against = street.speeds_m_s[2 * mode] > 0, street.speeds_m_s[2 * mode + 1] > 0
        if along and against:
            letters.append(letter.upper())
        elif along or against:
            letters.append(letter + (">" if along else "<"))
    return "".join(letters)


WAYS = [
    ("FWBC", "highway=residential"),
    ("FWBC", "highway=unclassified"),
    ("FWB", "highway=footway"),
    ("FWB", "highway=pedestrian"),
    ("FWB", "highway=cycleway"),
    ("B", "highway=cycleway foot=no wheelchair=yes"),
    ("F", "highway=steps"),
    ("FW", "highway=steps ramp:wheelchair=yes"),
    ("FB", "highway=steps ramp:bicycle=yes"),
    ("f>", "highway=steps conveying=forward"),
    ("f<", "highway=footway conveying=backward"),
    ("C", "highway=motorway oneway=no"),
    ("c>", "highway=motorway"),
    ("c>", "highway=trunk motorroad=yes oneway=yes"),
    ("FBC", "highway=trunk"),
    ("FWBC", "highway=trunk sidewalk=both"),
    ("FWB", "highway=track"),
    ("FB", "highway=track tracktype=grade4"),
    ("FWBC", "highway=track motor_vehicle=yes surface=asphalt"),
    ("FB", "highway=bridleway"),
    ("", "highway=construction"),
    ("", "highway=proposed"),
    ("", "highway=bus_guideway"),
    ("", "waterway=river"),
    ("FWB", "railway=platform"),
    ("FWB", "public_transport=platform"),
    ("", "highway=service access=private"),
    ("FWB", "highway=service access=private foot=yes bicycle=yes"),
    ("FWBC", "highway=service access=customers"),
    ("FWB", "highway=residential motor_vehicle=no"),
    ("FWB", "highway=living_street vehicle=no"),
    ("FWBC", "highway=residential vehicle=destination"),
    ("FWBc>", "highway=residential oneway=yes"),
    ("FWBc<", "highway=residential oneway=-1"),
    ("FWB", "highway=residential oneway=reversible"),
    ("FWBc>", "highway=residential junction=roundabout"),
    ("FWBC", "highway=residential junction=roundabout oneway=no"),
    ("FB", "highway=path sac_scale=mountain_hiking surface=rock"),
    ("", "highway=path sac_scale=alpine_hiking"),
    ("FB", "highway=footway incline=8%"),
    ("FWB", "highway=footway incline=5%"),
    ("FWB", "highway=footway incline=up"),
    ("FB", "highway=footway incline=-7,5%"),
    ("FB", "highway=footway incline=4°"),
    ("FB", "highway=footway wheelchair=no"),
    ("FB", "highway=footway kerb=raised"),
    ("FB", "highway=footway surface=sand"),
    ("FB", "highway=footway smoothness=very_bad"),
    ("FWB", "highway=footway smoothness=bad"),
    ("FB", "highway=footway width=0.6"),
    ("FWB", "highway=footway width=1.4 wheelchair=limited"),
    ("FWB", "highway=elevator"),
]


@pytest.mark.parametrize(("modes", "text"), WAYS, ids=[text for _, text in WAYS])
def test_who_may_go_where(modes: str, text: str) -> None:
    tags = dict(part.split("=") for part in text.split())
    assert open_to(tags) == modes


def speed(mode: str, text: str, against: bool = False) -> float:
    street = judge_way(dict(part.split("=") for part in text.split()))
    assert street is not None
    return street.speeds_m_s[2 * MODES.index(mode) + against]


def test_a_bicycle_is_ridden_where_it_may_and_pushed_where_one_walks() -> None:
    assert speed("BIKE", "highway=residential") == 4.0
    assert speed("BIKE", "highway=footway") == speed("BIKE", "highway=pedestrian") == 1.25
    assert speed("BIKE", "highway=footway bicycle=yes") == 4.0
    assert speed("BIKE", "highway=residential bicycle=use_sidepath") == 1.25
    assert speed("BIKE", "highway=path surface=gravel") < 4.0
    assert speed("BIKE", "highway=track") < speed("BIKE", "highway=track tracktype=grade1")


@pytest.mark.parametrize(
    "contraflow",
    [
        "oneway:bicycle=no",
        "cycleway=opposite",
        "cycleway=opposite_lane",
        "cycleway:left=opposite_track",
        "cycleway:left:oneway=-1",
    ],
)
def test_contraflow(contraflow: str) -> None:
    assert speed("BIKE", "highway=residential oneway=yes", against=True) == 1.25
    assert speed("BIKE", f"highway=residential oneway=yes {contraflow}", against=True) == 4.0
    assert speed("CAR", f"highway=residential oneway=yes {contraflow}", against=True) == 0.0


def test_a_cycleway_of_one_direction_is_walked_back() -> None:
    assert speed("BIKE", "highway=cycleway oneway=yes", against=True) == 1.25
    assert speed("BIKE", "highway=residential oneway:bicycle=-1") == 1.25


def test_how_fast_cars_are() -> None:
    fast = speed("CAR", "highway=motorway maxspeed=130")
    assert 27 < fast < 36.2  # 97 to 130 km/h
    assert speed("CAR", "highway=trunk maxspeed=110") < fast
    assert speed("CAR", "highway=secondary maxspeed=80") > speed("CAR", "highway=secondary maxspeed=50")
    assert speed("CAR", "highway=residential maxspeed=30") < speed("CAR", "highway=residential maxspeed=50")
    assert speed("CAR", "highway=service access=destination") <= 10 / 3.6
    assert speed("CAR", "highway=living_street") < speed("CAR", "highway=residential")


@pytest.mark.parametrize(
    ("tags", "km_h"),
    [
        ({"maxspeed": "50"}, 50.0),
        ({"maxspeed": "30 mph"}, 48.28032),
        ({"maxspeed": "FR:urban"}, 50.0),
        ({"maxspeed": "FR:rural"}, 80.0),
        ({"maxspeed": "FR:motorway"}, 130.0),
        ({"source:maxspeed": "FR:zone30"}, 30.0),
        ({"maxspeed": "none"}, 130.0),
        ({"maxspeed": "signals"}, None),
        ({"maxspeed": "0"}, None),
        ({}, None),
    ],
)
def test_limits(tags: dict[str, str], km_h: float | None) -> None:
    assert limit_km_h(tags) == (None if km_h is None else pytest.approx(km_h))


def test_stairs_and_rough_ways_take_longer() -> None:
    assert speed("WALK", "highway=steps") == pytest.approx(speed("WALK", "highway=footway") / 2)
    assert speed("WHEELCHAIR", "highway=footway surface=cobblestone") < speed("WHEELCHAIR", "highway=footway")
    assert speed("WHEELCHAIR", "highway=path") < speed("WHEELCHAIR", "highway=path surface=asphalt")


NODES = [
    (0, 0, ""),
    (CAR, 0, "barrier=bollard"),
    (0, 0, "barrier=gate"),
    (0, 0, "barrier=lift_gate"),
    (EVERYBODY, 0, "barrier=gate access=private"),
    (CAR, 0, "barrier=gate access=no foot=yes bicycle=yes"),
    (EVERYBODY, 0, "barrier=gate locked=yes"),
    (0, 0, "barrier=bollard motor_vehicle=yes"),
    (CAR | BIKE | WHEELCHAIR, 0, "barrier=stile"),
    (CAR | BIKE | WHEELCHAIR, 0, "barrier=kissing_gate"),
    (CAR | BIKE, 0, "barrier=kissing_gate wheelchair=yes"),
    (CAR | WHEELCHAIR, 0, "barrier=cycle_barrier"),
    (WALK | WHEELCHAIR, 0, "barrier=gate foot=no bicycle=yes motor_vehicle=yes"),
    (0, WHEELCHAIR, "barrier=kerb"),
    (0, WHEELCHAIR, "highway=crossing kerb=raised"),
    (0, WHEELCHAIR, "kerb=rolled"),
    (0, 0, "barrier=kerb kerb=lowered"),
    (0, 0, "kerb=flush"),
    (0, 0, "kerb=raised wheelchair=yes"),
    (WHEELCHAIR, 0, "highway=elevator wheelchair=no"),
    (0, 0, "highway=elevator"),
]


@pytest.mark.parametrize(("blocked", "kerb", "text"), NODES, ids=[text for _, _, text in NODES])
def test_who_gets_through(blocked: int, kerb: int, text: str) -> None:
    rule = judge_node(dict(part.split("=") for part in text.split()))
    assert (rule.blocked, rule.kerb) == (blocked, kerb)


def test_levels_names_and_flags() -> None:
    assert levels_of({"level": "0;1"}) == (0.0, 1.0)
    assert levels_of({"level": "-1;0", "incline": "down"}) == (0.0, -1.0)
    assert levels_of({"level": "-2"}) == (-2.0, -2.0)
    assert levels_of({"level": "ground"}) == (0.0, 0.0)
    assert name_of({"name": "Grande Rue", "ref": "D 67"}) == "Grande Rue"
    assert name_of({"ref": "D 67"}) == "D 67"
    street = judge_way({"highway": "primary", "toll": "yes", "motor_vehicle:conditional": "no @ (Sa,Su)"})
    assert street is not None
    assert street.flags & graph.TOLL
    assert street.restriction == "no @ (Sa,Su)"


@pytest.mark.parametrize(
    ("text", "number"), [("8 %", 8.0), ("-10%", -10.0), ("1,5", 1.5), ("up", None), ("", None)]
)
def test_numbers(text: str, number: float | None) -> None:
    assert number_of(text) == number
