"""What one request answers from. A request takes it once and keeps it: a newer network never changes it under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gtfs_feeds.network import Network
from routing.planner import Planner

if TYPE_CHECKING:
    from mobility.journeys.places import Places


@dataclass(frozen=True)
class Serving:
    """`version` is the snapshot's content hash."""

    version: str
    network: Network
    planner: Planner
    places: Places


class NothingToServeError(Exception):
    """No network has been imported yet."""
