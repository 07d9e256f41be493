"""Remove what nothing needs: old versions, snapshots and streets that are not served, what killed imports left."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.acts.ports import FeedPorts
from mobility.acts.publish_snapshot import FEEDS_LOCK


@dataclass(frozen=True, slots=True)
class Collected:
    """How many folders were removed."""

    versions: int
    snapshots: int
    streets: int
    left_overs: int


def collect_garbage(ports: FeedPorts) -> Collected:
    """Remove versions of feeds beyond the last `versions_kept`, and every folder nobody needs or holds.

    A snapshot a server still answers from is held by it, and stays until the next time.
    """
    with ports.unit_of_work() as work:
        work.lock(FEEDS_LOCK)
        for feed in work.feeds.list_feeds():
            for version in feed.versions[ports.versions_kept :]:
                if not version.is_active:
                    work.feeds.remove_version(feed.feed_id, version.version)
        work.commit()
    return _remove_unused(ports)


def _remove_unused(ports: FeedPorts) -> Collected:
    # Under the lock of publishing: an import is either done, and its folders are known, or holds them still.
    folders = ports.folders
    with ports.unit_of_work() as work:
        work.lock(FEEDS_LOCK)
        kept = {(one.feed_id, one.version) for feed in work.feeds.list_feeds() for one in feed.versions}
        active = work.snapshots.find_active()
        streets = work.streets.find_active()
        versions = [f for feed_id, version, f in folders.list_versions() if (feed_id, version) not in kept]
        snapshots = [folder for snapshot, folder in folders.list_snapshots() if snapshot != active]
        unused = [f for version, f in folders.list_streets() if streets is None or version != streets.version]
        return Collected(
            versions=sum(folders.remove(folder) for folder in versions),
            snapshots=sum(folders.remove(folder) for folder in snapshots),
            streets=sum(folders.remove(folder) for folder in unused),
            left_overs=folders.sweep(),
        )
