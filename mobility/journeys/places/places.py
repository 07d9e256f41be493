"""The index of one snapshot's stops and of the places people go to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count

import numpy as np

from gtfs_feeds.catalogue import find_stop, text
from gtfs_feeds.network import Network
from mobility.journeys.place import Place
from mobility.journeys.places.gazetteer import AREA, KINDS, STOP, Gazetteer, build_gazetteer
from mobility.journeys.places.highlight import list_tokens
from mobility.journeys.places.main_stop import MainStops
from mobility.journeys.places.match import Match, MatchArea
from mobility.journeys.places.nearest import PointIndex
from mobility.journeys.places.resolve import (
    Ambiguous,
    Resolved,
    Unknown,
    choose,
    is_guess,
    list_meant,
    parse_coordinates,
)
from mobility.journeys.places.search import Bias, Filter, search_entries

_CHOICES = 8


class Places:
    """Built once for a network, read by every request, never changed. Stops are the network's indices."""

    def __init__(self, network: Network, extra: Sequence[Place] = ()) -> None:
        timetable, boardable = network.timetable, network.info.boardable_count
        self._network = network
        self._traffic = np.asarray(network.catalogue.stop_departures_per_day)
        self._stops = PointIndex.build(timetable.stop_lat[:boardable], timetable.stop_lon[:boardable])
        self._gazetteer: Gazetteer = build_gazetteer(network, extra)
        self._main_stops = MainStops(self._gazetteer)
        self._place_entry = dict(
            zip((place.id for place in extra), count(self._gazetteer.stop_count), strict=False)
        )

    # ── by where they are ──────────────────────────────────────────────────────────────────────────────

    def nearest_stops(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[int, float]]:
        """The `limit` boardable stops nearest to a point (degrees WGS84), none farther than `radius_m` as the
        crow flies: (stop, distance in metres), nearest first."""
        return self._stops.near(lat, lon, radius_m, limit)

    def stops_in_box(self, south: float, west: float, north: float, east: float, limit: int) -> list[int]:
        """Boardable stops in a box (degrees, edges included, `west > east` spans the antimeridian): the
        `limit` busiest of them, busiest first."""
        found = self._stops.in_box(south, west, north, east)
        order = np.lexsort((found, -self._traffic[found]))[:limit]
        return [int(stop) for stop in found[order]]

    def stops_of(self, stop: int) -> list[int]:
        """The boardable stops that are one place with a stop or station: its platforms, and stops of the same
        name beside it."""
        groups = self._gazetteer.groups
        group = int(groups.group_of[stop])
        if group >= 0:
            return groups.members(group)
        return [stop] if stop < self._network.info.boardable_count else []

    # ── by name ────────────────────────────────────────────────────────────────────────────────────────

    def search(
        self,
        text: str,
        *,
        limit: int = 10,
        lang: str = "",
        bias: Bias | None = None,
        kinds: Collection[str] | None = None,
        modes: int | None = None,
        box: tuple[float, float, float, float] | None = None,
    ) -> list[Match]:
        """What a text may mean, best first; empty when nothing is called so.

        Words may be incomplete or misspelled; accents, case, hyphens and apostrophes do not matter. `kinds`
        are those of `Match`; `modes` a bit set of `Mode` that stops must have one of; `box` south, west,
        north, east; `lang` the language names are wanted in, where the feed has them in it.
        """
        wanted = None if kinds is None else frozenset(KINDS.index(kind) for kind in kinds)
        found = search_entries(self._gazetteer, text, limit, Filter(wanted, modes, box), bias)
        return [self._match(entry, score, text, lang) for entry, score in found]

    def find_match(self, place_id: str, *, lang: str = "") -> Match | None:
        """The place or stop with this identifier; of a platform, the station it belongs to."""
        entry = self._place_entry.get(place_id)
        if entry is None:
            stop = find_stop(self._network.catalogue, place_id)
            group = -1 if stop is None else int(self._gazetteer.groups.group_of[stop])
            entry = None if group < 0 else group
        return None if entry is None else self._match(entry, 1.0, "", lang)

    def match_stop(self, stop: int, *, lang: str = "") -> Match | None:
        """The place a stop belongs to; None of an entrance or node that belongs to none."""
        group = int(self._gazetteer.groups.group_of[stop])
        return None if group < 0 else self._match(group, 1.0, "", lang)

    def resolve(self, text: str, *, lang: str = "") -> Resolved | Ambiguous | Unknown:
        """What a traveller means by `lat,lon`, by an identifier of a stop or place, or by a name."""
        point = parse_coordinates(text)
        if point is not None:
            return Resolved(
                name=text.strip(), lat=point[0], lon=point[1], stop=None, word=f"{point[0]},{point[1]}"
            )
        stop = find_stop(self._network.catalogue, text.strip())
        if stop is not None:
            return self._resolved_stop(stop, lang)
        match = self.find_match(text.strip(), lang=lang)
        if match is not None:
            return self.settle(match)
        choices = choose(list_meant(self.search(text, limit=_CHOICES, lang=lang), text))
        if not choices:
            return Unknown()
        if len(choices) > 1 or is_guess(choices[0], text):
            return Ambiguous(tuple(choices))
        return self.settle(choices[0])

    def settle(self, match: Match) -> Resolved:
        """What choosing a match means: the stop or station; of a town, and of stops side by side that only
        share their name, the point, so that all stops around it count."""
        if match.kind == "stop" and match.stop is not None and self._is_one_station(match.stop):
            return Resolved(match.name, match.lat, match.lon, stop=match.stop, word=match.id)
        return Resolved(match.name, match.lat, match.lon, stop=None, word=f"{match.lat},{match.lon}")

    # ── from entries to what people read ───────────────────────────────────────────────────────────────

    def _is_one_station(self, stop: int) -> bool:
        parent = self._network.timetable.stop_parent
        return all(stop in (member, int(parent[member])) for member in self.stops_of(stop))

    def _resolved_stop(self, stop: int, lang: str) -> Resolved:
        timetable, catalogue = self._network.timetable, self._network.catalogue
        return Resolved(
            name=self._translated(int(catalogue.stop_name_text[stop]), lang),
            lat=float(timetable.stop_lat[stop]),
            lon=float(timetable.stop_lon[stop]),
            stop=stop,
            word=self._stop_id(stop),
        )

    def _match(self, entry: int, score: float, typed: str, lang: str) -> Match:
        gazetteer = self._gazetteer
        if gazetteer.kind[entry] == STOP:
            return self._match_stop(entry, score, typed, lang)
        place = gazetteer.places[entry - gazetteer.stop_count]
        main = self._main_stops.find(entry)
        at = entry if main is None else main
        return Match(
            kind=KINDS[gazetteer.kind[entry]],
            id=place.id,
            name=place.name,
            lat=float(gazetteer.lat[at]),
            lon=float(gazetteer.lon[at]),
            score=score,
            importance=float(gazetteer.importance[entry]),
            stop=None if main is None else int(gazetteer.groups.leader[main]),
            tokens=list_tokens(place.name, typed),
            areas=self._areas(entry, typed),
            zone="" if main is None else self._zone(int(gazetteer.groups.leader[main])),
            country=place.country,
        )

    def _match_stop(self, entry: int, score: float, typed: str, lang: str) -> Match:
        gazetteer, catalogue = self._gazetteer, self._network.catalogue
        stop = int(gazetteer.groups.leader[entry])
        name = self._translated(int(catalogue.stop_name_text[stop]), lang)
        commune = int(gazetteer.within[entry])
        level = float(catalogue.stop_level[stop])
        return Match(
            kind="stop",
            id=self._stop_id(stop),
            name=name,
            lat=float(gazetteer.lat[entry]),
            lon=float(gazetteer.lon[entry]),
            score=score,
            importance=float(gazetteer.importance[entry]),
            stop=stop,
            modes=int(gazetteer.modes[entry]),
            tokens=list_tokens(name, typed),
            areas=self._areas(entry, typed),
            zone=self._zone(stop),
            country=gazetteer.places[commune - gazetteer.stop_count].country if commune >= 0 else "",
            level=None if np.isnan(level) else level,
        )

    def _areas(self, entry: int, typed: str) -> tuple[MatchArea, ...]:
        gazetteer = self._gazetteer
        areas: list[MatchArea] = []
        around = int(gazetteer.within[entry])
        while around >= 0:
            name = gazetteer.names[around]
            is_commune = bool(gazetteer.kind[around] != AREA)
            areas.append(MatchArea(name, is_commune, bool(typed and list_tokens(name, typed))))
            around = int(gazetteer.within[around])
        return tuple(areas)

    def _stop_id(self, stop: int) -> str:
        return text(self._network.catalogue, int(self._network.catalogue.stop_id_text[stop]))

    def _zone(self, stop: int) -> str:
        return text(self._network.catalogue, int(self._network.catalogue.stop_zone_text[stop]))

    def _translated(self, name: int, lang: str) -> str:
        catalogue = self._network.catalogue
        if lang and len(catalogue.translation_text):
            first, last = (
                int(catalogue.translation_text.searchsorted(name, side=side)) for side in ("left", "right")
            )
            for row in range(first, last):
                if (
                    text(catalogue, int(catalogue.translation_lang_text[row])).split("-")[0]
                    == lang.split("-")[0]
                ):
                    return text(catalogue, int(catalogue.translation_to_text[row]))
        return text(catalogue, name)
