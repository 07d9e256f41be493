"""Publish the carpool lines to the planner: as a feed of their own, beside the others, whenever they change."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mobility.acts.carpool_gtfs import Operator, describe_lines, write_carpool_gtfs
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.ports import FeedPorts, Progress, no_progress
from mobility.acts.remove_feed import remove_feed
from mobility.journeys.carpool_rides import FEED_ID

LINES_EVERY_S = 5.0
"""How often it is looked whether the lines changed."""

SOURCE = "the lines of this server"


def publish_lines(ports: FeedPorts, operator: Operator, progress: Progress = no_progress) -> bool:
    """Serve the lines as they are now; whether anything changed. Without lines there is no feed of them.

    Where the timetables beside them are made up, so are the lines, and answers say so. May be called at any time, by
    several at once: what they publish is the same.
    """
    with ports.unit_of_work(read_only=True) as work:
        lines = work.rides.list_lines()
        feeds = work.feeds.list_feeds()
    active = {feed.feed_id: feed.active for feed in feeds if feed.active is not None}
    served = active.pop(FEED_ID, None)
    if not lines:
        if served is not None:
            remove_feed(ports, FEED_ID, progress)
        return served is not None
    is_synthetic = any("synthetic" in version.publisher_version.lower() for version in active.values())
    version = describe_lines(operator, lines) + ("-synthetic" if is_synthetic else "")
    if served is not None and served.publisher_version == version:
        return False
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "carpool.zip"
        write_carpool_gtfs(operator, lines, (), version, archive)
        import_feed(ports, FeedSource(SOURCE, FEED_ID, corrections="", archive=archive), progress)
    return True
