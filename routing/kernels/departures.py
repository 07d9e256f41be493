"""When there is any reason to set out: the departures a window can catch."""

from __future__ import annotations

import numpy as np
from numba import njit

from routing.kernels.search import (
    CAUGHT_AT,
    CAUGHT_COLUMN,
    CAUGHT_LAYER,
    CAUGHT_ROUTE,
    COLUMN_DEPARTURE,
    NEVER,
    ROUTE_COLUMN,
    ROUTE_EVENT,
    ROUTE_FILTER,
    ROUTE_TRIP,
    STOP_BOARD_END,
    STOP_VISIT,
    VISIT_COLUMN,
    VISIT_LAST,
    VISIT_ROUTE,
    catch,
)


@njit(cache=True, nogil=True)
def list_departures(layers, ask, from_s, to_s, out):
    """Every instant in `[from_s, to_s]` at which leaving the origin just catches a departure, and what it catches.

    Fills rows of `out`, int32[n, CAUGHT_FIELDS], as far as it goes, in no order; returns how many there are, which may
    be more.
    """
    count = 0
    for i in range(len(layers)):
        if ask.layer_first_s[i] == NEVER:
            continue
        layer = layers[i]
        offset_s = ask.layer_offset_s[i]
        for o in range(len(ask.origin_stop)):
            stop = ask.origin_stop[o]
            shift_s = offset_s - ask.origin_offset_s[o]
            first_s, last_s = max(from_s, ask.origin_open_s[o]), min(to_s, ask.origin_close_s[o])
            if first_s > last_s:
                continue
            for visit in range(layer.stops[stop, STOP_VISIT], layer.stops[stop, STOP_BOARD_END]):
                if layer.visits[visit, VISIT_LAST] + shift_s < first_s:
                    break
                route, column = layer.visits[visit, VISIT_ROUTE], layer.visits[visit, VISIT_COLUMN]
                flags = layer.routes[route, ROUTE_FILTER]
                if flags & ask.modes == 0 or flags & ask.needs != ask.needs:
                    continue
                first_trip = layer.routes[route, ROUTE_TRIP]
                trips = layer.routes[route + 1, ROUTE_TRIP] - first_trip
                event = layer.routes[route, ROUTE_EVENT]
                event += (column - layer.routes[route, ROUTE_COLUMN]) * np.int64(trips)
                base_s = layer.columns[column, COLUMN_DEPARTURE] + shift_s
                caught = catch(
                    layer.event_departure,
                    np.uint64(event),
                    np.uint64(trips),
                    np.uint64(trips),
                    first_s - base_s,
                )
                for trip in range(np.int64(caught), trips):
                    at_s = base_s + np.int32(layer.event_departure[event + trip])
                    if at_s > to_s and ask.origin_close_s[o] > to_s:
                        break
                    if layer.trip_closed[first_trip + trip]:
                        continue
                    if count < len(out):
                        out[count, CAUGHT_AT] = min(at_s, last_s)
                        out[count, CAUGHT_LAYER] = i
                        out[count, CAUGHT_ROUTE] = route
                        out[count, CAUGHT_COLUMN] = column
                    count += 1
                    if at_s >= last_s:  # set out at the last moment, and wait at the stop
                        break
    return count
