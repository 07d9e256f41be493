"""Flexible legs on the test region: on-demand transport around Cluny and Le Hameau, and around Avallon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gtfs_feeds.catalogue import find_stop
from gtfs_feeds.realtime.live_trip import LiveExtraTrip
from mobility.http.metrics import Metrics
from mobility.http.plan import plan_routes
from mobility.http.plan_parameters import PlanLimits
from mobility.journeys.flexible import Booking, FlexAsk, FlexOffer, FlexOffers
from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from routing.compile_overlay import compile_overlay
from routing.overlay import ExtraTrip
from routing.timetable import Mode
from tests.mobility.journeys.synthetic_flex import Rule, SyntheticLegs, Zone, square

HAMLET, FARM, CLUNY, AVALLON = "47.4700,5.5100", "47.4200,5.4600", "47.4012,5.4012", "r_AVA"
VAL = Zone("z1", "Val de Cluny", square(47.44, 5.46, 0.09), rule=Rule(notice_s=7200))


def at(day: int, clock: str) -> int:
    """An instant of June 2026, by the clock of Paris."""
    hour, minute = map(int, clock.split(":"))
    return int(dt.datetime(2026, 6, day, hour - 2, minute, tzinfo=dt.UTC).timestamp())


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(serving: Serving) -> Ask:
    """Asks with zones offered: `ask(zones, origin, destination, time_s, booked_s, …)`."""

    def asked(
        zones: tuple[Zone, ...], origin: str, destination: str, time_s: int, booked_s: int, **more: Any
    ) -> dict[str, Any]:
        legs = SyntheticLegs(zones, serving.network.timetable, serving.places)
        question = Question(origin, destination, time_s, booked_s=booked_s, **more)
        return plan(replace(serving, flexible=legs), question)

    return asked


# ── from door to door ──────────────────────────────────────────────────────────────────────────────────


def test_a_direct_leg_says_how_it_is_booked(ask: Ask) -> None:
    answer = ask((VAL,), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"))
    (way,) = answer["direct"]
    (leg,) = way["legs"]
    assert (leg["mode"], way["startTime"]) == ("FLEX", "2026-06-15T08:00:00Z")
    assert leg["duration"] == way["duration"] > 300
    assert leg["reservation"] == "COMPULSORY"
    assert leg["booking"] == {
        "service": "TAD du Val",
        "deadline": "2026-06-15T06:00:00Z",
        "price": "unknown",
        "live": False,
        "phone": "03 80 00 00 00",
        "url": "https://example.org/book",
    }
    assert (leg["from"]["flex"], leg["from"]["flexId"]) == ("Val de Cluny", "z1")
    assert leg["from"]["flexStartPickupDropOffWindow"] == "2026-06-15T07:00:00Z", (
        "9:00: two hours after asking"
    )
    assert leg["from"]["flexEndPickupDropOffWindow"] == "2026-06-15T16:00:00Z"
    assert way["emissions"]["co2e_g"] is None, "who else is aboard is not known"


def test_notice_moves_the_first_possible_departure(ask: Ask) -> None:
    (way,) = ask((VAL,), HAMLET, FARM, at(15, "10:00"), at(15, "09:30"))["direct"]
    assert way["startTime"] == "2026-06-15T09:30:00Z", "11:30, two hours after it is booked"


def test_outside_its_hours_the_next_ones_are_shown(ask: Ask) -> None:
    (way,) = ask((VAL,), HAMLET, FARM, at(15, "20:00"), at(15, "19:00"))["direct"]
    assert way["startTime"] == "2026-06-16T06:00:00Z"


def test_to_arrive_by(ask: Ask) -> None:
    (way,) = ask((VAL,), HAMLET, FARM, at(15, "12:00"), at(15, "07:00"), arrive_by=True)["direct"]
    assert way["endTime"] == "2026-06-15T10:00:00Z"
    early = ask((VAL,), HAMLET, FARM, at(15, "08:01"), at(14, "07:00"), arrive_by=True)["direct"]
    assert early[0]["startTime"] == "2026-06-14T16:00:00Z", "the last of the day before"


def test_only_within_the_zone_and_on_its_days(ask: Ask) -> None:
    small = replace(VAL, corners=square(47.47, 5.51, 0.01))
    assert ask((small,), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"))["direct"] == []
    fridays = replace(VAL, weekdays=frozenset({4}))
    assert ask((fridays,), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"))["direct"] == []
    assert ask((fridays,), HAMLET, FARM, at(19, "10:00"), at(15, "07:00"))["direct"]


def test_nobody_books_what_is_next_door(ask: Ask) -> None:
    """300 m: one walks."""
    answer = ask((VAL,), HAMLET, "47.4720,5.5115", at(15, "10:00"), at(15, "07:00"))
    assert [way["legs"][0]["mode"] for way in answer["direct"]] == ["WALK"]


def test_wheelchairs(ask: Ask) -> None:
    stairs = replace(VAL, wheelchair=False)
    assert ask((stairs,), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"), wheelchair=True)["direct"] == []
    assert ask((VAL,), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"), wheelchair=True)["direct"]


def test_with_the_first_page_only(ask: Ask) -> None:
    from mobility.journeys.question import Cursor

    cursor = Cursor(True, at(15, "11:00"))
    assert ask((VAL,), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"), cursor=cursor)["direct"] == []


def test_modes_in_and_out(ask: Ask) -> None:
    lift = replace(VAL, id="z2", mode=Mode.RIDE_SHARING, service="Covoiturage", rule=Rule())
    both = ask((VAL, lift), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"))
    assert {way["legs"][0]["mode"] for way in both["direct"]} == {"FLEX", "RIDE_SHARING"}
    only = ask((VAL, lift), HAMLET, FARM, at(15, "10:00"), at(15, "07:00"), flexible=1 << Mode.RIDE_SHARING)
    assert [way["legs"][0]["mode"] for way in only["direct"]] == ["RIDE_SHARING"]


# ── what a provider may do wrong ───────────────────────────────────────────────────────────────────────


class Odd:
    """One offer that makes no sense among good ones, or none at all."""

    def __init__(self, good: FlexOffer | None) -> None:
        self.good = good

    def list_offers(self, ask: FlexAsk) -> FlexOffers:
        if self.good is None:
            raise RuntimeError("the provider's database is away")
        odd = (
            replace(self.good, close_s=self.good.open_s - 1),
            replace(self.good, duration_s=0),
            replace(self.good, stop=3),
        )
        return FlexOffers(access=(replace(self.good, stop=10**6),), direct=(*odd, self.good))


def test_one_odd_offer_does_not_spoil_the_others(serving: Serving) -> None:
    good = FlexOffer(Mode.FLEX, "TAD", "z", "Z", at(15, "08:00"), at(15, "18:00"), 600, 5000.0, Booking())
    question = Question(HAMLET, FARM, at(15, "10:00"), booked_s=at(15, "07:00"))
    assert len(plan(replace(serving, flexible=Odd(good)), question)["direct"]) == 1
    failed = plan(replace(serving, flexible=Odd(None)), question)
    assert failed["direct"] == []
    assert failed["reasons"], "the rest of the answer stands"


# ── over HTTP ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def flexible_client(serving: Serving) -> TestClient:
    legs = SyntheticLegs((VAL,), serving.network.timetable, serving.places)
    routes = plan_routes(lambda: replace(serving, flexible=legs), PlanLimits(), Metrics(), 2)
    return TestClient(Starlette(routes=routes))


def test_parameters(flexible_client: TestClient) -> None:
    query = {"fromPlace": HAMLET, "toPlace": FARM, "time": "2026-06-15T08:00:00Z"}

    def direct(**more: str) -> list[str]:
        booked = {"bookingTime": "2026-06-15T05:00:00Z"}
        answer = flexible_client.get("/api/v6/plan", params=query | booked | more).json()
        return [way["legs"][0]["mode"] for way in answer["direct"]]

    assert direct() == ["FLEX"]
    assert direct(directModes="FLEX") == ["FLEX"]
    assert direct(transitModes="RAIL") == []
    assert direct(transitModes="RAIL", directModes="WALK,FLEX") == ["FLEX"]
    assert direct(excludedTransitModes="FLEX") == []
    assert direct(noCompulsoryReservation="true") == []
    assert direct(via="r_CLU1") == []
    assert direct(bookingTime="2026-06-15T07:59:00Z", time="2026-06-15T15:00:00Z") == ["FLEX"]


# ── to and from the trains ─────────────────────────────────────────────────────────────────────────────


def test_to_the_train(ask: Ask) -> None:
    """No bus leaves Le Hameau on a Monday: on-demand transport takes one to the train of Cluny."""
    answer = ask((VAL,), HAMLET, AVALLON, at(15, "08:30"), at(15, "06:00"), itineraries=2)
    first = answer["itineraries"][0]
    flex, train = first["legs"]
    assert [flex["mode"], train["mode"]] == ["FLEX", "REGIONAL_RAIL"]
    assert (train["from"]["name"], train["startTime"]) == ("Cluny", "2026-06-15T07:10:00Z")
    assert flex["endTime"] == train["startTime"], "it leaves as late as it may"
    assert flex["booking"]["deadline"] == first["startTime"][:11] + _minus(flex["startTime"], 2)
    assert first["transfers"] == 0
    assert flex["to"]["flexId"] == "z1"


def test_from_the_train(ask: Ask) -> None:
    answer = ask((VAL,), AVALLON, HAMLET, at(15, "08:30"), at(15, "06:00"), itineraries=2)
    train, flex = answer["itineraries"][0]["legs"]
    assert [train["mode"], flex["mode"]] == ["REGIONAL_RAIL", "FLEX"]
    assert train["endTime"] == flex["startTime"] == "2026-06-15T07:45:00Z"


@pytest.mark.parametrize("arrive_by", [False, True])
def test_only_within_its_window(ask: Ask, arrive_by: bool) -> None:
    """The zone works from 8 to 18: who sets out at 18:00 waits for the train of 19:10, and no later one is reached
    better."""
    time_s = at(15, "21:00") if arrive_by else at(15, "16:00")
    answer = ask(
        (VAL,),
        HAMLET,
        AVALLON,
        time_s,
        at(15, "06:00"),
        arrive_by=arrive_by,
        window_s=6 * 3600,
        itineraries=0,
    )
    leaves = [itinerary["legs"][1]["startTime"][11:16] for itinerary in answer["itineraries"]]
    assert leaves[-2:] == ["16:10", "17:10"]
    assert answer["itineraries"][-1]["startTime"] == "2026-06-15T16:00:00Z"
    for itinerary in answer["itineraries"]:
        flex = itinerary["legs"][0]
        assert flex["startTime"] <= flex["from"]["flexEndPickupDropOffWindow"]
        assert flex["startTime"] >= flex["from"]["flexStartPickupDropOffWindow"]


def test_arrive_by_and_depart_at_agree(ask: Ask) -> None:
    later = ask((VAL,), HAMLET, AVALLON, at(15, "09:00"), at(15, "05:00"), window_s=4 * 3600, itineraries=0)
    latest = ask(
        (VAL,),
        HAMLET,
        AVALLON,
        at(15, "14:00"),
        at(15, "05:00"),
        arrive_by=True,
        window_s=4 * 3600,
        itineraries=0,
    )
    ids = [{itinerary["id"] for itinerary in answer["itineraries"]} for answer in (later, latest)]
    assert ids[0] & ids[1]
    for answer in (later, latest):
        for itinerary in answer["itineraries"]:
            assert itinerary["legs"][0]["duration"] == later["itineraries"][0]["legs"][0]["duration"]


def _minus(instant: str, hours: int) -> str:
    return f"{int(instant[11:13]) - hours:02}{instant[13:]}"


# ── published rides ────────────────────────────────────────────────────────────────────────────────────


def with_ride(serving: Serving, departure: str) -> Serving:
    """A driver's ride from Avallon by way of Beaune to Cluny, as a line of carpools publishes it."""
    catalogue, timetable = serving.network.catalogue, serving.network.timetable
    stops = [find_stop(catalogue, name) for name in ("r_AVA1", "r_BEA1", "r_CLU1")]
    times = np.array([at(15, departure) + minutes * 60 for minutes in (0, 12, 25)])
    ask_driver = np.full(3, 3, np.uint8)
    extra = ExtraTrip(
        key="r_RIDE|20260615",
        service_day=dt.date(2026, 6, 15),
        stop=np.array(stops, np.int32),
        arrival_s=times,
        departure_s=times,
        pickup=ask_driver,
        dropoff=ask_driver,
        mode=Mode.RIDE_SHARING,
    )
    shown = LiveExtraTrip(
        key=extra.key,
        trip_id="RIDE",
        extra=extra,
        planned_s=np.stack((times, times)),
        known=np.zeros(3, np.bool_),
        assigned_stop=None,
        model=-1,
        replaces=False,
        route=-1,
    )
    overlay = compile_overlay(timetable, serving.network.info, serving.planner.days, extras=[extra])
    live = replace(serving.live, extras=(shown,), extra_index={extra.key: 0})
    return serving.with_live(serving.planner.with_overlay(overlay), live)


