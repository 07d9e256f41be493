"""The ladder: what follows from not turning up and from cancelling late."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from on_demand.booking import Ending, OnDemandRide, RideStatus
from on_demand.refusal import OnDemandRefusedError
from on_demand.ride_rules import Fault, Step, check_rules, default_rules, list_faults, rules_on, standing
from tests.on_demand.test_ride_life import held

RULES = replace(default_rules(), counted_days=90, late_cancels_a_fault=2)
FIRST = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def _day(number: float) -> dt.datetime:
    return FIRST + dt.timedelta(days=number)


def test_a_warning_then_longer_and_longer() -> None:
    faults = [Fault(_day(0), True)]
    assert standing(faults, RULES, _day(1)).suspended_until is None
    assert standing(faults, RULES, _day(1)).is_warned
    faults.append(Fault(_day(10), True))
    assert standing(faults, RULES, _day(11)).suspended_until == _day(17)
    assert standing(faults, RULES, _day(17)).suspended_until is None
    faults.append(Fault(_day(20), True))
    assert standing(faults, RULES, _day(21)).suspended_until == _day(50)


def test_two_late_cancellations_are_one_fault() -> None:
    faults = [Fault(_day(0), False)]
    assert standing(faults, RULES, _day(1)).faults == 0
    assert not standing(faults, RULES, _day(1)).is_warned
    faults.append(Fault(_day(1), False))
    assert standing(faults, RULES, _day(2)).faults == 1
    faults.append(Fault(_day(2), True))
    assert standing(faults, RULES, _day(3)).suspended_until == _day(9)
    faults.append(Fault(_day(3), False))
    assert standing(faults, RULES, _day(4)).suspended_until == _day(9), "half a fault suspends nobody anew"


def test_faults_are_forgotten() -> None:
    faults = [Fault(_day(0), True), Fault(_day(91), True)]
    assert standing(faults, RULES, _day(92)).faults == 1
    assert standing(faults, RULES, _day(92)).suspended_until is None


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=12), st.integers(0, 500))
def test_one_more_fault_never_helps(given_: list[tuple[int, bool]], now: int) -> None:
    faults = sorted(Fault(_day(day), is_no_show) for day, is_no_show in given_ if day <= now)
    before = standing(faults, RULES, _day(now))
    after = standing([*faults, Fault(_day(now), True)], RULES, _day(now))
    assert after.faults == before.faults + 1
    if before.suspended_until is not None:
        assert after.suspended_until is not None
        assert after.suspended_until >= before.suspended_until


def _ended(number: int, status: RideStatus, journey: str, ending: Ending = Ending.NOBODY) -> OnDemandRide:
    return replace(
        held(), id=str(number), status=status, changed_at=_day(number), journey_id=journey, ending=ending
    )


def test_which_rides_are_faults() -> None:
    rides = [
        _ended(0, RideStatus.NO_SHOW, "a"),
        _ended(1, RideStatus.LATE_CANCEL, "b", Ending.RIDER),
        _ended(2, RideStatus.CANCELLED, "c", Ending.OPERATOR),
        _ended(3, RideStatus.CANCELLED, "d", Ending.RIDER),
        _ended(4, RideStatus.EXPIRED, "e"),
        _ended(5, RideStatus.DONE, "f"),
    ]
    assert list_faults(reversed(rides)) == [Fault(_day(0), True), Fault(_day(1), False)]


def test_a_journey_cancelled_at_once_is_one_fault() -> None:
    one = _ended(1, RideStatus.LATE_CANCEL, "j", Ending.RIDER)
    assert len(list_faults([one, replace(one, id="other")])) == 1
    assert len(list_faults([one, replace(one, id="other", changed_at=_day(2))])) == 2
    assert len(list_faults([one, replace(one, id="other", journey_id="k")])) == 2


def test_rules_of_a_day() -> None:
    later = replace(RULES, valid_from="2026-05-01")
    assert rules_on((later,), "2026-04-30") == default_rules()
    assert rules_on((later,), "2026-05-01") == later
    check_rules(default_rules())
    check_rules(replace(RULES, ladder=()))


@pytest.mark.parametrize(
    ("field", "value"),
    [("valid_from", "x"), ("hold_s", 0), ("regret_s", -1), ("counted_days", 0), ("ladder", (Step(0, 1),))],
    ids=["day", "no-hold", "negative", "no-days", "ladder"],
)
def test_rules_nobody_could_keep(field: str, value: object) -> None:
    with pytest.raises(OnDemandRefusedError) as refusal:
        check_rules(replace(RULES, **{field: value}))  # type: ignore[arg-type]
    assert refusal.value.field == field
