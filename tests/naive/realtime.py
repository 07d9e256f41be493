"""The slow twin of `gtfs_feeds.realtime`: TripUpdates applied to GTFS tables, one event at a time, by the documents'
words (GTFS-RT reference; docs/decisions/0005 where they are silent). Identifiers are the feed's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from google.transit import gtfs_realtime_pb2 as rt

from gtfs_feeds.tables import FeedTables

Trip = rt.TripDescriptor
Update = rt.TripUpdate.StopTimeUpdate
EPOCH = dt.date(1970, 1, 1)
DAY_S = 86_400


@dataclass
class Call:
    sequence: int
    stop: str
    arrival_s: int
    departure_s: int
    pickup: int
    dropoff: int


@dataclass
class PlannedTrip:
    trip_id: str
    route: str
    direction: int
    zone: str
    days: set[dt.date]
    calls: list[Call]
    frequencies: list[tuple[int, int, int, bool]] = field(default_factory=list)
    """(start, end, headway, exact), by start."""

    def repetitions(self) -> list[int]:
        """How much later than its own times each repetition runs; 0 for a trip that is not repeated."""
        own = self.calls[0].departure_s
        if not self.frequencies:
            return [0]
        return [at - own for start, end, step, _ in self.frequencies for at in range(start, end, step)]


@dataclass
class RealCall:
    """What becomes of a call, instants."""

    stop: str
    arrival_s: int
    departure_s: int
    known: bool = True
    skipped: bool = False
    assigned: str = ""
    pickup: int = 0
    dropoff: int = 0


@dataclass
class RealTrip:
    """A run (`shift_s`: its repetition), or an added trip under its key."""

    trip_id: str
    day: dt.date
    calls: list[RealCall]
    shift_s: int = 0
    standing: str = "running"
    timestamp_s: int = 0


@dataclass
class World:
    """What runs otherwise than planned."""

    runs: dict[tuple[str, dt.date, int], RealTrip] = field(default_factory=dict)
    extras: dict[str, RealTrip] = field(default_factory=dict)


class Plan:
    """The static feed."""

    def __init__(self, tables: FeedTables) -> None:
        zones = dict(zip(tables.agency["agency_id"], tables.agency["agency_timezone"], strict=True))
        route_zone = {
            route: zones[agency]
            for route, agency in zip(tables.routes["route_id"], tables.routes["agency_id"], strict=True)
        }
        self.route_zone = route_zone
        self.first_zone = next(iter(zones.values()))
        self.parent = dict(zip(tables.stops["stop_id"], tables.stops["parent_station"], strict=True))
        self.trips: dict[str, PlannedTrip] = {}
        days = service_days(tables)
        for row in tables.trips.itertuples():
            calls = [
                Call(
                    c.stop_sequence,
                    c.stop_id,
                    c.arrival_time,
                    c.departure_time,
                    c.pickup_type,
                    c.drop_off_type,
                )
                for c in tables.stop_times[tables.stop_times["trip_id"] == row.trip_id]
                .sort_values("stop_sequence")
                .itertuples()
            ]
            if calls:
                self.trips[row.trip_id] = PlannedTrip(
                    row.trip_id,
                    row.route_id,
                    row.direction_id,
                    route_zone[row.route_id],
                    days.get(row.service_id, set()),
                    calls,
                )
        for row in tables.frequencies.sort_values("start_time", kind="stable").itertuples():
            self.trips[row.trip_id].frequencies.append(
                (row.start_time, row.end_time, row.headway_secs, bool(row.exact_times))
            )
        self.served = {call.stop for trip in self.trips.values() for call in trip.calls}

    def station(self, stop: str) -> str:
        return self.parent[stop] or stop

    def boardable(self, stop: str) -> str | None:
        """The stop the router can use for it."""
        if stop in self.served:
            return stop
        same = [
            other
            for other in self.parent
            if other in self.served and self.station(other) == self.station(stop)
        ]
        return same[0] if same else None


def service_days(tables: FeedTables) -> dict[str, set[dt.date]]:
    """The dates each service runs on (GTFS reference, calendar.txt and calendar_dates.txt)."""
    found: dict[str, set[dt.date]] = {}
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for row in tables.calendar.to_dict("records"):
        for number in range(row["start_date"], row["end_date"] + 1):
            day = EPOCH + dt.timedelta(days=number)
            if row[names[day.weekday()]]:
                found.setdefault(row["service_id"], set()).add(day)
    for row in tables.calendar_dates.itertuples():
        dates = found.setdefault(row.service_id, set())
        (dates.add if row.exception_type == 1 else dates.discard)(EPOCH + dt.timedelta(days=row.date))
    return found


def start_of(day: dt.date, zone: str) -> int:
    """Noon minus twelve hours (GTFS reference, Time)."""
    return int(dt.datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).timestamp()) - DAY_S // 2


def apply_message(plan: Plan, message: rt.FeedMessage, now_s: int) -> World:
    """What a FULL_DATASET message makes of the plan."""
    world = World()
    for entity in message.entity:
        if entity.HasField("trip_update"):
            _apply(plan, entity, world, now_s, message.header.timestamp)
    return world


def _apply(plan: Plan, entity: rt.FeedEntity, world: World, now_s: int, message_s: int) -> None:
    update = entity.trip_update
    kind, stamp = update.trip.schedule_relationship, update.timestamp or message_s
    if kind in (Trip.NEW, Trip.ADDED):
        calls = _told_calls(plan, update)
        day = _date(update.trip.start_date)
        zone = plan.route_zone.get(update.trip.route_id, plan.first_zone)
        if not update.trip.start_date and calls:
            day = _day_of(calls[0].departure_s, zone)
        _add_extra(world, RealTrip(update.trip.trip_id or entity.id, day, calls, timestamp_s=stamp), zone)
        return
    if kind == Trip.DUPLICATED:
        _duplicate(plan, update, world, stamp)
        return
    found = find_run(plan, update.trip, now_s)
    if found is None:
        return
    trip, day, shift_s, vehicle_shift_s = found
    start_s = start_of(day, trip.zone)
    planned = [
        RealCall(c.stop, start_s + shift_s + c.arrival_s, start_s + shift_s + c.departure_s)
        for c in trip.calls
    ]
    real = RealTrip(trip.trip_id, day, planned, shift_s, "", stamp)
    if kind == Trip.CANCELED:
        real.standing = "cancelled"
    elif kind == Trip.DELETED:
        real.standing = "deleted"
    elif kind == Trip.REPLACEMENT:
        calls = _told_calls(plan, update)
        key = trip.trip_id
        if not _add_extra(world, RealTrip(key, day, calls, timestamp_s=stamp), trip.zone):
            return
        real.standing = "replaced"
    else:
        moved = _predict(plan, trip, update, start_s + vehicle_shift_s)
        if moved is None:
            return
        if all(call.skipped for call in moved):
            real.standing = "cancelled"
        elif any(
            (m.pickup, m.dropoff) != (c.pickup, c.dropoff) for m, c in zip(moved, trip.calls, strict=True)
        ):
            left = [call for call in moved if not call.skipped]
            real.standing = "replaced" if len(left) > 1 else "cancelled"
            if len(left) > 1:
                world.extras[f"{trip.trip_id}|{day:%Y%m%d}"] = RealTrip(
                    trip.trip_id, day, left, timestamp_s=stamp
                )
        elif any(call.known or call.assigned for call in moved):
            real.standing, real.calls = "running", moved
        else:
            return
    key = (trip.trip_id, day, shift_s)
    before = world.runs.get(key)
    if before is None or before.timestamp_s <= stamp:
        world.runs[key] = real


def _duplicate(plan: Plan, update: rt.TripUpdate, world: World, stamp: int) -> None:
    """A copy of a trip, whose day and first departure its properties say."""
    copied, named = update.trip_properties, plan.trips.get(update.trip.trip_id)
    day, starts = _date(copied.start_date), _time(copied.start_time)
    if not copied.trip_id or day is None or starts is None or named is None:
        return
    moved = _predict(plan, named, update, start_of(day, named.zone) + starts - named.calls[0].departure_s)
    if moved is None:
        return
    left = [call for call in moved if not call.skipped]
    if len(left) > 1:
        world.extras[f"{copied.trip_id}|{day:%Y%m%d}"] = RealTrip(
            copied.trip_id, day, left, timestamp_s=stamp
        )


def _add_extra(world: World, real: RealTrip, zone: str) -> bool:
    """An added trip is used when two calls are known, in order, near its day."""
    events = [at for call in real.calls for at in (call.arrival_s, call.departure_s)]
    if len(real.calls) < 2 or real.day is None or events != sorted(events):
        return False
    start_s = start_of(real.day, zone)
    if events[0] < start_s - DAY_S or events[-1] > start_s + 4 * DAY_S:
        return False
    world.extras[f"{real.trip_id}|{real.day:%Y%m%d}"] = real
    return True


def _told_calls(plan: Plan, update: rt.TripUpdate) -> list[RealCall]:
    calls = []
    for stop in update.stop_time_update:
        if stop.schedule_relationship == Update.SKIPPED:
            continue
        name = stop.stop_time_properties.assigned_stop_id or stop.stop_id
        boarded = plan.boardable(name) if name in plan.parent else None
        times = []
        for event in (stop.arrival, stop.departure):
            at = event.time if event.HasField("time") else None
            if at is None and event.HasField("scheduled_time"):
                at = event.scheduled_time + event.delay
            times.append(at if at is not None and 0 < at < 2**33 else None)
        if boarded is None or times == [None, None]:
            continue
        arrival, departure = (times[0] or times[1], times[1] or times[0])
        properties = stop.stop_time_properties
        calls.append(
            RealCall(
                boarded,
                arrival,
                departure,
                stop.schedule_relationship != Update.NO_DATA,
                assigned="" if boarded == name else name,
                pickup=properties.pickup_type,
                dropoff=properties.drop_off_type,
            )
        )
    return calls


# ── which run ──────────────────────────────────────────────────────────────────────────────────────────────


def find_run(plan: Plan, trip: rt.TripDescriptor, now_s: int) -> tuple[PlannedTrip, dt.date, int, int] | None:
    """The run named, with the shift of its repetition and the vehicle's own; None: no run, or several."""
    when = _when(trip)
    if when is None:
        return None
    day, starts = when
    if trip.trip_id in plan.trips:
        candidates = [plan.trips[trip.trip_id]]
    elif trip.trip_id or starts is None:
        return None
    else:
        candidates = [
            one
            for one in plan.trips.values()
            if one.route == trip.route_id
            and (not trip.HasField("direction_id") or one.direction == trip.direction_id)
            and (one.frequencies or one.calls[0].departure_s == starts)
        ]
    found = [run for one in candidates if (run := _run_of(one, day, starts, now_s)) is not None]
    return found[0] if len(found) == 1 else None


