"""A counter in a browser without JavaScript: a float, sales for cash with change, refunds by hand, the count."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.acts.accounts.people import Details, add_person
from mobility.pages.till_wording import TILL_WORDS
from tests.mobility.on_demand.test_pages import follow, main_of, send, words_of
from tests.mobility.pages.page_reader import read_page
from tests.mobility.tickets.conftest import PASSWORD, Shop
from tests.mobility.tickets.test_pages import offer_of, ordered, paid


@pytest.fixture
def counter(shop: Shop) -> Shop:
    for name, role in (("agnes", Role.AGENT), ("olga", Role.OPERATOR)):
        with shop.services.unit_of_work(read_only=True) as work:
            is_there = work.accounts.find_by_email(f"{name}@example.org") is not None
        if not is_there:
            details = Details(f"{name}@example.org")
            add_person(shop.services.accounts, SYSTEM, details, frozenset((role,)), PASSWORD)
    return shop


def signed_in(shop: Shop, name: str) -> TestClient:
    browser = shop.browser()
    send(browser, browser.get("/login?lang=en"), "/login", email=f"{name}@example.org", password=PASSWORD)
    return browser


def product(browser: TestClient, product_id: str = "besancon-month") -> Any:
    """The page of an order of a product, held for a customer."""
    page = browser.get("/till/offer?" + urlencode({"lang": "en", "product": product_id, "rider": "adult"}))
    assert page.status_code == 200, page.text
    return send(browser, page, "/till/offer", name="Gus")


def test_both_languages_say_everything() -> None:
    assert set(TILL_WORDS["fr"]) == set(TILL_WORDS["en"])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_till_says_what_should_be_in_it(counter: Shop, lang: str) -> None:
    page = signed_in(counter, "agnes").get(f"/till?lang={lang}")
    assert page.headers["Content-Language"] == lang
    words = words_of(page)
    assert {"fr": "Doit s’y trouver", "en": "Should be in it"}[lang] in words
    labels = {label.attributes["for"] for label in main_of(page).find_all("label")}
    ids = {
        one.attributes["id"]
        for kind in ("input", "select")
        for one in main_of(page).find_all(kind)
        if one.attributes.get("type") != "hidden"
    }
    assert labels == ids, "everything one fills in has a name"


def test_a_day_at_the_counter(counter: Shop) -> None:
    browser = signed_in(counter, "agnes")
    opened = send(browser, browser.get("/till?lang=en"), "/till/count", counted="0", added="50")
    assert "€0.00 counted for €0.00 by the book: difference €0.00, €50.00 left in it" in words_of(opened)

    held = product(browser)
    assert "To be taken: €46.00" in words_of(held)
    short = send(browser, held, "/cash", given="40")
    assert (short.status_code, "€6.00 are missing." in words_of(short)) == (422, True)
    wrong = send(browser, held, "/cash", given="forty")
    assert (wrong.status_code, "such as 12.50" in words_of(wrong)) == (422, True)
    sold = send(browser, held, "/cash", given="50,00")
    assert "Change to give: €4.00" in words_of(sold)
    assert "paid, tickets issued" in words_of(sold)
    tickets = follow(browser, sold, "Tickets and receipt")
    assert tickets.status_code == 200
    assert "To be taken" not in words_of(sold)

    reference = read_page(sold.text).get("h1").text().split()[-1]
    looked = browser.get("/till/orders", params={"lang": "en", "reference": f" {reference.lower()} "})
    assert reference in words_of(looked)
    assert "Refund by hand" not in words_of(looked), "that is the operator's"

    office = signed_in(counter, "olga")
    page = office.get("/till/orders", params={"lang": "en", "reference": reference})
    no_reason = send(office, page, "/refund", reason=" ")
    assert (no_reason.status_code, "Give the reason" in words_of(no_reason)) == (422, True)
    given = send(office, page, "/refund", reason="the line is closed")
    assert "refunded" in words_of(given)

    back = send(browser, browser.get(str(sold.url)), "/hand-out")
    assert "in cash" not in words_of(back), "it is handed out once"
    counted = send(browser, browser.get("/till?lang=en"), "/till/count", counted="49.50", deposited="40")
    words = words_of(counted)
    assert "€49.50 counted for €50.00 by the book: difference -€0.50, €9.50 left in it" in words


def test_a_journey_is_sold_from_its_price(counter: Shop) -> None:
    browser = signed_in(counter, "agnes")
    offer = follow(browser, browser.get(offer_of(counter, "en", "adult", "youth")), "Sell for cash")
    assert "2 travellers" in words_of(offer)
    held = send(browser, offer, "/till/offer")
    sold = send(browser, held, "/cash")
    assert "paid, tickets issued" in words_of(sold)
    assert "Change" not in words_of(sold)
    assert "Sell for cash" not in words_of(counter.browser().get(offer_of(counter)))


def test_an_order_made_online_is_paid_at_the_counter(counter: Shop) -> None:
    mine = signed_in(counter, "vera")
    order = ordered(mine, counter)
    reference = read_page(order.text).get("h1").text().split()[-1]
    browser = signed_in(counter, "agnes")
    page = browser.get("/till/orders", params={"lang": "en", "reference": reference})
    assert "paid, tickets issued" in words_of(send(browser, page, "/cash"))
    assert "paid, tickets issued" in words_of(mine.get(str(order.url)))


def test_what_a_counter_does_not_show_or_do(counter: Shop) -> None:
    anybody = counter.browser()
    assert "/login?" in anybody.get("/till", follow_redirects=False).headers["location"]
    vera = signed_in(counter, "vera")
    refused = vera.get("/till?lang=en")
    assert (refused.status_code, "does not allow" in words_of(refused)) == (403, True)
    assert vera.get("/till/offer?product=besancon-month").status_code == 403
    page = paid(vera, ordered(vera, counter))
    reference = read_page(page.text).get("h1").text().split()[-1]
    assert vera.get(f"/till/orders?reference={reference}").status_code == 403
    browser = signed_in(counter, "agnes")
    for unknown in (reference, "", "ZZZZZZZZ", "'; --"):
        answer = browser.get(f"/till/orders?lang=en&reference={unknown}")
        assert answer.status_code == 404, unknown
    held = product(browser)
    forged = browser.post(str(held.url).replace("?", "/cash?"), data={"given": "50", "form_token": "x"})
    assert (forged.status_code, "To be taken" in words_of(forged)) == (422, True)
    assert browser.get("/till/offer?lang=en&product=moon-month").status_code == 422
    more = send(browser, browser.get("/till?lang=en"), "/till/count", counted="10", deposited="20")
    assert (more.status_code, "No more can be brought to the bank" in words_of(more)) == (422, True)
