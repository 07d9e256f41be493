"""By whatever rule something is given back, there are words for it in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ticketing.test_order_life import NOW_S, leg, line
from ticketing.orders.order import OrderItem, OrderStatus
from ticketing.orders.refund_rules import BY_SERVICE, LegUse, Uses, refund_of_line
from ticketing.orders.refund_words import refund_rule_words
from ticketing.pricing.rider import Rider
from ticketing.tariff.no_tariff import NO_TARIFF
from ticketing.tariff.tariff import RefundRule

RULES = st.builds(
    RefundRule,
    st.just(()),
    st.just(()),
    st.none() | st.integers(-120, 2880),
    st.integers(0, 1000),
    st.integers(0, 500),
)


def money(cents: int) -> str:
    return f"€{cents // 100}.{cents % 100:02}"


@given(
    rules=st.lists(RULES, max_size=2),
    cents=st.integers(0, 3000),
    kind=st.sampled_from(("single", BY_SERVICE)),
    use=st.none() | st.sampled_from(LegUse),
    exchange_fee=st.none() | st.integers(0, 300),
    ahead_s=st.integers(-600, 100_000),
)
def test_each_rule_has_words(
    rules: list[RefundRule], cents: int, kind: str, use: LegUse | None, exchange_fee: int | None, ahead_s: int
) -> None:
    tariff = replace(NO_TARIFF, refunds=tuple(rules))
    lines = (line((0,), (0,), cents, kind),)
    item = OrderItem("1", OrderStatus.FULFILLED, (leg(NOW_S + ahead_s),), (Rider(),), lines)
    uses = Uses({} if use is None else {0: use})
    part = refund_of_line(item, 0, tariff, uses, NOW_S, exchange_fee_cents=exchange_fee)
    if part is None:
        return
    french, english = (refund_rule_words(part.rule, language, money) for language in ("fr", "en"))
    assert french != english
    assert "‰" not in french + english


@pytest.mark.parametrize(
    ("rule", "french", "english"),
    [
        ("exchange fee 0", "l’échange est sans frais", "an exchange is without a fee"),
        ("exchange fee 100", "un échange coûte €1.00", "an exchange costs €1.00"),
        (
            "755 ‰ less 50, at least 120 min before it begins",
            "75,5 % rendus, moins €0.50, jusqu’à 120 min avant le début",
            "75.5 % given back, less €0.50, until 120 min before it begins",
        ),
        (
            "1000 ‰ less 0, at least -30 min before it begins",
            "100 % rendus, moins €0.00, jusqu’à 30 min après le début",
            "100 % given back, less €0.00, until 30 min after it begins",
        ),
        (
            "0 ‰ less 0, at any time",
            "0 % rendus, moins €0.00, à tout moment",
            "0 % given back, less €0.00, at any time",
        ),
    ],
)
def test_amounts_and_times_are_told(rule: str, french: str, english: str) -> None:
    assert refund_rule_words(rule, "fr", money) == french
    assert refund_rule_words(rule, "en", money) == english


def test_what_is_no_rule_has_no_words() -> None:
    with pytest.raises(ValueError, match="by magic"):
        refund_rule_words("by magic", "fr", money)
