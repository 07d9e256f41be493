"""On-demand services damaged at random: the timetable beside them stays as it was, and what is left is sound."""

from __future__ import annotations

import copy
import csv
import datetime as dt
import io
import json
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ground.document import read_document, write_document
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.flex.calls import can_travel
from gtfs_feeds.reader import read_feed
from gtfs_feeds.tables import FeedTables
from on_demand.booking import Place
from on_demand.service import Service
from on_demand.service_areas import ServiceAreas, shape_of
from on_demand.service_windows import booking_span, list_windows_on
from tests.gtfs_feeds.feed_texts import TODAY, assert_consistent, explained_rules, feed_of
from tests.gtfs_feeds.flex.flex_texts import FLEX

NASTY = (
    *("", " ", "x", "-1", "0", "1", "2", "3", "9", "1e9", "99999999999999999999", "nan", "inf", "NA", "٣"),
    *("ZONE", "GROUP", "val", "towns", "V1", "GARE", "hour", "eve", "WEEK", "DATES"),
    *("08:15:00", "25:00:00", "167:00:00", "8:00", "20260101", "a,b", 'é\n"', "\0", "-9999999999"),
)
TABLES = ("booking_rules.txt", "location_groups.txt", "location_group_stops.txt")
ODD = (None, True, 0, -1, 1e9, "x", "", [], {}, [[]], [1], [[1, 2]], {"type": "Polygon"}, 91.0)


@cache
def timetable() -> dict[str, Any]:
    """The trips that have nothing to do with on-demand services, and their calls, of the good feed."""
    with tempfile.TemporaryDirectory() as name:
        return _timetable_of(read_feed(feed_of(Path(name), FLEX), "test", today=TODAY)[0])


def _timetable_of(tables: FeedTables) -> dict[str, Any]:
    mine = {"T1", "T2", "T3"}
    found = {}
    for stem in ("trips", "stop_times", "frequencies"):
        table: pd.DataFrame = getattr(tables, stem)
        kept = table[table["trip_id"].astype(str).isin(mine)].drop(columns="line")
        found[stem] = kept.astype(str).to_dict("records")
    return found | {"stops": tables.stops["stop_id"].tolist(), "calendar": len(tables.calendar)}


def _damage_rows(rows: list[list[str]], chance: random.Random, first_column: int) -> None:
    for _ in range(chance.randint(1, 4)):
        if len(rows) < 2:
            return
        row = chance.randrange(1, len(rows))
        kind = chance.random()
        if kind < 0.7 and len(rows[row]) > first_column:
            rows[row][chance.randrange(first_column, len(rows[row]))] = chance.choice(NASTY)
        elif kind < 0.8:
            del rows[row]
        elif kind < 0.9:
            rows.append(list(rows[row]))
        else:
            rows[row] = rows[row][: chance.randint(1, len(rows[row]))]


def _damaged_table(text: str, chance: random.Random) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    _damage_rows(rows, chance, 0)
    if chance.random() < 0.2:
        rows[0][chance.randrange(len(rows[0]))] = "other"
    return _as_text(rows)


def _damaged_calls(chance: random.Random) -> str:
    """The calls with zones or windows, and no others; they stay with their trips."""
    rows = list(csv.reader(io.StringIO(FLEX["stop_times.txt"])))
    plain = [rows[0], *(row for row in rows[1:] if not row[7])]
    flexible = [rows[0], *(row for row in rows[1:] if row[7])]
    _damage_rows(flexible, chance, 1)
    return _as_text([*plain, *(row for row in flexible[1:] if row[0] not in ("T1", "T2", "T3"))])


def _as_text(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _damaged_locations(chance: random.Random) -> str | bytes:
    if chance.random() < 0.3:
        content = bytearray(FLEX["locations.geojson"].encode())
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content))
            content[at : at + chance.randint(0, 20)] = chance.choice(
                [b"", b'"', b"[", b"\xff", b"{", b"1e999", b"\0"]
            )
        return bytes(content)
    document = json.loads(FLEX["locations.geojson"])
    for _ in range(chance.randint(1, 3)):
        _damage_json(document, chance)
    return json.dumps(document)


def _damage_json(document: Any, chance: random.Random) -> None:
    """Somewhere within a document something else is put, doubled or taken away."""
    keys: list[Any] = list(document) if isinstance(document, dict) else list(range(len(document)))
    if not keys:
        return
    key = chance.choice(keys)
    inner = document[key]
    if isinstance(inner, dict | list) and inner and chance.random() < 0.8:
        _damage_json(inner, chance)
    elif isinstance(document, list) and chance.random() < 0.3:
        document.append(inner) if chance.random() < 0.5 else document.pop(key)
    else:
        document[key] = copy.deepcopy(chance.choice(ODD))


def assert_sound(service: Service) -> None:
    """What others rely on: references hold, one can travel, areas and days and rules can be asked, it can be kept."""
    stops = {stop.id for stop in service.stops}
    areas = stops | {group.id for group in service.groups} | {zone.id for zone in service.zones}
    calendars = {calendar.id for calendar in service.calendars}
    rules = {rule.id for rule in service.rules} | {""}
    assert all(group.stop_ids and stops.issuperset(group.stop_ids) for group in service.groups)
    assert all(zone.polygons and shape_of(zone).is_valid for zone in service.zones)
    assert all(rule.calendar_id in calendars | {""} for rule in service.rules)
    for trip in service.trips:
        assert trip.calendar_id in calendars
        assert can_travel(trip.rows)
        assert any(not row.is_fixed for row in trip.rows)
        for row in trip.rows:
            assert row.area_id in areas
            assert {row.pickup_rule_id, row.drop_off_rule_id} <= rules
            assert row.open_s < row.close_s or (row.is_fixed and row.open_s == row.close_s)
    known = ServiceAreas(service)
    places = [Place(stop.name, stop.at, stop.id) for stop in service.stops[:2]]
    for zone in service.zones:
        lat, lon = zone.polygons[0][0][0]
        places.append(Place("corner", zone.polygons[0][0][0]._replace(lat=lat, lon=lon)))
    for start in places:
        for end in places:
            windows = list_windows_on(known, start, end, [TODAY, TODAY + dt.timedelta(4)], lambda _: False)
            for window in windows if isinstance(windows, tuple) else ():
                booking_span(service, window, window.pickup_open_s, lambda _: False)
    assert read_document(Service, write_document(service)) == service


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_the_timetable_is_never_harmed(seed: int) -> None:
    chance = random.Random(seed)
    changes: dict[str, str | bytes | None] = {**FLEX}
    for name in chance.sample((*TABLES, "stop_times.txt", "locations.geojson"), chance.randint(1, 3)):
        if chance.random() < 0.1 and name != "stop_times.txt":
            changes[name] = None
        elif name == "stop_times.txt":
            changes[name] = _damaged_calls(chance)
        elif name == "locations.geojson":
            changes[name] = _damaged_locations(chance)
        else:
            changes[name] = _damaged_table(FLEX[name], chance)
    with tempfile.TemporaryDirectory() as name:
        tables, findings = read_feed(feed_of(Path(name), changes), "test", today=TODAY)
    assert_consistent(tables)
    assert _timetable_of(tables) == timetable()
    assert {finding.rule for finding in findings} <= explained_rules()
    for service in tables.flex:
        assert_sound(service)
    network, _ = compile_feed(tables)
    assert [service.id for service in network.flex] == [f"test_{service.id}" for service in tables.flex]
