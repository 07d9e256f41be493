"""Driving times where no streets are known: as the crow flies, with a detour, at the pace of country roads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point

DETOUR = 1.35
"""Roads are so much longer than the straight line, about."""
SPEED_M_PER_S = 13.9
"""50 km/h."""
EARTH_M = 6_371_008.8
"""Mean radius."""


class CrowDrives:
    """Fills `on_demand.ports.Drives`."""

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        """By the haversine formula, rounded up."""
        of, to = (np.radians(np.array(one, float).reshape(-1, 2)) for one in (origins, destinations))
        half = np.sin((to[None, :, 0] - of[:, None, 0]) / 2) ** 2
        half += (
            np.cos(of[:, None, 0])
            * np.cos(to[None, :, 0])
            * np.sin((to[None, :, 1] - of[:, None, 1]) / 2) ** 2
        )
        metres = 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
        times_s: NDArray[np.int32] = np.ceil(metres * DETOUR / SPEED_M_PER_S).astype(np.int32)
        return times_s
