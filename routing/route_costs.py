"""What the routes of a search cost: boarding one, and each kilometre."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.kernels.bags import PER_KM, PER_RIDE
from routing.layer import ROUTE_FILTER, ROUTE_TRIP, Layer
from routing.query import Cost
from routing.search import Search
from routing.timetable import Mode, Timetable

Prices = NDArray[np.int64]


def price_routes(timetable: Timetable, search: Search, cost: Cost) -> tuple[Prices, ...]:
    """int64[R, 2] PER_RIDE and PER_KM of each layer of the search, the same in a layer and its mirror.

    Trips of a route that cost unlike each other (which only an overlay brings together) cost the least of theirs.
    """
    days = [
        _price(timetable, layer, day.arrays.trips.trip[layer.routes[:-1, ROUTE_TRIP]], cost)
        for layer, day in zip(search.layers, search.days, strict=False)
    ]
    return (*days, _price_overlay(timetable, search.layers[-1], search.overlay.trips.trip, cost))


def _price_overlay(timetable: Timetable, layer: Layer, trips: NDArray[np.int32], cost: Cost) -> Prices:
    count = len(layer.routes) - 1
    if not count:
        return np.zeros((0, 2), np.int64)
    route = np.repeat(np.arange(count), np.diff(layer.routes[:, ROUTE_TRIP]))
    each = layer._replace(routes=layer.routes[[*route, count]])
    prices: Prices = np.minimum.reduceat(_price(timetable, each, trips, cost), layer.routes[:-1, ROUTE_TRIP])
    return prices


def _price(timetable: Timetable, layer: Layer, trips: NDArray[np.int32], cost: Cost) -> Prices:
    """Of each route by one trip of it."""
    mode = _find_modes(layer.routes[:-1, ROUTE_FILTER])
    prices = np.zeros((len(mode), 2), np.int64)
    prices[:, PER_RIDE] = cost.per_ride
    if cost.per_km_by_mode:
        prices[:, PER_KM] = _by_mode(cost.per_km_by_mode)[mode]
    is_planned = trips < len(timetable.trip_pattern)
    if cost.by_pattern is not None:
        pattern = timetable.trip_pattern[trips[is_planned]]
        prices[is_planned, PER_RIDE] += cost.by_pattern.per_ride[pattern]
        prices[is_planned, PER_KM] += cost.by_pattern.per_km[pattern]
    if cost.per_ride_by_extra_mode:
        prices[~is_planned, PER_RIDE] += _by_mode(cost.per_ride_by_extra_mode)[mode[~is_planned]]
    return prices


def _find_modes(flags: NDArray[np.int32]) -> NDArray[np.int64]:
    """A route's mode is the only one of its bits that is a mode's."""
    bits = flags.astype(np.int64) & ((1 << len(Mode)) - 1)
    modes: NDArray[np.int64] = np.log2(bits).astype(np.int64)
    return modes


def _by_mode(prices: tuple[int, ...]) -> Prices:
    listed = np.zeros(len(Mode), np.int64)
    listed[: len(prices)] = prices
    return listed
