"""What happens to each run: drawn once, the same whenever it is asked."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.match import TripRun
from routing.clock import day_start_s, service_day_of
from routing.compile_day import list_running

AHEAD_S = 2 * 3600
"""Runs are spoken of from so long before they leave."""

AFTER_S = 3600
"""Runs are looked at until so long after their planned end: they may be as late."""

DELAY_S_MAX = 45 * 60
FORESEEN = 0.6
"""How much of what is still to come of a delay is predicted."""


@dataclass(frozen=True, slots=True)
class Happenings:
    """Shares of runs that something happens to."""

    late: float = 0.35
    cancelled: float = 0.02
    skipping: float = 0.02
    platform: float = 0.04
    duplicated: float = 0.005
    added: float = 0.005
    silent: float = 0.1
    """Runs of which nothing is said: not every vehicle is tracked."""


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """What happens to one run. `n` is the length of its pattern."""

    run: TripRun
    key: str
    """Names the run and the seed: what is left to be told is drawn from it (`draw`)."""
    announced_s: int
    """From when on it is known what will happen: a cancellation, a platform."""
    cancelled: bool
    skipped: int
    """A position, -1 for none."""
    moved: int
    """A position where it calls at another platform, -1 for none."""
    duplicated: bool
    added: bool
    planned_arrival_s: NDArray[np.int64]
    """[n] instants, as is all that follows."""
    planned_departure_s: NDArray[np.int64]
    arrival_s: NDArray[np.int64]
    """[n] what really will have happened."""
    departure_s: NDArray[np.int64]

    def draw(self, about: str) -> Random:
        """What to draw one thing from: the same at every instant, whatever else is told."""
        return Random(f"{self.key}|{about}")

    def foresee(self, now_s: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Arrivals and departures as known at an instant: the past as it was, the rest as it is to be expected."""
        late_s = np.stack(
            [self.arrival_s - self.planned_arrival_s, self.departure_s - self.planned_departure_s]
        )
        passed = int(np.searchsorted(self.departure_s, now_s, side="right"))
        current_s = int(late_s[1, passed - 1]) if passed else int(late_s[1, 0])
        expected_s = current_s + ((late_s - current_s) * FORESEEN).astype(np.int64)
        happened = np.stack([self.arrival_s, self.departure_s]) <= now_s
        expected_s = np.where(happened, late_s, expected_s)
        expected_s[0] += self.planned_arrival_s
        expected_s[1] += self.planned_departure_s
        expected_s = np.where(happened, expected_s, np.maximum(expected_s, now_s))
        events = np.empty(2 * len(self.arrival_s), np.int64)
        events[0::2], events[1::2] = expected_s
        events = np.maximum.accumulate(events)
        return events[0::2], events[1::2]


def list_stories(
    network: Network, index: FeedIndex, now_s: int, seed: int, happenings: Happenings, runs_max: int | None
) -> Iterator[Story]:
    """The stories of the runs that are under way or leave soon, in order of departure; of at most `runs_max`."""
    for run in list_runs(network, index, now_s, runs_max):
        key = f"{seed}|{index.own_trip_id(run.trip)}|{run.service_day}|{run.shift_s}"
        draw = Random(key)
        if draw.random() >= happenings.silent:
            yield _tell(network, run, key, draw, happenings)


def list_runs(network: Network, index: FeedIndex, now_s: int, runs_max: int | None) -> list[TripRun]:
    """The feed's runs from two hours before they leave to an hour after their planned end."""
    timetable, info = network.timetable, network.info
    found: list[tuple[int, int, TripRun]] = []
    today = service_day_of(now_s, info.zones[0])
    for back in range(3, -2, -1):
        day = today - dt.timedelta(days=back)
        trip, shift_s = list_running(timetable, info, day)
        own = index.is_own_trip[trip]
        trip, shift_s = trip[own], shift_s[own]
        zone_s = np.array([day_start_s(day, zone) for zone in info.zones], np.int64)[
            timetable.trip_zone[trip]
        ]
        first = timetable.trip_first_event[trip]
        last = first + np.diff(timetable.pattern_first)[timetable.trip_pattern[trip]] - 1
        leaves_s = zone_s + shift_s + timetable.event_departure_s[first]
        ends_s = zone_s + shift_s + timetable.event_arrival_s[last]
        near = np.flatnonzero((leaves_s <= now_s + AHEAD_S) & (ends_s >= now_s - AFTER_S))
        found += [(int(leaves_s[i]), int(trip[i]), TripRun(int(trip[i]), day, int(shift_s[i]))) for i in near]
    if runs_max is not None and len(found) > runs_max:  # the same ones whenever it is asked
        found.sort(key=lambda one: zlib.crc32(f"{one[2]}".encode()))
        found = found[:runs_max]
    return [run for _, _, run in sorted(found)]


def _tell(network: Network, run: TripRun, key: str, draw: Random, happenings: Happenings) -> Story:
    timetable = network.timetable
    pattern, event = timetable.trip_pattern[run.trip], timetable.trip_first_event[run.trip]
    size = int(timetable.pattern_first[pattern + 1] - timetable.pattern_first[pattern])
    base_s = day_start_s(run.service_day, network.info.zones[timetable.trip_zone[run.trip]]) + run.shift_s
    arrival_s = timetable.event_arrival_s[event : event + size].astype(np.int64) + base_s
    departure_s = timetable.event_departure_s[event : event + size].astype(np.int64) + base_s
    is_late = draw.random() < happenings.late
    late_s = _draw_delay(draw, size, is_late)
    events = np.empty(2 * size, np.int64)
    events[0::2], events[1::2] = arrival_s + late_s, departure_s + late_s
    events[1::2] = np.maximum(events[1::2], departure_s)  # nobody leaves early
    events = np.maximum.accumulate(events)
    interior = size > 3
    return Story(
        run,
        key,
        announced_s=int(departure_s[0]) - draw.randint(10, 120) * 60,
        cancelled=draw.random() < happenings.cancelled,
        skipped=draw.randrange(1, size - 1) if draw.random() < happenings.skipping and interior else -1,
        moved=draw.randrange(size) if draw.random() < happenings.platform else -1,
        duplicated=draw.random() < happenings.duplicated,
        added=draw.random() < happenings.added,
        planned_arrival_s=arrival_s,
        planned_departure_s=departure_s,
        arrival_s=events[0::2],
        departure_s=events[1::2],
    )


def _draw_delay(draw: Random, size: int, is_late: bool) -> NDArray[np.int64]:
    """[n] seconds late: a trifle; of late runs, it comes at once or bit by bit, and part of it is made up for."""
    late_s = np.zeros(size, np.float64) + draw.uniform(-20, 60)
    if is_late:
        peak_s = min(draw.expovariate(1 / 300) + 60, DELAY_S_MAX)
        begins, grows = draw.randrange(size), draw.randint(1, 4)
        recovers_s = draw.uniform(0, 60)
        position = np.arange(size, dtype=np.float64)
        late_s += np.clip((position - begins + 1) / grows, 0, 1) * peak_s
        late_s -= np.minimum(np.maximum(position - begins - grows, 0) * recovers_s, peak_s * 0.8)
    late_s += [draw.uniform(-15, 15) for _ in range(size)]
    return (np.round(late_s / 5) * 5).astype(np.int64)
