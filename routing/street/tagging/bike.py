"""On a bicycle: riding, and pushing where one may only walk (a cyclist who pushes is a pedestrian: R412-34)."""

from __future__ import annotations

from routing.street.graph import USUAL_SPEED_M_S
from routing.street.tagging.access import ROADS, Tags, is_oneway, is_open
from routing.street.tagging.walk import TOO_ALPINE

BIKE_M_S = USUAL_SPEED_M_S["BIKE"]
PUSHING_M_S = 1.25
PUSHING_ON_STEPS_M_S = 0.4

RIDDEN_BY_DEFAULT = ROADS | {"path", "track", "cycleway", "crossing"}

SURFACE_FACTOR = {
    "sand": 3.0,
    "mud": 3.0,
    "cobblestone": 1.4,
    "unhewn_cobblestone": 1.6,
    "sett": 1.2,
    "gravel": 1.4,
    "pebblestone": 1.6,
    "ground": 1.4,
    "dirt": 1.4,
    "earth": 1.4,
    "grass": 1.8,
    "unpaved": 1.3,
    "compacted": 1.1,
    "fine_gravel": 1.1,
    "rock": 2.0,
}
TRACK_FACTOR = {"grade1": 1.0, "grade2": 1.2, "grade3": 1.5, "grade4": 1.8, "grade5": 2.2}


def bike_speeds(tags: Tags, highway: str, walk: tuple[float, float]) -> tuple[float, float]:
    """Metres a second by bicycle along the drawing and against it, given those on foot; pushed where not ridden."""
    if tags.get("conveying", "no") != "no" or highway == "elevator":
        return walk if highway == "elevator" else (0.0, 0.0)
    if highway == "steps":
        ramp = "yes" in (tags.get("ramp:bicycle"), tags.get("ramp:stroller"))
        return (PUSHING_ON_STEPS_M_S * (walk[0] > 0 and ramp), PUSHING_ON_STEPS_M_S * (walk[1] > 0 and ramp))
    if tags.get("sac_scale") in TOO_ALPINE:
        return 0.0, 0.0
    pushing = (PUSHING_M_S * (walk[0] > 0), PUSHING_M_S * (walk[1] > 0))
    if not _is_ridden(tags, highway):
        return pushing
    factor = SURFACE_FACTOR.get(tags.get("surface", "").split(";")[0])
    if factor is None:
        factor = TRACK_FACTOR.get(tags.get("tracktype", "grade3"), 1.5) if highway == "track" else 1.0
    riding = BIKE_M_S / factor
    along, against = ridden_directions(tags, highway)
    return (max(riding * along, pushing[0]), max(riding * against, pushing[1]))


def _is_ridden(tags: Tags, highway: str) -> bool:
    if tags.get("bicycle") in ("dismount", "no", "use_sidepath") or tags.get("motorroad") == "yes":
        return False
    if highway in ("motorway", "motorway_link"):
        return False
    default = highway in RIDDEN_BY_DEFAULT
    open_to_bikes = is_open(tags, ("bicycle", "vehicle", "access"), default)
    return open_to_bikes and (default or "bicycle" in tags)


def ridden_directions(tags: Tags, highway: str) -> tuple[bool, bool]:
    """Which directions a cyclist may ride. `oneway:bicycle` decides; contraflow lanes open the other direction."""
    own = tags.get("oneway:bicycle")
    if own is not None:
        return is_oneway({"oneway": own}, highway)
    along, against = is_oneway(tags, highway)
    if along and against:
        return True, True
    contraflow = any(
        tags.get(key, "").startswith("opposite")
        for key in ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    ) or any(
        tags.get(key) in ("-1", "no")
        for key in ("cycleway:left:oneway", "cycleway:right:oneway", "cycleway:both:oneway")
    )
    if contraflow:
        return True, True
    return along, against
