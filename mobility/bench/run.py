"""`mobility bench`: what is measured, and how it is told."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from gtfs_feeds.network import Network
from mobility.bench.measure import Agreement, Times, agree, draw_queries, time_both
from mobility.bench.peer import Peer
from mobility.bench.single_day import single_day, write_single_day
from routing.planner import Planner
from routing.timetable import Timetable, TimetableInfo

WINDOW_S = 7200
"""Of window questions."""


@dataclass(frozen=True)
class Report:
    """One network's figures. `peer_*` are None without the extra `bench`."""

    name: str
    day: dt.date
    stops: int
    trips: int
    stop_times: int
    day_bytes: int
    open_s: float
    compile_day_s: float
    peer_load_s: float | None
    single_agreement: Agreement | None
    window_agreement: Agreement | None
    single: Times
    window: Times


def busiest_day(timetable: Timetable, info: TimetableInfo) -> dt.date:
    """The first of the days on which most trips run."""
    trips = np.bincount(timetable.trip_service, minlength=timetable.service_active.shape[0])
    return info.first_day + dt.timedelta(
        days=int(np.argmax(trips @ timetable.service_active.astype(np.int64)))
    )


def measure(network: Network, name: str, day: dt.date | None, pairs: int, seed: int, folder: Path) -> Report:
    """Measure one network on one service day; `folder` is for what has to lie on disk meanwhile."""
    day = day or busiest_day(network.timetable, network.info)
    timetable, info = single_day(network.timetable, network.info, day)
    open_s = measure_warm_start(network, folder / "network", day)
    start = time.perf_counter()
    planner = Planner(timetable, info)
    compiled = planner.days.get(day)
    compile_day_s = time.perf_counter() - start
    planner.warm_up([day])
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
        stops=len(np.unique(compiled.layer.column_stop)),
        trips=len(compiled.trips.trip),
        stop_times=len(compiled.layer.event_departure),
        day_bytes=sum(array.nbytes for part in compiled for array in part),
        open_s=open_s,
        compile_day_s=compile_day_s,
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
    subprocess.run(command, check=True)
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def tell(reports: list[Report], console: Console) -> None:
    """The figures as tables a person reads."""
    console.print(
        f"[bold]{dt.datetime.now(dt.UTC):%Y-%m-%d}[/] {platform.processor() or platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}; one thread, engines in turn"
    )
    sizes = Table(title="Networks, one service day each")
    for column in (
        "network",
        "day",
        "stops",
        "trips",
        "stop_times",
        "arrays, MB",
        "compile day, s",
        "warm start, s",
        "peer load, s",
    ):
        sizes.add_column(column, justify="left" if column == "network" else "right")
    for r in reports:
        peer_load = "-" if r.peer_load_s is None else f"{r.peer_load_s:.2f}"
        sizes.add_row(
            r.name,
            f"{r.day}",
            f"{r.stops:,}",
            f"{r.trips:,}",
            f"{r.stop_times:,}",
            f"{r.day_bytes / 1e6:.1f}",
            f"{r.compile_day_s:.2f}",
            f"{r.open_s:.2f}",
            peer_load,
        )
    console.print(sizes)
    speeds = Table(title="Questions: Pareto sets equal to the peer's, then milliseconds")
    for column in (
        "network",
        "question",
        "agreement",
        "p50",
        "p95",
        "peer p50",
        "peer p95",
        "ratio p50",
        "ratio p95",
    ):
        speeds.add_column(column, justify="left" if column in ("network", "question") else "right")
    for r in reports:
        for question, agreement, times in (
            ("single", r.single_agreement, r.single),
            ("2 h window", r.window_agreement, r.window),
        ):
            speeds.add_row(r.name, question, *_row(agreement, times))
    console.print(speeds)
    for r in reports:
        for agreement in (r.single_agreement, r.window_agreement):
            for difference in agreement.differences if agreement else ():
                console.print(f"{r.name}: {difference}")


def open_folder() -> tempfile.TemporaryDirectory[str]:
    """Where a bench keeps what has to lie on disk."""
    return tempfile.TemporaryDirectory(prefix="mobility-bench-")


def _row(agreement: Agreement | None, times: Times) -> list[str]:
    ours = [f"{np.quantile(times.ours_ms, q):.2f}" for q in (0.5, 0.95)]
    if agreement is None:
        return ["no peer", *ours, "-", "-", "-", "-"]
    peers = [f"{np.quantile(times.peer_ms, q):.2f}" for q in (0.5, 0.95)]
    ratios = [f"{times.ratio(q):.2f}" for q in (0.5, 0.95)]
    return [f"{agreement.same}/{agreement.asked}", *ours, *peers, *ratios]
