"""Who finds the ride to a train full waits for it from the search, and is offered that very ride."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.own_rides import find_ride, list_my_waiting
from mobility.acts.on_demand.waiting_list import join_waiting_list, serve_waiting_list
from mobility.bootstrap import Services
from mobility.http.on_demand_ride_schemas import WishAsked
from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from mobility.pages.wait_address import read_wait, wait_address
from on_demand.booking import OnDemandRide, Party
from on_demand.waiting_list import WaitingStatus
from tests.mobility.on_demand_journeys.conftest import DAY, flex_of
from tests.mobility.on_demand_journeys.on_demand_region import VILLAGE, paris
from tests.mobility.on_demand_journeys.test_own_writes import NOW_S, built

__all__ = ["built"]

FOUR = Party(4)


def search(services: Services) -> dict[str, Any]:
    """For four who go to the train at eight."""
    question = Question(VILLAGE, "r_EPI", paris(DAY, "08:00"), party=FOUR, booked_s=NOW_S, itineraries=3)
    return plan(services.current(), question)


def somebody(services: Services, name: str) -> Caller:
    traveller = frozenset((Role.TRAVELLER,))
    person = add_person(services.accounts, SYSTEM, Details(f"{name}@example.org"), traveller)
    return Caller(person.id, traveller)


def test_the_leg_is_offered_at_its_times(built: Services) -> None:
    held: list[tuple[Caller, OnDemandRide]] = []
    while quotes := [leg["booking"]["quote"] for one in search(built)["itineraries"] for leg in flex_of(one)]:
        caller = somebody(built, f"buyer{len(held)}")
        (ride,) = hold(built.on_demand, caller, HoldWish((quotes[0],)))
        held.append((caller, ride))
    (reason,) = [one for one in search(built)["reasons"] if "waitFor" in one]
    asked = {"party": {"adults": 4}, "service": reason["serviceId"]}
    ask = WishAsked.model_validate(reason["waitFor"] | asked).read()
    address = wait_address(reason["serviceId"], reason["waitFor"], FOUR, "fr")
    assert read_wait(_query_of(address)) == ask, "pages ask what programs ask"

    vera = somebody(built, "vera")
    join_waiting_list(built.on_demand, vera, ask)
    assert serve_waiting_list(built.on_demand) == 0
    leave_s = int(dt.datetime.fromisoformat(reason["waitFor"]["leaveAt"]).timestamp())
    (who, taken) = next(one for one in held if one[1].pickup_open_s == leave_s)
    cancel(built.on_demand, who, taken.id)
    assert serve_waiting_list(built.on_demand) == 1
    (waiting,) = list_my_waiting(built.on_demand, vera)
    assert waiting.status is WaitingStatus.OFFERED
    offered, _ = find_ride(built.on_demand, vera, waiting.ride_id)
    assert (offered.pickup_open_s, offered.drop_close_s) == (taken.pickup_open_s, taken.drop_close_s)
    assert (offered.origin, offered.destination) == (taken.origin, taken.destination)


def _query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
