"""A region's day of rides on demand, with and without re-optimisation: `python -m tests.benchmarks.on_demand_day`.

    --requests N      who would like to ride (500)
    --vehicles N      (20)
    --seeds N         how many such days, each of them other rides (3)
    --iterations N    tries between two requests (500)
    --processes N     simulate so many days at once (1)
    --figures FOLDER  write the plots there, as SVG

The 140 communes around Besançon of the demo (real places, invented demand), larger ones more often: half of the rides
to or from a station, the others within a sector; in the morning, at noon and in the late afternoon more than otherwise.
People book between 40 minutes and a week ahead, half of them more than ten hours, and are taken in the order in which
they book or are refused for good: (a) by insertion only, (b) with the tours re-optimised after each. Vehicles drive as
planned. After every event every tour is checked by `on_demand.schedule.check`, and nobody is lost.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from mobility.demo.on_demand import TADOU_STATIONS, tadou
from mobility.demo.on_demand_fleet import MINIBUS, VAN
from mobility.demo.on_demand_places import list_sectors
from mobility.demo.rail import station_point
from mobility.journeys.on_demand.crow_drives import SPEED_M_PER_S, CrowDrives
from on_demand.area import Point
from on_demand.booking import Party, Place
from on_demand.insertion import FleetPlan, Placement
from on_demand.promise import make_request
from on_demand.reoptimise import by_iterations, drive_s, reoptimise
from on_demand.schedule import Schedule, break_stops, check, schedule
from on_demand.service_day import midnight_s
from on_demand.tour import DayBreak, Request, VehicleDay
from tests.benchmarks.line_chart import Line, write_chart

DAY = dt.date(2026, 3, 10)
MIDNIGHT_S = midnight_s(DAY, "Europe/Paris")

HOUR_S, MINUTE_S = 3600, 60
HOURS = (
    (6, 4),
    (7, 12),
    (8, 11),
    (9, 7),
    (10, 6),
    (11, 6),
    (12, 7),
    (13, 6),
    (14, 5),
    (15, 6),
    (16, 9),
    (17, 11),
    (18, 8),
)
"""How many leave in each hour, in some unit."""

SHIFTS = ((5.5, 13.5, 9.0), (8.0, 17.0, 12.0), (11.5, 20.0, 15.0))
"""Hours: from, to, and from when the half hour's break may begin, within an hour."""

out = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody books."""

    at_s: int
    request: Request


def list_askings(seed: int, count: int) -> list[Asking]:
    """A day's requests in the order in which they are made."""
    random_ = random.Random(seed)
    service, drives = tadou(DAY), CrowDrives()
    sectors = [list(communes) for _, _, communes in list_sectors()]
    weights = [sum(town.population for town in towns) for towns in sectors]
    stations = [Place(name, station_point(name)) for name in TADOU_STATIONS]
    found: list[Asking] = []
    while len(found) < count:
        towns = random_.choices(sectors, weights)[0]
        people = [town.population for town in towns]
        home = Place("", _near(random_, random_.choices(towns, people)[0].point))
        away = Place("", _near(random_, random_.choices(towns, people)[0].point))
        if random_.random() < 0.5:
            by_nearness = sorted(stations, key=lambda one: _seconds(drives, home.at, one.at))
            away = by_nearness[0] if random_.random() < 0.7 else stations[0]
        hour = random_.choices([h for h, _ in HOURS], [w for _, w in HOURS])[0]
        leave_s = MIDNIGHT_S + hour * HOUR_S + random_.randrange(0, HOUR_S, 5 * MINUTE_S)
        is_way_out = random_.random() < (0.9 if hour < 10 else 0.5 if hour < 15 else 0.15)
        origin, destination = (home, away) if is_way_out else (away, home)
        direct_s = _seconds(drives, origin.at, destination.at)
        if direct_s < 3 * MINUTE_S:
            continue
        chance = random_.random()
        party = (
            Party(1, wheelchairs=1)
            if chance < 0.03
            else Party(2)
            if chance < 0.15
            else Party(1, int(chance > 0.95))
        )
        lead_h = min(max(random_.lognormvariate(2.3, 1.2), 40 / 60), 24 * 7)
        request = make_request(
            service, origin, destination, party, direct_s, leave_s=leave_s, request_id=f"{len(found):04d}"
        )
        found.append(Asking(leave_s - round(lead_h * HOUR_S), request))
    return sorted(found, key=lambda one: (one.at_s, one.request.id))


def _near(random_: random.Random, point: Point) -> Point:
    """Some hundred metres around a town hall."""
    return Point(round(point.lat + random_.gauss(0, 0.003), 5), round(point.lon + random_.gauss(0, 0.004), 5))


def _seconds(drives: CrowDrives, a: Point, b: Point) -> int:
    return int(drives.times_s([a], [b])[0, 0])


