"""Stops: ids, where they are, what they are part of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gtfs_feeds.checks.agencies import is_zone
from gtfs_feeds.checks.draft import Draft, Rows
from gtfs_feeds.checks.zones import distance_m, zone_positions
from gtfs_feeds.findings import Severity

STOP, STATION, ENTRANCE, NODE, BOARDING_AREA = range(5)

_FAR_M = 1_000_000.0
"""From the middle of the feed: further than a regional or national network reaches."""
_LOST = "position ignored: the stop is served, but cannot be walked to"


def check_stops(draft: Draft) -> None:
    """Ids, parents, positions, zones. No stop is dropped but those without an id of their own."""
    draft.drop_duplicates("stops", ["stop_id"])
    _check_positions(draft)
    _check_parents(draft)
    _inherit_positions(draft)
    _check_details(draft)


def _check_positions(draft: Draft) -> None:
    lat, lon = draft.array("stops", "stop_lat"), draft.array("stops", "stop_lon")
    half = np.isnan(lat) != np.isnan(lon)
    origin = (np.abs(lat) <= 1) & (np.abs(lon) <= 1)
    pole = np.abs(lat) >= 89
    for rows, rule, message in (
        (half, "stop_without_location", "The stop has only one of stop_lat and stop_lon."),
        (
            origin,
            "point_near_origin",
            "The position is in the Gulf of Guinea, which is where a missing one ends up.",
        ),
        (pole, "point_near_pole", "The position is at a pole."),
    ):
        _lose(draft, rows, rule, message)
    _check_swapped(draft)


def _lose(draft: Draft, rows: Rows, rule: str, message: str) -> None:
    stops = draft.tables["stops"]
    shown = [f"{lat}, {lon}" for lat, lon in stops.loc[rows, ["stop_lat", "stop_lon"]].head(100).to_numpy()]
    draft.note(
        "stops", rows, rule, message, severity=Severity.ERROR, action=_LOST, field="stop_lat", values=shown
    )
    draft.assign("stops", "stop_lat", rows, np.nan)
    draft.assign("stops", "stop_lon", rows, np.nan)


def _check_swapped(draft: Draft) -> None:
    """Latitude and longitude exchanged: far from the feed's other stops as they are, near when exchanged back."""
    lat, lon = draft.array("stops", "stop_lat"), draft.array("stops", "stop_lon")
    known = ~np.isnan(lat)
    if not known.any():
        return
    middle = float(np.median(lat[known])), float(np.median(lon[known]))
    swapped = (
        known
        & (distance_m(lat, lon, *middle) > _FAR_M)
        & (distance_m(lon, lat, *middle) < _FAR_M)
        & (distance_m(lon, lat, *middle) * 4 < distance_m(lat, lon, *middle))
    )
    message = (
        "stop_lat and stop_lon seem to be exchanged: exchanged back, the stop is among the feed's others."
    )
    _lose(draft, swapped, "swapped_coordinates", message)
    _suspect_all_swapped(draft, middle)


def _suspect_all_swapped(draft: Draft, middle: tuple[float, float]) -> None:
    """The same of the whole feed, by the place its time zone is named after. Only told: zones are often wrong too."""
    zone = draft.tables["agency"]["agency_timezone"].iloc[0]
    place = zone_positions().get(zone)
    if place is None:
        return
    as_is, exchanged = float(distance_m(*middle, *place)), float(distance_m(middle[1], middle[0], *place))
    if as_is > 3 * _FAR_M and as_is > 4 * exchanged:
        draft.log.add(
            Severity.WARNING,
            "swapped_coordinates",
            "stops.txt",
            f"The stops are {as_is / 1000:,.0f} km from {zone}, and would be {exchanged / 1000:,.0f} km from it with "
            "stop_lat and stop_lon exchanged.",
            "kept as they are; exchange them in the feed, or correct the time zone",
        )


