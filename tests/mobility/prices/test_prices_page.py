"""The price on the page is the traveller's: by the cards they say they have, and by what they bought."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.sales.basket import OrderWish, order
from mobility.acts.sales.cash import sell_for_cash
from mobility.acts.sales.offer import OfferWish, offer
from mobility.bootstrap import Services
from tests.mobility.http.asking import MONDAY
from tests.mobility.on_demand.test_pages import send
from tests.mobility.pages.page_reader import Element, read_page
from tests.mobility.prices.test_prices import client, services
from ticketing.orders.offer import ProductWish

__all__ = ["client", "services"]

PASSWORD = "correct horse battery"
AGENT = Caller("agent", frozenset((Role.AGENT,)))


def first(browser: TestClient, **fields: str) -> tuple[int, list[str]]:
    """The price of the first journey in cents, and as whom one would buy it."""
    asked = {"from": "Avallon", "to": "Cluny", "date": MONDAY, "time": "08:00", "lang": "en"} | fields
    answer = browser.get("/", params=asked)
    assert answer.status_code == 200, answer.text
    one: Element = read_page(answer.text).find_all("li", class_="itinerary")[0]
    words = one.get("details", class_="price").get("summary").text()
    (link,) = [a.attributes["href"] for a in one.find_all("a") if "/tickets/offer" in a.attributes["href"]]
    cents = round(float(words.partition("€")[2].split()[0]) * 100)
    return cents, parse_qs(urlsplit(link).query)["rider"]


def test_a_card_that_is_ticked_counts_and_goes_along(client: TestClient) -> None:
    full, as_whom = first(client)
    assert as_whom == ["adult"]
    reduced, as_whom = first(client, card_card="1")
    assert abs(reduced - 0.7 * full) <= 2.5
    assert as_whom == ["adult+card"]
    two, as_whom = first(client, card_card="1", adults="2", children="1")
    assert as_whom == ["adult+card", "adult+card", "child"]
    assert two > 2 * reduced


def test_what_was_bought_counts_for_who_is_signed_in(services: Services, client: TestClient) -> None:
    services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
    vera = add_person(
        services.accounts, SYSTEM, Details("vera@example.org"), frozenset((Role.TRAVELLER,)), PASSWORD
    )
    full, _ = first(client)
    wish = OfferWish(products=(ProductWish("card", 0),), person_id=vera.id)
    (card,) = offer(services.sales, AGENT, wish)
    made = order(services.sales, AGENT, OrderWish((card.token,), person_id=vera.id)).order
    sell_for_cash(services.sales, AGENT, made.id)
    assert first(client)[0] == full, "nobody is signed in"
    send(client, client.get("/login?lang=en"), "/login", email="vera@example.org", password=PASSWORD)
    own, as_whom = first(client)
    assert abs(own - 0.7 * full) <= 2.5
    assert as_whom == ["adult"], "who buys has it in their account"
    assert first(client, adults="2")[0] == full + own
