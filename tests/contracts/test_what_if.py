"""A month's sales under a draft of the tariff: on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mobility.accounts.caller import SYSTEM, ForbiddenError
from mobility.acts.sales.close_day import DayError
from mobility.acts.sales.offer import RiderWish
from mobility.acts.sales.what_if import WhatIf, what_if
from on_demand.booking import Party
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import TARIFF, Sales, buyer
from ticketing.orders.journey import OfferedJourney
from ticketing.sales.what_if import Part
from ticketing.tariff.read_tariff import read_tariff
from ticketing.tariff.tariff import Tariff

YOUNG = (RiderWish("youth", name="Zoé"),)


@pytest.fixture
def sales(begin: Begin) -> Sales:
    return Sales(begin)


def draft(**cents: int) -> Tariff:
    """The tariff with other prices of some products; 0: without them."""
    written: dict[str, Any] = json.loads(TARIFF.canonical)
    written["products"] = [one for one in written["products"] if cents.get(_key(one), 1)]
    for one in written["products"]:
        if _key(one) in cents:
            one["fare"]["cents"] = cents[_key(one)]
    return read_tariff(written)


def _key(product: dict[str, Any]) -> str:
    return str(product["id"]).replace("-", "_")


def commune_of(lat: float, lon: float) -> str:
    return "Ouest" if lon < 6 else "Est"


def replay(sales: Sales, tariff: Tariff, period: str = "2026-03") -> WhatIf:
    made = what_if(sales.ports, SYSTEM, period, tariff, commune_of)
    comparison = made.comparison
    for parts in (comparison.by_category, comparison.by_commune):
        assert sum(part.before_cents for part in parts) == comparison.total.before_cents
        assert sum(part.after_cents for part in parts) == comparison.total.after_cents
        assert sum(part.travellers for part in parts) == comparison.total.travellers
    total = comparison.total
    assert total.after_cents - total.before_cents == total.lost_cents - total.won_cents
    return made


def test_the_same_tariff_changes_nothing(sales: Sales) -> None:
    """Carnets, units, caps, passes, parties, products: the replay comes to what everybody paid."""
    sales.buy(products=("coach-carnet", "rail-month"))
    sales.buy(sales.journey(sales.coach(9), sales.train(10)), sales.journey(sales.coach(15)))
    for hour in (9, 11, 13, 15):
        sales.buy(sales.journey(sales.coach(hour)), name="thea")
    riders = (RiderWish(), RiderWish("youth"), RiderWish("youth"))
    sales.buy(sales.journey(sales.train()), sales.by_taxi(13, Party(3)), name="anna", riders=riders)
    made = replay(sales, TARIFF)
    total = made.comparison.total
    assert (made.orders, total.winners, total.losers) == (7, 0, 0)
    assert total.before_cents == total.after_cents == 1200 + 6000 + 400 + 2000 + 900
    assert made.comparison.unpriced == []
    assert made.tariffs == (TARIFF.version,)


def test_winners_and_losers_by_category(sales: Sales) -> None:
    sales.buy(sales.journey(sales.coach()))
    sales.buy(sales.journey(sales.train()), name="thea", riders=YOUNG)
    made = replay(sales, draft(coach_single=200, rail_single=800))
    assert made.comparison.by_category == [
        Part("adult", 1, 150, 200, losers=1, lost_cents=50),
        Part("youth", 1, 500, 400, winners=1, won_cents=100),
    ]
    assert (made.comparison.total.winners, made.comparison.total.losers) == (1, 1)


def test_by_the_commune_where_a_journey_begins(sales: Sales) -> None:
    coach = sales.coach(15)
    east = replace(coach, origin=replace(coach.origin, lat=47.2, lon=6.1))
    sales.buy(sales.by_taxi(9), sales.shown(OfferedJourney((east,))), sales.journey(sales.train(17)))
    made = replay(sales, draft(coach_single=100))
    assert made.comparison.by_commune == [
        Part("", 1, 1000, 1000),
        Part("Est", 1, 150, 100, winners=1, won_cents=50),
        Part("Ouest", 1, 300, 300),
    ]


def test_caps_and_carnets_are_those_of_the_replay(sales: Sales) -> None:
    """Three rides of 1.50 € are capped at 4.00 €; of 3.00 € they are capped at the second, as in the draft."""
    for hour in (9, 11, 13):
        sales.buy(sales.journey(sales.coach(hour)))
    made = replay(sales, draft(coach_single=300))
    assert (made.comparison.total.before_cents, made.comparison.total.after_cents) == (400, 400)
    without = replay(sales, draft(coach_single=300, coach_day_cap=0))
    assert without.comparison.total.after_cents == 900
    assert without.comparison.total.losers == 3


def test_what_the_draft_does_not_sell(sales: Sales) -> None:
    """A carnet of which there are none in the draft has no price there, and no units for who rides after it."""
    sales.buy(products=("coach-carnet",))
    sales.buy(sales.journey(sales.coach()))
    made = replay(sales, draft(coach_carnet=0))
    (unpriced,) = made.comparison.unpriced
    assert unpriced.cents == made.comparison.unpriced_cents == 1200
    assert "coach-carnet" in unpriced.reason
    assert (made.comparison.total.before_cents, made.comparison.total.after_cents) == (0, 150)


def test_a_month_is_that_of_the_sale_and_nothing_is_kept(sales: Sales) -> None:
    sales.buy(sales.journey(sales.coach()))
    before = sales.find(sales.buy(sales.journey(sales.coach(15))).id)
    assert replay(sales, TARIFF, "2026-02").orders == 0
    assert replay(sales, draft(coach_single=500)).orders == 2
    assert sales.find(before.id) == before
    with pytest.raises(DayError, match="no month"):
        replay(sales, TARIFF, "2026-13")
    with pytest.raises(ForbiddenError):
        what_if(sales.ports, buyer(), "2026-03", TARIFF, commune_of)
