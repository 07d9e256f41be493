"""Stories as TripUpdates."""

from __future__ import annotations

from random import Random

import numpy as np
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.generate.stories import Story
from routing.clock import day_start_s

MEASURED_EVERY_S = 30
PURGED_S = 15 * 60
"""A run is spoken of until so long after its end."""

_Trip = gtfs_rt.TripDescriptor
_Call = gtfs_rt.TripUpdate.StopTimeUpdate


def add_trip_updates(
    message: gtfs_rt.FeedMessage, network: Network, index: FeedIndex, story: Story, now_s: int
) -> None:
    """What is known of a run at an instant, and of the trips that run beside it."""
    if story.departure_s[-1] < now_s - PURGED_S:
        return
    name = f"{index.own_trip_id(story.run.trip)}-{story.run.service_day:%Y%m%d}-{story.run.shift_s}"
    update = gtfs_rt.TripUpdate()
    describe(update.trip, network, index, story)
    update.timestamp = now_s - now_s % MEASURED_EVERY_S
    if story.cancelled:
        if now_s < story.announced_s:
            return
        update.trip.schedule_relationship = _Trip.CANCELED
    else:
        _add_calls(update, network, index, story, now_s)
        update.vehicle.id = vehicle_id(story)
    if story.cancelled or update.stop_time_update:
        message.entity.add(id=f"trip-{name}").trip_update.CopyFrom(update)
    if story.run.trip in index.repeated or now_s < story.announced_s:
        return
    if story.duplicated:
        _add_duplicate(message, network, index, story, now_s)
    if story.added:
        _add_new(message, network, index, story, now_s)


def describe(trip: gtfs_rt.TripDescriptor, network: Network, index: FeedIndex, story: Story) -> None:
    """Name a run. Of a trip that frequencies repeat, its start is part of its name; without exact times it has no
    schedule."""
    timetable, run = network.timetable, story.run
    trip.trip_id = index.own_trip_id(run.trip)
    trip.start_date = f"{run.service_day:%Y%m%d}"
    if run.trip in index.repeated:
        trip.start_time = clock(
            int(timetable.event_departure_s[timetable.trip_first_event[run.trip]]) + run.shift_s
        )
        if not is_exact(network, run.trip):
            trip.schedule_relationship = _Trip.UNSCHEDULED


def is_exact(network: Network, trip: int) -> bool:
    """Whether the repetitions of a trip have a schedule."""
    row = int(np.searchsorted(network.timetable.frequency_trip, trip))
    return bool(network.timetable.frequency_exact[row])


def vehicle_id(story: Story) -> str:
    """The same for a run in all messages."""
    return f"v{story.run.trip % 1000}"


