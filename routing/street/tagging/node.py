"""What stands on a street: barriers, kerbs, lifts, traffic lights."""

from __future__ import annotations

from typing import NamedTuple

from routing.street.tagging.access import Tags, is_open
from routing.street.tagging.walk import RAISED

WALK, WHEELCHAIR, BIKE, CAR = 1, 2, 4, 8
EVERYBODY = WALK | WHEELCHAIR | BIKE | CAR

LIFT_WAIT_S = 60.0
SIGNALS_WAIT_S = 8.0
"""Of a car at traffic lights, on average."""

BLOCKED_BY_BARRIER = {
    "bollard": CAR,
    "block": CAR,
    "bus_trap": CAR,
    "chain": CAR,
    "cycle_barrier": CAR | WHEELCHAIR,
    "debris": CAR,
    "full-height_turnstile": CAR | BIKE | WHEELCHAIR,
    "jersey_barrier": CAR,
    "kissing_gate": CAR | BIKE | WHEELCHAIR,
    "log": CAR | WHEELCHAIR,
    "motorcycle_barrier": CAR,
    "planter": CAR,
    "rope": CAR,
    "stile": CAR | BIKE | WHEELCHAIR,
    "sump_buster": CAR,
    "turnstile": CAR | BIKE | WHEELCHAIR,
    "wicket_gate": CAR,
}
"""Who does not get through a barrier whose access is not tagged. Gates, entrances, toll booths and the rest open."""


class NodeRule(NamedTuple):
    """`blocked`: modes that do not get through; `kerb`: only between footway and carriageway (modes)."""

    blocked: int = 0
    kerb: int = 0
    is_lift: bool = False
    has_signals: bool = False


def judge_node(tags: Tags) -> NodeRule:
    """What a node does to those who pass it."""
    blocked = kerb = 0
    barrier = tags.get("barrier")
    if barrier is not None and barrier != "kerb":
        blocked = _blocked(tags, BLOCKED_BY_BARRIER.get(barrier, 0))
    if tags.get("kerb") in RAISED or (barrier == "kerb" and "kerb" not in tags):
        kerb = WHEELCHAIR
    wheelchair = tags.get("wheelchair")
    if wheelchair == "yes":
        blocked, kerb = blocked & ~WHEELCHAIR, 0
    is_lift = tags.get("highway") == "elevator"
    if wheelchair == "no" and (barrier is not None or is_lift):
        blocked |= WHEELCHAIR
    return NodeRule(blocked, kerb, is_lift, tags.get("highway") == "traffic_signals")


def _blocked(tags: Tags, by_barrier: int) -> int:
    blocked = 0
    for mode, keys in (
        (WALK, ("foot", "access")),
        (BIKE, ("bicycle", "foot", "vehicle", "access")),
        (CAR, ("motorcar", "motor_vehicle", "vehicle", "access")),
    ):
        # "locked" says as much as access=private
        default = not by_barrier & mode and tags.get("locked") != "yes"
        if not is_open(tags, keys, default):
            blocked |= mode
    if by_barrier & WHEELCHAIR or blocked & WALK:
        blocked |= WHEELCHAIR
    return blocked
