"""A query as the kernels are asked it: on its own clock, over the layers that matter, in one direction of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.ends import Entry, to_arrays
from routing.kernels.search import NEVER, Ask, Walking
from routing.layer import ACCESSIBLE_BIT, BIKES_BIT, Layer, ServiceDay
from routing.overlay import Overlay
from routing.query import Query

LAYER_COUNTS = (4, 6)
"""Kernels are compiled for these numbers of layers; a search is padded to the next."""


class SearchedDay(NamedTuple):
    day: dt.date
    arrays: ServiceDay
    start_s: int
    """Its start after the search's base, in seconds."""


@dataclass(frozen=True)
class Search:
    """A query on the search's own clock: seconds after `base_s`, negated when the mirror is searched.

    The layers are those of `days`, in their order, and then the overlay's.
    """

    query: Query
    days: tuple[SearchedDay, ...]
    overlay: Overlay
    base_s: int
    layers: tuple[Layer, ...]
    walking: Walking
    ask: Ask
    origins: list[Entry]
    """Sorted by stop, as the ask has them."""
    destinations: list[Entry]


def prepare(
    query: Query,
    base_s: int,
    days: tuple[SearchedDay, ...],
    overlay: Overlay,
    walking: Walking,
    ends: tuple[list[Entry], list[Entry]],
) -> Search:
    """Put a query on the clock that starts at `base_s`. `walking` is in the direction of the search."""
    sign = -1 if query.arrive_by else 1
    start, target = (ends[1], ends[0]) if query.arrive_by else ends
    origin, destination = (to_arrays(end, base_s, query.arrive_by) for end in (start, target))
    mirrored = query.arrive_by
    layers = [day.arrays.mirror if mirrored else day.arrays.layer for day in days]
    layers.append(overlay.mirror if mirrored else overlay.layer)
    needs = (ACCESSIBLE_BIT if query.wheelchair else 0) | (BIKES_BIT if query.bikes else 0)
    offsets_s = [sign * day.start_s for day in days]
    offsets_s.append(sign * (overlay.base_s - base_s) if overlay.days or overlay.extras else 0)
    ask = Ask(
        *origin,
        *destination,
        layer_offset_s=np.array(offsets_s, np.int32),
        layer_first_s=list_first_s(layers, offsets_s),
        rides_max=query.max_transfers + 1,
        travel_s_max=query.max_travel_time_s,
        modes=np.uint32(query.modes),
        needs=np.uint32(needs),
    )
    return Search(query, days, overlay, base_s, tuple(layers), walking, ask, *ends)


def list_first_s(layers: Sequence[Layer], offsets_s: Sequence[int]) -> NDArray[np.int32]:
    """Each layer's first departure on the search's clock; NEVER of an empty one."""
    spans = [layer.span_s.tolist() for layer in layers]
    return np.array(
        [
            first_s + offset_s if first_s <= last_s else NEVER
            for (first_s, last_s), offset_s in zip(spans, offsets_s, strict=True)
        ],
        np.int32,
    )
