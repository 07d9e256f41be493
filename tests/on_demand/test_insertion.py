"""The best place of a ride, against every position tried."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace

import pytest

from on_demand.fleet_arrays import lay_day
from on_demand.insertion import FleetPlan, NoRoom, NoRoomReason, Placement, remove
from on_demand.kernels.fleet import BEGIN, WAITS
from on_demand.schedule import FROZEN_S, Schedule, check, schedule
from on_demand.tour import StopKind
from tests.naive import on_demand as naive
from tests.naive import on_demand_positions as positions
from tests.on_demand.random_fleets import random_request, random_walk
from tests.on_demand.tours import FlatDrives, day_with, ride

IS_PLAIN = os.environ.get("NUMBA_DISABLE_JIT") == "1"
REASONS = {"no-time", "no-seat", "no-wheelchair-place", "too-long", "no-vehicle"}


def same_as_every_position(seeds: range, asks: int) -> Counter[str]:
    """Compare walks with trying everything in plain Python; how often which answer was given."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        for plan, request, now_s, found in random_walk(seed, asks):
            expected = naive.find(plan.days, plan.drives, request, now_s)
            assert found == expected, f"walk {seed}, {request.id} at {now_s}"
            if isinstance(found, Placement):
                times = schedule(found.day, now_s)
                assert isinstance(times, Schedule)
                by_stop = {
                    (s.request_id, s.kind): at for s, at in zip(found.day.stops, times.begin_s, strict=True)
                }
                assert found.pickup_s == by_stop[request.id, StopKind.PICKUP]
                assert found.drop_s == by_stop[request.id, StopKind.DROP_OFF]
            counts[str(found.reason) if isinstance(found, NoRoom) else "placed"] += 1
    return counts


def test_a_place_is_the_best_of_every_position() -> None:
    counts = same_as_every_position(range(2 if IS_PLAIN else 16), 16)
    if not IS_PLAIN:
        assert {"placed", *REASONS} == set(counts), counts


def test_nothing_is_left_out_by_bounds_in_ten_thousand_cases() -> None:
    counts: Counter[str] = Counter()
    for seed in range(10_000, 10_002 if IS_PLAIN else 10_050):
        rng = random.Random(seed)
        for number, (plan, request, now_s, _) in enumerate(random_walk(seed, 10)):
            others = [
                random_request(rng, f"x{i}", len(plan.drives.table), now_s)
                for i in range(2 if IS_PLAIN else 20)
            ]
            for one in (request, *others):
                found = plan.find(one, now_s)
                expected = positions.find(plan, one, now_s)
                place = (
                    found.reason
                    if isinstance(found, NoRoom)
                    else (found.added_drive_s, found.pickup_s, found.drop_s)
                )
                assert place == expected, f"walk {seed}, step {number}, {one} at {now_s}"
                counts[str(place) if isinstance(found, NoRoom) else "placed"] += 1
    if not IS_PLAIN:
        assert counts.total() >= 10_000
        assert min(counts[reason] for reason in ("placed", *REASONS)) > 100, counts


def test_times_by_kernel_are_the_plain_ones() -> None:
    for seed in range(20_000, 20_002 if IS_PLAIN else 20_020):
        for plan, _, _, found in random_walk(seed, 10):
            for day in (*plan.days, *([found.day] if isinstance(found, Placement) else ())):
                laid, times = lay_day(day), schedule(day, 0)
                assert (laid.facts[WAITS] >= 0) == isinstance(times, Schedule)
                if isinstance(times, Schedule):
                    assert laid.nodes[1:-1, BEGIN].tolist() == list(times.begin_s)
                    assert laid.facts[WAITS] == times.aboard_wait_s


def plan_of(*days: object) -> FleetPlan:
    return FleetPlan.of(days, FlatDrives())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (ride("x", 0, 100, 20_000, 600), NoRoomReason.NO_VEHICLE),
        (ride("x", 0, 100, 5000, 600, seats=5), NoRoomReason.NO_SEAT),
        (ride("x", 0, 100, 5000, 600, seats=1, wheelchairs=2), NoRoomReason.NO_WHEELCHAIR_PLACE),
        (ride("x", 0, 1000, 5000, 600, ride_s_max=900), NoRoomReason.TOO_LONG),
        (ride("x", 3000, 3100, 600, 600), NoRoomReason.NO_TIME),
    ],
    ids=["closed", "five", "two wheelchairs", "long", "far"],
)
def test_why_not(request_, reason) -> None:  # type: ignore[no-untyped-def]
    assert plan_of(day_with()).find(request_, 0) == NoRoom(reason)


def test_where_no_vehicle_drives_that_day_nobody_is_taken() -> None:
    assert plan_of().find(ride("b", 100, 200, 6000, 600), 0) == NoRoom(NoRoomReason.NO_VEHICLE)


