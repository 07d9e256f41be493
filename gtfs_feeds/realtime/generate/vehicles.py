"""Stories as vehicle positions, along the shapes."""

from __future__ import annotations

import numpy as np
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.generate.stories import Story
from gtfs_feeds.realtime.generate.trip_updates import MEASURED_EVERY_S, describe, vehicle_id
from gtfs_feeds.shapes import Line, leg_geometry

_M_PER_DEGREE = 111_195.0
_Position = gtfs_rt.VehiclePosition
_OCCUPANCIES = (
    _Position.MANY_SEATS_AVAILABLE,
    _Position.MANY_SEATS_AVAILABLE,
    _Position.FEW_SEATS_AVAILABLE,
    _Position.STANDING_ROOM_ONLY,
    _Position.FULL,
)


def add_vehicle(
    message: gtfs_rt.FeedMessage, network: Network, index: FeedIndex, story: Story, now_s: int
) -> None:
    """Where the vehicle of a run is, while it is under way."""
    measured_s = now_s - now_s % MEASURED_EVERY_S
    if story.cancelled or not story.departure_s[0] - 60 <= measured_s < story.arrival_s[-1]:
        return
    timetable, catalogue, run = network.timetable, network.catalogue, story.run
    toward = int(np.searchsorted(story.departure_s, measured_s, side="right"))
    stands = measured_s >= int(story.arrival_s[toward]) or toward == 0
    line = leg_geometry(network, run.trip, max(toward - 1, 0), max(toward, 1))
    part = 0.0
    if toward and not stands:
        left_s, due_s = int(story.departure_s[toward - 1]), int(story.arrival_s[toward])
        part = (measured_s - left_s) / max(due_s - left_s, 1)
    place = _along(line, 1.0 if stands and toward else part)
    if place is None:
        return
    entity = message.entity.add(
        id=f"vehicle-{index.own_trip_id(run.trip)}-{run.service_day:%Y%m%d}-{run.shift_s}"
    )
    position = entity.vehicle
    describe(position.trip, network, index, story)
    position.vehicle.id = vehicle_id(story)
    position.vehicle.label = str(run.trip % 1000)
    position.position.latitude, position.position.longitude, position.position.bearing = place
    position.timestamp = measured_s
    pattern, numbering = timetable.trip_pattern[run.trip], catalogue.trip_numbering[run.trip]
    position.current_stop_sequence = int(
        catalogue.numbering_sequence[catalogue.numbering_first[numbering] + toward]
    )
    stop = int(timetable.pattern_stop[timetable.pattern_first[pattern] + toward])
    position.stop_id = index.own_id(text(catalogue, int(catalogue.stop_id_text[stop])))
    position.current_status = _Position.STOPPED_AT if stands else _Position.IN_TRANSIT_TO
    position.occupancy_status = story.draw(f"occupancy {toward}").choice(_OCCUPANCIES)


def _along(line: Line, part: float) -> tuple[float, float, float] | None:
    """The place at a part (0..1) of a line's length, and the bearing there in degrees; None: there is no line."""
    lat, lon = line
    if not len(lat):
        return None
    if len(lat) == 1:
        return float(lat[0]), float(lon[0]), 0.0
    scale = float(np.cos(np.radians(lat.mean())))
    east, north = np.diff(lon) * scale * _M_PER_DEGREE, np.diff(lat) * _M_PER_DEGREE
    length = np.hypot(east, north)
    reached = np.concatenate([[0.0], np.cumsum(length)])
    at = part * reached[-1]
    segment = min(int(np.searchsorted(reached, at, side="right")) - 1, len(length) - 1)
    within = (at - reached[segment]) / length[segment] if length[segment] > 0 else 0.0
    bearing = float(np.degrees(np.arctan2(east[segment], north[segment])) % 360)
    return (
        float(lat[segment] + (lat[segment + 1] - lat[segment]) * within),
        float(lon[segment] + (lon[segment + 1] - lon[segment]) * within),
        bearing,
    )
