"""What an entry of the register costs: `python -m tests.benchmarks.register`.

    --grants N       how many (100,000)
    --batch N        how many in one transaction (10,000)
    --database URL   where to (default: SQLite in a temporary folder)

The grants are those of `tests.benchmarks.subsidies`, made beforehand. Measured are recording (append, check, post,
commit) and, afterwards, reading and verifying the chain, and replaying the ledger from it in memory. The best batch
is what a machine that does nothing else comes near to.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from mobility.acts.record import record_all
from mobility.cli.console import out
from mobility.storage import migrations
from mobility.storage.database import open_database
from mobility.storage.unit_of_work import units_of_work
from tests.benchmarks.subsidies import trips
from ticketing.cap_counters import CapCounters
from ticketing.cost_scale import default_scale
from ticketing.grant_body import facts_to_plain, grant_body
from ticketing.ledger import Book
from ticketing.subsidy import grant_all
from ticketing.subsidy_policy import default_policy
from ticketing.verify_chain import verify_chain

NOW = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def bodies(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Grants as entries."""
    policy, scale = default_policy(), default_scale()
    made = grant_all(trips(count), [policy], [scale], CapCounters(policy.counters()))
    for trip, granted in zip(trips(count), made, strict=True):
        yield "grant", grant_body(facts_to_plain(trip), granted, "lines", 1)


class Watch:
    """Seconds of wall and of processor, summed over what it is started for."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0
        self.best_s = float("inf")

    def run(self, act: Callable[[], Any]) -> Any:
        wall, cpu = time.perf_counter(), time.process_time()
        done = act()
        took_s = time.perf_counter() - wall
        self.wall_s += took_s
        self.best_s = min(self.best_s, took_s)
        self.cpu_s += time.process_time() - cpu
        return done

    def tell(self, what: str, count: int) -> None:
        wall_us, cpu_us = self.wall_s / count * 1e6, self.cpu_s / count * 1e6
        out.print(f"{what}: {wall_us:.1f} µs each ({cpu_us:.1f} µs of processor)")


def measure(database: str, count: int, batch: int) -> None:
    engine = open_database(database)
    migrations.upgrade(engine)
    begin = units_of_work(engine)
    recording, verifying, replaying = Watch(), Watch(), Watch()
    waiting = bodies(count)

    def enter(some: list[tuple[str, dict[str, Any]]]) -> None:
        with begin() as work:
            record_all(work, some, NOW)
            work.commit()

    while some := list(islice(waiting, batch)):
        recording.run(lambda some=some: enter(some))
    recording.tell("recorded", count)
    out.print(f"the best batch: {recording.best_s / min(batch, count) * 1e6:.1f} µs each")
    with begin(read_only=True) as work:
        assert verifying.run(lambda: list(verify_chain(work.register.list_entries()))) == []
        verifying.tell("read and verified", count)
        book = Book(keeps_entries=False)
        replaying.run(lambda: [book.replay(entry) and None for entry in work.register.list_entries()])
        replaying.tell("read and replayed", count)
        assert dict(work.ledger.list_balances()) == {
            key: value for key, value in book.balances.items() if value
        }
        head = work.register.head()
        out.print(
            f"{head.seq if head else 0:,} entries, body of the last: {len(head.body) if head else 0:,} bytes"
        )
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--grants", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=10_000)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(
            options.database or f"sqlite:///{Path(folder) / 'register.sqlite'}", options.grants, options.batch
        )


if __name__ == "__main__":
    main()
