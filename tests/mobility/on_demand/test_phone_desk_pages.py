"""An agent on the telephone, in a browser without JavaScript: who calls, what is held for them, confirmed, given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from mobility.accounts.caller import SYSTEM
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.phone_desk import find_callers
from mobility.pages.phone_desk_wording import PHONE_DESK_WORDS
from on_demand.booking import RideStatus
from tests.mobility.on_demand.conftest import Server
from tests.mobility.on_demand.test_pages import FOUR, browser_of, follow, main_of, offer, send, words_of
from tests.mobility.pages.page_reader import read_page

NUMBER = "06 98 76 54 32"
DESK = "/on-demand/desk?lang=en"


@pytest.fixture
def desk(server: Server) -> Iterator[Server]:
    """Nobody has called from this number."""
    yield server
    ports = server.services.on_demand
    for known in find_callers(ports, SYSTEM, NUMBER):
        for ride in known.rides:
            if ride.status in (RideStatus.HELD, RideStatus.CONFIRMED):
                cancel(ports, SYSTEM, ride.id, as_operator=True)


def desk_offer(*tokens: str) -> str:
    return offer(*tokens).replace("/on-demand/offer", "/on-demand/desk/offer")


def test_both_languages_say_everything() -> None:
    assert set(PHONE_DESK_WORDS["fr"]) == set(PHONE_DESK_WORDS["en"])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_everything_one_fills_in_has_a_name(desk: Server, lang: str) -> None:
    page = browser_of(desk, "agnes").get(f"/on-demand/desk?lang={lang}")
    assert (page.status_code, page.headers["Content-Language"]) == (200, lang)
    content = main_of(page)
    labels = {label.attributes["for"] for label in content.find_all("label") if "for" in label.attributes}
    ids = {
        one.attributes["id"]
        for one in content.find_all("input")
        if one.attributes["type"] not in ("hidden", "radio")
    }
    assert labels == ids
    assert not read_page(page.text).find_all("script")
    (search,) = content.find_all("form", method="get")
    names = {one.attributes["name"] for one in search.find_all("input")}
    assert names == {
        "lang",
        "from",
        "to",
        "by",
        "date",
        "time",
        "adults",
        "children",
        "wheelchairs",
        "companions",
    }


def test_a_call_from_offer_to_cancelled(desk: Server) -> None:
    browser = browser_of(desk, "agnes")
    page = follow(browser, browser.get(offer(desk.token())), "Book for somebody on the phone")
    assert "Rioz, Mairie → Besançon Viotte" in words_of(page)
    assert "You arrive before 11:00." in words_of(page)
    held = send(browser, page, "/desk/hold", name="Mme Martin", phone=NUMBER, note="with a dog")
    words = words_of(held)
    assert "For Mme Martin, " in words
    assert "Kept for you for another 10 min" in words
    again = send(browser, page, "/desk/hold", name="Mme Martin", phone=NUMBER, note="with a dog")
    assert again.url.path == held.url.path, "the same form twice holds once"
    confirmed = send(browser, held, "/confirm")
    assert "It is booked." in words_of(confirmed)

    found = send(browser, browser.get(DESK), "/desk/callers", phone="+33698765432")
    assert found.url.query == b"lang=en", "the number is in no address"
    assert "Mme Martin" in words_of(found)
    rows = [one for one in main_of(found).find_all("a") if one.text().endswith("– confirmed")]
    ride = browser.get(rows[0].attributes["href"])
    cancelled = send(browser, ride, "/cancel")
    assert "It is cancelled." in words_of(cancelled)
    assert not main_of(cancelled).find_all("form")


def test_what_is_full_is_said_with_what_else_there_is(desk: Server) -> None:
    browser = browser_of(desk, "agnes")
    page = browser.get(desk_offer(desk.token(party=FOUR)))
    desk.hold("theo", desk.token(party=FOUR))
    full = send(browser, page, "/desk/hold", name="Mme Martin", phone=NUMBER)
    assert (full.status_code, "Other possibilities" in words_of(full)) == (422, True)
    other = follow(browser, full, "Choose")
    assert other.url.path == "/on-demand/desk/offer"
    assert "Kept for you" in words_of(send(browser, other, "/desk/hold", name="Mme Martin", phone=NUMBER))


def test_what_is_typed_wrong_is_said_and_kept(desk: Server) -> None:
    browser = browser_of(desk, "agnes")
    page = browser.get(desk_offer(desk.token()))
    wrong: list[tuple[dict[str, str], str]] = [
        ({"name": " ", "phone": NUMBER}, "The rider's name is needed."),
        ({"name": "Mme Martin", "phone": ""}, "An account or a telephone number is needed."),
        ({"name": "Mme Martin", "phone": "twelve"}, "number"),
        ({"name": "Mme Martin", "phone": NUMBER, "form_token": "forged"}, "again"),
    ]
    for typed, said in wrong:
        answer = send(browser, page, "/desk/hold", **typed)
        errors = read_page(answer.text).get("div", class_="errors").text()
        assert (answer.status_code, said in errors) == (422, True), errors
        assert read_page(answer.text).get("input", id="name").attributes["value"] == typed["name"]
    for number in ("", "twelve"):
        answer = send(browser, browser.get(DESK), "/desk/callers", phone=number)
        assert (answer.status_code, bool(read_page(answer.text).find_all("div", class_="errors"))) == (
            422,
            True,
        )
    assert "Nobody has booked" in words_of(
        send(browser, browser.get(DESK), "/desk/callers", phone="06 00 00 00 01")
    )
    for tokens in ((), ("nonsense",)):
        assert browser.get(desk_offer(*tokens)).status_code == 422
    assert browser.get("/on-demand/desk/rides/nobodys").status_code == 404
    desk.now += dt.timedelta(minutes=20)
    gone = browser.get(desk_offer(*[field_of(page, "quote")]))
    assert (gone.status_code, "not good any more" in words_of(gone)) == (410, True)


def field_of(page: Any, name: str) -> str:
    return read_page(page.text).find_all("input", name=name)[0].attributes["value"]


def test_who_is_no_agent_is_refused(desk: Server) -> None:
    assert (
        browser_of(desk)
        .get("/on-demand/desk", follow_redirects=False)
        .headers["location"]
        .startswith("/login?")
    )
    agent, vera = browser_of(desk, "agnes"), browser_of(desk, "vera")
    token = desk.token()
    page = agent.get(desk_offer(token))
    held = send(agent, page, "/desk/hold", name="Mme Martin", phone=NUMBER)
    assert "Book for somebody on the phone" not in words_of(vera.get(offer(token)))
    for address in (DESK, desk_offer(token), str(held.url)):
        refused = vera.get(address)
        assert (refused.status_code, "does not allow" in words_of(refused)) == (403, True)
        assert "Martin" not in refused.text
    for page_of, action, typed in (
        (page, "/desk/hold", {"name": "Vera", "phone": NUMBER}),
        (agent.get(DESK), "/desk/callers", {"phone": NUMBER}),
        (held, "/confirm", {}),
        (held, "/cancel", {}),
    ):
        refused = send(vera, page_of, action, **typed)
        assert (refused.status_code, "Martin" in refused.text) == (403, False)
    forged = send(agent, held, "/cancel", form_token="forged")
    assert (forged.status_code, "Kept for you" in words_of(forged)) == (422, True)
