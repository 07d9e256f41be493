"""How long an archive takes to be written, checked and replayed, and how much memory that needs.

    python tests/benchmarks/audit.py [TRIPS…]      default: 10000 100000

Each step is measured in a process of its own: seconds of one core, and how much memory it took beyond what the code
itself takes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.ticketing.archives import MemoryRegister
from tests.ticketing.months import random_trip
from ticketing.audit_archive.replay import replay_archive
from ticketing.audit_archive.verify import verify_archives

DRIVERS, PASSENGERS = 2_000, 4_000


def make(count: int, path: Path) -> None:
    """A month of so many trips."""
    register = MemoryRegister()
    trips = [random_trip(register.rng, number, "2026-09", DRIVERS, PASSENGERS) for number in range(count)]
    granted = register.grant(count, trips)
    for entry in granted[::100]:
        register.withdraw(entry)
    register.close()
    begun = time.process_time()
    register.export("2026-09", path)
    print(f"{count:>9,} trips: export {time.process_time() - begun:7.1f} s", end="", flush=True)  # noqa: T201


def check(path: Path, what: str) -> None:
    """Verify or replay it in this process."""
    before = _resident_mb()
    begun = time.process_time()
    if what == "verify":
        (report,) = verify_archives([path])
        assert report.holds, report.wrong
    else:
        assert all(one.difference_cents == 0 for one in replay_archive(path))
    took = time.process_time() - begun
    print(f", {what} {took:7.1f} s, {_resident_mb() - before:6.0f} MB more", end="", flush=True)  # noqa: T201


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Each step in a process of its own."""
    if len(sys.argv) > 3 and sys.argv[1] == "--step":
        step, path = sys.argv[2], Path(sys.argv[3])
        make(int(sys.argv[4]), path) if step == "make" else check(path, step)
        return
    for size in [int(word) for word in sys.argv[1:]] or [10_000, 100_000]:
        with TemporaryDirectory() as folder:
            path = str(Path(folder) / "month.zip")
            for step in (["make", path, str(size)], ["verify", path], ["replay", path]):
                subprocess.run([sys.executable, __file__, "--step", *step], check=True)
            print(f", {Path(path).stat().st_size / 1e6:,.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
