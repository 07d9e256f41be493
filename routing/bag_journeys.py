"""From a pool of labels to journeys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.decode import decode_journeys
from routing.journey import Journey
from routing.kernels.bags import (
    ALIGHT,
    BOARD,
    BOARD_TRIP,
    COST,
    END,
    LAYER,
    PARENT,
    RIDES,
    STAY,
    STOP,
    TIME,
    TRIP,
    WALK_S,
    Bags,
    Ends,
)
from routing.kernels.trace import RIDE, RIDE_SEATED, WALK
from routing.layer import (
    COLUMN_ARRIVAL,
    COLUMN_DEPARTURE,
    COLUMN_STOP,
    ROUTE_COLUMN,
    ROUTE_EVENT,
    ROUTE_TRIP,
    TRIP_PREVIOUS,
    TRIP_ROUTE,
    Layer,
)
from routing.search import Search

Rows = list[tuple[int, ...]]


def read_journeys(search: Search, ends: Ends, bags: Bags, found: NDArray[np.int32]) -> list[Journey]:
    """The journeys that end in the labels of `found` int32[j, 2]: a label at the target, and its departure."""
    legs: Rows = []
    rows, costs = [], []
    for number, departure_s in found.tolist():
        first = len(legs)
        _add_legs(search, ends, bags, number, legs)
        label = bags.label[number].tolist()
        rows.append((departure_s, label[TIME], label[RIDES], first, len(legs) - first))
        costs.append(label[COST])
    if not rows:
        return []
    journeys = decode_journeys(search, rows, legs)
    return [journey._replace(cost=cost) for journey, cost in zip(journeys, costs, strict=True)]


def _add_legs(search: Search, ends: Ends, bags: Bags, number: int, legs: Rows) -> None:
    """Add a journey's legs, from the last to the first, as `routing.kernels.trace` writes them."""
    label, how, offset_s = bags.label, bags.how, search.ask.layer_offset_s
    at_s, own = int(label[number, TIME]), int(label[number, PARENT])
    walk_s, end = int(how[number, WALK_S]), int(how[number, END])
    legs.append((WALK, -1, -1, end, -1, int(how[own, STOP]), -1, at_s - walk_s, at_s))
    while True:
        ridden = how[own].tolist()
        layer = ridden[LAYER]
        stop, departure_s = _add_ride(search.layers[layer], layer, int(offset_s[layer]), ridden, legs)
        ready = int(label[own, PARENT])
        own = int(label[ready, PARENT])
        came = how[ready].tolist()
        if own < 0:
            left_s = min(departure_s - came[STAY] - came[WALK_S], int(ends.origin_close_s[came[END]]))
            legs.append((WALK, -1, -1, -1, came[END], -1, stop, left_s, left_s + came[WALK_S]))
            return
        before = int(how[own, STOP])
        if before != stop:
            left_s = int(label[own, TIME]) + came[STAY]
            legs.append((WALK, -1, -1, -1, -1, before, stop, left_s, left_s + came[WALK_S]))


def _add_ride(layer: Layer, nth: int, offset_s: int, ridden: list[int], legs: Rows) -> tuple[int, int]:
    """Add one ride, a row for each trip the vehicle ran, last first; returns the stop boarded at and the
    departure."""
    trip, alight = ridden[TRIP], ridden[ALIGHT]
    while True:
        boarded = trip == ridden[BOARD_TRIP]
        board = ridden[BOARD] if boarded else 0
        number = int(layer.trips[trip, TRIP_ROUTE])
        route, following = layer.routes[number : number + 2].tolist()
        trips = following[ROUTE_TRIP] - route[ROUTE_TRIP]
        event = route[ROUTE_EVENT] + trip - route[ROUTE_TRIP]
        on, off = layer.columns[[route[ROUTE_COLUMN] + board, route[ROUTE_COLUMN] + alight]].tolist()
        departs_s = on[COLUMN_DEPARTURE] + offset_s + int(layer.event_departure[event + board * trips])
        arrives_s = off[COLUMN_ARRIVAL] + offset_s + int(layer.event_arrival[event + alight * trips])
        stop, to_stop = on[COLUMN_STOP], off[COLUMN_STOP]
        kind = RIDE if boarded else RIDE_SEATED
        legs.append((kind, nth, trip, board, alight, stop, to_stop, departs_s, arrives_s))
        if boarded:
            return stop, departs_s
        trip = int(layer.trips[trip, TRIP_PREVIOUS])
        route = int(layer.trips[trip, TRIP_ROUTE])
        alight = int(layer.routes[route + 1, ROUTE_COLUMN] - layer.routes[route, ROUTE_COLUMN]) - 1
