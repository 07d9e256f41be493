"""What prices cost in the planner: the same questions with and without them.

    python -m tests.benchmarks.prices DATA_DIR 2026-12-01 [--queries 200] [--party 1] [--explain] [--wish price]

DATA_DIR holds the demo region with its tariff (`mobility demo` makes one); nobody else serves from it. Travellers go
from near a stop to near another, 5 to 120 km away, from 06:00 to 19:00, with the API's defaults (five itineraries).
Each question is asked with prices and without in turn, three times in one run, and the quickest of each counts; CPU
time of the one thread. Prices and legs are forgotten between questions unless --warm is given: nobody else asks for the
same ride at the same hour.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import statistics
import sys
import time
from pathlib import Path
from random import Random
from unittest import mock

from mobility.bootstrap import build_services
from mobility.journeys import plan as planning
from mobility.journeys.question import Optimize, Question
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import distance_between_m
from mobility.settings import Settings
from ticketing.pricing.rider import Rider

ROUNDS = 3
NEAR_M, FAR_M = 5_000.0, 120_000.0


def make_questions(serving: Serving, day: dt.date, args: argparse.Namespace) -> list[Question]:
    """Between random stops."""
    draw, timetable = Random(7), serving.network.timetable
    stops = serving.network.info.boardable_count
    start_s = int(dt.datetime.combine(day, dt.time(6), dt.UTC).timestamp())
    found: list[Question] = []
    while len(found) < args.queries:
        points = [
            (float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop]))
            for stop in (draw.randrange(stops), draw.randrange(stops))
        ]
        if not NEAR_M <= distance_between_m(*points[0], *points[1]) <= FAR_M:
            continue
        origin, destination = (
            f"{lat + draw.uniform(-3e-3, 3e-3):.5f},{lon + draw.uniform(-3e-3, 3e-3):.5f}"
            for lat, lon in points
        )
        found.append(
            Question(
                origin,
                destination,
                start_s + draw.randrange(13 * 3600),
                booked_s=start_s - 86_400,
                riders=(Rider(), Rider("youth"), Rider("child"))[: args.party],
                with_fares=args.explain,
                optimize=Optimize(args.wish),
                time_limit_s=60.0,
            )
        )
    return found


def measure(
    serving: Serving, question: Question, *, is_priced: bool, is_warm: bool
) -> tuple[float, int, int]:
    """CPU milliseconds, itineraries, and those whose price is known."""
    if not is_warm:
        serving.prices._kept.clear()
        serving.view._fare_legs.clear()
    if is_priced:
        began = time.thread_time()
        answer = planning.plan(serving, question)
    else:
        with mock.patch.object(planning, "_add_prices"):
            began = time.thread_time()
            answer = planning.plan(serving, question)
    took_ms = (time.thread_time() - began) * 1000
    known = sum(one.get("price", "unknown") != "unknown" for one in answer["itineraries"])
    return took_ms, len(answer["itineraries"]), known


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("day", type=dt.date.fromisoformat)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--party", type=int, choices=(1, 2, 3), default=1)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--warm", action="store_true")
    parser.add_argument("--wish", choices=[wish.value for wish in Optimize], default="arrival")
    args = parser.parse_args()
    settings = Settings(data_dir=args.data_dir, log_level="error", worker="separate")
    with build_services(settings) as services:
        services.watch.look()
        serving = services.current()
        questions = make_questions(serving, args.day, args)
        for question in questions[:20]:
            planning.plan(serving, question)
        plain, priced = [], []
        shown = known = 0
        for number, question in enumerate(questions):
            least = {False: math.inf, True: math.inf}
            count = of_known = 0
            for turn in range(2 * ROUNDS):
                is_priced = (turn + number) % 2 == 0
                found = measure(serving, question, is_priced=is_priced, is_warm=args.warm)
                least[is_priced] = min(least[is_priced], found[0])
                if is_priced:
                    count, of_known = found[1:]
            plain.append(least[False])
            priced.append(least[True])
            shown, known = shown + count, known + of_known
    lines = [f"{len(questions)} questions, {shown} itineraries, {known} with a price"]
    for name, listed in (("without prices", plain), ("with prices", priced)):
        ordered = sorted(listed)
        lines.append(
            f"{name:>15}: {statistics.mean(listed):7.2f} ms mean, {statistics.median(listed):7.2f} median, "
            f"{ordered[int(0.95 * len(ordered))]:7.2f} p95"
        )
    ratio = statistics.mean(priced) / statistics.mean(plain) - 1
    each = (sum(priced) - sum(plain)) / max(shown, 1)
    lines.append(f"prices add {ratio:+.1%} of the query's time, {each:.2f} ms an itinerary")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
