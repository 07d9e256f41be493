"""The pages of rides on demand, in a browser without JavaScript."""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.testclient import TestClient

from mobility.acts.on_demand.waiting_list import serve_waiting_list
from mobility.api import create_app
from mobility.pages.on_demand_wording import ON_DEMAND_WORDS
from on_demand.booking import ConnectionStanding, RideStatus
from tests.mobility.on_demand.conftest import PASSWORD, Server, at
from tests.mobility.pages.page_reader import Element, read_page

FOUR = {"adults": 4}
MINE = "/on-demand/rides?lang=en"


def browser_of(server: Server, who: str = "") -> TestClient:
    browser = TestClient(create_app(server.services), raise_server_exceptions=False)
    if who:
        sign_in(browser, browser.get("/login?lang=en"), who)
    return browser


def sign_in(browser: TestClient, page: Any, who: str) -> Any:
    return send(browser, page, "/login", email=f"{who}@example.org", password=PASSWORD)


def send(browser: TestClient, page: Any, action: str, **typed: str) -> Any:
    """Fill in the form of a page that goes to an address with `action` in it, or has a button that does."""
    for form in read_page(page.text).find_all("form", method="post"):
        buttons = [one.attributes.get("formaction", "") for one in form.find_all("button")]
        address = next((one for one in [*buttons, form.attributes["action"]] if action in one), "")
        if address:
            fields: dict[str, list[str]] = {}
            for one in form.find_all("input"):
                fields.setdefault(one.attributes["name"], []).append(one.attributes.get("value", ""))
            assert set(typed) <= set(fields)
            return browser.post(address, data=fields | {name: [value] for name, value in typed.items()})
    raise AssertionError(f"no form goes to {action}")


def main_of(page: Any) -> Element:
    return read_page(page.text).get("main")


def words_of(page: Any) -> str:
    return main_of(page).text().replace("\u00a0", " ")


def follow(browser: TestClient, page: Any, text: str) -> Any:
    """The page behind the first link with this text."""
    link = next(one for one in read_page(page.text).find_all("a") if one.text() == text)
    return browser.get(link.attributes["href"])


def offer(*tokens: str, lang: str = "en") -> str:
    return f"/on-demand/offer?lang={lang}" + "".join(f"&quote={token}" for token in tokens)


def book(browser: TestClient, token: str) -> Any:
    held = send(browser, browser.get(offer(token)), "/on-demand/hold")
    return send(browser, held, "/confirm")


def test_both_languages_say_everything() -> None:
    assert set(ON_DEMAND_WORDS["fr"]) == set(ON_DEMAND_WORDS["en"])
    needed = {f"status_{status.value}" for status in RideStatus} | {one.value for one in ConnectionStanding}
    assert needed <= set(ON_DEMAND_WORDS["fr"])


def test_an_offer_is_held_after_signing_in_then_confirmed_and_cancelled(server: Server) -> None:
    browser = browser_of(server)
    shown = browser.get(offer(server.token()))
    text = words_of(shown)
    assert "Tuesday 24 November 2026" in text
    assert "Rioz, Mairie → Besançon Viotte" in text
    assert "You arrive before 11:00." in text
    assert "€1.50" in text
    assert not main_of(shown).find_all("form")
    back = sign_in(browser, follow(browser, shown, "Sign in to book"), "vera")
    assert back.url.path == "/on-demand/offer"

    held = send(browser, back, "/on-demand/hold", note="blue shutters")
    assert held.url.path == "/on-demand/rides"
    assert "Kept for you for another 10 min: confirm before 13:10." in words_of(held)
    (ride,) = [one for one in server.ask("GET", "/rides", "vera").json() if one["status"] == "held"]
    assert ride["note"] == "blue shutters"

    confirmed = send(browser, held, "/confirm")
    assert "It is booked." in words_of(confirmed)
    assert "Cancelling is of no consequence until Tuesday 24 November 2026 at 09:00." in words_of(confirmed)
    cancelled = send(browser, confirmed, "/cancel")
    assert "It is cancelled." in words_of(cancelled)
    assert not [
        one for one in read_page(cancelled.text).find_all("form") if "/cancel" in one.attributes["action"]
    ]


def test_a_form_sent_twice_holds_once(server: Server) -> None:
    browser = browser_of(server, "vera")
    page = browser.get(offer(server.token()))
    for _ in range(2):
        assert send(browser, page, "/on-demand/hold").url.path == "/on-demand/rides"
    rides = server.ask("GET", "/rides", "vera").json()
    assert sum(ride["status"] == "held" for ride in rides) == 1


