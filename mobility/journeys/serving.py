"""What one request answers from. A request takes it once and keeps it: a newer network never changes it under way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gtfs_feeds.network import Network
from mobility.journeys.places import Places
from mobility.journeys.street_times import CrowFlyStreets
from mobility.journeys.view import View
from routing.planner import Planner


@dataclass(frozen=True)
class Serving:
    """`version` is the snapshot's content hash."""

    version: str
    network: Network
    planner: Planner
    places: Places

    @cached_property
    def view(self) -> View:
        """What presenting this network needs: made at the first request, gone with the snapshot."""
        return View(self.network, self.planner, self.places, CrowFlyStreets(self.places))


class NothingToServeError(Exception):
    """No network has been imported yet."""
