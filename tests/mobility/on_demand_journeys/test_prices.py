"""What journeys with rides on demand cost, and how they are ordered: with the quotes of all their rides."""

from __future__ import annotations

from typing import Any

from ground.signed import read
from mobility.journeys.plan import plan
from mobility.journeys.prices import Prices
from mobility.journeys.question import Question
from on_demand.booking import Party
from tests.mobility.on_demand_journeys.conftest import DAY, Fleet, flex_of
from tests.mobility.on_demand_journeys.on_demand_region import HAMLET, VILLAGE, paris
from tests.mobility.prices.small_tariff import flat, make_tariff
from ticketing.fares.leg import FareMode
from ticketing.orders.journey import OfferedJourney

KEY = b"k" * 32

TARIFF = make_tariff(
    {"rail": {"mode": "rail"}, "tad": {"mode": "on-demand"}},
    [
        flat("rail", 500),
        flat("tad", 0) | {"fare": {"kind": "asked"}},
        {
            "id": "both",
            "kind": "transfer",
            "base": "rail-single",
            "free_networks": ["tad"],
            "within_min": 60,
        },
    ],
)


def ask(fleet: Fleet, tariffs: Any, origin: str, destination: str, **more: Any) -> dict[str, Any]:
    fleet.base = fleet.base.with_prices(Prices(tariffs, journey_key=KEY))
    question = Question(
        origin, destination, paris(DAY, "08:30"), booked_s=fleet.booked_s, itineraries=3, **more
    )
    return plan(fleet.serve(), question)


def test_from_door_to_door_it_costs_what_the_service_asks(fleet: Fleet) -> None:
    answer = ask(fleet, (), VILLAGE, HAMLET, party=Party(adults=2, children=1))
    (door,) = [one for one in answer["direct"] if flex_of(one)]
    (leg,) = flex_of(door)
    assert door["price"]["cents"] == leg["booking"]["price"]["cents"] > 0
    journey = read(OfferedJourney, door["price"]["offer"], KEY)
    assert [wish.quote for wish in journey.on_demand] == [leg["booking"]["quote"]]
    assert journey.legs[0].mode is FareMode.ON_DEMAND
    assert journey.legs[0].fixed_cents == door["price"]["cents"]
    assert door["price"]["offerExpires"] <= leg["booking"]["quoteExpires"]


def test_with_a_train_nobody_prices_it_is_unknown(fleet: Fleet) -> None:
    one = ask(fleet, (), VILLAGE, "r_EPI")["itineraries"][0]
    assert flex_of(one)
    assert one["price"] == "unknown"
    assert len(one["priceUnknown"]["legs"]) == 1


def test_the_tariff_brings_one_to_the_train(fleet: Fleet) -> None:
    one = ask(fleet, (TARIFF,), VILLAGE, "r_EPI")["itineraries"][0]
    (leg,) = flex_of(one)
    assert leg["booking"]["price"]["cents"] == 200
    assert one["price"]["cents"] == 500, "not 700: the transfer covers it"
    assert read(OfferedJourney, one["price"]["offer"], KEY).on_demand[0].leg == 0
