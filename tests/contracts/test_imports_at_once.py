"""Two feeds imported at the same moment: what is served in the end has both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from mobility.acts.content_hash import snapshot_hash
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.import_places import seed_places
from mobility.acts.ports import FeedPorts, NetworkFolders, UnitOfWork
from mobility.acts.records import Members
from tests.contracts.at_once import at_once
from tests.mobility.acts.line_feed import write_line_feed


class Together:
    """Folders that let nobody on to the transaction before both imports have merged their network."""

    def __init__(self, folders: NetworkFolders) -> None:
        self._folders = folders
        self._both_merged = threading.Barrier(2)
        self._met = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._folders, name)

    @contextmanager
    def hold(self, folder: Path) -> Iterator[None]:
        with self._folders.hold(folder):
            if folder.parent.name == "snapshots" and not hasattr(self._met, "once"):
                self._met.once = True
                self._both_merged.wait(timeout=600)
            yield


def _import_both(ports: FeedPorts, tmp_path: Path) -> None:
    together = replace(ports, folders=Together(ports.folders))
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            import_feed(together, FeedSource(str(write_line_feed(tmp_path / f"{name}.zip", name))))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def _served(ports: FeedPorts) -> tuple[Members, set[str]]:
    """What the memory says is active, and the feeds that are in the network that is served."""
    with ports.unit_of_work(read_only=True) as work:
        active, snapshot = work.feeds.active_members(), work.snapshots.find_active()
    assert snapshot is not None
    catalogue = Network.open(ports.folders.snapshot_folder(snapshot)).catalogue
    return active, {text(catalogue, int(index)) for index in catalogue.feed_id_text}


def test_both_are_served(ports: FeedPorts, tmp_path: Path) -> None:
    _import_both(ports, tmp_path)
    active, feeds = _served(ports)
    assert [feed_id for feed_id, _ in active] == ["one", "two"]
    assert feeds == {"one", "two"}
    with ports.unit_of_work(read_only=True) as work:
        assert work.snapshots.find_active() == snapshot_hash(active)


def test_without_the_second_look_one_would_be_lost(ports: FeedPorts, tmp_path: Path) -> None:
    """The control: when the transaction does not look again whether the feeds are those it merged."""
    _import_both(replace(ports, unit_of_work=_blind(ports.unit_of_work)), tmp_path)
    active, feeds = _served(ports)
    assert [feed_id for feed_id, _ in active] == ["one", "two"]
    assert len(feeds) == 1


def _blind(begin: Any) -> Callable[..., UnitOfWork]:
    def blind(*, read_only: bool = False) -> UnitOfWork:
        work = begin(read_only=read_only)
        if not read_only:
            work.feeds.active_members = lambda: ()  # what both saw before they merged
        return work

    return blind


@pytest.mark.parametrize("name", ["one", "two"])
def test_alone_each_is_served(ports: FeedPorts, tmp_path: Path, name: str) -> None:
    import_feed(ports, FeedSource(str(write_line_feed(tmp_path / f"{name}.zip", name))))
    assert _served(ports)[1] == {name}


def test_a_new_database_gets_its_places_once_whoever_begins(ports: FeedPorts) -> None:
    """A server and its worker start together."""
    made = at_once(*(partial(seed_places, ports) for _ in range(3)))
    assert sorted(bool(one) for one in made) == [False, False, True], made
