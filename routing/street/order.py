"""Nodes in an order that keeps neighbours near in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def z_order(lat_e7: NDArray[np.int32], lon_e7: NDArray[np.int32]) -> NDArray[Any]:
    """The indices of the points along a Z-curve (Morton 1966) over 16 bits of latitude and longitude each."""
    if len(lat_e7) == 0:
        return np.zeros(0, np.int64)
    return np.argsort(_spread(_scaled(lat_e7)) << np.uint64(1) | _spread(_scaled(lon_e7)), kind="stable")


def _scaled(values: NDArray[np.int32]) -> NDArray[np.uint64]:
    low, high = int(values.min()), int(values.max())
    return ((values.astype(np.int64) - low) * 65_535 // max(1, high - low)).astype(np.uint64)


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each bit moved to twice its place."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | values << np.uint64(shift)) & np.uint64(mask)
    return values
