"""A query as the kernels are asked it: on its own clock, over the layers that matter, in one direction of time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from routing.kernels.search import Ask, Walking
from routing.layer import Layer, ServiceDay
from routing.query import Query


class SearchedDay(NamedTuple):
    day: dt.date
    arrays: ServiceDay
    start_s: int
    """Its start after the search's base, in seconds."""


@dataclass(frozen=True)
class Search:
    """A query on the search's own clock: seconds after `base_s`, negated when the mirror is searched."""

    query: Query
    days: tuple[SearchedDay, ...]
    base_s: int
    layers: tuple[Layer, ...]
    walking: Walking
    ask: Ask
