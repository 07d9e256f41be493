"""Make the network of all active feeds, on the streets there are, the one that is served.

The network is merged and written before the transaction that makes it the active one, because that takes a
while. Two imports at once could thus each merge a network without the other's feed. So the transaction, under
a lock, looks whether the active versions are still those it started from, and if not, begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import EllipsisType

from gtfs_feeds import merge
from gtfs_feeds.network import Network
from mobility.acts.content_hash import snapshot_hash, streets_format
from mobility.acts.link_streets import link_streets
from mobility.acts.open_planner import open_planner
from mobility.acts.ports import FeedPorts, Progress, UnitOfWork, no_progress
from mobility.acts.records import Members

FEEDS_LOCK = "feeds"
ATTEMPTS = 20


class FeedsBusyError(Exception):
    """Other imports kept changing the feeds while this one tried to publish."""


@dataclass(frozen=True, slots=True)
class Published:
    """The active snapshot after an act; None: nothing is left to serve. `is_new`: it was another before."""

    snapshot: str | None
    is_new: bool


def publish_snapshot(
    ports: FeedPorts,
    changes: Mapping[str, str | None],
    record: Callable[[UnitOfWork], None],
    progress: Progress = no_progress,
    streets: str | EllipsisType | None = ...,
) -> Published:
    """Serve the active versions of all feeds with `changes` (feed id → version; None: without the feed), on the
    version `streets` of the streets (None: on none; else those that are served).

    `record` writes the changes themselves, in the transaction that makes the merged network the active one:
    either all of it is seen or nothing. Raises FeedsBusyError when others never let it finish.
    """
    for _ in range(ATTEMPTS):
        with ports.unit_of_work(read_only=True) as work:
            before = _active(work)
        members = _changed(before[0], changes)
        chosen = before[1] if streets is ... else streets
        with _ready(ports, members, chosen, progress) as snapshot, ports.unit_of_work() as work:
            work.lock(FEEDS_LOCK)
            if _active(work) != before:
                continue
            record(work)
            is_new = work.snapshots.find_active() != snapshot
            if is_new:
                now = ports.now()
                work.snapshots.activate(snapshot, members, now)
                what = {"snapshot": snapshot, "feeds": dict(members), "streets": chosen}
                work.events.add("SnapshotPublished", what, now)
            work.commit()
            return Published(snapshot, is_new)
    raise FeedsBusyError("other imports changed the feeds again and again; try again when they are done")


def _active(work: UnitOfWork) -> tuple[Members, str | None]:
    """The active versions of the feeds and of the streets; those whose graph older code made cannot be used."""
    streets = work.streets.find_active()
    is_usable = streets is not None and streets.graph_format == streets_format()
    return work.feeds.active_members(), streets.version if streets is not None and is_usable else None


def _changed(before: Members, changes: Mapping[str, str | None]) -> Members:
    after: dict[str, str | None] = {**dict(before), **changes}
    return tuple(sorted((feed_id, version) for feed_id, version in after.items() if version is not None))


@contextmanager
def _ready(
    ports: FeedPorts, members: Members, streets: str | None, progress: Progress
) -> Iterator[str | None]:
    """The merged network of these versions, on disk and held; None when there are none."""
    if not members:
        yield None
        return
    snapshot = snapshot_hash(members, streets)
    target = ports.folders.snapshot_folder(snapshot)
    with ExitStack() as held:
        while True:
            if not target.is_dir():
                _write_merged(ports, members, streets, snapshot, progress)
            try:
                held.enter_context(ports.folders.hold(target))
                break
            except FileNotFoundError:
                continue  # removed as unused since the line before
        yield snapshot


def _write_merged(
    ports: FeedPorts, members: Members, streets: str | None, snapshot: str, progress: Progress
) -> None:
    progress("merging feeds", 0.0)
    with ports.folders.new_folder() as made:
        folders = [ports.folders.version_folder(feed_id, version) for feed_id, version in members]
        network = merge.merge([Network.open(folder) for folder in folders])
        progress("merging feeds", 1.0)
        if streets is not None:
            folder = ports.folders.streets_folder(streets)
            with ports.folders.hold(folder):
                network = link_streets(network, folder, made, progress)
        network.write(made)
        # Made ready here, servers take it up at once; and what cannot be planned on is never published.
        progress("making days ready", 0.0)
        open_planner(Network.open(made), made, ports.now(), ports.warm_up_days)
        progress("making days ready", 1.0)
        ports.folders.put(made, ports.folders.snapshot_folder(snapshot))
