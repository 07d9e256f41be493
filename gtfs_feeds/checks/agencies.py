"""Agencies: their ids and time zones."""

from __future__ import annotations

import zoneinfo

import numpy as np
import pandas as pd

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.checks.zones import find_nearest_zone
from gtfs_feeds.findings import FeedRefusedError, Severity
from gtfs_feeds.tables import COLUMNS


def check_agencies(draft: Draft) -> None:
    """Ids are unique, and every agency has a time zone there is. Raises FeedRefusedError when no zone can be had."""
    if draft.tables["agency"].empty:
        _add_nameless(draft)
    draft.drop_duplicates("agency", ["agency_id"])
    _check_zones(draft)


def _add_nameless(draft: Draft) -> None:
    """Stand in for agencies none of which could be read: routes must be someone's."""
    draft.log.add(
        Severity.ERROR,
        "missing_required_field",
        "agency.txt",
        "The file has no agency that can be read.",
        f"an agency of the name {draft.feed_id} stands in",
    )
    row: dict[str, object] = dict.fromkeys(COLUMNS["agency"], "") | {"agency_name": draft.feed_id, "line": 1}
    draft.tables["agency"] = pd.DataFrame([row]).astype(draft.tables["agency"].dtypes)


def _check_zones(draft: Draft) -> None:
    zones = draft.array("agency", "agency_timezone")
    good = np.array([is_zone(zone) for zone in zones], np.bool_)
    fallback = zones[good][0] if good.any() else find_nearest_zone(draft.tables["stops"])
    if fallback is None:
        raise FeedRefusedError(
            "invalid_timezone",
            f"{draft.feed_id}: agency.txt names no valid time zone, so no time of the feed means anything. Ask the "
            'publisher to write one (such as Europe/Paris), or give it in the corrections: timezone = "Europe/Paris".',
        )
    origin = "another agency's" if good.any() else "that of the place nearest to its stops"
    draft.note(
        "agency",
        ~good,
        "invalid_timezone",
        "There is no time zone “{value}”.",
        severity=Severity.ERROR,
        action=f"{fallback} used, {origin}; give the right one in the corrections",
        field="agency_timezone",
    )
    draft.assign("agency", "agency_timezone", ~good, fallback)
    different = draft.array("agency", "agency_timezone") != draft.array("agency", "agency_timezone")[0]
    draft.note(
        "agency",
        different,
        "inconsistent_agency_timezone",
        "The agencies of a feed should share one time zone; this one has “{value}”.",
        severity=Severity.WARNING,
        action="kept: its trips are in its own zone",
        field="agency_timezone",
    )


def is_zone(name: str) -> bool:
    """Whether the IANA time zone database has this zone."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return bool(name)
