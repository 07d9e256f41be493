"""The two nights when the clock changes: 2026-03-29 loses an hour, 2026-10-25 has one twice."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.mobility.http.asking import ask, get


@pytest.mark.parametrize(
    ("night", "leaves"),
    [
        # N-1 of the day before at 25:30 (noon minus 12 h counts), N-2 of the day itself at 01:30
        ("2026-03-29", ["2026-03-29T00:30:00Z", "2026-03-28T23:30:00Z"]),
        ("2026-10-25", ["2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z"]),
        ("2026-06-15", ["2026-06-14T23:30:00Z", "2026-06-14T23:30:00Z"]),
    ],
)
def test_the_night_bus(client: TestClient, night: str, leaves: list[str]) -> None:
    expected = {
        f"{night.replace('-', '')}_01:30_r_N-2": leaves[1],
    }
    board = get(
        client,
        "/api/v6/stoptimes",
        stopId="r_N1",
        time=f"{night}T12:00:00Z",
        direction="EARLIER",
        window=54000,
    )
    times = {stop["tripId"]: stop["place"]["departure"] for stop in board["stopTimes"]}
    assert expected.items() <= times.items()
    (before,) = [token for token in times if "25:30" in token]
    assert times[before] == leaves[0]


@pytest.mark.parametrize(("night", "hours"), [("2026-03-29", 2), ("2026-10-25", 2), ("2026-06-15", 2)])
def test_a_ride_through_the_change_takes_as_long_as_ever(client: TestClient, night: str, hours: int) -> None:
    answer = ask(client, "r_N1", "r_N2", f"{night}T02:00:00Z", arriveBy="true", numItineraries=2)
    assert {itinerary["duration"] for itinerary in answer["itineraries"]} == {hours * 3600}
