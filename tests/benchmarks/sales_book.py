"""What the book of sales costs: posting by many at once, closing the day, dividing, checking and archiving it.

    python tests/benchmarks/sales_book.py [ORDERS] [THREADS]

On PostgreSQL where MOBILITY_TEST_DATABASE_URL names one (`scripts/services run`), else on SQLite.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import create_engine, make_url, text

from mobility.accounts.caller import SYSTEM
from mobility.acts.audit.archive import export_archive
from mobility.acts.audit.ports import AuditPorts
from mobility.acts.close_period import close_period
from mobility.acts.ports import ActPorts
from mobility.acts.record import record
from mobility.acts.sales.clear_month import clear
from mobility.acts.sales.close_day import close_days
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_tables import check_sales
from mobility.storage import migrations
from mobility.storage.database import open_database
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from mobility.storage.unit_of_work import units_of_work
from tests.ticketing.sales_bodies import bought, line
from ticketing.audit_archive.verify import verify_archives

AT = dt.datetime(2026, 10, 31, 12, tzinfo=dt.UTC)
MONTH = "2026-10"


def open_empty(folder: Path) -> str:
    """The address of an empty database."""
    server = os.environ.get("MOBILITY_TEST_DATABASE_URL", "")
    if not server:
        return f"sqlite:///{folder / 'a.sqlite'}"
    name = f"mobility_bench_{uuid.uuid4().hex[:8]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def timed(words: str, act: Callable[[], object]) -> float:
    """Do it, and say how long it took."""
    began, cpu = time.perf_counter(), time.process_time()
    act()
    took = time.perf_counter() - began
    print(f"{words}: {took:.2f} s, {time.process_time() - cpu:.2f} s of this process")  # noqa: T201
    return took


def main(orders: int, threads: int) -> None:
    """Everything once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        engine = open_database(open_empty(folder))
        migrations.upgrade(engine)
        begin = units_of_work(engine)
        later = ActPorts(begin, lambda: AT + dt.timedelta(days=2), lambda: uuid.uuid4().hex)
        with begin() as work:
            record(work, "envelope", {"campaign": "lines", "amount_cents": 1}, AT)
            work.commit()

        def buy(first: int) -> None:
            for number in range(first, orders, threads):
                with begin() as work:
                    who = SimpleNamespace(id=f"{number:032x}", pseudonym=f"{number:032x}")
                    post(work, who, bought(line("i/1", 275), line("i/2", 150)), AT)
                    work.commit()

        def buy_all() -> None:
            running = [threading.Thread(target=buy, args=(first,)) for first in range(threads)]
            for one in running:
                one.start()
            for one in running:
                one.join()

        took = timed(
            f"{orders} orders of 4 entries posted by {threads} threads, on {engine.dialect.name}", buy_all
        )
        print(f"  {orders / took:.0f} orders a second")  # noqa: T201
        timed("the day closed", lambda: close_days(later, SYSTEM, "2026-10-31"))
        timed("the month divided", lambda: clear(later, SYSTEM, MONTH))
        timed("the book checked from zero", lambda: check_sales(later, SYSTEM))
        with begin() as work:
            close_period(work, RegisterKeys(KeyFolder(folder / "keys")), MONTH, later.now(), [])
            work.commit()
        path = folder / "archive.zip"
        timed("archived", lambda: export_archive(AuditPorts(later, "x", dict), SYSTEM, MONTH, path))
        print(f"  {path.stat().st_size / 1e6:.1f} MB")  # noqa: T201
        timed("the archive verified", lambda: check(path))
        engine.dispose()


def check(path: Path) -> None:
    """It holds."""
    (report,) = verify_archives([path])
    assert report.holds, report.wrong


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, int(sys.argv[2]) if len(sys.argv) > 2 else 4)