def _check_parents(draft: Draft) -> None:
    """A parent is there, is a station (of a boarding area: a platform), and stations have none."""
    draft_stops = draft.tables["stops"]
    parent = draft.array("stops", "parent_station")
    kind = draft.array("stops", "location_type")
    has_parent = parent != ""
    at = pd.Index(draft_stops["stop_id"]).get_indexer(pd.Index(parent))
    known = has_parent & (at >= 0)
    parent_kind = np.where(known, kind[at], -1)
    wanted = np.where(kind == BOARDING_AREA, STOP, STATION)
    for rows, rule, message in (
        (
            has_parent & ~known,
            "foreign_key_violation",
            "There is no stop “{value}” to be its parent_station.",
        ),
        (known & (kind == STATION), "station_with_parent_station", "A station cannot be part of “{value}”."),
        (
            known & (kind != STATION) & (parent_kind != wanted),
            "wrong_parent_location_type",
            "Its parent_station “{value}” is of another location_type than a parent has.",
        ),
    ):
        draft.note(
            "stops",
            rows,
            rule,
            message,
            severity=Severity.ERROR,
            action="parent_station ignored",
            field="parent_station",
        )
        draft.assign("stops", "parent_station", rows, "")
    alone = (draft.array("stops", "parent_station") == "") & (kind >= ENTRANCE)
    draft.note(
        "stops",
        alone,
        "location_without_parent_station",
        "An entrance, node or boarding area must be part of something.",
        severity=Severity.WARNING,
        action="kept as it is",
        field="location_type",
    )


def _inherit_positions(draft: Draft) -> None:
    """A stop without a position has its parent's (a boarding area, its platform's station's)."""
    stops = draft.tables["stops"]
    for _ in range(2):
        missing = stops["stop_lat"].isna().to_numpy()
        if not missing.any():
            return
        at = pd.Index(stops["stop_id"]).get_indexer(pd.Index(draft.array("stops", "parent_station")))
        lat, lon = draft.array("stops", "stop_lat"), draft.array("stops", "stop_lon")
        helped = missing & (at >= 0) & ~np.isnan(np.where(at >= 0, lat[at], np.nan))
        draft.note(
            "stops",
            helped,
            "stop_without_location",
            "The stop has no position of its own.",
            severity=Severity.INFO,
            action="its parent's position used",
            field="stop_id",
        )
        stops["stop_lat"], stops["stop_lon"] = np.where(helped, lat[at], lat), np.where(helped, lon[at], lon)
    lost = stops["stop_lat"].isna().to_numpy() & (stops["location_type"].to_numpy() <= ENTRANCE)
    draft.note(
        "stops",
        lost,
        "stop_without_location",
        "The stop has no position, and no parent to have it from.",
        severity=Severity.WARNING,
        action="kept: it is served, but cannot be walked to",
        field="stop_id",
    )


def _check_details(draft: Draft) -> None:
    stops = draft.tables["stops"]
    names, zones = draft.array("stops", "stop_name"), draft.array("stops", "stop_timezone")
    nameless = (names == "") & (stops["location_type"].to_numpy() <= ENTRANCE)
    draft.note(
        "stops",
        nameless,
        "missing_stop_name",
        "The stop has no name.",
        severity=Severity.WARNING,
        action="kept: its station's name or its id is shown",
        field="stop_id",
    )
    unknown = {zone for zone in set(zones) if zone and not is_zone(zone)}
    bad = np.array([zone in unknown for zone in zones], np.bool_)
    draft.note(
        "stops",
        bad,
        "invalid_timezone",
        "There is no time zone “{value}”.",
        severity=Severity.WARNING,
        action="its agency's zone used",
        field="stop_timezone",
    )
    draft.assign("stops", "stop_timezone", bad, "")
    unknown_level = (draft.array("stops", "level_id") != "") & ~draft.is_known(
        "stops", "level_id", "levels", "level_id"
    )
    draft.note(
        "stops",
        unknown_level,
        "foreign_key_violation",
        "There is no level “{value}”.",
        severity=Severity.WARNING,
        action="level ignored",
        field="level_id",
    )
    draft.assign("stops", "level_id", unknown_level, "")
