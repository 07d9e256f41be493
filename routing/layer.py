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

ACCESSIBLE_BIT = 1 << 30
"""In ROUTE_FILTER: the vehicle is known to take wheelchairs."""

BIKES_BIT = 1 << 29
"""In ROUTE_FILTER: the vehicle is known to take bicycles."""


GOES_ON = 1
"""In ROUTE_MARKS: some trip of the route has a next one."""

HAS_CLOSED = 2
"""In ROUTE_MARKS: some trip of the route is closed."""

ROUTE_COLUMN, ROUTE_TRIP, ROUTE_EVENT, ROUTE_FILTER, ROUTE_MARKS = range(5)
"""Of a route: its first column, trip and event, the bits of its vehicles, and GOES_ON and HAS_CLOSED."""


COLUMN_STOP, COLUMN_MARKS, COLUMN_DEPARTURE, COLUMN_ARRIVAL = range(4)
"""Of a column: its stop, CAN_BOARD and CAN_ALIGHT, and the first trip's departure and arrival in seconds."""

COLUMN_RIDE, COLUMN_HALT = range(2)
"""The least any trip takes from a column to the next (0 from a route's last), and the shortest halt, in seconds."""

CAN_BOARD, CAN_ALIGHT = 1, 2
"""Nobody boards at a route's last position or alights at its first."""

VISIT_COLUMN, VISIT_ROUTE, VISIT_FIRST, VISIT_LAST = range(4)
"""Of a visit: its column, the column's route, and its first and last departure in seconds."""

STOP_VISIT, STOP_BOARD_END, STOP_DEPARTURE = range(3)
"""Of a stop: its first visit, the first of its visits at which nobody boards, and its first departure."""

DEPARTURE_AT, DEPARTURE_VISIT = range(2)
"""Of a departure: when it is, in seconds, and the visit it belongs to."""

TRIP_ROUTE, TRIP_NEXT, TRIP_PREVIOUS = range(3)
"""Of a trip: its route, and the trips its vehicle runs after and before it, passengers seated; or -1."""


class Layer(NamedTuple):
    """`R` routes, `C` columns, `E` events, `N` trips of the day, `S` boardable stops, `V` visits (= `C`).

    Times are seconds since noon minus 12 h of the service day in the timetable's first zone. What is read together
    stands together: one look at memory brings all of it."""

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
