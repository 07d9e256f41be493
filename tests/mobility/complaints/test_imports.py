"""Complaints about what comes in, and about names and prices: imported for real, and asked."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from gtfs_feeds.findings import FeedRefusedError
from mobility.acts.import_feed import FeedSource, ImportOutcome, import_feed
from mobility.bootstrap import build_services
from mobility.settings import Settings
from tests.mobility.http.asking import AVALLON, CLUNY, HAMLET, MONDAY, ask, get
from tests.mobility.region_feed import FEED

Import = Callable[[dict[str, str]], ImportOutcome]


@pytest.fixture
def import_changed(tmp_path: Path) -> Iterator[Import]:
    """Imports the test region with some of its files changed."""
    with build_services(Settings(data_dir=tmp_path / "data", log_level="error")) as services:

        def imported(changed: dict[str, str]) -> ImportOutcome:
            archive = tmp_path / "valley.zip"
            with zipfile.ZipFile(archive, "w") as written:
                for name, content in (FEED | changed).items():
                    written.writestr(name, content)
            return import_feed(services.feeds, FeedSource(str(archive), feed_id="valley"))

        yield imported


def test_one_bad_entity_aborts_the_import(import_changed: Import) -> None:
    """A stop at the pole of another planet, a trip of no route, a call at no stop, a date that is none."""
    sound = import_changed({})
    outcome = import_changed(
        {
            "stops.txt": FEED["stops.txt"] + "BAD,Nulle part,91.5,500,0,,,,\n",
            "trips.txt": FEED["trips.txt"] + "NOROUTE,DAILY,BAD-1,,,,,,\n",
            "stop_times.txt": FEED["stop_times.txt"] + "R-08,09:00:00,09:00:00,NOSTOP,9,0,0\n",
            "calendar.txt": FEED["calendar.txt"] + "BAD,1,1,1,1,1,1,1,20261301,20261231\n",
        }
    )
    assert outcome.version.trip_count == sound.version.trip_count
    assert {finding.file for finding in outcome.findings} >= {"stops.txt", "trips.txt", "stop_times.txt"}


def test_one_odd_flex_trip_kills_the_whole_build(import_changed: Import) -> None:
    """A trip with a zone and windows among those with stops and times."""
    header, *rows = FEED["stop_times.txt"].splitlines()
    columns = ",location_id,start_pickup_drop_off_window,end_pickup_drop_off_window"
    flex = [
        "FLEX,,,,0,2,2,zone_1,08:00:00,18:00:00",
        "FLEX,,,,1,2,2,zone_2,08:00:00,07:00:00",
    ]
    outcome = import_changed(
        {
            "trips.txt": FEED["trips.txt"] + "D,WEEK,FLEX,,,,,,\n",
            "stop_times.txt": "\n".join([header + columns, *(row + ",,," for row in rows), *flex]) + "\n",
        }
    )
    assert outcome.version.trip_count == len(FEED["trips.txt"].splitlines()) - 1


def test_a_feed_with_nothing_current_aborts(import_changed: Import) -> None:
    outcome = import_changed({"calendar.txt": FEED["calendar.txt"].replace("2026", "2020")})
    assert "expired_calendar" in {finding.rule for finding in outcome.findings}
    assert outcome.version.trip_count > 0


def test_import_error_does_not_name_the_feed(import_changed: Import) -> None:
    """What refuses a feed names it, and the file; findings name file, line and field."""
    with pytest.raises(FeedRefusedError) as refusal:
        import_changed({"stop_times.txt": "trip_id,arrival_time\n"})
    assert "valley" in str(refusal.value)
    assert "stop_times.txt" in str(refusal.value)
    outcome = import_changed({"stops.txt": FEED["stops.txt"] + "BAD,Nulle part,91.5,500,0,,,,\n"})
    finding = next(finding for finding in outcome.findings if finding.file == "stops.txt")
    assert finding.line == len(FEED["stops.txt"].splitlines()) + 1
    assert finding.field in ("stop_lat", "stop_lon")


def test_one_agency_without_fares_hides_the_total_or_a_part_is_shown_as_the_fare(client: TestClient) -> None:
    """No tariff is known: the price of the whole is unknown in words, never left out and never a part of it."""
    answer = ask(client, AVALLON, HAMLET, "2026-06-17T05:00:00Z", withFares="true")
    assert answer["itineraries"]
    for itinerary in answer["itineraries"]:
        assert itinerary["price"] == "unknown"
        assert not any("price" in leg or "fare" in leg for leg in itinerary["legs"])


def test_a_town_resolves_to_a_field(client: TestClient) -> None:
    """What is found by a town's name can be travelled from: its station, not the middle of its fields."""
    (first, *_) = get(client, "/api/v1/geocode", text="Cluny")
    assert first["type"] == "STOP"
    assert ask(client, AVALLON, first["id"], f"{MONDAY}T06:00:00Z", numItineraries=1)["itineraries"]


def test_autocomplete_loses_a_letters_match(client: TestClient) -> None:
    """Once found, every further letter keeps it."""
    for name, stop in (("avallon", AVALLON), ("cluny", CLUNY), ("le hameau", HAMLET)):
        found: list[bool] = []
        for length in range(1, len(name) + 1):
            matches: list[dict[str, Any]] = get(client, "/api/v1/geocode", text=name[:length])
            found.append(stop in [match["id"] for match in matches])
        assert found == sorted(found)
        assert all(found[1:])
