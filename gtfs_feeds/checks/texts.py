"""What people read beside names: translations, attributions, who publishes the feed."""

from __future__ import annotations

import numpy as np

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.findings import Severity
from gtfs_feeds.raw_table import NO_DATE
from gtfs_feeds.tables import COLUMNS

_RECORDS = {"agency": "agency_id", "stops": "stop_id", "routes": "route_id"}


def check_texts(draft: Draft, known_trips: set[str]) -> None:
    """References of translations and attributions; one row of feed_info."""
    _check_translations(draft)
    for field, stem in (("agency_id", "agency"), ("route_id", "routes"), ("trip_id", "trips")):
        among = known_trips if stem == "trips" else set(draft.tables[stem][field])
        bad = ~draft.is_among("attributions", field, among | {""})
        draft.drop(
            "attributions", bad, "foreign_key_violation", f"{field} “{{value}}” is nowhere else.", field=field
        )
    draft.keep(
        "attributions",
        draft.is_among("attributions", "trip_id", {"", *draft.tables["trips"]["trip_id"]}),
    )
    _check_info(draft)


def _check_translations(draft: Draft) -> None:
    rows = draft.tables["translations"]
    if rows.empty:
        return
    draft.drop(
        "translations",
        ~draft.is_among("translations", "table_name", COLUMNS),
        "translation_unknown_table_name",
        "No table “{value}” is read.",
        field="table_name",
        severity=Severity.INFO,
    )
    for stem, key in _RECORDS.items():
        about = draft.array("translations", "table_name") == stem
        draft.drop(
            "translations",
            about & ~draft.is_among("translations", "record_id", {"", *draft.tables[stem][key]}),
            "translation_foreign_key_violation",
            f"There is no {key} “{{value}}”.",
            field="record_id",
        )
    draft.drop_duplicates(
        "translations", ["table_name", "record_id", "record_sub_id", "field_value", "language", "field_name"]
    )


def _check_info(draft: Draft) -> None:
    more = np.arange(len(draft.tables["feed_info"])) > 0
    draft.drop(
        "feed_info",
        more,
        "more_than_one_entity",
        "feed_info.txt has one row.",
        severity=Severity.WARNING,
        field="feed_publisher_name",
    )
    start, end = draft.array("feed_info", "feed_start_date"), draft.array("feed_info", "feed_end_date")
    draft.note(
        "feed_info",
        (start != NO_DATE) & (end != NO_DATE) & (start > end),
        "start_and_end_range_out_of_order",
        "The feed ends before it starts.",
        severity=Severity.WARNING,
        action="kept: the calendars say when it runs",
        field="feed_version",
    )
    for column in ("feed_start_date", "feed_end_date"):
        draft.assign("feed_info", column, draft.array("feed_info", column) == NO_DATE, -1)
