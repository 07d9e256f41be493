"""An import that is broken off anywhere: the old network is served, nothing is half done, the next import works."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gtfs_feeds.network import Network
from mobility.acts.collect_garbage import collect_garbage
from mobility.acts.find_feed import get_feed
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.ports import FeedPorts
from mobility.bootstrap import Services
from tests.mobility.acts.line_feed import write_line_feed

STEPS = (
    "fetched",
    "before the version is put in place",
    "after the version is put in place",
    "before the snapshot is put in place",
    "after the snapshot is put in place",
    "before the commit",
)


class BrokenOff(BaseException):
    """As when the process is told to end: nothing that catches errors catches it."""


def breaking(ports: FeedPorts, step: str, break_off: Callable[[], None]) -> FeedPorts:
    """The same ports, that break off at a step."""

    def at(name: str) -> None:
        if name == step:
            break_off()

    def fetch(source: str, target: Path, progress: Any) -> None:
        ports.fetch(source, target, progress)
        at("fetched")

    class Folders:
        def __getattr__(self, name: str) -> Any:
            return getattr(ports.folders, name)

        def put(self, made: Path, target: Path) -> None:
            kind = "snapshot" if target.parent.name == "snapshots" else "version"
            at(f"before the {kind} is put in place")
            ports.folders.put(made, target)
            at(f"after the {kind} is put in place")

    def begin(*, read_only: bool = False) -> Any:
        work = ports.unit_of_work(read_only=read_only)
        commit = work.commit

        def committing() -> None:
            at("before the commit")
            commit()

        work.commit = committing  # type: ignore[method-assign]
        return work

    return replace(ports, fetch=fetch, folders=Folders(), unit_of_work=begin)  # type: ignore[arg-type]


def _served(ports: FeedPorts) -> tuple[str, int]:
    with ports.unit_of_work(read_only=True) as work:
        snapshot = work.snapshots.find_active()
    assert snapshot is not None
    network = Network.open(ports.folders.snapshot_folder(snapshot))
    return snapshot, int(network.timetable.event_departure_s[0])


@contextmanager
def _nothing_happened(ports: FeedPorts) -> Iterator[None]:
    before, feed = _served(ports), get_feed(ports, "line")
    yield
    assert _served(ports) == before
    assert get_feed(ports, "line").versions == feed.versions


@pytest.mark.parametrize("step", STEPS)
def test_broken_off_by_an_error(ports: FeedPorts, tmp_path: Path, step: str) -> None:
    def break_off() -> None:
        raise BrokenOff

    import_feed(ports, FeedSource(str(write_line_feed(tmp_path / "line.zip", "line", 1))))
    new = FeedSource(str(write_line_feed(tmp_path / "line.zip", "line", 2)))
    with _nothing_happened(ports), pytest.raises(BrokenOff):
        import_feed(breaking(ports, step, break_off), new)
    _import_and_clean(ports, new)


@pytest.mark.parametrize("step", [STEPS[0], STEPS[4], STEPS[5]])
def test_killed(ports: FeedPorts, services: Services, tmp_path: Path, step: str) -> None:
    import_feed(ports, FeedSource(str(write_line_feed(tmp_path / "line.zip", "line", 1))))
    new = FeedSource(str(write_line_feed(tmp_path / "line.zip", "line", 2)))
    with _nothing_happened(ports):
        killed = subprocess.run(
            [sys.executable, "-c", _KILLED, str(services.settings.data_dir), new.source, step], check=False
        )
        assert killed.returncode == -signal.SIGKILL
    _import_and_clean(ports, new)


def _import_and_clean(ports: FeedPorts, source: FeedSource) -> None:
    """The next import works, and what the broken one left is thrown away."""
    import_feed(ports, source)
    snapshot, departure_s = _served(ports)
    assert departure_s == 8 * 3600 + 120
    collect_garbage(ports)
    assert [name for name, _ in ports.folders.list_snapshots()] == [snapshot]
    assert len(ports.folders.list_versions()) == 2
    making = ports.folders.snapshot_folder("x").parents[1] / "making"
    assert list(making.iterdir()) == []


_KILLED = """
import os, pathlib, signal, sys
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.bootstrap import build_services
from mobility.settings import Settings
from tests.mobility.acts.test_import_crashes import breaking

data_dir, source, step = sys.argv[1:]
services = build_services(Settings(data_dir=pathlib.Path(data_dir)))
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)
import_feed(breaking(services.feeds, step, kill), FeedSource(source))
"""
