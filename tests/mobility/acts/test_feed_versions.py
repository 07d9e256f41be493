"""Importing, importing again, going back, removing, and what is thrown away."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gtfs_feeds.catalogue import find_stop
from gtfs_feeds.findings import FeedRefusedError
from gtfs_feeds.network import Network
from mobility.acts.activate_version import activate_version, rollback_feed
from mobility.acts.collect_garbage import collect_garbage
from mobility.acts.find_feed import UnknownFeedError, get_feed, get_version
from mobility.acts.import_feed import (
    FeedSource,
    ImportFailure,
    ImportOutcome,
    feed_id_of,
    import_feed,
    import_feeds,
)
from mobility.acts.ports import FeedPorts
from mobility.acts.remove_feed import remove_feed
from mobility.bootstrap import Services
from mobility.storage.outbox import OutboxRow
from tests.mobility.acts.line_feed import write_line_feed


def _import(ports: FeedPorts, folder: Path, minute: int, name: str = "line") -> ImportOutcome:
    return import_feed(ports, FeedSource(str(write_line_feed(folder / f"{name}.zip", name, minute))))


def _active(ports: FeedPorts) -> str | None:
    with ports.unit_of_work(read_only=True) as work:
        return work.snapshots.find_active()


def _departure_s(ports: FeedPorts) -> int:
    """When the one trip of the one line that is served leaves."""
    snapshot = _active(ports)
    assert snapshot is not None
    network = Network.open(ports.folders.snapshot_folder(snapshot))
    return int(network.timetable.event_departure_s[0])


def test_an_imported_feed_is_served_with_its_event(
    ports: FeedPorts, services: Services, tmp_path: Path
) -> None:
    outcome = _import(ports, tmp_path, minute=5)
    assert (outcome.version.stop_count, outcome.version.route_count, outcome.version.trip_count) == (2, 1, 1)
    assert not outcome.is_unchanged
    assert outcome.published.is_new
    assert _active(ports) == outcome.published.snapshot
    assert _departure_s(ports) == 8 * 3600 + 300
    with Session(services.engine) as session:
        (event,) = session.scalars(select(OutboxRow))
    assert event.kind == "SnapshotPublished"
    feeds = {"line": outcome.version.version}
    assert event.payload == {"snapshot": _active(ports), "feeds": feeds, "streets": None}


def test_the_same_bytes_again_change_nothing_and_say_so(
    ports: FeedPorts, services: Services, tmp_path: Path
) -> None:
    first = _import(ports, tmp_path, minute=5)
    again = _import(ports, tmp_path, minute=5)
    assert again.is_unchanged
    assert again.findings == first.findings
    assert again.published == type(first.published)(first.published.snapshot, is_new=False)
    with Session(services.engine) as session:
        assert len(session.scalars(select(OutboxRow)).all()) == 1
    last = get_feed(ports, "line").last_import
    assert last is not None
    assert last.outcome == "unchanged"


def test_a_version_is_its_bytes_and_its_corrections(ports: FeedPorts, tmp_path: Path) -> None:
    archive = str(write_line_feed(tmp_path / "line.zip", "line"))
    plain = import_feed(ports, FeedSource(archive)).version.version
    moved = import_feed(ports, FeedSource(archive, corrections="timezone = 'Europe/London'"))
    assert moved.version.version != plain
    assert Network.open(ports.folders.snapshot_folder(_active(ports) or "")).info.zones == ("Europe/London",)
    kept = import_feed(ports, FeedSource(archive))
    assert kept.version.version == moved.version.version, "corrections are kept for later imports"
    assert import_feed(ports, FeedSource(archive, corrections="")).version.version == plain


def test_corrections_that_are_no_toml_are_refused(ports: FeedPorts, tmp_path: Path) -> None:
    archive = str(write_line_feed(tmp_path / "line.zip", "line"))
    with pytest.raises(FeedRefusedError, match="not TOML"):
        import_feed(ports, FeedSource(archive, corrections="timezone = "))


def test_going_back_and_forth(ports: FeedPorts, tmp_path: Path) -> None:
    versions = [_import(ports, tmp_path, minute).version.version for minute in (1, 2, 3)]
    rollback_feed(ports, "line")
    assert _departure_s(ports) == 8 * 3600 + 120
    rollback_feed(ports, "line")
    assert _departure_s(ports) == 8 * 3600 + 60
    with pytest.raises(UnknownFeedError, match="no version before"):
        rollback_feed(ports, "line")
    version, published = activate_version(ports, "line", versions[2][:8])
    assert (version.version, published.is_new) == (versions[2], True)
    assert _departure_s(ports) == 8 * 3600 + 180


def test_an_old_version_imported_again_is_the_newest(ports: FeedPorts, tmp_path: Path) -> None:
    for minute in (1, 2, 1):
        _import(ports, tmp_path, minute)
    assert _departure_s(ports) == 8 * 3600 + 60
    rollback_feed(ports, "line")
    assert _departure_s(ports) == 8 * 3600 + 120


def test_feeds_are_served_together_and_removed_alone(ports: FeedPorts, tmp_path: Path) -> None:
    _import(ports, tmp_path, 1, "one")
    _import(ports, tmp_path, 1, "two")
    catalogue = Network.open(ports.folders.snapshot_folder(_active(ports) or "")).catalogue
    assert find_stop(catalogue, "one_one-a") is not None
    assert find_stop(catalogue, "two_two-a") is not None
    remove_feed(ports, "one")
    catalogue = Network.open(ports.folders.snapshot_folder(_active(ports) or "")).catalogue
    assert find_stop(catalogue, "one_one-a") is None
    assert find_stop(catalogue, "two_two-a") is not None
    assert remove_feed(ports, "two").snapshot is None
    assert _active(ports) is None


def test_several_at_once_make_one_snapshot(ports: FeedPorts, services: Services, tmp_path: Path) -> None:
    good = [str(write_line_feed(tmp_path / f"{name}.zip", name)) for name in ("one", "two")]
    (tmp_path / "bad.zip").write_bytes(b"no zip at all")
    one, bad, two = import_feeds(
        ports, [FeedSource(good[0]), FeedSource(str(tmp_path / "bad.zip")), FeedSource(good[1])]
    )
    assert isinstance(one, ImportOutcome)
    assert isinstance(two, ImportOutcome)
    assert isinstance(bad, ImportFailure)
    assert isinstance(bad.error, FeedRefusedError)
    with ports.unit_of_work(read_only=True) as work:
        assert [feed_id for feed_id, _ in work.feeds.active_members()] == ["one", "two"]
    with Session(services.engine) as session:
        assert len(session.scalars(select(OutboxRow)).all()) == 1


def test_two_with_the_same_id_are_refused_before_anything(ports: FeedPorts, tmp_path: Path) -> None:
    archive = str(write_line_feed(tmp_path / "one.zip", "one"))
    with pytest.raises(FeedRefusedError, match="two of the feeds would have the id 'one'"):
        import_feeds(ports, [FeedSource(archive), FeedSource(archive)])
    assert _active(ports) is None


def test_a_failed_import_leaves_what_was_served_and_is_remembered(ports: FeedPorts, tmp_path: Path) -> None:
    served = _import(ports, tmp_path, 1).published.snapshot
    (tmp_path / "line.zip").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(FeedRefusedError):
        import_feed(ports, FeedSource(str(tmp_path / "line.zip")))
    assert _active(ports) == served
    feed = get_feed(ports, "line")
    assert len(feed.versions) == 1
    assert feed.last_import is not None
    assert (feed.last_import.outcome, feed.last_import.rule) == ("failed", "unreadable_archive")


def test_a_feed_with_nothing_current_is_served_and_says_so(ports: FeedPorts, tmp_path: Path) -> None:
    archive = write_line_feed(tmp_path / "old.zip", "old", days="20200101,20200131")
    outcome = import_feed(ports, FeedSource(str(archive)))
    assert "expired_calendar" in {finding.rule for finding in outcome.findings}
    assert str(outcome.version.last_day) == "2020-01-31"


@pytest.mark.parametrize(
    ("source", "feed_id"),
    [
        ("/data/TER France_2025.zip", "ter-france-2025"),
        ("https://example.org/feeds/gtfs.zip?token=1", "gtfs"),
        ("folder/", "folder"),
        ("été.GTFS", "t"),
    ],
)
def test_the_id_a_source_suggests(source: str, feed_id: str) -> None:
    assert feed_id_of(source) == feed_id


@pytest.mark.parametrize("feed_id", ["", "Ter", "a_b", "a/../b", "-a", "x" * 41, "é"])
def test_ids_that_cannot_be(ports: FeedPorts, tmp_path: Path, feed_id: str) -> None:
    archive = str(write_line_feed(tmp_path / "line.zip", "line"))
    with pytest.raises(FeedRefusedError, match="cannot be the id"):
        import_feed(ports, FeedSource(archive, feed_id))


def test_unknown_feeds_and_versions_are_said_with_what_there_is(ports: FeedPorts, tmp_path: Path) -> None:
    with pytest.raises(UnknownFeedError, match="no feed 'ter'; there is: none yet"):
        get_feed(ports, "ter")
    _import(ports, tmp_path, 1)
    with pytest.raises(UnknownFeedError, match="there is: line"):
        remove_feed(ports, "ter")
    with pytest.raises(UnknownFeedError, match="no version that begins with 'zz'"):
        get_version(get_feed(ports, "line"), "zz")


def test_garbage_is_what_nothing_needs(ports: FeedPorts, tmp_path: Path) -> None:
    for minute in range(1, 6):
        _import(ports, tmp_path, minute)
    assert len(ports.folders.list_versions()) == 5
    collected = collect_garbage(ports)
    assert (collected.versions, collected.snapshots) == (2, 4)
    feed = get_feed(ports, "line")
    assert len(feed.versions) == 3
    assert feed.versions[0].is_active
    rollback_feed(ports, "line")
    assert _departure_s(ports) == 8 * 3600 + 240
    assert collect_garbage(ports).snapshots == 1


def test_a_snapshot_in_use_is_no_garbage(ports: FeedPorts, tmp_path: Path) -> None:
    first = _import(ports, tmp_path, 1).published.snapshot or ""
    folder = ports.folders.snapshot_folder(first)
    with ports.folders.hold(folder):
        _import(ports, tmp_path, 2)
        assert collect_garbage(ports).snapshots == 0
        Network.open(folder)
    assert collect_garbage(ports).snapshots == 1
    with pytest.raises(FileNotFoundError), ports.folders.hold(folder):
        pass


def test_the_active_version_is_kept_even_when_it_is_old(ports: FeedPorts, tmp_path: Path) -> None:
    oldest = _import(ports, tmp_path, 1).version.version
    for minute in (2, 3):
        _import(ports, tmp_path, minute)
    activate_version(ports, "line", oldest)
    for minute in (4, 5):
        _import(ports, tmp_path, minute, "other")
    collect_garbage(ports)
    assert get_feed(ports, "line").active is not None
    assert (ports.folders.version_folder("line", oldest)).is_dir()


def test_a_version_whose_files_are_gone_is_said(ports: FeedPorts, tmp_path: Path) -> None:
    version = _import(ports, tmp_path, 1).version
    _import(ports, tmp_path, 2)
    assert ports.folders.remove(ports.folders.version_folder("line", version.version))
    with pytest.raises(UnknownFeedError, match="are gone; import it again"):
        rollback_feed(ports, "line")
    assert not _import(ports, tmp_path, 1).is_unchanged, "an import brings them back"
    assert _departure_s(ports) == 8 * 3600 + 60


def test_a_folder_of_files_is_a_feed_too(ports: FeedPorts, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(write_line_feed(tmp_path / "line.zip", "line")) as archive:
        archive.extractall(tmp_path / "folder")
    first = import_feed(ports, FeedSource(str(tmp_path / "folder")))
    assert first.version.trip_count == 1
    assert import_feed(ports, FeedSource(str(tmp_path / "folder"))).is_unchanged
