"""The lines as GTFS: published to our own planner when they change, and to everybody with their rides."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from carpool.ride import RideStatus
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.findings import Severity
from gtfs_feeds.reader import read_feed
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.state import LiveFeed, receive
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.open_carpool_data import export_gtfs, export_updates
from mobility.acts.publish_lines import publish_lines
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from routing.timetable import Mode
from tests.mobility.carpool_journeys.carpool_region import LINE, paris, ride, write_feed
from tests.mobility.carpool_journeys.conftest import OPERATOR, remember_line

TODAY = dt.date(2026, 10, 20)
NOON = paris(TODAY, "12:00")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Services]:
    """A database of the test's own, with the line, at noon of a Tuesday before the clocks go back."""
    settings = Settings(data_dir=tmp_path / "data", log_level="error", warm_up_days=0, worker="separate")
    with build_services(settings, now=lambda: NOON) as services:
        remember_line(services)
        yield services


def remember(services: Services, *rides: object) -> None:
    with services.unit_of_work() as work:
        for one in rides:
            work.rides.put_ride(one)  # type: ignore[arg-type]
        work.commit()


def active(services: Services) -> dict[str, str]:
    with services.unit_of_work(read_only=True) as work:
        return dict(work.feeds.active_members())


# ── for our own planner ────────────────────────────────────────────────────────────────────────────────


def test_lines_are_published_when_they_change(own: Services, tmp_path: Path) -> None:
    assert publish_lines(own.feeds, OPERATOR)
    first = active(own)
    assert set(first) == {"carpool"}
    assert not publish_lines(own.feeds, OPERATOR), "nothing changed"
    remember(own, ride("one", paris(TODAY, "15:00")))
    assert not publish_lines(own.feeds, OPERATOR), "rides are no lines"
    with own.unit_of_work() as work:
        work.rides.put_line(replace(LINE, name="Belin – Fontaine express"))
        work.commit()
    assert publish_lines(own.feeds, OPERATOR)
    assert active(own) != first
    import_feed(own.feeds, FeedSource(str(write_feed(tmp_path / "r.zip")), feed_id="r"))
    assert publish_lines(own.feeds, OPERATOR), "beside timetables that are made up it says it is, too"
    with own.unit_of_work(read_only=True) as work:
        feed = work.feeds.find_feed("carpool")
    assert feed is not None
    assert feed.active is not None
    assert feed.active.publisher_version.endswith("-synthetic")
    assert feed.active.error_count == 0


def test_without_lines_there_is_no_feed(own: Services) -> None:
    publish_lines(own.feeds, OPERATOR)
    with own.unit_of_work() as work:
        work.rides.remove_line(LINE.id)
        work.commit()
    assert publish_lines(own.feeds, OPERATOR)
    assert active(own) == {}
    assert not publish_lines(own.feeds, OPERATOR)


# ── for everybody ──────────────────────────────────────────────────────────────────────────────────────


