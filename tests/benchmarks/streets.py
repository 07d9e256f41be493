"""How long the streets take: building, opening, access, paths, transfers, many to many.

    python -m tests.benchmarks.streets EXTRACT.osm.pbf FEED.zip [FEED.zip …]     # the feeds' stops are linked
    python -m tests.benchmarks.streets                                           # Porto Alegre, where it is at hand

Times are the thread's own, so a busy machine matters little; the kernels are compiled beforehand. Points are drawn near
stops, with a seed.
"""

from __future__ import annotations

import argparse
import csv
import io
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from routing.snapshot import map_arrays, write_arrays
from routing.street import NoPath, StreetGraph, Streets, build_graph

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
POINTS = 400
Point = tuple[float, float]


def main() -> None:
    extract, feeds = chosen_inputs(__doc__ or "")
    say(f"{extract.name} with the stops of {', '.join(feed.name for feed in feeds)}\n")
    began = time.thread_time()
    graph, report = build_graph(extract)
    row(
        "build the graph (s)",
        time.thread_time() - began,
        f"{report.node_count} nodes, {report.edge_count} edges",
    )
    lat, lon = read_stops(feeds)
    with tempfile.TemporaryDirectory() as folder:
        write_arrays(graph, Path(folder))
        streets = Streets(map_arrays(StreetGraph, Path(folder)), lat, lon)
        streets.warm_up()
        began = time.thread_time()
        mapped = map_arrays(StreetGraph, Path(folder))
        streets = Streets(mapped, lat, lon)
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
        inside = len(lat) - len(streets.unlinked_stops)
        row(
            "open it and link the stops (ms)",
            (time.thread_time() - began) * 1e3,
            f"{size:.1f} MB, {inside} stops",
        )
        points = draw_points(streets, lat, lon, POINTS)
        measure_reach(streets, points)
        measure_paths(streets, points)
        measure_matrices(streets, points)


def measure_reach(streets: Streets, points: list[Point]) -> None:
    for mode, minutes in (("WALK", 15), ("WALK", 30), ("WHEELCHAIR", 30), ("BIKE", 15), ("CAR", 10)):
        counts: list[int] = []

        def ask(
            point: Point, mode: str = mode, limit_s: int = minutes * 60, counts: list[int] = counts
        ) -> None:
            found = streets.reach(mode, *point, limit_s)
            counts.append(0 if isinstance(found, NoPath) else len(found))

        times = timed(ask, points)
        row(
            f"access {mode} {minutes} min (ms)",
            times,
            f"{statistics.median(counts):.0f} stops, most {max(counts)}",
        )


def measure_paths(streets: Streets, points: list[Point]) -> None:
    pairs = list(pairwise(points))
    for mode in ("WALK", "CAR"):
        lengths: list[float] = []

        def ask(pair: tuple[Point, Point], mode: str = mode, lengths: list[float] = lengths) -> None:
            path = streets.path(mode, *pair[0], *pair[1])
            if not isinstance(path, NoPath):
                lengths.append(path.distance_m)

        times = timed(ask, pairs)
        row(f"path with steps {mode} (ms)", times, f"{statistics.median(lengths) / 1000:.1f} km")


def measure_matrices(streets: Streets, points: list[Point]) -> None:
    began = time.thread_time()
    found = streets.transfers(900)
    row("transfers, all stops, 15 min (s)", time.thread_time() - began, f"{len(found.from_stop)} pairs")
    for count in (20, 100):
        began = time.thread_time()
        streets.travel_times("CAR", points[:count], points[-count:])
        row(f"car times {count} × {count} (ms)", (time.thread_time() - began) * 1e3, "with distances")
        streets.travel_times("CAR", points[:1], points[:1], with_distances=False)
        began = time.thread_time()
        streets.travel_times("CAR", points[:count], points[-count:], with_distances=False)
        row(f"car times {count} × {count} (ms)", (time.thread_time() - began) * 1e3, "times alone")


def timed(ask: Callable[[Any], None], questions: list[Any]) -> list[float]:
    """Milliseconds of each question."""
    taken = []
    for question in questions:
        began = time.thread_time()
        ask(question)
        taken.append((time.thread_time() - began) * 1e3)
    return taken


def chosen_inputs(about: str) -> tuple[Path, list[Path]]:
    """The extract and the feeds named on the command line, or Porto Alegre's."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extract", nargs="?", type=Path, default=SHARED / "osm" / "porto-alegre.osm.pbf")
    parser.add_argument("feeds", nargs="*", type=Path)
    given = parser.parse_args()
    feeds = given.feeds or sorted((SHARED / "feeds").glob("porto-alegre-*.zip"))
    if not given.extract.is_file() or not feeds:
        parser.error("name an OpenStreetMap extract and GTFS feeds of the same place")
    return given.extract, feeds


def read_stops(feeds: list[Path]) -> tuple[list[float], list[float]]:
    """Latitudes and longitudes of all stops of GTFS archives."""
    lat, lon = [], []
    for feed in feeds:
        with zipfile.ZipFile(feed) as archive:
            name = next(name for name in archive.namelist() if name.endswith("stops.txt"))
            for line in csv.DictReader(io.TextIOWrapper(archive.open(name), "utf-8-sig")):
                lat.append(float(line["stop_lat"]))
                lon.append(float(line["stop_lon"]))
    return lat, lon


def draw_points(streets: Streets, lat: list[float], lon: list[float], count: int) -> list[Point]:
    """Points a few hundred metres around stops that lie on the extract, on its streets for every mode."""
    rng = np.random.default_rng(3)
    points: list[Point] = []
    while len(points) < count:
        stop = rng.integers(len(lat))
        point = (lat[stop] + rng.normal(0, 0.002), lon[stop] + rng.normal(0, 0.002))
        if not any(
            isinstance(streets.locate(mode, *point), NoPath) for mode in ("WALK", "WHEELCHAIR", "CAR")
        ):
            points.append(point)
    return points


def row(what: str, times: float | list[float], about: str) -> None:
    if isinstance(times, list):
        p50, p95 = np.percentile(times, [50, 95])
        say(f"{what:36} p50 {p50:8.2f}   p95 {p95:8.2f}   {about}\n")
    else:
        say(f"{what:36}     {times:8.2f}                  {about}\n")


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
