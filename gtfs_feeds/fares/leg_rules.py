"""What legs cost, and which are one: fare_leg_rules.txt and fare_leg_join_rules.txt."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from gtfs_feeds.fares.rows import Row, first_of_each, rows_of
from gtfs_feeds.findings import FindingLog
from ticketing.fares.tables import JoinRule, LegRule

_KEY = (
    *("network_id", "from_area_id", "to_area_id"),
    *("from_timeframe_group_id", "to_timeframe_group_id", "fare_product_id"),
)
_JOIN_KEY = ("from_network_id", "to_network_id", "from_stop_id", "to_stop_id")


def read_leg_rules(
    table: pd.DataFrame,
    areas: Collection[str],
    networks: Collection[str],
    timeframes: Collection[str],
    products: Collection[str],
    log: FindingLog,
) -> tuple[LegRule, ...]:
    """The rules. One that refers to nothing is kept: it matches nothing, or has no price; without it another rule
    might match where it was meant to, at a price that is wrong."""
    known = {
        "network_id": networks,
        "from_area_id": areas,
        "to_area_id": areas,
        "from_timeframe_group_id": timeframes,
        "to_timeframe_group_id": timeframes,
    }
    found = []
    for row in first_of_each(rows_of("fare_leg_rules", table, log), _KEY):
        priority = row.read_integer("rule_priority", 0) if row["rule_priority"] else 0
        if priority is None:
            continue
        for field, among in known.items():
            if row[field] and row[field] not in among:
                row.note(
                    "foreign_key_violation", field, f"There is no {field} “{row[field][:80]}”.",
                    "matches no leg",
                )  # fmt: skip
        _note_product(row, products)
        found.append(
            LegRule(
                row.name,
                row["fare_product_id"],
                row["leg_group_id"],
                row["network_id"],
                row["from_area_id"],
                row["to_area_id"],
                row["from_timeframe_group_id"],
                row["to_timeframe_group_id"],
                priority,
            )
        )
    return tuple(found)


def _note_product(row: Row, products: Collection[str]) -> None:
    product = row["fare_product_id"]
    if not product:
        row.note(
            "missing_required_field",
            "fare_product_id",
            "The rule names no product.",
            "no price where it matches",
        )
    elif product not in products:
        message = f"There is no product “{product[:80]}” with a price."
        row.note("foreign_key_violation", "fare_product_id", message, "no price where it matches")


def read_join_rules(
    table: pd.DataFrame, networks: Collection[str], stop_ids: Collection[str], log: FindingLog
) -> tuple[JoinRule, ...]:
    """The rules that make several legs one."""
    found = []
    for row in first_of_each(rows_of("fare_leg_join_rules", table, log), _JOIN_KEY):
        unknown = next(
            (field for field in ("from_network_id", "to_network_id") if row[field] not in networks), None
        ) or next(
            (field for field in ("from_stop_id", "to_stop_id") if row[field] and row[field] not in stop_ids),
            None,
        )
        if unknown is not None:
            message = (
                f"There is no {unknown.removeprefix('from_').removeprefix('to_')} “{row[unknown][:80]}”."
            )
            row.drop("foreign_key_violation", unknown, message)
        elif bool(row["from_stop_id"]) != bool(row["to_stop_id"]):
            field = "to_stop_id" if row["from_stop_id"] else "from_stop_id"
            row.drop("missing_required_field", field, "from_stop_id and to_stop_id belong together.")
        else:
            found.append(JoinRule(row.name, *(row[field] for field in _JOIN_KEY)))
    return tuple(found)
