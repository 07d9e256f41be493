"""What is asked for is done: by way of somewhere, with less of something; each option says what it is best in."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from tests.mobility.complaints.test_walking import codes, lines
from tests.mobility.http.asking import AVALLON, CLUNY, MONDAY, ask

SEVEN = f"{MONDAY}T05:00:00Z"


def itineraries(client: TestClient, origin: str, destination: str, **more: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = ask(client, origin, destination, SEVEN, **more)["itineraries"]
    return listed


def test_by_way_of_a_stop(islands: TestClient) -> None:
    assert lines(itineraries(islands, "i_V1", "i_V3", numItineraries=1)[0]) == ["V1"]
    by_four = itineraries(islands, "i_V1", "i_V3", via="i_V4", numItineraries=1)
    assert lines(by_four[0]) == ["V2"]
    assert ask(islands, "i_V1", "i_V3", SEVEN, via="i_V4", directModes="WALK,CAR")["direct"] == []


def test_a_stay_on_the_way(islands: TestClient) -> None:
    riding = itineraries(islands, "i_V1", "i_V3", via="i_V2", viaMinimumStay=0, numItineraries=1)
    assert [i["endTime"] for i in riding] == [f"{MONDAY}T06:20:00Z"], "riding through is enough"
    (staying,) = itineraries(islands, "i_V1", "i_V3", via="i_V2", viaMinimumStay=30, numItineraries=1)
    assert [leg["to"]["stopId"] for leg in staying["legs"]] == ["i_V2", "i_V3"]
    assert staying["endTime"] == f"{MONDAY}T07:20:00Z"
    assert itineraries(islands, "i_V1", "i_V3", via="i_V2", viaMinimumStay=61, maxTravelTime=300) == []


def test_a_round_trip(islands: TestClient) -> None:
    """From a stop to itself there is nothing to plan, unless one passes somewhere."""
    assert ask(islands, "i_V1", "i_V1", SEVEN)["reasons"][0]["code"] == "SAME_PLACE"
    answer = ask(islands, "i_V1", "i_V1", SEVEN, via="i_V2")
    assert answer["reasons"][0]["code"] != "SAME_PLACE"


def test_a_via_that_is_out_of_reach(islands: TestClient) -> None:
    answer = ask(islands, "i_V1", "i_V3", SEVEN, via="i_D1")
    assert answer["itineraries"] == []
    assert "VIA_OUT_OF_REACH" in {reason["code"] for reason in answer["reasons"]}


def test_a_via_that_nothing_serves(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, SEVEN, via="r_X1")
    assert "VIA_NOT_SERVED" in {reason["code"] for reason in answer["reasons"]}


def test_lowest_emissions(islands: TestClient) -> None:
    """The train takes ten minutes longer than the bus, and emits a quarter."""
    assert list(map(lines, itineraries(islands, "i_D1", "i_D2", numItineraries=1))) == [["D1"]]
    bus, train = itineraries(islands, "i_D1", "i_D2", numItineraries=1, optimize="emissions")
    assert (lines(bus), lines(train)) == (["D1"], ["D2"])
    assert codes(bus) == {"EARLIEST_ARRIVAL", "FASTEST"}
    assert codes(train) == {"LOWEST_EMISSIONS"}
    assert train["emissions"]["lowest"] is True
    assert {tag["fr"] for tag in train["tags"]} == {"Le moins d’émissions"}


def test_what_all_have_in_common_is_no_distinction(islands: TestClient) -> None:
    (only,) = itineraries(islands, "i_D1", "i_D2", numItineraries=1)
    assert only["tags"] == []


def test_pages_join_with_a_third_criterion(islands: TestClient) -> None:
    """Turning pages with a wish shows what the whole day shows, once."""
    query = {"optimize": "walking", "numItineraries": 1}
    shown: list[str] = []
    answer = ask(islands, "47.0000,3.0000", "i_C3", SEVEN, **query)
    for _ in range(3):
        shown += [itinerary["id"] for itinerary in answer["itineraries"]]
        answer = ask(islands, "47.0000,3.0000", "i_C3", SEVEN, pageCursor=answer["nextPageCursor"], **query)
    assert len(shown) == len(set(shown))
    whole = ask(islands, "47.0000,3.0000", "i_C3", SEVEN, optimize="walking", numItineraries=2)
    assert [itinerary["id"] for itinerary in whole["itineraries"]] == shown[:2]
