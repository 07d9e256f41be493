"""Car travel times between many points: our Dijkstra against contraction hierarchies, where these are installed.

    pip install pyroutingkit routingkit-cch
    python -m tests.benchmarks.street_hierarchies EXTRACT.osm.pbf [--tiles 6]

The extract's car graph, alone and tiled `tiles` × `tiles` with roads between the tiles, as a large network. Matrices
between nodes of the graph; every answer must be the same. Times are the thread's own, so a busy machine matters little.
"""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.kernels.street_search import UNREACHED, Arcs, Positions, Work, reach_between
from routing.snapshot import read_only
from routing.street import StreetGraph, build_graph
from routing.street.graph import FORBIDDEN
from tests.benchmarks.streets import SHARED, say

JOINTS = 20
JOINT_MS = 30_000


class CarGraph(NamedTuple):
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    ms: NDArray[np.int32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]


def car_graph(graph: StreetGraph) -> CarGraph:
    """The largest strongly connected component for cars, as arcs."""
    inside = graph.component("CAR") == 1
    tail = graph.half_head.reshape(-1, 2)[:, ::-1].reshape(-1)
    kept = (graph.car_ms != FORBIDDEN) & inside[tail] & inside[graph.half_head]
    number = np.cumsum(inside) - 1
    return CarGraph(
        number[tail[kept]].astype(np.int32),
        number[graph.half_head[kept]].astype(np.int32),
        graph.car_ms[kept],
        graph.node_lat_e7[inside] / 1e7,
        graph.node_lon_e7[inside] / 1e7,
    )


def tiled(one: CarGraph, tiles: int) -> CarGraph:
    """The graph repeated side by side, with JOINTS roads from each tile to the next in both directions."""
    count, high, wide = len(one.lat), np.ptp(one.lat) * 1.01, np.ptp(one.lon) * 1.01
    shift = np.arange(tiles * tiles) * count
    parts = [
        (
            np.add.outer(shift, one.tail).ravel(),
            np.add.outer(shift, one.head).ravel(),
            np.tile(one.ms, tiles**2),
        )
    ]
    for across, along in ((one.lat, one.lon), (one.lon, one.lat)):
        band = ((across - across.min()) / (np.ptp(across) + 1e-9) * JOINTS).astype(int)
        ends = [
            (_most(along, band == b), _most(-along, band == b)) for b in range(JOINTS) if (band == b).any()
        ]
        step = 1 if across is one.lat else tiles
        for tile in range(tiles * tiles):
            if (tile % tiles if step == 1 else tile // tiles) == tiles - 1:
                continue
            a = np.array([end[0] for end in ends]) + tile * count
            b = np.array([end[1] for end in ends]) + (tile + step) * count
            parts += [(a, b, np.full(len(a), JOINT_MS)), (b, a, np.full(len(a), JOINT_MS))]
    tail, head, ms = (np.concatenate(column).astype(np.int32) for column in zip(*parts, strict=True))
    row, column = np.divmod(np.repeat(np.arange(tiles * tiles), count), tiles)
    lat, lon = np.tile(one.lat, tiles**2) + row * high, np.tile(one.lon, tiles**2) + column * wide
    return CarGraph(tail, head, ms, lat, lon)


def _most(values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(chosen)[np.argmax(values[chosen])])


def ours(graph: CarGraph, sources: NDArray[Any], targets: NDArray[Any]) -> tuple[float, float, NDArray[Any]]:
    """(preparation s, matrix s, ms) with the kernel the streets use: an arc is an edge whose other half is closed."""
    began = time.thread_time()
    nodes, count = len(graph.lat), len(graph.tail)
    half_head = np.empty(2 * count, np.int32)
    half_head[0::2], half_head[1::2] = graph.head, graph.tail
    cost_ms = np.full(2 * count, UNREACHED, np.int32)
    cost_ms[0::2] = graph.ms
    order = np.argsort(graph.tail, kind="stable")
    first_out = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(graph.tail, minlength=nodes), out=first_out[1:])
    arcs = read_only(
        Arcs(first_out, (2 * order).astype(np.int32), half_head, cost_ms, np.ones(count, np.int32))
    )
    work = Work(
        np.full(nodes, UNREACHED, np.int32), np.empty(nodes, np.int64), np.empty(nodes, np.int32),
        np.empty(nodes, np.int32), np.zeros(nodes, np.uint8), np.empty(2 * count + 4096, np.int64),
    )  # fmt: skip
    some_arc = np.zeros(nodes, np.int32)
    some_arc[graph.tail] = np.arange(count)
    zeros = np.zeros(len(sources), np.int32)
    starts = read_only(Positions(some_arc[sources], zeros, zeros, zeros))
    ends = read_only(Positions(some_arc[targets], zeros, zeros, zeros))
    ms, mm = (
        np.empty((len(sources), len(targets)), np.int64),
        np.empty((len(sources), len(targets)), np.int64),
    )
    prepared = time.thread_time() - began
    reach_between(arcs, work, starts, ends, 0, 1, ms, mm)
    began = time.thread_time()
    reach_between(arcs, work, starts, ends, 0, len(sources), ms, mm)
    return prepared, time.thread_time() - began, ms


