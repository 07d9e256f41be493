"""What `mobility bench` measures, and how it is told."""

from __future__ import annotations

import datetime as dt
import os
import platform
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from mobility.bench.measure import Agreement, Times, agree, draw_queries, time_both
from mobility.bench.peer import Peer
from mobility.bench.single_day import single_day, write_single_day
from routing.layer import COLUMN_STOP
from routing.planner import Planner
from routing.timetable import Timetable, TimetableInfo

WINDOW_S = 7200
"""Of window questions."""


@dataclass(frozen=True)
class ImportCost:
    """Reading, checking, compiling and merging; the most memory the process had by then."""

    seconds: float
    peak_mb: int


@dataclass(frozen=True)
class Report:
    """One network's figures. What is None was not measured: no archive was read, no peer is installed."""

    name: str
    day: dt.date
    stops: int
    trips: int
    stop_times: int
    day_bytes: int
    imported: ImportCost | None
    compile_day_s: float
    warm_start_s: float
    peer_load_s: float | None
    single_agreement: Agreement | None
    window_agreement: Agreement | None
    single: Times
    window: Times


def import_network(path: Path) -> tuple[Network, ImportCost]:
    """Read and compile an archive, or all archives of a folder as one network."""
    start = time.perf_counter()
    archives = sorted(path.glob("*.zip")) if path.is_dir() else [path]
    networks = []
    for archive in archives:
        tables, _ = read_feed(archive, archive.stem)
        networks.append(compile_feed(tables)[0])
    network = merge(networks)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return network, ImportCost(time.perf_counter() - start, peak_mb)


def busiest_day(timetable: Timetable, info: TimetableInfo) -> dt.date:
    """The first of the days on which most trips run."""
    trips = np.bincount(timetable.trip_service, minlength=timetable.service_active.shape[0])
    return info.first_day + dt.timedelta(
        days=int(np.argmax(trips @ timetable.service_active.astype(np.int64)))
    )


def measure(
    network: Network,
    name: str,
    day: dt.date | None,
    pairs: int,
    seed: int,
    folder: Path,
    imported: ImportCost | None = None,
) -> Report:
    """Measure one network on one service day; `folder` is for what has to lie on disk meanwhile."""
    day = day or busiest_day(network.timetable, network.info)
    timetable, info = single_day(network.timetable, network.info, day)
    warm_start_s = measure_warm_start(network, folder / "network", day)
    planner = Planner(timetable, info)
    planner.warm_up([day])  # the kernels are compiled before anything is timed
    start = time.perf_counter()
    compiled = Planner(timetable, info).days.get(day)
    compile_day_s = time.perf_counter() - start
    peer, peer_load_s = None, None
    if find_spec("pynigiri"):
        write_single_day(timetable, info, folder / "gtfs")
        start = time.perf_counter()
        peer = Peer(folder / "gtfs", day)
        peer_load_s = time.perf_counter() - start
    single, window = draw_queries(planner, pairs, seed), draw_queries(planner, pairs, seed + 1, WINDOW_S)
    return Report(
        name=name,
        day=day,
        stops=len(np.unique(compiled.layer.columns[:, COLUMN_STOP])),
        trips=len(compiled.trips.trip),
        stop_times=len(compiled.layer.event_departure),
        day_bytes=sum(array.nbytes for part in compiled for array in part),
        imported=imported,
        compile_day_s=compile_day_s,
        warm_start_s=warm_start_s,
        peer_load_s=peer_load_s,
        single_agreement=agree(planner, peer, single) if peer else None,
        window_agreement=agree(planner, peer, window) if peer else None,
        single=time_both(planner, peer, single, seed),
        window=time_both(planner, peer, window, seed),
    )


def measure_warm_start(network: Network, folder: Path, day: dt.date) -> float:
    """Seconds a new process needs from its start to its first answer, snapshot and service day being on disk."""
    network.write(folder)
    command = [sys.executable, "-m", "mobility.bench.warm_start", str(folder), day.isoformat()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # what lies on disk is in memory then
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        answered = process.stdout.readline()
        took_s = time.perf_counter() - start
    if not answered or process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return took_s


def tell(reports: list[Report], console: Console) -> None:
    """The figures as tables a person reads, in Markdown."""
    console.print(
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}, {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, one thread\n"
    )
    _print_table(
        console,
        "network|day|stops|trips|stop_times|import, s|peak, MB|arrays, MB|compile day, s|warm start, s|peer load, s",
        [_size_row(report) for report in reports],
    )
    _print_table(
        console,
        "network|question|same answers|p50, ms|p95, ms|peer p50|peer p95|ratio p50|ratio p95",
        [
            [report.name, question, *_speed_row(agreement, times)]
            for report in reports
            for question, agreement, times in _questions(report)
        ],
    )
    for report in reports:
        for question, agreement, _ in _questions(report):
            for difference in agreement.differences if agreement else ():
                console.print(f"{report.name}, {question}: {difference}")


def as_json(report: Report) -> dict[str, Any]:
    """The figures for programs; times as their quantiles."""
    return {
        "network": report.name,
        "day": report.day.isoformat(),
        "stops": report.stops,
        "trips": report.trips,
        "stop_times": report.stop_times,
        "day_bytes": report.day_bytes,
        "import_s": report.imported and report.imported.seconds,
        "import_peak_mb": report.imported and report.imported.peak_mb,
        "compile_day_s": report.compile_day_s,
        "warm_start_s": report.warm_start_s,
        "peer_load_s": report.peer_load_s,
        "questions": {
            question: {
                "asked": len(times.ours_ms),
                "same_answers": agreement and agreement.same,
                "ms": _quantiles(times.ours_ms),
                "peer_ms": _quantiles(times.peer_ms) if times.peer_ms else None,
            }
            for question, agreement, times in _questions(report)
        },
    }


def _questions(report: Report) -> list[tuple[str, Agreement | None, Times]]:
    return [
        ("one departure", report.single_agreement, report.single),
        ("2 h window", report.window_agreement, report.window),
    ]


def _quantiles(times_ms: tuple[float, ...]) -> dict[str, float]:
    return {f"p{q}": float(np.quantile(times_ms, q / 100)) for q in (50, 95, 99)}


def _size_row(report: Report) -> list[str]:
    return [
        report.name,
        report.day.isoformat(),
        f"{report.stops:,}",
        f"{report.trips:,}",
        f"{report.stop_times:,}",
        f"{report.imported.seconds:.1f}" if report.imported else "-",
        f"{report.imported.peak_mb:,}" if report.imported else "-",
        f"{report.day_bytes / 1e6:.1f}",
        f"{report.compile_day_s:.2f}",
        f"{report.warm_start_s:.2f}",
        "-" if report.peer_load_s is None else f"{report.peer_load_s:.2f}",
    ]


def _speed_row(agreement: Agreement | None, times: Times) -> list[str]:
    ours = [f"{np.quantile(times.ours_ms, q):.2f}" for q in (0.5, 0.95)]
    if agreement is None:
        return ["no peer", *ours, "-", "-", "-", "-"]
    peers = [f"{np.quantile(times.peer_ms, q):.2f}" for q in (0.5, 0.95)]
    ratios = [f"{times.ratio(q):.2f}" for q in (0.5, 0.95)]
    return [f"{agreement.same} of {agreement.asked}", *ours, *peers, *ratios]


def _print_table(console: Console, headings: str, rows: list[list[str]]) -> None:
    table = Table(box=box.MARKDOWN)
    for number, heading in enumerate(headings.split("|")):
        table.add_column(heading, justify="left" if number == 0 else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table, "")