def test_a_published_ride_stands_beside_the_trains(serving: Serving) -> None:
    """It is the quicker way, and the train of five minutes before is shown with it."""
    carpool = with_ride(serving, "10:05")
    answer = plan(carpool, Question("r_AVA", "r_CLU", at(15, "09:30"), itineraries=2))
    assert [[leg["mode"] for leg in i["legs"]] for i in answer["itineraries"]][:2] == [
        ["REGIONAL_RAIL"],
        ["RIDE_SHARING"],
    ]
    ride = answer["itineraries"][1]["legs"][0]
    assert (ride["from"]["name"], ride["to"]["name"]) == ("Avallon", "Cluny")
    assert (ride["startTime"], ride["endTime"]) == ("2026-06-15T08:05:00Z", "2026-06-15T08:30:00Z")
    assert [stop["name"] for stop in ride["intermediateStops"]] == ["Beaune"]
    assert ride["from"]["pickupArrangement"] == "COORDINATE_WITH_DRIVER"


def test_without_rides_when_they_are_not_wanted(serving: Serving) -> None:
    carpool = with_ride(serving, "10:05")
    modes = ((1 << len(Mode)) - 1) & ~(1 << Mode.RIDE_SHARING)
    answer = plan(carpool, Question("r_AVA", "r_CLU", at(15, "09:30"), itineraries=3, modes=modes))
    assert all(leg["mode"] == "REGIONAL_RAIL" for i in answer["itineraries"] for leg in i["legs"])


def test_a_ride_with_a_change_to_the_bus(serving: Serving) -> None:
    """Mid-journey too: with the driver to Cluny, then on with whatever goes on."""
    carpool = with_ride(serving, "10:05")
    question = Question("r_BEA", "47.4700,5.5100", at(15, "10:00"), booked_s=at(15, "06:00"), itineraries=1)
    legs = SyntheticLegs((VAL,), serving.network.timetable, serving.places)
    answer = plan(replace(carpool, flexible=legs), question)
    modes = [[leg["mode"] for leg in i["legs"]] for i in answer["itineraries"]]
    assert ["RIDE_SHARING", "FLEX"] in modes
