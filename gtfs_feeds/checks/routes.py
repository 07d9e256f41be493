"""Routes: whose they are, what runs on them, how they look."""

from __future__ import annotations

import re

import numpy as np

from gtfs_feeds.checks.draft import Draft, Rows
from gtfs_feeds.findings import Severity

_COLOR = re.compile(r"[0-9A-Fa-f]{6}", re.ASCII)
_BASIC_TYPES = frozenset((0, 1, 2, 3, 4, 5, 6, 7, 11, 12))
_EXTENDED_TYPES = range(100, 1703)
"""Google's extended route types, from 100 (railway) to 1702 (horse-drawn carriage)."""


def check_routes(draft: Draft) -> None:
    """Ids, agencies, types, colours, names. A route keeps its trips whatever is wrong with its looks."""
    draft.drop_duplicates("routes", ["route_id"])
    _check_agency(draft)
    kinds = draft.array("routes", "route_type")
    strange = np.array([kind not in _BASIC_TYPES and kind not in _EXTENDED_TYPES for kind in kinds], np.bool_)
    draft.note(
        "routes",
        strange,
        "unexpected_enum_value",
        "There is no route_type “{value}” (-1: none given).",
        severity=Severity.WARNING,
        action="kept: shown as “other”",
        field="route_type",
    )
    for field in ("route_color", "route_text_color"):
        colors = draft.array("routes", field)
        bad = np.array([bool(color) and not _COLOR.fullmatch(color) for color in colors], np.bool_)
        draft.note(
            "routes",
            bad,
            "invalid_color",
            "“{value}” is not a colour: six hexadecimal digits are.",
            severity=Severity.WARNING,
            action="colour ignored",
            field=field,
        )
        draft.assign("routes", field, bad, "")
    nameless = (draft.array("routes", "route_short_name") == "") & (
        draft.array("routes", "route_long_name") == ""
    )
    draft.note(
        "routes",
        nameless,
        "route_both_short_and_long_name_missing",
        "The route has no name at all.",
        severity=Severity.WARNING,
        action="kept as it is",
        field="route_id",
    )


def _check_agency(draft: Draft) -> None:
    """Every route is some agency's: an only agency's without being said, the first one's when it cannot be known."""
    first = draft.tables["agency"]["agency_id"].iloc[0]
    several = len(draft.tables["agency"]) > 1
    given: Rows = draft.array("routes", "agency_id") != ""
    known = draft.is_known("routes", "agency_id", "agency", "agency_id")
    action = "the feed's first agency taken"
    draft.note(
        "routes",
        given & ~known,
        "foreign_key_violation",
        "There is no agency “{value}”.",
        severity=Severity.WARNING,
        action=action,
        field="agency_id",
    )
    if several:
        draft.note(
            "routes",
            ~given & ~known,
            "missing_required_field",
            "agency_id is empty, and the feed has several agencies.",
            severity=Severity.WARNING,
            action=action,
            field="agency_id",
        )
    draft.assign("routes", "agency_id", ~known, first)
