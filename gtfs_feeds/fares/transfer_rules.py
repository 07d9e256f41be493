"""What changes cost: fare_transfer_rules.txt."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from gtfs_feeds.fares.rows import Row, first_of_each, rows_of
from gtfs_feeds.findings import FindingLog
from ticketing.fares.tables import TransferRule

_KEY = ("from_leg_group_id", "to_leg_group_id", "transfer_count", "duration_limit", "fare_product_id")


def read_transfer_rules(
    table: pd.DataFrame, groups: Collection[str], products: Collection[str], log: FindingLog
) -> tuple[TransferRule, ...]:
    """The rules. One without a good product is kept: what the change costs is then unknown, not nothing."""
    found = []
    for row in first_of_each(rows_of("fare_transfer_rules", table, log), _KEY):
        made = _read_rule(row, groups)
        if made is None:
            continue
        if made.product_id and made.product_id not in products:
            row.note(
                "foreign_key_violation", "fare_product_id",
                f"There is no product “{made.product_id[:80]}” with a price.", "no price where it applies",
            )  # fmt: skip
        found.append(made)
    return tuple(found)


def _read_rule(row: Row, groups: Collection[str]) -> TransferRule | None:
    """The rule; None (noted): it cannot be used."""
    for field in ("from_leg_group_id", "to_leg_group_id"):
        if row[field] and row[field] not in groups:
            row.drop("foreign_key_violation", field, f"No leg rule is of the group “{row[field][:80]}”.")
            return None
    if row["fare_transfer_type"] not in ("0", "1", "2"):
        rule = "unexpected_enum_value" if row["fare_transfer_type"] else "missing_required_field"
        row.drop(rule, "fare_transfer_type", "fare_transfer_type is 0, 1 or 2.")
        return None
    limit = _read_limit(row)
    if limit is None:
        return None
    count = _read_count(row)
    if count is None:
        return None
    return TransferRule(
        row.name,
        row["from_leg_group_id"],
        row["to_leg_group_id"],
        int(row["fare_transfer_type"]),
        row["fare_product_id"],
        *count,
        *limit,
    )


def _read_limit(row: Row) -> tuple[int | None, int | None] | None:
    """(limit, type), both None where there is no limit; None (noted): half of it."""
    limit, kind = row["duration_limit"], row["duration_limit_type"]
    if limit and not kind:
        rule = "fare_transfer_rule_duration_limit_without_type"
        row.drop(rule, "duration_limit_type", "It is not told from when to when duration_limit is measured.")
        return None
    if kind and not limit:
        rule = "fare_transfer_rule_duration_limit_type_without_duration_limit"
        row.drop(rule, "duration_limit", "There is a duration_limit_type without a duration_limit.")
        return None
    if not limit:
        return None, None
    if kind not in ("0", "1", "2", "3"):
        row.drop("unexpected_enum_value", "duration_limit_type", "duration_limit_type is 0, 1, 2 or 3.")
        return None
    limit_s = row.read_integer("duration_limit", 1)
    return None if limit_s is None else (limit_s, int(kind))


def _read_count(row: Row) -> tuple[int | None] | None:
    """(how many,), None in it where the rule has none; None (noted): it should have none, or one, or another."""
    text = row["transfer_count"]
    within = row["from_leg_group_id"] == row["to_leg_group_id"] != ""
    if not within:
        if text:
            rule = "fare_transfer_rule_with_forbidden_transfer_count"
            row.drop(rule, "transfer_count", "Only rules from a group to itself have a transfer_count.")
            return None
        return (None,)
    if not text:
        rule = "fare_transfer_rule_missing_transfer_count"
        row.drop(
            rule, "transfer_count", "A rule from a group to itself says to how many transfers it applies."
        )
        return None
    if text != "-1" and (not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1):
        rule = "fare_transfer_rule_invalid_transfer_count"
        row.drop(rule, "transfer_count", "transfer_count is -1 (no limit), or 1 or more.")
        return None
    return (int(text),)
