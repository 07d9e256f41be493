"""The cheapest price is what trying everything finds; `tests.benchmarks.cheapest_price --cases 20000` asks more."""

from __future__ import annotations

import pytest

from tests.naive.cheapest import Naive
from tests.ticketing.tariffs_by_chance import Question, draw_question
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price, PriceUnknown

QUESTIONS, PARTS = 700, 10
TICKETS_MAX = 40
"""More of them for one traveller take seconds to try: the command takes them, too."""


def _ask(q: Question) -> Price | PriceUnknown:
    return cheapest(q.legs, q.riders, q.tariff, q.feed_fares, q.bought_s)


def _naive(q: Question) -> Naive:
    return Naive(q.legs, q.riders, q.tariff, q.feed_fares, q.bought_s)


@pytest.mark.parametrize("part", range(PARTS))
def test_it_is_the_least_of_all(part: int) -> None:
    compared = 0
    for seed in range(part, QUESTIONS, PARTS):
        q = draw_question(seed)
        naive = _naive(q)
        if max(len(set(naive.list_tickets(n))) for n in range(len(q.riders))) > TICKETS_MAX:
            continue
        price = _ask(q)
        assert (price.cents if isinstance(price, Price) else None) == naive.least(), f"question {seed}"
        compared += 1
    assert compared > QUESTIONS / PARTS * 0.85


def test_taking_each_leg_by_itself_is_often_dearer() -> None:
    """The control: were the legs priced one by one, hundreds of answers would differ."""
    dearer = 0
    for seed in range(300):
        q = draw_question(seed)
        price = _ask(q)
        each = [cheapest((leg,), q.riders, q.tariff, q.feed_fares, q.bought_s) for leg in q.legs]
        if isinstance(price, Price) and all(isinstance(one, Price) for one in each):
            apart = sum(one.cents for one in each if isinstance(one, Price))
            dearer += apart > price.cents
    assert dearer > 50


@pytest.mark.parametrize("part", range(4))
def test_lines_cover_everybody_everywhere_and_everything_else_is_rejected(part: int) -> None:
    for seed in range(1000 + part, 1600, 4):
        q = draw_question(seed)
        price = _ask(q)
        if not isinstance(price, Price):
            assert price.legs
            continue
        assert sum(line.cents for line in price.lines) == price.cents
        covered = {(leg, rider) for line in price.lines for leg in line.legs for rider in line.riders}
        assert covered == {(leg, rider) for leg in range(len(q.legs)) for rider in range(len(q.riders))}
        assert all(one.cents is None or one.cents >= price.cents for one in price.rejected)
        assert all(one.reason_fr and one.reason_en and one.rule for one in price.rejected)
        named = {line.product_id for line in price.lines}
        named |= {product for one in price.rejected for product in one.product_ids}
        networks = frozenset(one.id for leg in q.legs if (one := q.tariff.find_network(leg)))
        assert {product.id for product in q.tariff.products_on(networks) if product.kind != "card"} <= named
        assert all(sum(weight for _, _, weight in line.weights) >= 0 for line in price.lines)


def test_the_same_question_has_the_same_answer() -> None:
    for seed in range(50):
        assert _ask(draw_question(seed)) == _ask(draw_question(seed))
