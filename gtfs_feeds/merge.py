"""Several networks as one: indices shifted, days aligned, stops of different feeds linked on foot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import Catalogue, order_by_text, text
from gtfs_feeds.compile.options import CompileOptions
from gtfs_feeds.footpaths import WALK_S_MIN, crow_fly_m, nearby_pairs, to_csr, walk_duration_s
from gtfs_feeds.network import Network
from routing.snapshot import read_only
from routing.timetable import Timetable, TimetableInfo

_DEFAULT_OPTIONS = CompileOptions()

Array = NDArray[Any]
Shifts = NDArray[np.int64]
"""What to add to the indices of each network."""


def merge(networks: Sequence[Network], options: CompileOptions = _DEFAULT_OPTIONS) -> Network:
    """One network of all, in their order; feeds keep their identifiers. The first network's first zone stays first.

    Boardable stops come first again, so stops are renumbered; everything else is shifted. Stops of different
    networks within `options.walk_m_max` are linked by footpaths. Raises ValueError when nothing is given, or one
    feed twice.
    """
    _check_feeds(networks)
    if len(networks) == 1:
        return networks[0]
    stop_index = _stop_indices(networks)
    boardable = sum(network.info.boardable_count for network in networks)
    zones = tuple(dict.fromkeys(zone for network in networks for zone in network.info.zones))
    first_day, service_active = _align_services(networks)
    footpaths, estimated = _merge_footpaths(networks, stop_index, boardable, options.walk_m_max)
    timetable = Timetable(
        **_merge_stops(networks, stop_index),
        **footpaths,
        **_merge_trips(networks, stop_index, zones),
        service_active=service_active,
    )
    info = TimetableInfo(zones, first_day, boardable)
    catalogue = _merge_catalogues(networks, stop_index, estimated)
    flex = tuple(service for network in networks for service in network.flex)
    fares = tuple(one for network in networks for one in network.fares)
    return Network(read_only(timetable), info, read_only(catalogue), flex, fares)


def _check_feeds(networks: Sequence[Network]) -> None:
    if not networks:
        raise ValueError("There is no network to merge: give at least one.")
    feeds = [text(n.catalogue, index) for n in networks for index in n.catalogue.feed_id_text]
    twice = sorted({feed for feed in feeds if feeds.count(feed) > 1})
    if twice:
        raise ValueError(
            f"Feed {twice[0]!r} is in more than one network: give each feed once, under its own id."
        )


def _stop_indices(networks: Sequence[Network]) -> list[NDArray[np.int32]]:
    """The new index of each network's stops: all boardable ones first, then all others, in the networks' order."""
    boardable = [network.info.boardable_count for network in networks]
    others = [len(network.timetable.stop_lat) - n for network, n in zip(networks, boardable, strict=True)]
    first_other = sum(boardable) + _shifts(others)
    return [
        np.concatenate([first + np.arange(n), rest + np.arange(m)]).astype(np.int32)
        for first, n, rest, m in zip(_shifts(boardable), boardable, first_other, others, strict=True)
    ]


def _shifts(sizes: Sequence[int]) -> Shifts:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


def _align_services(networks: Sequence[Network]) -> tuple[dt.date, NDArray[np.uint8]]:
    """All services on one calendar, from the first day any of them runs to the last."""
    tables = [(network.info.first_day, network.timetable.service_active) for network in networks]
    dated = [(day, table) for day, table in tables if table.any()] or tables[:1]
    first_day = min(day for day, _ in dated)
    days = max((day - first_day).days + table.shape[1] for day, table in dated)
    active = np.zeros((sum(len(table) for _, table in tables), days), np.uint8)
    row = 0
    for day, table in tables:
        if table.any():
            offset = (day - first_day).days
            active[row : row + len(table), offset : offset + table.shape[1]] = table
        row += len(table)
    return first_day, active


def _merge_stops(networks: Sequence[Network], stop_index: list[NDArray[np.int32]]) -> dict[str, Array]:
    parts = [network.timetable for network in networks]
    parents = [
        np.where(part.stop_parent >= 0, index[part.stop_parent], -1).astype(np.int32) if len(index) else index
        for part, index in zip(parts, stop_index, strict=True)
    ]
    return {
        "stop_lat": _by_stop([part.stop_lat for part in parts], stop_index),
        "stop_lon": _by_stop([part.stop_lon for part in parts], stop_index),
        "stop_parent": _by_stop(parents, stop_index),
        "stop_wheelchair": _by_stop([part.stop_wheelchair for part in parts], stop_index),
        "change_time_s": np.concatenate([part.change_time_s for part in parts]),
    }


def _by_stop(columns: Sequence[Array], stop_index: list[NDArray[np.int32]]) -> Array:
    merged = np.empty(sum(len(column) for column in columns), columns[0].dtype)
    for column, index in zip(columns, stop_index, strict=True):
        merged[index] = column
    return merged


def _merge_footpaths(
    networks: Sequence[Network], stop_index: list[NDArray[np.int32]], boardable: int, walk_m_max: float
) -> tuple[dict[str, Array], Array]:
    """Each network's own footpaths, and walks between stops of different ones; and which are estimated."""
    own_start, own_end = [], []
    for network, index in zip(networks, stop_index, strict=True):
        first = network.timetable.footpath_first
        own_start.append(np.repeat(index[: network.info.boardable_count], np.diff(first)))
        own_end.append(index[network.timetable.footpath_to])
    counts = [network.info.boardable_count for network in networks]
    lat, lon = (
        np.concatenate([column[:n] for column, n in zip(columns, counts, strict=True)])
        for columns in ([n.timetable.stop_lat for n in networks], [n.timetable.stop_lon for n in networks])
    )
    source = np.repeat(np.arange(len(networks)), counts)
    near = nearby_pairs(lat, lon, walk_m_max)
    between = source[near.start] != source[near.end]
    start, end = near.start[between], near.end[between]
    walk_s = np.maximum(walk_duration_s(crow_fly_m(lat[start], lon[start], lat[end], lon[end])), WALK_S_MIN)
    start = np.concatenate([*own_start, start]).astype(np.int64)
    end = np.concatenate([*own_end, end]).astype(np.int64)
    duration_s = np.concatenate([*(network.timetable.footpath_duration_s for network in networks), walk_s])
    rolled_s = [network.timetable.footpath_wheelchair_s for network in networks]
    wheelchair_s = np.concatenate([*rolled_s, walk_s])
    guessed = [network.catalogue.footpath_estimated for network in networks]
    estimated = np.concatenate([*guessed, np.ones(len(walk_s), np.uint8)])
    first, order = to_csr(start, end, boardable)
    footpaths = {
        "footpath_first": first,
        "footpath_to": end[order].astype(np.int32),
        "footpath_duration_s": duration_s[order].astype(np.int32),
        "footpath_wheelchair_s": wheelchair_s[order].astype(np.int32),
    }
    return footpaths, estimated[order]


