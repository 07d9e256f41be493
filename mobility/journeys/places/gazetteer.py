"""All that can be found by name, as arrays: stop groups first, then places, then the areas they are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import Catalogue, text
from gtfs_feeds.network import Network
from mobility.journeys.place import Place
from mobility.journeys.places.name_index import NameIndex
from mobility.journeys.places.normalise import list_words
from mobility.journeys.places.stop_groups import RAIL, StopGroups, build_stop_groups

STOP, COMMUNE, LOCALITY, POI, AREA = range(5)
KINDS = ("stop", "commune", "locality", "poi")
"""What an entry is, by number; areas are only there to be matched beside the places in them."""

_BUSY_PER_DAY = 10_000.0
_LARGE_POPULATION = 3_000_000.0
_RAIL_IMPORTANCE = 0.08
_UNSERVED = 0.5
_SERVED_DEGREES = 0.2
_AROUND_DEGREES = 0.08
_COLUMNS = 1 << 20


class Gazetteer(NamedTuple):
    """`E` entries: `G` stop groups, then `P` places, then areas. Names beyond them are translations."""

    groups: StopGroups
    places: Sequence[Place]
    names: list[str]  # [E] as published
    kind: NDArray[np.uint8]  # [E]
    lat: NDArray[np.float64]  # [E] NaN when unknown
    lon: NDArray[np.float64]  # [E]
    importance: NDArray[np.float32]  # [E] 0 to 1: traffic, population
    modes: NDArray[np.int32]  # [E] bit set of `Mode`; 0 of what is not a stop
    within: NDArray[np.int32]  # [E] the commune of a stop, the area of a commune; -1 unknown
    texts: NameIndex
    translated: NDArray[np.int32]  # the entry of each name beyond the entries

    @property
    def stop_count(self) -> int:
        return len(self.groups.leader)


def build_gazetteer(network: Network, places: Sequence[Place]) -> Gazetteer:
    """Index the stops of a network and the places people go to."""
    groups = build_stop_groups(network)
    timetable = network.timetable
    areas = sorted({place.area for place in places if place.area})
    group_count, place_count = len(groups.names), len(places)
    place_lat = np.array([place.lat for place in places], np.float64)
    place_lon = np.array([place.lon for place in places], np.float64)
    population = np.array([max(place.population, 0) for place in places], np.float64)
    kinds = np.array([_kind(place.kind) for place in places], np.uint8)
    unknown = np.full(len(areas), np.nan)
    lat = np.concatenate((timetable.stop_lat[groups.leader], place_lat, unknown))
    lon = np.concatenate((timetable.stop_lon[groups.leader], place_lon, unknown))

    area_entry = {area: group_count + place_count + number for number, area in enumerate(areas)}
    commune_of = _communes(lat[:group_count], lon[:group_count], place_lat, place_lon, population, kinds)
    within = np.concatenate(
        (
            np.where(commune_of >= 0, commune_of + group_count, -1),
            np.array([area_entry.get(place.area, -1) for place in places], np.int64),
            np.full(len(areas), -1),
        )
    ).astype(np.int32)
    served = _served(timetable.stop_lat, timetable.stop_lon, place_lat, place_lon)
    stop_importance = np.log1p(groups.departures) / np.log1p(_BUSY_PER_DAY)
    stop_importance += _RAIL_IMPORTANCE * ((groups.modes & RAIL) != 0)
    place_importance = np.log1p(population) / np.log1p(_LARGE_POPULATION) * np.where(served, 1.0, _UNSERVED)

    translations, translated = _translations(network.catalogue, groups)
    place_words = [list_words(place.name) for place in places]
    names = [*groups.words, *place_words, *map(list_words, areas), *map(list_words, translations)]
    return Gazetteer(
        groups=groups,
        places=places,
        names=[*groups.names, *(place.name for place in places), *areas],
        kind=np.concatenate((np.full(group_count, STOP), kinds, np.full(len(areas), AREA))).astype(np.uint8),
        lat=lat,
        lon=lon,
        importance=np.clip(
            np.concatenate((stop_importance, place_importance, np.zeros(len(areas)))), 0.0, 1.0
        ).astype(np.float32),
        modes=np.concatenate((groups.modes, np.zeros(place_count + len(areas), np.int32))).astype(np.int32),
        within=within,
        texts=NameIndex.build(names),
        translated=np.array(translated, np.int32),
    )


def _kind(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS[1:] else POI


def _served(
    stop_lat: NDArray[np.float64],
    stop_lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether any stop is around a place, roughly: in its cell of a coarse grid or one beside it."""
    known = np.isfinite(stop_lat) & np.isfinite(stop_lon)
    rows, columns = round(180 / _SERVED_DEGREES) + 3, round(360 / _SERVED_DEGREES) + 3
    has_stop = np.zeros((rows, columns), np.bool_)
    row, column = _cell(stop_lat[known], stop_lon[known])
    for up in (-1, 0, 1):
        for aside in (-1, 0, 1):
            has_stop[row + up, column + aside] = True
    return has_stop[_cell(lat, lon)]


