"""Rides of a live fleet as legs: to the train, from it, from door to door, between coach and train."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from on_demand.booking import ConnectionKind, Party
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.fleet import Seats
from tests.mobility.on_demand_journeys.conftest import DAY, Ask, Fleet, flex_of, modes_of, quote_of
from tests.mobility.on_demand_journeys.on_demand_region import (
    FARM,
    HAMLET,
    PARIS,
    TOWN_HALL,
    VILLAGE,
    make_service,
    make_shift,
    make_stop_service,
    make_vehicle,
    paris,
)


def instant(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())


def assert_kept(leg: dict[str, Any]) -> None:
    """What is shown is what is promised."""
    quote, booking = quote_of(leg), leg["booking"]
    assert instant(leg["startTime"]) == quote.pickup_open_s == instant(booking["pickupFrom"])
    assert instant(leg["endTime"]) == quote.drop_close_s == instant(booking["arrivalUntil"])
    assert instant(booking["pickupUntil"]) == quote.pickup_close_s
    assert quote.pickup_open_s <= quote.pickup_s <= quote.pickup_close_s
    assert quote.pickup_s < quote.drop_s <= quote.drop_close_s
    assert instant(booking["expectedPickup"]) == quote.pickup_s
    assert instant(booking["quoteExpires"]) == quote.expires_s
    assert booking["phone"]


# ── one ride ───────────────────────────────────────────────────────────────────────────────────────────


def test_to_the_train(ask: Ask) -> None:
    """Promised to be there five minutes before it leaves."""
    first = ask(VILLAGE, "r_EPI", "08:30")["itineraries"][0]
    flex, train = first["legs"]
    assert (flex["mode"], train["mode"]) == ("FLEX", "REGIONAL_RAIL")
    assert instant(train["startTime"]) - instant(flex["endTime"]) == 300
    assert_kept(flex)
    quote = quote_of(flex)
    assert quote.connection is not None
    assert (quote.connection.kind, quote.connection.trip_id) == (ConnectionKind.ONTO, train["tripId"])
    assert (quote.connection.stop_id, quote.connection.expected_s) == ("r_DAM1", instant(train["startTime"]))
    assert flex["booking"]["price"] == {"cents": 200, "currency": "EUR", "per": "party"}
    assert (
        flex["booking"]["deadline"]
        == f"2026-06-16T{int(flex['startTime'][11:13]) - 2:02}" + flex["startTime"][13:]
    )
    assert flex["from"]["flexEndPickupDropOffWindow"] == "2026-06-17T00:00:00Z"


def test_from_the_train(ask: Ask) -> None:
    """It comes five minutes after the train."""
    first = ask("r_EPI", VILLAGE, "08:30")["itineraries"][0]
    train, flex = first["legs"]
    assert (train["mode"], flex["mode"]) == ("REGIONAL_RAIL", "FLEX")
    assert instant(flex["startTime"]) - instant(train["endTime"]) == 300
    assert first["endTime"] == flex["endTime"]
    assert_kept(flex)
    connection = quote_of(flex).connection
    assert connection is not None
    assert (connection.kind, connection.trip_id) == (ConnectionKind.FROM, train["tripId"])
    assert connection.scheduled_s == instant(train["endTime"])


def test_both_ends_at_once(ask: Ask, fleet: Fleet) -> None:
    """To the coach and from the train: both rides fit into the one vehicle's day together."""
    answer = ask(HAMLET, "r_ALI", "08:30", itineraries=2)
    assert ["FLEX", "COACH"] in modes_of(answer)
    there_and_on = [one for one in ask("r_ALI", FARM, "08:30")["itineraries"] if flex_of(one)]
    assert there_and_on


def test_from_door_to_door(ask: Ask) -> None:
    (way,) = ask(VILLAGE, FARM, "10:00")["direct"]
    (leg,) = way["legs"]
    assert (leg["mode"], leg["startTime"]) == ("FLEX", "2026-06-16T08:00:00Z")
    assert_kept(leg)
    assert quote_of(leg).connection is None
    assert (quote_of(leg).origin.at, quote_of(leg).destination.at) == ((47.34, 4.26), (47.27, 4.35))


def test_from_door_to_door_to_arrive_by(ask: Ask) -> None:
    (way,) = ask(VILLAGE, FARM, "12:00", arrive_by=True)["direct"]
    assert way["endTime"] == "2026-06-16T10:00:00Z"
    assert_kept(way["legs"][0])


