"""The operator's, the driver's and the agent's side over HTTP."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import pytest

from tests.mobility.on_demand.conftest import SMALL, Server

WEDNESDAY, THURSDAY = "2026-11-25", "2026-11-26"
"""Days nobody else rides on: what was driven on them stays."""
MORNING = f"{SMALL}-matin"
CALLER = {"name": "Mme Martin", "phone": "06 98 76 54 32"}


@pytest.fixture
def driven(server: Server) -> Server:
    """The house, with dan driving in the morning."""
    before = server.ask("GET", f"/shifts/{MORNING}", "olga").json()
    named = {name: value for name, value in before.items() if name != "id"} | {"driver": "dan@example.org"}
    made = server.ask("PUT", f"/shifts/{MORNING}", "olga", named)
    assert made.status_code == 200, made.text
    return server


def book(server: Server, day: str, **more: Any) -> Any:
    """On the phone, to be there by eleven."""
    token = server.token(arriveBy=f"{day}T11:00:00+01:00")
    asked = {"quotes": [token], "rider": CALLER} | more
    return server.ask("POST", "/callers/rides", "agnes", asked)


def test_what_is_read_can_be_put_back(server: Server) -> None:
    for path, who in (
        ("/services/tadou", ""),
        (f"/vehicles/{SMALL}", "olga"),
        (f"/shifts/{MORNING}", "olga"),
    ):
        read = server.ask("GET", path, who)
        assert read.status_code == 200, read.text
        body = {name: value for name, value in read.json().items() if name != "id"}
        put = server.ask("PUT", path, "olga", body, If_Match=read.headers["etag"])
        assert put.status_code == 200, put.text
        assert {name: put.json()[name] for name in body} == body
        assert put.headers["etag"] == read.headers["etag"]
        stale = server.ask("PUT", path, "olga", body, If_Match='"stale"')
        assert (stale.status_code, stale.json()["type"].rpartition(":")[2]) == (412, "changed-meanwhile")
    rows = server.ask("GET", "/services").json()
    assert [(row["id"], row["isDispatched"]) for row in rows] == [("haut-doubs", True), ("tadou", True)]


def test_all_that_is_wrong_is_answered_at_once_in_both_languages(server: Server) -> None:
    body = {"name": "", "zoneName": "Mars/Olympus", "trips": []}
    answer = server.ask("PUT", "/services/new", "olga", body, Accept_Language="fr")
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (422, "name")
    assert [one["field"] for one in problem["problems"]] == ["name", "zoneName", "trips"]
    assert problem["detail"] == problem["fr"]
    misspelt = server.ask("PUT", "/services/new", "olga", body | {"colour": "red"})
    assert (misspelt.status_code, misspelt.json()["field"]) == (400, "colour")


ODD: list[Any] = [
    None,
    [],
    {},
    "",
    "text",
    -1,
    10**30,
    1e308,
    True,
    "24:00",
    "2026-02-30",
    [[]],
    {"type": "Point"},
]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/services/odd", ("name", "stops", "zones", "calendars", "rules", "trips", "promise", "fare")),
        ("/vehicles/odd", ("name", "serviceIds", "configurations", "depot")),
        ("/shifts/odd", ("vehicleId", "calendar", "start", "end", "breaks", "routeSMax", "driver")),
    ],
)
def test_whatever_is_put_is_refused_in_words(server: Server, path: str, fields: tuple[str, ...]) -> None:
    good: dict[str, Any] = {
        "/services/odd": {"name": "Odd", "trips": []},
        "/vehicles/odd": {
            "name": "Odd",
            "serviceIds": [],
            "configurations": [],
            "depot": {"lat": 0, "lon": 0},
        },
        "/shifts/odd": {
            "vehicleId": "odd",
            "calendar": {"fromDay": "2026-01-01", "untilDay": "2026-01-02"},
            "start": "08:00",
            "end": "09:00",
        },
    }[path]
    for field in fields:
        for value in ODD:
            answer = server.ask("PUT", path, "olga", good | {field: value})
            assert answer.status_code in (400, 422), (field, value, answer.text)
            assert answer.json()["fr"]


def test_the_services_leave_as_gtfs_flex(server: Server) -> None:
    answer = server.client.get("/v1/on-demand/gtfs-flex.zip")
    assert answer.headers["content-type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert {"locations.geojson", "booking_rules.txt", "stop_times.txt"} <= set(names)
    assert server.client.get("/v1/on-demand/gtfs-flex.zip").content == answer.content
    one = server.client.get("/v1/on-demand/gtfs-flex.zip", params={"service": "tadou"})
    assert "locations.geojson" not in zipfile.ZipFile(io.BytesIO(one.content)).namelist()
    assert server.client.get("/v1/on-demand/gtfs-flex.zip", params={"service": "no"}).status_code == 404


def test_an_agent_books_finds_changes_and_cancels(driven: Server) -> None:
    booked = book(driven, WEDNESDAY, note="volets bleus")
    assert booked.status_code == 201, booked.text
    (ride,) = booked.json()
    assert ride["status"] == "confirmed"
    (found,) = driven.ask("POST", "/callers", "agnes", {"phone": "+33698765432"}).json()
    assert (found["name"], found["person"]) == ("Mme Martin", "")
    assert [one["id"] for one in found["rides"]] == [ride["id"]]
    known = driven.ask("POST", "/callers", "agnes", {"phone": "0612345678"}).json()
    assert driven.people["vera"] in [one["person"] for one in known]
    assert "email" not in str(known)
    wrong = driven.ask("POST", "/callers", "agnes", {"phone": "hello"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "phone")
    assert driven.ask("POST", "/callers", "dan", {"phone": "0612345678"}).status_code == 403
    ended = driven.ask("POST", f"/rides/{ride['id']}/cancel", "agnes", {})
    assert ended.json()[0]["status"] == "cancelled"
    assert driven.ask("POST", f"/rides/{ride['id']}/cancel", "theo", {}).status_code == 404


def test_a_breakdown_and_whom_to_call(driven: Server) -> None:
    (ride,) = book(driven, WEDNESDAY).json()
    shorter = driven.ask("GET", f"/shifts/{MORNING}", "olga").json()
    shorter = {name: value for name, value in shorter.items() if name != "id"} | {
        "end": "08:00",
        "breaks": [],
    }
    refused = driven.ask("PUT", f"/shifts/{MORNING}", "olga", shorter)
    assert (refused.status_code, [one["ride"] for one in refused.json()["rides"]]) == (409, [ride["id"]])
    where = {"lat": 47.42, "lon": 6.07}
    path = f"/shifts/{MORNING}/days/{WEDNESDAY}"
    broken = driven.ask("POST", f"{path}/breakdown", "olga", {"where": where})
    assert [one["phone"] for one in broken.json()["lost"]] == ["+33698765432"], broken.text
    day = driven.ask("GET", f"/days/{WEDNESDAY}", "olga").json()
    assert [one["ride"] for one in day["toCall"] if one["ride"] == ride["id"]] == [ride["id"]]
    assert driven.ask("POST", f"{path}/breakdown", "olga", {}).status_code == 409
    assert driven.ask("POST", f"{path}/repair", "dan", {}).status_code == 403
    assert driven.ask("POST", f"{path}/repair", "olga", {}).status_code == 204
    assert driven.quote(arriveBy=f"{WEDNESDAY}T11:00:00+01:00").json()["offers"]


def test_the_day_from_the_first_call_to_the_last_stop(driven: Server) -> None:
    (ride,) = book(driven, THURSDAY, note="volets bleus").json()
    (tour,) = (
        one
        for one in driven.ask("GET", f"/days/{THURSDAY}?service=tadou", "olga").json()["tours"]
        if one["shift"] == MORNING
    )
    assert (tour["driver"], tour["heads"], tour["status"]) == ("Dan Durand", 1, "planned")
    pickup = next(stop for stop in tour["stops"] if stop["kind"] == "pickup")
    assert pickup["ride"]["name"] == "Mme Martin"
    assert pickup["ride"]["phone"] == "+33698765432"
    assert pickup["promisedFrom"] == ride["pickupFrom"]
    mine = driven.ask("GET", f"/driving/shifts?day={THURSDAY}", "dan").json()
    assert [one["shift"] for one in mine] == [MORNING]
    assert driven.ask("GET", f"/driving/shifts?day={THURSDAY}", "sam").json() == []
    shown = driven.ask("GET", f"/shifts/{MORNING}/days/{THURSDAY}/manifest", "dan")
    assert shown.json() == tour
    for who in ("sam", "agnes", "vera", "dirk"):
        assert driven.ask("GET", f"/shifts/{MORNING}/days/{THURSDAY}/manifest", who).status_code == 403
    driven.now = dt.datetime.fromisoformat(ride["pickupFrom"])
    path = f"/driving/rides/{ride['id']}"
    assert driven.ask("POST", f"{path}/aboard", "sam", {}).status_code == 404
    for action, status in (("arrived", "confirmed"), ("aboard", "aboard"), ("done", "done")):
        said = driven.ask("POST", f"{path}/{action}", "dan", {})
        assert (said.status_code, said.json()["status"]) == (200, status), said.text
    again = driven.ask("POST", f"{path}/no-show", "dan", {})
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "not-possible-now")


def test_days_that_are_none_are_said_to_be_none(server: Server) -> None:
    assert server.ask("GET", "/days/2026-02-30", "olga").status_code == 400
    assert server.ask("GET", "/days/tomorrow", "olga").status_code == 400
    sunday = server.ask("GET", f"/shifts/{MORNING}/days/2026-11-22/manifest", "olga")
    assert (sunday.status_code, sunday.json()["field"]) == (404, "day")
