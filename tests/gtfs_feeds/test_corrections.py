"""Corrections: what they change, what they say, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gtfs_feeds.corrections import Corrections, CorrectionsError, list_known_corrections
from gtfs_feeds.findings import Finding, Severity
from gtfs_feeds.reader import read_feed
from gtfs_feeds.reader.values import parse_date
from gtfs_feeds.tables import FeedTables
from tests.gtfs_feeds.feed_texts import GOOD, TODAY, assert_consistent, feed_of, get_finding, of_rule


def _read(
    folder: Path, corrections: str, changes: dict[str, str | bytes | None] | None = None
) -> tuple[FeedTables, list[Finding]]:
    read = read_feed(
        feed_of(folder, changes), "test", corrections=Corrections.parse(corrections), today=TODAY
    )
    assert_consistent(read[0])
    return read


def test_a_field_is_set_where_others_match(tmp_path: Path) -> None:
    tables, findings = _read(
        tmp_path,
        """
        [[set]]
        file = "routes.txt"
        where = { route_id = "C" }
        matching = { route_short_name = "^C" }
        field = "route_type"
        value = 200
        """,
    )
    assert tables.routes["route_type"].tolist() == [2, 200]
    (finding,) = findings
    assert (finding.severity, finding.rule, finding.file, finding.line) == (
        Severity.INFO,
        "corrected",
        "routes.txt",
        3,
    )
    assert (finding.field, finding.value) == ("route_type", "3")
    assert "200" in finding.action


def test_a_column_that_is_not_there_can_be_set(tmp_path: Path) -> None:
    tables, _ = _read(tmp_path, '[[set]]\nfile = "trips.txt"\nfield = "bikes_allowed"\nvalue = "1"\n')
    assert tables.trips["bikes_allowed"].tolist() == [1, 1, 1]


def test_what_no_check_could_read_can_be_corrected(tmp_path: Path) -> None:
    tables, findings = _read(
        tmp_path,
        '[[set]]\nfile = "calendar.txt"\nwhere = { end_date = "31/12/2026" }\nfield = "end_date"\nvalue = "20261231"\n',
        {"calendar.txt": GOOD["calendar.txt"].replace("20261231", "31/12/2026")},
    )
    assert tables.calendar["end_date"].tolist() == [parse_date("20261231")]
    assert of_rule(findings, "invalid_date") == []


def test_rows_are_dropped(tmp_path: Path) -> None:
    tables, findings = _read(
        tmp_path, '[[drop]]\nfile = "transfers.txt"\nmatching = { from_stop_id = "^(V|B)" }\n'
    )
    assert tables.transfers["from_stop_id"].tolist() == ["CLERVAL"]
    assert (get_finding(findings, "corrected").count, get_finding(findings, "corrected").action) == (
        2,
        "row dropped",
    )


def test_the_time_zone(tmp_path: Path) -> None:
    tables, findings = _read(
        tmp_path,
        'timezone = "Europe/Paris"',
        {"agency.txt": GOOD["agency.txt"].replace("Europe/Paris", "CET/CEST")},
    )
    assert tables.agency["agency_timezone"].tolist() == ["Europe/Paris"]
    assert [found.rule for found in findings] == ["corrected"]


def test_the_time_to_change(tmp_path: Path) -> None:
    tables, _ = _read(tmp_path, "change_time_s = 240")
    changes = tables.transfers[tables.transfers["from_stop_id"] == tables.transfers["to_stop_id"]]
    told = dict(zip(changes["from_stop_id"], changes["min_transfer_time"], strict=True))
    assert {stop: told[stop] for stop in ("V1", "V2")} == {"V1": 240, "V2": 240}
    assert tables.transfers["transfer_type"].tolist()[:3] == [2, 3, 4]
    assert tables.transfers["min_transfer_time"].tolist()[0] == 180
    assert told["BAUME"] == -1  # the feed itself says that one cannot change there


def test_the_time_to_change_of_a_feed_without_transfers(tmp_path: Path) -> None:
    tables, _ = _read(tmp_path, "change_time_s = 240", {"transfers.txt": None})
    assert tables.transfers["from_stop_id"].tolist() == ["BAUME", "CLERVAL", "V1", "V2"]
    assert set(tables.transfers["min_transfer_time"]) == {240}


def test_the_mode_of_trips_by_their_stops(tmp_path: Path) -> None:
    tables, findings = _read(tmp_path, '[[mode]]\nstops = "^(V|BAUME)"\nroute_type = 200\n')
    assert tables.trips["route_type"].tolist() == [-1, -1, 200]  # T1 and T2 call at CLERVAL too
    assert tables.routes["route_type"].tolist() == [2, 3]
    assert get_finding(findings, "corrected").field == "route_type"


def test_a_correction_that_finds_nothing_is_told(tmp_path: Path) -> None:
    _, findings = _read(tmp_path, '[[drop]]\nfile = "stops.txt"\nwhere = { stop_id = "GONE" }\n')
    assert [found.rule for found in findings] == ["unused_correction"]


SNCF = {
    name: text.replace("V1", "StopPoint:OCETrain TER-1")
    .replace("V2", "StopPoint:OCETrain TER-2")
    .replace("BAUME", "StopPoint:OCETrain TER-3")
    .replace("CLERVAL", "StopPoint:OCECar TER-4")
    for name, text in GOOD.items()
}


def test_sncf_is_recognised_by_its_stops(tmp_path: Path) -> None:
    tables, findings = read_feed(feed_of(tmp_path, SNCF), "sncf", today=TODAY)
    assert tables.trips["route_type"].tolist() == [-1, -1, 106]  # T1 and T2 are at both kinds of stops
    assert get_finding(findings, "corrected").message.startswith("known corrections for SNCF")


def test_known_corrections_can_be_left_out(tmp_path: Path) -> None:
    tables, findings = _read(tmp_path, "known = false", {**SNCF})
    assert tables.trips["route_type"].tolist() == [-1, -1, -1]
    assert findings == []


def test_known_corrections_are_right() -> None:
    known = list(list_known_corrections())
    assert [each.name for each in known] == ["known corrections for SNCF"]
    assert all(each.match is not None for each in known)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("= 1", "TOML"),
        ("timezones = 1", "timezones"),
        ('[[set]]\nfile = "routes.txt"\nfield = "route_kind"\nvalue = 1', "route_kind"),
        ('[[set]]\nfile = "routes.txt"\nvalue = 1', "field"),
        ('[[drop]]\nfile = "fares.txt"', "fares.txt"),
        ('[[drop]]\nfile = "stops.txt"\nwhere = { id = "1" }', "id"),
        ('[[drop]]\nfile = "stops.txt"\nmatching = { stop_id = "(" }', "regular expression"),
        ('[[mode]]\nstops = "x"\nroute_type = "bus"', "bus"),
        ('[[drop]]\nfile = "stops.txt"\nfield = "x"', "field"),
        ('change_time_s = "2 min"', "2 min"),
        ("[set]\nfile = 1", "file"),
    ],
)
def test_wrong_corrections_say_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(CorrectionsError, match="bfc: ") as caught:
        Corrections.parse(text, "bfc")
    assert told in str(caught.value)
