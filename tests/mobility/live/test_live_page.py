"""What a person reads of real time on the page."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mobility.http.asking import MONDAY
from tests.mobility.live.live_server import LiveServer
from tests.mobility.live.messages import alert, trip
from tests.mobility.pages.page_reader import read_page


def page(live: LiveServer, **fields: Any) -> str:
    """The page's own words, blanks made one."""
    query = {"from": "Avallon", "to": "Cluny", "date": MONDAY, "time": "07:55"} | fields
    response = live.client.get("/", params=query)
    assert response.status_code == 200
    return " ".join(read_page(response.text).text().split()).replace(" ,", ",")


def test_without_real_time_it_says_so(live: LiveServer) -> None:
    live.say()
    assert "à l’heure" not in page(live)
    assert "temps réel là où" in page(live)


@pytest.mark.parametrize(
    ("lang", "late", "on_time", "planned"),
    [
        ("fr", "retard de 5 min", "à l’heure", "prévu 08:00"),
        ("en", "5 min late", "on time", "planned 08:00"),
    ],
)
def test_delays(live: LiveServer, lang: str, late: str, on_time: str, planned: str) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 300}), trip("R-09", {"stop": "AVA1", "delay": 10}))
    shown = page(live, lang=lang)
    assert f"{'voie' if lang == 'fr' else 'track'} 1, {late} ({planned})" in shown
    assert f"1, {on_time}" in shown
    live.say()
    assert late not in page(live, lang=lang)


def test_another_platform_and_a_stop_that_is_left_out(live: LiveServer) -> None:
    live.say(
        trip("R-08", {"stop": "AVA1", "delay": 0, "platform": "AVA2"}, {"stop": "BEA1", "skipped": True})
    )
    shown = page(live)
    assert "voie 2 (au lieu de 1)" in shown
    assert "non desservi" in shown
    assert "track 2 (instead of 1)" in page(live, lang="en")


def test_alerts_in_the_travellers_language(live: LiveServer) -> None:
    words = {"fr": "Travaux <b>à Beaune</b>", "en": "Works at Beaune"}
    live.say(alert("works", words, {"route_id": "R"}))
    assert "Info trafic : Travaux <b>à Beaune</b>" in page(live)
    assert "Service alert: Works at Beaune" in page(live, lang="en")


def test_a_cancelled_train_is_not_offered(live: LiveServer) -> None:
    live.say(trip("R-08", relationship="CANCELED"))
    shown = page(live)
    assert "08:00" not in shown
    assert "09:00" in shown


def test_an_added_train(live: LiveServer) -> None:
    updates = [{"stop": "AVA1", "departure": 1_781_504_100}, {"stop": "CLU1", "arrival": 1_781_506_200}]
    live.say(trip("EXTRA-1", *updates, relationship="NEW", route_id="R"))
    assert "course supplémentaire" in page(live)
