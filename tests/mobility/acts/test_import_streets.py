"""Streets are imported, replaced and removed in one step each; what is broken off or refused changes nothing."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gtfs_feeds.network import Network
from mobility.acts import content_hash
from mobility.acts.collect_garbage import collect_garbage
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.import_streets import StreetsRefusedError, import_streets, renew_streets
from mobility.acts.link_streets import STREETS_FOLDER
from mobility.acts.ports import FeedPorts
from mobility.acts.remove_streets import NoStreetsError, remove_streets
from mobility.acts.street_records import StreetsVersion
from tests.gtfs_feeds.readback import footpaths
from tests.mobility.acts.test_import_crashes import STEPS, BrokenOff, breaking
from tests.mobility.street_town import write_extract, write_feed

ON_FOOT = {"t_B > t_C", "t_C > t_B"}
THE_STAIRS_BLOCKED = (106,)


def served(ports: FeedPorts) -> tuple[str | None, StreetsVersion | None]:
    with ports.unit_of_work(read_only=True) as work:
        return work.snapshots.find_active(), work.streets.find_active()


def walks(ports: FeedPorts) -> dict[str, int]:
    """Seconds between stops, of the network that is served."""
    snapshot, _ = served(ports)
    assert snapshot is not None
    lines = footpaths(Network.open(ports.folders.snapshot_folder(snapshot)))
    return {pair: int(seconds) for pair, seconds in (line.rsplit(" ", 1) for line in lines)}


@contextmanager
def nothing_happens(ports: FeedPorts) -> Iterator[None]:
    before, walked = served(ports), walks(ports)
    yield
    assert (served(ports), walks(ports)) == (before, walked)


@pytest.fixture(name="town")
def _town(ports: FeedPorts, tmp_path: Path) -> FeedPorts:
    import_feed(ports, FeedSource(str(write_feed(tmp_path / "town.zip")), "t"))
    return ports


@pytest.fixture(name="extract")
def _extract(tmp_path: Path) -> str:
    return str(write_extract(tmp_path / "town.osm.gz"))


def test_walks_between_stops_follow_the_streets(town: FeedPorts, extract: str, tmp_path: Path) -> None:
    assert walks(town) == dict.fromkeys(ON_FOOT, 356), "316 m as the crow flies, times 1.35, at 1.2 m/s"
    outcome = import_streets(town, extract)
    assert (outcome.is_unchanged, outcome.published.is_new) == (False, True)
    by_street = walks(town)
    assert by_street.keys() == ON_FOOT
    assert all(316 / 1.2 < seconds < 400 for seconds in by_street.values()), "down the stairs, no detour"

    import_streets(town, str(write_extract(tmp_path / "blocked.osm.gz", THE_STAIRS_BLOCKED)))
    round_about_m = 500 + 300 + 500 + 16
    assert walks(town) == {}, f"{round_about_m} m are more than a quarter of an hour: nobody changes so"


def test_what_the_feed_says_of_changes_stays(ports: FeedPorts, extract: str, tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "town.zip", transfers="B,C,2,777\n")
    import_feed(ports, FeedSource(str(feed), "t"))
    import_streets(ports, extract)
    walked = walks(ports)
    assert walked["t_B > t_C"] == 777
    assert walked["t_C > t_B"] < 400


def test_feeds_imported_later_are_put_on_the_streets(ports: FeedPorts, extract: str, tmp_path: Path) -> None:
    outcome = import_streets(ports, extract)
    assert outcome.published.snapshot is None, "there is nothing to serve yet"
    import_feed(ports, FeedSource(str(write_feed(tmp_path / "town.zip")), "t"))
    by_street = walks(ports)
    assert by_street.keys() == ON_FOOT
    assert set(by_street.values()) != {356}


def test_the_same_bytes_again_change_nothing(town: FeedPorts, extract: str) -> None:
    import_streets(town, extract)
    with nothing_happens(town):
        again = import_streets(town, extract)
    assert (again.is_unchanged, again.published.is_new) == (True, False)


def test_what_is_known_of_an_extract(town: FeedPorts, extract: str) -> None:
    import_streets(town, extract)
    _, version = served(town)
    assert version is not None
    assert (version.source, version.source_bytes) == (extract, Path(extract).stat().st_size)
    assert version.south == pytest.approx(46.973, abs=1e-3)
    assert version.north == pytest.approx(47.0, abs=1e-3)
    assert (version.west, version.east) == (pytest.approx(5.0, abs=1e-3), pytest.approx(5.013, abs=1e-3))
    with town.unit_of_work(read_only=True) as work:
        last = work.streets.find_last_import()
    assert last is not None
    assert (last.outcome, last.version) == ("imported", version.version)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.osm.gz", gzip.compress(b"<osm><node></osm>"), "broken"),
        ("cut.osm.gz", gzip.compress(b"<osm version='0.6'>" * 100)[:40], "cut"),
        ("broken.osm.pbf", b"\x00\x00\x00\x0d" + bytes(100), "broken"),
        ("empty.osm.gz", gzip.compress(b'<osm version="0.6"></osm>'), "no street"),
        ("town.zip", b"PK", "ends in none of"),
        ("missing.osm.pbf", None, "there is no file"),
    ],
    ids=["broken gz", "cut gz", "broken pbf", "empty", "no extract", "missing"],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(
    town: FeedPorts, extract: str, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    import_streets(town, extract)
    path = tmp_path / "bad" / name
    path.parent.mkdir()
    if content is not None:
        path.write_bytes(content)
    with nothing_happens(town), pytest.raises(StreetsRefusedError, match=words) as refused:
        import_streets(town, str(path))
    assert str(path) in str(refused.value), "named as the person named it"
    assert "making" not in str(refused.value)
    with town.unit_of_work(read_only=True) as work:
        last = work.streets.find_last_import()
    assert last is not None
    assert (last.source, last.outcome, last.message) == (str(path), "failed", str(refused.value))


@pytest.mark.parametrize("step", STEPS)
def test_broken_off_anywhere(town: FeedPorts, extract: str, tmp_path: Path, step: str) -> None:
    def break_off() -> None:
        raise BrokenOff

    import_streets(town, extract)
    new = str(write_extract(tmp_path / "new.osm.gz", left_out=(108,)))
    with nothing_happens(town), pytest.raises(BrokenOff):
        import_streets(breaking(town, step, break_off), new)
    outcome = import_streets(town, new)
    collect_garbage(town)
    snapshot, version = served(town)
    assert version == outcome.version
    assert [name for name, _ in town.folders.list_snapshots()] == [snapshot]
    assert [name for name, _ in town.folders.list_streets()] == [outcome.version.version]
    making = town.folders.snapshot_folder("x").parents[1] / "making"
    assert list(making.iterdir()) == []


def test_a_snapshot_needs_nothing_but_itself(town: FeedPorts, extract: str) -> None:
    """Its graph is there by hard links: the streets' own folder may be collected while it is served."""
    version = import_streets(town, extract).version
    snapshot, _ = served(town)
    assert snapshot is not None
    ours = town.folders.snapshot_folder(snapshot) / STREETS_FOLDER / "node_osm.npy"
    theirs = town.folders.streets_folder(version.version) / "graph" / "node_osm.npy"
    assert ours.samefile(theirs)
    assert town.folders.remove(town.folders.streets_folder(version.version))
    assert len(np.load(ours)) > 0


