"""Car travel times between many points, with a contraction hierarchy.

Customizable contraction hierarchies (Dibbelt, Strasser, Wagner 2016) by RoutingKit. Ordering the nodes takes long: it
is done when the graph is built and kept as `StreetGraph.car_order`. Where the library has no wheel, `car_order` is
empty and Dijkstra answers the same, slower (docs/decisions/0007-car-matrices-by-hierarchy.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.kernels.street_search import Arcs, Positions, along_one_edge, part_ms
from routing.street.graph import FORBIDDEN, StreetGraph

try:
    import routingkit_cch
except ImportError:  # no wheel for this machine
    routingkit_cch = None  # type: ignore[assignment]


def order_nodes(graph: StreetGraph) -> NDArray[np.int32]:
    """The nodes of the large components for cars, by their place in the hierarchy; empty without the library."""
    nodes, _, tail, head = _car_arcs(graph)
    if routingkit_cch is None or len(nodes) == 0:  # the library does not survive an empty graph
        return np.zeros(0, np.int32)
    lat, lon = graph.node_lat_e7[nodes] / 1e7, graph.node_lon_e7[nodes] / 1e7
    order = routingkit_cch.compute_order_inertial(
        len(nodes), tail.tolist(), head.tolist(), lat.tolist(), lon.tolist()
    )
    return np.array(order, np.int32)


class CarHierarchy:
    """A graph's car network, ready for matrices. Threads may ask at once."""

    def __init__(self, graph: StreetGraph, arcs: Arcs) -> None:
        """Take `graph.car_order`, which must not be empty, and the graph's arcs for CAR."""
        nodes, halves, tail, head = _car_arcs(graph)
        self._arcs = arcs
        self._number = np.full(len(graph.node_osm), -1, np.int64)
        self._number[nodes] = np.arange(len(nodes))
        hierarchy = routingkit_cch.CCH(graph.car_order.tolist(), tail.tolist(), head.tolist(), False)
        self._metric = routingkit_cch.CCHMetric(hierarchy, graph.car_ms[halves].tolist())

    def times_ms(self, origins: Positions, destinations: Positions) -> NDArray[np.int64]:
        """Fastest times in ms, int64[O, D], -1 where there is no way or a point is off the streets."""
        linked = np.flatnonzero(destinations.edge >= 0)
        result = np.full((len(origins.edge), len(destinations.edge)), -1, np.int64)
        if len(linked) == 0:
            return result
        ends, last_ms = self._ends(destinations, linked)
        query = routingkit_cch.CCHOneToMany(self._metric, ends.reshape(-1).tolist())
        for origin in np.flatnonzero(origins.edge >= 0).tolist():
            found = np.array(query.distances_from_multi(self._sources(origins, origin)), np.float64)
            total = found.reshape(2, -1) + last_ms  # nan where closed
            total = np.fmin(total[0], total[1])
            for at in np.flatnonzero(destinations.edge[linked] == origins.edge[origin]).tolist():
                direct = self._direct_ms(origins, origin, destinations, int(linked[at]))
                total[at] = np.fmin(total[at], direct)
            total += destinations.off_ms[linked]
            result[origin, linked] = np.where(np.isnan(total), -1, total).astype(np.int64)
        return result

    def _sources(self, origins: Positions, origin: int) -> list[tuple[int, int]]:
        """The ends of the origin's edge, and when one is there."""
        edge, off_ms = int(origins.edge[origin]), int(origins.off_ms[origin])
        along, length = int(origins.along_mm[origin]), int(self._arcs.length_mm[edge])
        sources = []
        for half, portion in ((2 * edge, length - along), (2 * edge + 1, along)):
            ms = part_ms(self._arcs.cost_ms, half, portion, length)
            if ms >= 0:
                sources.append((int(self._number[self._arcs.half_head[half]]), off_ms + ms))
        return sources

    def _ends(self, destinations: Positions, linked: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Nodes [2, D] that each destination's edge is entered by, and the time from there in ms (nan: closed)."""
        ends = np.empty((2, len(linked)), np.int64)
        last_ms = np.empty((2, len(linked)), np.float64)
        for at, destination in enumerate(linked.tolist()):
            edge, along = int(destinations.edge[destination]), int(destinations.along_mm[destination])
            length = int(self._arcs.length_mm[edge])
            for against, portion in ((0, along), (1, length - along)):
                half = 2 * edge + against
                ms = part_ms(self._arcs.cost_ms, half, portion, length)
                ends[against, at] = self._number[self._arcs.half_head[half ^ 1]]
                last_ms[against, at] = ms if ms >= 0 else np.nan
        return ends, last_ms

    def _direct_ms(self, origins: Positions, origin: int, destinations: Positions, destination: int) -> float:
        edge = int(origins.edge[origin])
        begin, end = int(origins.along_mm[origin]), int(destinations.along_mm[destination])
        ms, _, _ = along_one_edge(self._arcs, 0, edge, begin, end)
        return np.nan if ms < 0 else float(ms + int(origins.off_ms[origin]))


def _car_arcs(graph: StreetGraph) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Nodes of the large components, halves open between them, and their ends as positions among the nodes."""
    inside = graph.component("CAR") > 0
    tail = graph.half_head.reshape(-1, 2)[:, ::-1].reshape(-1)
    halves = np.flatnonzero((graph.car_ms != FORBIDDEN) & inside[tail] & inside[graph.half_head])
    number = np.cumsum(inside) - 1
    return np.flatnonzero(inside), halves, number[tail[halves]], number[graph.half_head[halves]]
