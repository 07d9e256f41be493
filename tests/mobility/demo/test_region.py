"""The synthetic region: as large as the real one, on its places, plausible, the same every time, and valid."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gtfs_feeds.findings import Severity
from gtfs_feeds.reader import read_feed
from mobility.demo import default_first_day, generate
from mobility.demo.places import Point, distance_m, list_region_towns

if TYPE_CHECKING:
    from tests.mobility.demo.conftest import Region

CARPOOL_PLACES = (
    "Sens", "Auxerre", "Ancy-le-Franc", "Dijon", "Saulieu", "Châtillon-sur-Seine", "Époisses", "Venarey-les-Laumes",
    "Besançon", "Fuans", "Baume-les-Dames", "Avoudrey",
)  # fmt: skip
RAIL_TYPES = {"101", "102", "106"}


def _point(region: Region, stop_id: str) -> Point:
    return Point(float(region.stops[stop_id]["stop_lat"]), float(region.stops[stop_id]["stop_lon"]))


def test_it_has_the_size_of_the_real_region(region: Region) -> None:
    summary = region.summary
    assert summary.sample_day == dt.date(2026, 11, 17)
    assert summary.stops >= 8_000
    assert summary.sample_trips >= 15_000
    assert summary.sample_frequency_departures >= 500
    assert (summary.last_day - summary.first_day).days >= 183


def test_the_summary_counts_what_is_in_the_file(region: Region) -> None:
    summary = region.summary
    stations = sum(row["location_type"] == "1" for row in region.stops.values())
    assert (summary.stations, summary.stops) == (stations, len(region.stops) - stations)
    assert summary.trips == len(region.trips)
    assert summary.stop_times == sum(map(len, region.calls.values()))
    assert summary.routes == len(region.routes)
    assert summary.agencies == len(region.rows("agency"))
    tuesday = {
        row["service_id"]
        for row in region.rows("calendar")
        if row["tuesday"] == "1" and row["start_date"] <= "20261117" <= row["end_date"]
    }
    for row in region.rows("calendar_dates"):
        if row["date"] == "20261117":
            (tuesday.add if row["exception_type"] == "1" else tuesday.discard)(row["service_id"])
    active = {trip_id for trip_id, row in region.trips.items() if row["service_id"] in tuesday}
    assert summary.sample_trips == len(active)
    further = dict.fromkeys(active, -1)
    for row in region.rows("frequencies"):
        if row["trip_id"] in active:
            start_s, end_s = (sum(int(n) * s for n, s in zip(row[c].split(":"), (3600, 60, 1), strict=True))
                              for c in ("start_time", "end_time"))  # fmt: skip
            further[row["trip_id"]] += len(range(start_s, end_s, int(row["headway_secs"])))
    assert summary.sample_frequency_departures == sum(n for n in further.values() if n > 0)


def test_it_says_that_it_is_synthetic(region: Region) -> None:
    (info,) = region.rows("feed_info")
    assert "synthetic" in info["feed_publisher_name"]
    assert "synthetic" in info["feed_version"]
    assert all("(démo)" in row["agency_name"] for row in region.rows("agency"))


@pytest.mark.parametrize("name", CARPOOL_PLACES)
def test_the_places_of_the_carpool_lines_are_served(region: Region, name: str) -> None:
    point = max(
        (town for town in list_region_towns() if town.name == name), key=lambda town: town.population
    ).point
    near = [stop_id for stop_id in region.served if distance_m(point, _point(region, stop_id)) < 1000]
    assert any(name in region.stops[stop_id]["stop_name"] for stop_id in near)


def test_every_town_of_two_thousand_is_served(region: Region) -> None:
    stops = [_point(region, stop_id) for stop_id in region.served]
    towns = [town for town in list_region_towns() if town.population >= 2000]
    assert len(towns) > 150
    assert [t.name for t in towns if min(distance_m(t.point, stop) for stop in stops) > 500] == []


def test_every_station_is_served(region: Region) -> None:
    stations = {stop_id for stop_id, row in region.stops.items() if row["location_type"] == "1"}
    assert stations - region.served == set()


def test_vehicles_move_at_speeds_their_kind_can_reach(region: Region) -> None:
    """Over the straight distance between neighbouring calls, which is never longer than the way."""
    limits_km_h = {"101": 320, "102": 160, "106": 160, "200": 90, "3": 50, "0": 50}
    seen: dict[str, float] = {}
    checked = set()
    for trip_id, calls in region.calls.items():
        trip = region.trips[trip_id]
        kind = region.routes[trip["route_id"]]["route_type"]
        start_s = calls[0][1]
        pattern = (
            kind,
            tuple(
                (arrival_s - start_s, departure_s - start_s, stop) for arrival_s, departure_s, stop in calls
            ),
        )
        if pattern in checked:
            continue
        checked.add(pattern)
        for (_, leaves_s, a), (arrives_s, _, b) in pairwise(calls):
            assert arrives_s > leaves_s, (trip_id, a, b)
            km_h = 3.6 * distance_m(_point(region, a), _point(region, b)) / (arrives_s - leaves_s)
            seen[kind] = max(seen.get(kind, 0.0), km_h)
    assert {kind: km_h for kind, km_h in seen.items() if km_h > limits_km_h[kind]} == {}
    assert set(seen) == set(limits_km_h)


def test_calls_do_not_go_back_in_time_and_dwell_is_short(region: Region) -> None:
    for trip_id, calls in region.calls.items():
        assert len(calls) >= 2, trip_id
        assert all(0 <= departure_s - arrival_s <= 300 for arrival_s, departure_s, _ in calls), trip_id
        assert calls[0][0] >= 0


def test_it_has_what_makes_a_feed_hard(region: Region) -> None:
    """Both kinds of frequencies, trips past midnight, vehicles that go on as another trip, changes, names, shapes."""
    assert {row["exact_times"] for row in region.rows("frequencies")} == {"0", "1"}
    assert max(calls[0][1] for calls in region.calls.values()) > 26 * 3600
    kinds = {(row["transfer_type"], row["min_transfer_time"]) for row in region.rows("transfers")}
    assert ("2", "420") in kinds
    assert {row["language"] for row in region.rows("translations")} == {"en"}
    assert any("GeoNames" in row["organization_name"] for row in region.rows("attributions"))
    assert {row["wheelchair_boarding"] for row in region.stops.values()} == {"0", "1", "2"}
    assert {row["bikes_allowed"] for row in region.trips.values()} == {"1", "2"}
    assert all(
        row["shape_id"]
        for row in region.trips.values()
        if region.routes[row["route_id"]]["route_type"] in RAIL_TYPES
    )


def test_trips_of_a_block_follow_each_other_at_one_station(region: Region) -> None:
    blocks: dict[tuple[str, str], list[str]] = {}
    for trip_id, row in region.trips.items():
        if row["block_id"]:
            blocks.setdefault((row["block_id"], row["service_id"]), []).append(trip_id)
    assert len(blocks) > 50
    for trips in blocks.values():
        first, second = sorted(trips, key=lambda trip_id: region.calls[trip_id][0][1])
        assert region.calls[first][-1][2] == region.calls[second][0][2]
        assert region.calls[first][-1][0] <= region.calls[second][0][1]


def test_shapes_pass_their_stops(region: Region) -> None:
    shapes: dict[str, list[Point]] = {}
    for row in region.rows("shapes"):
        shapes.setdefault(row["shape_id"], []).append(
            Point(float(row["shape_pt_lat"]), float(row["shape_pt_lon"]))
        )
    seen = set()
    for trip_id, row in region.trips.items():
        if row["shape_id"] and row["shape_id"] not in seen:
            seen.add(row["shape_id"])
            for _, _, stop_id in region.calls[trip_id]:
                point = _point(region, stop_id)
                assert min(distance_m(point, on) for on in shapes[row["shape_id"]]) < 30
    assert seen == set(shapes)


def test_the_same_arguments_give_the_same_bytes(sunday: Region, tmp_path: Path) -> None:
    """In another process too, where sets and hashes are ordered otherwise."""
    script = (
        "import datetime, pathlib, sys; from mobility.demo import generate; "
        "generate(pathlib.Path(sys.argv[1]), first_day=datetime.date(2026, 11, 15), days=1)"
    )
    again = tmp_path / "again.zip"
    env = {**os.environ, "PYTHONHASHSEED": "12345"}
    subprocess.run(
        [sys.executable, "-c", script, str(again)], check=True, env=env, cwd=Path(__file__).parents[3]
    )
    one, other = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (sunday.summary.path, again))
    assert one == other


def test_another_seed_draws_another_region(sunday: Region, tmp_path: Path) -> None:
    other = generate(tmp_path / "other.zip", first_day=dt.date(2026, 11, 15), days=1, seed=1)
    assert other.path.read_bytes() != sunday.summary.path.read_bytes()
    assert other.stops > 8_000


def test_days_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        generate(tmp_path / "none.zip", first_day=dt.date(2026, 11, 15), days=0)


def test_the_default_span_holds_the_month_before() -> None:
    assert default_first_day(dt.date(2026, 11, 21)) == dt.date(2026, 10, 1)
    assert default_first_day(dt.date(2026, 1, 1)) == dt.date(2025, 12, 1)


def test_our_own_reader_has_nothing_to_complain_about(region: Region) -> None:
    tables, findings = read_feed(region.summary.path, "demo", today=dt.date(2026, 11, 21))
    assert [finding for finding in findings if finding.severity is not Severity.INFO] == []
    assert len(tables.trips) == region.summary.trips
    assert len(tables.stop_times) == region.summary.stop_times


def test_the_canonical_validator_finds_no_error(sunday: Region, tmp_path: Path) -> None:
    """On one Sunday, which has every rule's tables and a tenth of the rows; the whole takes minutes."""
    command = [
        sys.executable,
        "-m",
        "gtfs_validator.cli",
        "-i",
        str(sunday.summary.path),
        "-o",
        str(tmp_path),
    ]
    subprocess.run([*command, "-d", "2026-11-15"], check=True, stdout=subprocess.DEVNULL)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert json.loads((tmp_path / "system_errors.json").read_text(encoding="utf-8"))["notices"] == []
    assert [notice for notice in report["notices"] if notice["severity"] == "ERROR"] == []
    assert report["summary"]["counts"]["Trips"] == sunday.summary.trips
