"""Car travel times between many points, with a contraction hierarchy.

Customizable contraction hierarchies (Dibbelt, Strasser, Wagner 2016) by RoutingKit. Ordering the nodes takes long: it
is done when the graph is built and kept as `StreetGraph.car_order`. Where the library has no wheel, `car_order` is
empty and Dijkstra answers the same, slower (docs/decisions/0007-car-matrices-by-hierarchy.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.kernels.street_search import Arcs, Positions, along_one_edge
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


class Doors(NamedTuple):
    """The two nodes [2, P] at the ends of the edges of P positions, and the time between there and the position in ms
    (nan: closed)."""

    node: NDArray[np.int64]
    ms: NDArray[np.float64]


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
        """Fastest times in ms, int64[O, D], -1 where there is no way or a point is off the streets. Few on one side and
        many on the other take about as long as the few."""
        starts, ends = (np.flatnonzero(positions.edge >= 0) for positions in (origins, destinations))
        result = np.full((len(origins.edge), len(destinations.edge)), -1, np.int64)
        if len(starts) == 0 or len(ends) == 0:
            return result
        leaving, entering = self._doors(origins, starts, 0), self._doors(destinations, ends, 1)
        if len(starts) <= len(ends):
            ahead = routingkit_cch.CCHOneToMany(self._metric, entering.node.reshape(-1).tolist())
            total = self._join(ahead.distances_from_multi, leaving, entering)
        else:
            back = routingkit_cch.CCHManyToOne(self._metric, leaving.node.reshape(-1).tolist())
            total = self._join(back.distances_to_multi, entering, leaving).T
        same = origins.edge[starts][:, None] == destinations.edge[ends]
        for row, column in np.argwhere(same).tolist():
            direct = self._direct_ms(origins, starts[row], destinations, ends[column])
            total[row, column] = np.fmin(total[row, column], direct)
        total += destinations.off_ms[ends]
        result[np.ix_(starts, ends)] = np.where(np.isnan(total), -1, total).astype(np.int64)
        return result

    def _doors(self, positions: Positions, linked: NDArray[Any], against: int) -> Doors:
        """Where one gets from the middle of an edge to the rest of the streets: at the ends of its halves; `against`:
        where one comes from there."""
        edge, along = positions.edge[linked].astype(np.int64), positions.along_mm[linked].astype(np.int64)
        length = self._arcs.length_mm[edge].astype(np.int64)
        half = np.stack([2 * edge, 2 * edge + 1])
        portion = np.stack([along, length - along] if against else [length - along, along])
        ms = _parts_ms(self._arcs.cost_ms[half].astype(np.int64), portion, length)
        off_ms = 0 if against else positions.off_ms[linked]
        return Doors(self._number[self._arcs.half_head[half ^ against]], ms + off_ms)

    def _join(self, ask: Callable[[list[tuple[int, int]]], list[int | None]], few: Doors, many: Doors) -> Any:
        """Times [few, many] in ms, nan where there is no way; `ask` knows the times between a few nodes, each with a
        head start, and the nodes of `many`."""
        rows = np.full((few.ms.shape[1], many.ms.shape[1]), np.nan)
        for row in range(len(rows)):
            pairs = zip(few.node[:, row].tolist(), few.ms[:, row].tolist(), strict=True)
            seeds = [(node, int(ms)) for node, ms in pairs if ms == ms]
            if seeds:
                total = np.array(ask(seeds), np.float64).reshape(2, -1) + many.ms
                rows[row] = np.fmin(total[0], total[1])
        return rows

    def _direct_ms(self, origins: Positions, origin: int, destinations: Positions, destination: int) -> float:
        edge = int(origins.edge[origin])
        begin, end = int(origins.along_mm[origin]), int(destinations.along_mm[destination])
        ms, _, _ = along_one_edge(self._arcs, 0, edge, begin, end)
        return np.nan if ms < 0 else float(ms + int(origins.off_ms[origin]))


def _parts_ms(
    cost_ms: NDArray[Any], portion_mm: NDArray[Any], length_mm: NDArray[Any]
) -> NDArray[np.float64]:
    """As `part_ms` says, of many; nan where closed."""
    portions = (cost_ms * portion_mm + length_mm // 2) // np.maximum(length_mm, 1)
    ms = np.where(length_mm <= 0, cost_ms, portions).astype(np.float64)
    ms[cost_ms == FORBIDDEN] = np.nan
    ms[(portion_mm == 0) & (length_mm > 0)] = 0
    return ms


def _car_arcs(graph: StreetGraph) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Nodes of the large components, halves open between them, and their ends as positions among the nodes."""
    inside = graph.component("CAR") > 0
    tail = graph.half_head.reshape(-1, 2)[:, ::-1].reshape(-1)
    halves = np.flatnonzero((graph.car_ms != FORBIDDEN) & inside[tail] & inside[graph.half_head])
    number = np.cumsum(inside) - 1
    return np.flatnonzero(inside), halves, number[tail[halves]], number[graph.half_head[halves]]
