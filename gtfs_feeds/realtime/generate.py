"""Consistent real time for any network, from a seed: for tests, measurements and the demo. It is invented, and says so.

Every run's story (how late it gets, where it catches up, whether it is cancelled, ...) is drawn from the seed, the run
and the service day alone, so that messages of successive instants tell the same stories.
"""

from __future__ import annotations

from dataclasses import dataclass

from gtfs_feeds.network import Network


@dataclass(frozen=True, slots=True)
class Happenings:
    """Shares of runs that something happens to."""

    late: float = 0.35
    cancelled: float = 0.02
    skipping: float = 0.02
    platform: float = 0.04
    duplicated: float = 0.005
    added: float = 0.005
    silent: float = 0.1
    """Runs of which nothing is said: not every vehicle is tracked."""


def generate_message(
    network: Network,
    now_s: int,
    *,
    seed: int = 0,
    feed_id: str | None = None,
    happenings: Happenings | None = None,
    trip_updates: bool = True,
    vehicles: bool = True,
    alerts: bool = True,
) -> bytes:
    """A FULL_DATASET FeedMessage, as of `now_s`, about one feed of the network (None: the only one).

    It speaks of the runs that are under way or leave within two hours, so its size is that of real ones. Identifiers
    are the feed's own. Raises ValueError when the network has several feeds and none is named.
    """
    raise NotImplementedError
