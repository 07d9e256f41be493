"""How a message's identifiers are found in a network: one feed's trips, stops, routes and agencies by their own ids."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import find_stop, find_trip, text
from gtfs_feeds.compile.modes import modes_of
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.kernels.find_ids import Ids, find_all
from gtfs_feeds.realtime.kernels.propagate import Plan
from gtfs_feeds.realtime.kernels.runs import Timing
from routing.clock import day_start_s


class FeedIndex:
    """Made once for a network and a feed of it, in milliseconds, then used for every message.

    Thread-safe: nothing is changed by using it. Raises KeyError when the network has no such feed.
    """

    def __init__(self, network: Network, feed_id: str) -> None:
        timetable, catalogue, info = network.timetable, network.catalogue, network.info
        self.network, self.feed_id = network, feed_id
        self.feed = self._feed_number(feed_id)
        prefix = np.frombuffer(f"{feed_id}_".encode(), np.uint8)
        self.ids = Ids(
            catalogue.text_first,
            catalogue.text_bytes,
            catalogue.stop_id_text,
            catalogue.stop_by_id,
            catalogue.trip_id_text,
            catalogue.trip_by_id,
            prefix,
        )
        self.days = [
            info.first_day + dt.timedelta(days=day) for day in range(timetable.service_active.shape[1])
        ]
        """The calendar's."""
        self.day_start_s = np.array(
            [[day_start_s(day, zone) for day in self.days] for zone in info.zones], np.int64
        )
        """[zones, days] the instants times of the days count from."""
        self.station = np.where(
            timetable.stop_parent >= 0, timetable.stop_parent, np.arange(len(timetable.stop_parent))
        ).astype(np.int32)
        """[A] of a stop: its station, or itself."""
        self.repeated = frozenset(timetable.frequency_trip.tolist())
        """Trips that frequencies repeat."""

    @cached_property
    def plan(self) -> Plan:
        """What `propagate` reads of the network."""
        timetable, catalogue = self.network.timetable, self.network.catalogue
        return Plan(
            timetable.pattern_first,
            timetable.pattern_stop,
            timetable.pattern_pickup,
            timetable.pattern_dropoff,
            timetable.trip_pattern,
            timetable.trip_first_event,
            timetable.event_arrival_s,
            timetable.event_departure_s,
            catalogue.trip_numbering,
            catalogue.numbering_first,
            catalogue.numbering_sequence,
            self.station,
            np.array([self.network.info.boardable_count], np.int64),
        )

    @cached_property
    def timing(self) -> Timing:
        """What runs are found by."""
        timetable = self.network.timetable
        is_repeated = np.zeros(len(timetable.trip_pattern), np.bool_)
        is_repeated[timetable.frequency_trip] = True
        return Timing(
            timetable.pattern_first,
            timetable.trip_pattern,
            timetable.trip_first_event,
            timetable.trip_service,
            timetable.trip_zone,
            timetable.event_arrival_s,
            timetable.event_departure_s,
            timetable.frequency_trip,
            timetable.frequency_start_s,
            timetable.frequency_end_s,
            timetable.frequency_headway_s,
            timetable.frequency_exact,
            timetable.service_active,
            self.day_start_s,
            is_repeated,
        )

    def _feed_number(self, feed_id: str) -> int:
        catalogue = self.network.catalogue
        feeds = [text(catalogue, index) for index in catalogue.feed_id_text]
        if feed_id not in feeds:
            raise KeyError(f"There is no feed {feed_id!r} in the network; there are: {', '.join(feeds)}.")
        return feeds.index(feed_id)

    def find_trip(self, trip_id: str) -> int | None:
        """The trip with this id in the feed."""
        found = find_trip(self.network.catalogue, f"{self.feed_id}_{trip_id}")
        return found if found is not None and self.is_own_trip[found] else None

    def find_stop(self, stop_id: str) -> int | None:
        """The stop, station or entrance with this id in the feed."""
        catalogue = self.network.catalogue
        found = find_stop(catalogue, f"{self.feed_id}_{stop_id}")
        return found if found is not None and catalogue.stop_feed[found] == self.feed else None

    def find_trips(self, trip_ids: Sequence[str]) -> list[int]:
        """The trips with these ids in the feed, -1 where there is none."""
        ids = self.ids
        return self._find_all(trip_ids, ids.trip_id_text, ids.trip_by_id, self.is_own_trip)

    def find_stops(self, stop_ids: Sequence[str]) -> list[int]:
        """The stops with these ids in the feed, -1 where there is none."""
        ids = self.ids
        own: NDArray[np.bool_] = self.network.catalogue.stop_feed == self.feed
        return self._find_all(stop_ids, ids.stop_id_text, ids.stop_by_id, own)

    def _find_all(
        self,
        wanted: Sequence[str],
        id_text: NDArray[np.int32],
        by_id: NDArray[np.int32],
        is_own: NDArray[np.bool_],
    ) -> list[int]:
        encoded = [one.encode() for one in wanted]
        places = np.cumsum([0, *(len(one) for one in encoded)], dtype=np.int64)
        found = np.empty(len(encoded), np.int64)
        buffer = np.frombuffer(b"".join(encoded), np.uint8)
        find_all(self.ids, id_text, by_id, buffer, places[:-1], np.diff(places), found)
        found[found >= 0] = np.where(is_own[found[found >= 0]], found[found >= 0], -1)
        indices: list[int] = found.tolist()
        return indices

    def find_boardable(self, stop: int) -> int:
        """The stop itself where planned trips call at it; else one of its station's where they do; else -1."""
        if stop < self.network.info.boardable_count:
            return stop
        return self._boardable_of_station.get(int(self.station[stop]), -1)

    @cached_property
    def _boardable_of_station(self) -> dict[int, int]:
        stations = self.station[: self.network.info.boardable_count].tolist()
        return {station: stop for stop, station in reversed(list(enumerate(stations)))}

    def own_trip_id(self, trip: int) -> str:
        """A trip's identifier in the feed."""
        catalogue = self.network.catalogue
        return self.own_id(text(catalogue, int(catalogue.trip_id_text[trip])))

    def own_id(self, merged: str) -> str:
        """A merged identifier as the feed itself has it."""
        return merged.removeprefix(f"{self.feed_id}_")

    @cached_property
    def route_of(self) -> dict[str, int]:
        """Routes by the feed's ids."""
        catalogue = self.network.catalogue
        own = catalogue.agency_feed[catalogue.route_agency] == self.feed
        return {
            self.own_id(text(catalogue, catalogue.route_id_text[route])): int(route)
            for route in np.flatnonzero(own)
        }

    @cached_property
    def agency_of(self) -> dict[str, int]:
        """Agencies by the feed's ids."""
        catalogue = self.network.catalogue
        return {
            self.own_id(text(catalogue, catalogue.agency_id_text[agency])): int(agency)
            for agency in np.flatnonzero(catalogue.agency_feed == self.feed)
        }

    @cached_property
    def trips_by_start(self) -> dict[tuple[int, int, int], list[int]]:
        """Trips by route, direction and first departure (seconds of the service day), those that frequencies repeat
        under -1: how trips are named without their id."""
        timetable, catalogue = self.network.timetable, self.network.catalogue
        found: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        starts = timetable.event_departure_s[timetable.trip_first_event].tolist()
        routes, directions = catalogue.trip_route.tolist(), catalogue.trip_direction.tolist()
        for trip in np.flatnonzero(self.is_own_trip).tolist():
            start_s = -1 if trip in self.repeated else starts[trip]
            found[routes[trip], directions[trip], start_s].append(trip)
        return dict(found)

    @cached_property
    def is_own_trip(self) -> NDArray[np.bool_]:
        """[T] the feed's."""
        catalogue = self.network.catalogue
        own: NDArray[np.bool_] = (
            catalogue.agency_feed[catalogue.route_agency[catalogue.trip_route]] == self.feed
        )
        return own

    @cached_property
    def _mode_of_route(self) -> dict[int, int]:
        timetable, catalogue = self.network.timetable, self.network.catalogue
        routes, trips = np.unique(catalogue.trip_route, return_index=True)
        return dict(zip(routes.tolist(), timetable.trip_mode[trips].tolist(), strict=True))

    def mode_of(self, route: int) -> int:
        """The `Mode` of a route's trips."""
        found = self._mode_of_route.get(route)
        return (
            found
            if found is not None
            else int(modes_of(self.network.catalogue.route_type[route : route + 1])[0])
        )

    def zone_of(self, route: int) -> str:
        """The time zone of a route's agency; of the network's first zone when the route is not known (-1)."""
        catalogue = self.network.catalogue
        if route < 0:
            return self.network.info.zones[0]
        return text(catalogue, catalogue.agency_zone_text[catalogue.route_agency[route]])
