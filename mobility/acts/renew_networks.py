"""Compile the served feeds anew when the code that makes networks has changed since they were imported."""

from __future__ import annotations

from mobility.acts.content_hash import network_format
from mobility.acts.import_feed import ARCHIVE, FeedSource, ImportFailure, ImportOutcome, import_feeds
from mobility.acts.ports import FeedPorts, Progress, no_progress


def renew_networks(ports: FeedPorts, progress: Progress = no_progress) -> list[ImportOutcome | ImportFailure]:
    """Import the active versions whose networks are of another format again, from their kept archives.

    Nothing is done when all are of today's. What cannot be compiled any more is among the outcomes.
    """
    with ports.unit_of_work(read_only=True) as work:
        active = [feed.active for feed in work.feeds.list_feeds() if feed.active is not None]
    outdated = [
        FeedSource(
            version.source,
            version.feed_id,
            archive=ports.folders.version_folder(version.feed_id, version.version) / ARCHIVE,
        )
        for version in active
        if version.network_format != network_format()
    ]
    return import_feeds(ports, outdated, progress) if outdated else []
