"""Patterns: trips that do the same at the same stops in the same order share one."""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.typing import NDArray


def find_patterns(
    first_event: NDArray[np.int64], call_codes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Group trips by their sequences of calls.

    `first_event` [T+1] bounds each trip's calls, none empty; `call_codes` [E] is equal where two calls are.
    Returns the pattern of each trip, numbered by first appearance, and each pattern's first trip.
    """
    lengths = np.diff(first_event)
    if not len(lengths):
        return np.empty(0, np.int32), np.empty(0, np.int64)
    starts = first_event[:-1]
    positions = np.arange(len(call_codes)) - np.repeat(starts, lengths)
    for (
        salt
    ) in count():  # sums of hashes find the groups; a collision, if ever, is seen and another salt tried
        hashes = np.add.reduceat(_mix(call_codes, positions, salt), starts)
        _, first_trip, group = np.unique(hashes, return_index=True, return_inverse=True)
        model = first_trip[group]
        same_length = bool((lengths[model] == lengths).all())
        if same_length and (call_codes[np.repeat(starts[model], lengths) + positions] == call_codes).all():
            break
    order = np.argsort(first_trip)
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return number[group], first_trip[order].astype(np.int64)


def _mix(codes: NDArray[np.int64], positions: NDArray[np.int64], salt: int) -> NDArray[np.uint64]:
    """Hashes of (code, position): the finaliser of splitmix64."""
    mixed = codes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed += (positions.astype(np.uint64) + np.uint64(salt << 32)) * np.uint64(0xD1B54A32D192ED03)
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
