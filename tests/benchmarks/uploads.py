"""How many statements a second are taken in: python tests/benchmarks/uploads.py [COUNT] [BATCH]

COUNT really signed statements of 50 phones are uploaded in batches of BATCH into a new SQLite database on disk:
verified, sealed, stored, committed. Then 200 trips are judged.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
import tempfile
import time
from pathlib import Path

from mobility.acts.trips.judge import judge_due
from mobility.acts.trips.log_evidence import Upload, log_evidence
from mobility.storage import migrations
from mobility.storage.database import open_database
from tests.contracts.trip_scene import START, scene_on

PHONES, TRIPS = 50, 200


def main() -> None:
    """Measure and say."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        migrations.upgrade(engine)
        scene = scene_on(engine)
        for number in range(count):
            phone = scene.phone(f"person {number % PHONES}")
            trip = hashlib.sha256(f"{number % PHONES} {number // PHONES // 10}".encode()).hexdigest()[:32]
            fixes = [
                (START + dt.timedelta(seconds=number + step), 47.0 + step / 1000, 6.0) for step in range(10)
            ]
            phone.positions(trip, fixes)
        uploads = [
            (scene.caller(name), [Upload(data) for data in phone.outbox])
            for name, phone in scene.phones.items()
        ]
        began, spent = time.perf_counter(), time.process_time()
        for caller, pieces in uploads:
            for first in range(0, len(pieces), batch):
                log_evidence(scene.ports, caller, pieces[first : first + batch], scene.clock.now)
        _say(f"{count:,} statements in batches of {batch}", count, began, spent)
        for phone in scene.phones.values():
            phone.outbox.clear()
        while judge_due(scene.ports, 1000):
            pass
        for number in range(TRIPS):
            rider = f"person {number % 20 + 20}"
            scene.drive(f"person {number % 20}", (rider,), START + dt.timedelta(hours=number // 20 * 6))
        scene.send(reason="no network")
        began, spent = time.perf_counter(), time.process_time()
        judged = judge_due(scene.ports, 10_000)
        _say(f"{judged:,} trips judged", judged, began, spent)
        engine.dispose()


def _say(what: str, count: int, began: float, spent: float) -> None:
    took, cpu = time.perf_counter() - began, time.process_time() - spent
    rates = f"{count / took:,.0f} a second; {cpu:.1f} s of one core, {count / cpu:,.0f} a second"
    print(f"{what}: {took:.1f} s, {rates}")  # noqa: T201


if __name__ == "__main__":
    main()
