"""Paging: pages never overlap and never leave a gap, in both directions, by departure and by arrival."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, CLUNY, HAMLET, MONDAY, ask, get


def key(itinerary: dict[str, Any]) -> tuple[str, str, int]:
    return itinerary["startTime"], itinerary["endTime"], itinerary["transfers"]


def turn_pages(client: TestClient, pages: int, cursor: str, query: dict[str, Any]) -> list[list[Any]]:
    """The itineraries of a page and of those that follow it."""
    shown, more = [], dict(query)
    for _ in range(pages):
        answer = get(client, "/api/v6/plan", **more)
        shown.append([key(itinerary) for itinerary in answer["itineraries"]])
        more = query | {"pageCursor": answer[cursor]}
    return shown


@pytest.mark.parametrize("arrive_by", ["false", "true"])
@pytest.mark.parametrize("cursor", ["nextPageCursor", "previousPageCursor"])
@pytest.mark.parametrize(
    "more", [{"numItineraries": 3}, {"numItineraries": 1}, {"maxItineraries": 2, "searchWindow": 9000}]
)
@pytest.mark.parametrize("ends", [(AVALLON, CLUNY), ("r_M1", "r_M3")])
def test_pages_join(
    client: TestClient, arrive_by: str, cursor: str, more: dict[str, int], ends: tuple[str, str]
) -> None:
    query = {
        "fromPlace": ends[0],
        "toPlace": ends[1],
        "time": f"{MONDAY}T10:07:00Z",
        "arriveBy": arrive_by,
        **more,
    }
    pages = turn_pages(client, 5, cursor, query)
    shown = [itinerary for page in pages for itinerary in page]
    assert len(shown) == len(set(shown)), "no itinerary twice"
    assert len(shown) >= 5
    first, last = min(shown), max(shown)
    # the whole span at once: what lies between the first and the last page's edges must all have been shown
    whole = get(
        client,
        "/api/v6/plan",
        fromPlace=ends[0],
        toPlace=ends[1],
        time=first[0],
        searchWindow=86400,
        numItineraries=0,
    )
    between = {key(i) for i in whole["itineraries"] if first[0] <= i["startTime"] <= last[0]}
    assert between == set(shown)


def test_there_and_back(client: TestClient) -> None:
    query = {"fromPlace": AVALLON, "toPlace": CLUNY, "time": f"{MONDAY}T08:30:00Z", "numItineraries": 3}
    first = get(client, "/api/v6/plan", **query)
    second = get(client, "/api/v6/plan", **query, pageCursor=first["nextPageCursor"])
    back = get(client, "/api/v6/plan", **query, pageCursor=second["previousPageCursor"])
    assert [key(i) for i in back["itineraries"]] == [key(i) for i in first["itineraries"]]


def test_pages_reach_the_next_market_day(client: TestClient) -> None:
    """Complaint elsewhere: once-a-day services show no date; here each page says when."""
    query = {"fromPlace": "r_CLUB", "toPlace": HAMLET, "time": "2026-06-17T00:00:00Z"}
    answer = get(client, "/api/v6/plan", **query)
    days = [i["startTime"][:10] for i in answer["itineraries"]]
    for _ in range(6):
        answer = get(client, "/api/v6/plan", **query, pageCursor=answer["nextPageCursor"])
        days += [i["startTime"][:10] for i in answer["itineraries"]]
    assert days == ["2026-06-17", "2026-06-20"]


def test_an_empty_page_still_turns(client: TestClient) -> None:
    answer = ask(client, "r_CLUB", HAMLET, "2026-06-18T00:00:00Z")
    assert answer["itineraries"] == []
    assert answer["nextPageCursor"] == "LATER|1781827200", "a whole day was searched"