def _merge_trips(
    networks: Sequence[Network], stop_index: list[NDArray[np.int32]], zones: tuple[str, ...]
) -> dict[str, Array]:
    """Patterns, trips, events, frequencies and links."""
    parts = [network.timetable for network in networks]
    positions = _shifts([len(part.pattern_stop) for part in parts])
    patterns = _shifts([len(part.pattern_first) - 1 for part in parts])
    events = _shifts([len(part.event_arrival_s) for part in parts])
    trips = _shifts([len(part.trip_pattern) for part in parts])
    services = _shifts([len(part.service_active) for part in parts])
    blocks = _shifts([int(part.trip_block.max(initial=-1)) + 1 for part in parts])
    shifted = {
        "pattern_first": _offsets([part.pattern_first for part in parts], positions),
        "trip_pattern": _shift([part.trip_pattern for part in parts], patterns),
        "trip_first_event": _shift([part.trip_first_event for part in parts], events),
        "trip_service": _shift([part.trip_service for part in parts], services),
        "trip_block": _shift([part.trip_block for part in parts], blocks),
        "frequency_trip": _shift([part.frequency_trip for part in parts], trips),
        "seated_from_trip": _shift([part.seated_from_trip for part in parts], trips),
        "seated_to_trip": _shift([part.seated_to_trip for part in parts], trips),
    }
    mapped = {
        "pattern_stop": np.concatenate(
            [index[part.pattern_stop] for part, index in zip(parts, stop_index, strict=True)]
        ),
        "trip_zone": np.concatenate(
            [
                np.array([zones.index(zone) for zone in network.info.zones], np.uint8)[
                    network.timetable.trip_zone
                ]
                for network in networks
            ]
        ),
    }
    names = (
        *(
            "pattern_pickup",
            "pattern_dropoff",
            "trip_mode",
            "trip_wheelchair",
            "trip_bikes",
            "event_arrival_s",
        ),
        *(
            "event_departure_s",
            "frequency_start_s",
            "frequency_end_s",
            "frequency_headway_s",
            "frequency_exact",
        ),
        "seated_allowed",
    )
    return (
        shifted | mapped | {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def _shift(columns: Sequence[Array], shifts: Shifts) -> Array:
    """Indices of each network moved by its shift; negative ones mean "none" and stay."""
    moved = [
        np.where(column >= 0, column + shift, column) for column, shift in zip(columns, shifts, strict=True)
    ]
    return np.concatenate(moved).astype(columns[0].dtype)


def _offsets(columns: Sequence[Array], shifts: Shifts) -> Array:
    """CSR offsets of each network, one after the other."""
    ends = [column[1:] + shift for column, shift in zip(columns, shifts, strict=True)]
    return np.concatenate([columns[0][:1], *ends]).astype(columns[0].dtype)


_POINTS_TO = {
    "agency_feed": "feed_id_text",
    "stop_feed": "feed_id_text",
    "route_agency": "agency_id_text",
    "trip_route": "route_id_text",
}
"""Columns of indices, and a column as long as what they are indices of."""


def _merge_catalogues(
    networks: Sequence[Network], stop_index: list[NDArray[np.int32]], footpath_estimated: Array
) -> Catalogue:
    """Text 0 stays the empty one for all; each network's other texts follow those of the networks before it."""
    parts = [network.catalogue for network in networks]
    texts = _shifts([len(part.text_first) - 2 for part in parts])
    merged = _merge_pools(parts) | _merge_shapes(parts) | _merge_numberings(parts)
    merged["footpath_estimated"] = footpath_estimated
    for name in (name for name in Catalogue._fields if name not in merged and not name.endswith("_by_id")):
        columns: list[Array] = [getattr(part, name) for part in parts]
        if name.endswith("_text"):
            columns = [
                np.where(column > 0, column + shift, 0) for column, shift in zip(columns, texts, strict=True)
            ]
            columns = [column.astype(np.int32) for column in columns]
        elif name in _POINTS_TO:
            shifts = _shifts([len(getattr(part, _POINTS_TO[name])) for part in parts])
            columns = [
                (column + shift).astype(np.int32) for column, shift in zip(columns, shifts, strict=True)
            ]
        merged[name] = _by_stop(columns, stop_index) if name.startswith("stop_") else np.concatenate(columns)
    pool = merged["text_first"], merged["text_bytes"]
    return Catalogue(
        **merged,
        stop_by_id=order_by_text(*pool, merged["stop_id_text"]),
        trip_by_id=order_by_text(*pool, merged["trip_id_text"]),
    )


def _merge_pools(parts: Sequence[Catalogue]) -> dict[str, Array]:
    shifts = _shifts([len(part.text_bytes) for part in parts])
    starts = [part.text_first[1:-1] + shift for part, shift in zip(parts, shifts, strict=True)]
    bytes_ = np.concatenate([part.text_bytes for part in parts])
    return {"text_first": np.concatenate([[0], *starts, [len(bytes_)]]), "text_bytes": bytes_}


def _merge_shapes(parts: Sequence[Catalogue]) -> dict[str, Array]:
    points = _shifts([len(part.shape_lat) for part in parts])
    shapes = _shifts([len(part.shape_first) - 1 for part in parts])
    return {
        "shape_first": _offsets([part.shape_first for part in parts], points),
        "trip_shape": _shift([part.trip_shape for part in parts], shapes),
    }


def _merge_numberings(parts: Sequence[Catalogue]) -> dict[str, Array]:
    calls = _shifts([len(part.numbering_sequence) for part in parts])
    numberings = _shifts([len(part.numbering_first) - 1 for part in parts])
    return {
        "numbering_first": _offsets([part.numbering_first for part in parts], calls),
        "trip_numbering": _shift([part.trip_numbering for part in parts], numberings),
    }
