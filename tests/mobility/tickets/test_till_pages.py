"""A counter in a browser without JavaScript: a float, sales for cash with change, refunds by hand, the count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.sales.tariffs import publish_tariff
from mobility.bootstrap import build_services
from mobility.pages.till_wording import TILL_WORDS
from mobility.settings import Settings
from tests.mobility.on_demand.test_pages import follow, main_of, send, words_of
from tests.mobility.pages.page_reader import read_page
from tests.mobility.prices.small_tariff import write_tariff
from tests.mobility.tickets.conftest import NOW, PASSWORD, Shop
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


@pytest.fixture(scope="module", params=[True, False], ids=["named", "of the feeds"])
def by_zones(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A counter whose tariff has a pass by zones, and names them or leaves that to its feeds; (browser, is named)."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("zones"), log_level="error", worker="separate")
    with build_services(settings, now=lambda: NOW) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
        zones = {"centre": ["a"], "nord-est": ["b"], "sud": ["c"]} if request.param else {}
        by_zone = {"kind": "zones", "zone_cents": [3000, 4500, 5000]}
        month = {"kind": "pass", "networks": ["city"], "period": "month", "fare": by_zone}
        tariff = write_tariff({"city": {"mode": "city"}}, [{"id": "zone-month"} | month], zones=zones)
        publish_tariff(services.acts, SYSTEM, tariff)
        details = Details("agnes@example.org")
        add_person(services.accounts, SYSTEM, details, frozenset((Role.AGENT,)), PASSWORD)
        yield signed_in(Shop(services, SYSTEM, NOW), "agnes"), request.param


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_pass_by_zones_is_sold_by_their_names(by_zones: Any, lang: str) -> None:
    browser, is_named = by_zones
    till = browser.get(f"/till?lang={lang}")
    assert "Zone-Month" in words_of(till)
    asked = {"lang": lang, "product": "zone-month", "rider": "youth", "from": "2027-01-10"}
    form = browser.get("/till/offer", params=asked)
    assert form.status_code == 200, "nothing is wrong yet"
    main = main_of(form)
    fields = [one for one in main.find_all("input") if one.attributes.get("name") == "zone"]
    labels = {one.attributes["for"]: one.text() for one in main.find_all("label")}
    legend = main.get("fieldset").get("legend").text()
    assert legend == "Zones"
    named = [labels[one.attributes["id"]] for one in fields]
    typed = {"fr": ["Noms des zones"], "en": ["Names of the zones"]}[lang]
    assert named == (["centre", "nord-est", "sud"] if is_named else typed)
    assert {one.attributes["selected"] for one in main.find_all("option") if "selected" in one.attributes}
    none = browser.get("/till/offer", params=asked | {"zones": "asked"})
    said = {"fr": "Choisissez au moins une zone.", "en": "Choose at least one zone."}[lang]
    assert (none.status_code, said in words_of(none)) == (422, True)
    (link,) = [one for one in read_page(none.text).find_all("a") if one.text() == said]
    assert link.attributes["href"] == "#zone-1", "it leads to the first box"
    assert main_of(none).get("fieldset").attributes["aria-describedby"] == "zones-hint zones-error"

    zones = ["nord-est", "sud"] if is_named else ["12, 13"]
    offered = browser.get("/till/offer", params=asked | {"zones": "asked", "zone": zones})
    assert offered.status_code == 200, offered.text
    assert {"fr": "22,50", "en": "€22.50"}[lang] in words_of(offered), "two zones, half for youths"
    assert f"Zone-Month ({'nord-est, sud' if is_named else '12, 13'})" in words_of(offered)
    held = send(browser, offered, "/till/offer")
    sold = send(browser, held, "/cash")
    assert {"fr": "payée, titres émis", "en": "paid, tickets issued"}[lang] in words_of(sold)


def test_zones_there_are_not_are_said(by_zones: Any) -> None:
    browser, is_named = by_zones
    asked = {"lang": "en", "product": "zone-month", "rider": "adult", "zones": "asked", "zone": "Moon"}
    answer = browser.get("/till/offer", params=asked)
    if is_named:
        assert (answer.status_code, "name some of centre, nord-est, sud" in words_of(answer)) == (422, True)
        assert main_of(answer).find_all("fieldset"), "and can be chosen again"
    else:
        assert answer.status_code == 200, "nobody knows all zones of the feeds"
    wrong = browser.get("/till/offer", params=asked | {"from": "2026-02-30"})
    assert (wrong.status_code, "Write the date" in words_of(wrong)) == (422, True)
