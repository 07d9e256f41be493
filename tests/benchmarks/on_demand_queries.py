"""What on-demand transport costs in the planner: two services with 20 busy vehicles beside the plain query.

    python -m tests.benchmarks.on_demand_queries NETWORK 2026-12-01 [--queries 150]

NETWORK is the folder of the demo's snapshot (`mobility demo` makes one). Services and vehicles are the demo's, some
vehicles twice so that there are 20; their tours are filled by the demo's wishes, several times over, by the insertion
that books rides. Travellers go from (to) a village of a service to (from) anywhere in the region. Each is asked
plain and with the services in turn, in one run, so that what else the machine does weighs on both; CPU time of the one
thread is shown beside the clock's. What was found of a place is forgotten between questions but where --warm is given.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

from ground.signed import sign
from gtfs_feeds.network import Network
from mobility.acts.on_demand.vehicle_days import empty_day
from mobility.demo.on_demand import list_services
from mobility.demo.on_demand_days import list_wishes
from mobility.demo.on_demand_fleet import list_shifts, list_vehicles
from mobility.journeys.lay_over import lay_over
from mobility.journeys.on_demand.drives import StreetDrives
from mobility.journeys.on_demand.laid_services import LaidServices, lay_services
from mobility.journeys.on_demand.live_fleet import OnDemand
from mobility.journeys.places import Places
from mobility.journeys.plan import plan
from mobility.journeys.public_holidays import is_holiday
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import CrowFlyStreets
from on_demand.calendar import is_active
from on_demand.insertion import FleetPlan, Placement
from on_demand.promise import make_request
from on_demand.service import Service
from on_demand.service_day import instant_s
from on_demand.tour import VehicleDay
from routing.planner import Planner

VEHICLES = 20
ROUNDS = 4
"""The demo's wishes of a day are made so many times over."""
KEY = b"benchmark" * 4


class Known:
    """What the watch would have read."""

    def __init__(self, known: OnDemand) -> None:
        self.known = known


def make_fleet(serving: Serving, first_day: dt.date, day: dt.date) -> OnDemand:
    """The demo's services, with 20 vehicles whose tours of a day are busy."""
    services = tuple(list_services(first_day))
    vehicles, shifts = list_vehicles(), list_shifts(first_day)
    for vehicle in vehicles[: VEHICLES - len(vehicles)]:
        twin = replace(vehicle, id=f"{vehicle.id}-b")
        vehicles.append(twin)
        shifts += [
            replace(shift, id=f"{shift.id}-b", vehicle_id=twin.id)
            for shift in shifts
            if shift.vehicle_id == vehicle.id
        ]
    by_id = {vehicle.id: vehicle for vehicle in vehicles}
    served_by: dict[str, set[str]] = defaultdict(set)
    for vehicle in vehicles:
        for service_id in vehicle.service_ids:
            served_by[service_id].add(vehicle.id)
    tours: dict[dt.date, tuple[VehicleDay, ...]] = {}
    for number in range(-1, 33):
        on = day + dt.timedelta(days=number)
        tours[on] = tuple(
            empty_day(shift, by_id[shift.vehicle_id], on, "Europe/Paris")
            for shift in sorted(shifts, key=lambda one: one.id)
            if is_active(shift.calendar, on, is_holiday)
        )
    known = OnDemand(
        services,
        tours,
        {service_id: frozenset(of) for service_id, of in served_by.items()},
        sign=lambda quote: sign(quote, KEY),
    )
    return replace(known, tours=tours | {day: _fill(known, serving, day)})


def _fill(known: OnDemand, serving: Serving, day: dt.date) -> tuple[VehicleDay, ...]:
    plan_of = {}
    drives = StreetDrives(serving.streets)
    booked = wished = 0
    for service in known.services:
        mine = [tour for tour in known.tours[day] if tour.vehicle_id in known.served_by[service.id]]
        fleet = FleetPlan.of(mine, drives)
        for number in range(ROUNDS):
            for count, wish in enumerate(list_wishes(service, day + dt.timedelta(days=7 * number))):
                wished += 1
                later_s = 7 * number * 86_400
                direct_s = int(drives.times_s([wish.origin.at], [wish.destination.at])[0, 0])
                request = make_request(
                    service,
                    wish.origin,
                    wish.destination,
                    wish.party,
                    direct_s,
                    leave_s=None if wish.leave_s is None else wish.leave_s - later_s,
                    arrive_s=None if wish.arrive_s is None else wish.arrive_s - later_s,
                    request_id=f"{service.id}-{number}-{count}",
                )
                found = fleet.find(request, 0)
                if isinstance(found, Placement):
                    fleet, booked = fleet.with_day(found.day), booked + 1
        plan_of[service.id] = fleet
    days = [tour for fleet in plan_of.values() for tour in fleet.days]
    sys.stdout.write(f"{booked} of {wished} rides booked on {day} with {len(days)} shifts\n")
    return tuple(sorted(days, key=lambda tour: tour.shift_id))


