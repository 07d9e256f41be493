"""What is known of a payment does not depend on the order, or the number, of the times it was said."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.acts.sales.payment_fold import (
    ASKED_DAYS,
    LOOK_S_MAX,
    PAYMENT_LASTS_S,
    fold_charge,
    fold_refund,
    is_over,
    next_look,
)
from mobility.acts.sales.payment_port import PaymentAnswer, PaymentState
from mobility.acts.sales.ports import Payment

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
CHARGE = Payment("p1", "o1", "charge", "sandbox", 451, "begun", "", NOW, NOW, next_look_at=NOW)
REFUND = replace(CHARGE, id="r1", kind="refund", charge_id="p1")

ANSWERS = st.builds(
    PaymentAnswer,
    provider_ref=st.just("sbx_1"),
    state=st.sampled_from(PaymentState),
    captured_cents=st.sampled_from((0, 0, 150, 451)),
    redirect_url=st.sampled_from(("", "https://bank.example.org/1")),
    reason=st.sampled_from(("", "insufficient-funds", "expired")),
)


def _known(payment: Payment) -> Payment:
    """Without when it was heard."""
    return replace(payment, changed_at=NOW)


@settings(max_examples=60)
@given(
    st.lists(ANSWERS, max_size=6).flatmap(lambda said: st.tuples(st.just(said), st.permutations(said * 2)))
)
def test_any_order_any_number_of_times(said: tuple[list[PaymentAnswer], list[PaymentAnswer]]) -> None:
    once, again = said
    ends = []
    for answers in (once, again):
        payment = CHARGE
        for step, answer in enumerate(answers, 1):
            before = payment
            payment = fold_charge(payment, answer, NOW + dt.timedelta(seconds=step))
            assert payment.captured_cents >= before.captured_cents
            assert fold_charge(payment, answer, NOW + dt.timedelta(days=1)) == payment, "heard twice"
        ends.append(_known(payment))
    assert ends[0] == ends[1]
    if any(answer.captured_cents for answer in once):
        assert (ends[0].status, ends[0].next_look_at) == ("captured", None)


def test_of_two_that_were_begun_at_once_one_is_paid() -> None:
    """Whichever answer is heard first: both buyers are sent to the same address, and that is the one we ask about."""
    one = PaymentAnswer("a", PaymentState.PENDING, redirect_url="https://bank/a")
    other = PaymentAnswer("b", PaymentState.PENDING, redirect_url="https://bank/b")
    after = fold_charge(fold_charge(CHARGE, one, NOW), other, NOW)
    assert (after.provider_ref, after.redirect_url) == ("a", "https://bank/a")


def test_captured_nothing_is_not_captured() -> None:
    assert fold_charge(CHARGE, PaymentAnswer("x", PaymentState.CAPTURED), NOW).status == "pending"


@pytest.mark.parametrize(
    ("told", "status"), [({}, "pending"), ({"r1": 450}, "pending"), ({"r1": 451}, "refunded")]
)
def test_a_refund_is_paid_when_its_provider_names_it(told: dict[str, int], status: str) -> None:
    answer = PaymentAnswer("x", PaymentState.CAPTURED, 451, told | {"other": 9})
    after = fold_refund(REFUND, answer, NOW)
    assert after.status == status
    assert fold_refund(
        replace(after, status="refunded"), PaymentAnswer("x", PaymentState.PENDING), NOW
    ).status == ("refunded")


def test_looks_get_seldom_and_end() -> None:
    """Often enough while seats are held, at the very end of the payment, and never for ever."""
    at, looks = NOW, []
    payment = CHARGE
    while (at_next := next_look(payment, at)) is not None:
        assert 0 < (at_next - at).total_seconds() <= LOOK_S_MAX
        at = at_next
        looks.append((at - NOW).total_seconds())
    during = [second for second in looks if second <= PAYMENT_LASTS_S]
    assert during[:3] == [3.0, 6.0, 9.0]
    assert during[-1] == PAYMENT_LASTS_S
    assert len(during) < 40
    assert len(looks) < 250
    assert looks[-1] > ASKED_DAYS * 86_400
    assert not is_over(payment, NOW + dt.timedelta(seconds=PAYMENT_LASTS_S - 1))
    assert is_over(payment, NOW + dt.timedelta(seconds=PAYMENT_LASTS_S))
