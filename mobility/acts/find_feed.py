"""Look a feed or one of its versions up by what a person typed."""

from __future__ import annotations

from gtfs_feeds.findings import Finding
from mobility.acts.ports import FeedPorts
from mobility.acts.records import FeedSummary, FeedVersion


class UnknownFeedError(Exception):
    """There is no such feed, or no such version of it; the message says what there is."""


def get_feed(ports: FeedPorts, feed_id: str) -> FeedSummary:
    """The feed with this id. Raises UnknownFeedError."""
    with ports.unit_of_work(read_only=True) as work:
        feed = work.feeds.find_feed(feed_id)
        if feed is not None:
            return feed
        known = ", ".join(one.feed_id for one in work.feeds.list_feeds())
    raise UnknownFeedError(f"there is no feed {feed_id!r}; there is: {known or 'none yet'}")


def get_version(feed: FeedSummary, prefix: str) -> FeedVersion:
    """The version whose hash begins with `prefix`. Raises UnknownFeedError when none or several do."""
    if not feed.versions:
        reason = feed.last_import.message if feed.last_import else "no import was tried"
        raise UnknownFeedError(f"feed {feed.feed_id!r} was never imported: {reason}")
    found = [version for version in feed.versions if version.version.startswith(prefix)]
    if prefix and len(found) == 1:
        return found[0]
    known = ", ".join(version.version[:12] for version in feed.versions) or "none"
    problem = "several versions that begin" if found and prefix else "no version that begins"
    raise UnknownFeedError(f"feed {feed.feed_id!r} has {problem} with {prefix!r}; there is: {known}")


def list_feeds(ports: FeedPorts) -> list[FeedSummary]:
    """All feeds with their versions, by id."""
    with ports.unit_of_work(read_only=True) as work:
        return work.feeds.list_feeds()


def list_findings(ports: FeedPorts, version: FeedVersion) -> list[Finding]:
    """What was noticed in a version, the worst first."""
    with ports.unit_of_work(read_only=True) as work:
        return work.feeds.list_findings(version.feed_id, version.version)