def list_days(count: int) -> list[VehicleDay]:
    """So many vehicles, kept in the larger communes of all sectors, in shifts from early to late."""
    largest = [sorted(communes, key=lambda town: -town.population) for _, _, communes in list_sectors()]
    depots = [towns[rank].point for rank in range(10) for towns in largest]
    days = []
    for number in range(count):
        from_h, to_h, break_h = SHIFTS[number % len(SHIFTS)]
        open_s = MIDNIGHT_S + round(break_h * HOUR_S)
        breaks = (DayBreak(open_s, open_s + HOUR_S, HOUR_S // 2),)
        depot = Point(*depots[number])
        days.append(
            VehicleDay(
                shift_id=f"{number:02d}",
                day=DAY,
                vehicle_id=f"{number:02d}",
                version=0,
                open_s=MIDNIGHT_S + round(from_h * HOUR_S),
                close_s=MIDNIGHT_S + round(to_h * HOUR_S),
                start=depot,
                end=depot,
                configurations=MINIBUS if number % 2 else VAN,
                breaks=breaks,
                stops=break_stops(breaks),
            )
        )
    return days


@dataclass
class Day:
    """A day as it goes."""

    days: dict[str, VehicleDay]
    iterations: int
    taken: set[str] = field(default_factory=set)
    course: list[tuple[int, float]] = field(default_factory=list)
    """After each request: how many are taken, and the kilometres their tours drive."""
    cpu_s: float = 0.0
    _checked: dict[str, VehicleDay] = field(default_factory=dict)

    def ask(self, asking: Asking) -> None:
        """Somebody books; then there is time until the next one does."""
        drives = CrowDrives()
        self._drive_until(asking.at_s)
        self._check()
        found = FleetPlan.of(list(self.days.values()), drives).find(asking.request, asking.at_s)
        if isinstance(found, Placement):
            self.taken.add(asking.request.id)
            self._put([found.day])
        if self.iterations:
            began = time.process_time()
            budget = by_iterations(self.iterations)
            self._put(reoptimise(list(self.days.values()), drives, asking.at_s, budget, len(self.course)))
            self.cpu_s += time.process_time() - began
        metres = sum(map(drive_s, self.days.values())) * SPEED_M_PER_S
        self.course.append((len(self.taken), metres / 1000))

    def _put(self, changed: Sequence[VehicleDay]) -> None:
        self.days |= {day.shift_id: day for day in changed}
        self._check()

    def _drive_until(self, now_s: int) -> None:
        """What begins by now is served as planned."""
        for day in self.days.values():
            if day.open_s > now_s or all(stop.served_at_s is not None for stop in day.stops):
                continue
            times = schedule(day, now_s)
            assert isinstance(times, Schedule), times
            stops = tuple(
                stop
                if stop.served_at_s is not None or begin_s > now_s
                else replace(stop, served_at_s=begin_s)
                for stop, begin_s in zip(day.stops, times.begin_s, strict=True)
            )
            self.days[day.shift_id] = day if stops == day.stops else replace(day, stops=stops)

    def _check(self) -> None:
        """Every promise is kept, and who was taken is in one tour. What did not change since is not looked at again."""
        for day in self.days.values():
            if self._checked.get(day.shift_id) is not day:
                violation = check(day)
                assert violation is None, f"{day.shift_id}: {violation}"
                self._checked[day.shift_id] = day
        riding = sorted(request.id for day in self.days.values() for request in day.requests)
        assert riding == sorted(self.taken), "somebody is lost, or there twice"


def simulate(askings: Sequence[Asking], vehicles: int, iterations: int) -> Day:
    """A day with everybody who asks; `iterations` 0: by insertion only."""
    day = Day({one.shift_id: one for one in list_days(vehicles)}, iterations)
    for asking in askings:
        before = set(day.taken)
        day.ask(asking)
        assert before <= day.taken
    return day


def _run(seed: int, requests: int, vehicles: int, iterations: int) -> tuple[list[tuple[int, float]], float]:
    """The course of a day, and the seconds it was re-optimised."""
    day = simulate(list_askings(seed, requests), vehicles, iterations)
    return day.course, day.cpu_s


def main() -> None:
    """Print the table, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--vehicles", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--figures", type=Path)
    args = parser.parse_args()
    ways = {"insertion": 0, "re-optimised": args.iterations}
    courses: dict[str, list[list[tuple[int, float]]]] = {way: [] for way in ways}
    tasks = [(seed, way) for seed in range(1, args.seeds + 1) for way in ways]
    out.print("seed  by            taken      %  vehicle-km  km a ride  CPU s re-optimising")
    with ProcessPoolExecutor(args.processes, get_context("spawn")) as pool:
        runs = [pool.submit(_run, seed, args.requests, args.vehicles, ways[way]) for seed, way in tasks]
        for (seed, way), run in zip(tasks, runs, strict=True):
            course, cpu_s = run.result()
            courses[way].append(course)
            taken, km = course[-1]
            share = 100 * taken / args.requests
            out.print(
                f"{seed:4}  {way:12}  {taken:5}  {share:5.1f}  {km:10.0f}  {km / taken:9.2f}  {cpu_s:.0f}"
            )
    for way, some in courses.items():
        taken = statistics.mean(course[-1][0] for course in some)
        km = statistics.mean(course[-1][1] for course in some)
        out.print(
            f"mean  {way:12}  {taken:5.1f}  {100 * taken / args.requests:5.1f}  {km:10.0f}  {km / taken:9.2f}"
        )
    if args.figures:
        _draw(args.figures, courses)


def _draw(folder: Path, courses: dict[str, list[list[tuple[int, float]]]]) -> None:
    """Who is taken as the requests come in; and how far is driven for how many."""
    colours = {"insertion": "#b45309", "re-optimised": "#1d4ed8"}
    taken, driven = [], []
    for way, some in courses.items():
        mean = [
            (statistics.mean(one[0] for one in at), statistics.mean(one[1] for one in at))
            for at in zip(*some, strict=True)
        ]
        taken.append(Line(way, colours[way], [(asked, one[0]) for asked, one in enumerate(mean, 1)]))
        driven.append(Line(way, colours[way], mean))
    write_chart(folder / "on-demand-day-taken.svg", taken, "requests so far", "rides taken")
    write_chart(folder / "on-demand-day-driven.svg", driven, "rides taken", "vehicle-km")


if __name__ == "__main__":
    main()
