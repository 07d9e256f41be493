"""Lines, rides and bookings over HTTP: what is answered, what is refused and how, and what nobody gets to see."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from tests.mobility.carpool.conftest import Server

RIDE = {
    "line": "besancon-fuans",
    "stops": ["besancon", "valdahon", "fuans"],
    "leavesAt": "2026-11-23T07:00:00+01:00",
    "seats": 2,
    "vehicle": "Clio bleue, AB-123-CD",
    "note": "rendez-vous devant le café",
}


@pytest.fixture
def ride(server: Server) -> Any:
    published = server.ask("POST", "/rides", "dora", RIDE)
    assert published.status_code == 201, published.text
    yield published.json()
    server.ask("POST", f"/rides/{published.json()['id']}/cancel", "dora", {})


def booking_of(ride: Any, **more: Any) -> dict[str, Any]:
    return {"ride": ride["id"], "fromStop": "besancon", "toStop": "fuans", **more}


def test_lines_stops_and_fares_are_for_everybody(server: Server) -> None:
    lines = server.ask("GET", "/lines").json()
    assert len(lines) == 6
    assert {line["fareCents"] for line in lines} == {150}
    line = server.ask("GET", "/lines/besancon-fuans")
    assert line.json()["stops"][-1]["distanceM"] == 51_000
    assert line.headers["etag"]
    assert len(server.ask("GET", "/stops").json()) > 25
    assert server.ask("GET", "/fares").json()[0]["validFrom"] == "2024-01-01"
    assert server.ask("GET", "/rules").json()[0]["passengerFreeUntilS"] == 3600
    assert server.ask("GET", "/lines/nowhere").status_code == 404


def test_an_operator_makes_changes_and_removes_a_line(server: Server) -> None:
    stop = {"name": "Gare de Gilley", "lat": 47.05035, "lon": 6.49251, "commune": "25271"}
    assert server.ask("PUT", "/stops/gilley", "dora", stop).status_code == 403
    made = server.ask("PUT", "/stops/gilley", "olga", stop)
    assert made.status_code == 200, made.text
    line = {
        "name": "Fuans – Gilley",
        "stops": [
            {"stop": "fuans", "distanceM": 0, "driveS": 0},
            {"stop": "gilley", "distanceM": 14_000, "driveS": 900},
        ],
    }
    assert server.ask("PUT", "/lines/fuans-gilley", "olga", line).status_code == 200
    tag = server.ask("GET", "/lines/fuans-gilley").headers["etag"]
    closed = line | {"isOpen": False}
    assert server.ask("PUT", "/lines/fuans-gilley", "olga", closed, If_Match=tag).status_code == 200
    late = server.ask("PUT", "/lines/fuans-gilley", "olga", line, If_Match=tag)
    assert (late.status_code, late.json()["type"]) == (412, "urn:mobility:problem:changed-meanwhile")
    for wrong in (
        line | {"stops": line["stops"][:1]},
        line | {"stops": [*line["stops"], {"stop": "gilley", "distanceM": 20_000, "driveS": 1900}]},
        line | {"colour": "blue"},
        line | {"unknown": 1},
    ):
        assert server.ask("PUT", "/lines/other", "olga", wrong).status_code in (400, 422)
    used = server.ask("DELETE", "/stops/gilley", "olga")
    assert (used.status_code, used.json()["type"]) == (409, "urn:mobility:problem:in-use")
    assert server.ask("DELETE", "/lines/fuans-gilley", "olga").status_code == 204
    assert server.ask("DELETE", "/stops/gilley", "olga").status_code == 204


def test_fares_begin_tomorrow_or_later(server: Server) -> None:
    fare = {"validFrom": "2027-01-01", "fareCents": 180}
    assert server.ask("PUT", "/fares/tarif-2027", "olga", fare).status_code == 200
    today = server.ask("PUT", "/fares/tarif-now", "olga", fare | {"validFrom": "2026-11-22"})
    assert (today.status_code, today.json()["field"]) == (409, "valid_from")
    assert server.ask("PUT", "/fares/tarif-unique", "olga", fare).status_code == 409
    assert server.ask("DELETE", "/fares/tarif-unique", "olga").status_code == 409
    assert server.ask("DELETE", "/fares/tarif-2027", "olga").status_code == 204


def test_publish_search_book_and_cancel(server: Server, ride: Any) -> None:
    found = server.ask("GET", "/rides?from=valdahon&to=fuans&before=2026-11-24T00:00:00Z").json()
    assert [(one["ride"]["id"], one["seatsFree"]) for one in found] == [(ride["id"], 2)]
    assert found[0]["leavesAt"] == "2026-11-23T06:37:00Z"
    assert server.ask("GET", "/rides?from=fuans&to=valdahon").json() == []
    booked = server.ask("POST", "/bookings", "theo", booking_of(ride), Idempotency_Key="k")
    again = server.ask("POST", "/bookings", "theo", booking_of(ride), Idempotency_Key="k")
    assert (booked.status_code, booked.json()) == (again.status_code, again.json())
    booking = booked.json()
    assert (booking["status"], booking["fareCents"], booking["driver"]) == ("CONFIRMED", 150, "Dora")
    assert booking["vehicle"] == RIDE["vehicle"]
    assert booked.headers["location"] == f"/v1/carpool/bookings/{booking['id']}"
    full = server.ask("POST", "/bookings", "tina", booking_of(ride, seats=2))
    assert (full.status_code, full.json()["type"]) == (409, "urn:mobility:problem:no-seat")
    assert "1 place" in full.json()["fr"]
    mine = server.ask("GET", "/my-rides", "dora").json()
    assert mine[0]["bookings"][0]["passenger"] == "Theo"
    assert server.ask("GET", "/bookings", "theo").json()[0]["id"] == booking["id"]
    assert server.ask("GET", f"/bookings/{booking['id']}", "tina").status_code == 404
    tag = server.ask("GET", f"/bookings/{booking['id']}", "theo").headers["etag"]
    cancelled = server.ask(
        "POST", f"/bookings/{booking['id']}/cancel", "theo", {"reason": "malade"}, If_Match=tag
    )
    assert (cancelled.json()["status"], cancelled.json()["ending"]) == ("CANCELLED", "passenger")
    once_more = server.ask("POST", f"/bookings/{booking['id']}/cancel", "theo", {})
    assert (once_more.status_code, once_more.json()["type"]) == (409, "urn:mobility:problem:not-possible-now")


def test_a_search_names_nobody(server: Server, ride: Any) -> None:
    """No account, name, vehicle or note leaves by what everybody may read."""
    server.ask("POST", "/bookings", "theo", booking_of(ride))
    public = [
        server.ask("GET", path).text
        for path in ("/rides?seats=0", f"/rides/{ride['id']}", "/lines", "/lines/besancon-fuans")
    ]
    secrets = [*server.people.values(), "Dora", "Theo", "Durand", "example.org", "Clio", "café"]
    assert [secret for secret in secrets for text in public if secret in text] == []


def test_a_change_with_an_old_tag_is_refused(server: Server, ride: Any) -> None:
    tag = server.ask("GET", f"/rides/{ride['id']}").headers["etag"]
    assert server.ask("PATCH", f"/rides/{ride['id']}", "dirk", {"seats": 3}, If_Match=tag).status_code == 403
    changed = server.ask("PATCH", f"/rides/{ride['id']}", "dora", {"seats": 3}, If_Match=tag)
    assert (changed.status_code, changed.json()["seats"]) == (200, 3)
    assert server.ask("PATCH", f"/rides/{ride['id']}", "dora", {"seats": 4}, If_Match=tag).status_code == 412


def test_who_is_not_signed_in_learns_nothing(server: Server, ride: Any) -> None:
    for method, path in (
        ("POST", "/rides"),
        ("POST", "/bookings"),
        ("GET", "/bookings/x"),
        ("GET", "/my-rides"),
    ):
        assert server.ask(method, path, body={"nonsense": 1}).status_code == 401


def test_regular_rides(server: Server) -> None:
    asked = {
        "line": "sens-auxerre",
        "stops": ["sens", "auxerre"],
        "leavesAt": "07:15",
        "weekdays": [0, 4],
        "validFrom": "2026-11-23",
        "validTo": "2026-12-31",
        "seats": 3,
    }
    made = server.ask("POST", "/regular-rides", "dirk", asked)
    assert made.status_code == 201, made.text
    path = f"/regular-rides/{made.json()['id']}"
    assert server.ask("GET", path, "dora").status_code == 404
    skipped = server.ask("POST", f"{path}/skip", "dirk", {"day": "2026-11-27"})
    assert skipped.json()["exceptDays"] == ["2026-11-27"]
    found = server.ask("GET", "/rides?line=sens-auxerre&before=2026-12-01T00:00:00Z").json()
    assert [one["leavesAt"] for one in found] == ["2026-11-23T06:15:00Z", "2026-11-30T06:15:00Z"]
    assert server.ask("POST", f"{path}/end", "dirk", {"day": "2026-11-23"}).json()["isEnded"]
    assert server.ask("GET", "/rides?line=sens-auxerre&before=2026-12-01T00:00:00Z").json() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rides", RIDE | {"leavesAt": "2026-11-23T07:00:00"}),
        ("/rides", RIDE | {"leavesAt": "0001-01-01T00:00:00+14:00"}),
        ("/rides", RIDE | {"seats": 10**30}),
        ("/rides", RIDE | {"line": "a\x00b"}),
        ("/rides", RIDE | {"note": "a\x00b"}),
        ("/rides", RIDE | {"stops": []}),
        ("/bookings", {"ride": "unknown", "fromStop": "a", "toStop": "b"}),
        ("/bookings", {"ride": "x" * 65, "fromStop": "a", "toStop": "b"}),
        ("/bookings", []),
    ],
)
def test_bad_bodies_are_told_what_is_wrong(server: Server, path: str, body: Any) -> None:
    answer = server.ask("POST", path, "dora", body)
    assert 400 <= answer.status_code < 500, answer.text
    said = answer.json()
    assert said["fr"]
    assert said["en"]


@pytest.mark.parametrize(
    "query",
    [
        "after=yesterday",
        "after=9999-12-31T23:59:59Z",
        "before=2027-12-31T00:00:00Z",
        "seats=-1",
        "from=%00",
        "line=none",
    ],
)
def test_bad_searches_are_told_what_is_wrong(server: Server, query: str) -> None:
    assert 400 <= server.ask("GET", f"/rides?{query}").status_code < 500


def test_a_warning_is_said_in_words(server: Server, ride: Any) -> None:
    booking = server.ask("POST", "/bookings", "tina", booking_of(ride)).json()
    before, server.now = server.now, dt.datetime(2026, 11, 23, 6, 10, tzinfo=dt.UTC)
    missing = server.ask("POST", f"/bookings/{booking['id']}/no-show", "dora", {"missing": "passenger"})
    assert missing.json()["ending"] == "no_show"
    stands = server.ask("GET", "/standing", "tina").json()["asPassenger"]
    assert (stands["noShows"], stands["suspendedUntil"]) == (1, None)
    assert "À 2, 7 jours de suspension." in stands["fr"]
    assert json.dumps(server.ask("GET", "/standing", "theo").json()).count("Nothing to report.") == 2
    server.now = before
