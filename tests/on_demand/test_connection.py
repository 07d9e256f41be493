"""A ride that waits for a train, or brings one to it: what is done when real time speaks, whatever it says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from on_demand.area import Point
from on_demand.booking import (
    Connection,
    ConnectionKind,
    ConnectionStanding,
    OnDemandRide,
    Party,
    Place,
    RideStatus,
)
from on_demand.connection import (
    MOVED_S_MAX,
    NOTICE_S,
    STEP_S,
    Decision,
    Heard,
    Verdict,
    decide,
    decide_unplaced,
    move_ride,
)

ARRIVES_S = 1_800_000_000
CONNECTION_S = 300
NOW_S = ARRIVES_S - 7200
SILENT = (Verdict.NOTHING, Verdict.NOTE)


def ride(kind: ConnectionKind = ConnectionKind.FROM, gap_s: int = 300, **more: object) -> OnDemandRide:
    """One that waits for a train arriving at ARRIVES_S, or brings one to it, with so long in between."""
    at = dt.datetime.fromtimestamp(NOW_S, dt.UTC)
    open_s = ARRIVES_S + gap_s if kind is ConnectionKind.FROM else ARRIVES_S - gap_s - 2400
    made = OnDemandRide(
        id="ride",
        service_id="tad",
        person_id="theo",
        party=Party(),
        origin=Place("Gare", Point(47.2, 6.0)),
        destination=Place("Mairie", Point(47.3, 6.1)),
        pickup_open_s=open_s,
        pickup_close_s=open_s + 600,
        drop_open_s=open_s,
        drop_close_s=open_s + 2400,
        ride_s_max=1800,
        status=RideStatus.CONFIRMED,
        shift_id="bus",
        day=at.date(),
        fare_cents=300,
        made_at=at,
        changed_at=at,
        connection=Connection(kind, "trip", "stop", ARRIVES_S, ARRIVES_S),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def late(minutes: float) -> Heard:
    return Heard(ARRIVES_S + round(minutes * 60))


def standing(ride: OnDemandRide) -> ConnectionStanding:
    assert ride.connection is not None
    return ride.connection.standing


def apply(ride: OnDemandRide, heard: Heard, now_s: int, fits: bool) -> tuple[OnDemandRide, Decision]:
    """What the act does with a decision."""
    decision = decide(ride, heard, CONNECTION_S, now_s)
    if decision.verdict is Verdict.MOVE and not fits:
        decision = decide_unplaced(ride, decision)
    if decision.verdict is Verdict.MOVE:
        return move_ride(ride, decision), decision
    return replace(ride, connection=decision.connection), decision


@pytest.mark.parametrize(
    ("minutes", "verdict", "shift_s"),
    [
        (0, Verdict.NOTHING, 0),
        (1.9, Verdict.NOTHING, 0),
        (2, Verdict.MOVE, 120),
        (20, Verdict.MOVE, 1200),
        (180, Verdict.MOVE, 10_800),
        (181, Verdict.AT_RISK, 0),
        (-30, Verdict.NOTE, 0),
    ],
)
def test_a_ride_waits_for_a_late_train(minutes: float, verdict: Verdict, shift_s: int) -> None:
    decision = decide(ride(), late(minutes), CONNECTION_S, NOW_S)
    assert (decision.verdict, decision.shift_s) == (verdict, shift_s)


def test_whoever_has_time_in_between_is_not_moved_by_what_that_covers() -> None:
    waits = ride(gap_s=1500)
    assert decide(waits, late(20), CONNECTION_S, NOW_S).verdict is Verdict.NOTE
    assert decide(waits, late(25), CONNECTION_S, NOW_S).shift_s == 300


def test_a_train_that_is_early_again_moves_the_ride_back_as_far_as_its_traveller_can_be_told() -> None:
    moved, _ = apply(ride(), late(30), NOW_S, fits=True)
    back = decide(moved, late(0), CONNECTION_S, NOW_S)
    assert (back.verdict, back.shift_s, back.connection.moved_s) == (Verdict.MOVE, -1800, 0)
    soon_s = moved.pickup_open_s - NOTICE_S - 300
    assert decide(moved, late(0), CONNECTION_S, soon_s).shift_s == -300
    assert decide(moved, late(0), CONNECTION_S, soon_s + 300).shift_s == 0


def test_a_cancelled_train_is_told_once_and_one_that_runs_after_all_too() -> None:
    told, decision = apply(ride(), Heard(ARRIVES_S, True), NOW_S, fits=True)
    assert decision.verdict is Verdict.CANCELLED
    assert standing(told) is ConnectionStanding.CANCELLED
    assert decide(told, Heard(ARRIVES_S, True), CONNECTION_S, NOW_S).verdict is Verdict.NOTHING
    again, decision = apply(told, Heard(ARRIVES_S), NOW_S, fits=True)
    assert decision.verdict is Verdict.KEPT
    assert again == ride()


def test_a_ride_onto_a_train_is_left_alone_unless_that_leaves_before() -> None:
    onto = ride(ConnectionKind.ONTO)
    assert decide(onto, late(45), CONNECTION_S, NOW_S).verdict is Verdict.NOTE
    assert decide(onto, late(-4), CONNECTION_S, NOW_S).verdict is Verdict.NOTE
    assert decide(onto, late(-6), CONNECTION_S, NOW_S).verdict is Verdict.AT_RISK
    assert decide(onto, Heard(ARRIVES_S, True), CONNECTION_S, NOW_S).verdict is Verdict.CANCELLED


def test_a_ride_whose_window_is_over_is_not_moved_any_more() -> None:
    after_s = ride().pickup_close_s + 1
    assert decide(ride(), late(60), CONNECTION_S, after_s).verdict is Verdict.AT_RISK


@given(
    status=st.sampled_from([one for one in RideStatus if one is not RideStatus.CONFIRMED]),
    kind=st.sampled_from(ConnectionKind),
    minutes=st.integers(-60, 300),
    is_cancelled=st.booleans(),
)
def test_nobody_else_is_touched(
    status: RideStatus, kind: ConnectionKind, minutes: int, is_cancelled: bool
) -> None:
    heard = replace(late(minutes), is_cancelled=is_cancelled)
    decision = decide(ride(kind, status=status), heard, CONNECTION_S, NOW_S)
    assert decision == Decision(Verdict.NOTHING, ride(kind).connection)  # type: ignore[arg-type]


SAID = st.lists(
    st.tuples(st.integers(-1200, 14_000), st.booleans(), st.integers(0, 1800), st.booleans()),
    min_size=1,
    max_size=12,
)


@given(kind=st.sampled_from(ConnectionKind), gap_s=st.integers(0, 2400), said=SAID)
def test_whatever_is_said_promises_are_sound(
    kind: ConnectionKind, gap_s: int, said: list[tuple[int, bool, int, bool]]
) -> None:
    first = ride(kind, gap_s)
    now, now_s = first, NOW_S
    margin_s = min(CONNECTION_S, gap_s)
    for late_s, fits, passes_s, is_cancelled in said:
        now_s += passes_s
        heard = Heard(ARRIVES_S + late_s, is_cancelled)
        before = now
        now, decision = apply(now, heard, now_s, fits)
        assert now.connection is not None
        shift_s = now.pickup_open_s - first.pickup_open_s
        assert shift_s == now.connection.moved_s
        assert 0 <= shift_s <= (MOVED_S_MAX if kind is ConnectionKind.FROM else 0)
        for name in ("pickup_close_s", "drop_open_s", "drop_close_s"):
            assert getattr(now, name) - getattr(first, name) == shift_s
        if now.pickup_open_s < before.pickup_open_s:
            assert now.pickup_open_s >= now_s + NOTICE_S
        if standing(now) is ConnectionStanding.KEPT:
            ready_s = heard.expected_s + margin_s
            missed_s = ready_s - now.pickup_open_s if kind is ConnectionKind.FROM else 0
            assert missed_s < STEP_S
            assert not heard.is_cancelled
        if decision.verdict in SILENT:
            assert (standing(now), now.pickup_open_s) == (standing(before), before.pickup_open_s)
        assert apply(now, heard, now_s, fits)[1].verdict is Verdict.NOTHING


@given(
    kind=st.sampled_from(ConnectionKind),
    first_s=st.integers(-600, 12_000),
    trembles=st.lists(st.integers(0, STEP_S // 2 - 1), min_size=2, max_size=20),
    fits=st.booleans(),
)
def test_who_is_told_once_is_not_told_again_of_seconds(
    kind: ConnectionKind, first_s: int, trembles: list[int], fits: bool
) -> None:
    """Predictions tremble: nobody is moved to and fro. (Twice: at risk, then not, at the bound of waiting.)"""
    now, told = ride(kind), 0
    for tremble_s in trembles:
        now, decision = apply(now, Heard(ARRIVES_S + first_s + tremble_s), NOW_S, fits)
        told += decision.verdict not in SILENT
    assert told <= 2
