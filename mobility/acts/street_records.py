"""What is remembered of the streets: the extract they are made of, and how imports went."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreetsVersion:
    """The streets of an OSM extract.

    `version` is the content hash of the extract and the format of graphs. The box (degrees, WGS84) holds every
    street; `data_at` is the state of the map the extract says it has, None when it does not say.
    """

    version: str
    source: str
    source_bytes: int
    graph_format: str
    imported_at: dt.datetime
    data_at: dt.datetime | None
    node_count: int
    edge_count: int
    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class StreetsImport:
    """One try to import an extract. `outcome`: 'imported', 'unchanged' or 'failed'; `message` says why."""

    source: str
    started_at: dt.datetime
    ended_at: dt.datetime
    outcome: str
    version: str | None = None
    message: str | None = None
