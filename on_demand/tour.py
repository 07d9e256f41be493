"""What one vehicle does on one day: the order of its stops, who rides, and what was promised to whom.

A tour is the truth about capacity: a booking that holds a seat has its two stops in it. `version` grows with every
change, so that what was computed on an older one is noticed (compare and swap).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from on_demand.area import Point
from on_demand.fleet import Seats


class StopKind(StrEnum):
    """What is done at a stop."""

    PICKUP = "pickup"
    DROP_OFF = "drop-off"
    BREAK = "break"


@dataclass(frozen=True, slots=True)
class Request:
    """A ride as the dispatcher sees it. Windows bound the beginning of service at the stop (the vehicle stands),
    inclusive; `ride_s_max` runs from the end of service at the pick-up to the beginning of service
    at the drop-off (Cordeau and Laporte, "A tabu search heuristic for the static multi-vehicle dial-a-ride problem",
    2003)."""

    id: str
    """Of the booking."""
    origin: Point
    destination: Point
    pickup_open_s: int
    pickup_close_s: int
    drop_open_s: int
    drop_close_s: int
    ride_s_max: int
    seats: int
    wheelchairs: int = 0
    pickup_stop_s: int = 0
    drop_stop_s: int = 0
    """How long it stands at each."""


@dataclass(frozen=True, slots=True)
class TourStop:
    """One stop of a tour, in its order."""

    kind: StopKind
    request_id: str
    """"": a break, whose number in `VehicleDay.breaks` is `break_index`."""
    drive_s: int
    """From the stop before (the place the vehicle starts from, of the first)."""
    break_index: int = -1
    served_at_s: int | None = None
    """When service began, once it has: such stops come first and never move. A pick-up that was served without a
    drop-off in the tour: nobody got on."""
    leave_s_min: int = 0
    """The vehicle does not set out for it before: when it was put there, its driver had to be told first."""


@dataclass(frozen=True, slots=True)
class DayBreak:
    """A break of this day: begins in the window, the vehicle empty, wherever it stands."""

    open_s: int
    close_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class VehicleDay:
    """One shift of one vehicle on one service day, known by `shift_id` and `day`. It leaves `start` at `open_s` or
    later and is back at `end` by `close_s`."""

    shift_id: str
    day: dt.date
    vehicle_id: str
    version: int
    open_s: int
    close_s: int
    start: Point
    end: Point
    configurations: tuple[Seats, ...]
    route_s_max: int | None = None
    """From leaving the start to being back at the end."""
    breaks: tuple[DayBreak, ...] = ()
    """Every one is among the stops (`on_demand.schedule.break_stops`), where the stop before it is: driven 0 s."""
    requests: tuple[Request, ...] = ()
    stops: tuple[TourStop, ...] = ()
    home_s: int = 0
    """Driving from the last stop to the end."""
    out_of_service_s: int | None = None
    """Broken down since; it takes nobody any more."""
