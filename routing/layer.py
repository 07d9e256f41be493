"""A layer: the trips of one service day as the kernels scan them.

A **route** is the router's, not GTFS's: trips of one pattern, mode and equipment that never overtake each other, in
order of time. A **column** is one position of a route; its events lie side by side, one per trip, so that finding the
first trip one can catch is a binary search in one short run of memory. Events are unsigned 16-bit seconds after the
column's base: exact, and half the memory traffic of 32 bits. A route therefore spans at most 65,535 s (18.2 h) at
every position; longer days simply become two routes.

A search scans several layers (yesterday's, today's, tomorrow's service day), each moved by an offset in seconds, so
nothing is copied for a search past midnight, and daylight saving is only another offset.

The **mirror** of a layer has time negated, stops and trips in reverse order and boarding exchanged with alighting: an
arrive-by search is a depart-at search in the mirror, so there is one set of kernels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.kernels.search import (
    CAN_ALIGHT,
    CAN_BOARD,
    COLUMN_ARRIVAL,
    COLUMN_DEPARTURE,
    COLUMN_HALT,
    COLUMN_MARKS,
    COLUMN_RIDE,
    COLUMN_STOP,
    DEPARTURE_AT,
    DEPARTURE_VISIT,
    GOES_ON,
    HAS_CLOSED,
    ROUTE_COLUMN,
    ROUTE_EVENT,
    ROUTE_FILTER,
    ROUTE_MARKS,
    ROUTE_TRIP,
    STOP_BOARD_END,
    STOP_DEPARTURE,
    STOP_VISIT,
    TRIP_NEXT,
    TRIP_PREVIOUS,
    TRIP_ROUTE,
    VISIT_COLUMN,
    VISIT_FIRST,
    VISIT_LAST,
    VISIT_ROUTE,
)

__all__ = [
    "ACCESSIBLE_BIT",
    "BIKES_BIT",
    "CAN_ALIGHT",
    "CAN_BOARD",
    "COLUMN_ARRIVAL",
    "COLUMN_DEPARTURE",
    "COLUMN_HALT",
    "COLUMN_MARKS",
    "COLUMN_RIDE",
    "COLUMN_STOP",
    "DEPARTURE_AT",
    "DEPARTURE_VISIT",
    "GOES_ON",
    "HAS_CLOSED",
    "ROUTE_COLUMN",
    "ROUTE_EVENT",
    "ROUTE_FILTER",
    "ROUTE_MARKS",
    "ROUTE_TRIP",
    "STOP_BOARD_END",
    "STOP_DEPARTURE",
    "STOP_VISIT",
    "TRIP_NEXT",
    "TRIP_PREVIOUS",
    "TRIP_ROUTE",
    "VISIT_COLUMN",
    "VISIT_FIRST",
    "VISIT_LAST",
    "VISIT_ROUTE",
    "DayTrips",
    "Layer",
    "ServiceDay",
]

ACCESSIBLE_BIT = 1 << 30
"""In ROUTE_FILTER: the vehicle is known to take wheelchairs."""

BIKES_BIT = 1 << 29
"""In ROUTE_FILTER: the vehicle is known to take bicycles."""


class Layer(NamedTuple):
    """`R` routes, `C` columns, `E` events, `N` trips of the day, `S` boardable stops, `V` visits (= `C`).

    Times are seconds since noon minus 12 h of the service day in the timetable's first zone. What is read together
    stands together, one look at memory bringing all of it; where, the kernels define:

    * ROUTE: its first COLUMN, TRIP and EVENT; the bits of its vehicles (FILTER: one mode, ACCESSIBLE_BIT, BIKES_BIT);
      MARKS: GOES_ON, some trip of it has a next one; HAS_CLOSED, some trip of it is closed.
    * COLUMN: its STOP; MARKS, CAN_BOARD (never at a route's last position) and CAN_ALIGHT (never at its first); the
      first trip's DEPARTURE and ARRIVAL in seconds. At least: the quickest RIDE of any trip to the next column (0 from
      the last) and the shortest HALT, in seconds.
    * VISIT: its COLUMN, that column's ROUTE, its FIRST and LAST departure in seconds.
    * STOP: its first VISIT, the first of its visits at which nobody boards (BOARD_END), its first DEPARTURE.
    * DEPARTURE: when it is (AT, seconds) and the VISIT it belongs to.
    * TRIP: its ROUTE, and the trips its vehicle runs NEXT and PREVIOUS, passengers seated; or -1.
    """

    routes: NDArray[np.int32]  # [R+1, 5] ROUTE_COLUMN .. ROUTE_MARKS; the last row says where the others end
    columns: NDArray[np.int32]  # [C, 4] COLUMN_STOP .. COLUMN_ARRIVAL
    column_least_s: NDArray[np.int32]  # [C, 2] COLUMN_RIDE, COLUMN_HALT

    # The event of trip i of a route at its position p is number: first + p * trips of the route + i.
    event_departure: NDArray[np.uint16]  # [E] seconds after the column's base
    event_arrival: NDArray[np.uint16]  # [E]

    # Which columns serve a stop: first those one may board at, from the latest last departure to the earliest.
    stops: NDArray[np.int32]  # [S+1, 3] STOP_VISIT .. STOP_DEPARTURE
    visits: NDArray[np.int32]  # [V, 4] VISIT_COLUMN .. VISIT_LAST
    departures: NDArray[
        np.int32
    ]  # [D, 2] DEPARTURE_AT, DEPARTURE_VISIT: all one can board, stop by stop in order of time

    trips: NDArray[np.int32]  # [N, 3] TRIP_ROUTE .. TRIP_PREVIOUS, numbered route by route
    trip_closed: NDArray[np.uint8]  # [N] 1: passed over, as it does not run or the overlay has it otherwise

    span_s: NDArray[
        np.int32
    ]  # [2] first departure and last arrival of the layer; an empty one has first > last


class DayTrips(NamedTuple):
    """Which trip of the timetable each trip of a day is. In the mirror, trip `i` of a route is `count - 1 - i` here."""

    trip: NDArray[np.int32]  # [N]
    shift_s: NDArray[np.int32]  # [N] what a frequency adds to the trip's own times


class ServiceDay(NamedTuple):
    """One compiled service day."""

    layer: Layer
    mirror: Layer
    trips: DayTrips
