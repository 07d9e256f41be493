"""Pathways and levels: ways within stations."""

from __future__ import annotations

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.checks.stops import STATION


def check_pathways(draft: Draft) -> None:
    """References and keys. A traversal time of zero counts as not given: nobody walks in no time."""
    draft.drop_duplicates("levels", ["level_id"])
    if draft.tables["pathways"].empty:
        return
    draft.drop_duplicates("pathways", ["pathway_id"])
    stations = set(draft.tables["stops"]["stop_id"][draft.array("stops", "location_type") == STATION])
    for field in ("from_stop_id", "to_stop_id"):
        draft.drop(
            "pathways",
            ~draft.is_known("pathways", field, "stops", "stop_id"),
            "foreign_key_violation",
            "There is no stop “{value}”.",
            field=field,
        )
        draft.drop(
            "pathways",
            draft.is_among("pathways", field, stations),
            "pathway_to_wrong_location_type",
            "“{value}” is a station; pathways join its platforms, entrances and nodes.",
            field=field,
        )
    draft.drop(
        "pathways",
        draft.array("pathways", "from_stop_id") == draft.array("pathways", "to_stop_id"),
        "pathway_loop",
        "The pathway leads from “{value}” to itself.",
        field="to_stop_id",
    )
    draft.assign("pathways", "traversal_time", draft.array("pathways", "traversal_time") == 0, -1)
