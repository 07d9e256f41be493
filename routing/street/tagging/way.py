"""A way's tags as what the graph keeps of them."""

from __future__ import annotations

from typing import NamedTuple

from routing.street import graph
from routing.street.tagging.access import Tags, highway_of, number_of
from routing.street.tagging.bike import bike_speeds
from routing.street.tagging.car import car_speeds
from routing.street.tagging.walk import is_rough, is_steep, walk_speeds, wheelchair_speeds

FOOTWAYS = frozenset(
    {"footway", "path", "steps", "pedestrian", "cycleway", "bridleway", "corridor", "platform"}
)

RESTRICTION_KEYS = (
    "access:conditional",
    "vehicle:conditional",
    "motor_vehicle:conditional",
    "foot:conditional",
)


class Street(NamedTuple):
    """What the graph keeps of a way."""

    speeds_m_s: tuple[float, ...]
    """By mode: along the drawing, against it; 0 = closed. Eight numbers in the order of MODES."""
    flags: int
    level_from: float
    level_to: float
    restriction: str | None
    is_footway: bool


def judge_way(tags: Tags) -> Street | None:
    """The street that a way with these tags is; None for what nobody may use."""
    highway = highway_of(tags)
    if highway is None:
        return None
    walk = walk_speeds(tags, highway)
    speeds = (
        *walk,
        *wheelchair_speeds(tags, highway, walk),
        *bike_speeds(tags, highway, walk),
        *car_speeds(tags, highway),
    )
    if not any(speeds):
        return None
    level_from, level_to = levels_of(tags)
    restriction = next((tags[key] for key in RESTRICTION_KEYS if key in tags), None)
    return Street(speeds, _flags(tags, highway), level_from, level_to, restriction, highway in FOOTWAYS)


def name_of(tags: Tags) -> str | None:
    """The name people know a street by; its number where it has none."""
    return tags.get("name") or tags.get("ref") or None


def levels_of(tags: Tags) -> tuple[float, float]:
    """The levels where a way begins and ends; '0;1' goes up where it is drawn, unless `incline=down`."""
    values = [number_of(part) for part in tags.get("level", "").split(";")]
    known = [value for value in values if value is not None]
    if not known:
        return 0.0, 0.0
    low, high = min(known), max(known)
    return (high, low) if tags.get("incline") == "down" else (low, high)


def _flags(tags: Tags, highway: str) -> int:
    conveying = tags.get("conveying", "no") != "no"
    roundabout = tags.get("junction") in ("roundabout", "circular")
    tunnel = tags.get("tunnel", "no") not in ("no", "building_passage", "covered")
    passing = tunnel or highway.startswith("motorway") or tags.get("motorroad") == "yes"
    return (
        graph.STEPS * (highway == "steps" and not conveying)
        | graph.ELEVATOR * (highway == "elevator")
        | graph.ESCALATOR * conveying
        | graph.CROSSING
        * ("crossing" in (tags.get("footway"), tags.get("cycleway"), tags.get("path"), highway))
        | graph.ROUNDABOUT * roundabout
        | graph.CLOCKWISE * (roundabout and tags.get("direction") == "clockwise")
        | graph.AREA * (tags.get("area") == "yes")
        | graph.TOLL * (tags.get("toll") == "yes")
        | graph.CYCLEWAY * (highway == "cycleway")
        | graph.ROUGH * is_rough(tags)
        | graph.STEEP * is_steep(tags)
        | graph.WHEELCHAIR_NO * (tags.get("wheelchair") == "no")
        | graph.LINK * highway.endswith("_link")
        | graph.PASSING * passing
    )
