"""Fares v1: fare_attributes.txt and fare_rules.txt."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from gtfs_feeds.fares.amounts import digits_of, is_currency, parse_price
from gtfs_feeds.fares.files import FareFiles
from gtfs_feeds.fares.rows import Row, first_of_each, rows_of
from gtfs_feeds.findings import FindingLog, Severity
from ticketing.fares.tables import FareAttribute, FareRule, FeedFares, Pair

_RULE_KEY = ("fare_id", "route_id", "origin_id", "destination_id", "contains_id")
_ZONES = ("origin_id", "destination_id", "contains_id")


def read_v1(
    feed_id: str, files: FareFiles, tables: Mapping[str, pd.DataFrame], log: FindingLog
) -> FeedFares | None:
    """The fares; None: there are none. A rule that refers to nothing is kept and matches nothing: without rules a
    fare would be valid everywhere."""
    if files.unreadable & {"fare_attributes.txt", "fare_rules.txt"}:
        return None
    agencies = set(tables["agency"]["agency_id"])
    rows = first_of_each(rows_of("fare_attributes", files.tables["fare_attributes"], log), ("fare_id",))
    fares = tuple(fare for fare in (_read_fare(row, agencies) for row in rows) if fare is not None)
    if not fares:
        return None
    stops = tables["stops"]
    zones = tuple(
        Pair(stop, zone) for stop, zone in zip(stops["stop_id"], stops["zone_id"], strict=True) if zone
    )
    known = {pair.of for pair in zones}
    rules = _read_rules(
        files, {fare.fare_id for fare in fares}, set(tables["routes"]["route_id"]), known, log
    )
    return FeedFares(
        feed_id,
        fares=fares,
        fare_rules=rules,
        stop_zones=zones
        if any(rule.origin_id or rule.destination_id or rule.contains_id for rule in rules)
        else (),
    )


def _read_fare(row: Row, agencies: Collection[str]) -> FareAttribute | None:
    currency, transfers = row["currency_type"], row["transfers"]
    if not is_currency(currency):
        row.drop("invalid_currency", "currency_type", f"“{currency[:80]}” is no currency of ISO 4217.")
        return None
    cents = parse_price(row["price"], currency)
    if cents is None or cents < 0:
        rule = "invalid_currency_amount" if cents is None else "number_out_of_range"
        message = f"A price in {currency} is a number, not negative, of at most {digits_of(currency)} decimal places."
        row.drop(rule, "price", message)
        return None
    if transfers not in ("", "0", "1", "2"):
        row.drop("unexpected_enum_value", "transfers", "transfers is 0, 1, 2 or empty (any number).")
        return None
    if row["agency_id"] and row["agency_id"] not in agencies:
        row.drop("foreign_key_violation", "agency_id", f"There is no agency “{row['agency_id'][:80]}”.")
        return None
    if row["payment_method"] not in ("0", "1"):
        said = "unexpected_enum_value" if row["payment_method"] else "missing_required_field"
        message = "payment_method is 0 (paid on board) or 1 (before)."
        row.note(said, "payment_method", message, "kept: no price depends on it", Severity.WARNING)
    duration_s = None
    if row["transfer_duration"]:
        duration_s = row.read_integer("transfer_duration", 0)
        if duration_s is None:
            return None
    return FareAttribute(
        row.name,
        row["fare_id"],
        cents,
        currency,
        int(transfers) if transfers else None,
        duration_s,
        row["agency_id"],
    )


def _read_rules(
    files: FareFiles,
    fares: Collection[str],
    route_ids: Collection[str],
    zones: Collection[str],
    log: FindingLog,
) -> tuple[FareRule, ...]:
    found = []
    for row in first_of_each(rows_of("fare_rules", files.tables["fare_rules"], log), _RULE_KEY):
        if row["fare_id"] not in fares:
            row.drop("foreign_key_violation", "fare_id", f"There is no fare “{row['fare_id'][:80]}”.")
            continue
        unknown = [field for field in _ZONES if row[field] and row[field] not in zones]
        if row["route_id"] and row["route_id"] not in route_ids:
            unknown.insert(0, "route_id")
        for field in unknown:
            what = "route" if field == "route_id" else "zone"
            row.note(
                "foreign_key_violation", field, f"There is no {what} “{row[field][:80]}”.", "matches no ride"
            )
        found.append(FareRule(row.name, *(row[field] for field in _RULE_KEY)))
    return tuple(found)
