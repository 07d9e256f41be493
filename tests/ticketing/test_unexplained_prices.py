"""Without reasons a price leaves out what is dearer than doing without: it is the same price."""

from __future__ import annotations

import pytest

from tests.ticketing.tariffs_by_chance import draw_question
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price
from ticketing.tariff import tariff

QUESTIONS = 1000


def test_a_price_is_the_same_without_its_reasons() -> None:
    priced = 0
    for seed in range(QUESTIONS):
        question = draw_question(seed)
        asked = question.legs, question.riders, question.tariff, question.feed_fares, question.bought_s
        explained, bare = cheapest(*asked), cheapest(*asked, is_explained=False)
        if isinstance(explained, Price):
            assert isinstance(bare, Price), seed
            assert bare.cents == explained.cents, seed
            priced += 1
        else:
            assert bare == explained, seed
    assert priced > QUESTIONS / 2


def test_what_a_tariff_remembers_changes_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tariff that forgets nearly everything at once, and one that was asked the same before."""
    for seed in range(100):
        question, again = draw_question(seed), draw_question(seed)
        beside = question.riders, question.tariff, question.feed_fares, question.bought_s
        first = cheapest(question.legs, *beside)
        assert cheapest(question.legs, *beside) == first, seed
        with monkeypatch.context() as patched:
            patched.setattr(tariff, "KNOWN_MAX", 1)
            forgetful = again.riders, again.tariff, again.feed_fares, again.bought_s
            assert cheapest(again.legs, *forgetful) == first, seed
