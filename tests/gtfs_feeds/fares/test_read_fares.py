"""Prices of feeds: what is read, what each odd row costs, and with which finding."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.fares.amounts import parse_amount, parse_price
from gtfs_feeds.findings import Finding, Severity
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from tests.gtfs_feeds.fares.fare_texts import V1, V2
from tests.gtfs_feeds.feed_texts import GOOD, TODAY, feed_of, get_finding, of_rule, read
from ticketing.fares.tables import FeedFares, JoinRule, LegRule, Pair, ProductRow, TransferRule


def fares_of(folder: Path, changes: dict[str, str | bytes | None]) -> tuple[FeedFares | None, list[Finding]]:
    tables, findings = read(folder, changes)
    return tables.fares, findings


def only_v2(folder: Path, **changes: str) -> tuple[FeedFares, list[Finding]]:
    """The fares of the good feed with other rows in a file: its header stays, `{file}` are its rows; "+": beside."""
    texts: dict[str, str | bytes | None] = {**V2}
    for stem, rows in changes.items():
        header, good = V2[f"{stem}.txt"].split("\n", 1)
        texts[f"{stem}.txt"] = f"{header}\n{good + rows[1:] if rows.startswith('+') else rows}\n"
    fares, findings = fares_of(folder, texts)
    assert fares is not None
    return fares, findings


def test_all_of_v2(tmp_path: Path) -> None:
    fares, findings = fares_of(tmp_path, {**V2})
    assert [finding for finding in findings if finding.severity != Severity.INFO] == []
    assert fares is not None
    assert fares.is_v2
    assert fares.has_priority
    assert fares.leg_rules == (
        LegRule("fare_leg_rules.txt:2", "train", "t", "rail", "BES", "BAU", "peak", "", 1),
        LegRule("fare_leg_rules.txt:3", "navette", "n", "bus"),
    )
    assert fares.products[:2] == (
        ProductRow("fare_products.txt:2", "train", "Billet train", 850, "EUR", "adult", True),
        ProductRow("fare_products.txt:3", "train", "Billet train", 400, "EUR", "youth", False, "card"),
    )
    assert [row.cents for row in fares.products] == [850, 400, 120, -40]
    assert fares.transfer_rules == (
        TransferRule("fare_transfer_rules.txt:2", "n", "t", 1, "rabais", None, 3600, 1),
        TransferRule("fare_transfer_rules.txt:3", "n", "n", 0, "", -1, 5400, 1),
    )
    assert fares.join_rules[1] == JoinRule("fare_leg_join_rules.txt:3", "bus", "bus", "V1", "V2")
    assert [(frame.start_s, frame.end_s) for frame in fares.timeframes] == [
        *((25200, 32400), (57600, 86400), (0, 86400))
    ]
    (week,) = fares.calendars
    assert week.has(dt.date(2026, 3, 6))
    assert not week.has(dt.date(2026, 3, 7))
    assert not week.has(dt.date(2026, 5, 1)), "removed"
    assert fares.route_networks == (Pair("R", "rail"), Pair("C", "bus"))
    assert fares.areas_of == {"GARE": {"BES"}, "BAUME": {"BAU"}, "CLERVAL": {"BAU"}}


def test_v1_fares_and_zones(tmp_path: Path) -> None:
    fares, findings = fares_of(tmp_path, {**V1})
    assert [finding for finding in findings if finding.severity != Severity.INFO] == []
    assert fares is not None
    assert not fares.is_v2
    assert [(fare.fare_id, fare.cents, fare.transfers, fare.duration_s) for fare in fares.fares] == [
        *(("p", 125, 0, None), ("q", 520, None, 5400))
    ]
    assert fares.zone_of == {"V1": "1", "V2": "1", "BAUME": "2", "CLERVAL": "3"}
    assert [(rule.route_id, rule.origin_id, rule.contains_id) for rule in fares.fare_rules] == [
        *(("C", "", ""), ("R", "1", ""), ("", "", "2"))
    ]


def test_never_both(tmp_path: Path) -> None:
    fares, findings = fares_of(tmp_path, {**V1, **V2})
    assert fares is not None
    assert fares.is_v2
    assert fares.fares == ()
    assert get_finding(findings, "fares_v1_beside_v2").file == "fare_attributes.txt"
    header_only = V2["fare_leg_rules.txt"].split("\n")[0] + "\n"
    fares, _ = fares_of(tmp_path, {**V1, **V2, "fare_leg_rules.txt": header_only})
    assert fares is not None
    assert not fares.is_v2


def test_networks_of_routes_txt(tmp_path: Path) -> None:
    routes = "".join(
        f"{line},{network}\n"
        for line, network in zip(GOOD["routes.txt"].splitlines(), ("network_id", "rail", ""), strict=True)
    )
    alone: dict[str, str | bytes | None] = {**V2, "routes.txt": routes, "networks.txt": None}
    fares, _ = fares_of(tmp_path, {**alone, "route_networks.txt": None})
    assert fares is not None
    assert fares.route_networks == (Pair("R", "rail"),)
    both, findings = fares_of(tmp_path, {**V2, "routes.txt": routes})
    assert both is not None
    assert len(both.route_networks) == 2
    assert get_finding(findings, "route_networks_specified_in_more_than_one_file").file == "routes.txt"


def test_whether_there_is_a_priority_column(tmp_path: Path) -> None:
    rows = (
        V2["fare_leg_rules.txt"]
        .replace(",rule_priority", "")
        .replace("train,1", "train")
        .replace("navette,", "navette")
    )
    fares, _ = fares_of(tmp_path, {**V2, "fare_leg_rules.txt": rows})
    assert fares is not None
    assert not fares.has_priority
    empty, _ = only_v2(tmp_path, fare_leg_rules="t,rail,,,,,train,")
    assert empty.has_priority


BAD_ROWS = [
    ("timeframes", "peak,07:00:00,,WEEK", "timeframe_only_start_or_end_time_specified"),
    ("timeframes", "peak,,07:00:00,WEEK", "timeframe_only_start_or_end_time_specified"),
    (
        "timeframes",
        "peak,07:00:00,24:00:01,WEEK",
        "timeframe_start_or_end_time_greater_than_twenty_four_hours",
    ),
    ("timeframes", "peak,09:00:00,09:00:00,WEEK", "start_and_end_range_out_of_order"),
    ("timeframes", "peak,7h,09:00:00,WEEK", "invalid_time"),
    ("timeframes", "peak,,,NOBODY", "foreign_key_violation"),
    ("fare_products", "x,X,,,2.5,EUR", "invalid_currency_amount"),
    ("fare_products", "x,X,,,2,EUR", "invalid_currency_amount"),
    ("fare_products", "x,X,,,2.500,EUR", "invalid_currency_amount"),
    ("fare_products", "x,X,,,200.00,JPY", "invalid_currency_amount"),
    ("fare_products", "x,X,,,2.00,euro", "invalid_currency"),
    ("fare_products", "x,X,elder,,2.00,EUR", "foreign_key_violation"),
    ("fare_products", "x,X,,phone,2.00,EUR", "foreign_key_violation"),
    ("fare_products", "navette,Navette,,,9.00,EUR", "duplicate_key"),
    ("fare_products", "x,X,,,,EUR", "missing_required_field"),
    ("fare_leg_rules", "g,rail,,,,,navette,high", "invalid_integer"),
    ("fare_leg_rules", "g,rail,,,,,navette,-1", "number_out_of_range"),
    ("fare_transfer_rules", "n,t,,900,,1,", "fare_transfer_rule_duration_limit_without_type"),
    ("fare_transfer_rules", "n,t,,,1,1,", "fare_transfer_rule_duration_limit_type_without_duration_limit"),
    ("fare_transfer_rules", "t,t,0,,,1,", "fare_transfer_rule_invalid_transfer_count"),
    ("fare_transfer_rules", "t,t,-2,,,1,", "fare_transfer_rule_invalid_transfer_count"),
    ("fare_transfer_rules", "t,t,,,,1,", "fare_transfer_rule_missing_transfer_count"),
    ("fare_transfer_rules", "t,n,1,,,1,", "fare_transfer_rule_with_forbidden_transfer_count"),
    ("fare_transfer_rules", ",,1,,,1,", "fare_transfer_rule_with_forbidden_transfer_count"),
    ("fare_transfer_rules", "t,n,,,,3,", "unexpected_enum_value"),
    ("fare_transfer_rules", "t,n,,,,,", "missing_required_field"),
    ("fare_transfer_rules", "t,n,,0,1,1,", "number_out_of_range"),
    ("fare_transfer_rules", "t,n,,60,4,1,", "unexpected_enum_value"),
    ("fare_transfer_rules", "t,nobody,,,,1,", "foreign_key_violation"),
    ("fare_leg_join_rules", "rail,bus,V1,", "missing_required_field"),
    ("fare_leg_join_rules", "rail,boat,,", "foreign_key_violation"),
    ("fare_leg_join_rules", "rail,bus,V1,V9", "foreign_key_violation"),
    ("stop_areas", "BES,V9", "foreign_key_violation"),
    ("stop_areas", "LYO,V1", "foreign_key_violation"),
    ("route_networks", "boat,R", "duplicate_key"),
    ("areas", "BES,Besançon", "duplicate_key"),
]


@pytest.mark.parametrize(
    ("stem", "row", "code"), BAD_ROWS, ids=[f"{code}:{row}" for _, row, code in BAD_ROWS]
)
def test_a_bad_row_is_dropped_with_its_finding(tmp_path: Path, stem: str, row: str, code: str) -> None:
    fares, findings = only_v2(tmp_path, **{stem: "+" + row})
    good, _ = only_v2(tmp_path)
    finding = get_finding(findings, code)
    assert (finding.file, finding.severity) == (f"{stem}.txt", Severity.ERROR)
    assert finding.line == len(V2[f"{stem}.txt"].splitlines()) + 1
    assert fares == good


def test_timeframes_that_overlap_are_kept(tmp_path: Path) -> None:
    fares, findings = only_v2(tmp_path, timeframes="+peak,08:00:00,10:00:00,WEEK")
    assert get_finding(findings, "timeframe_overlap").line == 5
    assert len(fares.timeframes) == 4
    _, others = only_v2(tmp_path, timeframes="+other,08:00:00,10:00:00,WEEK")
    assert of_rule(others, "timeframe_overlap") == []


def test_several_default_categories(tmp_path: Path) -> None:
    fares, findings = only_v2(tmp_path, rider_categories="adult,Adulte,1,\nyouth,Jeune,1,")
    assert get_finding(findings, "fare_product_with_multiple_default_rider_categories").line == 3
    assert [row.is_default for row in fares.products[:2]] == [True, False]
    none, findings = only_v2(tmp_path, rider_categories="adult,Adulte,0,\nyouth,Jeune,,")
    assert get_finding(findings, "fare_product_without_default_rider_category").severity == Severity.WARNING
    assert not any(row.is_default for row in none.products)


def test_a_leg_rule_that_refers_to_nothing_stays_and_matches_nothing(tmp_path: Path) -> None:
    """Without it, what it lists would be priced by the rule of what is not listed."""
    fares, findings = only_v2(tmp_path, fare_leg_rules="+,boat,PAR,LYO,night,,ghost,")
    assert len(fares.leg_rules) == 3
    noted = {finding.field: finding.action for finding in of_rule(findings, "foreign_key_violation")}
    assert noted == {
        **dict.fromkeys(
            ("network_id", "from_area_id", "to_area_id", "from_timeframe_group_id"), "matches no leg"
        ),
        "fare_product_id": "no price where it matches",
    }
    nameless, findings = only_v2(tmp_path, fare_leg_rules="+,bus,BES,,,,,")
    assert nameless.leg_rules[-1].product_id == ""
    assert get_finding(findings, "missing_required_field").action == "no price where it matches"


def test_l13_amounts_have_the_decimals_of_their_currency() -> None:
    assert [
        parse_amount(text, "EUR") for text in ("2.50", "-0.40", "0.00", "2.5", "2", "2,50", "1e2", "")
    ] == [*(250, -40, 0, None, None, None, None, None)]
    assert [parse_amount(text, currency) for text, currency in (("500", "JPY"), ("1.250", "TND"))] == [
        500,
        1250,
    ]
    assert [parse_price(text, "EUR") for text in ("4.7", "5", "2.500", "1.255", "-1", "x")] == [
        *(470, 500, 250, None, -100, None)
    ]


V1_BAD = [
    ("fare_attributes", "x,-1,EUR,0,0,,", "number_out_of_range"),
    ("fare_attributes", "x,1.255,EUR,0,0,,", "invalid_currency_amount"),
    ("fare_attributes", "x,1,€,0,0,,", "invalid_currency"),
    ("fare_attributes", "x,1,EUR,0,3,,", "unexpected_enum_value"),
    ("fare_attributes", "x,1,EUR,0,0,NOBODY,", "foreign_key_violation"),
    ("fare_attributes", "x,1,EUR,0,0,,soon", "invalid_integer"),
    ("fare_rules", "ghost,R,,,", "foreign_key_violation"),
]


@pytest.mark.parametrize(("stem", "row", "code"), V1_BAD, ids=[f"{code}:{row}" for _, row, code in V1_BAD])
def test_a_bad_row_of_v1_is_dropped_with_its_finding(tmp_path: Path, stem: str, row: str, code: str) -> None:
    name = f"{stem}.txt"
    fares, findings = fares_of(tmp_path, {**V1, name: V1[name] + row + "\n"})
    good, _ = fares_of(tmp_path, {**V1})
    assert get_finding(findings, code).file == name
    assert fares == good


def test_a_rule_of_v1_that_refers_to_nothing_stays(tmp_path: Path) -> None:
    """Without it, its fare would be valid everywhere."""
    fares, findings = fares_of(
        tmp_path, {**V1, "fare_rules.txt": V1["fare_rules.txt"].replace("p,C", "p,GHOST") + "q,,7,,\n"}
    )
    assert fares is not None
    assert fares.fare_rules[0].route_id == "GHOST"
    assert [finding.action for finding in of_rule(findings, "foreign_key_violation")] == 2 * [
        "matches no ride"
    ]


def test_a_file_that_is_no_table_costs_the_fares_and_nothing_else(tmp_path: Path) -> None:
    for name, texts in (("fare_transfer_rules.txt", V2), ("fare_rules.txt", V1)):
        tables, findings = read(tmp_path, {**texts, name: b"\xff\xfe\x00"})
        assert tables.trips["trip_id"].tolist() == ["T1", "T2", "T3"]
        if tables.fares is None:
            assert get_finding(findings, "csv_parsing_failed").action == "no prices read"


def test_files_that_nobody_needs_are_named(tmp_path: Path) -> None:
    fares, findings = fares_of(
        tmp_path, {"fare_products.txt": V2["fare_products.txt"], "areas.txt": V2["areas.txt"]}
    )
    assert fares is None
    assert {finding.file for finding in of_rule(findings, "unknown_file")} == {
        "fare_products.txt",
        "areas.txt",
    }


def test_networks_carry_them_with_their_feeds_prefix(tmp_path: Path) -> None:
    made = []
    for feed, texts in (("one", V2), ("two", V1)):
        folder = tmp_path / feed
        folder.mkdir()
        tables, _ = read_feed(feed_of(folder, texts), feed, today=TODAY)
        made.append(compile_feed(tables)[0])
    network = merge(made)
    first, second = network.fares
    assert first.areas_of["one_GARE"] == {"BES"}
    assert first.network_of["one_R"] == "rail"
    assert first.join_rules[1].from_stop_id == "one_V1"
    assert first.leg_rules[0].from_area_id == "BES", "its own affair"
    assert second.zone_of["two_BAUME"] == "2"
    assert (second.fares[0].agency_id, second.fare_rules[0].route_id) == ("two_A", "two_C")
    folder = tmp_path / "network"
    folder.mkdir()
    network.write(folder)
    assert Network.open(folder).fares == network.fares


def test_networks_written_before_there_were_prices_open(tmp_path: Path) -> None:
    tables, _ = read(tmp_path, {**V2})
    network, _ = compile_feed(tables)
    folder = tmp_path / "network"
    folder.mkdir()
    network.write(folder)
    (folder / "fares.json").unlink()
    opened = Network.open(folder)
    assert opened.fares == ()
    assert replace(network, fares=()).flex == opened.flex
