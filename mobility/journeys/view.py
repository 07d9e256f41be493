"""All that presenting one network needs: lookups and ready parts, made once and shared by its requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gtfs_feeds.catalogue import Catalogue, text
from gtfs_feeds.network import Network
from mobility.journeys.live import NO_LIVE, Live
from mobility.journeys.lookups import Lookups
from mobility.journeys.places import Places
from mobility.journeys.ride_lines import RideLine, trace_ride
from mobility.journeys.street_times import Going, StreetPath, StreetTimes
from mobility.journeys.words import Words
from routing.planner import Planner
from routing.timetable import Mode, Timetable, boardable_count
from ticketing.fares.leg import FareLeg, FareStop

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The last `limit` things made, by key. Safe in threads: at worst a thing is made twice."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        found = self._kept.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._kept[key] = found
                if len(self._kept) > self._limit:
                    self._kept.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()


@dataclass(frozen=True, eq=False)
class View:
    """One snapshot in one state of its real time, as the presenters see it; `replace` shares all that is kept."""

    network: Network
    planner: Planner
    places: Places
    streets: StreetTimes
    lookups: Lookups
    live: Live = NO_LIVE
    _lines: Recent[tuple[int, int, int, int], RideLine] = field(default_factory=lambda: Recent(4096))
    _paths: Recent[tuple[Going, float, float, float, float], StreetPath | None] = field(
        default_factory=lambda: Recent(4096)
    )
    _fare_legs: Recent[tuple[int, int, int, int, int], FareLeg | None] = field(
        default_factory=lambda: Recent(16_384)
    )
    _fare_stops: Recent[int, FareStop] = field(default_factory=lambda: Recent(65_536))
    _route_ids: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    _words: dict[str, Words] = field(default_factory=dict)

    @property
    def timetable(self) -> Timetable:
        return self.network.timetable

    @property
    def catalogue(self) -> Catalogue:
        return self.network.catalogue

    def words(self, languages: tuple[str, ...] = ()) -> Words:
        """The network's names in the first of `languages` it has translations for, else as published."""
        chosen = next((language for language in languages if language in self.lookups.languages), "")
        if chosen not in self._words:
            self._words[chosen] = Words(self.network, chosen)
        return self._words[chosen]

    def ride_line(self, trip: int, board: int, alight: int) -> RideLine:
        """A ride's line on the map; kept for the next answer, since many trips share it."""
        key = int(self.timetable.trip_pattern[trip]), int(self.catalogue.trip_shape[trip]), board, alight
        return self._lines.get(key, lambda: trace_ride(self.network, trip, board, alight))

    def fare_leg(
        self, key: tuple[int, int, int, int, int], make: Callable[[], FareLeg | None]
    ) -> FareLeg | None:
        """A planned ride as prices see it, by trip, day, shift and both positions; kept, as answers repeat them."""
        return self._fare_legs.get(key, make)

    def fare_stop(self, stop: int, make: Callable[[], FareStop]) -> FareStop:
        """A stop as prices see it."""
        return self._fare_stops.get(stop, make)

    def route_ids(self, route: int) -> tuple[str, str, str]:
        """The ids of a route's feed, its agency and itself."""
        found = self._route_ids.get(route)
        if found is None:
            catalogue, agency = self.catalogue, int(self.catalogue.route_agency[route])
            at = catalogue.feed_id_text[catalogue.agency_feed[agency]], catalogue.agency_id_text[agency]
            feed_id, agency_id, route_id = (
                text(catalogue, int(one)) for one in (*at, catalogue.route_id_text[route])
            )
            found = self._route_ids[route] = feed_id, agency_id, route_id
        return found

    def street_path(
        self, going: Going, lat: float, lon: float, to_lat: float, to_lon: float
    ) -> StreetPath | None:
        """A way along the streets; kept for a while, since the itineraries of an answer share it."""
        key = going, lat, lon, to_lat, to_lon
        return self._paths.get(key, lambda: self.streets.find_path(*key))

    def list_platforms(self, stop: int) -> list[int]:
        """Where one boards at a stop: itself, or everything boardable in its station (entrances' included)."""
        parent = int(self.timetable.stop_parent[stop])
        station = parent if parent >= 0 else stop
        grand = int(self.timetable.stop_parent[station])  # a boarding area's platform's station
        station = grand if grand >= 0 else station
        members = [station, *self._list_children(station)]
        members += [area for child in members[1:] for area in self._list_children(child)]
        count = boardable_count(self.timetable)
        return [member for member in members if member < count]

    def _list_children(self, stop: int) -> list[int]:
        first, order = self.lookups.children
        return [int(child) for child in order[first[stop] : first[stop + 1]]]

    def list_routes(self, stops: Iterable[int]) -> list[tuple[int, int]]:
        """The routes that call at any of the stops, each with its mode."""
        pattern_at, first_at = self.lookups.patterns_by_stop
        routes, first = self.lookups.routes_by_pattern
        patterns = {int(p) for stop in stops for p in pattern_at[first_at[stop] : first_at[stop + 1]]}
        found = {(int(r), int(m)) for p in patterns for r, m in routes[first[p] : first[p + 1]]}
        return sorted(found)


def list_mode_names(bits: int) -> list[str]:
    """The names of the modes in a bit set, in the order of `Mode`."""
    return [mode.name for mode in Mode if bits >> mode & 1]