def _run_of(
    trip: PlannedTrip, day: dt.date | None, starts: int | None, now_s: int
) -> tuple[PlannedTrip, dt.date, int, int] | None:
    own, shift_s, vehicle_shift_s = trip.calls[0].departure_s, 0, 0
    if trip.frequencies:
        if starts is None:
            return None
        fitting = []
        for start, end, step, exact in trip.frequencies:
            allowed = 0 if exact else step if start <= starts < end else step // 2
            fitting += [
                (abs(at - starts), at) for at in range(start, end, step) if abs(at - starts) <= allowed
            ]
        if not fitting:
            return None
        shift_s, vehicle_shift_s = min(fitting, key=lambda one: one[0])[1] - own, starts - own
    if day is not None:
        return (trip, day, shift_s, vehicle_shift_s) if day in trip.days else None
    today, nearest = _day_of(now_s, trip.zone), []
    for back in range(3, -2, -1):
        candidate = today - dt.timedelta(days=back)
        if candidate in trip.days:
            base = start_of(candidate, trip.zone) + vehicle_shift_s
            first, last = base + trip.calls[0].arrival_s, base + trip.calls[-1].departure_s
            nearest.append((max(first - now_s, now_s - last, 0), candidate))
    if not nearest or min(nearest)[0] > DAY_S // 2:
        return None
    return trip, min(nearest)[1], shift_s, vehicle_shift_s


