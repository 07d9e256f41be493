"""What is read of GTFS-Flex, and what becomes of odd rows: each has its finding, and costs no more than itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gtfs_feeds.findings import Finding, Severity
from on_demand.area import Point, StopGroup
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.service import FlexRow, FlexTrip, Service
from tests.gtfs_feeds.feed_texts import get_finding, of_rule, read
from tests.gtfs_feeds.flex.flex_texts import FLEX

H = 3600
Changes = Mapping[str, str | bytes | None]
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def flex(tmp_path: Path, **changed: tuple[str, str]) -> tuple[dict[str, Service], list[Finding]]:
    """The services by id, of the feed with a text replaced in each file named (`stop_times=(old, new)`)."""
    files = dict(FLEX)
    for stem, (old, new) in changed.items():
        name = "locations.geojson" if stem == "locations" else f"{stem}.txt"
        assert old in files[name], f"{name} has no {old!r}"
        files[name] = files[name].replace(old, new)
    tables, findings = read(tmp_path, files)
    assert tables.trips["trip_id"].tolist() == ["T1", "T2", "T3", "DEVIATES"], "the timetable is never harmed"
    return {service.id: service for service in tables.flex}, findings


def trips(services: Mapping[str, Service]) -> dict[str, FlexTrip]:
    return {trip.id: trip for service in services.values() for trip in service.trips}


def test_all_there_is(tmp_path: Path) -> None:
    services, findings = flex(tmp_path)
    assert [(found.rule, found.severity) for found in findings] == [("flexible_service", INFO)]
    assert list(services) == ["C", "TAD"], "in the order of routes.txt"
    tad = services["TAD"]
    assert (tad.name, tad.operator, tad.zone_name) == ("Taxi du Doubs", "Cars du Doubs", "Europe/Paris")
    assert {stop.id for stop in tad.stops} == {"V1", "BAUME", "CLERVAL"}
    assert tad.groups == (StopGroup("towns", "Bourgs", ("BAUME", "CLERVAL")),)
    assert (tad.zones[0].name, tad.zones[0].polygons[0][0][0]) == ("Val", Point(47.2, 6.0))
    assert tad.rules == (
        BookingRule(
            "hour", BookingType.SAME_DAY, duration_s_min=H, phone="+33 3 81 00 00 00",
            message="Par téléphone, de 8 h à 18 h",
        ),
        BookingRule(
            "eve", BookingType.PRIOR_DAYS, last_day=1, last_s=17 * H, start_day=14, start_s=0,
            calendar_id="WEEK", phone="+33 3 81 00 00 00", message="La veille",
        ),
    )  # fmt: skip
    known = trips(services)
    assert known["ZONE"] == FlexTrip(
        "ZONE", "WEEK",
        (
            FlexRow("val", 8 * H, 12 * H, can_alight=False, pickup_rule_id="hour"),
            FlexRow("val", 8 * H, 12 * H, can_board=False, drop_off_rule_id="hour"),
        ),
        safe_factor=1.5, safe_offset_s=600.0,
    )  # fmt: skip
    assert [row.is_fixed for row in known["DEVIATES"].rows] == [True, False, True]
    assert (known["DEVIATES"].rows[2].open_s, known["DEVIATES"].rows[2].close_s) == (37800, 37860)


START, END = "start_pickup_drop_off_window", "end_pickup_drop_off_window"
BOARD_RULE = "pickup_booking_rule_id"
ROW = "ZONE,,,,1,val,,08:00:00,12:00:00,2,1,hour,"


@pytest.mark.parametrize(
    ("new", "rule", "field", "lost"),
    [
        ("ZONE,,,V1,1,val,,08:00:00,12:00:00,2,1,hour,", "forbidden_geography_id", "stop_id", True),
        ("ZONE,,,,1,vale,,08:00:00,12:00:00,2,1,hour,", "foreign_key_violation", "location_id", True),
        ("ZONE,,,,1,val,,08:00:00,,2,1,hour,", "missing_pickup_or_drop_off_window", END, True),
        ("ZONE,,,,1,val,,,,2,1,hour,", "missing_pickup_or_drop_off_window", START, True),
        ("ZONE,,,,1,val,,08:00:00,08:00:00,2,1,hour,", "invalid_pickup_drop_off_window", END, True),
        ("ZONE,,,,1,val,,22:00:00,02:00:00,2,1,hour,", "invalid_pickup_drop_off_window", END, True),
        ("ZONE,,,,1,val,,8h,12:00:00,2,1,hour,", "invalid_time", START, True),
        ("ZONE,,,,1,val,,08:00:00,12:00:00,2,1,minute,", "foreign_key_violation", BOARD_RULE, True),
        ("ZONE,,,,,val,,08:00:00,12:00:00,2,1,hour,", "missing_required_field", "stop_sequence", True),
        (ROW.replace("ZONE,,", "ZONE,08:00:00,"), "forbidden_arrival_or_departure_time", "arrival_time", False),
        ("ZONE,,,,1,val,,08:00:00,12:00:00,3,1,hour,", "forbidden_pickup_type", "pickup_type", False),
        ("ZONE,,,,1,val,,08:00:00,12:00:00,,1,hour,", "forbidden_pickup_type", "pickup_type", False),
        ("ZONE,,,,1,val,,08:00:00,12:00:00,2,0,hour,", "forbidden_drop_off_type", "drop_off_type", False),
        ("ZONE,,,,1,val,,08:00:00,12:00:00,2,1,,", "missing_pickup_drop_off_booking_rule_id", BOARD_RULE, False),
        ("ZONE,,,val,1,,,08:00:00,12:00:00,2,1,hour,", "area_in_another_field", "stop_id", False),
        ("ZONE,,,,1,,val,08:00:00,12:00:00,2,1,hour,", "area_in_another_field", "location_group_id", False),
        ("ZONE,,,,2,val,,08:00:00,12:00:00,2,2,hour,hour", "duplicate_key", "stop_sequence", None),
    ],
)  # fmt: skip
def test_an_odd_row(tmp_path: Path, new: str, rule: str, field: str, lost: bool | None) -> None:
    """`lost`: the trip has nothing left to get on at; None: another row of it is."""
    services, findings = flex(tmp_path, stop_times=(ROW, new))
    found = get_finding(findings, rule, field)
    assert (found.file, found.line) == ("stop_times.txt", 10 if lost is None else 9)
    unusable = of_rule(findings, "unusable_flexible_trip")
    if lost is None:
        assert trips(services)["ZONE"].rows[0].can_alight
    else:
        assert bool(unusable) is lost
        assert ("ZONE" in trips(services)) is not lost
        assert (found.severity is ERROR) is (lost and rule != "invalid_time")
    assert {"GROUP", "DEVIATES"} <= trips(services).keys(), "the others are as they were"
    if lost is False:
        assert trips(services)["ZONE"].rows[0].area_id == "val"


@pytest.mark.parametrize(
    ("old", "new", "rule", "severity", "is_kept"),
    [
        ("hour,1,60", "hour,1,", "missing_prior_notice_duration_min", ERROR, False),
        ("hour,1,60", "hour,7,60", "unexpected_enum_value", ERROR, False),
        ("hour,1,60", "hour,,60", "missing_required_field", ERROR, False),
        ("hour,1,60,,,,,,", "hour,1,60,2,,,,,", "forbidden_same_day_booking_field_value", WARNING, True),
        ("hour,1,60,,,,,,", "hour,0,60,,,,,,", "forbidden_real_time_booking_field_value", WARNING, True),
        ("hour,1,60,,,,,,", "hour,1,60,,,7,,,", "missing_prior_notice_start_time", WARNING, True),
        ("hour,1,60,,,,,,", "hour,1,60,,,,08:00:00,,", "forbidden_prior_notice_start_time", WARNING, True),
        ("eve,2,,1,17:00:00", "eve,2,,,17:00:00", "missing_prior_notice_last_day", ERROR, False),
        ("eve,2,,1,17:00:00", "eve,2,,1,", "missing_prior_notice_last_time", INFO, True),
        (
            "eve,2,,1,17:00:00",
            "eve,2,30,1,17:00:00",
            "forbidden_prior_day_booking_field_value",
            WARNING,
            True,
        ),
        ("eve,2,,1,17:00:00", "eve,2,,15,17:00:00", "prior_notice_last_day_after_start_day", WARNING, True),
        ("14,00:00:00,WEEK", "14,00:00:00,WORK", "foreign_key_violation", ERROR, False),
        ("eve,2,,1,17:00:00", "hour,2,,1,17:00:00", "duplicate_key", ERROR, False),
    ],
)
def test_an_odd_booking_rule(
    tmp_path: Path, old: str, new: str, rule: str, severity: Severity, is_kept: bool
) -> None:
    services, findings = flex(tmp_path, booking_rules=(old, new))
    found = next(one for one in of_rule(findings, rule) if one.file == "booking_rules.txt")
    assert found.severity is severity
    name = old[:4].strip(",") if old[0] in "he" else "eve"
    kept = {rule.id for service in services.values() for rule in service.rules}
    assert (name in kept) is is_kept
    told = [
        row.pickup_rule_id or row.drop_off_rule_id for trip in trips(services).values() for row in trip.rows
    ]
    assert is_kept or name not in told, "what cannot be told until when is not offered"


def test_openings_that_make_no_sense_are_ignored(tmp_path: Path) -> None:
    text = (
        "booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_duration_max,"
        "prior_notice_start_day,prior_notice_start_time\n"
    )
    both = {"booking_rules.txt": text + "hour,1,60,30,,\neve,1,60,120,3,08:00:00\n"}
    tables, findings = read(tmp_path, {**FLEX, **both})
    assert get_finding(findings, "invalid_prior_notice_duration_min").severity is WARNING
    assert get_finding(findings, "forbidden_prior_notice_start_day").severity is WARNING
    rules = {rule.id: rule for service in tables.flex for rule in service.rules}
    assert (rules["hour"].duration_s_max, rules["eve"].start_day) == (None, None)


RING = "[[[6.0, 47.2], [6.6, 47.2], [6.6, 47.5], [6.0, 47.5], [6.0, 47.2]]]"


@pytest.mark.parametrize(
    ("old", "new", "rule", "severity"),
    [
        ('"FeatureCollection"', '"FeatureCollection', "malformed_json", ERROR),
        ('"FeatureCollection"', '"Feature"', "unsupported_geo_json_type", ERROR),
        ('"type": "Feature",', '"type": "Future",', "unsupported_feature_type", ERROR),
        ('"id": "val",', "", "missing_required_element", ERROR),
        ('"Polygon"', '"LineString"', "unsupported_geometry_type", ERROR),
        (RING, "[]", "invalid_geometry", ERROR),
        (RING, "7", "invalid_geometry", ERROR),
        (RING, "[[[6.0, 47.2], [6.6, 47.2], [6.0, 47.2]]]", "invalid_geometry", ERROR),
        (RING, "[[[6.0, 147.2], [6.6, 47.2], [6.6, 47.5], [6.0, 47.5]]]", "invalid_geometry", ERROR),
        (RING, '[[["6", 47.2], [6.6, 47.2], [6.6, 47.5], [6.0, 47.5]]]', "invalid_geometry", ERROR),
        (RING, "[[[6.0, 47.0], [6.1, 47.0], [6.2, 47.0], [6.0, 47.0]]]", "invalid_geometry", ERROR),
        # a bow tie
        (RING, "[[[6.0, 47.2], [6.6, 47.5], [6.6, 47.2], [6.0, 47.5], [6.0, 47.2]]]", "invalid_geometry", WARNING),
    ],
)  # fmt: skip
def test_an_odd_location(tmp_path: Path, old: str, new: str, rule: str, severity: Severity) -> None:
    services, findings = flex(tmp_path, locations=(old, new))
    assert get_finding(findings, rule).severity is severity
    assert ("ZONE" in trips(services)) is (severity is WARNING)
    assert "GROUP" in trips(services)


def test_an_open_ring_and_heights_are_read(tmp_path: Path) -> None:
    services, findings = flex(tmp_path, locations=(RING, "[[[6, 47.2, 5], [6.6, 47.2, 5], [6.6, 47.5, 5]]]"))
    ring = services["TAD"].zones[0].polygons[0][0]
    assert ring == (Point(47.2, 6), Point(47.2, 6.6), Point(47.5, 6.6), Point(47.2, 6))
    assert [found.rule for found in findings] == ["flexible_service"]


def test_ids_are_those_of_one_place(tmp_path: Path) -> None:
    services, findings = flex(tmp_path, locations=('"id": "val"', '"id": "towns"'))
    assert get_finding(findings, "duplicate_geography_id").value == "towns"
    assert services["TAD"].zones == ()
    _, findings = flex(tmp_path, locations=("]}}\n]}", ']}},\n {"id": "val"}]}'))
    assert get_finding(findings, "unsupported_feature_type").value == "val"


def test_groups_of_nothing(tmp_path: Path) -> None:
    services, findings = flex(tmp_path, location_group_stops=("towns,BAUME\ntowns,CLERVAL", "towns,NOWHERE"))
    assert get_finding(findings, "foreign_key_violation", "stop_id").value == "NOWHERE"
    assert get_finding(findings, "location_group_without_stops").severity is ERROR
    assert "GROUP" not in trips(services)


# ── as feeds were before GTFS-Flex was adopted ─────────────────────────────────────────────────────────


def test_older_spellings_and_a_byte_order_mark(tmp_path: Path) -> None:
    expected, _ = flex(tmp_path)
    header = FLEX["stop_times.txt"].replace("pickup_drop_off_window", "pickup_dropoff_window").replace(
        "drop_off_booking_rule_id", "dropoff_booking_rule_id"
    )  # fmt: skip
    old: dict[str, str | bytes | None] = {
        **FLEX,
        "stop_times.txt": "\ufeff" + header,
        "booking_rules.txt": "\ufeff" + FLEX["booking_rules.txt"],
        "locations.geojson": "\ufeff" + FLEX["locations.geojson"],
        "location_group_stops.txt": None,
        "location_groups.txt": "location_group_id,location_id,location_group_name\n"
        "towns,BAUME,Bourgs\ntowns,CLERVAL,\n",
    }
    tables, findings = read(tmp_path, old)
    assert {service.id: service for service in tables.flex} == expected
    assert {found.field for found in of_rule(findings, "older_flex_spelling")} == {
        "start_pickup_dropoff_window", "end_pickup_dropoff_window", "dropoff_booking_rule_id",
    }  # fmt: skip


def test_areas_of_zones_and_minutes_in_stop_times(tmp_path: Path) -> None:
    """As Trillium's feeds had it: an area in stop_id, of locations; durations with offsets in minutes."""
    two = FLEX["locations.geojson"].replace(
        "]}}\n]}",
        ']}},\n {"id": "est", "type": "Feature", "geometry": {"type": "Polygon",'
        ' "coordinates": [[[6.6, 47.2], [7, 47.2], [7, 47.5], [6.6, 47.5], [6.6, 47.2]]]}}\n]}',
    )
    header, *rows = FLEX["stop_times.txt"].splitlines()
    rows = [f"{row},1.25,5" if row.startswith("ZONE") else f"{row},," for row in rows]
    calls = "\n".join([f"{header},mean_duration_factor,mean_duration_offset", *rows]) + "\n"
    changes = {
        **FLEX,
        "locations.geojson": two,
        "areas.txt": "area_id,area_name\n17,Tout le Doubs\n",
        "stop_areas.txt": "area_id,stop_id\n17,val\n17,est\n",
        "stop_times.txt": calls.replace("ZONE,,,,1,val", "ZONE,,,17,1,").replace(
            "ZONE,,,,2,val", "ZONE,,,17,2,"
        ),
    }
    tables, findings = read(tmp_path, changes)
    known = {service.id: service for service in tables.flex}
    zones = {zone.id: zone for zone in known["TAD"].zones}
    assert (zones["17"].name, len(zones["17"].polygons), len(zones["17"].polygons[0][0])) == (
        "Tout le Doubs",
        1,
        7,
    )
    assert {row.area_id for row in trips(known)["ZONE"].rows} == {"17"}
    assert (trips(known)["ZONE"].mean_factor, trips(known)["ZONE"].mean_offset_s) == (1.25, 300.0)
    assert trips(known)["ZONE"].safe_offset_s == 600, "of trips.txt, in seconds"
    assert {found.severity for found in findings} == {INFO}


