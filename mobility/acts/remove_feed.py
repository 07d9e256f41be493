"""Remove a feed with all its versions; what is served goes on without it."""

from __future__ import annotations

from mobility.acts.find_feed import get_feed
from mobility.acts.ports import FeedPorts, Progress, UnitOfWork, no_progress
from mobility.acts.publish_snapshot import Published, publish_snapshot


def remove_feed(ports: FeedPorts, feed_id: str, progress: Progress = no_progress) -> Published:
    """Remove a feed. Raises UnknownFeedError."""
    get_feed(ports, feed_id)

    def record(work: UnitOfWork) -> None:
        work.feeds.remove_feed(feed_id)

    return publish_snapshot(ports, {feed_id: None}, record, progress)
