"""How long the cheapest price takes, and that it is the least there is.

    python -m tests.benchmarks.cheapest_price                     usual journeys by the demo's tariff, in CPU time
    python -m tests.benchmarks.cheapest_price --cases 20000       questions by chance, against trying everything

Both compare each answer, in the same run, with `tests.naive.cheapest`, which tries every covering.
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from ground.paris import PARIS
from tests.naive.cheapest import Naive
from tests.ticketing.tariffs_by_chance import draw_question
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price
from ticketing.pricing.rider import HeldUnits, Rider, Spent
from ticketing.tariff.read_tariff import read_tariff_text

TARIFF = Path(__file__).parents[2] / "mobility" / "demo" / "tariff.toml"
AGENCIES = {"coach": "CARS", "rail": "TER", "city": "BUS-DIJON", "on-demand": "", "carpool": ""}
USUAL: dict[str, tuple[str, ...]] = {
    "train": ("rail",),
    "coach, train, bus": ("coach", "rail", "city"),
    "bus, train, train, tram": ("city", "rail", "rail", "city"),
    "on demand, train, bus": ("on-demand", "rail", "city"),
    "carpool, coach": ("carpool", "coach"),
}
TWO = (
    Rider(
        units=(HeldUnits("car-carnet", 3, 2_000_000_000),),
        spent=(Spent("car-single", "cars", 150, 1_792_000_000),),
    ),
    Rider("youth", cards=("card",)),
)
PARTIES = {"one": (Rider(),), "two": TWO}


def usual_legs(modes: tuple[str, ...]) -> tuple[FareLeg, ...]:
    """One leg after the other on a Tuesday morning, ten minutes between them."""
    time_s = int(dt.datetime(2026, 10, 13, 7, 40, tzinfo=PARIS).timestamp())
    legs = []
    for n, mode in enumerate(modes):
        minutes, distance_m = {"rail": (45, 74_000), "coach": (35, 26_000)}.get(mode, (15, 5_000))
        fixed = {"on-demand": 300, "carpool": 150}.get(mode)
        legs.append(
            FareLeg(
                FareMode(mode), FareStop(f"s{n}"), FareStop(f"s{n + 1}"), time_s, time_s + 60 * minutes,
                distance_m, "demo" if AGENCIES[mode] else "", AGENCIES[mode], fixed_cents=fixed,
            )
        )  # fmt: skip
        time_s += 60 * (minutes + 10)
    return tuple(legs)


def measure(rounds: int) -> None:
    """CPU milliseconds: median and worst of some rounds, of usual journeys and parties."""
    tariff = read_tariff_text(TARIFF.read_text(encoding="utf-8"))
    _say(
        f"{len(tariff.products)} products; CPU ms: explained (median, 95 %), bare (median), by trying everything"
    )
    for words, modes in USUAL.items():
        legs = usual_legs(modes)
        for party, riders in PARTIES.items():
            ask = (legs, riders, tariff, {}, legs[0].departure_s - 3600)
            explained = sorted(_timed_ms(lambda ask=ask: cheapest(*ask)) for _ in range(rounds))
            bare = [_timed_ms(lambda ask=ask: cheapest(*ask, is_explained=False)) for _ in range(rounds)]
            price = cheapest(*ask)
            assert isinstance(price, Price)
            naive_ms = "-"
            if len(legs) * len(riders) <= 3:
                begun = time.process_time()
                least = Naive(*ask).least()
                naive_ms = f"{(time.process_time() - begun) * 1000:.1f}"
                assert price.cents == least, (price.cents, least)
            _say(
                f"{words:26} {party:4} {price.cents:6} cents  {statistics.median(explained):6.2f} "
                f"{explained[int(0.95 * rounds)]:6.2f}  {statistics.median(bare):6.2f}  {naive_ms:>9}"
            )


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


def _timed_ms(run: object) -> float:
    begun = time.process_time()
    run()  # type: ignore[operator]
    return (time.process_time() - begun) * 1000


def compare(first: int, cases: int) -> None:
    """Every question of a range of numbers; the first that differs ends it."""
    kinds: Counter[str] = Counter()
    fast_s = slow_s = 0.0
    unknown = 0
    for seed in range(first, first + cases):
        q = draw_question(seed)
        ask = (q.legs, q.riders, q.tariff, q.feed_fares, q.bought_s)
        begun = time.process_time()
        price = cheapest(*ask)
        found = time.process_time()
        least = Naive(*ask).least()
        fast_s, slow_s = fast_s + found - begun, slow_s + time.process_time() - found
        cents = price.cents if isinstance(price, Price) else None
        unknown += cents is None
        kinds.update(line.kind for line in getattr(price, "lines", ()))
        if cents != least:
            raise SystemExit(f"question {seed}: {cents} cents, but {least} by trying everything")
    _say(f"{cases} questions from {first}: all equal, {unknown} unknown to both; {dict(kinds.most_common())}")
    _say(f"CPU s: {fast_s:.1f} exact, {slow_s:.1f} by trying everything")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=0, help="compare so many questions by chance instead")
    parser.add_argument("--first", type=int, default=0, help="the number of the first of them")
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    if asked.cases:
        compare(asked.first, asked.cases)
    else:
        measure(asked.rounds)


if __name__ == "__main__":
    main()
