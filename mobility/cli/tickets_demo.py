"""The demo's tariff, and what its traveller has bought: journeys with coach, train and a ride on demand, and a pass."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files

from ground.paris import PARIS
from ground.signed import read
from mobility.accounts.caller import SYSTEM, Caller
from mobility.acts.sales.basket import OrderWish, order
from mobility.acts.sales.offer import OfferWish, offer
from mobility.acts.sales.own_orders import list_my_orders
from mobility.acts.sales.pay import PayWish, pay
from mobility.acts.sales.tariffs import list_tariffs, publish_tariff
from mobility.bootstrap import Services
from mobility.cli.services import open_serving
from mobility.journeys.places import Resolved
from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from ticketing.fares.leg import FareMode
from ticketing.orders.journey import OfferedJourney
from ticketing.orders.life import UNPAID
from ticketing.orders.offer import ProductWish
from ticketing.orders.refusal import OrderRefusedError
from ticketing.tariff.read_tariff import parse_tariff

ORIGIN, DESTINATION, ARRIVE = "Nancray", "Saulieu", dt.time(13)
MODES = frozenset((FareMode.ON_DEMAND, FareMode.RAIL, FareMode.COACH))
"""What the traveller's journey goes by, on one ticket."""

PASS = "besancon-month"
TEST_CARD = "ok"
DAYS_AHEAD = 8


def load_tariff(services: Services) -> None:
    """Publish the demo's tariff, unless one is in force."""
    if not any(shown.is_in_force for shown in list_tariffs(services.acts)):
        written = files("mobility.demo").joinpath("tariff.toml").read_text(encoding="utf-8")
        publish_tariff(services.acts, SYSTEM, parse_tariff(written))


def sell_tickets(services: Services, now: dt.datetime, buyer: Caller) -> int:
    """What the demo's traveller has bought, once: a journey on demand, by train and by coach, and a pass of next month;
    how many orders that made."""
    if list_my_orders(services.sales, buyer):
        return 0
    today = now.astimezone(PARIS).date()
    first_of_next = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    from_s = int(dt.datetime.combine(first_of_next, dt.time(), PARIS).timestamp())
    wishes = [OfferWish(products=(ProductWish(PASS, from_s),))]
    journey = _find_journey(services, today)
    if journey:
        wishes.append(OfferWish(journeys=(journey,)))
    return sum(_buy(services, buyer, wish) for wish in wishes)


def _buy(services: Services, buyer: Caller, wish: OfferWish) -> bool:
    """Whether it was to be had."""
    try:
        offers = tuple(one.token for one in offer(services.sales, buyer, wish))
        made = order(services.sales, buyer, OrderWish(offers)).order
        if made.status in UNPAID:
            pay(services.sales, buyer, made.id, PayWish(method=TEST_CARD))
    except OrderRefusedError:
        return False
    return True


def _find_journey(services: Services, today: dt.date) -> str:
    """The first one of the days to come that goes by all of `MODES`; "": there is none, such as in holidays."""
    serving = open_serving(services)
    start, end = (serving.places.resolve(name) for name in (ORIGIN, DESTINATION))
    if not (isinstance(start, Resolved) and isinstance(end, Resolved)):
        return ""
    for ahead in range(1, DAYS_AHEAD):
        arrive = dt.datetime.combine(today + dt.timedelta(days=ahead), ARRIVE, PARIS)
        question = Question(
            origin=start.word, destination=end.word, time_s=int(arrive.timestamp()), arrive_by=True
        )
        for itinerary in plan(serving, question)["itineraries"]:
            price = itinerary["price"]
            token = price.get("offer", "") if isinstance(price, dict) else ""
            if token and _modes_of(services, token) >= MODES:
                return str(token)
    return ""


def _modes_of(services: Services, token: str) -> set[FareMode]:
    journey = read(OfferedJourney, token, services.sales.journey_key)
    return {leg.mode for leg in journey.legs}
