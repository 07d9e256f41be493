"""Services as GTFS-Flex: read again they are the same, and the canonical validator has nothing against them."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.findings import Severity
from gtfs_feeds.flex.prefix import with_prefix
from gtfs_feeds.flex.write import Publisher, write_flex
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.service import FlexRow, FlexTrip, Service
from tests.on_demand.services import HOLIDAYS, is_holiday, services

TODAY = dt.date(2026, 3, 10)
REGION = Publisher("Région d’essai", "https://example.org", email="tad@example.org")
H = 3600


def as_read(service: Service) -> Service:
    """What GTFS-Flex says of a service, and the reader finds again: what is used, with what it says otherwise."""
    rows = [row for trip in service.trips for row in trip.rows]
    rule_ids = {id_ for row in rows for id_ in (row.pickup_rule_id, row.drop_off_rule_id)}
    rules = tuple(_rule_as_read(rule) for rule in service.rules if rule.id in rule_ids)
    used = {row.area_id for row in rows}
    groups = tuple(group for group in service.groups if group.id in used)
    stop_ids = used.union(*(group.stop_ids for group in groups))
    calendar_ids = {trip.calendar_id for trip in service.trips} | {rule.calendar_id for rule in rules}
    return replace(
        service,
        stops=tuple(stop for stop in service.stops if stop.id in stop_ids),
        groups=groups,
        zones=tuple(zone for zone in service.zones if zone.id in used),
        calendars=tuple(_calendar_as_read(one) for one in service.calendars if one.id in calendar_ids),
        rules=rules,
    )


def _rule_as_read(rule: BookingRule) -> BookingRule:
    if rule.type == BookingType.PRIOR_DAYS and rule.last_s is None:
        rule = replace(rule, last_s=24 * H)
    return replace(rule, start_s=0) if rule.start_day is not None and rule.start_s is None else rule


def _calendar_as_read(calendar: Calendar) -> Calendar:
    holidays = {
        day
        for day in HOLIDAYS
        if calendar.from_day <= day <= calendar.until_day and day.weekday() in calendar.weekdays
    }
    lost = frozenset() if calendar.on_holidays else frozenset(holidays - calendar.added)
    return replace(calendar, removed=calendar.removed | lost, on_holidays=True)


def read_again(written: list[Service], folder: Path) -> tuple[Service, ...]:
    path = folder / "flex.zip"
    write_flex(written, path, REGION, is_holiday, "v1")
    tables, findings = read_feed(path, "x", today=TODAY)
    lost = {found.rule for found in findings if found.severity is Severity.ERROR}
    assert lost <= {"stop_time_with_arrival_before_previous_departure_time"}, "of fixed calls at random times"
    return tables.flex


@settings(max_examples=20)
@given(services())
def test_what_is_written_reads_back(service: Service) -> None:
    with tempfile.TemporaryDirectory() as name:
        (found,) = read_again([service], Path(name))
        assert found == as_read(service)


@settings(max_examples=6)
@given(services("one"), services("two"))
def test_networks_carry_services_through_files_and_merging(one: Service, two: Service) -> None:
    networks = []
    with tempfile.TemporaryDirectory() as name:
        for feed_id, service in (("a", one), ("b", two)):
            write_flex([service], Path(name) / "flex.zip", REGION, is_holiday)
            network, _ = compile_feed(read_feed(Path(name) / "flex.zip", feed_id, today=TODAY)[0])
            assert network.flex == (with_prefix(as_read(service), feed_id),)
            networks.append(network)
        merged = merge(networks)
        assert merged.flex == networks[0].flex + networks[1].flex
        folder = Path(name) / "network"
        folder.mkdir()
        merged.write(folder)
        assert Network.open(folder).flex == merged.flex
        (folder / "flex.json").unlink()
        assert Network.open(folder).flex == (), "written before there were any"


def test_services_with_the_same_ids_are_kept_apart(tmp_path: Path) -> None:
    one = valley("one")
    other = replace(one, id="two", name="Two", zones=(replace(one.zones[0], name="elsewhere"), one.zones[1]))
    found = read_again([one, other], tmp_path)
    assert found == tuple(as_read(with_prefix(service, service.id)) for service in (one, other))
    same = replace(one, id="two", name="Two", trips=(replace(one.trips[0], id="own"),))
    assert read_again([one, same], tmp_path) == (as_read(one), as_read(same)), (
        "what is the same is written once"
    )


def test_the_same_services_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("1.zip", "2.zip"):
        write_flex([valley("v")], tmp_path / name, REGION, is_holiday)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_notice_is_never_shorter_than_it_was(tmp_path: Path) -> None:
    odd = BookingRule("hour", BookingType.SAME_DAY, duration_s_min=3601, duration_s_max=86399)
    (found,) = read_again([replace(valley("v"), rules=(odd, *valley("v").rules[1:]))], tmp_path)
    assert (found.rules[0].duration_s_min, found.rules[0].duration_s_max) == (3660, 86340)


def test_what_cannot_be_one_feed(tmp_path: Path) -> None:
    here, there = valley("v"), replace(valley("w"), zone_name="Europe/Lisbon")
    with pytest.raises(ValueError, match=r"Europe/Lisbon, Europe/Paris"):
        write_flex([here, there], tmp_path / "x.zip", REGION, is_holiday)
    with pytest.raises(ValueError, match="no service"):
        write_flex([], tmp_path / "x.zip", REGION, is_holiday)
    assert list(tmp_path.iterdir()) == []


def valley(id_: str) -> Service:
    """A zone, a town and stops, a group, a route that deviates; all booking types; fixed holidays."""

    def square(lat: float, lon: float) -> tuple[tuple[Point, ...], ...]:
        corners = (Point(lat, lon), Point(lat, lon + 0.1), Point(lat + 0.1, lon + 0.1), Point(lat + 0.1, lon))
        return ((*corners, corners[0]),)

    def row(area: str, open_h: int, close_h: int, rule: str = "hour") -> FlexRow:
        return FlexRow(area, open_h * H, close_h * H, pickup_rule_id=rule, drop_off_rule_id=rule)

    week = Calendar(
        "week", frozenset(range(5)), dt.date(2026, 3, 2), dt.date(2026, 11, 30), on_holidays=False
    )
    fixed = FlexRow("gare", 8 * H, 8 * H, is_fixed=True)
    return Service(
        id=id_,
        name=f"TAD {id_}",
        operator="Région d’essai",
        phone="+33 3 81 00 00 00",
        url="https://example.org/tad",
        message="Sur réservation",
        stops=(
            Stop("gare", "Gare", Point(47.05, 6.05)),
            Stop("pont", "Pont", Point(47.3, 6.3)),
            Stop("mairie", "Mairie", Point(47.5, 6.05)),
        ),
        groups=(StopGroup("bourgs", "Bourgs", ("pont", "mairie")),),
        zones=(Zone("val", "Val", (square(47.2, 6.2),)), Zone("town", "Ville", (square(47, 6),))),
        calendars=(week, replace(week, id="saturday", weekdays=frozenset({5}), added=frozenset({week.from_day}))),
        rules=(
            BookingRule("hour", BookingType.SAME_DAY, duration_s_min=H, phone="+33 3 81 00 00 00"),
            BookingRule(
                "eve", BookingType.PRIOR_DAYS, last_s=17 * H, start_day=30, calendar_id="week",
                message="La veille", info_url="https://example.org/i", booking_url="https://example.org/b",
            ),
            BookingRule("now", BookingType.REAL_TIME, booking_url="https://example.org/b"),
        ),
        trips=(
            FlexTrip("within", "week", (row("val", 7, 12), row("val", 7, 12))),
            FlexTrip("night", "saturday", (row("town", 20, 26, "now"), row("bourgs", 20, 27, "eve")), "Bourgs"),
            FlexTrip(
                "to-train", "week", (row("bourgs", 6, 9, "eve"), row("gare", 6, 9, "eve")),
                safe_factor=1.5, safe_offset_s=600.0,
            ),
            FlexTrip(
                "deviates", "week",
                (fixed, row("val", 8, 9), replace(fixed, area_id="mairie", open_s=9 * H, close_s=9 * H)),
            ),
        ),
    )  # fmt: skip


def validated(path: Path, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report, and what the validator itself failed at."""
    command = [sys.executable, "-m", "gtfs_validator.cli", "-i", str(path), "-o", str(folder)]
    subprocess.run([*command, "-d", f"{TODAY}"], check=True, stdout=subprocess.DEVNULL)
    report, system = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("report.json", "system_errors.json")
    )
    return report, system


