"""`/api/v6/plan`: every parameter does what it says."""

from __future__ import annotations

import polyline
import pytest
from starlette.testclient import TestClient

from tests.mobility.http.asking import AVALLON, BEAUNE, CLUNY, HAMLET, MONDAY, ask, departures, problem


def test_one_train(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", numItineraries=1)
    assert departures(answer) == ["06:00"]
    (leg,) = answer["itineraries"][0]["legs"]
    assert leg["mode"] == "REGIONAL_RAIL"
    assert leg["tripId"] == "20260615_08:00_r_R-08"
    assert (leg["from"]["name"], leg["from"]["track"], leg["from"]["stopId"]) == ("Avallon", "1", "r_AVA1")
    assert [stop["name"] for stop in leg["intermediateStops"]] == ["Beaune"]
    assert leg["intermediateStops"][0]["arrival"] == f"{MONDAY}T06:20:00Z"
    assert leg["intermediateStops"][0]["departure"] == f"{MONDAY}T06:22:00Z"
    assert (leg["routeShortName"], leg["headsign"], leg["agencyName"]) == ("TER 1", "Cluny", "Trains d’essai")
    assert (leg["routeColor"], leg["routeTextColor"]) == ("0749FF", "FFFFFF")
    assert leg["wheelchairAccessible"] == "ACCESSIBLE"
    assert leg["bikesAllowed"] is True
    assert leg["realTime"] is False
    assert leg["duration"] == 45 * 60
    assert leg["agencyFareUrl"] == "https://example.org/fares"
    assert leg["from"]["tz"] == "Europe/Paris"


def test_the_data_is_named_and_labelled_synthetic(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z")
    assert answer["synthetic"] is True
    assert answer["itineraries"][0]["legs"][0]["synthetic"] is True
    assert answer["attributions"][0]["attributions"][0]["name"] == "Cars d’essai"


def test_the_line_runs_along_the_shape(client: TestClient) -> None:
    leg = ask(client, AVALLON, BEAUNE, f"{MONDAY}T06:00:00Z")["itineraries"][0]["legs"][0]
    points = polyline.decode(leg["legGeometry"]["points"], 6)
    assert leg["legGeometry"] == {
        "points": leg["legGeometry"]["points"],
        "precision": 6,
        "length": len(points),
    }
    assert points[0] == pytest.approx((47.0001, 5.0001), abs=1e-5)
    assert points[-1] == pytest.approx((47.2001, 5.2001), abs=1e-5)
    assert any(point == pytest.approx((47.1, 5.15), abs=1e-5) for point in points), "the bend of the shape"


def test_without_details_there_is_no_line(client: TestClient) -> None:
    answer = ask(client, AVALLON, BEAUNE, f"{MONDAY}T06:00:00Z", detailedLegs="false")
    assert answer["itineraries"][0]["legs"][0]["legGeometry"] == {"points": "", "precision": 6, "length": 0}


def test_from_coordinates_on_foot(client: TestClient) -> None:
    answer = ask(client, "47.0030,5.0000", CLUNY, f"{MONDAY}T06:00:00Z", numItineraries=1)
    walk, ride = answer["itineraries"][0]["legs"]
    assert (walk["mode"], walk["from"]["name"], walk["to"]["name"]) == ("WALK", "START", "Avallon")
    assert walk["endTime"] == ride["startTime"]
    assert 250 < walk["distance"] < 450
    assert walk["duration"] == pytest.approx(walk["distance"] / 1.25, abs=1)
    assert walk["estimated"] is True
    assert "vol d’oiseau" in answer["streets"]["fr"]


def test_the_times_of_legs_add_up(client: TestClient) -> None:
    """Complaint elsewhere: leg times contradict the duration."""
    answer = ask(client, "47.0030,5.0000", "47.4810,5.5210", "2026-06-17T07:30:00Z")
    assert answer["itineraries"]
    for itinerary in answer["itineraries"]:
        at = itinerary["startTime"]
        for leg in itinerary["legs"]:
            assert at <= leg["startTime"] <= leg["endTime"] <= itinerary["endTime"]
            at = leg["endTime"]
        assert at == itinerary["endTime"]
        assert sum(leg["duration"] for leg in itinerary["legs"]) <= itinerary["duration"]


def test_a_change_of_vehicle(client: TestClient) -> None:
    answer = ask(client, AVALLON, HAMLET, "2026-06-17T07:00:00Z")
    assert answer["itineraries"][0]["transfers"] == 1
    modes = [leg["mode"] for leg in answer["itineraries"][0]["legs"]]
    assert modes == ["REGIONAL_RAIL", "WALK", "BUS"]


def test_arrive_by(client: TestClient) -> None:
    answer = ask(
        client, AVALLON, CLUNY, f"{MONDAY}T08:50:00Z", arriveBy="true", numItineraries=2, timetableView="true"
    )
    assert departures(answer) == ["07:00", "08:00"]


def test_arrive_by_past_midnight(client: TestClient) -> None:
    """Complaint elsewhere: arrive-by is wrong past midnight."""
    answer = ask(client, AVALLON, CLUNY, "2026-06-15T22:40:00Z", arriveBy="true", numItineraries=1)
    assert answer["itineraries"][-1]["endTime"] == "2026-06-15T22:35:00Z"
    assert answer["itineraries"][-1]["legs"][0]["tripId"] == "20260615_23:50_r_R-LATE"


def test_one_instant(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:10:00Z", timetableView="false")
    assert departures(answer) == ["07:00"]
    later = ask(
        client,
        AVALLON,
        CLUNY,
        f"{MONDAY}T06:10:00Z",
        timetableView="false",
        pageCursor=answer["nextPageCursor"],
        numItineraries=1,
    )
    assert departures(later) == ["08:00"]


def test_search_window(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", searchWindow=3 * 3600, numItineraries=0)
    assert departures(answer) == ["06:00", "07:00", "08:00"]


def test_the_window_widens_until_enough_is_found(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:30:00Z", numItineraries=4)
    assert departures(answer) == ["07:00", "08:00", "09:00", "10:00"]


def test_sparse_service_is_found(client: TestClient) -> None:
    """Complaint elsewhere: sparse service falls outside the automatic window and looks like 'no transit'."""
    answer = ask(client, "r_CLUB", HAMLET, "2026-06-17T00:00:00Z")
    assert departures(answer) == ["10:00"]


def test_max_itineraries(client: TestClient) -> None:
    answer = ask(
        client,
        AVALLON,
        CLUNY,
        f"{MONDAY}T06:00:00Z",
        searchWindow=4 * 3600,
        numItineraries=0,
        maxItineraries=2,
    )
    assert departures(answer) == ["06:00", "07:00"]
    more = ask(
        client,
        AVALLON,
        CLUNY,
        f"{MONDAY}T06:00:00Z",
        searchWindow=4 * 3600,
        numItineraries=0,
        maxItineraries=2,
        pageCursor=answer["nextPageCursor"],
    )
    assert departures(more) == ["08:00", "09:00"]


def test_max_transfers(client: TestClient) -> None:
    answer = ask(client, AVALLON, HAMLET, "2026-06-17T07:00:00Z", maxTransfers=0)
    assert answer["itineraries"] == []
    assert answer["reasons"][0]["code"] == "MAX_TRANSFERS_TOO_LOW"
    assert answer["reasons"][0]["transfersNeeded"] == 1


def test_max_travel_time(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", maxTravelTime=44)
    assert answer["itineraries"] == []
    assert answer["reasons"][0]["code"] == "MAX_TRAVEL_TIME_TOO_SHORT"
    assert answer["reasons"][0]["travelTimeNeeded"] == 45
    assert departures(ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", maxTravelTime=45))


@pytest.mark.parametrize(
    "more", [{"minTransferTime": 90}, {"additionalTransferTime": 80}, {"transferTimeFactor": 10}]
)
def test_time_for_changes(client: TestClient, more: dict[str, int]) -> None:
    """The train at 11:45 gives 15 minutes to the coach of 12:00; with more asked for, an earlier one is taken."""
    quick = ask(client, AVALLON, HAMLET, "2026-06-17T05:00:00Z")["itineraries"][0]
    slow = ask(client, AVALLON, HAMLET, "2026-06-17T05:00:00Z", **more)["itineraries"][0]
    assert quick["startTime"][11:16] == "09:00"
    assert slow["startTime"] < quick["startTime"]
    assert slow["endTime"] == quick["endTime"]


def test_transit_modes(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", transitModes="BUS,COACH")
    assert answer["reasons"][0]["code"] == "MODES_TOO_FEW"
    assert ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", transitModes="RAIL")["itineraries"]
    nothing = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", transitModes="")
    assert nothing["reasons"][0]["code"] == "NO_TRANSIT_ASKED"


def test_wheelchair(client: TestClient) -> None:
    answer = ask(
        client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", pedestrianProfile="WHEELCHAIR", numItineraries=3
    )
    assert departures(answer) == ["06:00", "08:00", "10:00"], "only trips known to be accessible"
    unknown = ask(client, CLUNY, AVALLON, f"{MONDAY}T06:00:00Z", pedestrianProfile="WHEELCHAIR")
    assert unknown["reasons"][0]["code"] == "NOT_KNOWN_ACCESSIBLE"


def test_bikes(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", requireBikeTransport="true", numItineraries=2)
    assert departures(answer) == ["06:00", "08:00"]
    unknown = ask(client, CLUNY, AVALLON, f"{MONDAY}T06:00:00Z", requireBikeTransport="true")
    assert unknown["reasons"][0]["code"] == "NOT_KNOWN_FOR_BIKES"


def test_walking_all_the_way_when_it_is_near(client: TestClient) -> None:
    answer = ask(client, "46.8000,4.8000", "46.8050,4.8050", f"{MONDAY}T06:00:00Z")
    (way,) = answer["direct"]
    assert way["legs"][0]["mode"] == "WALK"
    assert way["startTime"] == f"{MONDAY}T06:00:00Z"
    assert way["duration"] == way["legs"][0]["duration"] <= 1800
    assert way["emissions"]["co2e_g"] == 0
    assert way["emissions"]["lowest"] is True


def test_nobody_walks_60_km(client: TestClient) -> None:
    """Complaint elsewhere: a 60 km walk."""
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", maxDirectTime=86400)
    assert answer["direct"] == []


def test_by_bike_and_by_car(client: TestClient) -> None:
    answer = ask(
        client, AVALLON, BEAUNE, f"{MONDAY}T06:00:00Z", directModes="BIKE,CAR", maxDirectTime=3 * 3600
    )
    assert [way["legs"][0]["mode"] for way in answer["direct"]] == ["BIKE", "CAR"]
    bike, car = answer["direct"]
    assert car["duration"] < bike["duration"]
    assert (
        bike["emissions"]["co2e_g"]
        < answer["itineraries"][0]["emissions"]["co2e_g"]
        < car["emissions"]["co2e_g"]
    )
    assert bike["emissions"]["lowest"] is True
    assert car["emissions"]["lowest"] is False


def test_direct_ways_come_once(client: TestClient) -> None:
    near = ("46.8000,4.8000", "46.8110,4.8110", f"{MONDAY}T06:00:00Z")
    first = ask(client, *near)
    assert first["direct"]
    assert ask(client, *near, pageCursor=first["nextPageCursor"])["direct"] == []


def test_fastest_direct_factor(client: TestClient) -> None:
    near = ("46.8000,4.8000", "46.8110,4.8110", f"{MONDAY}T06:00:00Z")
    assert ask(client, *near)["itineraries"]
    limited = ask(client, *near, fastestDirectFactor=0.1)
    assert limited["itineraries"] == []


def test_time_to_the_first_stop(client: TestClient) -> None:
    far = ("47.0100,5.0000", CLUNY, f"{MONDAY}T06:00:00Z")
    none = ask(client, *far, maxPreTransitTime=600)
    assert none["reasons"][0]["code"] == "NO_STOP_IN_RANGE"
    assert none["reasons"][0]["nearestStop"]["name"] == "Avallon"
    assert ask(client, *far, maxPreTransitTime=1200)["itineraries"]
    assert ask(client, *far, maxPreTransitTime=600, pedestrianSpeed=3.0)["itineraries"]
    biked = ask(client, *far, maxPreTransitTime=600, preTransitModes="BIKE")
    assert biked["itineraries"][0]["legs"][0]["mode"] == "BIKE"
    assert (
        ask(client, *far, maxPreTransitTime=600, preTransitModes="BIKE", cyclingSpeed=1.0)["itineraries"]
        == []
    )


def test_nobody_is_sent_far_on_foot(client: TestClient) -> None:
    """2.2 km from the station: farther than the server looks for stops on foot, however long one would walk."""
    far = ("47.0200,5.0000", CLUNY, f"{MONDAY}T06:00:00Z")
    refused = ask(client, *far, maxPreTransitTime=7200)
    assert refused["reasons"][0]["code"] == "NO_STOP_IN_RANGE"
    assert "34 minutes" in refused["reasons"][0]["en"]
    assert ask(client, *far, maxPreTransitTime=7200, preTransitModes="BIKE")["itineraries"]


def test_time_from_the_last_stop(client: TestClient) -> None:
    far = (AVALLON, "47.4100,5.4000", f"{MONDAY}T06:00:00Z")
    assert ask(client, *far, maxPostTransitTime=300)["reasons"][0]["place"] == "to"
    assert ask(client, *far, maxPostTransitTime=1500)["itineraries"]
    driven = ask(client, *far, maxPostTransitTime=300, postTransitModes="CAR")
    assert driven["itineraries"][0]["legs"][-1]["mode"] == "CAR"


def test_radius(client: TestClient) -> None:
    answer = ask(client, "47.0100,5.0000", CLUNY, f"{MONDAY}T05:30:00Z", radius=1500, numItineraries=1)
    walk = answer["itineraries"][0]["legs"][0]
    assert walk["duration"] == 12 * 60, "1.1 km at 1.5 m/s, whole minutes, rounded down"


def test_offsets_the_client_computed(client: TestClient) -> None:
    query = {"fromPlace": "47.05,5.0", "toPlace": CLUNY, "time": f"{MONDAY}T05:30:00Z", "numItineraries": 1}
    body = {"fromOffsets": [{"stopId": AVALLON, "duration": 1234, "mode": "BIKE"}]}
    response = client.post("/api/v6/plan", params=query, json=body)
    assert response.status_code == 200, response.text
    leg = response.json()["itineraries"][0]["legs"][0]
    assert (leg["mode"], leg["duration"]) == ("BIKE", 1234)
    assert leg["startTime"] == f"{MONDAY}T05:39:26Z"


def test_everything_in_the_body(client: TestClient) -> None:
    """Coordinates in an address end up in logs."""
    body = {"fromPlace": AVALLON, "toPlace": CLUNY, "time": f"{MONDAY}T06:00:00Z", "arriveBy": False}
    response = client.post("/api/v6/plan", json=body)
    assert response.status_code == 200
    assert departures(response.json())[0] == "06:00"
    assert client.post("/api/v6/plan", content=b"{nonsense").status_code == 400
    assert client.post("/api/v6/plan", json=[1]).status_code == 400
    assert client.post("/api/v6/plan", json=body | {"fromOffsets": [{"stopId": "r_AVA"}]}).status_code == 400
    assert (
        client.post("/api/v6/plan", json=body | {"toOffsets": [{"stopId": "?", "duration": 1}]}).status_code
        == 404
    )


def test_language(client: TestClient) -> None:
    answer = ask(client, AVALLON, HAMLET, "2026-06-17T07:00:00Z", language="de,en")
    assert answer["to"]["name"] == "The Hamlet"
    assert answer["from"]["name"] == "Aval Town"
    assert ask(client, AVALLON, HAMLET, "2026-06-17T07:00:00Z", language="de")["to"]["name"] == "Le Hameau"


def test_fares_are_unknown_and_said_so(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", withFares="true")
    assert {itinerary["price"] for itinerary in answer["itineraries"]} == {"unknown"}


def test_staying_seated_is_one_leg(client: TestClient) -> None:
    (itinerary,) = ask(client, "r_S1", "r_S3", f"{MONDAY}T06:00:00Z", numItineraries=1)["itineraries"]
    (leg,) = itinerary["legs"]
    assert itinerary["transfers"] == 0
    assert [stop["name"] for stop in leg["intermediateStops"]] == ["Milieu"]
    assert leg["intermediateStops"][0]["arrival"] == f"{MONDAY}T07:20:00Z"
    assert leg["intermediateStops"][0]["departure"] == f"{MONDAY}T07:25:00Z"
    assert leg["duration"] == 50 * 60
    assert (leg["routeShortName"], leg["headsign"], leg["tripTo"]["name"]) == ("10", "Terme", "Terme")
    assert leg["joinedTripIds"] == ["20260615_09:00_r_I-1", "20260615_09:25_r_I-2"]
    assert len(polyline.decode(leg["legGeometry"]["points"], 6)) == leg["legGeometry"]["length"] >= 3


def test_staying_seated_as_marked_legs(client: TestClient) -> None:
    answer = ask(client, "r_S1", "r_S3", f"{MONDAY}T06:00:00Z", joinInterlinedLegs="false", numItineraries=1)
    first, second = answer["itineraries"][0]["legs"]
    assert [leg["interlineWithPreviousLeg"] for leg in (first, second)] == [False, True]
    assert (first["routeShortName"], second["routeShortName"]) == ("10", "20")


def test_every_few_minutes(client: TestClient) -> None:
    answer = ask(client, "r_M1", "r_M3", f"{MONDAY}T05:00:00Z", numItineraries=3)
    assert departures(answer) == ["05:00", "05:10", "05:20"]
    tokens = [itinerary["legs"][0]["tripId"] for itinerary in answer["itineraries"]]
    assert tokens == ["20260615_07:00_r_M-A", "20260615_07:10_r_M-A", "20260615_07:20_r_M-A"]
    assert answer["itineraries"][1]["legs"][0]["intermediateStops"][0]["arrival"] == f"{MONDAY}T05:14:00Z"


def test_on_demand(client: TestClient) -> None:
    (leg,) = ask(client, "r_T1", "r_T2", f"{MONDAY}T06:00:00Z", numItineraries=1)["itineraries"][0]["legs"]
    assert leg["mode"] == "ODM"
    assert leg["reservation"] == "COMPULSORY"
    assert leg["agencyPhone"] == "0380000000"
    assert (leg["from"]["pickupType"], leg["from"]["pickupArrangement"]) == ("NORMAL", "PHONE_AGENCY")
    assert leg["to"]["dropoffArrangement"] == "COORDINATE_WITH_DRIVER"
    assert leg["emissions"]["co2e_g"] is None, "no factor: unknown, not nought"


def test_what_is_understood_and_changes_nothing(client: TestClient) -> None:
    plain = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z")
    more = {
        "realtimeMode": "OFF",
        "algorithm": "RAPTOR",
        "useRoutedTransfers": "true",
        "noCompulsoryReservation": "true",
        "numLegAlternatives": 3,
        "passengers": 2,
        "elevationCosts": "HIGH",
        "directRentalFormFactors": "BICYCLE",
        "vehicleHazmat": "true",
        "somethingOfTomorrow": "yes",
    }
    assert ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", **more)["itineraries"] == plain["itineraries"]


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("time", "yesterday", 400),
        ("time", "2026-06-15T06:00:00", 400),
        ("time", "9999-01-01T00:00:00Z", 400),
        ("maxTransfers", "-1", 400),
        ("maxTransfers", "two", 400),
        ("searchWindow", "1e3", 400),
        ("searchWindow", "99999999", 422),
        ("arriveBy", "maybe", 400),
        ("transitModes", "BROOM", 400),
        ("directModes", "RENTAL", 422),
        ("preTransitModes", "CAR_PARKING", 422),
        ("pedestrianProfile", "HORSE", 400),
        ("pedestrianSpeed", "nan", 400),
        ("pedestrianSpeed", "0", 400),
        ("transferTimeFactor", "0.5", 400),
        ("pageCursor", "LATER|x", 400),
        ("pageCursor", "tomorrow", 400),
        ("via", "47.2,5.2", 422),
        ("via", "47.2;5.2", 422),
        ("via", "91,0", 422),
        ("via", "r_NOPE", 404),
        ("via", "r_BEA,r_CLU,r_HAM", 400),
        ("viaMinimumStay", "soon", 400),
        ("viaMinimumStay", "-1", 400),
        ("excludedTransitModes", "BROOM", 400),
        ("excludedTransitModes", "WALK", 422),
        ("maxWalkDistance", "-5", 400),
        ("maxWalkDistance", "far", 400),
        ("optimize", "beauty", 400),
        ("bookingTime", "yesterday", 400),
        ("pedestrianSpeed", "40", 400),
        ("cyclingSpeed", "100", 400),
        ("minTransferTime", "-1", 400),
        ("requireCarTransport", "true", 422),
        ("fromPlace", "nowhere", 404),
        ("toPlace", "r_NOPE", 404),
        ("toPlace", "", 400),
        ("toPlace", "x" * 501, 400),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(
    client: TestClient, field: str, value: str, status: int
) -> None:
    query = {"fromPlace": AVALLON, "toPlace": CLUNY, "time": f"{MONDAY}T06:00:00Z"} | {field: value}
    refusal = problem(client, "/api/v6/plan", **query)
    assert refusal["status"] == status
    assert field in refusal["field"]


def test_places_off_the_earth(client: TestClient) -> None:
    assert problem(client, "/api/v6/plan", fromPlace="95.0,5.0", toPlace=CLUNY)["status"] == 400
    assert problem(client, "/api/v6/plan", toPlace=CLUNY)["field"] == "fromPlace"


def test_an_unknown_place_says_what_to_do(client: TestClient) -> None:
    refusal = problem(client, "/api/v6/plan", fromPlace="Avalon", toPlace=CLUNY)
    assert refusal["reasons"][0]["code"] == "PLACE_NOT_FOUND"
    assert "/api/v1/geocode" in refusal["detail"]


def test_a_plus_in_the_address(client: TestClient) -> None:
    """A '+' of a time zone that was not escaped arrives as a blank."""
    response = client.get(f"/api/v6/plan?fromPlace={AVALLON}&toPlace={CLUNY}&time={MONDAY}T08:00:00+02:00")
    assert departures(response.json())[0] == "06:00"


def test_without_a_time_it_is_now(client: TestClient) -> None:
    response = client.get("/api/v6/plan", params={"fromPlace": AVALLON, "toPlace": CLUNY})
    assert response.status_code == 200


def test_excluded_modes(client: TestClient) -> None:
    answer = ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", excludedTransitModes="RAIL")
    assert answer["reasons"][0]["code"] == "MODES_TOO_FEW"
    assert ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", excludedTransitModes="BUS,FLEX")["itineraries"]