def test_arriving_by_with_the_train(ask: Ask) -> None:
    answer = ask(VILLAGE, "r_EPI", "12:00", arrive_by=True)
    last = answer["itineraries"][-1]
    assert last["endTime"] == "2026-06-16T09:55:00Z"
    assert instant(last["legs"][1]["startTime"]) - instant(flex_of(last)[0]["endTime"]) == 300
    answer = ask("r_EPI", VILLAGE, "12:00", arrive_by=True)
    for itinerary in answer["itineraries"]:
        assert itinerary["endTime"] <= "2026-06-16T10:00:00Z"
        assert_kept(flex_of(itinerary)[0])


def test_between_coach_and_train(ask: Ask) -> None:
    """Coach, ride, train: fetched from the coach, in time for the train, and bookable."""
    answer = ask("r_ALI", "r_EPI", "08:00")
    first = answer["itineraries"][0]
    coach, flex, train = first["legs"]
    assert [coach["mode"], flex["mode"], train["mode"]] == ["COACH", "FLEX", "REGIONAL_RAIL"]
    assert instant(flex["startTime"]) - instant(coach["endTime"]) >= 300
    assert instant(train["startTime"]) - instant(flex["endTime"]) >= 300
    assert (flex["from"]["name"], flex["to"]["name"][:9]) == ("Belin gare routière", "Dampierre")
    assert_kept(flex)
    connection = quote_of(flex).connection
    assert connection is not None
    assert (connection.kind, connection.trip_id) == (ConnectionKind.FROM, coach["tripId"])
    assert "tripId" not in flex


def test_two_rides_of_one_journey_share_the_vehicle(ask: Ask, fleet: Fleet) -> None:
    """From the hamlet one is brought to Belin, or all the way; whatever is shown can be booked together."""
    answer = ask("r_ALI", FARM, "08:00", itineraries=3)
    for itinerary in answer["itineraries"]:
        rides = flex_of(itinerary)
        fleet.put([make_service()])
        fleet.book(*(leg["booking"]["quote"] for leg in rides))


# ── when, and on what days ─────────────────────────────────────────────────────────────────────────────


def test_after_midnight(ask: Ask) -> None:
    """The last train of the day arrives at 23:50; the hours of the day go on until 2:00."""
    answer = ask("r_EPI", VILLAGE, "23:00", itineraries=1)
    train, flex = answer["itineraries"][0]["legs"]
    assert (train["endTime"], flex["startTime"]) == ("2026-06-16T21:50:00Z", "2026-06-16T21:55:00Z")
    assert flex["endTime"] > "2026-06-16T22:00:00Z"
    (way,) = ask(VILLAGE, FARM, "00:30", day=DAY + dt.timedelta(days=1))["direct"]
    assert way["startTime"] == "2026-06-16T22:30:00Z"
    assert quote_of(way["legs"][0]).day == DAY, "its vehicle set out the day before"


@pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)], ids=["longer", "shorter"])
def test_in_a_night_the_clock_changes(ask: Ask, fleet: Fleet, day: dt.date) -> None:
    """Eight o'clock is eight o'clock."""
    fleet.booked_s = paris(day - dt.timedelta(days=1), "12:00")
    (way,) = ask(VILLAGE, FARM, "05:00", day=day)["direct"]
    leaves = dt.datetime.fromisoformat(way["startTime"]).astimezone(PARIS)
    assert (leaves.date(), f"{leaves:%H:%M}") == (day, "06:00")
    first = ask(VILLAGE, "r_EPI", "08:00", day=day)["itineraries"][0]
    assert instant(first["legs"][1]["startTime"]) - instant(first["legs"][0]["endTime"]) == 300


def test_booked_two_hours_before(ask: Ask, fleet: Fleet) -> None:
    fleet.booked_s = paris(DAY, "09:00")
    answer = ask(VILLAGE, "r_EPI", "09:00", itineraries=1)
    first = answer["itineraries"][0]
    assert instant(first["startTime"]) >= fleet.booked_s + 7200
    assert first["legs"][1]["startTime"] == "2026-06-16T10:10:00Z"


def test_booked_the_day_before(ask: Ask, fleet: Fleet) -> None:
    rule = BookingRule("veille", BookingType.PRIOR_DAYS, last_day=1, last_s=17 * 3600)
    fleet.put([make_service(rule=rule)])
    fleet.booked_s = paris(DAY, "05:00")
    answer = ask(VILLAGE, "r_EPI", "08:00", itineraries=1)
    assert answer["itineraries"][0]["startTime"] >= "2026-06-17T04:00:00Z"
    fleet.booked_s = paris(DAY - dt.timedelta(days=1), "16:59")
    assert (
        ask(VILLAGE, "r_EPI", "08:00", itineraries=1)["itineraries"][0]["startTime"] < "2026-06-16T08:00:00Z"
    )


