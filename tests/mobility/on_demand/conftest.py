"""A server with the demo's services, one small vehicle and two travellers, asked over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.fleet import put_shift, put_vehicle
from mobility.acts.on_demand.own_rides import list_my_rides
from mobility.acts.on_demand.services import put_service
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.demo.on_demand import list_services, tadou
from mobility.demo.on_demand_fleet import list_shifts, list_vehicles
from mobility.settings import Settings
from on_demand.booking import RideStatus

PEOPLE = {
    "vera": (Role.TRAVELLER,),
    "theo": (Role.TRAVELLER,),
    "dirk": (Role.DRIVER,),
    "olga": (Role.OPERATOR,),
    "agnes": (Role.AGENT,),
    "dan": (Role.VEHICLE_DRIVER,),
    "sam": (Role.VEHICLE_DRIVER,),
}
PASSWORD = "correct horse battery"
NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
"""A Monday, 13:00 in Paris; rides are on Tuesday."""
FIRST_DAY = dt.date(2026, 10, 1)
SMALL = "tadou-4"
"""The only vehicle: four seats, no place for a wheelchair, kept in Rioz."""


@dataclass
class Server:
    """`now` stands still until it is set."""

    client: TestClient
    services: Services
    people: dict[str, str]
    now: dt.datetime

    def ask(self, method: str, path: str, who: str = "", body: Any = None, **headers: str) -> Any:
        """The answer; `who` signs in anew."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if who:
            accounts = self.services.accounts
            with accounts.unit_of_work() as work:
                tokens = begin_session(accounts, work, self.people[who], TokenKind.REFRESH)
                work.commit()
            named["Authorization"] = f"Bearer {tokens.access_token}"
        return self.client.request(method, f"/v1/on-demand{path}", json=body, headers=named)

    def quote(self, **wish: Any) -> Any:
        """What is answered to who wants to go from Rioz to the station of Besançon on Tuesday by 11:00."""
        body = {"from": place("Rioz, Mairie"), "to": place("Besançon Viotte"), "arriveBy": at("11:00")}
        return self.ask(
            "POST", "/quotes", body={name: value for name, value in (body | wish).items() if value}
        )

    def token(self, **wish: Any) -> str:
        """A quote of that."""
        return str(self.quote(**wish).json()["offers"][0]["quote"])

    def hold(self, who: str, *tokens: str, **headers: str) -> Any:
        return self.ask("POST", "/holds", who, {"quotes": list(tokens)}, **headers)

    def caller(self, who: str) -> Caller:
        return Caller(self.people[who], frozenset(PEOPLE[who]))


def place(name: str) -> dict[str, Any]:
    """A stop of the service by its name."""
    stop = next(stop for stop in tadou(FIRST_DAY).stops if stop.name == name)
    return {"name": stop.name, "lat": stop.at.lat, "lon": stop.at.lon, "stop": stop.id}


def at(time: str) -> str:
    """On Tuesday, on the clocks of Paris."""
    return f"2026-11-24T{time}:00+01:00"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("on-demand"), log_level="error", worker="separate")
    made = Server(None, None, {}, NOW)  # type: ignore[arg-type]
    with build_services(settings, now=lambda: made.now) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
        for service in list_services(FIRST_DAY):
            put_service(services.acts, SYSTEM, service)
        for vehicle in list_vehicles():
            if vehicle.id == SMALL:
                put_vehicle(services.on_demand, SYSTEM, vehicle)
        for shift in list_shifts(FIRST_DAY):
            if shift.vehicle_id == SMALL:
                put_shift(services.on_demand, SYSTEM, shift)
        for name, roles in PEOPLE.items():
            details = Details(f"{name}@example.org", name.title(), name.title(), "Durand", "0612345678")
            person = add_person(services.accounts, SYSTEM, details, frozenset(roles), PASSWORD)
            made.people[name] = person.id
        made.services = services
        made.client = TestClient(create_app(services), raise_server_exceptions=False)
        yield made


@pytest.fixture
def server(house: Server) -> Iterator[Server]:
    """The house as it was in the beginning: nobody has a ride to come."""
    house.now = NOW
    yield house
    house.now = NOW
    ports = house.services.on_demand
    expire(ports)
    for name in ("vera", "theo"):
        for ride in list_my_rides(ports, house.caller(name)):
            if ride.status in (RideStatus.HELD, RideStatus.CONFIRMED):
                cancel(ports, SYSTEM, ride.id, as_operator=True)
