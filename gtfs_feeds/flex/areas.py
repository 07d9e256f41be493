"""The areas flexible calls name: stops, groups of stops, zones. Their ids are unique across all three."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from gtfs_feeds.findings import FindingLog, Severity, shorten
from gtfs_feeds.flex.locations import FILE as LOCATIONS
from gtfs_feeds.flex.locations import zone_of_shape
from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.service_areas import shape_of


@dataclass(frozen=True)
class Areas:
    """All there are in a feed, by their ids. An id of several kinds is a stop before it is a group, and a group before
    it is a zone."""

    stops: Mapping[str, Stop]
    groups: Mapping[str, StopGroup]
    zones: Mapping[str, Zone]

    def __contains__(self, area_id: str) -> bool:
        return area_id in self.stops or area_id in self.groups or area_id in self.zones


class _Member(NamedTuple):
    """A row that puts a stop (or, before the adoption of GTFS-Flex, a zone) into a group."""

    group_id: str
    name: str
    member_id: str
    file: str
    line: int


def read_areas(
    stops: pd.DataFrame, tables: Mapping[str, pd.DataFrame], zones: Mapping[str, Zone], log: FindingLog
) -> Areas:
    """All areas. Groups of zones, which GTFS-Flex had before its adoption, are zones: one may go from each to each."""
    known = _stops_of(stops)
    groups: dict[str, StopGroup] = {}
    unions: dict[str, Zone] = {}
    names, members = _list_members(tables)
    for group_id, rows in members.items():
        found = [row for row in rows if _is_known(row, known, zones, log)]
        inside = [row.member_id for row in found if row.member_id in known]
        around = [zones[row.member_id] for row in found if row.member_id not in known]
        if around:
            union = shapely.union_all([shape_of(zone) for zone in around])
            zone = zone_of_shape(group_id, names[group_id], union)
            if zone is not None:
                unions[group_id] = zone
            _note_mixed(rows[0], len(inside), log)
        elif inside:
            groups[group_id] = StopGroup(group_id, names[group_id], tuple(dict.fromkeys(inside)))
    for group_id, name in names.items():
        if group_id not in groups and group_id not in unions:
            message = f"The group “{shorten(name or group_id)}” has no stop."
            log.add(
                Severity.ERROR, "location_group_without_stops", "location_groups.txt", message, "group dropped",
                field="location_group_id", value=group_id,
            )  # fmt: skip
    areas = Areas(known, groups, {**zones, **unions})
    _note_shared_ids(areas, zones, log)
    return areas


def _stops_of(stops: pd.DataFrame) -> dict[str, Stop]:
    columns = (stops[name].tolist() for name in ("stop_id", "stop_name", "stop_lat", "stop_lon"))
    return {
        id_: Stop(id_, name, Point(lat, lon))
        for id_, name, lat, lon in zip(*columns, strict=True)
        if np.isfinite(lat)
    }


def _list_members(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, str], dict[str, list[_Member]]]:
    """The names of all groups, and their members, in the order of the files."""
    names: dict[str, str] = {}
    members: dict[str, list[_Member]] = {}

    def add(stem: str, group: str, name: str, member: str) -> None:
        table = tables[stem]
        columns = [
            table[column].tolist() if column else [""] * len(table) for column in (group, name, member)
        ]
        for group_id, group_name, member_id, line in zip(*columns, table["line"].tolist(), strict=True):
            names[group_id] = names.get(group_id) or group_name
            if member_id:
                row = _Member(group_id, group_name, member_id, f"{stem}.txt", line)
                members.setdefault(group_id, []).append(row)

    add("location_groups", "location_group_id", "location_group_name", "location_id")
    add("location_group_stops", "location_group_id", "", "stop_id")
    own = set(names)
    areas: dict[str, str] = {}
    for id_, name in zip(
        tables["areas"]["area_id"].tolist(), tables["areas"]["area_name"].tolist(), strict=True
    ):
        areas.setdefault(id_, name)
    table = tables["stop_areas"]
    for id_, member_id, line in zip(
        table["area_id"].tolist(), table["stop_id"].tolist(), table["line"].tolist(), strict=True
    ):
        if id_ not in own:
            names.setdefault(id_, areas.get(id_, ""))
            row = _Member(id_, names[id_], member_id, "stop_areas.txt", line)
            members.setdefault(id_, []).append(row)
    return names, members


def _is_known(row: _Member, stops: Mapping[str, Stop], zones: Mapping[str, Zone], log: FindingLog) -> bool:
    if row.member_id in stops or row.member_id in zones:
        return True
    field = "location_id" if row.file == "location_groups.txt" else "stop_id"
    message = f"There is no stop and no location “{shorten(row.member_id)}”."
    log.add(
        Severity.ERROR, "foreign_key_violation", row.file, message, "row dropped",
        line=row.line, field=field, value=row.member_id,
    )  # fmt: skip
    return False


def _note_mixed(row: _Member, stops: int, log: FindingLog) -> None:
    if stops:
        message = f"The group “{shorten(row.group_id)}” has zones and {stops} stops."
        action = "read as its zones: stops outside of them are not served"
        log.add(
            Severity.WARNING, "location_group_of_zones_and_stops", row.file, message, action,
            line=row.line, value=row.group_id,
        )  # fmt: skip


def _note_shared_ids(areas: Areas, zones: Mapping[str, Zone], log: FindingLog) -> None:
    kinds = (
        ("location_groups.txt", areas.groups, areas.stops),
        (LOCATIONS, zones, {**areas.stops, **areas.groups}),
    )
    for file, own, others in kinds:
        for id_ in own:
            if id_ in others:
                message = f"The id “{shorten(id_)}” is that of a stop or a group, too."
                action = "read as the stop, or else as the group"
                log.add(Severity.ERROR, "duplicate_geography_id", file, message, action, value=id_)
