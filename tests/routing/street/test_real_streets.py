"""Real extracts: Monaco (stairs, lifts, French tagging) and Porto Alegre."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from routing.street import NoPath, Reason, StreetGraph, StreetPath, Streets, build_graph
from routing.street.graph import ELEVATOR, FORBIDDEN, STEPS

OSM = Path(__file__).parents[3].parent / "shared" / "data" / "osm"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not OSM.is_dir(), reason="the shared extracts are not at hand"),
]


@pytest.fixture(scope="module")
def monaco() -> StreetGraph:
    return build_graph(OSM / "monaco.osm.gz")[0]


@pytest.fixture(scope="module")
def porto_alegre() -> StreetGraph:
    return build_graph(OSM / "porto-alegre.osm.pbf")[0]


def _nodes_of(graph: StreetGraph, mode: str) -> nx.MultiDiGraph:
    """The graph's own arcs in networkx: another Dijkstra over the same costs."""
    cost_ms = graph.cost_ms(mode)
    open_ = np.flatnonzero(cost_ms != FORBIDDEN)
    tail = graph.half_head[open_ ^ 1]
    result = nx.MultiDiGraph()
    result.add_weighted_edges_from(
        zip(tail.tolist(), graph.half_head[open_].tolist(), cost_ms[open_].tolist(), strict=True)
    )
    return result


@pytest.mark.parametrize("mode", ["WALK", "WHEELCHAIR", "BIKE", "CAR"])
def test_porto_alegre_between_junctions_as_networkx(mode: str, porto_alegre: StreetGraph) -> None:
    graph, rng = porto_alegre, np.random.default_rng(11)
    on_it = np.flatnonzero(graph.edge_modes >> ["WALK", "WHEELCHAIR", "BIKE", "CAR"].index(mode) & 1)
    nodes = rng.choice(graph.half_head[2 * on_it], 60, replace=False)
    lat, lon = graph.node_lat_e7[nodes] / 1e7, graph.node_lon_e7[nodes] / 1e7
    streets = Streets(graph, lat, lon)
    reference = _nodes_of(graph, mode)
    same = 0
    for origin in range(4):
        known = nx.single_source_dijkstra_path_length(reference, int(nodes[origin]), weight="weight")
        reached = streets.reach(mode, float(lat[origin]), float(lon[origin]), 86_400)
        assert not isinstance(reached, NoPath)
        for row in reached:
            # two nodes of one place (a bridge, a barrier) are told apart by nobody who asks with coordinates
            if int(nodes[row.stop]) in known:
                same += abs(row.duration_s - known[int(nodes[row.stop])] / 1000) <= 1.5
        assert len(reached) == 60
    assert same >= 0.97 * 4 * 60


def test_monaco_has_stairs_and_lifts_and_a_wheelchair_avoids_the_stairs(monaco: StreetGraph) -> None:
    assert np.count_nonzero(monaco.edge_flags & STEPS) > 80
    assert np.count_nonzero(monaco.edge_flags & ELEVATOR) > 0
    stairs = np.flatnonzero(monaco.edge_flags & STEPS)
    assert (monaco.walk_ms[2 * stairs] != FORBIDDEN).all()
    assert (monaco.wheelchair_ms[2 * stairs] == FORBIDDEN).all()
    streets, rng = Streets(monaco, [], []), np.random.default_rng(7)
    slower = with_stairs = 0
    for _ in range(60):
        nodes = rng.integers(len(monaco.node_osm), size=2)
        ends = [(monaco.node_lat_e7[n] / 1e7, monaco.node_lon_e7[n] / 1e7) for n in nodes]
        on_foot = streets.path("WALK", *ends[0], *ends[1])
        rolling = streets.path("WHEELCHAIR", *ends[0], *ends[1])
        if isinstance(on_foot, StreetPath) and isinstance(rolling, StreetPath):
            assert all(step.relative_direction != "STAIRS" for step in rolling.steps)
            with_stairs += any(step.relative_direction == "STAIRS" for step in on_foot.steps)
            slower += rolling.duration_s > on_foot.duration_s
    assert with_stairs > 5
    assert slower > 50


def test_a_point_in_the_sea_is_off_the_streets(monaco: StreetGraph) -> None:
    streets = Streets(monaco, [], [])
    assert streets.path("WALK", 43.725, 7.436, 43.7396, 7.4276) == NoPath(Reason.OFF_STREETS, "WALK", "from")
    assert streets.path("WALK", 43.7396, 7.4276, 48.85, 2.35) == NoPath(Reason.OUTSIDE, "WALK", "to")


def test_monaco_streets_are_named(monaco: StreetGraph) -> None:
    streets = Streets(monaco, [], [])
    path = streets.path("WALK", 43.7396, 7.4276, 43.7316, 7.4200)
    assert isinstance(path, StreetPath)
    names = {step.street_name for step in path.steps}
    assert any(name.split()[0] in ("Avenue", "Boulevard", "Rue", "Place", "Quai") for name in names if name)
    assert 800 < path.distance_m < 3000
