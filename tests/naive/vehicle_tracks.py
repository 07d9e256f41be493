"""The slow, obvious twin of `mobility.acts.trips.vehicle_tracks`: every trip, every stop, every metre of the track."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from itertools import pairwise

from carpool.nearness import apart_m
from carpool.trip import Fix
from gtfs_feeds.network import Network
from routing.clock import day_start_s


def passing_s(
    track: Sequence[Fix], lat: float, lon: float, radius_m: float, every_s: float = 1.0
) -> float | None:
    """When a track passes nearest by a point, looking every second; None: not within the radius."""
    best: tuple[float, float] | None = None
    for one, other in pairwise(track):
        begin, end = one.at.timestamp(), other.at.timestamp()
        steps = max(1, round((end - begin) / every_s))
        for step in range(steps + 1):
            part = step / steps
            here = one.lat + part * (other.lat - one.lat), one.lon + part * (other.lon - one.lon)
            found = apart_m(*here, lat, lon), begin + part * (end - begin)
            best = found if best is None else min(best, found)
    return best[1] if best is not None and best[0] <= radius_m else None


def list_followed(
    network: Network, track: Sequence[Fix], thresholds: Mapping[str, int], days: Sequence[dt.date]
) -> list[tuple[int, int, int, int]]:
    """(trip, calls, calls made, delay in s) of each vehicle the track may have been recorded in. No frequencies."""
    table, found = network.timetable, []
    begin_s, end_s = track[0].at.timestamp(), track[-1].at.timestamp()
    spread, late = thresholds["spread_s_max"], thresholds["delay_s_max"]
    for trip in range(len(table.trip_pattern)):
        pattern, first = int(table.trip_pattern[trip]), int(table.trip_first_event[trip])
        positions = range(int(table.pattern_first[pattern]), int(table.pattern_first[pattern + 1]))
        for day in days:
            column = (day - network.info.first_day).days
            if (
                not 0 <= column < table.service_active.shape[1]
                or not table.service_active[table.trip_service[trip], column]
            ):
                continue
            midnight = day_start_s(day, network.info.zones[int(table.trip_zone[trip])])
            calls = []
            for event, position in enumerate(positions, first):
                stop = int(table.pattern_stop[position])
                halt = (
                    int(table.event_arrival_s[event]) + int(table.event_departure_s[event])
                ) / 2 + midnight
                place = float(table.stop_lat[stop]), float(table.stop_lon[stop])
                calls.append((halt, passing_s(track, *place, thresholds["stop_radius_m"])))
            offsets = [
                passed - halt
                for halt, passed in calls
                if passed is not None and abs(passed - halt) <= late + spread
            ]
            if len(offsets) < thresholds["calls_min"]:
                continue
            delay = statistics.median(offsets)
            made = [
                (halt, passed)
                for halt, passed in calls
                if passed is not None and abs(passed - halt - delay) <= spread
            ]
            within = [
                call
                for call in calls
                if call in made or begin_s - spread <= call[0] + delay <= end_s + spread
            ]
            if not made or abs(delay) > late or len(within) < thresholds["calls_min"]:
                continue
            covered = max(p for _, p in made) - min(p for _, p in made)
            if covered * 1000 >= thresholds["track_share_permille_min"] * (end_s - begin_s):
                found.append((trip, len(within), len(made), round(delay)))
    return found