def test_removed_streets_are_gone(town: FeedPorts, extract: str) -> None:
    before = walks(town)
    import_streets(town, extract)
    remove_streets(town)
    assert served(town)[1] is None
    assert walks(town) == before
    assert collect_garbage(town).streets == 1
    assert town.folders.list_streets() == []
    with pytest.raises(NoStreetsError, match="no streets to remove"):
        remove_streets(town)


def test_a_graph_of_older_code_is_made_anew(
    town: FeedPorts, extract: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crow_fly = walks(town)
    old = import_streets(town, extract).version
    by_street = walks(town)
    assert renew_streets(town) is None
    Path(extract).unlink()
    monkeypatch.setattr(content_hash, "GRAPH_BUILDER", content_hash.GRAPH_BUILDER + 1)
    # Until it is, the streets are not used: their graph may not be understood.
    import_feed(town, FeedSource(str(write_feed(tmp_path / "town.zip", "B,E,3,\n")), "t"))
    assert walks(town) == crow_fly
    renewed = renew_streets(town)
    assert renewed is not None
    assert renewed.version.version != old.version
    assert replace(renewed.version, version="", graph_format="", imported_at=old.imported_at) == replace(
        old, version="", graph_format=""
    )
    assert walks(town) == by_street


def test_others_may_import_a_feed_meanwhile(town: FeedPorts, extract: str, tmp_path: Path) -> None:
    """The streets are published with the feeds there are at that moment, not with those there were at first."""
    other = write_feed(tmp_path / "other.zip")

    def begin(*, read_only: bool = False):  # type: ignore[no-untyped-def]
        if not read_only and not done:
            done.append(True)
            import_feed(town, FeedSource(str(other), "o"))
        return town.unit_of_work(read_only=read_only)

    done: list[bool] = []
    import_streets(replace(town, unit_of_work=begin), extract)
    with town.unit_of_work(read_only=True) as work:
        assert [feed for feed, _ in work.feeds.active_members()] == ["o", "t"]
    assert {"t_B > o_C", "o_B > t_C"} <= walks(town).keys()
