"""Turn by turn: an edge path as instructions, as MOTIS's StepInstruction has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of one street. Field by field MOTIS's StepInstruction; `street_name` empty where it has none."""

    relative_direction: str
    """DEPART, CONTINUE, (SLIGHTLY_|HARD_)LEFT/RIGHT, UTURN_LEFT/RIGHT, CIRCLE_(COUNTER)CLOCKWISE, STAIRS, ELEVATOR."""
    distance_m: float
    from_level: float
    to_level: float
    osm_way: int | None
    """None off the streets."""
    from_osm_node: int | None
    to_osm_node: int | None
    lat: NDArray[Any]
    lon: NDArray[Any]
    street_name: str
    exit: str
    """Which exit of a roundabout, as a number; empty elsewhere."""
    stay_on: bool
    """The street goes on under the same name round a bend at a junction."""
    area: bool
    toll: bool
    access_restriction: str | None
    """OSM conditional restriction (`no @ (Mo-Fr 07:00-09:00)`)."""
