"""Messages about a feed, good ones and bad, drawn from a seed."""

from __future__ import annotations

import datetime as dt
from random import Random

from google.transit import gtfs_realtime_pb2 as rt

from tests.naive.realtime import Plan, PlannedTrip, start_of

Trip = rt.TripDescriptor
Update = rt.TripUpdate.StopTimeUpdate
KINDS = (
    *(Trip.SCHEDULED,) * 12,
    *(Trip.UNSCHEDULED, Trip.CANCELED, Trip.DELETED, Trip.NEW, Trip.ADDED, Trip.REPLACEMENT, Trip.DUPLICATED),
)


def random_message(draw: Random, plan: Plan, now_s: int) -> rt.FeedMessage:
    """Up to eight trip updates near an instant."""
    message = rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = now_s
    for number in range(draw.randint(0, 8)):
        if plan.trips:
            entity = message.entity.add(id=str(number))
            _fill(draw, plan, entity.trip_update, now_s)
    return message


def _fill(draw: Random, plan: Plan, update: rt.TripUpdate, now_s: int) -> None:
    trip = draw.choice(list(plan.trips.values()))
    near = sorted(trip.days, key=lambda day: abs(start_of(day, trip.zone) - now_s))[:3]
    day = draw.choice(near) if near and draw.random() < 0.95 else dt.date(2026, 6, draw.randint(1, 30))
    shift_s = draw.choice(trip.repetitions() or [0])
    start = trip.calls[0].departure_s + shift_s
    if trip.frequencies and draw.random() < 0.3:
        start = max(start + draw.randint(-900, 900), 0)
    kind = draw.choice(KINDS)
    _describe(draw, trip, update.trip, day, start, kind)
    if draw.random() < 0.3:
        update.timestamp = now_s - draw.choice([0, 0, 5, 60])
    if kind == Trip.DUPLICATED:
        _fill_properties(draw, update.trip_properties, day, start)
    elif kind in (Trip.NEW, Trip.ADDED) and draw.random() < 0.9:
        update.trip.trip_id = draw.choice(["n1", "n2"])
    if draw.random() < 0.1:
        update.delay = draw.choice([0, 60, 600, -120, 90_000])
    base_s = start_of(day, trip.zone) + start - trip.calls[0].departure_s
    if kind in (Trip.NEW, Trip.ADDED, Trip.REPLACEMENT):
        _tell_calls(draw, plan, trip, update, base_s)
    elif kind in (Trip.SCHEDULED, Trip.UNSCHEDULED, Trip.DUPLICATED) or draw.random() < 0.2:
        _update_calls(draw, plan, trip, update, base_s)


def _describe(
    draw: Random, trip: PlannedTrip, to: rt.TripDescriptor, day: dt.date, start: int, kind: int
) -> None:
    if kind != Trip.SCHEDULED or draw.random() < 0.3:
        to.schedule_relationship = kind
    by_id = draw.random() < 0.9
    if by_id:
        to.trip_id = trip.trip_id if draw.random() < 0.97 else "nowhere"
    if not by_id or draw.random() < 0.3:
        to.route_id = trip.route
    if draw.random() < 0.75:
        to.start_date = (
            f"{day:%Y%m%d}" if draw.random() < 0.97 else draw.choice(["2026-06-01", "20260631", ""])
        )
    if not by_id or draw.random() < (0.95 if trip.frequencies else 0.2):
        clock = f"{start // 3600:02}:{start // 60 % 60:02}:{start % 60:02}"
        to.start_time = clock if draw.random() < 0.97 else draw.choice(["8:61:00", "noon", "1:02:03"])


def _fill_properties(draw: Random, to: rt.TripUpdate.TripProperties, day: dt.date, start: int) -> None:
    later = start + draw.randint(-600, 7200)
    for name, value in (
        ("trip_id", draw.choice(["c1", "c2"])),
        ("start_date", f"{day:%Y%m%d}"),
        ("start_time", f"{max(later, 0) // 3600:02}:{max(later, 0) // 60 % 60:02}:00"),
    ):
        if draw.random() < 0.95:
            setattr(to, name, value)


def _tell_calls(draw: Random, plan: Plan, trip: PlannedTrip, update: rt.TripUpdate, base_s: int) -> None:
    """Every call with its time."""
    late_s = draw.randint(0, 1800)
    for planned in trip.calls:
        if draw.random() < 0.1:
            continue
        call = update.stop_time_update.add(stop_id=_any_stop(draw, plan, planned.stop))
        if draw.random() < 0.1:
            call.schedule_relationship = draw.choice([Update.SKIPPED, Update.NO_DATA])
        late_s += draw.choice([0, 0, 30, -30])
        for event, at in ((call.arrival, planned.arrival_s), (call.departure, planned.departure_s)):
            way = draw.random()
            if way < 0.7:
                event.time = base_s + at + late_s
            elif way < 0.8:
                event.scheduled_time, event.delay = base_s + at, late_s
        _maybe_services(draw, call)


def _any_stop(draw: Random, plan: Plan, usual: str) -> str:
    return usual if draw.random() < 0.9 else draw.choice([*plan.parent, "nowhere"])


def _update_calls(draw: Random, plan: Plan, trip: PlannedTrip, update: rt.TripUpdate, base_s: int) -> None:
    """Some of its calls, named by number, by stop or both, with times, delays, both or neither."""
    late_s, every = draw.choice([0, 60, 300, -60]), draw.random()
    chosen = [position for position in range(len(trip.calls)) if draw.random() < max(every, 0.3)]
    if draw.random() < 0.05:
        draw.shuffle(chosen)
    if draw.random() < 0.05 and chosen:
        chosen.append(draw.choice(chosen))
    skips = 1.0 if draw.random() < 0.05 else 0.1
    for position in chosen:
        planned = trip.calls[position]
        call = update.stop_time_update.add()
        naming = draw.random()
        if naming < 0.75:
            call.stop_sequence = planned.sequence if draw.random() < 0.97 else draw.randint(0, 40)
        if naming > 0.4 or draw.random() < 0.02:
            call.stop_id = _any_stop(draw, plan, planned.stop)
        if draw.random() < 0.1:
            call.stop_time_properties.assigned_stop_id = draw.choice([*plan.parent, "nowhere"])
        if draw.random() < skips:
            call.schedule_relationship = Update.SKIPPED
        elif draw.random() < 0.1:
            call.schedule_relationship = draw.choice([Update.NO_DATA, Update.UNSCHEDULED])
        late_s += draw.choice([0, 0, 0, 30, 120, -90, 3600])
        for event, at in ((call.arrival, planned.arrival_s), (call.departure, planned.departure_s)):
            way = draw.random()
            if way < 0.4:
                event.delay = late_s
            if 0.3 < way < 0.8:
                event.time = (
                    base_s + at + late_s if draw.random() < 0.99 else draw.choice([0, 10**17, -(10**17)])
                )
        if draw.random() < 0.1:
            _maybe_services(draw, call)


def _maybe_services(draw: Random, call: Update) -> None:
    if draw.random() < 0.3:
        call.stop_time_properties.pickup_type = draw.choice([0, 1])
    if draw.random() < 0.3:
        call.stop_time_properties.drop_off_type = draw.choice([0, 1])
