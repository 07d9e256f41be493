"""What a check looks at, and what it finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from carpool.assembly import Assembly
from carpool.checks.thresholds import Outcome, Thresholds
from carpool.device import Device
from carpool.evidence import Evidence
from carpool.line import Line
from carpool.trip import Fix, Trip, TripStatus


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. `counter` is what was counted or measured, in the threshold's unit."""

    check: str
    outcome: Outcome
    counter: int
    threshold: int
    words: str
    """In English, for people."""
    conflict: str = ""
    """The other trip, if it is about one."""
    facts: Mapping[str, int | str] = field(default_factory=dict)
    """What was looked at; no positions."""


@dataclass(frozen=True, slots=True)
class Ridden:
    """Somebody's part of another trip."""

    person: str
    board_at: dt.datetime
    alight_at: dt.datetime


@dataclass(frozen=True, slots=True)
class OtherTrip:
    """Another trip, as far as checks compare with it."""

    id: str
    status: TripStatus
    driver_id: str
    line_id: str
    ride_id: str
    start_at: dt.datetime
    end_at: dt.datetime
    start_stop: str
    end_stop: str
    track_m: int
    """Metres from position to position."""
    passengers: tuple[Ridden, ...]


@dataclass(frozen=True, slots=True)
class Road:
    """What driving somewhere takes by the road."""

    duration_s: int
    distance_m: int


class RoadTimes(Protocol):
    """How long driving takes."""

    def find_road(self, line: Line, start: Fix, end: Fix) -> Road | None:
        """By the road between two fixes at stops of a line; None: cannot be told now."""
        ...


@dataclass(frozen=True, slots=True)
class Followed:
    """A planned vehicle whose calls a track makes as well."""

    vehicle: str
    """Its line and trip, in words."""
    calls: int
    """Between the track's ends."""
    calls_made: int
    delay_s: int
    """The vehicle's, if it is the one; negative: early."""


class VehicleTracks(Protocol):
    """What coaches and trains run beside a track."""

    def list_followed(
        self, track: Sequence[Fix], thresholds: Mapping[str, int]
    ) -> tuple[Followed, ...] | None:
        """Vehicles whose calls the track makes, the best first; none: it follows no vehicle. None: cannot be told now,
        since no timetable is known for that day."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """One trip before the checks. `assembly.trip` is not None."""

    trip: Trip
    line: Line
    assembly: Assembly
    evidence: tuple[Evidence, ...]
    skews_s: Mapping[str, int]
    """By statement hash: how far its phone's clock was ahead of the server's when it was sent; none: not known."""
    devices: Mapping[str, Device]
    others: tuple[OtherTrip, ...]
    """Those of the same people on the days around, and those that started on the line in the same minute. Cancelled and
    refused ones may be among them: they never count."""
    communes: Mapping[str, str]
    """By stop."""
    now: dt.datetime
    roads: RoadTimes
    vehicles: VehicleTracks
    thresholds: Thresholds

    @property
    def alive(self) -> tuple[OtherTrip, ...]:
        """Other trips that are none of cancelled and refused, by start and id."""
        dead = (TripStatus.CANCELLED, TripStatus.REFUSED)
        return tuple(
            sorted(
                (other for other in self.others if other.status not in dead and other.id != self.trip.id),
                key=lambda other: (other.start_at, other.id),
            )
        )

    def found(
        self,
        check: str,
        counter: int,
        threshold: int,
        words: str,
        conflict: str = "",
        **facts: int | str,
    ) -> Finding:
        """A finding with the outcome its check has."""
        outcome = self.thresholds.outcomes[check]
        return Finding(check, outcome, counter, threshold, words, conflict, facts)

    def cannot_run(self, check: str, words: str, threshold: int = 0) -> Finding:
        """The check cannot run yet: the trip waits."""
        return Finding(check, Outcome.WAIT, 0, threshold, words)

    def incomplete(self, check: str, words: str) -> Finding:
        """Evidence may still come: nothing is settled before."""
        return Finding(check, Outcome.INCOMPLETE, 0, self.thresholds.passenger_wait_s, words)

    @property
    def quiet_at(self) -> dt.datetime:
        """Until when evidence may still come: phones have had their time, and nothing has come for a while. The second
        is what makes a trip whose phones send days later wait for the second of them."""
        latest = max(piece.received_at for piece in self.evidence)
        return self.thresholds.quiet_at(self.trip.end.at, latest)

    @property
    def may_still_come(self) -> bool:
        """Whether a phone may not have sent yet."""
        return self.now < self.quiet_at