def test_an_empty_vehicle_takes_one() -> None:
    found = plan_of(day_with()).find(ride("a", 100, 400, 1000, 600), 0)
    assert isinstance(found, Placement)
    assert (found.pickup_s, found.drop_s, found.added_drive_s, found.day.version) == (1000, 1360, 800, 1)
    assert check(found.day) is None


def test_the_first_vehicle_of_equals() -> None:
    days = [replace(day_with(), shift_id=name, vehicle_id=name) for name in ("c", "b", "d")]
    found = plan_of(*days).find(ride("a", 100, 400, 1000, 600), 0)
    assert isinstance(found, Placement)
    assert found.day.vehicle_id == "b"
    found = plan_of(*days).find(ride("a", 100, 400, 1000, 600), 0, [("d", days[2].day), ("z", days[2].day)])
    assert isinstance(found, Placement)
    assert found.day.vehicle_id == "d"


def test_nobody_is_aboard_at_a_break() -> None:
    day = day_with(breaks=((2000, 2000, 600),))
    over = ride("a", 100, 600, 1700, 100)
    assert plan_of(day).find(over, 0) == NoRoom(NoRoomReason.NO_TIME)
    for begin_s, at in ((1300, 0), (2700, 1)):
        found = plan_of(day).find(ride("a", 100, 400, begin_s, 300), 0)
        assert isinstance(found, Placement)
        assert [stop.kind is StopKind.PICKUP for stop in found.day.stops].index(True) == at
        assert found.day.stops[2 - 2 * at].drive_s == 0, "the break is where the vehicle is"


def test_what_is_set_out_for_stays() -> None:
    plan = plan_of(day_with(ride("a", 500, 900, 1500, 600)))
    on_the_way = ride("b", 200, 900, 1000, 2000)
    leave_s = 1500 - 500
    early = plan.find(on_the_way, leave_s - FROZEN_S - 1)
    late = plan.find(on_the_way, leave_s - FROZEN_S)
    assert isinstance(early, Placement)
    assert isinstance(late, Placement)
    assert early.day.stops[0].request_id == "b"
    assert late.day.stops[0].request_id == "a"
    assert late.pickup_s > early.pickup_s


def test_what_is_new_is_set_out_for_after_now() -> None:
    found = plan_of(day_with()).find(ride("a", 600, 900, 1000, 600), 800)
    assert isinstance(found, Placement)
    assert found.pickup_s == 800 + FROZEN_S + 600
    later = schedule(found.day, 900)
    assert isinstance(later, Schedule)
    assert later.begin_s[0] == found.pickup_s, "as it was said, whenever one asks"


def test_a_ride_that_makes_others_wait_aboard_goes_elsewhere() -> None:
    """Between the two it would cost nothing; but who is aboard would stand there until the door opens."""
    first = ride("a", 100, 500, 1000, 0, ride_s_max=3000)
    between = ride("b", 300, 400, 1800, 300)
    found = plan_of(day_with(first)).find(between, 0)
    assert isinstance(found, Placement)
    assert [stop.request_id for stop in found.day.stops] == ["a", "a", "b", "b"]
    times = schedule(found.day, 0)
    assert isinstance(times, Schedule)
    assert times.aboard_wait_s == 0


def test_a_ride_is_taken_out_again() -> None:
    day = day_with(ride("a", 100, 400, 1000, 600))
    plan = plan_of(day)
    found = plan.find(ride("b", 200, 500, 1000, 900), 0)
    assert isinstance(found, Placement)
    with_both = plan.with_day(found.day)
    without = with_both.without("b").get_day(("s", day.day))
    assert without.version == 2
    assert [stop.request_id for stop in without.stops] == ["a", "a"]
    assert [stop.drive_s for stop in without.stops] == [stop.drive_s for stop in day.stops]
    assert without.home_s == day.home_s
    assert len(plan.days[0].requests) == 1, "a plan never changes"
    with pytest.raises(KeyError):
        with_both.without("z")
    with pytest.raises(ValueError, match="b is in the tour"):
        with_both.find(ride("b", 200, 500, 1000, 2000), 0)


def test_who_did_not_come_leaves_the_vehicle_where_it_is() -> None:
    day = day_with(ride("a", 100, 400, 1000, 600), ride("b", 400, 0, 2000, 600))
    came = replace(day, stops=(replace(day.stops[0], served_at_s=1010), *day.stops[1:]))
    without = remove(came, "a", FlatDrives())
    assert [(stop.request_id, stop.drive_s) for stop in without.stops] == [("a", 100), ("b", 300), ("b", 400)]
    assert check(without) is None


def test_a_broken_tour_takes_nobody() -> None:
    late = day_with(ride("a", 3000, 3100, 500, 10))
    assert check(late) is not None
    assert plan_of(late).find(ride("b", 100, 200, 6000, 600), 0) == NoRoom(NoRoomReason.NO_TIME)
    gone = replace(day_with(), out_of_service_s=5)
    assert plan_of(gone).find(ride("b", 100, 200, 6000, 600), 0) == NoRoom(NoRoomReason.NO_VEHICLE)
