"""How long it takes to grant a million trips, and how much memory: `python -m tests.benchmarks.subsidies`.

    --trips N     how many trips (1,000,000)
    --tenfold     then ten times as many, and how far from linear that is
    --acts        through the application on SQLite, from claims to the ledger, instead of the engine alone
    --database    the database of --acts (default: SQLite in a temporary folder)

The trips are made up, the same every time: 33,334 a day on the six lines, in the order of their start, by 100,000
drivers with one to three of 300,000 passengers, under the Region's policy. More trips are more days. They are made as a
stream while they are granted, and that is part of the time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rich.console import Console

from ticketing.cap_counters import CapCounters
from ticketing.cost_scale import default_scale
from ticketing.facts import PassengerFacts, PlaceFacts, TripFacts
from ticketing.subsidy import grant_all
from ticketing.subsidy_policy import default_policy

out = Console(highlight=False, soft_wrap=True)

FIRST_DAY = dt.datetime(2026, 1, 1, 4, 0, tzinfo=dt.UTC)
TRIPS_A_DAY, DRIVERS, PASSENGERS = 33_334, 100_000, 300_000
DAY_S = 17 * 3600
LINES = (
    ("sens-auxerre", ("89387", 48197, 3283), ("89024", 47798, 3573), 53_000),
    ("ancy-le-franc-dijon", ("89005", 47776, 4163), ("21231", 47323, 5027), 110_000),
    ("saulieu-chatillon-sur-seine", ("21584", 47280, 4228), ("21154", 47858, 4574), 80_000),
    ("epoisses-les-laumes", ("21247", 47507, 4175), ("21663", 47544, 4461), 30_000),
    ("besancon-fuans", ("25056", 47238, 6024), ("25262", 47130, 6585), 51_000),
    ("baume-les-dames-avoudrey", ("25047", 47353, 6361), ("25035", 47134, 6432), 33_000),
)


def trips(count: int) -> Iterator[TripFacts]:
    """The first `count` trips, in order."""
    return islice((trip for day in range(10**6) for trip in _day(day)), count)


def _day(day: int) -> Iterator[TripFacts]:
    rng = random.Random(day)
    begins = FIRST_DAY + dt.timedelta(days=day)
    for number in range(TRIPS_A_DAY):
        line_id, start, end, distance_m = LINES[int(rng.random() * 6)]
        started = begins + dt.timedelta(seconds=number * DAY_S // TRIPS_A_DAY)
        trip_id = f"{day:08x}{number:08x}{rng.getrandbits(64):016x}"
        yield TripFacts(
            trip_id=trip_id,
            line_id=line_id,
            driver=_person(rng.random(), DRIVERS),
            started_at=started,
            ended_at=started + dt.timedelta(seconds=distance_m // 18),
            start=PlaceFacts(f"{line_id}-1", *start),
            end=PlaceFacts(f"{line_id}-9", *end),
            distance_m=distance_m,
            passengers=tuple(
                [
                    PassengerFacts(
                        f"{trip_id}-{index}", _person(rng.random(), PASSENGERS, 1), "C", distance_m, 150
                    )
                    for index in range(1 + int(rng.random() * 3))
                ]
            ),
            evidence=(f"0{rng.getrandbits(252):063x}", f"f{rng.getrandbits(252):063x}"),
        )


def _person(chance: float, people: int, kind: int = 0) -> str:
    """A pseudonym, spread over all the values there are."""
    return f"{(int(chance * people) * 2 + kind) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"


def grant_by_engine(count: int) -> int:
    """Grants, with all their steps; the sum in cents."""
    policy, scale = default_policy(), default_scale()
    counters = CapCounters(policy.counters())
    return sum(made.amount_cents for made in grant_all(trips(count), [policy], [scale], counters))


def grant_by_acts(count: int, database: str, folder: Path) -> int:
    """Claims, closings, register and ledger; the sum in cents."""
    from mobility.accounts.caller import SYSTEM
    from mobility.acts.claim_subsidy import claim_all
    from mobility.acts.grant_subsidy import close
    from mobility.acts.ports import ActPorts
    from mobility.storage import migrations
    from mobility.storage.database import open_database
    from mobility.storage.key_files import KeyFolder
    from mobility.storage.register_keys import RegisterKeys
    from mobility.storage.unit_of_work import units_of_work

    keys = RegisterKeys(KeyFolder(folder))
    engine = open_database(database)
    migrations.upgrade(engine)
    now = [FIRST_DAY]
    ports = ActPorts(units_of_work(engine), lambda: now[0], lambda: uuid.uuid4().hex)
    cents, stream = 0, trips(count)
    while some := list(islice(stream, TRIPS_A_DAY)):
        for first in range(0, len(some), 1_000):
            with ports.unit_of_work() as work:
                claim_all(work, some[first : first + 1_000], now[0])
                work.commit()
        now[0] += dt.timedelta(days=1)
        cents += close(ports, keys, SYSTEM, now[0]).amount_cents
    engine.dispose()
    return cents


def _measure(count: int, database: str | None, folder: Path) -> float:
    began, began_cpu = time.perf_counter(), time.process_time()
    cents = grant_by_engine(count) if database is None else grant_by_acts(count, database, folder)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    out.print(
        f"{count:,} trips, {cents / 100:,.2f} €: {wall_s:.1f} s ({cpu_s:.1f} s of processor), "
        f"{count / wall_s:,.0f} trips/s, at most {rss_mb:.0f} MB"
    )
    return cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trips", type=int, default=1_000_000)
    parser.add_argument("--tenfold", action="store_true")
    parser.add_argument("--acts", action="store_true")
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts = [options.trips, options.trips * 10] if options.tenfold else [options.trips]
        took = []
        for number, count in enumerate(counts):
            database = options.database or f"sqlite:///{Path(folder) / f'{number}.sqlite'}"
            took.append(_measure(count, database if options.acts else None, Path(folder) / f"{number}"))
    if options.tenfold:
        out.print(
            f"ten times the trips take {took[1] / took[0] / 10:.3f} times what is linear (processor time)"
        )


if __name__ == "__main__":
    main()
