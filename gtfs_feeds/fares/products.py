"""What is bought: fare_products.txt, rider_categories.txt and fare_media.txt."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pandas as pd

from gtfs_feeds.fares.amounts import digits_of, is_currency, parse_amount
from gtfs_feeds.fares.rows import Row, first_of_each, rows_of
from gtfs_feeds.findings import FindingLog, Severity
from ticketing.fares.tables import Medium, ProductRow

_KEY = ("fare_product_id", "rider_category_id", "fare_media_id")


def read_media(table: pd.DataFrame, log: FindingLog) -> tuple[Medium, ...]:
    """The media one pays with."""
    rows = first_of_each(rows_of("fare_media", table, log), ("fare_media_id",))
    return tuple(Medium(row["fare_media_id"], row["fare_media_name"]) for row in rows)


def read_products(
    tables: Mapping[str, pd.DataFrame], media: Collection[str], log: FindingLog
) -> tuple[ProductRow, ...]:
    """What products cost whom with which medium, and of which category one is who says nothing."""
    categories = _read_categories(tables["rider_categories"], log)
    found: list[ProductRow] = []
    lines: dict[str, Row] = {}
    for row in first_of_each(rows_of("fare_products", tables["fare_products"], log), _KEY):
        made = _read_product(row, categories, media)
        if made is not None:
            found.append(made)
            lines[made.row] = row
    defaults = _find_defaults(found, categories, lines)
    return tuple(
        replace(one, is_default=defaults.get(one.product_id) == one.category_id) if one.category_id else one
        for one in found
    )


def _read_categories(table: pd.DataFrame, log: FindingLog) -> dict[str, bool]:
    """Which rider categories there are, and whether each is a default one."""
    found: dict[str, bool] = {}
    for row in first_of_each(rows_of("rider_categories", table, log), ("rider_category_id",)):
        said = row["is_default_fare_category"]
        if said not in ("", "0", "1"):
            row.note(
                "unexpected_enum_value", "is_default_fare_category",
                f"is_default_fare_category is out of its range: “{said[:80]}”.", "no default category",
            )  # fmt: skip
        found[row["rider_category_id"]] = said == "1"
    return found


def _read_product(row: Row, categories: Collection[str], media: Collection[str]) -> ProductRow | None:
    category, medium, currency = row["rider_category_id"], row["fare_media_id"], row["currency"]
    if category and category not in categories:
        row.drop(
            "foreign_key_violation", "rider_category_id", f"There is no rider category “{category[:80]}”."
        )
        return None
    if medium and medium not in media:
        row.drop("foreign_key_violation", "fare_media_id", f"There is no fare medium “{medium[:80]}”.")
        return None
    if not is_currency(currency):
        row.drop("invalid_currency", "currency", f"“{currency[:80]}” is no currency of ISO 4217.")
        return None
    cents = parse_amount(row["amount"], currency)
    if cents is None:
        message = f"An amount in {currency} is a number with {digits_of(currency)} decimal places."
        row.drop("invalid_currency_amount", "amount", message)
        return None
    return ProductRow(
        row.name,
        row["fare_product_id"],
        row["fare_product_name"],
        cents,
        currency,
        category,
        medium_id=medium,
    )


def _find_defaults(
    found: list[ProductRow], categories: Mapping[str, bool], lines: Mapping[str, Row]
) -> dict[str, str]:
    """The default category of each product that has one."""
    defaults: dict[str, str] = {}
    listed: dict[str, list[ProductRow]] = {}
    for one in found:
        listed.setdefault(one.product_id, []).append(one)
    for product, rows in listed.items():
        own = dict.fromkeys(row.category_id for row in rows if row.category_id)
        marked = [category for category in own if categories[category]]
        if marked:
            defaults[product] = marked[0]
        if len(marked) > 1:
            lines[next(row.row for row in rows if row.category_id == marked[1])].note(
                "fare_product_with_multiple_default_rider_categories", "rider_category_id",
                f"The product has prices for several default categories: {', '.join(marked[:5])}.",
                f"{marked[0]} taken as the default",
            )  # fmt: skip
        if len(own) > 1 and not marked and all(row.category_id for row in rows):
            lines[rows[0].row].note(
                "fare_product_without_default_rider_category", "rider_category_id",
                "The product has prices for several categories, and none of them is the default one.",
                "no price for riders of none of them", Severity.WARNING,
            )  # fmt: skip
    return defaults