def _when(trip: rt.TripDescriptor) -> tuple[dt.date | None, int | None] | None:
    day = _date(trip.start_date) if trip.start_date else None
    starts = _time(trip.start_time) if trip.start_time else None
    wrong = (trip.start_date and day is None) or (trip.start_time and starts is None)
    return None if wrong else (day, starts)


def _day_of(now_s: int, zone: str) -> dt.date:
    day = dt.datetime.fromtimestamp(now_s, ZoneInfo(zone)).date()
    return day - dt.timedelta(days=1) if now_s < start_of(day, zone) else day


def _date(text: str) -> dt.date | None:
    try:
        day = dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        return None
    return day if len(text) == 8 and 1971 <= day.year <= 2199 else None


def _time(text: str) -> int | None:
    parts = text.split(":")
    if (
        len(parts) != 3
        or not all(part.isdigit() for part in parts)
        or int(parts[1]) > 59
        or int(parts[2]) > 59
    ):
        return None
    return int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2])


# ── at which times ─────────────────────────────────────────────────────────────────────────────────────────


def _predict(plan: Plan, trip: PlannedTrip, update: rt.TripUpdate, base_s: int) -> list[RealCall] | None:
    """The calls as predicted; None: what is said cannot be."""
    placed = dict(_placed(plan, trip, update))
    calls: list[RealCall] = []
    said: list[bool] = []
    late: int | None = update.delay if update.HasField("delay") else None
    absurd = late is not None and abs(late) > DAY_S
    for position, planned in enumerate(trip.calls):
        plan_s = [base_s + planned.arrival_s, base_s + planned.departure_s]
        call = RealCall(planned.stop, *plan_s, pickup=planned.pickup, dropoff=planned.dropoff)
        told, lates = [False, False], [late, late]
        if position in placed:
            stop, platform = placed[position]
            _move(plan, call, stop, platform)
            call.skipped = stop.schedule_relationship == Update.SKIPPED
            if stop.schedule_relationship == Update.NO_DATA:
                lates = [None, None]
            elif not call.skipped:
                spoken = [_late(stop.arrival, plan_s[0]), _late(stop.departure, plan_s[1])]
                told = [one is not None for one in spoken]
                lates = [
                    spoken[1] if spoken[0] is None else spoken[0],
                    spoken[0] if spoken[1] is None else spoken[1],
                ]
                absurd |= any(one is not None and abs(one) > DAY_S for one in spoken)
        late = lates[1]
        call.known = late is not None or call.skipped
        call.arrival_s, call.departure_s = plan_s[0] + (lates[0] or 0), plan_s[1] + (lates[1] or 0)
        calls.append(call)
        said += told
    if all(call.skipped for call in calls):
        return calls
    return None if absurd else _in_order(calls, said)


