"""Feeds as text: a small good one that has every file, and what a test writes differently in it."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from gtfs_feeds.findings import Finding
from gtfs_feeds.reader import read_feed
from gtfs_feeds.tables import COLUMNS, FeedTables

TODAY = dt.date(2026, 3, 10)

GOOD: dict[str, str] = {
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone
A,Cars du Doubs,https://example.org,Europe/Paris
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,level_id
GARE,Besançon Viotte,47.2470,6.0220,1,,
V1,Besançon Viotte,47.2471,6.0221,0,GARE,L0
V2,Besançon Viotte,47.2472,6.0222,0,GARE,L0
ENTREE,Entrée,47.2469,6.0219,2,GARE,L1
BAUME,Baume-les-Dames,47.3530,6.3610,0,,
CLERVAL,Clerval,47.3910,6.4990,0,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
R,A,R,Besançon - Clerval,2,0749FF,FFFFFF
C,A,C,Navette,3,,
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id
R,WEEK,T1,Clerval,0,B1,S1
R,WEEK,T2,Besançon,1,B1,
C,DATES,T3,Baume,0,,
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled
T1,08:00:00,08:00:00,V1,1,0
T1,08:30:00,08:31:00,BAUME,2,30
T1,08:45:00,08:45:00,CLERVAL,3,42
T2,09:00:00,09:00:00,CLERVAL,1,
T2,09:45:00,09:45:00,V2,2,
T3,23:30:00,23:30:00,V1,1,
T3,30:00:00,30:00:00,BAUME,2,
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
WEEK,1,1,1,1,1,0,0,20260101,20261231
""",
    "calendar_dates.txt": """\
service_id,date,exception_type
WEEK,20260501,2
DATES,20260314,1
""",
    "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
T3,06:00:00,09:00:00,1800,0
T3,16:00:00,19:00:00,1200,1
""",
    "transfers.txt": """\
from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id,from_route_id,to_route_id
V1,V2,2,180,,,,
BAUME,BAUME,3,,,,,
CLERVAL,CLERVAL,4,,T1,T2,,
""",
    "pathways.txt": """\
pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time
P,ENTREE,V1,1,1,60
""",
    "levels.txt": "level_id,level_index,level_name\nL0,0,Quai\nL1,1,Rue\n",
    "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
S1,47.2471,6.0221,1,0
S1,47.3530,6.3610,2,30
S1,47.3910,6.4990,3,42
""",
    "translations.txt": """\
table_name,field_name,language,translation,record_id
stops,stop_name,de,Bisanz,V1
""",
    "attributions.txt": "organization_name,is_producer,route_id\nRégion,1,R\n",
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version
Région,https://example.org,fr,20260101,20261231,1
""",
}


def feed_of(
    folder: Path, changes: Mapping[str, str | bytes | None] | None = None, *, inside: str = ""
) -> Path:
    """A zip in `folder` of the good feed with other texts (None: without the file), within the folder `inside`."""
    path = folder / "feed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**GOOD, **(changes or {})}.items():
            if text is not None:
                archive.writestr(inside + name, text)
    return path


def read(
    folder: Path, changes: Mapping[str, str | bytes | None] | None = None
) -> tuple[FeedTables, list[Finding]]:
    """Read the good feed with other texts, as on TODAY; what comes of it is checked to keep its promises."""
    tables, findings = read_feed(feed_of(folder, changes), "test", today=TODAY)
    assert_consistent(tables)
    assert {finding.rule for finding in findings} <= explained_rules()
    return tables, findings


@cache
def explained_rules() -> frozenset[str]:
    """The rules docs/findings.md explains."""
    page = (Path(__file__).parents[2] / "docs" / "findings.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    names = {name.strip(" *") for cell in cells for name in cell.split(",")}
    return frozenset(names - {"rule"} - {name for name in names if name.endswith(".toml")})


def of_rule(findings: list[Finding], rule: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule]


def get_finding(findings: list[Finding], rule: str, field: str | None = None) -> Finding:
    """The one finding of this rule (and field)."""
    (finding,) = [found for found in of_rule(findings, rule) if field in (None, found.field)]
    return finding


def assert_consistent(tables: FeedTables) -> None:
    """What gtfs_feeds.tables promises to everyone after the checks."""
    for stem, columns in COLUMNS.items():
        table = getattr(tables, stem)
        assert tuple(table.columns) == (*columns, "line")
        assert list(table.index) == list(range(len(table)))
        assert table["line"].dtype == np.int32
        for name in columns:
            assert not (table[name].isna().any() and table[name].dtype.kind != "f"), (stem, name)
    _assert_keys(tables)
    _assert_references(tables)
    _assert_calls(tables)


def _assert_keys(tables: FeedTables) -> None:
    for table, keys in (
        (tables.agency, ["agency_id"]),
        (tables.stops, ["stop_id"]),
        (tables.routes, ["route_id"]),
        (tables.trips, ["trip_id"]),
        (tables.calendar, ["service_id"]),
        (tables.calendar_dates, ["service_id", "date"]),
        (tables.stop_times, ["trip_id", "stop_sequence"]),
        (tables.frequencies, ["trip_id", "start_time"]),
        (tables.levels, ["level_id"]),
        (tables.pathways, ["pathway_id"]),
        (tables.shapes, ["shape_id", "shape_pt_sequence"]),
    ):
        assert not table.duplicated(keys).any(), keys
        for key in keys:
            if table is not tables.agency and pd.api.types.is_string_dtype(table[key]):
                assert (table[key] != "").all()
    assert len(tables.agency) >= 1
    assert len(tables.feed_info) <= 1


def _assert_references(tables: FeedTables) -> None:
    services = {*tables.calendar["service_id"], *tables.calendar_dates["service_id"]}
    stops, trips, routes = (
        set(tables.stops["stop_id"]),
        set(tables.trips["trip_id"]),
        set(tables.routes["route_id"]),
    )
    none = {""}
    for values, among in (
        (tables.routes["agency_id"], set(tables.agency["agency_id"])),
        (tables.trips["route_id"], routes),
        (tables.trips["service_id"], services),
        (tables.trips["shape_id"], set(tables.shapes["shape_id"]) | none),
        (tables.stops["parent_station"], stops | none),
        (tables.stops["level_id"], set(tables.levels["level_id"]) | none),
        (tables.frequencies["trip_id"], trips),
        (tables.transfers["from_stop_id"], stops | none),
        (tables.transfers["to_stop_id"], stops | none),
        (tables.transfers["from_trip_id"], trips | none),
        (tables.transfers["to_trip_id"], trips | none),
        (tables.transfers["from_route_id"], routes | none),
        (tables.pathways["from_stop_id"], stops),
        (tables.pathways["to_stop_id"], stops),
        (tables.attributions["trip_id"], trips | none),
    ):
        assert set(values) <= among, values.name
    assert (tables.frequencies["headway_secs"] > 0).all()
    assert (tables.frequencies["start_time"] < tables.frequencies["end_time"]).all()
    assert tables.stops["stop_lat"].isna().equals(tables.stops["stop_lon"].isna())


def _assert_calls(tables: FeedTables) -> None:
    calls = tables.stop_times
    assert list(calls["trip_id"].cat.categories) == list(tables.trips["trip_id"])
    assert list(calls["stop_id"].cat.categories) == list(tables.stops["stop_id"])
    trip = calls["trip_id"].cat.codes.to_numpy()
    assert (trip >= 0).all()
    assert (calls["stop_id"].cat.codes >= 0).all()
    assert (np.bincount(trip, minlength=len(tables.trips)) >= 2).all()
    step, same = np.diff(trip), np.diff(trip) == 0
    assert (step >= 0).all()
    assert (np.diff(calls["stop_sequence"])[same] > 0).all()
    arrival, departure = calls["arrival_time"].to_numpy(), calls["departure_time"].to_numpy()
    assert arrival.dtype == departure.dtype == np.int32
    assert (arrival >= 0).all()
    assert (departure >= arrival).all()
    assert (arrival[1:] >= departure[:-1])[same].all()
    distance = calls["shape_dist_traveled"].to_numpy()
    assert not (np.diff(distance)[same] < 0).any()
