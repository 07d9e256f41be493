"""The pages of tickets in a browser without JavaScript: with an account and without, through the test bank and back."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from mobility.acts.sales.revocations import list_keys
from mobility.pages.tickets_wording import TICKETS_WORDS
from tests.mobility.on_demand.test_pages import follow, main_of, send, words_of
from tests.mobility.pages.page_reader import read_page
from tests.mobility.tickets.conftest import NOW, PASSWORD, Shop
from ticketing.tickets.known import Known, keys_document, read_known
from ticketing.tickets.picture import read_content
from ticketing.tickets.read_code import read_code

MINE = "/tickets?lang=en"


def offer_of(shop: Shop, lang: str = "en", *riders: str, **token: int) -> str:
    asked = {"lang": lang, "journey": shop.journey(**token), "rider": riders}
    return "/tickets/offer?" + urlencode(asked, doseq=True)


def signed_in(shop: Shop) -> TestClient:
    browser = shop.browser()
    send(browser, browser.get("/login?lang=en"), "/login", email="vera@example.org", password=PASSWORD)
    return browser


def known_now(shop: Shop) -> Known:
    keys = keys_document(*list_keys(shop.services.tickets))
    return read_known(json.dumps(keys))


def ordered(browser: TestClient, shop: Shop, **typed: str) -> Any:
    """The page of a new order."""
    return send(browser, browser.get(offer_of(shop)), "/tickets/offer", **typed)


def paid(browser: TestClient, page: Any, card: str = "ok") -> Any:
    """The page of the order after the test bank's."""
    pending = send(browser, page, "/pay")
    bank = follow(browser, pending, "Go on to the payment")
    form = next(one for one in read_page(bank.text).find_all("form", method="post"))
    fields = {
        one.attributes["name"]: one.attributes["value"]
        for one in form.find_all("input")
        if one.attributes["type"] == "hidden"
    }
    return browser.post(form.attributes["action"] or str(bank.url), data=fields | {"card": card})


def test_both_languages_say_everything() -> None:
    assert set(TICKETS_WORDS["fr"]) == set(TICKETS_WORDS["en"])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_offer_says_what_its_price_is_made_of_and_why_nothing_else(shop: Shop, lang: str) -> None:
    page = shop.browser().get(offer_of(shop, lang))
    assert page.status_code == 200
    words = words_of(page)
    assert {"fr": "mardi 24 novembre 2026, 09:00 : Besançon → Dijon", "en": "Tuesday 24 November 2026"}[
        lang
    ] in words
    assert {"fr": "Total : ", "en": "Total: €"}[lang] in words
    assert {"fr": "Pourquoi pas un autre titre ?", "en": "Why no other ticket?"}[lang] in words
    assert page.headers["Content-Language"] == lang


def test_two_travellers_pay_what_each_costs(shop: Shop) -> None:
    browser = shop.browser()
    assert "2 travellers" in words_of(browser.get(offer_of(shop, "en", "adult", "youth")))
    unknown = browser.get(offer_of(shop, "en", "dragon"))
    assert (unknown.status_code, "no category 'dragon'" in words_of(unknown)) == (422, True)


def test_whoever_is_signed_in_orders_pays_shows_and_gives_back(shop: Shop) -> None:
    browser = signed_in(shop)
    page = ordered(browser, shop)
    assert "Your seats are kept. What is left is to pay." in words_of(page)
    page = paid(browser, page)
    words = words_of(page)
    assert "It is paid. Have a good journey!" in words
    assert "paid, tickets issued" in words
    pictures = main_of(page).find_all("img", class_="code")
    assert [one.attributes["alt"] for one in pictures] == [
        "Code to show to inspectors",
        "UIC code, for inspectors on trains",
    ]
    known = known_now(shop)
    refs = set()
    for one in pictures:
        png = base64.b64decode(one.attributes["src"].removeprefix("data:image/png;base64,"))
        (raw,) = read_content(png)
        refs.add(read_code(raw, known.keys.values(), int(NOW.timestamp())).ticket.ref)
    assert len(refs) == 1
    mine = browser.get(MINE)
    assert "Bought" in words_of(mine)
    after = send(browser, page, "/refund")
    assert "The refund is on its way." in words_of(after)
    assert "This ticket is no longer valid." in words_of(after)
    assert "Over" in words_of(browser.get(MINE))


def test_a_guest_orders_and_pays_and_the_address_opens_it(shop: Shop) -> None:
    browser = shop.browser()
    page = paid(browser, ordered(browser, shop, name="Gus", email="gus@example.org"))
    assert "It is paid." in words_of(page)
    assert "Keep the address of this page" in words_of(page)
    address = str(page.url)
    elsewhere = shop.browser()
    assert "paid, tickets issued" in words_of(elsewhere.get(address))
    without = elsewhere.get(address.partition("?")[0], follow_redirects=False)
    assert (without.status_code, "/login?" in without.headers["location"]) == (303, True)
    forged = elsewhere.get(address[:-2] + "xx")
    assert (forged.status_code, "not yours" in words_of(forged)) == (404, True)
    assert signed_in(shop).get(address.partition("?")[0] + "?lang=en").status_code == 404


def test_a_refused_card_takes_nothing_and_another_can_be_tried(shop: Shop) -> None:
    browser = signed_in(shop)
    refused = paid(browser, ordered(browser, shop), "refuse")
    assert "The payment was refused. Nothing was taken; you can try again." in words_of(refused)
    assert "It is paid" not in words_of(refused)
    assert "It is paid." in words_of(paid(browser, refused))


def test_who_gives_up_owes_nothing(shop: Shop) -> None:
    browser = signed_in(shop)
    page = send(browser, ordered(browser, shop), "/release")
    assert "given up, nothing is paid" in words_of(page)
    assert not [form for form in read_page(page.text).find_all("form") if "/pay" in form.attributes["action"]]


def test_a_slow_bank_is_pending_never_failed(shop: Shop) -> None:
    browser = signed_in(shop)
    page = paid(browser, ordered(browser, shop), "slow")
    assert "Do not buy a second time" in words_of(page)
    assert "refused" not in words_of(page)
    shop.now = NOW + dt.timedelta(seconds=30)
    assert "paid, tickets issued" in words_of(send(browser, page, "/look"))


def test_the_same_form_sent_twice_is_one_order(shop: Shop) -> None:
    browser = signed_in(shop)
    page = browser.get(offer_of(shop))
    first, second = (send(browser, page, "/tickets/offer") for _ in range(2))
    assert str(first.url) == str(second.url)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/tickets/offer?lang=en", 422),
        ("/tickets/offer?lang=en&journey=nonsense", 410),
        ("/tickets/orders/nonsense?lang=en&access=nonsense", 404),
    ],
)
def test_what_is_nothing_of_ours_is_said_in_words(shop: Shop, address: str, status: int) -> None:
    page = shop.browser().get(address)
    assert page.status_code == status
    assert read_page(page.text).get("div", class_="errors").text()


def test_an_offer_that_is_gone_sends_one_back_to_search(shop: Shop) -> None:
    token = offer_of(shop, expires_s=int(NOW.timestamp()) - 1)
    page = shop.browser().get(token)
    assert (page.status_code, "Plan a journey" in words_of(page)) == (410, True)


def test_a_form_from_elsewhere_orders_nothing(shop: Shop) -> None:
    browser = signed_in(shop)
    page = browser.get(offer_of(shop))
    sent = send(browser, page, "/tickets/offer", form_token="forged")
    assert sent.status_code == 422
    assert "/tickets/orders/" not in str(sent.url)
