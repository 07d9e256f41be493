"""Waiting learnt from passages: counts against the twin, the interval against its definition, silence when unsure."""

from __future__ import annotations

import datetime as dt
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carpool.waiting import (
    CONFIDENCE,
    DAYS_MIN,
    PASSAGES_MIN,
    WAITING_S_MAX,
    DayKind,
    Passed,
    WaitingModel,
    day_kind,
    learn,
    poisson_interval,
)
from tests.naive import carpool as naive

FIRST, LAST = dt.date(2026, 3, 16), dt.date(2026, 4, 12)
"""Four weeks with the clocks going forward on 29 March and Easter Monday on 6 April."""

PLACE = ("l", False, "a")
BEGIN = dt.datetime(2026, 3, 14, tzinfo=dt.UTC)


def is_holiday(day: dt.date) -> bool:
    return day == dt.date(2026, 4, 6)


instants = st.integers(0, 32 * 86_400).map(lambda second: BEGIN + dt.timedelta(seconds=second))
passages = st.lists(
    st.builds(Passed, st.sampled_from("lm"), st.booleans(), st.sampled_from("ab"), instants),
    max_size=30,
)


@settings(max_examples=30)
@given(passages, st.sampled_from(list(DayKind)), st.integers(0, 23))
def test_counts_are_those_of_the_twin(seen: list[Passed], kind: DayKind, hour: int) -> None:
    model = learn(seen, FIRST, LAST, is_holiday)
    days = naive.days_of(FIRST, LAST, lambda day: day_kind(day, is_holiday) is kind)
    assert model.days[kind] == len(days)
    assert model.passages.get((*PLACE, kind, hour), 0) == naive.count_passages(seen, PLACE, hour, days)


def model_of(count: int, days: int) -> WaitingModel:
    return WaitingModel({(*PLACE, DayKind.WORKDAY, 7): count}, {DayKind.WORKDAY: days})


@given(st.integers(0, 400), st.integers(0, 100))
def test_more_passages_never_mean_more_waiting(count: int, days: int) -> None:
    fewer, more = (model_of(count + one, days).expect(*PLACE, DayKind.WORKDAY, 7) for one in (0, 1))
    if fewer is not None:
        assert more is not None
        assert more.expected_s <= fewer.expected_s
        assert more.high_s <= fewer.high_s
        assert fewer.low_s <= fewer.expected_s <= fewer.high_s
        assert fewer.expected_s == round(days * 3600 / count)


@pytest.mark.parametrize(
    ("count", "days"),
    [
        (PASSAGES_MIN - 1, 5),
        (100, DAYS_MIN - 1),
        (0, 20),
        (PASSAGES_MIN, PASSAGES_MIN * WAITING_S_MAX // 3600 + 1),
    ],
)
def test_nothing_is_said_where_little_is_known(count: int, days: int) -> None:
    assert model_of(count, days).expect(*PLACE, DayKind.WORKDAY, 7) is None
    assert model_of(100, 20).expect("other", False, "a", DayKind.WORKDAY, 7) is None
    assert model_of(100, 20).expect(*PLACE, DayKind.SUNDAY, 7) is None


def test_a_convoy_is_one_ride() -> None:
    at = dt.datetime(2026, 3, 17, 6, 0, tzinfo=dt.UTC)
    model = learn(
        [Passed(*PLACE, at + dt.timedelta(seconds=second)) for second in (0, 5, 59)], FIRST, LAST, is_holiday
    )
    assert model.passages == {(*PLACE, DayKind.WORKDAY, 7): 1}


@given(st.integers(1, 300))
def test_the_interval_is_what_it_is_defined_to_be(count: int) -> None:
    low, high = poisson_interval(count, CONFIDENCE)

    def at_most(number: int, mean: float) -> float:
        return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(number + 1))

    assert 1 - at_most(count - 1, low) == pytest.approx(0.05, abs=1e-6)
    assert at_most(count, high) == pytest.approx(0.05, abs=1e-6)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Drivers at random, six an hour over ten days: the true mean waiting is 600 s."""
    chance, held, told = random.Random(20), 0, 400
    for _ in range(told):
        count, at = 0, chance.expovariate(1 / 600)
        while at < 36_000:
            count, at = count + 1, at + chance.expovariate(1 / 600)
        waiting = model_of(count, 10).expect(*PLACE, DayKind.WORKDAY, 7)
        assert waiting is not None
        held += waiting.low_s <= 600 <= waiting.high_s
    assert held / told >= CONFIDENCE - 0.03
