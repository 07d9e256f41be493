"""When a service on demand does not take one as asked for: why, when next, and whom to call."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from on_demand.booking import Party
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.fleet import Seats
from tests.mobility.on_demand_journeys.conftest import DAY, Ask, Fleet, clear_tours, flex_of
from tests.mobility.on_demand_journeys.on_demand_region import (
    FAR_AWAY,
    FARM,
    VILLAGE,
    make_service,
    make_shift,
    make_vehicle,
    paris,
)


def reasons_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Those of the service."""
    return [reason for reason in answer.get("reasons", []) if reason.get("serviceId") == "val"]


def instant(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp())


def test_nothing_is_said_where_it_goes(ask: Ask) -> None:
    assert reasons_of(ask(VILLAGE, FARM, "10:00")) == []
    assert reasons_of(ask(VILLAGE, "r_EPI", "10:00")) == []
    assert reasons_of(ask("r_ALI", "r_BEL", "10:00")) == []


def test_the_deadline_has_passed(ask: Ask, fleet: Fleet) -> None:
    fleet.booked_s = paris(DAY, "09:00")
    answer = ask(VILLAGE, FARM, "09:30")
    (reason,) = reasons_of(answer)
    assert reason["code"] == "BOOKING_TOO_LATE"
    assert reason["deadline"] == "2026-06-16T05:30:00Z"
    assert "16/06/2026 07:30" in reason["fr"]
    assert "03 80 22 22 00" in reason["fr"]
    assert reason["nextDeparture"] == "2026-06-16T09:00:00Z", "11:00, two hours after asking"
    (way,) = answer["direct"]
    assert way["startTime"] == reason["nextDeparture"]


def test_the_evening_before_at_five(ask: Ask, fleet: Fleet) -> None:
    fleet.put(
        [make_service(rule=BookingRule("veille", BookingType.PRIOR_DAYS, last_day=1, last_s=17 * 3600))]
    )
    fleet.booked_s = paris(DAY - dt.timedelta(days=1), "17:01")
    (reason,) = reasons_of(ask(VILLAGE, FARM, "10:00"))
    assert (reason["code"], reason["deadline"]) == ("BOOKING_TOO_LATE", "2026-06-15T15:00:00Z")
    assert reason["nextDeparture"] == "2026-06-17T04:00:00Z"


def test_booking_is_not_open_yet(ask: Ask, fleet: Fleet) -> None:
    fleet.put([make_service(rule=BookingRule("7j", BookingType.SAME_DAY, duration_s_min=3600, start_day=7))])
    fleet.booked_s = paris(DAY - dt.timedelta(days=9), "10:00")
    (reason,) = reasons_of(ask(VILLAGE, FARM, "10:00"))
    assert (reason["code"], reason["deadline"][:10]) == ("BOOKING_NOT_OPEN", "2026-06-08")
    assert ask(VILLAGE, FARM, "10:00")["direct"] == []


def test_outside_its_hours(ask: Ask) -> None:
    (reason,) = reasons_of(ask(VILLAGE, FARM, "03:00"))
    assert reason["code"] == "ON_DEMAND_OUTSIDE_HOURS"
    assert reason["nextDeparture"] == "2026-06-16T04:00:00Z"


def test_no_seat_then_the_next(ask: Ask, fleet: Fleet) -> None:
    """The only vehicle brings four from the farm to the village and back: nobody else fits in until it is empty."""
    (way,) = ask(VILLAGE, FARM, "10:00", party=Party(4))["direct"]
    fleet.book(way["legs"][0]["booking"]["quote"])
    answer = ask(VILLAGE, FARM, "10:00")
    reasons = reasons_of(answer)
    (later,) = answer["direct"]
    assert instant(later["startTime"]) > paris(DAY, "10:00")
    fleet.book(later["legs"][0]["booking"]["quote"])
    if instant(later["startTime"]) - paris(DAY, "10:00") > 3600:
        assert reasons[0]["code"] in ("ON_DEMAND_NO_SEAT", "ON_DEMAND_NO_TIME")


def test_a_party_no_vehicle_has_room_for(ask: Ask) -> None:
    """It is told the largest one, all the way or to a train; nobody waits in vain."""
    for destination in (FARM, "r_EPI"):
        (reason,) = reasons_of(ask(VILLAGE, destination, "10:00", party=Party(5)))
        assert reason["code"] == "ON_DEMAND_PARTY_TOO_LARGE"
        assert "prend au plus 4 personnes ou 2 personnes et 1 fauteuil roulant." in reason["fr"]
        assert "at most 4 people or 2 people and 1 wheelchair." in reason["en"]
        assert "nextDeparture" not in reason
        assert "waitFor" not in reason
        assert reason["phone"] == "03 80 22 22 00"