def make_questions(
    network: Network, services: tuple[Service, ...], day: dt.date, count: int, draw: Random
) -> list[Question]:
    """From near a stop or an address of a service to near any stop of the network, or the other way round."""
    timetable, stops = network.timetable, network.info.boardable_count
    wishes = [
        wish
        for service in services
        for number in range(4)
        for wish in list_wishes(service, day + dt.timedelta(days=30 + number))
    ]
    booked_s = instant_s(day - dt.timedelta(days=1), 12 * 3600, "Europe/Paris")
    questions = []
    for number in range(count):
        home = draw.choice(wishes).origin.at
        village = f"{home.lat + draw.uniform(-0.003, 0.003):.5f},{home.lon + draw.uniform(-0.003, 0.003):.5f}"
        stop = draw.randrange(stops)
        lat, lon = float(timetable.stop_lat[stop]), float(timetable.stop_lon[stop])
        far = f"{lat + draw.uniform(-0.003, 0.003):.5f},{lon + draw.uniform(-0.003, 0.003):.5f}"
        ends = (village, far) if number % 2 == 0 else (far, village)
        at_s = instant_s(day, draw.randrange(7 * 3600, 18 * 3600), "Europe/Paris")
        questions.append(Question(*ends, at_s, booked_s=booked_s))
    return questions


def measure(
    plain: Callable[[Question], object], with_them: Callable[[Question], object], questions: list[Question]
) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds by the clock and of CPU, of each question plain and with the services, in turn."""
    times: dict[str, list[tuple[float, float]]] = {"plain": [], "on demand": []}
    for question in questions:
        for kind, action in (("plain", plain), ("on demand", with_them)):
            clock, cpu = time.perf_counter(), time.thread_time()
            action(question)
            times[kind].append((1000 * (time.perf_counter() - clock), 1000 * (time.thread_time() - cpu)))
    return times


def report(times: dict[str, list[tuple[float, float]]]) -> None:
    """Medians, means and their ratios."""
    plain, other = "plain", "on demand"
    for what, column in (("clock", 0), ("CPU", 1)):
        p50 = {kind: statistics.median(row[column] for row in rows) for kind, rows in times.items()}
        mean = {kind: statistics.fmean(row[column] for row in rows) for kind, rows in times.items()}
        for name, of in (("p50", p50), ("mean", mean)):
            sys.stdout.write(
                f"{what:5} {name:4} plain {of[plain]:6.2f} ms, with them {of[other]:6.2f} ms,"
                f" ratio {of[other] / of[plain]:.2f}\n"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("day", type=dt.date.fromisoformat, help="A weekday of the network, as 2026-12-01.")
    parser.add_argument("--queries", type=int, default=150)
    parser.add_argument("--warm", action="store_true", help="Keep what was found of a place.")
    parser.add_argument("--profile", type=Path, help="Write a profile there.")
    asked = parser.parse_args()
    network = Network.open(asked.network)
    places = Places(network)
    base = Serving("plain", network, Planner(network.timetable, network.info), places, CrowFlyStreets(places))
    first_day = asked.day - dt.timedelta(days=30)
    known = make_fleet(base, first_day, asked.day)
    laid = lay_services(None, base, Known(known), is_holiday)
    assert laid is not None
    booked_s = instant_s(asked.day - dt.timedelta(days=1), 12 * 3600, "Europe/Paris")
    lay_over(base, (), booked_s=booked_s, services=laid)
    began = time.thread_time()
    serving = lay_over(base, (), booked_s=booked_s, services=laid)
    took_ms = 1000 * (time.thread_time() - began)
    sys.stdout.write(f"{len(serving.between)} rides between stations, laid over in {took_ms:.0f} ms\n")
    questions = make_questions(network, known.services, asked.day, asked.queries, Random(1))
    questions = [one for one in questions if plan(base, one)["itineraries"] or plan(serving, one)["direct"]]
    used = find_used(serving, questions)

    def ask_with(question: Question) -> object:
        if not asked.warm:
            _forget(laid)
        return plan(serving, question)

    profile = cProfile.Profile() if asked.profile else None
    if profile is not None:
        profile.runcall(lambda: [ask_with(one) for one in questions])
        profile.dump_stats(asked.profile)
    times = measure(partial(plan, base), ask_with, questions)
    sys.stdout.write("all questions\n")
    report(times)
    sys.stdout.write("those answered with rides on demand\n")
    report(
        {
            kind: [row for row, is_used in zip(rows, used, strict=True) if is_used]
            for kind, rows in times.items()
        }
    )


def find_used(serving: Serving, questions: list[Question]) -> list[bool]:
    """Of which questions the services are of use."""
    answers = [plan(serving, one) for one in questions]
    legs = [
        [leg["mode"] for one in (*answer["itineraries"], *answer["direct"]) for leg in one["legs"]]
        for answer in answers
    ]
    used = ["FLEX" in modes for modes in legs]
    hinted = sum(bool(answer.get("reasons")) for answer in answers)
    sys.stdout.write(
        f"{len(questions)} questions: {sum(used)} answered with rides on demand, {hinted} with reasons\n"
    )
    return used


def _forget(laid: LaidServices) -> None:
    ground = laid.legs.ground
    for kept in (ground.hails, ground.ways, ground.direct):
        kept.clear()


if __name__ == "__main__":
    main()
