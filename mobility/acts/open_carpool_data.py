"""The carpool lines and their rides as open data: GTFS of a morning, and what changed since as GTFS Realtime.

Nobody's name is in it. The timetable has the rides that were published before the last 03:00 in Paris, so that who
fetches it once a day and who fetches it every hour have the same; the messages add what was published since and take
back what was cancelled.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from carpool.line import Line
from carpool.ride import Ride, RideStatus
from ground.paris import PARIS
from mobility.acts.carpool_gtfs import ZONE, Operator, describe_lines, write_carpool_gtfs
from mobility.acts.ports import ActPorts
from routing.clock import day_start_s, service_day_of

RENEWED_AT = dt.time(3)
AHEAD = dt.timedelta(days=29)
"""Regular rides are published four weeks ahead."""


def export_gtfs(ports: ActPorts, operator: Operator) -> bytes:
    """The lines and the rides of the next weeks as a zip of GTFS, route type 1551."""
    now = ports.now()
    lines, rides = _read(ports, now)
    renewed_at = _renewed_at(now)
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "gtfs.zip"
        version = f"{renewed_at.astimezone(PARIS):%Y-%m-%d}-{describe_lines(operator, lines)}"
        write_carpool_gtfs(
            operator, lines, [ride for ride in rides if ride.published_at < renewed_at], version, archive
        )
        return archive.read_bytes()


def export_updates(ports: ActPorts) -> bytes:
    """A GTFS Realtime message (FULL_DATASET): rides published since the timetable was renewed, and those cancelled."""
    now = ports.now()
    lines, rides = _read(ports, now)
    renewed_at, known = _renewed_at(now), {line.id for line in lines}
    message = gtfs_rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = gtfs_rt.FeedHeader.FULL_DATASET
    message.header.timestamp = int(now.timestamp())
    for ride in rides:
        is_new, is_cancelled = ride.published_at >= renewed_at, ride.status is RideStatus.CANCELLED
        if is_new is not is_cancelled and ride.line_id in known:
            _add(message, ride, is_cancelled)
    return bytes(message.SerializeToString(deterministic=True))


def _add(message: gtfs_rt.FeedMessage, ride: Ride, is_cancelled: bool) -> None:
    """A ride that is not in the timetable, or that is and is cancelled."""
    day = service_day_of(int(ride.starts_at.timestamp()), ZONE)
    update = message.entity.add(id=ride.id).trip_update
    update.trip.trip_id, update.trip.route_id = ride.id, ride.line_id
    update.trip.start_date = f"{day:%Y%m%d}"
    if is_cancelled:
        update.trip.schedule_relationship = gtfs_rt.TripDescriptor.CANCELED
        return
    start_s = int(ride.starts_at.timestamp()) - day_start_s(day, ZONE)
    update.trip.start_time = f"{start_s // 3600:02}:{start_s // 60 % 60:02}:{start_s % 60:02}"
    # ADDED was never wholly defined and NEW is young: readers know the older one.
    update.trip.schedule_relationship = gtfs_rt.TripDescriptor.ADDED
    for number, call in enumerate(ride.calls):
        stop = update.stop_time_update.add(stop_sequence=number, stop_id=call.stop_id)
        stop.arrival.time = stop.departure.time = int(call.at.timestamp())


def _read(ports: ActPorts, now: dt.datetime) -> tuple[list[Line], list[Ride]]:
    with ports.unit_of_work(read_only=True) as work:
        return work.rides.list_lines(), work.rides.list_rides(now - dt.timedelta(hours=6), now + AHEAD)


def _renewed_at(now: dt.datetime) -> dt.datetime:
    """The last 03:00 in Paris."""
    local = now.astimezone(PARIS)
    day = local.date() if local.time() >= RENEWED_AT else local.date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, RENEWED_AT, PARIS).astimezone(dt.UTC)