def clock(seconds: int) -> str:
    """A time of a service day as GTFS writes it."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _add_calls(
    update: gtfs_rt.TripUpdate, network: Network, index: FeedIndex, story: Story, now_s: int
) -> None:
    """From the last call it left on. Some say times, some delays, some both."""
    timetable, catalogue, run = network.timetable, network.catalogue, story.run
    arrival_s, departure_s = story.foresee(now_s)
    pattern, numbering = timetable.trip_pattern[run.trip], catalogue.trip_numbering[run.trip]
    flat, number = timetable.pattern_first[pattern], catalogue.numbering_first[numbering]
    style, size = story.draw("style").choice(("both", "time", "delay")), len(arrival_s)
    unscheduled = run.trip in index.repeated and not is_exact(network, run.trip)
    if unscheduled:
        style = "time"
    announced = now_s >= story.announced_s
    first = max(int(np.searchsorted(departure_s, now_s)) - 1, 0)
    for position in range(first, size):
        call = update.stop_time_update.add()
        call.stop_sequence = int(catalogue.numbering_sequence[number + position])
        stop = int(timetable.pattern_stop[flat + position])
        if announced and position == story.skipped:
            call.schedule_relationship = _Call.SKIPPED
            continue
        other = (
            _other_platform(index, stop, story.draw("platform"))
            if announced and position == story.moved
            else -1
        )
        if other >= 0:
            call.stop_time_properties.assigned_stop_id = _stop_id(network, index, other)
        elif style != "delay":
            call.stop_id = _stop_id(network, index, stop)
        if unscheduled:
            call.schedule_relationship = _Call.UNSCHEDULED
        if position > 0:
            _say(call.arrival, style, int(arrival_s[position]), int(story.planned_arrival_s[position]))
        if position < size - 1:
            _say(call.departure, style, int(departure_s[position]), int(story.planned_departure_s[position]))


def _say(event: gtfs_rt.TripUpdate.StopTimeEvent, style: str, at_s: int, planned_s: int) -> None:
    if style != "delay":
        event.time = at_s
    if style != "time":
        event.delay = at_s - planned_s


def _other_platform(index: FeedIndex, stop: int, draw: Random) -> int:
    """Another stop of the same station that trips call at; -1: there is none."""
    boardable = index.station[: index.network.info.boardable_count]
    others = np.flatnonzero((boardable == index.station[stop]) & (np.arange(len(boardable)) != stop))
    return int(draw.choice(others.tolist())) if len(others) else -1


def _stop_id(network: Network, index: FeedIndex, stop: int) -> str:
    return index.own_id(text(network.catalogue, int(network.catalogue.stop_id_text[stop])))


def _add_duplicate(
    message: gtfs_rt.FeedMessage, network: Network, index: FeedIndex, story: Story, now_s: int
) -> None:
    """A second vehicle some minutes later, on the same day."""
    timetable, run = network.timetable, story.run
    later_s = story.draw("copy").randint(5, 20) * 60
    own_s = int(timetable.event_departure_s[timetable.trip_first_event[run.trip]])
    trip_id = index.own_trip_id(run.trip)
    name = f"{trip_id}-bis-{run.service_day:%Y%m%d}"
    update = message.entity.add(id=f"copy-{name}").trip_update
    describe(update.trip, network, index, story)
    update.trip.schedule_relationship = _Trip.DUPLICATED
    update.trip_properties.trip_id = name
    update.trip_properties.start_date = update.trip.start_date
    update.trip_properties.start_time = clock(own_s + later_s)
    update.timestamp = now_s - now_s % MEASURED_EVERY_S


def _add_new(
    message: gtfs_rt.FeedMessage, network: Network, index: FeedIndex, story: Story, now_s: int
) -> None:
    """A trip that only resembles a planned one: fewer stops, other times."""
    timetable, catalogue, run = network.timetable, network.catalogue, story.run
    pattern = timetable.trip_pattern[run.trip]
    stops = timetable.pattern_stop[timetable.pattern_first[pattern] : timetable.pattern_first[pattern + 1]]
    draw = story.draw("new")
    later_s = draw.randint(3, 40) * 60
    name = f"{index.own_trip_id(run.trip)}-new-{run.service_day:%Y%m%d}"
    update = message.entity.add(id=f"new-{name}").trip_update
    update.trip.trip_id = name
    update.trip.route_id = index.own_id(
        text(catalogue, int(catalogue.route_id_text[catalogue.trip_route[run.trip]]))
    )
    update.trip.start_date = f"{run.service_day:%Y%m%d}"
    day_s = day_start_s(run.service_day, network.info.zones[timetable.trip_zone[run.trip]])
    update.trip.start_time = clock(int(story.planned_departure_s[0]) + later_s - day_s)
    update.trip.schedule_relationship = _Trip.NEW
    update.timestamp = now_s - now_s % MEASURED_EVERY_S
    last = len(stops) - 1
    chosen = [p for p in range(len(stops)) if p in (0, last) or draw.random() < 0.7]
    for number, position in enumerate(chosen):
        call = update.stop_time_update.add(stop_sequence=number + 1)
        call.stop_id = _stop_id(network, index, int(stops[position]))
        call.arrival.time = int(story.planned_arrival_s[position]) + later_s
        call.departure.time = int(story.planned_departure_s[position]) + later_s
