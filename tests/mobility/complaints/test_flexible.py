"""Complaints about on-demand transport and carpools, against the synthetic provider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mobility.journeys.plan import plan
from mobility.journeys.question import Cursor, Question
from mobility.journeys.serving import Serving
from routing.timetable import Mode
from tests.mobility.journeys.synthetic_flex import Rule, SyntheticLegs, Zone, square
from tests.mobility.journeys.test_flexible import AVALLON, FARM, HAMLET, Odd, at

DAY_BEFORE = Zone("z1", "Val de Cluny", square(47.44, 5.46, 0.09), rule=Rule(days_before=1))
"""To be booked until 17:00 of the day before."""


def ask(
    serving: Serving, zones: tuple[Zone, ...], booked_s: int, to: str = AVALLON, **more: Any
) -> dict[str, Any]:
    legs = SyntheticLegs(zones, serving.network.timetable, serving.places)
    question = Question(HAMLET, to, at(16, "08:30"), booked_s=booked_s, **more)
    return plan(replace(serving, flexible=legs), question)


def uses(answer: dict[str, Any], mode: str) -> list[bool]:
    return [any(leg["mode"] == mode for leg in itinerary["legs"]) for itinerary in answer["itineraries"]]


@pytest.mark.parametrize("clock", ["07:00", "16:59", "17:00"])
def test_tad_excluded_although_booked_the_day_before(serving: Serving, clock: str) -> None:
    """Asked on the 15th for the 16th: it can be booked, so it is shown, and until when."""
    answer = ask(serving, (DAY_BEFORE,), at(15, clock), itineraries=1)
    assert uses(answer, "FLEX") == [True]
    flex = answer["itineraries"][0]["legs"][0]
    assert flex["booking"]["deadline"] == "2026-06-15T15:00:00Z"
    assert flex["startTime"].startswith("2026-06-16")


@pytest.mark.parametrize("booked_s", [at(15, "17:01"), at(15, "23:00"), at(16, "08:29")])
def test_tad_shown_after_its_deadline(serving: Serving, booked_s: int) -> None:
    """Too late for the 16th: none of that day is shown, and the answer says whom to call."""
    answer = ask(serving, (DAY_BEFORE,), booked_s, max_travel_time_s=6 * 3600, itineraries=1)
    for itinerary in answer["itineraries"]:
        assert not itinerary["startTime"].startswith("2026-06-16")
    same_day = ask(serving, (DAY_BEFORE,), booked_s, to=FARM, max_travel_time_s=3600)
    assert all(not way["startTime"].startswith("2026-06-16") for way in same_day["direct"])
    reason = same_day["reasons"][0]
    assert (reason["code"], reason["booking"]["phone"]) == ("BOOKING_TOO_LATE", "03 80 00 00 00")
    assert reason["booking"]["deadline"] == "2026-06-15T15:00:00Z"


def test_tad_shown_after_its_notice(serving: Serving) -> None:
    """Two hours' notice: nothing that sets out sooner, on any page."""
    notice = replace(DAY_BEFORE, rule=Rule(notice_s=7200))
    cursor = None
    for _ in range(2):
        answer = ask(serving, (notice,), at(16, "08:10"), itineraries=2, cursor=cursor)
        assert uses(answer, "FLEX") == [True, True]
        for itinerary in answer["itineraries"]:
            assert itinerary["legs"][0]["startTime"] >= "2026-06-16T08:10:00Z"
            assert itinerary["legs"][0]["booking"]["deadline"] >= "2026-06-16T06:10:00Z"
        cursor = Cursor(True, int(answer["nextPageCursor"].split("|")[1]))


def test_one_odd_flex_trip_kills_the_whole_build(serving: Serving) -> None:
    """One offer that makes no sense is left out; the answer and its neighbours stand."""
    legs = SyntheticLegs((DAY_BEFORE,), serving.network.timetable, serving.places)
    good = plan(
        replace(serving, flexible=legs), Question(HAMLET, FARM, at(16, "10:00"), booked_s=at(15, "07:00"))
    )
    assert len(good["direct"]) == 1
    failed = plan(replace(serving, flexible=Odd(None)), Question(AVALLON, "r_CLU", at(16, "08:00")))
    assert failed["itineraries"], "the trains run"


def test_carpool_hides_everything_else(serving: Serving) -> None:
    """Drivers leave at any time of the day, faster than the trains: the trains are shown all the same."""
    drivers = Zone(
        "c", "Partout", square(47.2, 5.2, 0.5), ((0, 86400),), mode=Mode.RIDE_SHARING, service="Covoiturage"
    )
    legs = SyntheticLegs((drivers,), serving.network.timetable, serving.places)
    question = Question("47.003,5.0", "47.4012,5.4012", at(16, "08:00"), booked_s=at(16, "07:00"))
    answer = plan(replace(serving, flexible=legs), question)
    assert [way["legs"][0]["mode"] for way in answer["direct"]] == ["RIDE_SHARING"]
    without = plan(serving, question)
    trains = {i["id"] for i in answer["itineraries"] if not any("booking" in leg for leg in i["legs"])}
    assert trains, "journeys without anybody's car"
    assert {i["legs"][1]["tripId"] for i in without["itineraries"]} & {
        leg["tripId"] for i in answer["itineraries"] for leg in i["legs"] if "tripId" in leg
    }
