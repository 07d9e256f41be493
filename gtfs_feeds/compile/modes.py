"""From GTFS route types, basic and extended, to the router's modes, as MOTIS reads them.

Source: GTFS reference (routes.txt, `route_type`); Google Transit, "Extended GTFS Route Types".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.timetable import Mode

_RANGES: tuple[tuple[int, int, Mode], ...] = (
    (0, 0, Mode.TRAM),
    (1, 1, Mode.SUBWAY),
    (2, 2, Mode.REGIONAL_RAIL),
    (3, 3, Mode.BUS),
    (4, 4, Mode.FERRY),
    (5, 5, Mode.FUNICULAR),  # cable tram
    (6, 6, Mode.AERIAL_LIFT),
    (7, 7, Mode.FUNICULAR),
    (11, 11, Mode.BUS),  # trolleybus
    (100, 199, Mode.REGIONAL_RAIL),
    (101, 101, Mode.HIGHSPEED_RAIL),
    (102, 102, Mode.LONG_DISTANCE),
    (104, 104, Mode.LONG_DISTANCE),  # trains that carry cars
    (105, 105, Mode.NIGHT_RAIL),
    (109, 109, Mode.SUBURBAN),
    (114, 114, Mode.LONG_DISTANCE),  # cross-country
    (116, 116, Mode.FUNICULAR),  # rack and pinion
    (200, 299, Mode.COACH),
    (300, 300, Mode.SUBURBAN),
    (400, 402, Mode.SUBWAY),
    (403, 404, Mode.SUBURBAN),
    (405, 405, Mode.OTHER),  # monorail, as basic type 12
    (500, 699, Mode.SUBWAY),  # metro and underground: withdrawn numbers that feeds still use
    (700, 799, Mode.BUS),
    (715, 715, Mode.ODM),
    (800, 899, Mode.BUS),  # trolleybus
    (900, 999, Mode.TRAM),
    (1000, 1099, Mode.FERRY),
    (1100, 1199, Mode.AIRPLANE),
    (1200, 1299, Mode.FERRY),
    (1300, 1399, Mode.AERIAL_LIFT),
    (1303, 1303, Mode.OTHER),  # elevator
    (1305, 1305, Mode.OTHER),  # drag lift
    (1400, 1499, Mode.FUNICULAR),
    (1500, 1599, Mode.ODM),  # taxis
    (1551, 1560, Mode.RIDE_SHARING),
)
"""(first, last, mode); a later row overrides an earlier one. All else, monorails (12) too, is OTHER."""

_TYPE_MAX = 1800

_MODE_OF_TYPE = np.full(_TYPE_MAX + 1, Mode.OTHER, dtype=np.uint8)
for _first, _last, _mode in _RANGES:
    _MODE_OF_TYPE[_first : _last + 1] = _mode


def modes_of(route_types: NDArray[np.integer]) -> NDArray[np.uint8]:
    """The `Mode` of each GTFS route type; OTHER for what no document knows."""
    known = (route_types >= 0) & (route_types <= _TYPE_MAX)
    return np.where(known, _MODE_OF_TYPE[np.where(known, route_types, 0)], np.uint8(Mode.OTHER))
