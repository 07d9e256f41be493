"""Transfers: between stops, and between trips one stays seated in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.checks.draft import Draft, Rows
from gtfs_feeds.checks.stops import STATION
from gtfs_feeds.findings import Severity

STAY_SEATED = 4
"""transfer_type 4 (may stay seated) and 5 (must alight) link trips; 0 to 3 link stops."""


def check_transfers(draft: Draft, known_trips: set[str]) -> None:
    """References and keys. What holds for certain routes or trips only is left out rather than applied to all."""
    if draft.tables["transfers"].empty:
        return
    _check_references(draft, known_trips)
    _check_seated(draft)
    _check_walked(draft)
    draft.drop_duplicates(
        "transfers",
        ["from_route_id", "to_route_id", "from_trip_id", "to_trip_id", "from_stop_id", "to_stop_id"],
    )


def _given(draft: Draft, column: str) -> Rows:
    given: Rows = draft.array("transfers", column) != ""
    return given


def _check_references(draft: Draft, known_trips: set[str]) -> None:
    for side in ("from", "to"):
        for what, stem in (("stop", "stops"), ("route", "routes"), ("trip", "trips")):
            field = f"{side}_{what}_id"
            among = known_trips if what == "trip" else set(draft.tables[stem][f"{what}_id"])
            unknown = ~draft.is_among("transfers", field, among)
            draft.drop(
                "transfers",
                _given(draft, field) & unknown,
                "foreign_key_violation",
                f"There is no {what} “{{value}}”.",
                field=field,
            )
        field = f"{side}_trip_id"
        kept = ~_given(draft, field) | draft.is_known("transfers", field, "trips", "trip_id")
        draft.keep("transfers", kept)


def _seated(draft: Draft) -> NDArray[np.bool_]:
    seated: Rows = draft.array("transfers", "transfer_type") >= STAY_SEATED
    return seated


def _check_seated(draft: Draft) -> None:
    for field in ("from_trip_id", "to_trip_id"):
        draft.drop(
            "transfers",
            _seated(draft) & ~_given(draft, field),
            "missing_required_field",
            f"{field} is empty, and a transfer of type 4 or 5 is between trips.",
            field=field,
        )


def _check_walked(draft: Draft) -> None:
    named = np.zeros(len(draft.tables["transfers"]), np.bool_)
    for field in ("from_route_id", "to_route_id", "from_trip_id", "to_trip_id"):
        named |= _given(draft, field)
    draft.drop(
        "transfers",
        named & ~_seated(draft),
        "transfer_of_routes_or_trips",
        "The transfer holds for certain routes or trips only.",
        field="from_stop_id",
        severity=Severity.INFO,
        action="not applied: transfers are known between stops, and types 4 and 5 between trips",
    )
    kinds = dict(zip(draft.array("stops", "stop_id"), draft.array("stops", "location_type"), strict=True))
    for field in ("from_stop_id", "to_stop_id"):
        draft.drop(
            "transfers",
            ~_seated(draft) & ~_given(draft, field),
            "missing_required_field",
            f"{field} is empty, and a transfer of types 0 to 3 is between stops.",
            field=field,
        )
        misplaced = [kinds.get(stop, 0) > STATION for stop in draft.array("transfers", field)]
        draft.drop(
            "transfers",
            np.array(misplaced, np.bool_),
            "transfer_with_invalid_stop_location_type",
            "“{value}” is an entrance, node or boarding area; transfers are between stops and stations.",
            field=field,
        )
    timeless = (draft.array("transfers", "transfer_type") == 2) & (
        draft.array("transfers", "min_transfer_time") < 0
    )
    draft.note(
        "transfers",
        timeless,
        "missing_required_field",
        "min_transfer_time is empty, and a transfer of type 2 is about it.",
        severity=Severity.WARNING,
        action="kept: the time of the walk is taken",
        field="min_transfer_time",
        values=[""] * int(timeless.sum()),
    )
