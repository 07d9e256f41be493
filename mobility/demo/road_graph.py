"""Roads as far as an invented coach needs them: neighbouring towns are joined, and a line follows the joints."""

from __future__ import annotations

import math
from collections.abc import Sequence

import networkx as nx
import numpy as np

from mobility.demo.places import EARTH_RADIUS_M, Town, distance_m

ROAD_FACTOR = 1.25
"""Length of a country road over the straight distance between the towns it joins."""

LONGEST_M = 30_000.0


def join_neighbours(towns: Sequence[Town]) -> nx.Graph[int]:
    """The Gabriel graph of the towns (nodes are indices): two are joined when no third is in the circle between.

    `length_m` is the road's; `effort` grows faster than it, so that a shortest path goes from village to village
    as a country road does, instead of leaping past them.
    """
    latitude = math.radians(sum(town.point.lat for town in towns) / len(towns))
    x = np.array([math.radians(t.point.lon) * math.cos(latitude) for t in towns]) * EARTH_RADIUS_M
    y = np.array([math.radians(t.point.lat) for t in towns]) * EARTH_RADIUS_M
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(towns)))
    for i in range(len(towns)):
        squared = (x - x[i]) ** 2 + (y - y[i]) ** 2
        near = np.flatnonzero((squared < LONGEST_M**2) & (np.arange(len(towns)) != i))
        for j in near[near > i]:
            middle_x, middle_y = (x[i] + x[j]) / 2, (y[i] + y[j]) / 2
            inside = (x[near] - middle_x) ** 2 + (y[near] - middle_y) ** 2 < squared[j] / 4 - 1.0
            if not inside.any():
                length_m = ROAD_FACTOR * distance_m(towns[i].point, towns[j].point)
                graph.add_edge(i, int(j), length_m=length_m, effort=(length_m / 1000) ** 1.2)
    return graph
