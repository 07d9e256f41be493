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
from mobility.acts.sales.basket import OrderWish, order
from mobility.acts.sales.offer import OfferWish, offer
from mobility.acts.sales.pay import PayWish, pay
from tests.mobility.on_demand.test_pages import follow, main_of, send, words_of
from tests.mobility.pages.page_reader import read_page
from tests.mobility.tickets.conftest import LEAVES_S, NOW, PASSWORD, Shop
from tests.mobility.tickets.test_pages import offer_of, paid, signed_in
from ticketing.orders.journey import OfferedJourney
from ticketing.orders.offer import ProductWish
from ticketing.orders.order import Order

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
    offered = browser.get(chosen(shop, page, coach_alone(shop), lang))
    words = words_of(offered)
    assert (offered.status_code, offered.headers["Content-Language"]) == (200, lang)
    assert {"fr": "l’échange est sans frais", "en": "an exchange is without a fee"}[lang] in words
    assert {"fr": "vous sont rendus, par le moyen", "en": "are given back, the way they were paid"}[
        lang
    ] in words
    assert {"fr": "mardi 24 novembre 2026, 10:00 : Besançon → Dole", "en": "10:00: Besançon → Dole"}[
        lang
    ] in words
    done = send(browser, offered, "/exchange")
    words = words_of(done)
    assert {"fr": "C’est échangé.", "en": "It is exchanged."}[lang] in words
    assert {"fr": "Ce titre n’est plus valable.", "en": "This ticket is no longer valid."}[lang] in words
    assert urlsplit(str(done.url)).path == urlsplit(str(page.url)).path, "the order it was bought in"
    assert len(main_of(done).find_all("img", class_="code")) >= 1, "the new ticket is there"


def test_until_the_difference_is_paid_the_old_ticket_stays_valid(shop: Shop) -> None:
    browser = signed_in(shop)
    page = bought(browser, shop, coach_alone(shop))
    offered = browser.get(chosen(shop, page, shop.journey(LEAVES_S + HOUR_S)))
    assert "Until it is paid, your present ticket stays valid." in words_of(offered)
    new = send(browser, offered, "/exchange")
    words = words_of(new)
    assert "Your seats are kept. What is left is to pay." in words
    assert "will be paid by the ticket you exchange, which stays valid until you pay" in words
    old = follow(browser, new, "The order of the ticket that is exchanged")
    assert "paid, tickets issued" in words_of(old)
    assert "no longer valid" not in words_of(old)
    again = send(browser, offered, "/exchange")
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
        (address.replace("item=1", "item=9"), 404, "There is nothing to exchange here."),
        (address.replace("item=1", "item=%3Cb%3E"), 404, "There is nothing to exchange here."),
        (address.replace("journey=", "journey=x"), 422, "was not offered here"),
    ):
        answer = browser.get(broken)
        assert (answer.status_code, said in words_of(answer)) == (status, True), broken
    offered = browser.get(address)
    forged = send(browser, offered, "/exchange", form_token="forged")
    assert (forged.status_code, "You give" in words_of(forged)) == (422, True), "and one can send it again"
    nonsense = send(browser, offered, "/exchange", offer="nonsense")
    assert (nonsense.status_code, bool(read_page(nonsense.text).get("div", class_="errors").text())) == (
        422,
        True,
    )
    shop.now = NOW + dt.timedelta(hours=1)
    late = send(browser, offered, "/exchange")
    assert (late.status_code, "expired" in words_of(late)) == (422, True)
    shop.now = dt.datetime.fromtimestamp(LEAVES_S + 60, dt.UTC)
    begun = signed_in(shop).get(chosen(shop, page, shop.journey(LEAVES_S + 5 * HOUR_S)))
    assert (begun.status_code, "This journey has begun" in words_of(begun)) == (422, True)


def test_the_page_can_be_read_and_used_by_everybody(shop: Shop) -> None:
    browser = signed_in(shop)
    page = bought(browser, shop)
    offered = browser.get(chosen(shop, page, coach_alone(shop)))
    content = read_page(offered.text)
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


@pytest.fixture(scope="module")
def browser(house: Shop) -> TestClient:
    """Vera's: whoever signs in too often has to wait."""
    return signed_in(house)


