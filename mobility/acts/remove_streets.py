"""Stop serving the streets: times on foot, by bike and by car are estimated as the crow flies again."""

from __future__ import annotations

from mobility.acts.ports import FeedPorts, Progress, UnitOfWork, no_progress
from mobility.acts.publish_snapshot import Published, publish_snapshot


class NoStreetsError(Exception):
    """There are no streets to remove."""


def remove_streets(ports: FeedPorts, progress: Progress = no_progress) -> Published:
    """Serve the network without streets. Raises NoStreetsError."""
    with ports.unit_of_work(read_only=True) as work:
        if work.streets.find_active() is None:
            raise NoStreetsError("there are no streets to remove: none were imported")

    def record(work: UnitOfWork) -> None:
        work.streets.activate(None)

    return publish_snapshot(ports, {}, record, progress, streets=None)
