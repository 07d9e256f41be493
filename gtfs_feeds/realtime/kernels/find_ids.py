"""Identifiers as bytes of a message, found in a catalogue by bisection: no dictionary to build, none to keep."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Ids(NamedTuple):
    """Where a catalogue keeps its identifiers (`gtfs_feeds.catalogue`), and what this feed's begin with."""

    text_first: NDArray[np.int64]
    text_bytes: NDArray[np.uint8]
    stop_id_text: NDArray[np.int32]
    stop_by_id: NDArray[np.int32]
    trip_id_text: NDArray[np.int32]
    trip_by_id: NDArray[np.int32]
    prefix: NDArray[np.uint8]
    """`{feed}_` in UTF-8."""


@njit(cache=True, nogil=True)
def compare_id(ids, text, buffer, start, length):
    """Below, at or above 0: `text` of the pool is before, is, or is after the feed's identifier at `start`."""
    first = ids.text_first[text]
    size, head = ids.text_first[text + 1] - first, len(ids.prefix)
    for i in range(min(size, head + length)):
        wanted = ids.prefix[i] if i < head else buffer[start + i - head]
        found = ids.text_bytes[first + i]
        if found != wanted:
            return -1 if found < wanted else 1
    return size - (head + length)


@njit(cache=True, nogil=True)
def find_id(ids, id_text, by_id, buffer, start, length):
    """The index whose identifier this is, or -1. `by_id` [N]: indices in the byte order of their ids."""
    low, high = 0, len(by_id)
    while low < high:
        middle = (low + high) // 2
        order = compare_id(ids, id_text[by_id[middle]], buffer, start, length)
        if order < 0:
            low = middle + 1
        elif order > 0:
            high = middle
        else:
            return np.int64(by_id[middle])
    return np.int64(-1)


@njit(cache=True, nogil=True)
def find_all(ids, id_text, by_id, buffer, start, length, out):
    """The index of each identifier (`start` and `length` in the buffer, int64 [k]; below 0 or of no length: none), -1
    where there is none: `out` int64 [k]. As `find_id`, in one loop: calls with arrays are dear."""
    text_first, text_bytes, prefix = ids.text_first, ids.text_bytes, ids.prefix
    head = len(prefix)
    for i in range(len(out)):
        out[i] = -1
        low, high = 0, len(by_id)
        if start[i] < 0 or length[i] <= 0:
            continue
        while low < high and out[i] < 0:
            middle = (low + high) // 2
            text = id_text[by_id[middle]]
            first = text_first[text]
            size = text_first[text + 1] - first
            order, at = np.int64(0), np.int64(0)
            while order == 0 and at < min(size, head + length[i]):
                wanted = prefix[at] if at < head else buffer[start[i] + at - head]
                order = np.int64(text_bytes[first + at]) - np.int64(wanted)
                at += 1
            if order == 0:
                order = size - (head + length[i])
            if order < 0:
                low = middle + 1
            elif order > 0:
                high = middle
            else:
                out[i] = by_id[middle]
