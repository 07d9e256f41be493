"""Where time zones are: the places that name them, from the IANA database (zone.tab, in the package tzdata)."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_EARTH_RADIUS_M = 6_371_000.0
_ISO_6709 = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


def distance_m(
    lat: NDArray[np.float64] | float,
    lon: NDArray[np.float64] | float,
    to_lat: NDArray[np.float64] | float,
    to_lon: NDArray[np.float64] | float,
) -> NDArray[np.float64]:
    """Great-circle distance between positions in degrees, in metres."""
    a, b = np.radians(lat), np.radians(to_lat)
    half = (
        np.sin((b - a) / 2) ** 2
        + np.cos(a) * np.cos(b) * np.sin(np.radians(np.subtract(to_lon, lon)) / 2) ** 2
    )
    return np.asarray(2 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


@cache
def zone_positions() -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the principal place of each zone; empty where tzdata has no such table."""
    table = resources.files("tzdata") / "zoneinfo" / "zone.tab"
    if not table.is_file():
        return {}
    rows = [line.split("\t") for line in table.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return {row[2]: _position(row[1]) for row in rows}


def find_nearest_zone(stops: pd.DataFrame) -> str | None:
    """The zone whose place is nearest to the middle of these stops; None when no stop has a position."""
    lat, lon = (float(stops[name].median()) for name in ("stop_lat", "stop_lon"))
    places = zone_positions()
    if not places or np.isnan(lat) or np.isnan(lon):
        return None
    positions = np.array(list(places.values()))
    return list(places)[int(distance_m(lat, lon, positions[:, 0], positions[:, 1]).argmin())]


def _position(text: str) -> tuple[float, float]:
    match = _ISO_6709.fullmatch(text)
    if match is None:
        raise ValueError(f"zone.tab has a position that is not ISO 6709: {text}")
    north, lat, lat_minutes, lat_seconds, east, lon, lon_minutes, lon_seconds = match.groups()
    return (
        _degrees(north, lat, lat_minutes, lat_seconds),
        _degrees(east, lon, lon_minutes, lon_seconds),
    )


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    value = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -value if sign == "-" else value
