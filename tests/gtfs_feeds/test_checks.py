"""Each rule on the smallest feed that breaks it: what is noted, and what becomes of the feed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gtfs_feeds.findings import FeedRefusedError, Severity
from gtfs_feeds.reader import read_feed
from tests.gtfs_feeds.feed_texts import GOOD, TODAY, feed_of, get_finding, of_rule, read


def _with(file: str, old: str, new: str) -> dict[str, str | bytes | None]:
    assert old in GOOD[file], old
    return {file: GOOD[file].replace(old, new, 1)}


# ── agencies ───────────────────────────────────────────────────────────────────────────────────────────────


def test_an_invalid_zone_is_the_one_nearest_to_the_stops(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("agency.txt", "Europe/Paris", "Europe/Pariss"))
    finding = get_finding(findings, "invalid_timezone")
    assert (finding.severity, finding.value, finding.line) == (Severity.ERROR, "Europe/Pariss", 2)
    assert tables.agency["agency_timezone"].iloc[0] in ("Europe/Zurich", "Europe/Paris")


def test_an_invalid_zone_is_another_agencys(tmp_path: Path) -> None:
    text = (
        "agency_id,agency_name,agency_url,agency_timezone\nA,A,x,\nB,B,x,Europe/Rome\nC,C,x,Europe/London\n"
    )
    tables, findings = read(tmp_path, {"agency.txt": text})
    assert tables.agency["agency_timezone"].tolist() == ["Europe/Rome", "Europe/Rome", "Europe/London"]
    assert get_finding(findings, "inconsistent_agency_timezone").value == "Europe/London"


def test_without_any_zone_or_position_the_feed_is_refused(tmp_path: Path) -> None:
    stops = "stop_id,stop_name\n" + "".join(f"{stop},x\n" for stop in ("V1", "V2", "BAUME", "CLERVAL"))
    path = feed_of(tmp_path, {**_with("agency.txt", "Europe/Paris", "?"), "stops.txt": stops})
    with pytest.raises(FeedRefusedError, match="timezone = ") as caught:
        read_feed(path, "test", today=TODAY)
    assert caught.value.rule == "invalid_timezone"


def test_routes_are_some_agencys(tmp_path: Path) -> None:
    agencies = "agency_id,agency_name,agency_url,agency_timezone\nA,A,x,Europe/Paris\nB,B,x,Europe/Paris\n"
    routes = "route_id,agency_id,route_short_name,route_type\nR,,R,2\nC,X,C,3\n"
    tables, findings = read(tmp_path, {"agency.txt": agencies, "routes.txt": routes})
    assert tables.routes["agency_id"].tolist() == ["A", "A"]
    assert get_finding(findings, "missing_required_field").line == 2
    assert get_finding(findings, "foreign_key_violation").value == "X"


def test_an_only_agency_needs_no_id(tmp_path: Path) -> None:
    agencies = "agency_name,agency_url,agency_timezone\nA,x,Europe/Paris\n"
    routes = "route_id,route_short_name,route_type\nR,R,2\nC,C,3\n"
    tables, findings = read(tmp_path, {"agency.txt": agencies, "routes.txt": routes})
    assert tables.routes["agency_id"].tolist() == ["", ""]
    assert findings == []


def test_a_feed_whose_only_agency_cannot_be_read_is_kept(tmp_path: Path) -> None:
    tables, findings = read(
        tmp_path, {"agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,x\n"}
    )
    assert tables.agency["agency_name"].tolist() == ["test"]
    assert len(tables.trips) == 3
    assert of_rule(findings, "invalid_row_length")


# ── stops ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("position", "rule"),
    [
        ("6.4990,47.3910", "swapped_coordinates"),
        ("0,0", "point_near_origin"),
        ("90,6", "point_near_pole"),
        ("47.3910,", "stop_without_location"),
    ],
)
def test_a_wrong_position_is_no_position(tmp_path: Path, position: str, rule: str) -> None:
    tables, findings = read(tmp_path, _with("stops.txt", "47.3910,6.4990", position))
    lost = [found for found in of_rule(findings, rule) if found.severity is Severity.ERROR]
    assert [found.line for found in lost] == [7]
    assert np.isnan(tables.stops["stop_lat"].iloc[5])
    assert len(tables.stop_times) == 7


def test_a_feed_all_of_whose_positions_are_swapped_is_told(tmp_path: Path) -> None:
    changes = _with("stops.txt", "stop_lat,stop_lon", "stop_lon,stop_lat")
    tables, findings = read(tmp_path, changes)
    assert get_finding(findings, "swapped_coordinates").severity is Severity.WARNING
    assert tables.stops["stop_lat"].iloc[0] == pytest.approx(6.022)


def test_a_platform_without_position_has_its_stations(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("stops.txt", "47.2471,6.0221", ","))
    assert tables.stops["stop_lat"].iloc[1] == 47.247
    assert get_finding(findings, "stop_without_location").severity is Severity.INFO


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("0,GARE,L0", "0,NOWHERE,L0", "foreign_key_violation", 3),
        ("0,GARE,L0", "0,BAUME,L0", "wrong_parent_location_type", 3),
        ("47.2470,6.0220,1,,", "47.2470,6.0220,1,BAUME,", "station_with_parent_station", 2),
        ("2,GARE,L1", "2,,L1", "location_without_parent_station", 5),
        ("0,GARE,L0", "4,GARE,L0", "wrong_parent_location_type", 3),
    ],
)
def test_mistaken_parents(tmp_path: Path, old: str, new: str, rule: str, line: int) -> None:
    tables, findings = read(tmp_path, _with("stops.txt", old, new))
    assert of_rule(findings, rule)[0].line == line
    assert tables.stops["parent_station"].iloc[line - 2] == ""
    assert len(tables.stops) == 6


def test_duplicate_stops_and_levels_there_are_not(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, {"stops.txt": GOOD["stops.txt"] + "V1,Other,1,2,0,,\nX,X,47,6,0,,L9\n"})
    assert tables.stops["stop_name"].iloc[1] == "Besançon Viotte"
    assert get_finding(findings, "duplicate_key").line == 8
    assert get_finding(findings, "foreign_key_violation").value == "L9"
    assert get_finding(findings, "stop_without_stop_time").value == "X"


def test_a_call_at_a_station_is_told(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("stop_times.txt", "V2,2", "GARE,2"))
    assert get_finding(findings, "location_with_unexpected_stop_time").value == "GARE"
    assert len(tables.stop_times) == 7


# ── routes ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (",2,0749FF", ",99,0749FF", "unexpected_enum_value"),
        (",2,0749FF", ",,0749FF", "unexpected_enum_value"),
        ("0749FF", "bleu", "invalid_color"),
        ("C,A,C,Navette,3", "C,A,,,3", "route_both_short_and_long_name_missing"),
    ],
)
def test_a_route_keeps_its_trips(tmp_path: Path, old: str, new: str, rule: str) -> None:
    tables, findings = read(tmp_path, _with("routes.txt", old, new))
    assert get_finding(findings, rule).severity is Severity.WARNING
    assert len(tables.trips) == 3


@pytest.mark.parametrize("kind", ["3", "12", "100", "106", "715", "1700"])
def test_route_types_there_are(tmp_path: Path, kind: str) -> None:
    tables, findings = read(tmp_path, _with("routes.txt", ",2,0749FF", f",{kind},0749FF"))
    assert tables.routes["route_type"].iloc[0] == int(kind)
    assert of_rule(findings, "unexpected_enum_value") == []


# ── services ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("dates", "rule"),
    [
        ("20250101,20250301", "expired_calendar"),
        ("20260601,20260701", "trip_coverage_not_active_for_next7_days"),
    ],
)
def test_a_feed_with_nothing_current_is_imported(tmp_path: Path, dates: str, rule: str) -> None:
    changes = _with("calendar.txt", "20260101,20261231", dates)
    changes["calendar_dates.txt"] = "service_id,date,exception_type\nDATES,20250101,1\n"
    tables, findings = read(tmp_path, changes)
    assert get_finding(findings, rule).severity is Severity.WARNING
    assert len(tables.trips) == 3


def test_a_gap_around_today_is_told(tmp_path: Path) -> None:
    changes = _with("calendar.txt", "20260101,20261231", "20260101,20260301")
    changes["calendar_dates.txt"] = "service_id,date,exception_type\nDATES,20260401,1\n"
    _, findings = read(tmp_path, changes)
    assert get_finding(findings, "trip_coverage_not_active_for_next7_days")


def test_services_without_a_day(tmp_path: Path) -> None:
    changes = _with("calendar.txt", "WEEK,1,1,1,1,1,0,0", "WEEK,0,0,0,0,0,0,0")
    tables, findings = read(tmp_path, changes)
    assert get_finding(findings, "service_without_days").value == "WEEK"
    assert len(tables.trips) == 3


def test_a_calendar_of_decades_is_cut(tmp_path: Path) -> None:
    changes = _with("calendar.txt", "20260101,20261231", "20000101,20991231")
    changes["calendar_dates.txt"] = "service_id,date,exception_type\nDATES,20990101,1\nWEEK,20260501,2\n"
    tables, findings = read(tmp_path, changes)
    span = tables.calendar["end_date"].iloc[0] - tables.calendar["start_date"].iloc[0]
    assert span == 730
    assert {found.file for found in of_rule(findings, "calendar_too_long")} == {
        "calendar.txt",
        "calendar_dates.txt",
    }
    assert get_finding(findings, "service_without_days").value == "DATES"
    assert len(tables.trips) == 3


def test_days_taken_out_long_ago_do_not_make_a_calendar_long(tmp_path: Path) -> None:
    changes = {"calendar_dates.txt": GOOD["calendar_dates.txt"] + "WEEK,20100101,2\n"}
    tables, findings = read(tmp_path, changes)
    assert findings == []
    assert len(tables.calendar_dates) == 3


def test_calendars_that_end_before_they_start(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("calendar.txt", "20260101,20261231", "20261231,20260101"))
    assert get_finding(findings, "start_and_end_range_out_of_order").line == 2
    assert tables.calendar.empty
    assert len(tables.trips) == 3  # the service is in calendar_dates too


# ── trips and their calls ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("C,DATES,T3", "X,DATES,T3", "route_id"), ("C,DATES,T3", "C,NEVER,T3", "service_id")],
)
def test_orphan_trips_go_with_all_that_is_theirs(tmp_path: Path, old: str, new: str, field: str) -> None:
    tables, findings = read(tmp_path, _with("trips.txt", old, new))
    assert tables.trips["trip_id"].tolist() == ["T1", "T2"]
    assert len(tables.stop_times) == 5
    assert tables.frequencies.empty
    errors = [found for found in findings if found.severity is Severity.ERROR]
    assert [(found.rule, found.field, found.file) for found in errors] == [
        ("foreign_key_violation", field, "trips.txt")
    ]


def test_an_unknown_shape_is_ignored(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("trips.txt", "B1,S1", "B1,S9"))
    assert tables.trips["shape_id"].tolist() == ["", "", ""]
    assert get_finding(findings, "foreign_key_violation").severity is Severity.WARNING


def test_orphan_calls_are_dropped(tmp_path: Path) -> None:
    more = "T9,08:00:00,08:00:00,V1,1,\nT1,08:50:00,08:50:00,NOWHERE,4,\n"
    tables, findings = read(tmp_path, {"stop_times.txt": GOOD["stop_times.txt"] + more})
    assert [
        (found.field, found.value, found.line) for found in of_rule(findings, "foreign_key_violation")
    ] == [
        ("trip_id", "T9", 9),
        ("stop_id", "NOWHERE", 10),
    ]
    assert len(tables.stop_times) == 7


def test_calls_out_of_order_are_sorted(tmp_path: Path) -> None:
    head, *rows = GOOD["stop_times.txt"].splitlines()
    tables, findings = read(tmp_path, {"stop_times.txt": "\n".join([head, *rows[::-1]]) + "\n"})
    assert tables.stop_times["trip_id"].tolist() == ["T1"] * 3 + ["T2"] * 2 + ["T3"] * 2
    assert tables.stop_times["stop_sequence"].tolist() == [1, 2, 3, 1, 2, 1, 2]
    assert {found.severity for found in of_rule(findings, "unsorted_stop_times")} == {Severity.INFO}


def test_trips_that_follow_each_other_in_another_order_are_no_finding(tmp_path: Path) -> None:
    head, *rows = GOOD["trips.txt"].splitlines()
    tables, findings = read(tmp_path, {"trips.txt": "\n".join([head, *rows[::-1]]) + "\n"})
    assert tables.stop_times["trip_id"].tolist() == ["T3"] * 2 + ["T2"] * 2 + ["T1"] * 3
    assert findings == []


def test_a_call_given_twice(tmp_path: Path) -> None:
    tables, findings = read(
        tmp_path, {"stop_times.txt": GOOD["stop_times.txt"] + "T1,08:10:00,08:10:00,V2,1,5\n"}
    )
    assert get_finding(findings, "duplicate_key").line == 9
    assert tables.stop_times["stop_id"].iloc[0] == "V1"


def test_trips_of_one_call_or_none_are_dropped(tmp_path: Path) -> None:
    changes = {**_with("trips.txt", "C,DATES,T3", "C,DATES,T4,,,,\nC,DATES,T3"), **_with("stop_times.txt", "T2,09:45:00,09:45:00,V2,2,\n", "")}  # fmt: skip  # noqa: E501
    tables, findings = read(tmp_path, changes)
    assert {found.value for found in of_rule(findings, "unusable_trip")} == {"T2", "T4"}
    assert tables.trips["trip_id"].tolist() == ["T1", "T3"]
    assert tables.transfers["from_trip_id"].tolist() == ["", ""]  # the transfer to T2 went with it


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("08:30:00,08:31:00", "08:31:00,08:30:00", "stop_time_with_departure_before_arrival_time"),
        ("08:45:00,08:45:00", "08:20:00,08:20:00", "stop_time_with_arrival_before_previous_departure_time"),
        ("08:45:00,08:45:00", ",", "missing_trip_edge"),
        ("08:00:00,08:00:00", ",", "missing_trip_edge"),
    ],
)
def test_trips_nobody_can_trust_are_dropped(tmp_path: Path, old: str, new: str, rule: str) -> None:
    tables, findings = read(tmp_path, _with("stop_times.txt", old, new))
    assert get_finding(findings, rule).severity is Severity.ERROR
    assert tables.trips["trip_id"].tolist() == ["T2", "T3"]


def test_one_time_is_enough(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("stop_times.txt", "08:30:00,08:31:00", ",08:31:00"))
    assert tables.stop_times["arrival_time"].iloc[1] == 8 * 3600 + 31 * 60
    assert get_finding(findings, "stop_time_with_only_arrival_or_departure_time").severity is Severity.INFO


def _untimed(distances: list[str]) -> str:
    head = "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled\n"
    times = ["10:00:00", "", "", "11:00:00"]
    stops = ["V1", "BAUME", "V2", "CLERVAL"]
    rows = zip(times, stops, distances, strict=True)
    return head + "".join(
        f"T1,{time},{time},{stop},{row},{at}\n" for row, (time, stop, at) in enumerate(rows)
    )


@pytest.mark.parametrize(
    ("distances", "minutes"),
    [
        (["0", "15", "45", "60"], [0, 15, 45, 60]),
        (["", "", "", ""], [0, 20, 40, 60]),
        (["0", "15", "", "60"], [0, 20, 40, 60]),
        (["5", "5", "5", "5"], [0, 20, 40, 60]),
        (["0", "50", "10", "60"], [0, 20, 40, 60]),
    ],
)
def test_missing_times_are_interpolated(tmp_path: Path, distances: list[str], minutes: list[int]) -> None:
    tables, findings = read(tmp_path, {"stop_times.txt": _untimed(distances), "transfers.txt": None})
    assert (tables.stop_times["arrival_time"].to_numpy() == 36000 + 60 * np.array(minutes)).all()
    assert (tables.stop_times["departure_time"] == tables.stop_times["arrival_time"]).all()
    assert [found.line for found in of_rule(findings, "stop_time_without_times")] == [3, 4]


def test_distances_that_decrease_are_ignored(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("stop_times.txt", "BAUME,2,30", "BAUME,2,50"))
    assert get_finding(findings, "decreasing_or_equal_stop_time_distance").line == 4
    assert tables.stop_times["shape_dist_traveled"].isna().all()


def test_a_ride_no_train_could_make_is_told(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("stop_times.txt", "08:30:00,08:31:00", "08:01:30,08:31:00"))
    finding = get_finding(findings, "fast_travel_between_consecutive_stops")
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert int(finding.value or 0) > 500
    assert len(tables.stop_times) == 7


def test_flexible_calls_are_no_calls_of_the_timetable(tmp_path: Path) -> None:
    text = (
        "trip_id,arrival_time,departure_time,stop_id,location_id,stop_sequence,start_pickup_drop_off_window\n"
        "T1,08:00:00,08:00:00,V1,,1,\nT1,,,,ZONE,2,08:00:00\nT1,09:00:00,09:00:00,CLERVAL,,3,\n"
        "T2,,,,ZONE,1,08:00:00\nT2,,,,ZONE,2,08:00:00\n"
        "T3,08:00:00,08:00:00,V1,,1,\nT3,08:20:00,08:20:00,BAUME,,2,\n"
    )
    tables, findings = read(tmp_path, {"stop_times.txt": text})
    finding = get_finding(findings, "flexible_service")
    assert (finding.severity, finding.count) == (Severity.INFO, 3)
    assert tables.trips["trip_id"].tolist() == ["T1", "T3"]
    assert tables.stop_times["stop_id"].tolist() == ["V1", "CLERVAL", "V1", "BAUME"]
    lost = {found.rule for found in findings if found.severity is Severity.ERROR}
    assert lost == {"foreign_key_violation", "missing_pickup_or_drop_off_window", "unusable_flexible_trip"}
    assert tables.flex == ()


def test_a_feed_of_odd_flexible_trips_only_is_refused_in_words(tmp_path: Path) -> None:
    text = "trip_id,stop_id,location_group_id,stop_sequence\nT1,,G,1\nT2,,G,1\nT3,,G,1\n"
    with pytest.raises(FeedRefusedError, match="on-demand"):
        read_feed(feed_of(tmp_path, {"stop_times.txt": text}), "test", today=TODAY)


# ── blocks, frequencies, transfers, pathways, shapes, texts ────────────────────────────────────────────────


def test_trips_of_a_block_cannot_overlap(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("stop_times.txt", "09:00:00,09:00:00", "08:44:00,08:44:00"))
    assert get_finding(findings, "block_trips_with_overlapping_stop_times").value == "B1"
    assert tables.trips["block_id"].tolist() == ["", "", ""]


def test_trips_of_a_block_may_overlap_on_different_days(tmp_path: Path) -> None:
    changes = {**_with("stop_times.txt", "09:00:00,09:00:00", "08:44:00,08:44:00"), **_with("trips.txt", "R,WEEK,T2", "R,DATES,T2")}  # fmt: skip  # noqa: E501
    tables, findings = read(tmp_path, changes)  # DATES is one Saturday
    assert findings == []
    assert tables.trips["block_id"].tolist() == ["B1", "B1", ""]


@pytest.mark.parametrize(
    ("old", "new", "rule", "left"),
    [
        ("T3,06:00:00,09:00:00", "T3,09:00:00,06:00:00", "start_and_end_range_out_of_order", 1),
        ("T3,06:00:00,09:00:00", "T3,09:00:00,09:00:00", "start_and_end_range_equal", 1),
        ("T3,06:00:00,09:00:00", "T3,16:00:00,17:00:00", "duplicate_key", 1),
        ("T3,06:00:00,09:00:00", "T9,06:00:00,09:00:00", "foreign_key_violation", 1),
        ("T3,06:00:00,09:00:00", "T3,06:00:00,17:00:00", "overlapping_frequency", 2),
    ],
)
def test_frequencies(tmp_path: Path, old: str, new: str, rule: str, left: int) -> None:
    tables, findings = read(tmp_path, _with("frequencies.txt", old, new))
    assert get_finding(findings, rule).rule == rule
    assert len(tables.frequencies) == left
    assert tables.frequencies["end_time"].max() <= 19 * 3600
    if left == 2:
        assert tables.frequencies["end_time"].tolist() == [16 * 3600, 19 * 3600]


@pytest.mark.parametrize(
    ("row", "rule", "severity"),
    [
        ("V1,NOWHERE,0,,,,,", "foreign_key_violation", Severity.ERROR),
        ("V1,BAUME,0,,T1,,,", "transfer_of_routes_or_trips", Severity.INFO),
        ("V1,BAUME,1,,,,R,C", "transfer_of_routes_or_trips", Severity.INFO),
        ("V1,,0,,,,,", "missing_required_field", Severity.ERROR),
        ("V1,V1,5,,T1,,,", "missing_required_field", Severity.ERROR),
        ("V1,ENTREE,0,,,,,", "transfer_with_invalid_stop_location_type", Severity.ERROR),
        ("V1,V2,3,,,,,", "duplicate_key", Severity.ERROR),
        ("V1,V1,0,,T9,,,", "foreign_key_violation", Severity.ERROR),
    ],
)
def test_transfers_that_cannot_be_applied(tmp_path: Path, row: str, rule: str, severity: Severity) -> None:
    tables, findings = read(tmp_path, {"transfers.txt": GOOD["transfers.txt"] + row + "\n"})
    finding = get_finding(findings, rule)
    assert (finding.severity, finding.line) == (severity, 5)
    assert len(tables.transfers) == 3


def test_a_timeless_transfer_of_type_2_is_told(tmp_path: Path) -> None:
    tables, findings = read(tmp_path, _with("transfers.txt", "V1,V2,2,180", "V1,V2,2,"))
    assert get_finding(findings, "missing_required_field").action.startswith("kept")
    assert tables.transfers["min_transfer_time"].iloc[0] == -1


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("Q,ENTREE,NOWHERE,1,1,60", "foreign_key_violation"),
        ("Q,ENTREE,GARE,1,1,60", "pathway_to_wrong_location_type"),
        ("Q,ENTREE,ENTREE,1,1,60", "pathway_loop"),
        ("Q,ENTREE,V2,9,1,60", "unexpected_enum_value"),
        ("P,ENTREE,V2,1,1,60", "duplicate_key"),
    ],
)
def test_pathways_that_lead_nowhere(tmp_path: Path, row: str, rule: str) -> None:
    tables, findings = read(tmp_path, {"pathways.txt": GOOD["pathways.txt"] + row + "\n"})
    assert get_finding(findings, rule).line == 3
    assert len(tables.pathways) == 1


def test_shapes_are_sorted_and_cleaned(tmp_path: Path) -> None:
    text = (
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\n"
        "S1,47.3910,6.4990,3,20\nS1,47.2471,6.0221,1,0\nS1,47.3530,6.3610,2,30\nS1,47.3530,6.3610,2,30\nALONE,47,6,1,\n"
    )
    tables, findings = read(tmp_path, {"shapes.txt": text})
    assert tables.shapes["shape_pt_sequence"].tolist() == [1, 2, 3]
    assert tables.shapes["shape_dist_traveled"].isna().all()
    assert tables.shapes["shape_id"].cat.categories.tolist() == ["S1"]
    assert {found.rule for found in findings} == {
        "duplicate_key",
        "single_shape_point",
        "decreasing_shape_distance",
    }


def test_texts_of_what_is_not_there(tmp_path: Path) -> None:
    changes = {
        "translations.txt": GOOD["translations.txt"] + "stops,stop_name,de,X,V9\nareas,area_name,de,X,1\n",
        "attributions.txt": GOOD["attributions.txt"] + "Someone,1,R9\n",
        "feed_info.txt": GOOD["feed_info.txt"] + "Another,https://example.org,fr,,,2\n",
    }
    tables, findings = read(tmp_path, changes)
    assert (len(tables.translations), len(tables.attributions), len(tables.feed_info)) == (1, 1, 1)
    assert {found.rule for found in findings} == {
        "translation_foreign_key_violation",
        "translation_unknown_table_name",
        "foreign_key_violation",
        "more_than_one_entity",
    }