def test_a_single_row_is_travel_within_it(tmp_path: Path) -> None:
    both = "ZONE,,,,1,val,,08:00:00,12:00:00,2,2,hour,hour"
    second = "ZONE,,,,2,val,,08:00:00,12:00:00,1,2,,hour\n"
    files = {**FLEX, "stop_times.txt": FLEX["stop_times.txt"].replace(ROW, both).replace(second, "")}
    tables, findings = read(tmp_path, files)
    assert get_finding(findings, "single_flexible_row").severity is INFO
    rows = next(trip for service in tables.flex for trip in service.trips if trip.id == "ZONE").rows
    assert rows == (rows[0], rows[0])


def test_a_feed_of_zones_alone(tmp_path: Path) -> None:
    """Without stops.txt, without a stop_id."""
    calls = (
        "trip_id,stop_sequence,location_id,start_pickup_drop_off_window,end_pickup_drop_off_window,"
        "pickup_type,drop_off_type\n"
        "ZONE,1,val,08:00:00,12:00:00,2,1\nZONE,2,val,08:00:00,12:00:00,1,2\n"
    )
    files: Changes = {
        **dict.fromkeys(
            f"{stem}.txt"
            for stem in (
                *("stops", "shapes", "frequencies", "transfers", "pathways", "levels"),
                *("translations", "attributions"),
            )
        ),
        "routes.txt": FLEX["routes.txt"],
        "trips.txt": "route_id,service_id,trip_id\nTAD,WEEK,ZONE\n",
        "stop_times.txt": calls,
        "locations.geojson": FLEX["locations.geojson"],
    }  # fmt: skip
    tables, _ = read(tmp_path, files)
    assert (len(tables.stops), len(tables.trips)) == (0, 0)
    assert [trip.id for service in tables.flex for trip in service.trips] == ["ZONE"]


def test_a_file_too_large_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gtfs_feeds.reader.flex.LOCATIONS_BYTES_MAX", 100)
    services, findings = flex(tmp_path)
    assert get_finding(findings, "locations_too_large").severity is ERROR
    assert trips(services).keys() == {"GROUP"}


def test_files_nobody_needs_are_named(tmp_path: Path) -> None:
    _, findings = read(tmp_path, {"booking_rules.txt": FLEX["booking_rules.txt"]})
    assert [(found.rule, found.file) for found in findings] == [("unknown_file", "booking_rules.txt")]
