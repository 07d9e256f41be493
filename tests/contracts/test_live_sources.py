"""Sources of real time and how they are, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gtfs_feeds.findings import Finding, Severity
from mobility.acts.records import LiveSource, LiveStatus
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.conftest import NOW

Begin = Callable[..., SqlUnitOfWork]

SOURCE = LiveSource("updates", "ter", "https://example.org/tu?key=é", 0.25, NOW)
STATUS = LiveStatus(
    source="updates",
    polled_at=NOW,
    state="live",
    arrived_at=NOW,
    stamped_at=None,
    error="",
    trips_matched=2000,
    findings=(Finding(Severity.ERROR, "unknown_trip", "TripUpdate", "No such trip.", "ignored", count=3),),
)


def test_sources_and_statuses_come_back_as_they_went_in(begin: Begin) -> None:
    with begin() as work:
        work.live.put_source(SOURCE)
        work.live.put_source(replace(SOURCE, name="alerts"))
        work.live.put_status(STATUS)
        work.commit()
    with begin() as work:
        work.live.put_status(replace(STATUS, state="stale", findings=(), error="gone"))
        work.commit()
    with begin(read_only=True) as work:
        assert [source.name for source in work.live.list_sources()] == ["alerts", "updates"]
        assert work.live.find_source("updates") == SOURCE
        assert work.live.list_statuses() == [replace(STATUS, state="stale", findings=(), error="gone")]
    with begin() as work:
        work.live.put_status(STATUS)
        assert work.live.list_statuses() == [STATUS]


def test_a_source_that_is_put_again_begins_anew(begin: Begin) -> None:
    with begin() as work:
        work.live.put_source(SOURCE)
        work.live.put_status(STATUS)
        work.live.put_source(replace(SOURCE, interval_s=5.0))
        work.commit()
    with begin(read_only=True) as work:
        assert work.live.list_statuses() == []
        assert work.live.list_sources() == [replace(SOURCE, interval_s=5.0)]


def test_the_status_of_a_source_that_is_gone_is_not_kept(begin: Begin) -> None:
    with begin() as work:
        work.live.put_source(SOURCE)
        work.live.put_status(STATUS)
        work.commit()
    with begin() as work:
        work.live.remove_source("updates")
        work.live.put_status(STATUS)
        work.commit()
    with begin(read_only=True) as work:
        assert (work.live.list_sources(), work.live.list_statuses()) == ([], [])
        assert work.live.find_source("updates") is None
