"""An agent's call, whole: from the desk to the journeys page, with why nothing is possible and when it is, and back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.bootstrap import Services
from tests.mobility.on_demand.test_pages import follow, main_of, send, words_of
from tests.mobility.on_demand_journeys.on_demand_region import FARM, PARIS, VILLAGE
from tests.mobility.on_demand_journeys.test_shown_and_booked import (
    ask,
    client,
    hold_itinerary,
    services,
    tomorrow,
)
from tests.mobility.pages.page_reader import Element, read_page

__all__ = ["client", "services"]

PASSWORD = "correct horse battery"


@pytest.fixture
def agnes(services: Services, client: TestClient) -> TestClient:
    services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
    add_person(services.accounts, SYSTEM, Details("agnes@example.org"), frozenset((Role.AGENT,)), PASSWORD)
    send(client, client.get("/login?lang=en"), "/login", email="agnes@example.org", password=PASSWORD)
    return client


def search(browser: TestClient, **typed: str) -> Any:
    """What the desk's form leads to."""
    (form,) = main_of(browser.get("/on-demand/desk?lang=en")).find_all("form", method="get")
    inputs: list[Element] = form.find_all("input")
    fields = {
        one.attributes["name"]: one.attributes["value"]
        for one in inputs
        if one.attributes["type"] != "radio" or "checked" in one.attributes
    }
    assert set(typed) <= set(fields)
    return browser.get(form.attributes["action"], params=fields | typed)


def fill_up(services: Services, browser: TestClient, at: str) -> None:
    """Others take all four seats there are, as long as a ride is shown."""
    while ways := ask(browser, VILLAGE, FARM, at, passengers=4, numItineraries=0)["direct"]:
        hold_itinerary(services, ways[0])


def test_from_the_question_to_the_ride(services: Services, agnes: TestClient) -> None:
    day = (dt.datetime.now(PARIS).date() + dt.timedelta(days=1)).isoformat()
    night = search(agnes, **{"from": VILLAGE, "to": FARM, "date": day, "time": "02:00", "wheelchairs": "9"})
    assert night.status_code == 200, words_of(night)
    assert main_of(night).find_all("ul", class_="reasons"), "it is said why there is nothing"
    assert "Wait for a place" not in words_of(night), "at night nobody has taken a place"
    fill_up(services, agnes, tomorrow("10:00"))
    full = search(agnes, **{"from": VILLAGE, "to": FARM, "date": day, "time": "10:00", "adults": "4"})
    wish = follow(agnes, full, "Wait for a place")
    assert "at that time." in words_of(wish)
    assert [form.attributes["action"].partition("?")[0] for form in main_of(wish).find_all("form")] == [
        "/on-demand/waiting/new"
    ]

    closed = search(agnes, **{"from": VILLAGE, "to": FARM, "date": day, "time": "02:00"})
    reasons = main_of(closed).get("ul", class_="reasons")
    later = agnes.get(reasons.find_all("a")[0].attributes["href"])
    offer = follow(agnes, later, "Book the on-demand ride")
    desk = follow(agnes, offer, "Book for somebody on the phone")
    held = send(agnes, desk, "/desk/hold", name="M. Petit", phone="06 11 22 33 44")
    assert "For M. Petit, " in words_of(held)
    assert "It is booked." in words_of(send(agnes, held, "/confirm"))
    assert read_page(held.text).get("html").attributes["lang"] == "en"
