"""How far apart places are, where a track was at an instant, and which stop of a line is near."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from carpool.line import Line
from carpool.trip import Fix

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG)."""


def apart_m(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Metres along the great circle between two points in degrees (haversine)."""
    phi, to_phi = math.radians(lat), math.radians(to_lat)
    half = (
        math.sin((to_phi - phi) / 2) ** 2
        + math.cos(phi) * math.cos(to_phi) * math.sin(math.radians(to_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def fixes_apart_m(one: Fix, other: Fix) -> float:
    """Metres as the crow flies between two fixes."""
    return apart_m(one.lat, one.lon, other.lat, other.lon)


def track_length_m(track: Sequence[Fix]) -> int:
    """Metres from fix to fix as the crow flies: a lower bound of what was driven."""
    return round(sum(fixes_apart_m(one, other) for one, other in pairwise(track)))


def find_near_stop(line: Line, lat: float, lon: float, radius_m: int) -> str:
    """The stop of the line nearest to a point, the first of two equally near; "": none within the radius."""
    reach = (
        math.degrees(radius_m / EARTH_RADIUS_M) + 1e-9
    )  # nothing farther off in latitude is within the radius
    found, best_m = "", math.inf
    for one in line.stops:
        if abs(one.stop.lat - lat) <= reach:
            distance_m = apart_m(lat, lon, one.stop.lat, one.stop.lon)
            if distance_m <= radius_m and distance_m < best_m:
                found, best_m = one.stop.id, distance_m
    return found


def find_place_at(track: Sequence[Fix], at: dt.datetime, gap_s_max: int) -> Fix | None:
    """Where a track (by time) was at an instant, straight between its fixes. None: no fix so near in time, or the two
    around are farther than `gap_s_max` seconds apart, so that it is not known."""
    index = bisect_left(track, at, key=lambda fix: fix.at)
    after = track[index] if index < len(track) else None
    before = track[index - 1] if index > 0 else None
    if after is not None and after.at == at:
        return after
    if before is None or after is None:
        only = before or after
        near = only is not None and abs((only.at - at).total_seconds()) <= gap_s_max
        return Fix(at, only.lat, only.lon) if near and only is not None else None
    gap_s = (after.at - before.at).total_seconds()
    if gap_s > gap_s_max:
        return None
    part = (at - before.at).total_seconds() / gap_s
    return Fix(at, before.lat + part * (after.lat - before.lat), before.lon + part * (after.lon - before.lon))


def in_order(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """Fixes by time, each once."""
    return tuple(sorted(set(fixes), key=lambda fix: (fix.at, fix.lat, fix.lon, fix.stop_id)))