def pyroutingkit(
    graph: CarGraph, sources: NDArray[Any], targets: NDArray[Any]
) -> tuple[float, float, NDArray[Any]]:
    library = importlib.import_module("pyroutingkit")
    began = time.thread_time()
    cch = library.CCH()
    cch.build_topology(
        graph.tail.astype(np.uint32),
        graph.head.astype(np.uint32),
        graph.lat.astype(np.float32),
        graph.lon.astype(np.float32),
        node_count=len(graph.lat),
    )
    cch.customize_weights(graph.ms.astype(np.uint32))
    prepared = time.thread_time() - began
    began = time.thread_time()
    found = cch.distances_many_to_many(sources.astype(np.uint32), targets.astype(np.uint32))
    return prepared, time.thread_time() - began, found.astype(np.int64)


def routingkit_cch(
    graph: CarGraph, sources: NDArray[Any], targets: NDArray[Any]
) -> tuple[float, float, NDArray[Any]]:
    library = importlib.import_module("routingkit_cch")
    began = time.thread_time()
    tail, head = graph.tail.tolist(), graph.head.tolist()
    order = library.compute_order_inertial(len(graph.lat), tail, head, graph.lat.tolist(), graph.lon.tolist())
    prepared = time.thread_time() - began
    began = time.thread_time()
    metric = library.CCHMetric(library.CCH(order, tail, head, False), graph.ms.tolist())
    say(f"{'':26} opened with its order in {(time.thread_time() - began) * 1e3:.0f} ms\n")
    began = time.thread_time()
    query = library.CCHOneToMany(metric, targets.tolist())
    found = [query.distances_from(int(source)) for source in sources]
    return prepared, time.thread_time() - began, np.array(found, np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("extract", nargs="?", type=Path, default=SHARED / "osm" / "porto-alegre.osm.pbf")
    parser.add_argument("--tiles", type=int, default=6)
    given = parser.parse_args()
    one = car_graph(build_graph(given.extract)[0])
    rng = np.random.default_rng(5)
    for graph in (one, tiled(one, given.tiles)):
        say(f"{len(graph.lat)} nodes, {len(graph.tail)} arcs; preparation (s), matrix (ms)\n")
        for count in (1, 10, 50):
            sources, targets = (
                rng.integers(len(graph.lat), size=count),
                rng.integers(len(graph.lat), size=count),
            )
            expected: NDArray[Any] | None = None
            for method in (ours, pyroutingkit, routingkit_cch):
                try:
                    prepared, took, ms = method(graph, sources, targets)
                except ModuleNotFoundError:
                    continue
                expected = ms if expected is None else expected
                same = "same" if np.array_equal(ms, expected) else "DIFFERENT"
                say(
                    f"  {count:3} × {count:<3} {method.__name__:15} {prepared:8.2f} {took * 1e3:10.2f}  {same}\n"
                )


if __name__ == "__main__":
    main()
