"""Serve another known version of a feed: a chosen one, or the one before."""

from __future__ import annotations

from mobility.acts.find_feed import UnknownFeedError, get_feed, get_version
from mobility.acts.ports import FeedPorts, Progress, UnitOfWork, no_progress
from mobility.acts.publish_snapshot import Published, publish_snapshot
from mobility.acts.records import FeedVersion


def activate_version(
    ports: FeedPorts, feed_id: str, version: str, progress: Progress = no_progress
) -> tuple[FeedVersion, Published]:
    """Serve the version of a feed whose hash begins with `version`. Raises UnknownFeedError."""
    return _activate(ports, get_version(get_feed(ports, feed_id), version), progress)


def rollback_feed(
    ports: FeedPorts, feed_id: str, progress: Progress = no_progress
) -> tuple[FeedVersion, Published]:
    """Serve the version imported before the active one. Raises UnknownFeedError when there is none."""
    feed = get_feed(ports, feed_id)
    active = feed.active
    earlier = [version for version in feed.versions if active is None or version.serial < active.serial]
    if not earlier:
        raise UnknownFeedError(f"feed {feed_id!r} has no version before the active one")
    return _activate(ports, earlier[0], progress)


def _activate(ports: FeedPorts, version: FeedVersion, progress: Progress) -> tuple[FeedVersion, Published]:
    folder = ports.folders.version_folder(version.feed_id, version.version)

    def record(work: UnitOfWork) -> None:
        work.feeds.activate_version(version.feed_id, version.version)

    try:
        with ports.folders.hold(folder):
            published = publish_snapshot(ports, {version.feed_id: version.version}, record, progress)
    except FileNotFoundError:
        raise UnknownFeedError(
            f"the files of version {version.version[:12]} of feed {version.feed_id!r} are gone; "
            f"import it again from {version.source}"
        ) from None
    return version, published
