"""The pages of carpool lines, in a browser without JavaScript."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from mobility.api import create_app
from mobility.pages.carpool_wording import CARPOOL_WORDS
from tests.mobility.carpool.conftest import PASSWORD, Server
from tests.mobility.pages.page_reader import read_page


def browser_of(server: Server, who: str = "") -> TestClient:
    browser = TestClient(create_app(server.services), raise_server_exceptions=False)
    if who:
        signed_in = send(
            browser, browser.get("/login?lang=en"), "/login", email=f"{who}@example.org", password=PASSWORD
        )
        assert signed_in.url.path == "/account", signed_in.text
    return browser


def send(browser: TestClient, page: Any, action: str, **typed: str) -> Any:
    """Fill in a form of a page and send it, as it is but for what is typed."""
    forms = read_page(page.text).find_all("form")
    form = next(form for form in forms if form.attributes["action"].startswith(action))
    fields = {one.attributes["name"]: one.attributes.get("value", "") for one in form.find_all("input")}
    for choice in form.find_all("select"):
        options = choice.find_all("option")
        chosen = next((one for one in options if "selected" in one.attributes), options[0])
        fields[choice.attributes["name"]] = chosen.attributes["value"]
    assert set(typed) <= set(fields)
    return browser.post(form.attributes["action"], data=fields | typed)


def test_both_languages_say_everything() -> None:
    assert set(CARPOOL_WORDS["fr"]) == set(CARPOOL_WORDS["en"])


def test_a_line_tells_how_to_get_along_without_a_smartphone(server: Server) -> None:
    browser = browser_of(server)
    lines = browser.get("/carpool")
    assert "Besançon – Fuans" in lines.text
    page = browser.get("/carpool/lines/epoisses-les-laumes")
    text = read_page(page.text).get("main").text()
    assert "1,50" in text
    assert "appelez le 03 80 11 29 29" in text
    assert "Devant la gare des Laumes-Alésia" in text
    assert "Aucun trajet" in text
    assert browser.get("/carpool/lines/nowhere").status_code == 404
    assert "Without a smartphone" in browser.get("/carpool/lines/epoisses-les-laumes?lang=en").text


def test_offer_a_ride_book_it_and_cancel(server: Server) -> None:
    driver = browser_of(server, "dirk")
    form = driver.get("/carpool/lines/epoisses-les-laumes/publish?lang=en")
    wrong = send(driver, form, "/carpool/lines", seats="9")
    assert (wrong.status_code, "1 to 8" in wrong.text) == (422, True)
    done = send(driver, form, "/carpool/lines", vehicle="Zoé blanche", date="2026-11-24", time="08:00")
    assert "Your ride is published." in done.text, done.text

    stranger = browser_of(server)
    line = read_page(stranger.get("/carpool/lines/epoisses-les-laumes?lang=en").text)
    (link,) = [one for one in line.find_all("a") if one.text() == "Book"]
    assert "Zoé" not in stranger.get(link.attributes["href"]).text
    asked = send(stranger, stranger.get(link.attributes["href"]), "/carpool/rides")
    assert asked.url.path == "/login"

    traveller = browser_of(server, "theo")
    booked = send(traveller, traveller.get(link.attributes["href"]), "/carpool/rides", seats="1")
    assert booked.url.path == "/carpool/bookings"
    assert "Zoé blanche" in booked.text
    assert "Dirk" in booked.text
    again = send(traveller, traveller.get(link.attributes["href"]), "/carpool/rides", seats="1")
    assert (again.status_code, "planned to travel" in again.text) == (422, True)
    cancelled = send(traveller, booked, "/carpool/bookings")
    text = read_page(cancelled.text).get("main").text()
    assert "cancelled" in text
    assert "Zoé" not in text


def test_a_form_of_another_site_books_nothing(server: Server) -> None:
    traveller = browser_of(server, "tina")
    ride = server.ask("GET", "/rides?line=epoisses-les-laumes&seats=0&before=2026-11-25T00:00:00Z").json()[0][
        "ride"
    ]
    fields = {"from_stop": "epoisses", "to_stop": "les-laumes", "seats": "1", "form_token": "guess"}
    refused = traveller.post(f"/carpool/rides/{ride['id']}", data=fields)
    assert refused.status_code == 422
    assert "Aucune réservation" in traveller.get("/carpool/bookings").text
