"""Our walking, cycling and driving beside Valhalla's on the same extract, point to point.

    pip install pyvalhalla
    python -m tests.benchmarks.street_agreement EXTRACT.osm.pbf [--pairs 200]

Durations differ by what each thinks of speeds and turns; lengths should not. Points are junctions of our graph.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from routing.street import NoPath, StreetGraph, Streets, build_graph
from routing.street.graph import MODES
from tests.benchmarks.streets import SHARED, say

COSTING = {"WALK": "pedestrian", "BIKE": "bicycle", "CAR": "auto"}
WALK_KM_H = 4.5
Point = tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("extract", nargs="?", type=Path, default=SHARED / "osm" / "porto-alegre.osm.pbf")
    parser.add_argument("--pairs", type=int, default=200)
    given = parser.parse_args()
    graph, _ = build_graph(given.extract)
    streets = Streets(graph, [], [])
    with tempfile.TemporaryDirectory() as folder:
        actor = valhalla_actor(given.extract, Path(folder))
        for mode in COSTING:
            compare(mode, streets, actor, draw_pairs(graph, mode, given.pairs))


def valhalla_actor(extract: Path, folder: Path) -> Any:
    """Valhalla with tiles of the extract."""
    import valhalla

    (folder / "tiles").mkdir()
    config = valhalla.get_config(tile_extract="", tile_dir=str(folder / "tiles"))
    (folder / "valhalla.json").write_text(json.dumps(config), encoding="utf-8")
    program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    build = [str(program), "-c", str(folder / "valhalla.json"), str(extract)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"valhalla_build_tiles failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return valhalla.Actor(config)


def draw_pairs(graph: StreetGraph, mode: str, count: int) -> list[tuple[Point, Point]]:
    rng = np.random.default_rng(9)
    edges = np.flatnonzero(graph.edge_modes >> MODES.index(mode) & 1)
    nodes = graph.half_head[2 * rng.choice(edges, 2 * count)]
    places = list(
        zip((graph.node_lat_e7[nodes] / 1e7).tolist(), (graph.node_lon_e7[nodes] / 1e7).tolist(), strict=True)
    )
    return list(zip(places[:count], places[count:], strict=True))


def compare(mode: str, streets: Streets, actor: Any, pairs: list[tuple[Point, Point]]) -> None:
    lengths, times, only = [], [], [0, 0]
    for origin, target in pairs:
        ours = streets.path(mode, *origin, *target)
        theirs = route(actor, mode, origin, target)
        if isinstance(ours, NoPath) or theirs is None:
            only[0] += theirs is None and not isinstance(ours, NoPath)
            only[1] += isinstance(ours, NoPath) and theirs is not None
            continue
        lengths.append(ours.distance_m / max(1.0, theirs["length"] * 1000))
        times.append(ours.duration_s / max(1.0, theirs["time"]))
    say(f"{mode}: {len(lengths)} pairs both know; {only[0]} only we, {only[1]} only Valhalla\n")
    for what, values in (("length", lengths), ("duration", times)):
        low, mid, high = np.percentile(values, [5, 50, 95])
        near = np.mean(np.abs(np.array(values) - 1) < 0.05)
        say(
            f"  {what:9} ours ÷ theirs: p5 {low:.3f}  p50 {mid:.3f}  p95 {high:.3f}; within 5 %: {near:.0%}\n"
        )


def route(actor: Any, mode: str, origin: Point, target: Point) -> dict[str, float] | None:
    asked = {
        "locations": [{"lat": lat, "lon": lon} for lat, lon in (origin, target)],
        "costing": COSTING[mode],
        "costing_options": {"pedestrian": {"walking_speed": WALK_KM_H}, "bicycle": {"cycling_speed": 14.4}},
        "directions_type": "none",
    }
    try:
        answer = actor.route(json.dumps(asked))
    except RuntimeError:
        return None
    summary: dict[str, float] = (json.loads(answer) if isinstance(answer, str) else answer)["trip"]["summary"]
    return summary


if __name__ == "__main__":
    main()
