"""What the engine needs of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point


class Drives(Protocol):
    """How long driving takes."""

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        """Seconds, int32[len(origins), len(destinations)]; -1: no way. Deterministic: the same pair, the same time."""
        ...