def product(shop: Shop, product_id: str, from_s: int = 0) -> Order:
    """What Vera has bought."""
    wish = OfferWish(products=(ProductWish(product_id, from_s),))
    (found,) = offer(shop.services.sales, shop.vera, wish)
    made = order(shop.services.sales, shop.vera, OrderWish((found.token,))).order
    pay(shop.services.sales, shop.vera, made.id, PayWish(method="ok"))
    return made


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_carnet_is_exchanged_for_a_pass_that_is_chosen_on_the_page(
    shop: Shop, browser: TestClient, lang: str
) -> None:
    carnet = product(shop, "besancon-carnet")
    page = browser.get(f"/tickets/orders/{carnet.id}?lang={lang}")
    form = follow(browser, page, {"fr": "Échanger ce titre", "en": "Exchange this product"}[lang])
    assert form.status_code == 200
    assert {"fr": "Carnet de 10 Besançon Bus", "en": "Ten Besançon Bus tickets"}[lang] in words_of(form)
    main = main_of(form)
    labels = {label.attributes["for"] for label in main.find_all("label")}
    assert labels == {"product", "from"}, "everything one fills in has a name"
    offered = browser.get(form.url, params={"lang": lang, "item": "1", "product": "dijon-month"})
    words = words_of(offered)
    assert {"fr": "l’échange est sans frais", "en": "an exchange is without a fee"}[lang] in words
    assert {"fr": "Reste à payer : 33,40", "en": "To be paid: €33.40"}[lang] in words, "46 less 12.60"
    to_pay = str(send(browser, offered, "/exchange").url)
    done = paid(browser, browser.get(to_pay.replace("lang=fr", "lang=en")))
    assert "Dijon Bus month pass" in words_of(done)
    old = words_of(browser.get(str(page.url)))
    assert {"fr": "échangée", "en": "exchanged"}[lang] in old
    assert {"fr": "Échanger ce titre", "en": "Exchange this product"}[lang] not in old


def test_a_pass_of_a_month_to_come_is_exchanged_from_the_day_one_says(
    shop: Shop, browser: TestClient
) -> None:
    bought_ahead = product(shop, "besancon-month", int(shop.now.timestamp()) + 40 * 86_400)
    address = f"/tickets/orders/{bought_ahead.id}/exchange"
    asked = {"lang": "en", "item": "1", "product": "dijon-month"}
    wrong = browser.get(address, params=asked | {"from": "soon"})
    assert (wrong.status_code, "Write the date as" in words_of(wrong)) == (422, True)
    assert main_of(wrong).get("input", id="from").attributes["aria-invalid"] == "true"
    offered = browser.get(address, params=asked | {"from": "2027-01-15"})
    assert "Nothing to pay, nothing to give back." in words_of(offered)
    done = send(browser, offered, "/exchange")
    assert "It is exchanged." in words_of(done)
    assert "1 January 2027, 04:30" in words_of(done)


def test_what_is_left_of_no_product_is_said(shop: Shop, browser: TestClient) -> None:
    running = product(shop, "besancon-month")
    asked = {"lang": "en", "item": "1", "product": "dijon-month"}
    shop.now = NOW + dt.timedelta(hours=1)
    refused = browser.get(f"/tickets/orders/{running.id}/exchange", params=asked)
    assert (refused.status_code, "Nothing of this is left" in words_of(refused)) == (422, True)
    assert "What do you take instead?" in words_of(refused)
    unknown = browser.get(f"/tickets/orders/{running.id}/exchange", params=asked | {"product": "moon-month"})
    assert (unknown.status_code, "is not sold without a journey" in words_of(unknown)) == (422, True)


def test_a_carnet_is_given_for_a_journey(shop: Shop, browser: TestClient) -> None:
    carnet = product(shop, "dijon-carnet")
    form = browser.get(f"/tickets/orders/{carnet.id}/exchange?lang=en&item=1")
    to_search = next(
        one for one in read_page(form.text).find_all("a") if one.text() == "Take a journey instead"
    ).attributes["href"]
    assert parse_qs(urlsplit(to_search).query) == {
        "adults": ["1"], "children": ["0"], "category": ["adult"], "exchange": [f"{carnet.id}:1"], "lang": ["en"],
    }  # fmt: skip
    journey = coach_alone(shop)
    offered = browser.get(
        f"/tickets/orders/{carnet.id}/exchange?" + urlencode({"lang": "en", "item": "1", "journey": journey})
    )
    assert "are given back, the way they were paid" in words_of(offered)
    assert "It is exchanged." in words_of(send(browser, offered, "/exchange"))


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
