"""A traveller's rides over HTTP: quoted, held, confirmed, changed, given back; and the waiting list."""

from __future__ import annotations

import datetime as dt

from mobility.acts.on_demand.waiting_list import serve_waiting_list
from tests.mobility.on_demand.conftest import Server, at, place

FOUR = {"adults": 4}


def hours_between(one: str, other: str) -> float:
    return (dt.datetime.fromisoformat(other) - dt.datetime.fromisoformat(one)).total_seconds() / 3600


def test_three_requests_book_a_ride(server: Server) -> None:
    answer = server.quote()
    assert answer.status_code == 200, answer.text
    (offer,) = answer.json()["offers"]
    assert offer["service"] == "tadou"
    assert offer["from"]["name"] == "Rioz, Mairie"
    assert offer["fareCents"] == 150
    assert offer["pickupFrom"] < offer["pickupUntil"] < offer["arriveBy"] <= "2026-11-24T10:00:00Z"
    assert hours_between(offer["bookUntil"], offer["pickupFrom"]) == 2

    held = server.hold("vera", offer["quote"])
    assert held.status_code == 201, held.text
    (ride,) = held.json()
    assert ride["status"] == "held"
    assert ride["expiresAt"] == "2026-11-23T12:10:00Z"

    confirmed = server.ask("POST", f"/rides/{ride['id']}/confirm", "vera")
    assert [one["status"] for one in confirmed.json()] == ["confirmed"]
    assert hours_between(confirmed.json()[0]["cancelFreeUntil"], ride["pickupFrom"]) == 1
    assert ride["id"] in [one["id"] for one in server.ask("GET", "/rides", "vera").json()]
    shown = server.ask("GET", f"/rides/{ride['id']}", "vera").json()
    assert [step["status"] for step in shown["history"]] == ["held", "confirmed"]

    ended = server.ask("POST", f"/rides/{ride['id']}/cancel", "vera", {})
    assert [one["status"] for one in ended.json()] == ["cancelled"]


def test_replays_are_the_same_booking_and_a_key_is_for_one_thing(server: Server) -> None:
    token, other = server.token(), server.token(arriveBy=at("16:00"))
    first = server.hold("vera", token, Idempotency_Key="k-1")
    again = server.hold("vera", token, Idempotency_Key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    reused = server.hold("vera", other, Idempotency_Key="k-1")
    assert (reused.status_code, reused.json()["type"]) == (422, "urn:mobility:problem:key-reused")
    assert len(server.ask("GET", "/rides", "vera").json()) >= 1
    assert sum(ride["status"] == "held" for ride in server.ask("GET", "/rides", "vera").json()) == 1


def test_full_says_so_with_what_is_possible_instead(server: Server) -> None:
    late = server.token(party=FOUR)
    assert server.hold("theo", server.token(party=FOUR)).status_code == 201
    full = server.ask("POST", "/holds", "vera", {"quotes": [late]}, Accept_Language="fr")
    problem = full.json()
    assert (full.status_code, problem["type"]) == (409, "urn:mobility:problem:no-seat")
    assert "liste d'attente" in problem["fr"]
    assert "waiting list" in problem["en"]
    assert problem["detail"] == problem["fr"]
    assert len(problem["alternatives"]) >= 1
    other = server.hold("vera", problem["alternatives"][0]["quote"])
    assert (other.status_code, other.json()[0]["status"]) == (201, "held")


def test_what_is_over_is_gone(server: Server) -> None:
    token = server.token()
    (ride,) = server.hold("vera", server.token(arriveBy=at("16:00"))).json()
    server.now += dt.timedelta(minutes=11)
    late = server.ask("POST", f"/rides/{ride['id']}/confirm", "vera")
    assert (late.status_code, late.json()["type"]) == (410, "urn:mobility:problem:expired")
    assert server.ask("GET", f"/rides/{ride['id']}", "vera").json()["status"] == "expired"
    server.now += dt.timedelta(minutes=5)
    old = server.hold("vera", token)
    assert (old.status_code, old.json()["type"]) == (410, "urn:mobility:problem:expired")


def test_a_ride_is_changed_and_its_own_seat_counts_as_free(server: Server) -> None:
    (ride,) = server.hold("vera", server.token(party=FOUR)).json()
    server.ask("POST", f"/rides/{ride['id']}/confirm", "vera")
    wish = {
        "from": place("Rioz, Mairie"),
        "to": place("Besançon Viotte"),
        "arriveBy": at("11:10"),
        "party": FOUR,
    }
    assert server.ask("POST", "/quotes", body=wish).json()["offers"] == []
    nobody = server.ask("POST", "/quotes", body=wish | {"insteadOf": ride["id"]})
    assert nobody.status_code == 422
    answer = server.ask("POST", "/quotes", "vera", wish | {"insteadOf": ride["id"]})
    token = answer.json()["offers"][0]["quote"]
    changed = server.ask("POST", f"/rides/{ride['id']}/change", "vera", {"quote": token})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["id"], changed.json()["status"]) == (ride["id"], "confirmed")
    assert changed.json()["arriveBy"] > ride["arriveBy"]


