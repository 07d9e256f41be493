"""An empty answer is never bare."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, HAMLET, MONDAY, ask, get


def codes(answer: dict[str, object]) -> list[str]:
    reasons = answer["reasons"]
    assert isinstance(reasons, list)
    assert all(reason["fr"] and reason["en"] for reason in reasons)
    return [reason["code"] for reason in reasons]


def test_there_is_no_reason_where_there_is_a_journey(client: TestClient) -> None:
    assert "reasons" not in ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z")


def test_nothing_today_but_on_saturday(client: TestClient) -> None:
    answer = ask(client, "r_CLUB", HAMLET, "2026-06-18T06:00:00Z")
    assert codes(answer) == ["NOTHING_IN_WINDOW"]
    (reason,) = answer["reasons"]
    assert reason["nextDeparture"] == "2026-06-20T10:00:00Z"
    assert reason["nextServiceDay"] == "2026-06-20"
    assert "20/06/2026 à 12:00" in reason["fr"]


def test_the_last_one_before(client: TestClient) -> None:
    answer = ask(client, "r_CLUB", HAMLET, "2026-06-16T06:00:00Z", arriveBy="true")
    assert codes(answer) == ["NOTHING_IN_WINDOW"]
    assert answer["reasons"][0]["nextArrival"] == "2026-06-13T10:40:00Z"


def test_outside_the_service_period(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, "2027-06-15T06:00:00Z")
    assert codes(answer) == ["OUTSIDE_SERVICE_PERIOD"]
    assert answer["reasons"][0]["serviceTo"] == "2026-12-31"
    early = ask(client, AVALLON, CLUNY, "2025-06-15T06:00:00Z")
    assert early["reasons"][0]["nextServiceDay"] == "2026-01-01"


def test_outside_the_area(client: TestClient) -> None:
    answer = ask(client, "48.8566,2.3522", CLUNY, f"{MONDAY}T06:00:00Z")
    assert codes(answer) == ["OUTSIDE_AREA"]
    assert answer["reasons"][0]["place"] == "from"


def test_no_stop_near_either_end(client: TestClient) -> None:
    answer = ask(client, "47.0300,5.0000", "47.4800,5.5500", f"{MONDAY}T06:00:00Z")
    assert codes(answer) == ["NO_STOP_IN_RANGE", "NO_STOP_IN_RANGE"]
    assert [reason["place"] for reason in answer["reasons"]] == ["from", "to"]
    assert answer["reasons"][1]["nearestStop"]["name"] == "Le Hameau"


def test_the_same_stop(client: TestClient) -> None:
    assert codes(ask(client, BEAUNE, BEAUNE, f"{MONDAY}T06:00:00Z")) == ["SAME_PLACE"]


def test_no_connection_at_all(client: TestClient) -> None:
    answer = ask(client, "r_N1", CLUNY, f"{MONDAY}T06:00:00Z")
    assert codes(answer) == ["NO_CONNECTION"]
    assert answer["reasons"][0]["lookedAtDays"] == 14


def test_a_stop_nothing_calls_at(client: TestClient) -> None:
    answer = ask(client, "r_X1", CLUNY, f"{MONDAY}T06:00:00Z")
    assert answer["itineraries"] == []
    assert codes(answer) in (["NO_STOP_IN_RANGE"], ["OUTSIDE_AREA"])


@pytest.mark.parametrize("time", ["2026-06-20T02:00:00Z", "2026-12-31T23:30:00Z", "2025-12-31T23:30:00Z"])
def test_the_edges_of_days_have_reasons_too(client: TestClient, time: str) -> None:
    answer = get(client, "/api/v6/plan", fromPlace=HAMLET, toPlace="r_M1", time=time)
    assert codes(answer)