def _in_order(calls: list[RealCall], said: list[bool]) -> list[RealCall] | None:
    """What is said must be in order; what is not said is moved between."""
    events = [at for call in calls for at in (call.arrival_s, call.departure_s)]
    spoken = [at for at, is_said in zip(events, said, strict=True) if is_said]
    if spoken != sorted(spoken):
        return None
    for i, is_said in enumerate(said):
        later = [at for at, other in zip(events[i + 1 :], said[i + 1 :], strict=True) if other]
        if not is_said:
            events[i] = min([events[i], *later])
    events = [max(events[: i + 1]) for i in range(len(events))]
    for position, call in enumerate(calls):
        call.arrival_s, call.departure_s = events[2 * position : 2 * position + 2]
    return calls


def _late(event: rt.TripUpdate.StopTimeEvent, planned_s: int) -> int | None:
    """Its time counts before its delay."""
    if event.HasField("time"):
        return event.time - planned_s
    return event.delay if event.HasField("delay") else None


def _placed(plan: Plan, trip: PlannedTrip, update: rt.TripUpdate) -> Iterator[tuple[int, tuple[Update, str]]]:
    """Which call each update is about, and the platform its stop_id tells; each call once, the first counts."""
    taken: set[int] = set()
    last = -1
    for stop in update.stop_time_update:
        found = _find_call(plan, trip, stop, last)
        if found is not None and found[0] not in taken:
            taken.add(found[0])
            last = max(last, found[0])
            yield found[0], (stop, found[1])


def _find_call(plan: Plan, trip: PlannedTrip, stop: Update, last: int) -> tuple[int, str] | None:
    if stop.HasField("stop_sequence"):
        for position, call in enumerate(trip.calls):
            if call.sequence == stop.stop_sequence:
                told = stop.HasField("stop_id") and not stop.stop_time_properties.HasField("assigned_stop_id")
                if not told or stop.stop_id == call.stop:
                    return position, ""
                same = stop.stop_id in plan.parent and plan.station(stop.stop_id) == plan.station(call.stop)
                return (position, stop.stop_id) if same else None
    if not stop.HasField("stop_id"):
        return None
    after = [(position, call) for position, call in enumerate(trip.calls) if position > last]
    for position, call in after:
        if call.stop == stop.stop_id:
            return position, ""
    if stop.stop_id in plan.parent:
        for position, call in after:
            if plan.station(call.stop) == plan.station(stop.stop_id):
                return position, stop.stop_id
    return None


def _move(plan: Plan, call: RealCall, stop: Update, platform: str) -> None:
    properties = stop.stop_time_properties
    if properties.HasField("assigned_stop_id"):
        platform = properties.assigned_stop_id
    if platform in plan.parent and platform != call.stop:
        call.assigned = platform
        if platform in plan.served:
            call.stop = platform
    if properties.HasField("pickup_type"):
        call.pickup = properties.pickup_type
    if properties.HasField("drop_off_type"):
        call.dropoff = properties.drop_off_type
