"""What is remembered of feeds, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gtfs_feeds.findings import Finding, Severity
from mobility.acts.records import FeedImport, FeedVersion
from mobility.storage.feeds import FeedVersionRow, FindingRow
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.conftest import NOW

Begin = Callable[..., SqlUnitOfWork]
WARNING = Finding(Severity.WARNING, "expired_calendar", "calendar.txt", "Ended.", "kept", count=3)
ERROR = Finding(
    Severity.ERROR, "foreign_key_violation", "trips.txt", "No route.", "row dropped", 7, "route_id", "X"
)


def version(name: str, feed_id: str = "ter") -> FeedVersion:
    return FeedVersion(
        feed_id=feed_id,
        version=name,
        serial=0,
        source="ter.zip",
        source_bytes=5_000_000_000,
        publisher_version="2026-é",
        network_format="f",
        imported_at=NOW,
        first_day=dt.date(2026, 1, 1),
        last_day=None,
        stop_count=1,
        route_count=2,
        trip_count=3,
        error_count=1,
        warning_count=1,
        info_count=0,
    )


@pytest.fixture
def three_versions(begin: Begin) -> Begin:
    """A feed with versions a, b, c, of which c is active."""
    for name in "abc":
        with begin() as work:
            work.feeds.add_version(version(name), [WARNING, ERROR])
            work.feeds.activate_version("ter", name)
            work.commit()
    return begin


def _names(begin: Begin) -> list[tuple[str, int, bool]]:
    with begin(read_only=True) as work:
        feed = work.feeds.find_feed("ter")
    assert feed is not None
    return [(one.version, one.serial, one.is_active) for one in feed.versions]


def test_versions_come_back_as_they_went_in_the_newest_first(three_versions: Begin) -> None:
    with three_versions(read_only=True) as work:
        (feed,) = work.feeds.list_feeds()
    assert feed.versions[0] == replace(version("c"), serial=3, is_active=True)
    assert _names(three_versions) == [("c", 3, True), ("b", 2, False), ("a", 1, False)]
    assert feed.active == feed.versions[0]


def test_findings_come_back_the_worst_first(three_versions: Begin) -> None:
    with three_versions(read_only=True) as work:
        assert work.feeds.list_findings("ter", "a") == [ERROR, WARNING]
        assert work.feeds.list_findings("ter", "z") == []


def test_one_version_is_active(three_versions: Begin) -> None:
    with three_versions() as work:
        work.feeds.activate_version("ter", "a")
        work.commit()
    assert _names(three_versions) == [("c", 3, False), ("b", 2, False), ("a", 1, True)]


def test_the_database_itself_refuses_a_second_active_version(three_versions: Begin, engine: Engine) -> None:
    with Session(engine) as session, pytest.raises(IntegrityError):
        session.execute(update(FeedVersionRow).where(FeedVersionRow.version == "a").values(is_active=True))


def test_a_version_imported_again_is_the_newest(three_versions: Begin) -> None:
    with three_versions() as work:
        work.feeds.renew_version("ter", "a")
        work.feeds.renew_version("ter", "a")
        work.commit()
    assert [name for name, _, _ in _names(three_versions)] == ["a", "c", "b"]


def test_the_active_version_cannot_be_forgotten(three_versions: Begin, engine: Engine) -> None:
    with three_versions() as work:
        work.feeds.remove_version("ter", "c")
        work.feeds.remove_version("ter", "a")
        work.commit()
    assert [name for name, _, _ in _names(three_versions)] == ["c", "b"]
    with Session(engine) as session:
        assert len(session.scalars(select(FindingRow)).all()) == 4, "findings go with their version"


def test_a_removed_feed_leaves_nothing(three_versions: Begin, engine: Engine) -> None:
    with three_versions() as work:
        work.feeds.add_import(FeedImport("ter", "x.zip", NOW, NOW, "imported", "c"))
        work.feeds.remove_feed("ter")
        work.commit()
    with three_versions(read_only=True) as work:
        assert work.feeds.list_feeds() == []
        assert work.feeds.find_feed("ter") is None
        assert work.feeds.active_members() == ()
    with Session(engine) as session:
        assert session.scalars(select(FindingRow)).all() == []


def test_unknown_versions_are_said(three_versions: Begin) -> None:
    with three_versions() as work, pytest.raises(LookupError, match="'ter' has no version 'z'"):
        work.feeds.activate_version("ter", "z")


def test_the_same_version_is_added_once(three_versions: Begin) -> None:
    with three_versions() as work, pytest.raises(IntegrityError):
        work.feeds.add_version(version("a"), [])


def test_active_members_are_sorted(three_versions: Begin) -> None:
    with three_versions() as work:
        work.feeds.add_version(version("z", "besac"), [])
        work.feeds.activate_version("besac", "z")
        work.feeds.add_version(version("y", "idle"), [])
        work.commit()
    with three_versions(read_only=True) as work:
        assert work.feeds.active_members() == (("besac", "z"), ("ter", "c"))


def test_corrections_stay_with_their_feed(three_versions: Begin) -> None:
    with three_versions() as work:
        assert work.feeds.find_corrections("ter") == ""
        work.feeds.keep_corrections("ter", "timezone = 'Europe/Paris'")
        work.commit()
    with three_versions(read_only=True) as work:
        assert work.feeds.find_corrections("ter") == "timezone = 'Europe/Paris'"
        assert work.feeds.find_corrections("unknown") == ""


def test_the_last_import_is_shown(three_versions: Begin) -> None:
    paris = dt.timezone(dt.timedelta(hours=1))
    failed = FeedImport(
        "ter", "x.zip", NOW, NOW.astimezone(paris), "failed", None, "unreadable_archive", "No zip."
    )
    with three_versions() as work:
        work.feeds.add_import(FeedImport("ter", "x.zip", NOW, NOW, "imported", "c"))
        work.feeds.add_import(failed)
        work.commit()
    with three_versions(read_only=True) as work:
        feed = work.feeds.find_feed("ter")
    assert feed is not None
    assert feed.last_import == failed
    assert feed.last_import.ended_at.utcoffset() == dt.timedelta(0)


def test_instants_without_a_zone_are_refused(begin: Begin) -> None:
    naive = NOW.replace(tzinfo=None)
    with begin() as work, pytest.raises(Exception, match="an instant must be aware"):
        work.feeds.add_import(FeedImport("ter", "x.zip", naive, naive, "imported"))


def test_the_last_activated_snapshot_is_the_active_one(begin: Begin) -> None:
    members = (("a", "1"), ("b", "2"))
    for snapshot in ("s1", "s2", "s1"):
        with begin() as work:
            work.snapshots.activate(snapshot, members, NOW)
            work.commit()
        with begin(read_only=True) as work:
            assert work.snapshots.find_active() == snapshot
    with begin() as work:
        work.snapshots.activate(None, (), NOW)
        work.commit()
    with begin(read_only=True) as work:
        assert work.snapshots.find_active() is None


def test_a_feed_imported_in_vain_is_listed(begin: Begin) -> None:
    failed = FeedImport("ter", "x.zip", NOW, NOW, "failed", None, "unreadable_archive", "No zip.")
    with begin() as work:
        work.feeds.add_import(failed)
        work.commit()
    with begin() as work:
        (feed,) = work.feeds.list_feeds()
        assert (feed.versions, feed.active, feed.last_import) == ((), None, failed)
        assert work.feeds.find_feed("ter") == feed
        work.feeds.remove_feed("ter")
        assert work.feeds.list_feeds() == []
