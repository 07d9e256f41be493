"""What travellers are shown of real time, over HTTP, from a file that a publisher writes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, MONDAY
from tests.mobility.live.live_server import SOURCE, LiveServer
from tests.mobility.live.messages import alert, trip, vehicle

SIX = f"{MONDAY}T05:55:00Z"
"""Before the train R-08 leaves Avallon at 08:00 in Paris, 06:00 UTC."""


def instant(clock: str) -> int:
    """Seconds since the epoch of a UTC clock time on the day of the tests."""
    hour, minute = map(int, clock.split(":"))
    return 1_781_481_600 + hour * 3600 + minute * 60


def test_the_clock_of_these_tests() -> None:
    import datetime as dt

    assert dt.datetime.fromtimestamp(instant("00:00"), dt.UTC).isoformat() == f"{MONDAY}T00:00:00+00:00"


def test_a_delay_is_planned_with_and_shown(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 300}))
    (itinerary,) = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)
    (leg,) = itinerary["legs"]
    assert (leg["startTime"], leg["scheduledStartTime"]) == (f"{MONDAY}T06:05:00Z", f"{MONDAY}T06:00:00Z")
    assert (leg["endTime"], leg["scheduledEndTime"]) == (f"{MONDAY}T06:50:00Z", f"{MONDAY}T06:45:00Z")
    assert leg["realTime"] is True
    assert leg["scheduled"] is True
    assert leg["duration"] == itinerary["duration"] == 45 * 60
    assert itinerary["startTime"] == leg["startTime"]
    (beaune,) = leg["intermediateStops"]
    assert (beaune["departure"], beaune["scheduledDeparture"]) == (
        f"{MONDAY}T06:27:00Z",
        f"{MONDAY}T06:22:00Z",
    )
    whole = live.get("/api/v6/trip", tripId=leg["tripId"])
    assert whole["legs"][0]["startTime"] == leg["startTime"]
    assert whole["liveData"]["state"] == "live"


def test_the_board_is_in_order_of_real_time_and_keeps_what_has_not_left(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 1200}))
    shown = live.board(BEAUNE, f"{MONDAY}T06:30:00Z")
    assert [(one["headsign"], one["place"]["departure"][11:16]) for one in shown] == [
        ("Avallon", "06:35"),
        ("Cluny", "06:42"),
    ], "planned at 06:22, it has not left yet"
    late = shown[1]
    assert (late["realTime"], late["place"]["scheduledDeparture"][11:16]) == (True, "06:22")
    assert live.board(BEAUNE, f"{MONDAY}T06:20:00Z", window=600) == []


def test_a_cancelled_departure_is_shown_cancelled_and_not_travelled_by(live: LiveServer) -> None:
    live.say(trip("R-08", relationship="CANCELED"))
    shown = {one["tripId"]: one for one in live.board(BEAUNE, f"{MONDAY}T06:10:00Z")}
    cancelled = shown["20260615_08:00_r_R-08"]
    assert (cancelled["cancelled"], cancelled["tripCancelled"], cancelled["realTime"]) == (True, True, True)
    assert cancelled["pickupDropoffType"] == "NOT_ALLOWED"
    assert cancelled["place"]["departure"] == f"{MONDAY}T06:22:00Z"
    assert cancelled["place"]["cancelled"] is True
    planned = live.plan(AVALLON, CLUNY, SIX, searchWindow=7200)
    assert [one["startTime"][11:16] for one in planned] == ["07:00"]
    (leg,) = live.get("/api/v6/trip", tripId="20260615_08:00_r_R-08")["legs"]
    assert (leg["cancelled"], leg["startTime"]) == (True, f"{MONDAY}T06:00:00Z")
    assert all(stop["cancelled"] for stop in (leg["from"], *leg["intermediateStops"], leg["to"]))


def test_a_skipped_stop(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 60}, {"stop": "BEA1", "skipped": True}))
    assert [one["startTime"][11:16] for one in live.plan(AVALLON, BEAUNE, SIX, searchWindow=4200)] == [
        "07:00"
    ]
    (through,) = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)
    (beaune,) = through["legs"][0]["intermediateStops"]
    assert (beaune["cancelled"], beaune["pickupType"], beaune["dropoffType"]) == (
        True,
        "NOT_ALLOWED",
        "NOT_ALLOWED",
    )
    (shown,) = live.board(BEAUNE, f"{MONDAY}T06:20:00Z", window=300)
    assert (shown["cancelled"], shown["tripCancelled"]) == (True, False)


def test_another_platform(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 0, "platform": "AVA2"}))
    (itinerary,) = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)
    start = itinerary["legs"][0]["from"]
    assert (start["track"], start["scheduledTrack"], start["stopId"]) == ("2", "1", "r_AVA2")
    board = live.board(AVALLON, f"{MONDAY}T05:59:00Z", window=120)
    assert [(one["place"]["track"], one["place"]["scheduledTrack"]) for one in board] == [("2", "1")]


def test_an_added_trip(live: LiveServer) -> None:
    updates = [
        {"stop": "AVA1", "departure": instant("06:15")},
        {"stop": "CLU1", "arrival": instant("06:50")},
    ]
    live.say(trip("EXTRA-1", *updates, relationship="NEW", route_id="R"))
    found = live.plan(AVALLON, CLUNY, f"{MONDAY}T06:10:00Z", searchWindow=600)
    (leg,) = found[0]["legs"]
    assert (leg["startTime"], leg["endTime"]) == (f"{MONDAY}T06:15:00Z", f"{MONDAY}T06:50:00Z")
    assert (leg["routeShortName"], leg["headsign"], leg["mode"]) == ("TER 1", "Cluny", "REGIONAL_RAIL")
    assert (leg["scheduled"], leg["realTime"]) == (False, True)
    assert leg["tripId"] == "20260615_08:15_r_EXTRA-1"
    (again,) = live.get("/api/v6/trip", tripId=leg["tripId"])["legs"]
    assert again["startTime"] == leg["startTime"]
    (shown,) = live.board(AVALLON, f"{MONDAY}T06:10:00Z", window=600)
    assert (shown["tripId"], shown["scheduled"]) == (leg["tripId"], False)
    (synthetic,) = live.get(
        "/api/v6/plan",
        fromPlace=AVALLON,
        toPlace=CLUNY,
        time=f"{MONDAY}T06:10:00Z",
        searchWindow=600,
        numItineraries=1,
    )["attributions"]
    assert synthetic["feed"] == "r"
    live.say()
    assert live.client.get("/api/v6/trip", params={"tripId": leg["tripId"]}).status_code == 404


def test_nothing_said_is_not_live(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 300}))
    found = live.plan(AVALLON, CLUNY, f"{MONDAY}T06:55:00Z", searchWindow=1200)
    assert found[0]["legs"][0]["realTime"] is False
    known = {
        one["tripId"][9:]: one["realTime"] for one in live.board(BEAUNE, f"{MONDAY}T06:20:00Z", window=3600)
    }
    assert known["08:00_r_R-08"] is True
    assert known["08:10_r_Q-08"] is False


def test_modes_of_real_time(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 300}), trip("R-09", relationship="CANCELED"))

    def leaves(mode: str) -> list[tuple[str, bool, bool]]:
        found = live.plan(AVALLON, CLUNY, SIX, searchWindow=7200, realtimeMode=mode)
        legs = [itinerary["legs"][0] for itinerary in found]
        return [(leg["startTime"][11:16], leg["realTime"], leg["cancelled"]) for leg in legs]

    assert leaves("REALTIME") == [("06:05", True, False)]
    assert leaves("OFF") == [("06:00", False, False), ("07:00", False, False)]
    assert leaves("REALTIME_ANNOTATION_ONLY") == [("06:05", True, False), ("07:00", True, True)]
    off = live.board(BEAUNE, f"{MONDAY}T06:20:00Z", realtimeMode="OFF", window=300)
    assert [(one["place"]["departure"][11:16], one["realTime"]) for one in off] == [("06:22", False)]


# ── alerts ─────────────────────────────────────────────────────────────────────────────────────────────

WORKS = {"fr": "Travaux à Beaune", "en": "Works at Beaune"}


@pytest.mark.parametrize(
    ("selector", "on_leg", "on_beaune"),
    [
        ({"agency_id": "RAIL"}, True, False),
        ({"route_id": "R"}, True, False),
        ({"route_id": "B"}, False, False),
        ({"trip_id": "R-08"}, True, False),
        ({"trip_id": "R-08", "start_date": "20260615"}, True, False),
        ({"trip_id": "R-08", "start_date": "20260616"}, False, False),
        ({"stop_id": "BEA"}, False, True),
        ({"stop_id": "BEA1"}, False, True),
        ({"stop_id": "BEA1", "route_id": "R"}, False, True),
        ({"stop_id": "BEA1", "route_id": "B"}, False, False),
    ],
)
def test_alerts_stand_where_they_belong(
    live: LiveServer, selector: dict[str, Any], on_leg: bool, on_beaune: bool
) -> None:
    live.say(alert("works", WORKS, selector))
    (itinerary,) = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200, language="en")
    (leg,) = itinerary["legs"]
    assert [one["headerText"] for one in leg["alerts"]] == ["Works at Beaune"] * on_leg
    (beaune,) = leg["intermediateStops"]
    assert [one["headerText"] for one in beaune.get("alerts", [])] == ["Works at Beaune"] * on_beaune
    (shown,) = live.board(BEAUNE, f"{MONDAY}T06:20:00Z", window=300, language="fr")
    texts = [one["headerText"] for one in (*shown["alerts"], *shown["place"].get("alerts", []))]
    assert texts == ["Travaux à Beaune"] * (on_leg or on_beaune)
    (without,) = live.board(BEAUNE, f"{MONDAY}T06:20:00Z", window=300, withAlerts="false")
    assert "alerts" not in without
    assert "alerts" not in without["place"]


def test_an_alert_of_another_time_is_not_shown(live: LiveServer) -> None:
    live.say(alert("works", WORKS, {"route_id": "R"}, period=(instant("12:00"), instant("14:00"))))
    (morning,) = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)
    assert morning["legs"][0]["alerts"] == []
    noon = live.plan(AVALLON, CLUNY, f"{MONDAY}T11:55:00Z", searchWindow=1200)
    assert [one["headerText"] for one in noon[0]["legs"][0]["alerts"]] == ["Travaux à Beaune"]
    assert noon[0]["legs"][0]["alerts"][0]["impactPeriod"] == [
        {"start": f"{MONDAY}T12:00:00Z", "end": f"{MONDAY}T14:00:00Z"}
    ]


def test_a_stop_has_its_alerts(live: LiveServer) -> None:
    live.say(alert("works", WORKS, {"stop_id": "BEA"}))
    place = live.get("/api/v6/stoptimes", stopId=BEAUNE, time=SIX, n=1, language="en")["place"]
    assert [one["headerText"] for one in place["alerts"]] == ["Works at Beaune"]


# ── vehicles and the map ───────────────────────────────────────────────────────────────────────────────


def test_vehicles(live: LiveServer) -> None:
    live.say(
        trip("R-08", {"stop": "AVA1", "delay": 120}),
        vehicle("V1", "R-08", 47.1, 5.1, "BEA1"),
        vehicle("V2", "R-07", 47.3, 5.3, "CLU1", age_s=4000),
    )
    shown = live.get("/v1/vehicles")
    (feature,) = shown["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [5.1, 47.1]}
    facts = feature["properties"]
    assert (facts["id"], facts["tripId"], facts["routeShortName"]) == ("V1", "20260615_08:00_r_R-08", "TER 1")
    assert (facts["stop"]["stopId"], facts["delay"], facts["bearing"]) == ("r_BEA1", 120, 45.0)
    assert live.get("/v1/vehicles", min="40,4", max="47.05,6")["features"] == []
    assert len(live.get("/v1/vehicles", min="47.05,5", max="47.2,6", routeId="r_R")["features"]) == 1


def test_what_runs_on_the_map(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 600}))
    query = {"min": "46.9,5.3", "max": "47.3,4.9", "zoom": 12}

    def segments(start: str, end: str) -> list[tuple[str, str, str, bool]]:
        found = live.get(
            "/api/v6/map/trips", startTime=f"{MONDAY}T{start}:00Z", endTime=f"{MONDAY}T{end}:00Z", **query
        )
        return [
            (one["from"]["stopId"], one["to"]["stopId"], one["departure"][11:16], one["realTime"])
            for one in found
        ]

    assert segments("06:11", "06:12") == [
        ("r_AVA1", "r_BEA1", "06:10", True),
        ("r_CLU1", "r_BEA1", "06:10", False),
    ]
    assert segments("06:06", "06:08") == [], "it has not left"
    assert segments("07:46", "07:47") == [("r_BEA1", "r_AVA2", "07:35", False)]


# ── freshness ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_bad_message_changes_nothing_and_is_reported(live: LiveServer) -> None:
    live.say(trip("R-08", {"stop": "AVA1", "delay": 300}))
    live.write(b"<html>Service Unavailable</html>")
    live.wait_for(lambda: live.status().error)
    (itinerary,) = live.plan(AVALLON, CLUNY, SIX, searchWindow=1200)
    assert itinerary["legs"][0]["startTime"] == f"{MONDAY}T06:05:00Z"
    health = live.get("/api/v1/health")
    assert health["rt"] is True
    assert SOURCE in health["liveErrors"]
    assert (
        f'mobility_live_polls_total{{outcome="refused",source="{SOURCE}"}}'
        in live.client.get("/metrics").text
    )
    live.say()
    assert live.get("/api/v1/health")["liveErrors"] == {}


def test_unknown_trips_are_counted_and_change_nothing(live: LiveServer) -> None:
    live.say(
        trip("R-08", {"stop": "AVA1", "delay": 300}), trip("NO-SUCH-TRIP", {"stop": "AVA1", "delay": 300})
    )
    status = live.status()
    assert (status.trips_matched, status.trips_unmatched) == (1, 1)
    assert any(finding.rule == "unknown_trip" for finding in status.findings)
    metrics = live.client.get("/metrics").text
    assert f'mobility_live_trips{{known="yes",source="{SOURCE}"}} 1.0' in metrics
    assert f'mobility_live_trips{{known="no",source="{SOURCE}"}} 1.0' in metrics


def test_what_grows_stale_is_dropped_and_says_so(live: LiveServer) -> None:
    import datetime as dt

    live.say(trip("R-08", {"stop": "AVA1", "delay": 300}))
    assert live.get("/api/v6/plan", fromPlace=AVALLON, toPlace=CLUNY, time=SIX)["liveData"]["state"] == "live"
    live.now += dt.timedelta(minutes=6)
    live.wait_for(lambda: live.services.current().live.state == "stale")
    answer = live.get("/api/v6/plan", fromPlace=AVALLON, toPlace=CLUNY, time=SIX, numItineraries=1)
    assert answer["itineraries"][0]["legs"][0]["startTime"] == f"{MONDAY}T06:00:00Z"
    assert answer["itineraries"][0]["legs"][0]["realTime"] is False
    (source,) = answer["liveData"]["sources"]
    assert (answer["liveData"]["state"], source["state"]) == ("stale", "stale")
    assert f'mobility_live_is_live{{source="{SOURCE}"}} 0.0' in live.client.get("/metrics").text
    live.say(trip("R-08", {"stop": "AVA1", "delay": 300}))
    assert live.services.current().live.state == "live"
