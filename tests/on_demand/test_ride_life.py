"""The life of a ride: whatever anybody does whenever, only the ways of the table are gone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from on_demand.area import Point
from on_demand.booking import Ending, OnDemandRide, Party, Place, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.ride_life import TRANSITIONS, Actor, When, cancel, is_expired, step
from on_demand.ride_rules import default_rules

MADE = dt.datetime(2026, 3, 10, 6, tzinfo=dt.UTC)
PICKUP_S = int(MADE.timestamp()) + 4 * 3600
RULES = default_rules()
OVER = (
    RideStatus.EXPIRED,
    RideStatus.CANCELLED,
    RideStatus.LATE_CANCEL,
    RideStatus.DONE,
    RideStatus.NO_SHOW,
)


def held() -> OnDemandRide:
    place = Place("x", Point(47, 6))
    return OnDemandRide(
        "r",
        "s",
        "p",
        Party(),
        place,
        place,
        *(PICKUP_S, PICKUP_S + 600, PICKUP_S, PICKUP_S + 3000, 1200),
        status=RideStatus.HELD,
        shift_id="shift",
        day=MADE.date(),
        fare_cents=300,
        made_at=MADE,
        changed_at=MADE,
        expires_at=MADE + dt.timedelta(seconds=RULES.hold_s),
    )


class Life(RuleBasedStateMachine):
    """Anybody tries anything at any time; a naive table of what should be says what happens."""

    @initialize()
    def begin(self) -> None:
        self.ride, self.now = held(), MADE
        self.path = [RideStatus.HELD]

    @rule(seconds=st.sampled_from((0, 1, 60, 599, 600, 3600, 4000, 40_000)))
    def wait(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)

    @rule(to=st.sampled_from(RideStatus), by=st.sampled_from(Actor))
    def try_step(self, to: RideStatus, by: Actor) -> None:
        before = self.ride
        allowed = [
            one
            for one in TRANSITIONS
            if (one.of, one.to, one.by) == (before.status, to, by) and self._is_time(before, one.when)
        ]
        try:
            self.ride = step(before, to, by, self.now, RULES)
        except OnDemandRefusedError:
            is_refused = True
        else:
            is_refused = False
            self.path.append(to)
        assert is_refused == (not allowed), f"{before.status} {to} {by}"

    @rule(by=st.sampled_from((Actor.RIDER, Actor.OPERATOR)))
    def try_cancel(self, by: Actor) -> None:
        before = self.ride
        try:
            self.ride = cancel(before, by, self.now, RULES)
        except OnDemandRefusedError:
            assert before.status in OVER or (
                by is Actor.RIDER
                and (before.status is RideStatus.ABOARD or self.now.timestamp() > before.pickup_close_s)
            )
            return
        self.path.append(self.ride.status)
        assert self.ride.ending is (Ending.OPERATOR if by is Actor.OPERATOR else Ending.RIDER)
        free = before.cancel_free_until
        is_late = self.ride.status is RideStatus.LATE_CANCEL
        assert is_late == (by is Actor.RIDER and free is not None and self.now > free)

    def _is_time(self, ride: OnDemandRide, when: When) -> bool:
        """The same again, said otherwise: instants as seconds around the pick-up."""
        at_s = self.now.timestamp()
        to_pickup_s = at_s - PICKUP_S
        expired = ride.expires_at is not None and at_s >= ride.expires_at.timestamp()
        late = ride.cancel_free_until is not None and at_s > ride.cancel_free_until.timestamp()
        closes_s = 3000 + RULES.report_within_s
        return {
            When.ANY_TIME: True,
            When.UNTIL_EXPIRY: not expired,
            When.FROM_EXPIRY: expired,
            When.WHILE_FREE: not late,
            When.WHEN_LATE: late and to_pickup_s <= 600,
            When.AT_PICKUP: -3600 <= to_pickup_s <= closes_s,
            When.AFTER_WAITING: RULES.no_show_after_s <= to_pickup_s <= closes_s,
            When.WHEN_OVER: to_pickup_s > closes_s,
        }[when]

    @invariant()
    def what_is_over_stays_so(self) -> None:
        assert all(status not in OVER for status in self.path[:-1])
        assert self.path[-1] is self.ride.status

    @invariant()
    def each_step_is_in_the_table(self) -> None:
        ways = {(one.of, one.to) for one in TRANSITIONS}
        assert set(zip(self.path, self.path[1:], strict=False)) <= ways

    @invariant()
    def only_what_is_held_expires(self) -> None:
        assert (self.ride.expires_at is not None) == (self.ride.status is RideStatus.HELD)
        assert not is_expired(self.ride, self.now) or self.ride.status is RideStatus.HELD


TestLife = Life.TestCase


def test_every_status_is_reached_and_those_that_are_over_go_nowhere() -> None:
    assert {one.to for one in TRANSITIONS} | {RideStatus.HELD} == set(RideStatus)
    assert {one.of for one in TRANSITIONS} == set(RideStatus) - set(OVER)
    assert len({(one.of, one.to, one.by) for one in TRANSITIONS}) == len(TRANSITIONS)


def test_who_is_late_is_told_how() -> None:
    assert held().expires_at is not None
    with pytest.raises(OnDemandRefusedError) as refusal:
        step(held(), RideStatus.CONFIRMED, Actor.RIDER, MADE + dt.timedelta(seconds=600), RULES)
    assert refusal.value.reason is Reason.EXPIRED
    expired = step(held(), RideStatus.EXPIRED, Actor.TIME, MADE + dt.timedelta(seconds=600), RULES)
    with pytest.raises(OnDemandRefusedError) as refusal:
        step(expired, RideStatus.CONFIRMED, Actor.RIDER, MADE + dt.timedelta(seconds=601), RULES)
    assert refusal.value.reason is Reason.EXPIRED, "whoever cleaned up first"
