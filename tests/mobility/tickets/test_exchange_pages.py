"""A ticket becomes another one in a browser without JavaScript: chosen on the journeys page, the difference seen, paid
or given back; by an account, by a guest, at a counter."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from ground.signed import read, sign
from mobility.accounts.caller import SYSTEM, Role
from mobility.acts.accounts.people import Details, add_person
from tests.mobility.on_demand.test_pages import follow, main_of, send, words_of
from tests.mobility.pages.page_reader import read_page
from tests.mobility.tickets.conftest import LEAVES_S, NOW, PASSWORD, Shop
from tests.mobility.tickets.test_pages import offer_of, paid, signed_in
from ticketing.orders.journey import OfferedJourney

HOUR_S = 3600


def chosen(shop: Shop, order_page: Any, journey: str, lang: str = "en") -> str:
    """The address the journeys page leads to, for a journey that was chosen there."""
    address = urlsplit(str(order_page.url))
    access = parse_qs(address.query).get("access", [""])[0]
    asked = {"lang": lang, "item": "1", "journey": journey} | ({"access": access} if access else {})
    return f"{address.path}/exchange?{urlencode(asked)}"


def coach_alone(shop: Shop, leaves_s: int = LEAVES_S + HOUR_S) -> str:
    """What is cheaper than coach and train."""
    both = read(OfferedJourney, shop.journey(leaves_s), shop.services.sales.journey_key)
    return sign(OfferedJourney(both.legs[:1], expires_s=both.expires_s), shop.services.sales.journey_key)


def bought(browser: TestClient, shop: Shop, journey: str = "") -> Any:
    """The page of an order that is paid."""
    page = browser.get("/tickets/offer?" + urlencode({"lang": "en", "journey": journey or shop.journey()}))
    return paid(browser, send(browser, page, "/tickets/offer"))


def test_an_order_leads_to_the_journeys_page_with_all_that_is_known(shop: Shop) -> None:
    browser = signed_in(shop)
    page = send(browser, browser.get(offer_of(shop, "en", "youth", "child")), "/tickets/offer")
    assert "Exchange this journey" not in words_of(page), "what is not paid is given up instead"
    page = paid(browser, page)
    link = next(
        one for one in read_page(page.text).find_all("a") if one.text() == "Exchange this journey"
    ).attributes["href"]
    answer = browser.get(link, follow_redirects=False)
    assert answer.status_code == 303
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    order_id = urlsplit(str(page.url)).path.rpartition("/")[2]
    assert asked == {
        "from": "Besançon", "from_id": "demo_Besançon", "from_name": "Besançon",
        "to": "Dijon", "to_id": "demo_Dijon", "to_name": "Dijon",
        "date": "2026-11-24", "time": "09:00", "adults": "1", "children": "1", "category": "youth",
        "exchange": f"{order_id}:1", "lang": "en",
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_what_costs_less_is_exchanged_at_once_and_the_rest_comes_back(shop: Shop, lang: str) -> None:
    browser = signed_in(shop)
    page = bought(browser, shop)
    offer = browser.get(chosen(shop, page, coach_alone(shop), lang))
    words = words_of(offer)
    assert (offer.status_code, offer.headers["Content-Language"]) == (200, lang)
    assert {"fr": "l’échange est sans frais", "en": "an exchange is without a fee"}[lang] in words
    assert {"fr": "vous sont rendus, par le moyen", "en": "are given back, the way they were paid"}[
        lang
    ] in words
    assert {"fr": "mardi 24 novembre 2026, 10:00 : Besançon → Dole", "en": "10:00: Besançon → Dole"}[
        lang
    ] in words
    done = send(browser, offer, "/exchange")
    words = words_of(done)
    assert {"fr": "C’est échangé.", "en": "It is exchanged."}[lang] in words
    assert {"fr": "Ce titre n’est plus valable.", "en": "This ticket is no longer valid."}[lang] in words
    assert urlsplit(str(done.url)).path == urlsplit(str(page.url)).path, "the order it was bought in"
    assert len(main_of(done).find_all("img", class_="code")) >= 1, "the new ticket is there"


def test_until_the_difference_is_paid_the_old_ticket_stays_valid(shop: Shop) -> None:
    browser = signed_in(shop)
    page = bought(browser, shop, coach_alone(shop))
    offer = browser.get(chosen(shop, page, shop.journey(LEAVES_S + HOUR_S)))
    assert "Until it is paid, your present ticket stays valid." in words_of(offer)
    new = send(browser, offer, "/exchange")
    words = words_of(new)
    assert "Your seats are kept. What is left is to pay." in words
    assert "will be paid by the ticket you exchange, which stays valid until you pay" in words
    old = follow(browser, new, "The order of the ticket that is exchanged")
    assert "paid, tickets issued" in words_of(old)
    assert "no longer valid" not in words_of(old)
    again = send(browser, offer, "/exchange")
    assert str(again.url) == str(new.url), "the same form twice is one order"
    done = paid(browser, new)
    assert "It is paid." in words_of(done)
    assert "were paid by the ticket that was exchanged" in words_of(done)
    old = browser.get(str(page.url))
    assert "exchanged" in words_of(old)
    assert "This ticket is no longer valid." in words_of(old)
    assert "Exchange this journey" not in words_of(old)


def test_who_gives_the_new_one_up_has_the_old_one(shop: Shop) -> None:
    browser = signed_in(shop)
    page = bought(browser, shop, coach_alone(shop))
    new = send(browser, browser.get(chosen(shop, page, shop.journey())), "/exchange")
    assert "given up, nothing is paid" in words_of(send(browser, new, "/release"))
    old = browser.get(str(page.url))
    assert "paid, tickets issued" in words_of(old)
    assert "no longer valid" not in words_of(old)


def test_a_guest_exchanges_with_the_word_of_the_address(shop: Shop) -> None:
    browser = shop.browser()
    page = send(
        browser,
        browser.get("/tickets/offer?" + urlencode({"lang": "en", "journey": coach_alone(shop)})),
        "/tickets/offer",
    )
    page = paid(browser, page)
    to_search = browser.get(
        next(
            one for one in read_page(page.text).find_all("a") if one.text() == "Exchange this journey"
        ).attributes["href"],
        follow_redirects=False,
    )
    assert ":guest." in parse_qs(urlsplit(to_search.headers["location"]).query)["exchange"][0]
    address = chosen(shop, page, shop.journey())
    new = send(browser, browser.get(address), "/exchange")
    done = paid(browser, new)
    assert "paid, tickets issued" in words_of(done)
    assert "This ticket is no longer valid." in words_of(browser.get(str(page.url)))
    nobody = shop.browser().get(address.partition("&access")[0], follow_redirects=False)
    assert (nobody.status_code, "/login?" in nobody.headers["location"]) == (303, True)
    forged = shop.browser().get(address[:-2] + "xx")
    assert (forged.status_code, "not yours" in words_of(forged)) == (422, True)
    assert "Exchange:" not in words_of(signed_in(shop).get(address.partition("&access")[0])), "nobody else's"


def test_what_cannot_be_exchanged_is_said_in_words(shop: Shop) -> None:
    browser = signed_in(shop)
    page = bought(browser, shop)
    address = chosen(shop, page, shop.journey(LEAVES_S + HOUR_S))
    for broken, status, said in (
        (address.replace("item=1", "item=9"), 404, "There is no journey to exchange here."),
        (address.replace("item=1", "item=%3Cb%3E"), 404, "There is no journey to exchange here."),
        (address.replace("journey=", "journey=x"), 422, "was not offered here"),
    ):
        answer = browser.get(broken)
        assert (answer.status_code, said in words_of(answer)) == (status, True), broken
    offer = browser.get(address)
    forged = send(browser, offer, "/exchange", form_token="forged")
    assert (forged.status_code, "You give" in words_of(forged)) == (422, True), "and one can send it again"
    nonsense = send(browser, offer, "/exchange", offer="nonsense")
    assert (nonsense.status_code, bool(read_page(nonsense.text).get("div", class_="errors").text())) == (
        422,
        True,
    )
    shop.now = NOW + dt.timedelta(hours=1)
    late = send(browser, offer, "/exchange")
    assert (late.status_code, "expired" in words_of(late)) == (422, True)
    shop.now = dt.datetime.fromtimestamp(LEAVES_S + 60, dt.UTC)
    begun = signed_in(shop).get(chosen(shop, page, shop.journey(LEAVES_S + 5 * HOUR_S)))
    assert (begun.status_code, "This journey has begun" in words_of(begun)) == (422, True)


def test_the_page_can_be_read_and_used_by_everybody(shop: Shop) -> None:
    browser = signed_in(shop)
    page = bought(browser, shop)
    offer = browser.get(chosen(shop, page, coach_alone(shop)))
    content = read_page(offer.text)
    assert [one.text() for one in content.find_all("h1")] == ["Exchange your ticket"]
    assert [one.text() for one in content.find_all("h2")] == [
        "You give",
        "You take instead",
        "The difference",
    ]
    assert all(button.text() for button in content.find_all("button"))
    assert not content.find_all("script")
    other = next(one for one in content.find_all("a") if one.text() == "Français")
    assert "Échanger votre titre" in words_of(browser.get(other.attributes["href"]))


def test_an_agent_exchanges_for_who_bought_at_the_counter(shop: Shop) -> None:
    details = Details("arno@example.org")
    add_person(shop.services.accounts, SYSTEM, details, frozenset((Role.AGENT,)), PASSWORD)
    browser = shop.browser()
    send(browser, browser.get("/login?lang=en"), "/login", email="arno@example.org", password=PASSWORD)
    page = browser.get("/till/offer?" + urlencode({"lang": "en", "journey": coach_alone(shop)}))
    sold = send(browser, send(browser, page, "/till/offer"), "/cash")
    tickets = follow(browser, sold, "Tickets and receipt")
    new = send(browser, browser.get(chosen(shop, tickets, shop.journey())), "/exchange")
    order_id = urlsplit(str(new.url)).path.rpartition("/")[2]
    assert "paid, tickets issued" in words_of(
        send(browser, browser.get(f"/till/orders/{order_id}?lang=en"), "/cash")
    )
    assert "This ticket is no longer valid." in words_of(browser.get(str(tickets.url)))
