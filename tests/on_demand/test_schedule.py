"""Times of a tour: exact, with the least waiting aboard, and the first rule that is broken."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.schedule import Broken, Schedule, Violation, break_stops, check, count_frozen, schedule
from on_demand.tour import DayBreak, Request, StopKind, TourStop, VehicleDay
from tests.naive.tour_times import least_waiting, list_times
from tests.on_demand.tours import day_with, ride

HORIZON_S = 9
NOWHERE = Point(0.0, 0.0)


def tiny_day(rng: random.Random) -> VehicleDay:
    """A tour of some seconds, in order, whose times may or may not be."""
    rides = []
    for name in "ab"[: rng.randint(1, 2)]:
        opens = [rng.randint(0, HORIZON_S - 2) for _ in range(2)]
        rides.append(
            Request(
                name, NOWHERE, NOWHERE,
                opens[0], opens[0] + rng.randint(0, 6), opens[1], opens[1] + rng.randint(1, 7),
                rng.randint(0, 5), 1, 0, rng.randint(0, 1), rng.randint(0, 1),
            )
        )  # fmt: skip
    orders = {1: [(0, 0)], 2: [(0, 0, 1, 1), (0, 1, 0, 1), (0, 1, 1, 0)]}[len(rides)]
    stops, met = [], set()
    for number in rng.choice(orders):
        kind = StopKind.DROP_OFF if number in met else StopKind.PICKUP
        met.add(number)
        leave_s_min = rng.choice((0, 0, 0, rng.randint(0, 6)))
        stops.append(TourStop(kind, rides[number].id, rng.randint(0, 2), leave_s_min=leave_s_min))
    breaks = []
    if len(rides) == 1 and rng.random() < 0.5:
        begin = rng.randint(0, 5)
        breaks.append(DayBreak(begin, begin + rng.randint(0, 4), rng.randint(0, 2)))
        stops.insert(rng.choice((0, 2)), TourStop(StopKind.BREAK, "", 0, break_index=0))
    open_s = rng.randint(0, 3)
    day = VehicleDay(
        "s", day_with().day, "v", 0, open_s, rng.randint(open_s, HORIZON_S + 2), NOWHERE, NOWHERE, (Seats(2, 0),),
        rng.choice((None, rng.randint(2, 8))), tuple(breaks), tuple(rides), tuple(stops), rng.randint(0, 1),
    )  # fmt: skip
    return _ridden(rng, day) if rng.random() < 0.4 else day


def _ridden(rng: random.Random, day: VehicleDay) -> VehicleDay:
    """Some of it was served, at any time."""
    at, stops = day.open_s, list(day.stops)
    for i in range(rng.randint(1, len(stops))):
        at += rng.randint(0, 3)
        if stops[i].kind is not StopKind.BREAK or rng.random() < 0.5:
            stops[i] = replace(stops[i], served_at_s=at)
    return replace(day, stops=tuple(stops))


@settings(max_examples=600)
@given(st.integers(0, 2**40))
def test_times_are_the_earliest_with_the_least_waiting(seed: int) -> None:
    day = tiny_day(random.Random(seed))
    every, found = list_times(day), schedule(day, 0)
    if not every:
        assert isinstance(found, Violation)
        return
    least = least_waiting(day, every)
    assert isinstance(found, Schedule), found
    assert (*found.begin_s, found.back_s) == least[1:]
    assert check(day) is None


def test_the_random_tours_are_of_both_kinds() -> None:
    answers = [schedule(tiny_day(random.Random(seed)), 0) for seed in range(400)]
    waits = [one.aboard_wait_s for one in answers if isinstance(one, Schedule)]
    broken = {one.broken for one in answers if isinstance(one, Violation)}
    assert len(waits) > 40
    assert any(waits)
    assert broken == {Broken.LATE, Broken.RIDE_TOO_LONG, Broken.ROUTE_TOO_LONG}


def test_a_pick_up_waits_for_the_ride_not_to_be_too_long() -> None:
    """The drop-off opens late: picked up as early as possible, one would be aboard for too long."""
    request = replace(ride("a", 100, 400, 1000, 2000, ride_s_max=500), drop_open_s=2500)
    times = schedule(day_with(request), 0)
    assert isinstance(times, Schedule)
    assert times.begin_s == (2140, 2500), "and nobody waits aboard"
    assert times.leave_s == 2040


def test_riders_aboard_never_wait_needlessly() -> None:
    early, late = ride("a", 100, 500, 1000, 900, ride_s_max=3000), ride("b", 300, 400, 1700, 300)
    day = day_with(early, late, order=["+a", "+b", "-b", "-a"])
    times = schedule(day, 0)
    assert isinstance(times, Schedule)
    assert times.begin_s[:2] == (1440, 1700)
    assert times.aboard_wait_s == 0
    punctual = replace(early, pickup_close_s=1100)
    times = schedule(replace(day, requests=(punctual, late)), 0)
    assert isinstance(times, Schedule)
    assert times.begin_s[:2] == (1100, 1700)
    assert times.aboard_wait_s == 1700 - 1100 - 60 - 200, (
        "as late as was promised, and then there is no other way"
    )


def test_the_route_begins_late_enough() -> None:
    day = replace(day_with(ride("a", 100, 400, 5000, 600)), route_s_max=920)
    times = schedule(day, 0)
    assert isinstance(times, Schedule)
    assert (times.leave_s, times.back_s) == (4900, 5820)
    violation = schedule(replace(day, route_s_max=919), 0)
    assert isinstance(violation, Violation)
    assert violation.broken is Broken.ROUTE_TOO_LONG


def test_what_was_served_is_a_fact() -> None:
    """However late it was; what comes after it has to cope."""
    day = day_with(ride("a", 100, 400, 1000, 600), ride("b", 400, 0, 2000, 600))
    served = replace(day, stops=(replace(day.stops[0], served_at_s=1900), *day.stops[1:]))
    times = schedule(served, 0)
    assert isinstance(times, Schedule)
    assert times.begin_s == (1900, 2260, 2320, 2780)
    too_late = replace(day, stops=(replace(day.stops[0], served_at_s=3000), *day.stops[1:]))
    assert schedule(too_late, 0) == Violation(Broken.LATE, 1, "a", "too late to keep it")


def test_silence_is_a_kept_promise() -> None:
    day = day_with(ride("a", 100, 400, 1000, 600))
    on_time, late, forgotten = (schedule(day, now_s) for now_s in (900, 1500, 1700))
    assert isinstance(late, Schedule)
    assert on_time == schedule(day, 0)
    assert late.begin_s == (1500, 1860), "not reported: it is not there yet"
    assert forgotten == schedule(day, 0), "it would be too late by now: its driver forgot to report"


def test_a_break_nobody_reports_is_over() -> None:
    day = day_with(ride("a", 100, 400, 3000, 600), breaks=[(1000, 1500, 600)])
    times = schedule(day, 2900)
    assert isinstance(times, Schedule)
    assert times.begin_s == (1000, 3000, 3360)
    ridden = replace(day, stops=(day.stops[0], replace(day.stops[1], served_at_s=3100), day.stops[2]))
    times = schedule(ridden, 3200)
    assert isinstance(times, Schedule)
    assert times.begin_s == (1000, 3100, 3460)


def test_how_much_is_frozen() -> None:
    day = day_with(ride("a", 500, 900, 1500, 600), breaks=[(100, 500, 60)])
    times = schedule(day, 0)
    assert isinstance(times, Schedule)
    assert [count_frozen(day, times, now_s) for now_s in (-30, 0, 870, 880, 5000)] == [0, 1, 1, 2, 3]


A, B = ride("a", 100, 400, 1000, 3000), ride("b", 200, 300, 1000, 3000)
BIG = replace(B, seats=4)
OVER = {
    "no drop-off": (replace(day_with(A), stops=day_with(A).stops[:1]), Broken.ORDER, 0),
    "twice": (replace(day_with(A), stops=day_with(A).stops * 2), Broken.ORDER, 2),
    "backwards": (day_with(A, order=["-a", "+a"]), Broken.ORDER, 0),
    "unknown": (replace(day_with(A), requests=()), Broken.ORDER, 0),
    "missing": (replace(day_with(A), requests=(A, B)), Broken.ORDER, 2),
    "no break": (replace(day_with(A, breaks=[(0, 9, 9)]), stops=day_with(A).stops), Broken.ORDER, 2),
    "break twice": (day_with(A, breaks=[(0, 9, 9)], order=["0", "0", "+a", "-a"]), Broken.ORDER, 1),
    "aboard at a break": (day_with(A, breaks=[(0, 9999, 9)], order=["+a", "0", "-a"]), Broken.BREAK, 1),
    "full": (day_with(A, BIG, order=["+a", "+b", "-b", "-a"]), Broken.CAPACITY, 1),
    "broken down": (replace(day_with(A), out_of_service_s=1), Broken.OUT_OF_SERVICE, 0),
    "late": (day_with(ride("c", 2000, 2100, 0, 1900)), Broken.LATE, 0),
    "home late": (replace(day_with(A), close_s=1800), Broken.LATE, 2),
    "late break": (day_with(A, breaks=[(0, 1300, 9)], order=["+a", "-a", "0"]), Broken.LATE, 2),
    "too long": (
        day_with(replace(A, ride_s_max=400), B, order=["+a", "+b", "-b", "-a"]),
        Broken.RIDE_TOO_LONG,
        1,
    ),
    "skipped": (
        replace(day_with(A), stops=(day_with(A).stops[0], replace(day_with(A).stops[1], served_at_s=2000))),
        Broken.ORDER,
        0,
    ),
}


@pytest.mark.parametrize(("day", "broken", "index"), OVER.values(), ids=OVER.keys())
def test_which_rule_is_broken(day: VehicleDay, broken: Broken, index: int) -> None:
    violation = check(day)
    assert violation is not None
    assert (violation.broken, violation.stop_index) == (broken, index)


def test_seats_give_way_to_wheelchairs() -> None:
    chair = replace(B, seats=1, wheelchairs=1)
    together = ["+a", "+b", "-b", "-a"]
    assert check(day_with(A, chair, order=together)) is None
    full = check(day_with(replace(A, seats=2), chair, order=together))
    assert full is not None
    assert full.broken is Broken.CAPACITY


def test_breaks_of_an_empty_day_come_in_order() -> None:
    day = day_with(breaks=[(5000, 6000, 60), (1000, 2000, 60)])
    assert [stop.break_index for stop in break_stops(day.breaks)] == [1, 0]
    times = schedule(day, 0)
    assert isinstance(times, Schedule)
    assert times.begin_s == (1000, 5000)
