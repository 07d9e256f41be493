"""How many purchases a second, and is anything lost?

    python -m tests.benchmarks.purchases                                       # SQLite
    python -m tests.benchmarks.purchases --database postgresql+psycopg://…     # an empty database

A purchase is what a buyer does: an offer (coach and train, 11.50 €), an order, a payment at the sandbox's bank, which
takes the money at once; then there are tickets. Processes of several threads buy through the acts, each buyer once or
twice. Afterwards every captured cent must have a ticket, and orders, the book of sales and the bank's own book agree.
`--rate` keeps to so many a second (latencies then are those of a shop that is not overrun); 0: as fast as it goes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from mobility.outside.payments.sandbox import Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.storage import migrations
from mobility.storage.database import open_database
from mobility.storage.unit_of_work import units_of_work
from tests.mobility.under_fire.purchase_truths import check_purchases
from tests.mobility.under_fire.purchase_world import (
    SECRET,
    add_buyers,
    now_utc,
    offered,
    purchase,
    sales_ports,
)


@dataclass(frozen=True)
class Share:
    """What one process buys: numbers of purchases."""

    folder: str
    database: str
    numbers: Sequence[int]
    threads: int
    rate: float
    """Of this process, a second; 0: as fast as it goes."""


def buy(share: Share, results: Any, ready: Any) -> None:
    """In a process of its own: (seconds of each purchase, seconds of CPU)."""
    engine, book = open_database(share.database), SandboxBook(Path(share.folder) / "bank.sqlite")
    ports = sales_ports(engine, [Sandbox(book, SECRET, now_utc)])
    waiting, lock, took = list(share.numbers), threading.Lock(), []

    def one_after_another() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                number = waiting.pop()
                due_s = began_s + (len(share.numbers) - len(waiting)) / share.rate if share.rate else 0.0
            time.sleep(max(due_s - time.perf_counter(), 0.0))
            name, start_s = f"b{number // 2}", max(due_s, time.perf_counter() if not share.rate else due_s)
            _, paid = purchase(ports, name, offered(ports, name), "ok", str(number))
            assert paid.status == "captured"
            took.append(time.perf_counter() - start_s)

    ready.wait()
    began_s, cpu_s = time.perf_counter(), time.process_time()
    threads = [threading.Thread(target=one_after_another) for _ in range(share.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((took, time.process_time() - cpu_s))
    engine.dispose()


def run(folder: Path, database: str, purchases: int, processes: int, threads: int, rate: float) -> str:
    """Buy, count, and say how it went. Raises AssertionError where a cent is lost."""
    engine = open_database(database)
    migrations.upgrade(engine)
    add_buyers(engine, [f"b{number}" for number in range(purchases // 2 + 1)])
    engine.dispose()
    context = multiprocessing.get_context("spawn")
    results, ready = context.Queue(), context.Barrier(processes + 1)
    shares = [
        Share(str(folder), database, range(n, purchases, processes), threads, rate / processes)
        for n in range(processes)
    ]
    running = [context.Process(target=buy, args=(share, results, ready)) for share in shares]
    for process in running:
        process.start()
    ready.wait()
    began_s = time.perf_counter()
    found = [results.get() for _ in running]
    wall_s = time.perf_counter() - began_s
    for process in running:
        process.join()
    took = sorted(seconds for one, _ in found for seconds in one)
    cpu_s = sum(cpu for _, cpu in found)
    ports = sales_ports(engine, [])
    ways = check_purchases(units_of_work(engine), SandboxBook(folder / "bank.sqlite"), ports)
    assert ways["FULFILLED"] == purchases == len(took), ways
    p50, p95 = (1000 * took[int(len(took) * part)] for part in (0.5, 0.95))
    return (
        f"{purchases:,} purchases on {engine.dialect.name}, {processes} processes of {threads} threads: "
        f"{purchases / wall_s:.0f} a second, p50 {p50:.0f} ms, p95 {p95:.0f} ms, {1000 * cpu_s / purchases:.1f} ms of "
        "CPU each beside the database's. Every cent has its ticket; orders, books and bank agree"
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("purchases", 2000), ("processes", 2), ("threads", 2), ("rate", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = asked.database or f"sqlite:///{folder / 'shop.sqlite'}"
        load = os.getloadavg()[0]
        said = run(folder, database, asked.purchases, asked.processes, asked.threads, asked.rate)
        Console().print(f"{said}. {os.cpu_count()} cores, load before {load:.1f}.", markup=False)


if __name__ == "__main__":
    main()
