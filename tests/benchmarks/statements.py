"""What does it cost to run a statement, through SQLAlchemy and by the driver itself?

    python -m tests.benchmarks.statements                                       # SQLite
    python -m tests.benchmarks.statements --database postgresql+psycopg://…     # an empty database

A transaction that changes three rows, and one that reads a row by its key, each committed. By turns, one as
SQLAlchemy's session runs it, the other by `mobility.storage.statement`: µs of this process's CPU (not of the
database's), the middle one of all turns, and the ratio of the two in the same turn.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from sqlalchemy import Engine, bindparam, select, update
from sqlalchemy.orm import Session

from mobility.storage import migrations
from mobility.storage.database import open_database
from mobility.storage.sales_journal import SalesChainRow
from mobility.storage.statement import Driver, Statement

CHAIN = SalesChainRow.__table__
OF_ORDER = select(CHAIN).where(CHAIN.c.order_id == bindparam("wanted"))
CHANGE = (
    update(CHAIN)
    .where(CHAIN.c.order_id == bindparam("wanted"))
    .values({name: bindparam(f"new_{name}") for name in ("n", "hash", "states")})
)
READ, WRITE = Statement(OF_ORDER), Statement(CHANGE)
ROWS = [
    {"wanted": f"order {n}", "new_n": n, "new_hash": b"h" * 32, "new_states": b"{}" * 200} for n in range(3)
]


def ways(engine: Engine) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
    """What is compared: through SQLAlchemy, and by the driver."""

    def read_through() -> None:
        with Session(engine) as session:
            (found,) = session.execute(OF_ORDER, {"wanted": "order 1"})
            assert found.n == 1
            session.commit()

    def read_by_driver() -> None:
        with Session(engine) as session:
            (found,) = Driver(session).rows(READ, {"wanted": "order 1"})
            assert found.n == 1
            session.commit()

    def write_through() -> None:
        with Session(engine) as session:
            for row in ROWS:
                session.execute(CHANGE, row)
            session.commit()

    def write_by_driver() -> None:
        with Session(engine) as session:
            driver = Driver(session)
            for row in ROWS:
                driver.run(WRITE, row)
            session.commit()

    return {
        "change three rows": (write_through, write_by_driver),
        "read a row": (read_through, read_by_driver),
    }


def cpu_us(act: Callable[[], None], times: int) -> float:
    """Of this process, for one."""
    began_s = time.process_time()
    for _ in range(times):
        act()
    return 1e6 * (time.process_time() - began_s) / times


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default="")
    parser.add_argument("--turns", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(asked.database or f"sqlite:///{Path(folder) / 'rows.sqlite'}")
        migrations.upgrade(engine)
        with Session(engine) as session:
            session.add_all(
                SalesChainRow(order_id=row["wanted"], n=0, hash=b"", day="", states=b"") for row in ROWS
            )
            session.commit()
        for what, (through, by_driver) in ways(engine).items():
            for _ in range(20):  # both know their statements
                by_driver()
                through()
            turns = [(cpu_us(through, 50), cpu_us(by_driver, 50)) for _ in range(asked.turns)]
            before_us, after_us = (statistics.median(one) for one in zip(*turns, strict=True))
            ratio = statistics.median(after / before for before, after in turns)
            Console().print(
                f"{engine.dialect.name}, {what}: {before_us:.0f} µs through SQLAlchemy, {after_us:.0f} µs by the "
                f"driver, {ratio:.2f} of it",
                markup=False,
                soft_wrap=True,
            )
        engine.dispose()


if __name__ == "__main__":
    main()
