"""Trips: of which route and service."""

from __future__ import annotations

import numpy as np

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.findings import FeedRefusedError, Severity
from gtfs_feeds.service_days import ServiceDays


def check_trips(draft: Draft, days: ServiceDays) -> set[str]:
    """Ids and references. Returns the ids of trips dropped, whose calls go silently with them."""
    draft.drop_duplicates("trips", ["trip_id"])
    before = set(draft.tables["trips"]["trip_id"])
    draft.drop(
        "trips",
        ~draft.is_known("trips", "route_id", "routes", "route_id"),
        "foreign_key_violation",
        "There is no route “{value}”.",
        field="route_id",
        action="trip dropped",
    )
    draft.drop(
        "trips",
        ~draft.is_among("trips", "service_id", set(days.service_ids)),
        "foreign_key_violation",
        "There is no service “{value}” in calendar.txt or calendar_dates.txt.",
        field="service_id",
        action="trip dropped",
    )
    unknown = (draft.array("trips", "shape_id") != "") & ~draft.is_known(
        "trips", "shape_id", "shapes", "shape_id"
    )
    draft.note(
        "trips",
        unknown,
        "foreign_key_violation",
        "There is no shape “{value}”.",
        severity=Severity.WARNING,
        action="shape ignored: straight lines are drawn",
        field="shape_id",
    )
    draft.assign("trips", "shape_id", unknown, "")
    return before - set(draft.tables["trips"]["trip_id"])


def drop_unusable(draft: Draft, flexible: set[str], on_demand: set[str]) -> None:
    """Take out trips of fewer than two calls; of those in `flexible` calls were set aside before, and those `on_demand`
    are served all the same. Raises FeedRefusedError when nothing is left and nothing is on demand either.
    `stop_times` is sorted, and its `trip` is the row in `trips`, which stays so."""
    calls = draft.tables["stop_times"]
    trips = draft.tables["trips"]
    count = np.bincount(calls["trip"], minlength=len(trips))
    few = count < 2
    aside = draft.is_among("trips", "trip_id", flexible) & (count == 0)
    aside |= draft.is_among("trips", "trip_id", on_demand)
    draft.note(
        "trips",
        few & ~aside,
        "unusable_trip",
        "The trip “{value}” has fewer than two calls, so nobody can travel on it.",
        severity=Severity.ERROR,
        action="trip dropped, with what refers to it",
        field="trip_id",
    )
    if few.all() and not on_demand:
        why = "all its trips are on-demand (GTFS-Flex), and odd" if flexible else "see its findings"
        raise FeedRefusedError(
            "no_usable_trip",
            f"{draft.feed_id}: no trip of the feed can be used ({why}). Ask its publisher for one with a timetable.",
        )
    if few.any():
        draft.keep("stop_times", ~few[calls["trip"].to_numpy()])
        draft.keep("trips", ~few)
        renumbered = (np.cumsum(~few) - 1).astype(np.int32)
        draft.tables["stop_times"]["trip"] = renumbered[draft.array("stop_times", "trip")]