def rows(archive: bytes, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return list(csv.DictReader(io.TextIOWrapper(opened.open(name), "utf-8", newline="")))


OLD = ride("old", paris(TODAY, "17:00"))
NIGHT = ride("night", paris(dt.date(2026, 10, 24), "23:50"), "fontaine dampierre belin")
LATE = ride("late", paris(dt.date(2026, 10, 25), "02:30"))
NEW = replace(ride("new", paris(TODAY, "18:00")), published_at=NOON)
GONE = replace(ride("gone", paris(TODAY, "19:00")), status=RideStatus.CANCELLED)
BOTH = replace(NEW, id="both", status=RideStatus.CANCELLED)
ALL = (OLD, NIGHT, LATE, NEW, GONE, BOTH)


def test_rides_are_trips_arranged_with_the_driver(own: Services) -> None:
    remember(own, *ALL)
    archive = export_gtfs(own.acts, OPERATOR)
    assert archive == export_gtfs(own.acts, OPERATOR), "the same state, the same bytes"
    assert [route["route_type"] for route in rows(archive, "routes.txt")] == ["1551"]
    trips = [trip["trip_id"] for trip in rows(archive, "trips.txt")]
    assert trips == ["belin-fontaine-there", "belin-fontaine-back", "old", "night", "late"]
    calls = [call for call in rows(archive, "stop_times.txt") if call["trip_id"] == "night"]
    assert [(call["stop_id"], call["departure_time"]) for call in calls] == [
        ("fontaine", "23:50:00"),
        ("dampierre", "24:10:00"),
        ("belin", "24:50:00"),
    ]
    assert [(call["pickup_type"], call["drop_off_type"]) for call in calls] == [
        ("3", "1"),
        ("3", "3"),
        ("1", "3"),
    ]
    (rule,) = rows(archive, "booking_rules.txt")
    assert (rule["booking_type"], rule["prior_notice_duration_min"]) == ("1", "15")
    assert calls[0]["pickup_booking_rule_id"] == rule["booking_rule_id"]
    for secret in ("driver-1", "Clio"):
        assert secret.encode() not in b"".join(
            zipfile.ZipFile(io.BytesIO(archive)).read(name)
            for name in zipfile.ZipFile(io.BytesIO(archive)).namelist()
        )


def test_the_canonical_validator_finds_no_error(own: Services, tmp_path: Path) -> None:
    remember(own, *ALL)
    archive = tmp_path / "gtfs.zip"
    for number, rides in enumerate((True, False)):
        if rides:
            archive.write_bytes(export_gtfs(own.acts, OPERATOR))
        else:
            with own.unit_of_work() as work:
                for one in ALL:
                    work.rides.put_ride(replace(one, status=RideStatus.CANCELLED))
                work.commit()
            archive.write_bytes(export_gtfs(own.acts, OPERATOR))
        folder = tmp_path / str(number)
        command = [sys.executable, "-m", "gtfs_validator.cli", "-i", str(archive), "-o", str(folder)]
        subprocess.run([*command, "-d", f"{TODAY}"], check=True, stdout=subprocess.DEVNULL)
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        assert json.loads((folder / "system_errors.json").read_text(encoding="utf-8"))["notices"] == []
        assert [one for one in report["notices"] if one["severity"] == "ERROR"] == []
        assert report["summary"]["counts"]["Trips"] == (5 if rides else 2)


def test_our_own_reader_takes_both(own: Services, tmp_path: Path) -> None:
    """Another planner of ours, on the timetable and the messages: it has the rides there are now."""
    remember(own, *ALL)
    archive = tmp_path / "gtfs.zip"
    archive.write_bytes(export_gtfs(own.acts, OPERATOR))
    tables, findings = read_feed(archive, "c", today=TODAY)
    assert not [finding for finding in findings if finding.severity is Severity.ERROR]
    network, _ = compile_feed(tables)
    assert set(network.timetable.trip_mode.tolist()) == {Mode.RIDE_SHARING}
    index = FeedIndex(network, "c")
    live = receive(LiveFeed.empty("c"), index, export_updates(own.acts), int(NOON.timestamp()))
    assert [extra.trip_id for extra in live.extra_trips.values()] == ["new"]
    (added,) = live.extra_trips.values()
    assert added.extra.departure_s.tolist() == [int(call.at.timestamp()) for call in NEW.calls]
    assert added.extra.mode == Mode.RIDE_SHARING
    assert live.trips == {}, "what was cancelled before is in no timetable fetched now"


def test_who_fetched_the_timetable_before_learns_of_a_cancellation(own: Services, tmp_path: Path) -> None:
    remember(own, *ALL)
    archive = tmp_path / "gtfs.zip"
    archive.write_bytes(export_gtfs(own.acts, OPERATOR))
    remember(own, replace(OLD, status=RideStatus.CANCELLED))
    tables, _ = read_feed(archive, "c", today=TODAY)
    index = FeedIndex(compile_feed(tables)[0], "c")
    live = receive(LiveFeed.empty("c"), index, export_updates(own.acts), int(NOON.timestamp()))
    (trip,) = live.trips.values()
    assert trip.change.cancelled
    message = gtfs_rt.FeedMessage.FromString(export_updates(own.acts))
    assert sorted(entity.id for entity in message.entity) == ["gone", "new", "old"]