# ── who ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wheelchair_takes_its_place_and_its_time(ask: Ask, fleet: Fleet) -> None:
    party = Party(adults=0, wheelchairs=1)
    (way,) = ask(VILLAGE, FARM, "10:00", party=party, wheelchair=True)["direct"]
    quote = quote_of(way["legs"][0])
    assert quote.party == party
    assert quote.pickup_stop_s == 60 + 240
    assert quote.fare_cents == 200
    fleet.put([make_service()], [make_vehicle("bus-1", Seats(4, 0))])
    assert ask(VILLAGE, FARM, "10:00", party=party, wheelchair=True)["direct"] == []


def test_a_party_of_five(ask: Ask, fleet: Fleet) -> None:
    """Four fit."""
    assert ask(VILLAGE, FARM, "10:00", party=Party(4))["direct"]
    assert ask(VILLAGE, FARM, "10:00", party=Party(5))["direct"] == []
    assert all("FLEX" not in one for one in modes_of(ask(VILLAGE, "r_EPI", "08:00", party=Party(5))))
    fleet.put([make_service()], [make_vehicle("bus-1"), make_vehicle("bus-2", Seats(8, 0))])
    (way,) = ask(VILLAGE, FARM, "10:00", party=Party(3, 2))["direct"]
    assert quote_of(way["legs"][0]).shift_id == "bus-2-jour"
    assert way["legs"][0]["booking"]["price"]["cents"] == 800


def test_what_is_full_is_not_shown(ask: Ask, fleet: Fleet) -> None:
    """All four seats are taken to the train of 9:10: nobody else is shown that ride; the next is."""
    before = ask(VILLAGE, "r_EPI", "08:30", party=Party(4), itineraries=1)["itineraries"][0]
    fleet.book(flex_of(before)[0]["booking"]["quote"])
    for itinerary in ask(VILLAGE, "r_EPI", "08:30", itineraries=3)["itineraries"]:
        for leg in flex_of(itinerary):
            assert_kept(leg)
            assert leg["startTime"] != flex_of(before)[0]["startTime"]
            fleet.book(leg["booking"]["quote"])
            fleet.put([make_service()])
            fleet.book(flex_of(before)[0]["booking"]["quote"])


def test_a_shift_that_ends(ask: Ask, fleet: Fleet) -> None:
    """The service runs until two, its only vehicle until noon."""
    fleet.put([make_service()], None, [make_shift("bus-1", 5 * 3600, 12 * 3600)])
    answer = ask(VILLAGE, FARM, "13:00")
    (way,) = answer["direct"]
    assert way["startTime"][:10] == "2026-06-17"


# ── near, and on foot ──────────────────────────────────────────────────────────────────────────────────


def test_nobody_books_what_is_next_door(ask: Ask) -> None:
    assert [way["legs"][0]["mode"] for way in ask(VILLAGE, "47.3420,4.2610", "10:00")["direct"]] == ["WALK"]
    for modes in modes_of(ask(TOWN_HALL, "r_EPI", "08:30")):
        assert "FLEX" not in modes


def test_from_stop_to_stop_one_walks_to_the_stop(ask: Ask, fleet: Fleet) -> None:
    fleet.put([make_stop_service()], [make_vehicle("bus-1", service_ids=("arrets",))])
    first = ask(VILLAGE, "r_EPI", "08:30", itineraries=1)["itineraries"][0]
    walk, flex, train = first["legs"]
    assert [walk["mode"], flex["mode"], train["mode"]] == ["WALK", "FLEX", "REGIONAL_RAIL"]
    assert walk["to"]["name"] == flex["from"]["name"] == "Village, Mairie"
    assert walk["endTime"] == flex["startTime"]
    assert quote_of(flex).origin.stop_id == "vil-1"
    assert quote_of(flex).destination.stop_id == "r_DAM"
    assert_kept(flex)
    back = ask("r_EPI", VILLAGE, "08:30", itineraries=1)["itineraries"][0]
    assert [leg["mode"] for leg in back["legs"]] == ["REGIONAL_RAIL", "FLEX", "WALK"]
    assert back["endTime"] == back["legs"][2]["endTime"]


# ── what is read, and when ─────────────────────────────────────────────────────────────────────────────


def test_a_request_keeps_the_state_it_began_with(fleet: Fleet) -> None:
    """Somebody books the last seats: the next question knows, without the network being laid out anew."""
    serving = fleet.serve()
    question = Question(VILLAGE, FARM, paris(DAY, "10:00"), booked_s=fleet.booked_s, party=Party(4))
    (way,) = plan(serving, question)["direct"]
    fleet.book(way["legs"][0]["booking"]["quote"])
    assert plan(serving, question)["direct"] == [way]
    fleet.watch.look(10.0)
    (later,) = plan(serving, question)["direct"]
    assert later["startTime"] > way["startTime"]