def test_the_canonical_validator_finds_no_error(tmp_path: Path) -> None:
    two = [valley("v"), replace(valley("w"), operator="Autre", phone="")]
    for number, written in enumerate((two[:1], two)):
        write_flex(written, tmp_path / f"{number}.zip", REGION, is_holiday, "v1")
        report, system = validated(tmp_path / f"{number}.zip", tmp_path / str(number))
        assert system["notices"] == []
        assert [one for one in report["notices"] if one["severity"] == "ERROR"] == []
        assert report["summary"]["counts"]["Trips"] == 4 * len(written)
        features = set(report["summary"]["gtfsFeatures"])
        assert {"Booking Rules", "Zone-Based Demand Responsive Services"} <= features


def test_what_the_canonical_validator_cannot_read(tmp_path: Path) -> None:
    """GTFS has MultiPolygons, the validator fails at them; it goes on, and finds nothing else."""
    one = valley("v")
    parts = replace(one.zones[0], polygons=(*one.zones[0].polygons, *one.zones[1].polygons))
    write_flex([replace(one, zones=(parts, one.zones[1]))], tmp_path / "x.zip", REGION, is_holiday, "v1")
    report, system = validated(tmp_path / "x.zip", tmp_path / "out")
    assert [one["code"] for one in system["notices"]] == ["runtime_exception_in_loader_error"]
    assert {one["code"] for one in report["notices"] if one["severity"] == "ERROR"} <= {
        "foreign_key_violation"
    }


def test_the_timetable_of_a_route_that_deviates_is_in_the_feed(tmp_path: Path) -> None:
    write_flex([valley("v")], tmp_path / "x.zip", REGION, is_holiday)
    tables, _ = read_feed(tmp_path / "x.zip", "x", today=TODAY)
    assert tables.trips["trip_id"].tolist() == ["deviates"]
    assert tables.stop_times["stop_id"].tolist() == ["gare", "mairie"]
