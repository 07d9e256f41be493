"""Vehicles, their seats and their working days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from on_demand.area import Point
from on_demand.calendar import Calendar


class Seats(NamedTuple):
    """One way to arrange the inside of a vehicle. Folding seats give way to wheelchairs: (8, 0), (6, 1), (3, 2)."""

    seats: int
    wheelchairs: int


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle. Whoever is aboard must fit into one of its `configurations`, at every moment; between stops it may
    be changed."""

    id: str
    name: str
    service_ids: tuple[str, ...]
    """The services it rides for."""
    configurations: tuple[Seats, ...]
    depot: Point
    depot_name: str = ""
    plate: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """A driver's break: `duration_s` long, begun in the window, the vehicle empty. Seconds of the service day."""

    open_s: int
    close_s: int
    duration_s: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A vehicle with a driver on the days of a calendar, from the depot and back. Seconds of the service day."""

    id: str
    vehicle_id: str
    calendar: Calendar
    start_s: int
    end_s: int
    breaks: tuple[Break, ...] = ()
    route_s_max: int | None = None
    """How long it may be under way from the first to the last of its tour; None: as long as the shift is."""
    driver: str = ""
