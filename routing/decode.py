"""From the rows the kernels write to journeys, whichever way time ran."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from routing.journey import OUTSIDE, Journey, Leg, Ride, Walk
from routing.kernels.trace import JOURNEY_FIRST_LEG, JOURNEY_LEG_COUNT, RIDE_SEATED, WALK
from routing.layer import ROUTE_COLUMN, ROUTE_TRIP, TRIP_ROUTE
from routing.search import Search

Rows = Sequence[Sequence[int]]


def decode_journeys(search: Search, rows: Rows, legs: Rows) -> list[Journey]:
    """The journeys of `rows`, with the legs of theirs in `legs`: lists of JOURNEY_FIELDS and of LEG_FIELDS."""
    decode = _decode_mirrored if search.query.arrive_by else _decode
    found = []
    for row in rows:
        first = row[JOURNEY_FIRST_LEG]
        decoded = decode(search, legs[first : first + row[JOURNEY_LEG_COUNT]])
        rides = sum(type(leg) is Ride and not leg.stay_seated for leg in decoded)
        found.append(Journey(tuple(decoded), decoded[0].departure_s, decoded[-1].arrival_s, rides - 1))
    return found


def _decode(search: Search, rows: Rows) -> list[Leg]:
    legs: list[Leg] = []
    base_s = search.base_s
    for kind, layer, trip, board, alight, from_stop, to_stop, departure_s, arrival_s in reversed(rows):
        if kind == WALK:
            ends = (alight, board) if OUTSIDE in (from_stop, to_stop) else None
            _add_walk(search, legs, from_stop, to_stop, (departure_s + base_s, arrival_s + base_s), ends)
            continue
        number, day, shift_s = find_trip(search, layer, trip)
        legs.append(
            Ride(
                number,
                day,
                shift_s,
                board,
                alight,
                from_stop,
                to_stop,
                departure_s + base_s,
                arrival_s + base_s,
                kind == RIDE_SEATED,
            )
        )
    return legs


def _decode_mirrored(search: Search, rows: Rows) -> list[Leg]:
    """In the mirror the last row is the first leg but one was aboard it last: rows already stand in real order."""
    legs: list[Leg] = []
    seated = False
    base_s = search.base_s
    for kind, layer, trip, board, alight, from_stop, to_stop, departure_s, arrival_s in rows:
        if kind == WALK:
            ends = (board, alight) if OUTSIDE in (from_stop, to_stop) else None
            _add_walk(search, legs, to_stop, from_stop, (base_s - arrival_s, base_s - departure_s), ends)
            seated = False
            continue
        mirror = search.layers[layer]
        route = mirror.trips[trip, TRIP_ROUTE]
        last = int(mirror.routes[route + 1, ROUTE_COLUMN] - mirror.routes[route, ROUTE_COLUMN]) - 1
        own = int(mirror.routes[route, ROUTE_TRIP] + mirror.routes[route + 1, ROUTE_TRIP]) - 1 - trip
        number, day, shift_s = find_trip(search, layer, own)
        legs.append(
            Ride(
                number,
                day,
                shift_s,
                last - alight,
                last - board,
                to_stop,
                from_stop,
                base_s - arrival_s,
                base_s - departure_s,
                seated,
            )
        )
        seated = kind == RIDE_SEATED
    return legs


def find_trip(search: Search, layer: int, trip: int) -> tuple[int, dt.date, int]:
    """Which trip (service day, shift) the number `trip` of a layer is; not of a mirror."""
    if layer == len(search.days):
        trips = search.overlay.trips
        return int(trips.trip[trip]), trips.service_day[trip], int(trips.shift_s[trip])
    day = search.days[layer]
    of_day = day.arrays.trips
    return int(of_day.trip[trip]), day.day, int(of_day.shift_s[trip])


def _add_walk(
    search: Search,
    legs: list[Leg],
    from_stop: int,
    to_stop: int,
    times: tuple[int, int],
    entries: tuple[int, int] | None,
) -> None:
    """Walks that take no time at an end of the journey are none: one is at the stop already.

    `entries` are the numbers of the way from the origin and to the destination, of which one counts.
    """
    offer = -1
    if entries is not None:
        entry = search.origins[entries[0]] if from_stop == OUTSIDE else search.destinations[entries[1]]
        offer = entry.offer
        if times[0] == times[1] and offer < 0:
            return
        if from_stop == OUTSIDE:
            from_stop = entry.from_stop
        else:
            to_stop = entry.from_stop
    legs.append(Walk(from_stop, to_stop, *times, offer))