def test_legs_of_one_journey_are_held_together_or_not_at_all(server: Server) -> None:
    there = server.token(party=FOUR)
    back_wish = {
        "from": place("Besançon Viotte"),
        "to": place("Rioz, Mairie"),
        "arriveBy": None,
        "leaveAt": at("17:00"),
        "party": FOUR,
    }
    back = server.token(**back_wish)
    both = server.hold("vera", back, there)
    assert both.status_code == 201, both.text
    first, second = both.json()
    assert first["journey"] == second["journey"]
    assert first["pickupFrom"] < second["pickupFrom"]
    server.ask("POST", f"/rides/{first['id']}/cancel", "vera", {"wholeJourney": True})

    assert server.hold("theo", server.token(**back_wish)).status_code == 201
    assert server.hold("vera", there, back).status_code == 409
    statuses = [ride["status"] for ride in server.ask("GET", "/rides", "vera").json()]
    assert "held" not in statuses


def test_the_waiting_list_gets_what_becomes_free(server: Server) -> None:
    wish = {
        "from": place("Rioz, Mairie"),
        "to": place("Besançon Viotte"),
        "arriveBy": at("11:00"),
        "party": FOUR,
        "service": "tadou",
    }
    needless = server.ask("POST", "/waiting-list", "vera", wish)
    assert (needless.status_code, needless.json()["type"]) == (409, "urn:mobility:problem:not-possible-now")
    (taken,) = server.hold("theo", server.token(party=FOUR)).json()
    joined = server.ask("POST", "/waiting-list", "vera", wish, Idempotency_Key="w")
    assert (joined.status_code, joined.json()["status"]) == (201, "waiting"), joined.text
    assert server.ask("POST", "/waiting-list", "vera", wish, Idempotency_Key="w").json() == joined.json()
    assert serve_waiting_list(server.services.on_demand) == 0

    server.ask("POST", f"/rides/{taken['id']}/cancel", "theo", {})
    assert serve_waiting_list(server.services.on_demand) == 1
    offered = server.ask("GET", "/waiting-list", "vera").json()[-1]
    assert offered["status"] == "offered"
    confirmed = server.ask("POST", f"/rides/{offered['ride']}/confirm", "vera")
    assert confirmed.json()[0]["status"] == "confirmed"
    assert server.ask("GET", "/waiting-list", "vera").json()[-1]["status"] == "taken"

    again = server.ask("POST", "/waiting-list", "theo", wish).json()
    left = server.ask("DELETE", f"/waiting-list/{again['id']}", "theo")
    assert (left.status_code, left.json()["status"]) == (200, "left")


def test_a_party_larger_than_any_vehicle_cannot_wait(server: Server) -> None:
    wish = {
        "from": place("Rioz, Mairie"),
        "to": place("Besançon Viotte"),
        "arriveBy": at("11:00"),
        "party": {"adults": 5},
        "service": "tadou",
    }
    refused = server.ask("POST", "/waiting-list", "vera", wish)
    problem = refused.json()
    assert (refused.status_code, problem["field"], problem["why"]) == (422, "party", "party-too-large")
    assert "au plus 4 personnes" in problem["fr"]
    assert "at most 4 people" in problem["en"]
    (declined,) = server.ask("POST", "/quotes", body=wish).json()["declined"]
    assert (declined["reason"], declined["fr"]) == ("party-too-large", problem["fr"])
    assert "largest" not in declined


def test_a_service_that_does_not_ride_so_says_why_and_when_it_does(server: Server) -> None:
    (night,) = server.quote(arriveBy=at("23:00")).json()["declined"]
    assert night["reason"] == "outside-hours"
    assert night["fr"].startswith("Le service ne circule pas")
    assert night["alternatives"]
    assert night["phone"].startswith("+33")
    (wheelchair,) = server.quote(party={"adults": 0, "wheelchairs": 1}).json()["declined"]
    assert wheelchair["reason"] == "party-too-large"
    assert wheelchair["en"].endswith("takes at most 4 people, without a wheelchair.")
    assert wheelchair["alternatives"] == []
    server.now = dt.datetime(2026, 11, 24, 7, 30, tzinfo=dt.UTC)
    (late,) = server.quote().json()["declined"]
    assert late["reason"] == "deadline-passed"
    assert late["alternatives"][0]["pickupFrom"] >= "2026-11-24T09:30:00Z"


def test_what_makes_no_sense_is_refused_with_its_name(server: Server) -> None:
    both = server.quote(leaveAt=at("10:00"))
    assert (both.status_code, both.json()["field"]) == (422, "leaveAt")
    alone = server.quote(party={"adults": 1, "companions": 1})
    assert (alone.status_code, alone.json()["field"]) == (422, "party")
    assert server.quote(service="nowhere").status_code == 404
    forged = server.hold("vera", server.token()[:-2] + "AA")
    assert (forged.status_code, forged.json()["field"]) == (422, "quotes")


def test_rides_are_ones_own(server: Server) -> None:
    (ride,) = server.hold("vera", server.token()).json()
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/confirm", None),
        ("POST", "/cancel", {}),
        ("POST", "/change", {"quote": server.token()}),
    ):
        assert server.ask(method, f"/rides/{ride['id']}{path}", "theo", body).status_code == 404
        assert server.ask(method, f"/rides/{ride['id']}{path}", "", body).status_code == 401
    assert server.hold("dirk", server.token()).status_code == 403
    assert server.ask("GET", "/standing", "theo").json()["faults"] == 0