def test_who_finds_all_seats_taken_can_wait(ask: Ask, fleet: Fleet) -> None:
    fleet.put([make_service()], None, [make_shift("bus-1", 5 * 3600, 11 * 3600)])
    (way,) = ask(VILLAGE, FARM, "10:00", party=Party(4))["direct"]
    fleet.book(way["legs"][0]["booking"]["quote"])
    (reason,) = reasons_of(ask(VILLAGE, FARM, "10:00", party=Party(4)))
    wish = reason["waitFor"]
    assert [f"{wish[end]['lat']:.4f},{wish[end]['lon']:.4f}" for end in ("from", "to")] == [VILLAGE, FARM]
    assert wish["leaveAt"] == "2026-06-16T08:00:00Z"


@pytest.mark.parametrize(
    ("origin", "destination", "station_end"), [(VILLAGE, "r_EPI", "to"), ("r_EPI", VILLAGE, "from")]
)
def test_who_finds_the_ride_to_or_from_a_train_full_can_wait_for_it(
    ask: Ask, fleet: Fleet, origin: str, destination: str, station_end: str
) -> None:
    """At the time of the train: once the places are free, that very ride is offered."""
    only_day = Calendar("jour", frozenset(range(7)), DAY, DAY)
    fleet.put([make_service()], None, [replace(make_shift("bus-1", 8 * 3600, 11 * 3600), calendar=only_day)])

    def list_rides() -> list[dict[str, Any]]:
        found = ask(origin, destination, "08:00", party=Party(4))["itineraries"]
        return [leg["booking"] for one in found for leg in flex_of(one)]

    free = [one["pickupFrom"] for one in list_rides()]
    assert free
    while rides := list_rides():
        fleet.book(rides[0]["quote"])
    (reason,) = reasons_of(ask(origin, destination, "08:00", party=Party(4)))
    wish = reason["waitFor"]
    assert wish["leaveAt"] in free
    assert (wish[station_end]["stop"], wish[station_end]["name"]) == ("r_DAM", "Dampierre gare")
    other = wish["from" if station_end == "to" else "to"]
    assert f"{other['lat']:.4f},{other['lon']:.4f}" == VILLAGE
    at = dt.datetime.fromtimestamp(instant(wish["leaveAt"]), ZoneInfo("Europe/Paris"))
    assert (
        f"place pour le trajet du 16/06/2026 à {at:%H:%M}, correspondance à Dampierre gare." in reason["fr"]
    )
    assert (
        f"place in the ride of 16/06/2026 at {at:%H:%M}, with the connection at Dampierre gare."
        in reason["en"]
    )
    clear_tours(fleet.services)
    assert [one["pickupFrom"] for one in list_rides()] == free


def test_no_place_for_a_wheelchair(ask: Ask, fleet: Fleet) -> None:
    fleet.put([make_service()], [make_vehicle("bus-1", Seats(4, 0))])
    (reason,) = reasons_of(ask(VILLAGE, FARM, "10:00", party=Party(0, 0, 1), wheelchair=True))
    assert reason["code"] == "ON_DEMAND_PARTY_TOO_LARGE"
    assert "fauteuil roulant" in reason["fr"]
    assert "wheelchair" in reason["en"]


def test_no_vehicle_then(ask: Ask, fleet: Fleet) -> None:
    fleet.put([make_service()], None, [make_shift("bus-1", 5 * 3600, 12 * 3600)])
    (reason,) = reasons_of(ask(VILLAGE, FARM, "15:00"))
    assert reason["code"] == "ON_DEMAND_NO_VEHICLE"
    assert reason["nextDeparture"] == "2026-06-17T04:00:00Z"


def test_outside_its_zone(ask: Ask) -> None:
    """Nothing else goes there, and the service goes from one end only."""
    answer = ask(VILLAGE, FAR_AWAY, "10:00")
    assert answer["itineraries"] == []
    (reason,) = reasons_of(answer)
    assert reason["code"] == "ON_DEMAND_OUTSIDE_ZONE"


def test_beside_other_journeys(ask: Ask, fleet: Fleet) -> None:
    """A train goes anyway: that on-demand transport would not fetch one is said beside it."""
    fleet.booked_s = paris(DAY, "09:55")
    near = "47.3050,4.3080"
    answer = ask(near, "r_EPI", "10:00", itineraries=1)
    assert answer["itineraries"]
    for reason in reasons_of(answer):
        assert reason["code"] == "BOOKING_TOO_LATE"
        assert not any(flex_of(one) for one in answer["itineraries"])
