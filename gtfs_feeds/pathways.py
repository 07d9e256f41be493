"""How long pathways.txt says it takes from platform to platform (GTFS reference, pathways.txt)."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

CORRIDOR_M_PER_S = 1.2
"""Walking where only a length is given."""

STAIR_S = 0.6
"""One step of a staircase, up or down."""

ELEVATOR_S = 60
"""Waiting for a lift and riding it, where no time is given."""

GATE_S = 5
"""Passing a fare gate."""

UNKNOWN_PATHWAY_S = 30
"""A pathway about which nothing is said."""

_STAIRS, _ELEVATOR, _FARE_GATE, _EXIT_GATE = 2, 5, 6, 7
"""pathway_mode."""

_BOARDING_AREA = 4
"""location_type."""


def pathway_times(
    pathways: pd.DataFrame, stops: pd.DataFrame, stop_index: pd.Index[str], boardable_count: int
) -> pd.DataFrame:
    """The quickest way along pathways between ordered pairs of boardable stops: start, end, pathway_s."""
    rows: list[tuple[int, int, float]] = []
    graph = _graph(pathways, stops, stop_index)
    for start in sorted(node for node in graph if node < boardable_count):
        reached: dict[int, float] = nx.single_source_dijkstra_path_length(graph, start)
        rows += [
            (start, end, time) for end, time in reached.items() if end < boardable_count and end != start
        ]
    frame = pd.DataFrame(rows, columns=["start", "end", "pathway_s"])
    return frame.astype({"start": np.int64, "end": np.int64, "pathway_s": np.float64})


def _graph(pathways: pd.DataFrame, stops: pd.DataFrame, stop_index: pd.Index[str]) -> nx.DiGraph[int]:
    graph: nx.DiGraph[int] = nx.DiGraph()

    def link(start: int, end: int, time_s: float) -> None:
        if not graph.has_edge(start, end) or graph[start][end]["weight"] > time_s:
            graph.add_edge(start, end, weight=time_s)

    starts = stop_index.get_indexer(pd.Index(pathways["from_stop_id"]))
    ends = stop_index.get_indexer(pd.Index(pathways["to_stop_id"]))
    for row, start, end in zip(pathways.to_dict("records"), starts.tolist(), ends.tolist(), strict=True):
        time_s = float(np.ceil(_pathway_s(row)))
        link(start, end, time_s)
        if row["is_bidirectional"] == 1:
            link(end, start, time_s)
    # Where a platform has boarding areas pathways end at these: being on one is being on the platform.
    areas = stops[stops["location_type"] == _BOARDING_AREA] if len(pathways) else stops.head(0)
    for area, platform in zip(
        stop_index.get_indexer(pd.Index(areas["stop_id"])).tolist(),
        stop_index.get_indexer(pd.Index(areas["parent_station"])).tolist(),
        strict=True,
    ):
        if platform >= 0:
            link(area, platform, 0.0)
            link(platform, area, 0.0)
    return graph


def _pathway_s(row: dict[Any, Any]) -> float:
    """What the feed says, or what its length, its stairs or its kind make likely."""
    if row["traversal_time"] > 0:
        return float(row["traversal_time"])
    stairs = abs(int(row["stair_count"])) if row["stair_count"] != -1 else 0
    if row["length"] > 0 or (row["pathway_mode"] == _STAIRS and stairs):
        length = float(row["length"]) if row["length"] > 0 else 0.0
        return length / CORRIDOR_M_PER_S + stairs * STAIR_S
    mode = row["pathway_mode"]
    return {_ELEVATOR: ELEVATOR_S, _FARE_GATE: GATE_S, _EXIT_GATE: GATE_S}.get(mode, UNKNOWN_PATHWAY_S)
