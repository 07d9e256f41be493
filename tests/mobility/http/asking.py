"""Asking the API in tests."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

AVALLON, BEAUNE, CLUNY, HAMLET = "r_AVA", "r_BEA", "r_CLU", "r_HAM"
MONDAY = "2026-06-15"


def get(client: TestClient, path: str, **query: Any) -> Any:
    """An answer that must be one."""
    response = client.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


def ask(client: TestClient, origin: str, destination: str, time: str, **more: Any) -> dict[str, Any]:
    """A plan that must be answered."""
    answer: dict[str, Any] = get(
        client, "/api/v6/plan", fromPlace=origin, toPlace=destination, time=time, **more
    )
    return answer


def departures(answer: dict[str, Any]) -> list[str]:
    """When itineraries leave: hours and minutes, UTC."""
    return [itinerary["startTime"][11:16] for itinerary in answer["itineraries"]]


def problem(client: TestClient, path: str, **query: Any) -> dict[str, Any]:
    """A refusal that must be problem details."""
    response = client.get(path, params=query)
    assert 400 <= response.status_code < 500, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == response.status_code
    for said in ("error", "title", "detail", "fr", "en"):
        assert body[said]
    assert body["requestId"] == response.headers["x-request-id"]
    return body
