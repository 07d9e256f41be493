"""By whatever rule something is given back, there are words for it in both languages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.document import read_document, write_document
from tests.ticketing.test_order_life import NOW_S, leg, line
from ticketing.orders.order import OrderItem, OrderStatus
from ticketing.orders.refund_rules import (
    BY_SERVICE,
    AppliedRule,
    ItemRefund,
    LegUse,
    LineRefund,
    RefundOffer,
    RefundWish,
    RuleCode,
    Uses,
    refund_of_line,
)
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
    french, english = (refund_rule_words(part.why, language, money) for language in ("fr", "en"))
    assert french != english
    assert "‰" not in french + english


@pytest.mark.parametrize(
    ("rule", "french", "english"),
    [
        (AppliedRule(RuleCode.EXCHANGE), "l’échange est sans frais", "an exchange is without a fee"),
        (
            AppliedRule(RuleCode.EXCHANGE, fee_cents=100),
            "un échange coûte €1.00",
            "an exchange costs €1.00",
        ),
        (
            AppliedRule(RuleCode.TARIFF, 755, 50, 120),
            "75,5 % rendus, moins €0.50, jusqu’à 2 h avant le début",
            "75.5 % given back, less €0.50, until 2 h before it begins",
        ),
        (
            AppliedRule(RuleCode.TARIFF, 1000, 0, -30),
            "100 % rendus, jusqu’à 30 min après le début",
            "100 % given back, until 30 min after it begins",
        ),
        (
            AppliedRule(RuleCode.TARIFF, 1000, 0, 0),
            "100 % rendus, jusqu’au début",
            "100 % given back, until it begins",
        ),
        (
            AppliedRule(RuleCode.TARIFF),
            "0 % rendus, à tout moment",
            "0 % given back, at any time",
        ),
    ],
)
def test_amounts_and_times_are_told(rule: AppliedRule, french: str, english: str) -> None:
    assert refund_rule_words(rule, "fr", money) == french
    assert refund_rule_words(rule, "en", money) == english


@pytest.mark.parametrize("code", list(RuleCode))
def test_each_code_has_words(code: RuleCode) -> None:
    french, english = (refund_rule_words(AppliedRule(code), language, money) for language in ("fr", "en"))
    assert french
    assert english
    assert french != english


def test_an_offer_that_was_signed_when_rules_were_sentences_still_opens() -> None:
    part = LineRefund(0, 900, 90, AppliedRule(RuleCode.TARIFF, 900, 0, 60), (0,), riders=(0,))
    offer = RefundOffer("o", 3, RefundWish(), (ItemRefund("1", (part,), (0,), True),), NOW_S)
    written = json.loads(write_document(offer))
    (older,) = written["items"][0]["parts"]
    older["rule"] = "900 ‰ less 0, at least 60 min before it begins"
    del older["why"]
    opened = read_document(RefundOffer, json.dumps(written))
    assert opened == offer, "the same is given back, whatever it was called"
    assert refund_rule_words(opened.items[0].parts[0].why, "en", money) == "by the tariff"