def test_a_full_vehicle_leads_to_alternatives_and_to_the_waiting_list(server: Server) -> None:
    browser = browser_of(server, "vera")
    page = browser.get(offer(server.token(party=FOUR), lang="fr"))
    (taken,) = server.hold("theo", server.token(party=FOUR)).json()
    full = send(browser, page, "/on-demand/hold")
    assert full.status_code == 422
    assert "Autres possibilités" in words_of(full)
    other = follow(browser, full, "Choisir")
    assert "Réserver un transport à la demande" in words_of(other)

    waiting = send(browser, full, "/on-demand/wait")
    assert "Vous êtes sur la liste d’attente." in words_of(waiting)
    server.ask("POST", f"/rides/{taken['id']}/cancel", "theo", {})
    assert serve_waiting_list(server.services.on_demand) == 1
    offered = browser.get("/on-demand/rides?lang=fr")
    assert "une place vous est proposée" in words_of(offered)
    assert "C’est réservé." in words_of(send(browser, offered, "/confirm"))


def test_one_leaves_the_waiting_list(server: Server) -> None:
    browser = browser_of(server, "vera")
    page = browser.get(offer(server.token(party=FOUR)))
    server.hold("theo", server.token(party=FOUR))
    waiting = send(browser, send(browser, page, "/on-demand/hold"), "/on-demand/wait")
    left = send(browser, waiting, "/leave")
    assert "You are not on the waiting list any more." in words_of(left)
    assert not main_of(left).find_all("h2", class_="waiting")
    assert "Leave the list" not in words_of(left)


def test_a_ride_is_moved_to_another_time(server: Server) -> None:
    browser = browser_of(server, "vera")
    mine = book(browser, server.token())
    change = follow(browser, mine, "Change the time")
    assert "Rioz, Mairie → Besançon Viotte" in words_of(change)
    (ride,) = [one for one in server.ask("GET", "/rides", "vera").json() if one["status"] == "confirmed"]
    query = {"lang": "en", "by": "arrive", "date": "2026-11-24", "time": "16:00"}
    choices = browser.get(f"/on-demand/rides/{ride['id']}/change", params=query)
    assert "You arrive before 16:00." in words_of(choices)
    changed = send(browser, choices, "/change")
    assert "The ride is changed." in words_of(changed)
    assert "You arrive before 16:00." in words_of(changed)
    wrong = browser.get(f"/on-demand/rides/{ride['id']}/change", params=query | {"time": "noon"})
    assert (wrong.status_code, "Give the date" in wrong.text) == (422, True)
    nights = browser.get(f"/on-demand/rides/{ride['id']}/change", params=query | {"time": "23:30"})
    assert "You arrive before" in words_of(nights), "what is possible instead"
    stranger = browser_of(server, "theo")
    assert stranger.get(f"/on-demand/rides/{ride['id']}/change").status_code == 404


def test_journeys_of_several_rides_are_confirmed_together(server: Server) -> None:
    browser = browser_of(server, "vera")
    there, back = server.token(), server.token(arriveBy=at("16:00"))
    held = send(browser, browser.get(offer(there, back)), "/on-demand/hold")
    assert "These 2 rides make one journey" in words_of(held)
    confirmed = send(browser, held, "/confirm")
    assert words_of(confirmed).count("Cancelling is of no consequence") == 2


def test_what_is_over_or_forged_is_said_and_nothing_is_held(server: Server) -> None:
    browser = browser_of(server, "vera")
    token = server.token()
    page = browser.get(offer(token))
    server.now += dt.timedelta(minutes=16)
    gone = browser.get(offer(token))
    assert (gone.status_code, "not good any more" in gone.text) == (410, True)
    assert not main_of(gone).find_all("form")
    assert send(browser, page, "/on-demand/hold").status_code == 410
    for tokens in ((), ("nonsense",), (token[:-2] + "AA",)):
        forged = browser.get(offer(*tokens))
        assert (forged.status_code, "no offer of this service" in forged.text) == (422, True)
    assert "held" not in {ride["status"] for ride in server.ask("GET", "/rides", "vera").json()}


def test_a_hold_that_is_over_looks_so(server: Server) -> None:
    browser = browser_of(server, "vera")
    held = send(browser, browser.get(offer(server.token())), "/on-demand/hold")
    server.now += dt.timedelta(minutes=11)
    late = send(browser, held, "/confirm")
    assert late.status_code == 422
    assert main_of(late).find_all("div", role="alert")
    assert "not confirmed in time" in words_of(browser.get(MINE))


def test_forms_of_others_and_of_nobody_do_nothing(server: Server) -> None:
    browser = browser_of(server, "vera")
    held = send(browser, browser.get(offer(server.token())), "/on-demand/hold")
    (ride,) = [one for one in server.ask("GET", "/rides", "vera").json() if one["status"] == "held"]
    foreign = browser.post(f"/on-demand/rides/{ride['id']}/cancel", data={"form_token": "x"})
    assert foreign.status_code == 422
    assert browser_of(server).get(MINE).url.path == "/login"
    assert send(browser_of(server, "theo"), held, "/cancel").status_code == 422
    assert server.ask("GET", f"/rides/{ride['id']}", "vera").json()["status"] == "held"


def test_the_other_language_is_of_the_same_offer(server: Server) -> None:
    browser = browser_of(server)
    french = follow(browser, browser.get(offer(server.token())), "Français")
    assert "Vous arrivez avant 11:00." in words_of(french)
