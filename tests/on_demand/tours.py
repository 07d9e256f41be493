"""Small tours along one street, where a place is a number of seconds from its beginning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.schedule import break_stops
from on_demand.tour import DayBreak, Request, StopKind, TourStop, VehicleDay


class FlatDrives:
    """Fills `on_demand.ports.Drives`."""

    def times_s(self, origins: Sequence[Point], destinations: Sequence[Point]) -> NDArray[np.int32]:
        of, to = (np.array([point.lat for point in points]) for points in (origins, destinations))
        return np.abs(of[:, None] - to).astype(np.int32)


def ride(
    name: str,
    origin: int,
    destination: int,
    open_s: int,
    window_s: int,
    ride_s_max: int = 1200,
    seats: int = 1,
    wheelchairs: int = 0,
) -> Request:
    """A request; one minute at each end."""
    return Request(
        name,
        Point(origin, 0.0),
        Point(destination, 0.0),
        open_s,
        open_s + window_s,
        open_s,
        open_s + window_s + 60 + ride_s_max,
        ride_s_max,
        seats,
        wheelchairs,
        60,
        60,
    )


def day_with(
    *rides: Request, breaks: Sequence[tuple[int, int, int]] = (), order: Sequence[str] = ()
) -> VehicleDay:
    """A tour from place 0 and back that serves rides one after the other, or as `order` says: "+a" picks a up, "-a"
    sets it down, "0" is the first break. Breaks come first else."""
    named = {request.id: request for request in rides}
    pauses = tuple(DayBreak(*one) for one in breaks)
    stops: list[TourStop] = [] if order else list(break_stops(pauses))
    here = 0
    for one in order or [sign + request.id for request in rides for sign in "+-"]:
        if one.isdigit():
            stops.append(TourStop(StopKind.BREAK, "", 0, break_index=int(one)))
            continue
        is_pickup = one[0] == "+"
        request = named[one[1:]]
        there = int(request.origin.lat if is_pickup else request.destination.lat)
        kind = StopKind.PICKUP if is_pickup else StopKind.DROP_OFF
        stops.append(TourStop(kind, request.id, abs(there - here)))
        here = there
    return VehicleDay(
        "s",
        dt.date(2026, 5, 4),
        "v",
        0,
        0,
        10_000,
        Point(0.0, 0.0),
        Point(0.0, 0.0),
        (Seats(4, 0), Seats(2, 1)),
        None,
        pauses,
        tuple(rides),
        tuple(stops),
        here,
    )
