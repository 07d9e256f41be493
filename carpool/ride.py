"""Rides: a driver goes along a line on a day at a time, and has seats."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class RideStatus(StrEnum):
    """What became of a ride. Whether it is in the past is a question of the clock, not of its status."""

    PUBLISHED = "published"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Call:
    """Where the driver stops, and when at the earliest (aware, UTC)."""

    stop_id: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Ride:
    """One ride on one day. `calls`: at least two stops of the line, in the order of driving, times growing."""

    id: str
    line_id: str
    driver_id: str
    calls: tuple[Call, ...]
    seats: int
    status: RideStatus
    published_at: dt.datetime
    notice_s: int = 900
    """Booking closes so long before the passenger's own departure."""
    regular_id: str = ""
    """The regular ride it is one day of; "": a single one."""
    vehicle: str = ""
    """How passengers recognise it: "Clio bleue, AB-123-CD"."""
    note: str = ""
    needs_confirmation: bool = False
    """Whether the driver confirms each booking; it holds its seats until it is confirmed, refused or expired."""

    @property
    def starts_at(self) -> dt.datetime:
        """When the driver sets out."""
        return self.calls[0].at

    @property
    def ends_at(self) -> dt.datetime:
        """When the driver gets to the last stop."""
        return self.calls[-1].at

    def position(self, stop_id: str) -> int:
        """The place of a stop among the calls. Raises KeyError."""
        for index, call in enumerate(self.calls):
            if call.stop_id == stop_id:
                return index
        raise KeyError(stop_id)


@dataclass(frozen=True, slots=True)
class RegularRide:
    """The same ride on several weekdays. Each of its days is a `Ride` of its own, made ahead of time."""

    id: str
    line_id: str
    driver_id: str
    stop_ids: tuple[str, ...]
    leaves_at: dt.time
    """On the clocks of Europe/Paris."""
    weekdays: frozenset[int]
    """0 Monday to 6 Sunday."""
    valid_from: dt.date
    valid_to: dt.date
    seats: int
    published_at: dt.datetime
    except_days: frozenset[dt.date] = frozenset()
    on_public_holidays: bool = False
    notice_s: int = 900
    vehicle: str = ""
    note: str = ""
    needs_confirmation: bool = False
    is_ended: bool = False