def _cell(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    row = np.floor((np.clip(lat, -90, 90) + 90) / _SERVED_DEGREES).astype(np.int64) + 1
    column = np.floor((np.clip(lon, -180, 180) + 180) / _SERVED_DEGREES).astype(np.int64) + 1
    return row, column


def _communes(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    place_lat: NDArray[np.float64],
    place_lon: NDArray[np.float64],
    population: NDArray[np.float64],
    kinds: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """The place each stop is in, or -1: outlines are not known, so it is the nearest centre, where larger
    towns reach farther."""
    found = np.full(len(lat), -1)
    towns = np.flatnonzero(
        ((kinds == COMMUNE) | (kinds == LOCALITY)) & np.isfinite(place_lat) & np.isfinite(place_lon)
    )
    stops = np.flatnonzero(np.isfinite(lat) & np.isfinite(lon))
    if not len(towns) or not len(stops):
        return found
    narrow = np.cos(np.radians(lat[stops].mean()))
    town_row, town_column = _square(place_lat[towns], place_lon[towns] * narrow)
    town_key = town_row * _COLUMNS + town_column
    order = np.argsort(town_key, kind="stable")
    towns, town_key = towns[order], town_key[order]
    row, column = _square(lat[stops], lon[stops] * narrow)
    below = (row[:, None] + np.array((-1, 0, 1))) * _COLUMNS + column[:, None] - 1
    first = town_key.searchsorted(below.ravel())
    counts = town_key.searchsorted(below.ravel() + 2, side="right") - first
    stop = np.repeat(np.repeat(stops, 3), counts)
    town = towns[np.arange(len(stop)) + np.repeat(first - np.cumsum(counts) + counts, counts)]
    aside = (place_lon[town] - lon[stop]) * narrow
    apart = np.hypot(aside, place_lat[town] - lat[stop])
    near = np.flatnonzero(apart <= _AROUND_DEGREES)
    stop, town = stop[near], town[near]
    nearest_last = np.lexsort((-apart[near] / np.power(population[town] + 100, 0.25), stop))
    found[stop[nearest_last]] = town[nearest_last]
    return found


def _square(
    lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.floor(lat / _AROUND_DEGREES).astype(np.int64), np.floor(lon / _AROUND_DEGREES).astype(np.int64)


def _translations(catalogue: Catalogue, groups: StopGroups) -> tuple[list[str], list[int]]:
    """Names in other languages under which stops are found as well, and their groups."""
    texts: list[str] = []
    entries: list[int] = []
    if len(catalogue.translation_text) == 0:
        return texts, entries
    name_text = catalogue.stop_name_text[groups.leader]
    first, last = (
        catalogue.translation_text.searchsorted(name_text, side=side) for side in ("left", "right")
    )
    for entry in np.flatnonzero(last > first).tolist():
        for row in range(first[entry], last[entry]):
            texts.append(text(catalogue, int(catalogue.translation_to_text[row])))
            entries.append(entry)
    return texts, entries
