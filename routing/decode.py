"""From the rows the kernels write to journeys, whichever way time ran."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.journey import OUTSIDE, Journey, Leg, Ride, Walk
from routing.kernels.trace import (
    JOURNEY_FIRST_LEG,
    JOURNEY_LEG_COUNT,
    JOURNEY_RIDES,
    RIDE_SEATED,
    WALK,
)
from routing.query import Offset
from routing.search import Search


def decode_journeys(
    search: Search,
    rows: NDArray[np.int32],
    legs: NDArray[np.int32],
    ends: tuple[dict[int, Offset], dict[int, Offset]],
) -> list[Journey]:
    """Journeys of `rows`; `ends` name the stop each walk at an end starts from or leads to."""
    found = []
    for row in rows.tolist():
        first = row[JOURNEY_FIRST_LEG]
        chosen = legs[first : first + row[JOURNEY_LEG_COUNT]].tolist()
        if search.query.arrive_by:
            decoded = _decode_mirrored(search, chosen, ends)
        else:
            decoded = _decode(search, chosen[::-1], ends)
        transfers = sum(isinstance(leg, Ride) and not leg.stay_seated for leg in decoded) - 1
        found.append(Journey(tuple(decoded), decoded[0].departure_s, decoded[-1].arrival_s, transfers))
        assert transfers < row[JOURNEY_RIDES]
    return found


def _decode(
    search: Search, rows: list[list[int]], ends: tuple[dict[int, Offset], dict[int, Offset]]
) -> list[Leg]:
    legs: list[Leg] = []
    for kind, layer, trip, board, alight, from_stop, to_stop, departure_s, arrival_s in rows:
        times = (departure_s + search.base_s, arrival_s + search.base_s)
        if kind == WALK:
            _add_walk(legs, from_stop, to_stop, times, ends)
        else:
            trips = search.days[layer].arrays.trips
            legs.append(
                Ride(
                    int(trips.trip[trip]),
                    search.days[layer].day,
                    int(trips.shift_s[trip]),
                    board,
                    alight,
                    from_stop,
                    to_stop,
                    *times,
                    stay_seated=kind == RIDE_SEATED,
                )
            )
    return legs


def _decode_mirrored(
    search: Search, rows: list[list[int]], ends: tuple[dict[int, Offset], dict[int, Offset]]
) -> list[Leg]:
    """In the mirror the last row is the first leg but one was aboard it last: rows already stand in real order."""
    legs: list[Leg] = []
    seated = False
    for kind, layer, trip, board, alight, from_stop, to_stop, departure_s, arrival_s in rows:
        times = (search.base_s - arrival_s, search.base_s - departure_s)
        if kind == WALK:
            _add_walk(legs, to_stop, from_stop, times, ends)
            seated = False
            continue
        arrays = search.days[layer].arrays
        mirror, trips = arrays.mirror, arrays.trips
        route = mirror.trip_route[trip]
        last = mirror.route_first_column[route + 1] - mirror.route_first_column[route] - 1
        own = mirror.route_first_trip[route] + mirror.route_first_trip[route + 1] - 1 - trip
        legs.append(
            Ride(
                int(trips.trip[own]),
                search.days[layer].day,
                int(trips.shift_s[own]),
                int(last) - alight,
                int(last) - board,
                to_stop,
                from_stop,
                *times,
                stay_seated=seated,
            )
        )
        seated = kind == RIDE_SEATED
    return legs


def _add_walk(
    legs: list[Leg],
    from_stop: int,
    to_stop: int,
    times: tuple[int, int],
    ends: Sequence[dict[int, Offset]],
) -> None:
    """Walks that take no time at an end of the journey are none: one is at the stop already."""
    if times[0] == times[1] and OUTSIDE in (from_stop, to_stop):
        return
    if from_stop == OUTSIDE:
        from_stop = ends[0][to_stop].stop
    elif to_stop == OUTSIDE:
        to_stop = ends[1][from_stop].stop
    legs.append(Walk(from_stop, to_stop, *times))
