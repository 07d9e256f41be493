"""A driver's pages, in a browser without JavaScript: shifts, the manifest, and what is reported on it."""

from __future__ import annotations

import datetime as dt
from string import Formatter
from typing import Any

import pytest
from starlette.testclient import TestClient

from mobility.api import create_app
from mobility.pages.frame import style_sheet
from mobility.pages.on_demand_manifest_wording import MANIFEST_WORDS
from tests.mobility.on_demand.conftest import PASSWORD, SMALL, Server
from tests.mobility.pages.page_reader import Element, read_page

FRIDAY = "2026-11-27"
MORNING = f"{SMALL}-matin"
PAGE = f"/on-demand/driving/{MORNING}/{FRIDAY}"


def browser_of(server: Server, who: str = "") -> TestClient:
    browser = TestClient(create_app(server.services), raise_server_exceptions=False)
    if who:
        (form,) = read_page(browser.get("/login?lang=en").text).find_all("form")
        fields = {one.attributes["name"]: one.attributes.get("value", "") for one in form.find_all("input")}
        typed = fields | {"email": f"{who}@example.org", "password": PASSWORD}
        browser.post(form.attributes["action"], data=typed)
    return browser


def main_of(page: Any) -> Element:
    return read_page(page.text).get("main")


def words_of(page: Any) -> str:
    return main_of(page).text().replace("\u00a0", " ")


def tap(browser: TestClient, page: Any, action: str) -> Any:
    """Press the first button that reports it."""
    form = next(
        form
        for form in read_page(page.text).find_all("form", method="post")
        if f"/{action}?" in form.attributes["action"]
    )
    fields = {one.attributes["name"]: one.attributes.get("value", "") for one in form.find_all("input")}
    return browser.post(form.attributes["action"], data=fields)


@pytest.fixture(scope="module")
def ride(house: Server) -> Any:
    """Booked on the phone for Friday; dan drives."""
    before = house.ask("GET", f"/shifts/{MORNING}", "olga").json()
    named = {name: value for name, value in before.items() if name != "id"} | {"driver": "dan@example.org"}
    assert house.ask("PUT", f"/shifts/{MORNING}", "olga", named).status_code == 200
    token = house.token(arriveBy=f"{FRIDAY}T11:00:00+01:00", party={"adults": 2, "children": 1})
    rider = {"name": "Mme <Martin>", "phone": "0698765432"}
    asked = {"quotes": [token], "rider": rider, "note": "volets bleus"}
    (booked,) = house.ask("POST", "/callers/rides", "agnes", asked).json()
    return booked


def test_both_languages_say_the_same_things() -> None:
    french, english = MANIFEST_WORDS["fr"], MANIFEST_WORDS["en"]
    assert french.keys() == english.keys()
    for key, words in french.items():
        fields = [
            {field for _, field, _, _ in Formatter().parse(one) if field} for one in (words, english[key])
        ]
        assert fields[0] == fields[1], key


def test_nobody_but_the_driver_and_operators_sees_it(server: Server, ride: Any) -> None:
    asked = browser_of(server).get(PAGE, follow_redirects=False)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/login?next=")
    for who in ("sam", "vera", "agnes"):
        page = browser_of(server, who).get(f"{PAGE}?lang=en")
        assert page.status_code == 403
        assert "Martin" not in page.text
        assert "for the driver of this shift" in words_of(page)
    assert "Martin" in browser_of(server, "olga").get(PAGE).text


def test_a_driver_finds_the_shifts_of_a_day(server: Server, ride: Any) -> None:
    browser = browser_of(server, "dan")
    page = browser.get(f"/on-demand/driving?day={FRIDAY}&lang=en")
    link = main_of(page).get("ul").get("a")
    assert link.attributes["href"].startswith(PAGE)
    assert browser.get(link.attributes["href"]).status_code == 200
    assert "No shift is yours" in words_of(browser.get("/on-demand/driving?day=2026-11-29&lang=en"))
    assert browser.get("/on-demand/driving?day=nonsense").status_code == 200
    assert browser_of(server, "vera").get("/on-demand/driving").status_code == 403


def test_the_manifest_says_who_where_and_when(server: Server, ride: Any) -> None:
    page = browser_of(server, "dan").get(f"{PAGE}?lang=en")
    words = words_of(page)
    for said in (
        "Mme <Martin>",
        "2 adults, 1 child",
        "volets bleus",
        "Rioz, Mairie",
        "Gets on",
        "Gets off",
        "then 3 aboard",
    ):
        assert said in words
    table = main_of(page).get("table")
    assert all(head.attributes["scope"] == "col" for head in table.get("thead").find_all("th"))
    assert all(head.attributes["scope"] == "row" for head in table.get("tbody").find_all("th"))
    phone = main_of(page).find_all("a", href="tel:+33698765432")[0]
    assert "Mme <Martin>" in phone.attributes["aria-label"]
    labels = [button.attributes["aria-label"] for button in main_of(page).find_all("button")]
    assert len(labels) == len(set(labels)) == 3, labels
    french = browser_of(server, "dan").get(f"{PAGE}?lang=fr")
    assert "Montée" in words_of(french)
    assert french.headers["content-language"] == "fr"
    assert french.headers["cache-control"] == "no-store"
    assert "<script" not in french.text


def test_paper_has_no_buttons() -> None:
    printed = style_sheet().decode().rpartition("@media print")[2]
    assert "form" in printed.partition("{ display: none }")[0]


def test_what_is_not_there_is_said_to_be_not_there(server: Server, ride: Any) -> None:
    browser = browser_of(server, "olga")
    assert browser.get("/on-demand/driving/none/2026-11-27").status_code == 404
    assert browser.get(f"/on-demand/driving/{MORNING}/2026-11-29").status_code == 404
    assert browser.get(f"/on-demand/driving/{MORNING}/2026-02-30").status_code == 404


def test_the_driver_taps_from_arriving_to_done(server: Server, ride: Any) -> None:
    browser = browser_of(server, "dan")
    early = tap(browser, browser.get(f"{PAGE}?lang=en"), "arrived")
    assert early.status_code == 422
    assert "too early" in words_of(early)
    server.now = dt.datetime.fromisoformat(ride["pickupFrom"])
    browser = browser_of(server, "dan")
    page = browser.get(f"{PAGE}?lang=en")
    expired = browser.post(f"{PAGE}/{ride['id']}/aboard", data={"form_token": "forged"})
    assert expired.status_code == 422
    for action, left in (("arrived", 2), ("aboard", 1), ("done", 0)):
        page = tap(browser, page, action)
        assert page.status_code == 200, words_of(page)
        assert "Noted" in words_of(page)
        assert len(main_of(page).find_all("button")) == left
    assert "done" in words_of(page)
