"""A trip without a fault, and what can be put in the place of its parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carpool.assembly import Assembly
from carpool.checks.case import Case, Followed, OtherTrip, Ridden, Road
from carpool.checks.thresholds import default_thresholds
from carpool.device import Device
from carpool.evidence import Evidence, Kind, Statement
from carpool.line import Line, LineStop, Stop
from carpool.nearness import track_length_m
from carpool.proof import Sighting
from carpool.riders import Rider
from carpool.trip import EvidenceClass, Fix, Passage, Trip, TripStatus

T0 = dt.datetime(2026, 3, 10, 6, 0, tzinfo=dt.UTC)
THRESHOLDS = default_thresholds()
STOPS = tuple(Stop(name, name, 47.0 + 0.09 * n, 6.0, f"2500{n}") for n, name in enumerate("abcd"))
LINE = Line("a-d", "A – D", tuple(LineStop(stop, 10_000 * n, 600 * n) for n, stop in enumerate(STOPS)))
"""Straight north, 10 km and 10 minutes from stop to stop."""


def at(seconds: float) -> dt.datetime:
    return T0 + dt.timedelta(seconds=seconds)


def fix(seconds: float, kilometres: float, stop: str = "", east_m: float = 0) -> Fix:
    """A place so far up the line at a time."""
    return Fix(at(seconds), 47.0 + 0.009 * kilometres, 6.0 + east_m / 75_900, stop)


@dataclass
class Roads:
    road: Road | None = field(default_factory=lambda: Road(1800, 30_000))

    def find_road(self, line: Line, start: Fix, end: Fix) -> Road | None:
        return self.road


@dataclass
class Vehicles:
    followed: tuple[Followed, ...] | None = ()

    def list_followed(
        self, track: Sequence[Fix], thresholds: Mapping[str, int]
    ) -> tuple[Followed, ...] | None:
        return self.followed


TRACK = tuple(fix(60 * minute, minute) for minute in range(31))


def rider(person: str = "theo", **more: Any) -> Rider:
    values: dict[str, Any] = {
        "person": person,
        "devices": frozenset((f"phone of {person}",)),
        "own": TRACK,
        "scans": (),
        "board": Sighting(at(0), fix(0, 0, "a"), "e1"),
        "alight": Sighting(at(1800), fix(1800, 30, "d"), "e2"),
        "booking_id": "",
        "evidence": ("e1", "e2"),
    }
    return Rider(**values | more)


def passage(person: str = "theo", **more: Any) -> Passage:
    values: dict[str, Any] = {
        "passenger_id": person,
        "board": fix(0, 0, "a"),
        "alight": fix(1800, 30, "d"),
        "distance_m": 30_000,
        "evidence_class": EvidenceClass.C,
        "fare_cents": 150,
        "evidence": ("e1", "e2"),
    }
    return Passage(**values | more)


def trip(**more: Any) -> Trip:
    values: dict[str, Any] = {
        "id": "t5",
        "line_id": "a-d",
        "driver_id": "dora",
        "start": fix(0, 0, "a"),
        "end": fix(1800, 30, "d"),
        "distance_m": 30_000,
        "passages": (passage(),),
        "evidence": ("e1", "e2"),
        "status": TripStatus.OPEN,
    }
    return Trip(**values | more)


def statement(**more: Any) -> Evidence:
    received = more.pop("received_at", at(1810))
    reason = more.pop("reason", "")
    values: dict[str, Any] = {
        "hash": "e1",
        "kind": Kind.END,
        "device": "phone of dora",
        "trip": "t5",
        "seq": 0,
        "at": at(1800),
    }
    return Evidence(Statement(**values | more), "dora", received, reason)


def case(of: Trip | None = None, riders: tuple[Rider, ...] | None = None, **more: Any) -> Case:
    """A case in which nothing is found; `assembly`: fields of that."""
    of = of or trip()
    if riders is None:
        riders = tuple(rider(one.passenger_id) for one in of.passages)
    told: dict[str, Any] = {
        "trip_id": of.id,
        "driver_id": of.driver_id,
        "line": LINE,
        "trip": of,
        "is_ended": True,
        "track": TRACK,
        "driver_track": TRACK,
        "driver_devices": frozenset((f"phone of {of.driver_id}",)),
        "riders": riders,
    } | more.pop("assembly", {})
    told |= {"track_m": track_length_m(told["track"])}
    values: dict[str, Any] = {
        "trip": of,
        "line": LINE,
        "assembly": Assembly(**told),
        "evidence": (statement(),),
        "skews_s": {"e1": 0},
        "devices": {
            f"phone of {name}": Device(f"phone of {name}", name, b"", f"hardware of {name}")
            for name in ("dora", "theo", "anna", "bob")
        },
        "others": (),
        "communes": {stop.id: stop.commune for stop in STOPS},
        "now": at(1820),
        "roads": Roads(),
        "vehicles": Vehicles(),
        "thresholds": THRESHOLDS,
    }
    return Case(**values | more)


def other(
    id: str = "t1",
    start_s: float = 90_000,
    end_s: float | None = None,
    driver: str = "dora",
    riders: Sequence[str] = (),
    **more: Any,
) -> OtherTrip:
    end_s = start_s + 1800 if end_s is None else end_s
    values: dict[str, Any] = {
        "id": id,
        "status": TripStatus.PROVEN,
        "driver_id": driver,
        "line_id": "a-d",
        "ride_id": "",
        "start_at": at(start_s),
        "end_at": at(end_s),
        "start_stop": "a",
        "end_stop": "d",
        "track_m": 1,
        "passengers": tuple(Ridden(name, at(start_s), at(end_s)) for name in riders),
    }
    return OtherTrip(**values | more)


def earlier(count: int, **more: Any) -> tuple[OtherTrip, ...]:
    """Trips of the same driver earlier on the same day in Paris (which begins at 23:00 UTC), with strangers."""
    return tuple(
        other(f"t{n}", -20_000 + 3600 * n, -19_000 + 3600 * n, riders=(f"r{n}",), **more)
        for n in range(count)
    )
