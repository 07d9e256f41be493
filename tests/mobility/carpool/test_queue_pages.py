"""The operator's pages of the queue, in a browser without JavaScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import carpool.checks
from carpool.checks.case import Finding
from carpool.checks.thresholds import Outcome
from carpool.trip import TripStatus
from mobility.acts.trips.ports import TripPorts
from mobility.acts.trips_ports import TripState
from mobility.pages.queue_wording import QUEUE_WORDS
from tests.mobility.carpool.conftest import Server
from tests.mobility.carpool.test_pages import browser_of
from tests.mobility.pages.page_reader import read_page

BUS = Finding(
    "public_transport",
    Outcome.HOLD,
    1000,
    800,
    "the track makes 9 of 9 calls of LR 200 <b>",
    facts={"vehicle": "LR 200 <b>"},
)


def put(server: Server, trip_id: str, status: TripStatus = TripStatus.HELD, driver: str = "") -> str:
    ports: TripPorts = server.services.trips
    with ports.unit_of_work() as work:
        now = ports.now()
        driver = driver or server.people["dora"]
        work.trips.put_trip(
            TripState(trip_id, status, driver, "besancon-fuans", "", now, now, findings=(BUS,))
        )
        work.commit()
    return trip_id


def status_of(server: Server, trip_id: str) -> TripStatus:
    with server.services.trips.unit_of_work(read_only=True) as work:
        state = work.trips.find_trip(trip_id)
    assert state is not None
    return state.status


def test_both_languages_say_the_same_things_of_every_check() -> None:
    assert QUEUE_WORDS["fr"].keys() == QUEUE_WORDS["en"].keys()
    for key, text in QUEUE_WORDS["fr"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", QUEUE_WORDS["en"][key])), key
    folder = Path(carpool.checks.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    named = set(re.findall(r'(?:found|cannot_run|incomplete)\(\s*"(\w+)"', source))
    assert "end" in named
    assert len(named) > 15
    assert {f"check_{name}" for name in named} <= QUEUE_WORDS["fr"].keys()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_operator_finds_reads_and_decides_a_trip(server: Server, language: str) -> None:
    trip = put(server, ("a1" if language == "fr" else "a2") * 16)
    browser = browser_of(server, "olga")
    account = read_page(browser.get(f"/account?lang={language}").text)
    (link,) = [one for one in account.find_all("a") if one.attributes["href"].startswith("/carpool/queue")]
    page = browser.get(link.attributes["href"])
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    queue = read_page(page.text)
    assert "LR 200 <b>" in queue.text()
    assert not queue.find_all("b")
    (link,) = [one for one in queue.find_all("a") if trip in one.attributes["href"]]
    shown = browser.get(link.attributes["href"])
    read = read_page(shown.text)
    assert not read.find_all("script")
    labels = {one.attributes.get("for") for one in read.find_all("label")}
    fields = [one for one in read.find_all("input") if one.attributes["type"] != "hidden"]
    assert {one.attributes["id"] for one in fields} == {"approve", "refuse", "reason"} <= labels
    (token,) = [one.attributes["value"] for one in read.find_all("input", name="form_token")]
    assert server.people["dora"] not in shown.text

    address = f"/carpool/queue/{trip}?lang={language}"
    typed = {"decision": "refuse", "reason": "the coach's driver was asked", "form_token": token}
    for wrong in ({"form_token": "x"}, {"decision": "maybe"}, {"reason": ""}, {"reason": "call 0612345678"}):
        answer = browser.post(address, data=typed | wrong)
        assert answer.status_code == 422, wrong
        assert read_page(answer.text).find_all("div", class_="errors")
        assert status_of(server, trip) is TripStatus.HELD
    unpaid = browser.post(address, data=typed | {"decision": "approve"})
    assert unpaid.status_code == 422  # it has no passenger
    done = browser.post(address, data=typed)
    assert QUEUE_WORDS[language]["done"] in done.text
    assert status_of(server, trip) is TripStatus.REFUSED
    after = browser.get(address)
    assert QUEUE_WORDS[language]["look_only"] in after.text
    assert "the coach's driver was asked" in read_page(after.text).text()


def test_waiting_trips_are_listed_apart(server: Server) -> None:
    trip = put(server, "a3" * 16, TripStatus.WAITING)
    text = browser_of(server, "olga").get("/carpool/queue?lang=en").text
    assert text.index(QUEUE_WORDS["en"]["waiting_trips"]) < text.index(trip)


def test_who_may_not_learns_nothing(server: Server) -> None:
    trip = put(server, "a4" * 16)
    stranger = browser_of(server)
    assert stranger.get(f"/carpool/queue/{trip}").url.path == "/login"
    assert stranger.get("/carpool/queue").url.path == "/login"
    assert stranger.post(f"/carpool/queue/{trip}", data={"decision": "refuse"}).url.path == "/login"
    for who in ("dora", "theo"):  # also its driver, who has pages of their own
        browser = browser_of(server, who)
        assert "/carpool/queue" not in browser.get("/account").text
        answers = [browser.get(f"/carpool/queue/{one}") for one in (trip, "ff" * 16)]
        answers += [browser.post(f"/carpool/queue/{one}") for one in (trip, "ff" * 16)]
        answers.append(browser.get("/carpool/queue"))
        assert {one.status_code for one in answers} == {403}
        assert len({read_page(one.text).get("main").text() for one in answers}) == 1
    assert status_of(server, trip) is TripStatus.HELD
    assert browser_of(server, "olga").get(f"/carpool/queue/{'ff' * 16}").status_code == 404


def test_nobody_decides_about_a_trip_of_their_own(server: Server) -> None:
    trip = put(server, "a5" * 16, driver=server.people["olga"])
    browser = browser_of(server, "olga")
    page = browser.get(f"/carpool/queue/{trip}?lang=en")
    assert QUEUE_WORDS["en"]["look_only"] in page.text
    token = read_page(browser.get(f"/carpool/queue/{put(server, 'a6' * 16)}").text).find_all(
        "input", name="form_token"
    )[0]
    typed = {"decision": "refuse", "reason": "no", "form_token": token.attributes["value"]}
    answer = browser.post(f"/carpool/queue/{trip}?lang=en", data=typed)
    assert answer.status_code == 422
    assert QUEUE_WORDS["en"]["own_trip"] in answer.text
    assert status_of(server, trip) is TripStatus.HELD
