"""One trip on one day, as it was planned and as it really runs: what legs, boards and trip pages are made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from gtfs_feeds.catalogue import text
from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.trip_updates import LiveExtraTrip, LiveTrip, Standing
from mobility.journeys.carpool_rides import OfferedRide
from mobility.journeys.ride_lines import RideLine, trace_stops
from mobility.journeys.view import View
from routing.clock import day_start_s


class RunCall(NamedTuple):
    """One call of a run. Instants are seconds since the epoch, UTC."""

    stop: int
    """Where it calls now."""
    planned_stop: int
    arrival_s: int
    departure_s: int
    planned_arrival_s: int
    planned_departure_s: int
    pickup: int
    dropoff: int
    is_cancelled: bool
    """It does not stop here, or does not run at all."""
    is_known: bool
    """Real time says so; else it is the plan."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """`live`: what real time says of a planned trip; `extra`: a trip that real time adds."""

    view: View
    trip: int
    """Of the timetable; beyond it, of `Live.extras`."""
    service_day: dt.date
    shift_s: int
    live: LiveTrip | None
    extra: LiveExtraTrip | None

    @property
    def key(self) -> TripRun:
        return TripRun(self.trip, self.service_day, self.shift_s)

    @property
    def model(self) -> int:
        """The planned trip whose line, names and seats hold; -1: there is none."""
        return self.trip if self.extra is None else self.extra.model

    @property
    def route(self) -> int:
        """Of the catalogue, -1 unknown."""
        if self.extra is not None and self.extra.route >= 0:
            return self.extra.route
        return int(self.view.catalogue.trip_route[self.model]) if self.model >= 0 else -1

    @property
    def feed(self) -> int:
        """Whose data it is, of the catalogue."""
        catalogue = self.view.catalogue
        if self.route >= 0:
            return int(catalogue.agency_feed[catalogue.route_agency[self.route]])
        assert self.extra is not None
        return int(catalogue.stop_feed[self.extra.extra.stop[0]])

    @property
    def offered(self) -> OfferedRide | None:
        """The published ride of a carpool line it is."""
        return None if self.extra is None else self.view.live.rides.get(self.extra.key)

    @property
    def mode(self) -> int:
        """A `routing.timetable.Mode`."""
        return int(self.view.timetable.trip_mode[self.trip]) if self.extra is None else self.extra.extra.mode

    @property
    def last(self) -> int:
        """Its last position."""
        if self.extra is not None:
            return len(self.extra.extra.stop) - 1
        timetable = self.view.timetable
        pattern = int(timetable.trip_pattern[self.trip])
        return int(timetable.pattern_first[pattern + 1] - timetable.pattern_first[pattern]) - 1

    @property
    def is_hidden(self) -> bool:
        """Taken out of the timetable, or another trip runs in its place, or it runs for who books it: nobody looks for
        it."""
        if self.extra is not None:
            return self.extra.key in self.view.live.unlisted
        return self.live is not None and self.live.standing in (Standing.DELETED, Standing.REPLACED)

    @property
    def is_cancelled(self) -> bool:
        """It does not run at all."""
        if self.extra is not None:
            return self.offered is not None and self.offered.is_cancelled
        return self.live is not None and self.live.change.cancelled

    def planned_stop(self, position: int) -> int:
        """Where it is planned to call."""
        if self.extra is not None:
            return int(self.extra.extra.stop[position])
        timetable = self.view.timetable
        first = int(timetable.pattern_first[int(timetable.trip_pattern[self.trip])])
        return int(timetable.pattern_stop[first + position])

    def list_calls(self, first: int, last: int) -> list[RunCall]:
        """Its calls from position `first` to `last`."""
        return self._extra_calls(first, last) if self.extra is not None else self._planned_calls(first, last)

    def line(self, board: int, alight: int) -> RideLine:
        """Its line on the map between two positions."""
        if self.extra is None:
            return self.view.ride_line(self.trip, board, alight)
        if self.offered is not None:
            return trace_carpool(self.view, self.offered, self.model, board, alight)
        stops = self.extra.extra.stop[board : alight + 1]
        if self.model >= 0 and self._has_stops_of_model():
            return self.view.ride_line(self.model, board, alight)
        return trace_stops(self.view.timetable, stops)

    def write_token(self) -> str:
        """The API's id of this run: service day, first departure on that day's clock, merged trip id."""
        if self.extra is not None:
            feed = text(self.view.catalogue, int(self.view.catalogue.feed_id_text[self.feed]))
            trip_id = f"{feed}_{self.extra.trip_id}"
            start_s = int(self.extra.planned_s[1, 0]) - day_start_s(
                self.service_day, self.view.network.info.zones[0]
            )
        else:
            catalogue, timetable = self.view.catalogue, self.view.timetable
            trip_id = text(catalogue, int(catalogue.trip_id_text[self.trip]))
            start_s = int(timetable.event_departure_s[timetable.trip_first_event[self.trip]]) + self.shift_s
        minute, second = divmod(max(start_s, 0), 60)
        clock = f"{minute // 60:02}:{minute % 60:02}" + (f":{second:02}" if second else "")
        return f"{self.service_day:%Y%m%d}_{clock}_{trip_id}"

    def _planned_calls(self, first: int, last: int) -> list[RunCall]:
        timetable, zones = self.view.timetable, self.view.network.info.zones
        start_s = day_start_s(self.service_day, zones[int(timetable.trip_zone[self.trip])]) + self.shift_s
        event = int(timetable.trip_first_event[self.trip])
        events = slice(event + first, event + last + 1)
        arrivals = [start_s + at for at in timetable.event_arrival_s[events].tolist()]
        departures = [start_s + at for at in timetable.event_departure_s[events].tolist()]
        position = int(timetable.pattern_first[int(timetable.trip_pattern[self.trip])])
        positions = slice(position + first, position + last + 1)
        stops = timetable.pattern_stop[positions].tolist()
        pickups = timetable.pattern_pickup[positions].tolist()
        dropoffs = timetable.pattern_dropoff[positions].tolist()
        count = len(stops)
        real = (stops, arrivals, departures, [False] * count, [False] * count)
        if self.live is not None:
            real = self._real(self.live, first, last, (stops, arrivals, departures))
        return list(
            map(
                RunCall._make,
                zip(
                    real[0],
                    stops,
                    real[1],
                    real[2],
                    arrivals,
                    departures,
                    pickups,
                    dropoffs,
                    *real[3:],
                    strict=True,
                ),
            )
        )

    def _real(
        self, live: LiveTrip, first: int, last: int, planned: tuple[list[int], list[int], list[int]]
    ) -> tuple[list[int], list[int], list[int], list[bool], list[bool]]:
        """Stops, arrivals, departures, what is cancelled, and where real time says something at all. What is cancelled
        keeps its planned times: there are no others."""
        stops, planned_arrivals, planned_departures = planned
        part, change = slice(first, last + 1), live.change
        if change.cancelled:
            return *planned, [True] * len(stops), [True] * len(stops)
        arrivals, departures = change.arrival_s[part].tolist(), change.departure_s[part].tolist()
        skipped = [False] * len(stops) if change.skipped is None else change.skipped[part].tolist()
        for index in (index for index, is_skipped in enumerate(skipped) if is_skipped):
            arrivals[index], departures[index] = planned_arrivals[index], planned_departures[index]
        known = [is_known or gone for is_known, gone in zip(live.known[part].tolist(), skipped, strict=True)]
        now = live.assigned_stop if live.assigned_stop is not None else change.stop
        if now is not None:
            stops = [new if new >= 0 else old for new, old in zip(now[part].tolist(), stops, strict=True)]
        return stops, arrivals, departures, skipped, known

    def _extra_calls(self, first: int, last: int) -> list[RunCall]:
        assert self.extra is not None
        part, extra = slice(first, last + 1), self.extra.extra
        stops = extra.stop[part].tolist()
        assigned = self.extra.assigned_stop
        now = (
            stops
            if assigned is None
            else [new if new >= 0 else old for new, old in zip(assigned[part].tolist(), stops, strict=True)]
        )
        planned = self.extra.planned_s[:, part].tolist()
        times = (extra.arrival_s[part].tolist(), extra.departure_s[part].tolist(), *planned)
        boarding = (extra.pickup[part].tolist(), extra.dropoff[part].tolist())
        fields = (
            now,
            stops,
            *times,
            *boarding,
            [self.is_cancelled] * len(stops),
            self.extra.known[part].tolist(),
        )
        return list(map(RunCall._make, zip(*fields, strict=True)))

    def _has_stops_of_model(self) -> bool:
        assert self.extra is not None
        timetable = self.view.timetable
        pattern = int(timetable.trip_pattern[self.model])
        stops = timetable.pattern_stop[
            timetable.pattern_first[pattern] : timetable.pattern_first[pattern + 1]
        ]
        return bool(stops.tolist() == self.extra.extra.stop.tolist())


def trace_carpool(view: View, offered: OfferedRide, model: int, board: int, alight: int) -> RideLine:
    """A ride's line on the map: past all stops of its line in between, as long as the road."""
    first, last = (offered.line.position(offered.ride.calls[at].stop_id) for at in (board, alight))
    if offered.is_backwards:
        first, last = (len(offered.line.stops) - 1 - at for at in (first, last))
    return RideLine(view.ride_line(model, first, last).shown, float(offered.road_m(board, alight)))


def get_run(view: View, trip: int, service_day: dt.date, shift_s: int = 0) -> Run:
    """The run a ride or a call on a board is part of."""
    beyond = trip - len(view.timetable.trip_pattern)
    if beyond >= 0:
        return Run(view, trip, service_day, shift_s, None, view.live.extras[beyond])
    live = view.live.trips.get(TripRun(trip, service_day, shift_s)) if view.live.trips else None
    return Run(view, trip, service_day, shift_s, live, None)


def find_extra_run(view: View, key: str) -> Run | None:
    """The run of an added trip, by `LiveExtraTrip.key`."""
    index = view.live.extra_index.get(key)
    if index is None:
        return None
    extra = view.live.extras[index]
    return Run(view, len(view.timetable.trip_pattern) + index, extra.extra.service_day, 0, None, extra)
