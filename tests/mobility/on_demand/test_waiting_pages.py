"""The waiting list in a browser without JavaScript: joined from a wish that finds no room, seen by the operator."""

from __future__ import annotations

from typing import Any

import pytest

from mobility.acts.on_demand.own_rides import list_my_waiting
from mobility.acts.on_demand.waiting_list import leave_waiting_list, serve_waiting_list
from mobility.pages.wait_address import wait_address
from on_demand.booking import Party
from tests.mobility.on_demand.conftest import Server, at, place
from tests.mobility.on_demand.test_pages import FOUR, browser_of, follow, main_of, send, sign_in, words_of
from tests.mobility.pages.page_reader import read_page

LINE = "/on-demand/waiting?lang=en"


def wish(lang: str = "en", **changed: Any) -> str:
    asked = {"from": place("Rioz, Mairie"), "to": place("Besançon Viotte"), "arriveBy": at("11:00")} | changed
    return wait_address("tadou", asked, Party(4), lang)


@pytest.fixture
def full(server: Server) -> Any:
    """Theo has taken all four seats; nobody waits."""
    for name in ("vera", "theo"):
        for one in list_my_waiting(server.services.on_demand, server.caller(name)):
            if one.is_open:
                leave_waiting_list(server.services.on_demand, server.caller(name), one.id)
    server.hold("theo", server.token(party=FOUR))
    return server


def test_a_wish_without_room_waits_after_signing_in_and_is_served(full: Server) -> None:
    browser = browser_of(full)
    page = browser.get(wish())
    assert page.status_code == 200, words_of(page)
    assert "left at that time" in words_of(page) or "busy elsewhere" in words_of(page)
    assert "Possible" in words_of(page), "what else there is"
    assert not main_of(page).find_all("form")
    back = sign_in(browser, follow(browser, page, "Sign in to be put on the waiting list"), "vera")
    assert back.url.path == "/on-demand/waiting/new"
    for _ in range(2):
        joined = send(browser, back, "/waiting/new")
    assert "You are on the waiting list." in words_of(joined)

    line = browser_of(full, "olga").get(LINE)
    (row,) = main_of(line).find_all("li")
    words = row.text().replace("\u00a0", " ")
    assert "Rioz, Mairie → Besançon Viotte, arriving before 11:00" in words
    assert "4 adults" in words
    assert "waiting since Monday 23 November 2026, 13:00" in words

    (taken,) = [one for one in full.ask("GET", "/rides", "theo").json() if one["status"] == "held"]
    full.ask("POST", f"/rides/{taken['id']}/cancel", "theo", {})
    assert serve_waiting_list(full.services.on_demand) == 1
    assert "a place is offered to them since" in words_of(browser_of(full, "olga").get(LINE))
    left = send(browser, browser.get("/on-demand/rides?lang=en"), "/leave")
    assert "You are not on the waiting list any more." in words_of(left)
    assert "Nobody waits." in words_of(browser_of(full, "olga").get(LINE))


def test_where_there_is_room_nobody_waits(server: Server) -> None:
    browser = browser_of(server, "vera")
    page = browser.get(wish("fr"))
    assert "Il y a de la place : réservez sans attendre." in words_of(page)
    assert not main_of(page).find_all("form")
    assert follow(browser, page, "Choisir").url.path == "/on-demand/offer"


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("fr", "Le groupe est trop grand : un véhicule de ce service prend au plus 4 personnes"),
        ("en", "4 people"),
    ],
)
def test_a_party_larger_than_any_vehicle_is_told_so_instead(full: Server, lang: str, said: str) -> None:
    browser = browser_of(full, "vera")
    page = browser.get(wish(lang))
    (form,) = main_of(page).find_all("form", method="post")
    address = wish(lang).replace("adults=4", "adults=5")
    large = browser.get(address)
    assert (large.status_code, said in words_of(large)) == (200, True)
    assert not main_of(large).find_all("form")
    typed = {one.attributes["name"]: one.attributes["value"] for one in form.find_all("input")}
    refused = browser.post(address, data=typed)
    assert (refused.status_code, said in words_of(refused)) == (422, True)


@pytest.mark.parametrize(
    ("change", "by"),
    [
        (("from=", "from=x"), "no wish"),
        (("arriveBy=2026", "arriveBy=twelve"), "no wish"),
        (("%2B01%3A00", ""), "no wish"),
        (("adults=4", "adults=0"), "From 1 to 50 people"),
        (("adults=4", "adults=many"), "no wish"),
        (("arriveBy=2026", "arriveBy=2020"), "past"),
        (("service=tadou", "service="), "no wish"),
        (("service=tadou", "service=moon"), "moon"),
        (("from=47", "from=nan"), ""),
    ],
)
def test_what_is_no_wish_is_said_in_words(server: Server, change: tuple[str, str], by: str) -> None:
    address = wish()
    assert change[0] in address
    page = browser_of(server).get(address.replace(*change))
    assert (page.status_code, by in words_of(page)) == (422, True), words_of(page)
    assert not main_of(page).find_all("form")


def test_who_is_no_operator_sees_nobody(full: Server) -> None:
    browser = browser_of(full, "vera")
    joined = send(browser, browser.get(wish()), "/waiting/new")
    refused = browser.get(LINE)
    assert (refused.status_code, "does not allow" in words_of(refused)) == (403, True)
    assert "Rioz" not in words_of(refused)
    assert browser_of(full).get(LINE, follow_redirects=False).headers["location"].startswith("/login?")
    page = browser.get(wish())
    forged = send(browser, page, "/waiting/new", form_token="forged")
    assert (forged.status_code, bool(read_page(forged.text).find_all("div", class_="errors"))) == (422, True)
    send(browser, joined, "/leave")
