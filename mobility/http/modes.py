"""The API's mode names and what they mean to the router."""

from __future__ import annotations

from collections.abc import Iterable

from routing.timetable import ALL_MODES, Mode

_RAIL = ("HIGHSPEED_RAIL", "LONG_DISTANCE", "NIGHT_RAIL", "REGIONAL_RAIL", "SUBURBAN", "SUBWAY")

_MEANT: dict[str, tuple[str, ...]] = {
    **{mode.name: (mode.name,) for mode in Mode},
    "RAIL": _RAIL,
    "REGIONAL_FAST_RAIL": ("REGIONAL_RAIL",),
    "METRO": ("SUBURBAN",),
    "AREAL_LIFT": ("AERIAL_LIFT",),
    "CABLE_CAR": ("TRAM",),
}

STREET = ("WALK", "BIKE", "RENTAL", "CAR", "HGV", "CAR_PARKING", "CAR_DROPOFF")
_DEBUG = ("DEBUG_BUS_ROUTE", "DEBUG_RAILWAY_ROUTE", "DEBUG_FERRY_ROUTE")

MODES: tuple[str, ...] = tuple(dict.fromkeys(("TRANSIT", *_MEANT, *STREET, *_DEBUG)))
"""Every mode the API knows."""


def read_modes(names: Iterable[str]) -> tuple[int, tuple[str, ...]]:
    """The bit set of vehicles, and the names that are none."""
    bits, other = 0, []
    for name in names:
        if name == "TRANSIT":
            bits = ALL_MODES
        elif name in _MEANT:
            for meant in _MEANT[name]:
                bits |= 1 << Mode[meant]
        else:
            other.append(name)
    return bits, tuple(other)
