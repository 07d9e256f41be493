"""On foot and in a wheelchair."""

from __future__ import annotations

from routing.street.graph import USUAL_SPEED_M_S
from routing.street.tagging.access import ROADS, Tags, is_open, number_of

WALK_M_S = USUAL_SPEED_M_S["WALK"]
WHEELCHAIR_M_S = USUAL_SPEED_M_S["WHEELCHAIR"]

STEPS_FACTOR = 2.0
"""How much longer stairs take than the same length of street (0.5 to 0.7 m/s along the slope)."""

ESCALATOR_M_S = 0.6

OPEN_BY_DEFAULT = ROADS | {
    "pedestrian",
    "footway",
    "path",
    "steps",
    "track",
    "cycleway",
    "bridleway",
    "platform",
    "corridor",
    "elevator",
    "crossing",
}

TOO_ALPINE = frozenset({"alpine_hiking", "demanding_alpine_hiking", "difficult_alpine_hiking"})

INCLINE_PERCENT_MAX = 6.0
WIDTH_M_MIN = 0.8

SURFACE_IMPASSABLE = frozenset(
    {"sand", "mud", "rock", "rocks", "snow", "ice", "stepping_stones", "pebblestone"}
)
SURFACE_ROUGH = frozenset(
    {
        "unpaved",
        "compacted",
        "fine_gravel",
        "gravel",
        "ground",
        "dirt",
        "earth",
        "soil",
        "grass",
        "grass_paver",
        "cobblestone",
        "unhewn_cobblestone",
        "sett",
        "woodchips",
        "unhewn",
        "cobblestone:flattened",
    }
)
SMOOTHNESS_IMPASSABLE = frozenset({"very_bad", "horrible", "very_horrible", "impassable"})
ROUGH_FACTOR = 1.5
UNKNOWN_PATH_FACTOR = 1.5
"""A path, track or bridleway with nothing said of its surface: rarely smooth."""


def walk_speeds(tags: Tags, highway: str) -> tuple[float, float]:
    """Metres a second on foot along the drawing and against it, 0 where it is closed."""
    default = highway in OPEN_BY_DEFAULT and tags.get("motorroad") != "yes"
    by_name = default or "foot" in tags
    if not by_name or not is_open(tags, ("foot", "access"), default) or tags.get("sac_scale") in TOO_ALPINE:
        return 0.0, 0.0
    conveying = tags.get("conveying")
    if conveying is not None and conveying != "no":
        ahead = conveying != "backward"
        back = conveying not in ("forward", "yes") or tags.get("oneway") == "no"
        return ESCALATOR_M_S * ahead, ESCALATOR_M_S * back
    speed = WALK_M_S / STEPS_FACTOR if highway == "steps" else WALK_M_S
    against = tags.get("oneway:foot") == "yes" or tags.get("foot:backward") == "no"
    along = tags.get("oneway:foot") == "-1" or tags.get("foot:forward") == "no"
    return (0.0 if along else speed), (0.0 if against else speed)


def wheelchair_speeds(tags: Tags, highway: str, walk: tuple[float, float]) -> tuple[float, float]:
    """Metres a second in a wheelchair, given those on foot: no stairs, kerbs, steep or impassable ways."""
    factor = _wheelchair_factor(tags, highway)
    if factor is None:
        return 0.0, 0.0
    speed = WHEELCHAIR_M_S / factor
    return speed * (walk[0] > 0), speed * (walk[1] > 0)


def _wheelchair_factor(tags: Tags, highway: str) -> float | None:
    wheelchair = tags.get("wheelchair")
    if wheelchair == "no" or tags.get("conveying", "no") != "no":
        return None
    if (
        highway == "steps"
        and tags.get("ramp:wheelchair") != "yes"
        and wheelchair not in ("yes", "designated")
    ):
        return None
    if is_steep(tags) or tags.get("kerb") in RAISED or (number_of(tags.get("width")) or 9.9) < WIDTH_M_MIN:
        return None
    if wheelchair in ("yes", "designated"):
        return 1.0
    if highway == "bridleway" or (highway == "trunk" and tags.get("sidewalk", "no") in ("no", "none")):
        return None
    if highway == "track" and tags.get("tracktype") in ("grade3", "grade4", "grade5"):
        return None
    if tags.get("surface") in SURFACE_IMPASSABLE or tags.get("smoothness") in SMOOTHNESS_IMPASSABLE:
        return None
    if is_rough(tags):
        return ROUGH_FACTOR
    return UNKNOWN_PATH_FACTOR if highway in ("path", "track") and "surface" not in tags else 1.0


RAISED = frozenset({"raised", "rolled", "regular"})
"""Kerbs too high for a wheelchair: what is lowered or flush has at most 2 cm (arrêté du 15 janvier 2007)."""


def is_steep(tags: Tags) -> bool:
    """An incline is tagged and exceeds 6 %; degrees ('10°') are not mixed up with per cent."""
    text = tags.get("incline", "")
    value = number_of(text)
    if value is None:
        return False
    limit = 3.43 if "°" in text else INCLINE_PERCENT_MAX
    return abs(value) > limit


def is_rough(tags: Tags) -> bool:
    """The surface or smoothness is known to be bad."""
    surface = tags.get("surface", "").split(";")[0]
    impassable = surface in SURFACE_IMPASSABLE or tags.get("smoothness") in SMOOTHNESS_IMPASSABLE
    return impassable or surface in SURFACE_ROUGH or tags.get("smoothness") == "bad"
