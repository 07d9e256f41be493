"""Vehicles that break down or change: nobody is lost between the tours, and every tour left can be driven."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from on_demand.area import Point
from on_demand.breakdown import STRANDED_S, break_down, repair, stands_at
from on_demand.fleet import Seats
from on_demand.rehouse import rehouse
from on_demand.remake import has_begun, remake, remake_under_way
from on_demand.schedule import Violation, break_stops, check, schedule
from on_demand.tour import DayBreak, Request, StopKind, VehicleDay
from tests.on_demand.busy_fleet import CROOKED, DAWN_S, HOURS, busy_fleet, drive_until

SEEDS = st.integers(0, 400)
NOON = st.integers(0, 8 * HOURS)
FEW = settings(max_examples=60)


def ids(*requests: Request) -> list[str]:
    return sorted(request.id for request in requests)


def fresh(day: VehicleDay, **changes: object) -> VehicleDay:
    """The day of a shift before anybody rides."""
    changed = replace(day, version=0, requests=(), stops=(), home_s=0, **changes)  # type: ignore[arg-type]
    return replace(changed, stops=break_stops(changed.breaks))


@FEW
@given(seed=SEEDS, ago_s=NOON)
def test_a_breakdown_divides_the_riders_and_leaves_a_tour_of_facts(seed: int, ago_s: int) -> None:
    now_s = DAWN_S + ago_s
    day = drive_until(busy_fleet(seed, 1, 8)[0], now_s)
    where = stands_at(day, now_s)
    broken = break_down(day, now_s, where)
    arrived = list(broken.day.requests)
    assert ids(*arrived, *broken.waiting, *broken.stranded) == ids(*day.requests)
    assert check(broken.day) is None
    assert broken.day.version == day.version + 1
    assert all(stop.served_at_s is not None for stop in broken.day.stops)
    assert set(broken.waiting) <= set(day.requests), "they keep what they were promised"
    dropped = {stop.request_id for stop in day.stops if stop.kind is StopKind.DROP_OFF and stop.served_at_s}
    picked = {stop.request_id for stop in day.stops if stop.kind is StopKind.PICKUP and stop.served_at_s}
    assert {request.id for request in broken.stranded} == picked - dropped
    for request in broken.stranded:
        assert request.origin == where
        assert request.pickup_open_s == now_s
        assert request.drop_close_s >= now_s + STRANDED_S


@FEW
@given(seed=SEEDS, ago_s=NOON, late_s=st.integers(0, 4 * HOURS))
def test_silence_is_taken_for_what_was_promised(seed: int, ago_s: int, late_s: int) -> None:
    """Nobody reported anything since some time: whoever was to have arrived has."""
    reported_s = DAWN_S + ago_s
    since_s = reported_s + late_s
    day = drive_until(busy_fleet(seed, 1, 8)[0], reported_s)
    broken = break_down(day, since_s, day.start)
    assert check(broken.day) is None
    for request in broken.waiting:
        assert request.pickup_close_s > since_s
    for request in day.requests:
        if request.drop_close_s <= since_s:
            assert request.id in ids(*broken.day.requests)


@FEW
@given(seed=SEEDS, ago_s=NOON)
def test_riders_of_a_broken_vehicle_are_in_one_other_tour_or_lost(seed: int, ago_s: int) -> None:
    now_s = DAWN_S + ago_s
    fleet = [drive_until(day, now_s) for day in busy_fleet(seed)]
    broken = break_down(fleet[0], now_s, stands_at(fleet[0], now_s))
    leaving = [*broken.stranded, *broken.waiting]
    everywhere = {(day.shift_id, day.day) for day in fleet}
    among = {request.id: everywhere for day in fleet for request in day.requests}
    done = rehouse(fleet, [broken.day], leaving, among, CROOKED, now_s)
    after = {day.shift_id: day for day in fleet} | {day.shift_id: day for day in done.days}
    riding = Counter(request.id for day in after.values() for request in day.requests)
    assert set(riding.values()) <= {1}
    everybody = Counter(request.id for day in fleet for request in day.requests)
    assert riding == Counter({one: 1 for one in everybody if one not in done.lost})
    assert set(done.lost) <= set(ids(*leaving))
    versions = {day.shift_id: day.version for day in fleet}
    for day in done.days:
        assert check(day) is None
        assert day.version == versions[day.shift_id] + 1
    for ride_id, (shift_id, _) in done.placements.items():
        assert ride_id in ids(*after[shift_id].requests)
    promised = {request.id: request for day in fleet for request in day.requests}
    stranded = set(ids(*broken.stranded))
    for day in after.values():
        for request in day.requests:
            assert request.id in stranded or request == promised[request.id]


@FEW
@given(seed=SEEDS, ago_s=NOON)
def test_a_repaired_vehicle_begins_anew(seed: int, ago_s: int) -> None:
    now_s = DAWN_S + ago_s
    day = busy_fleet(seed, 1, 8)[0]
    broken = break_down(drive_until(day, now_s), now_s, day.start).day
    back = repair(broken, fresh(day), now_s, Point(0.1, 0.1))
    assert back.version == broken.version + 1
    assert (back.open_s, back.start, back.out_of_service_s) == (now_s, Point(0.1, 0.1), None)
    assert (back.requests, check(back)) == ((), None)


@FEW
@given(seed=SEEDS, shorter_s=st.integers(0, 8 * HOURS), seats=st.integers(0, 8))
def test_a_changed_shift_keeps_who_fits_and_names_the_others(seed: int, shorter_s: int, seats: int) -> None:
    old = busy_fleet(seed, 1, 8)[0]
    made = fresh(old, close_s=old.close_s - shorter_s, configurations=(Seats(seats, 1),))
    done = remake(old, made, CROOKED, DAWN_S - HOURS)
    assert ids(*done.day.requests, *done.left_out) == ids(*old.requests)
    assert done.day.version == old.version + 1
    assert set(done.day.requests) <= set(old.requests)
    if check(made) is None:  # else a break is after its end, which is refused before
        assert check(done.day) is None


@FEW
@given(seed=SEEDS)
def test_what_changes_nothing_leaves_nobody_out(seed: int) -> None:
    old = busy_fleet(seed, 1, 8)[0]
    done = remake(old, fresh(old), CROOKED, DAWN_S - HOURS)
    assert done.left_out == ()
    assert [stop.request_id for stop in done.day.stops if stop.request_id] == [
        stop.request_id for stop in old.stops if stop.request_id
    ]


@FEW
@given(seed=SEEDS, open_s=st.integers(HOURS, 6 * HOURS), length_s=st.integers(60, HOURS))
def test_a_new_break_is_one_with_nobody_aboard(seed: int, open_s: int, length_s: int) -> None:
    old = busy_fleet(seed, 1, 8)[0]
    rest = DayBreak(DAWN_S + open_s, DAWN_S + open_s + HOURS, length_s)
    done = remake(old, fresh(old, breaks=(rest,)), CROOKED, DAWN_S - HOURS)
    assert check(done.day) is None
    assert ids(*done.day.requests, *done.left_out) == ids(*old.requests)


@FEW
@given(seed=SEEDS)
def test_a_shift_that_does_not_run_takes_nobody(seed: int) -> None:
    old = busy_fleet(seed, 1, 8)[0]
    done = remake(old, None, CROOKED, DAWN_S - HOURS)
    assert ids(*done.left_out) == ids(*old.requests)
    assert done.day.out_of_service_s is not None
    assert check(done.day) is None


@FEW
@given(seed=SEEDS, ago_s=NOON, shorter_s=st.integers(0, 8 * HOURS))
def test_under_way_whoever_is_aboard_rides_on(seed: int, ago_s: int, shorter_s: int) -> None:
    now_s = DAWN_S + ago_s
    old = drive_until(busy_fleet(seed, 1, 8)[0], now_s)
    done = remake_under_way(old, fresh(old, close_s=old.close_s - shorter_s), CROOKED, now_s)
    if done is None:
        return
    assert not isinstance(schedule(done.day, now_s), Violation)
    assert ids(*done.day.requests, *done.left_out) == ids(*old.requests)
    served = [stop for stop in old.stops if stop.served_at_s is not None]
    assert list(done.day.stops[: len(served)]) == served
    if served:
        assert has_begun(old, now_s)
    if not shorter_s:
        assert done.left_out == ()
