"""Waiting for drivers who are not announced: learnt from proven trips, shown as an estimate with its ground, or not."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carpool.trip import EvidenceClass, Fix, Passage, Trip, TripStatus
from carpool.waiting import DayKind
from mobility.acts.learn_waiting import learn_waiting, list_passed
from mobility.acts.trips_ports import TripState
from mobility.bootstrap import Services, build_services
from mobility.jobs.watch_rides import RidesWatch
from mobility.journeys.departures import BoardQuestion, present_board
from mobility.journeys.lay_over import lay_over
from mobility.journeys.question import Cursor
from mobility.journeys.serving import Serving
from mobility.journeys.stop_sets import get_stop_set
from mobility.settings import Settings
from tests.mobility.carpool_journeys.carpool_region import LINE, paris
from tests.mobility.carpool_journeys.conftest import ask, remember_line

NOW = paris(dt.date(2026, 9, 30), "10:00")
"""A Wednesday; no public holiday in the eight weeks before but the 15th of August, a Saturday."""


def fix(at: dt.datetime, stop: str) -> Fix:
    return Fix(at, 47.0, 4.0, stop)


def drive(
    number: int, at: dt.datetime, stops: tuple[str, str] = ("belin", "fontaine"), aboard: int = 1
) -> Trip:
    """A proven trip with as many passengers all the way, at the line's pace."""
    end = at + dt.timedelta(seconds=LINE.between(*stops)[1])
    start, stop = fix(at, stops[0]), fix(end, stops[1])
    passages = tuple(
        Passage(f"p{n}", start, stop, 1, EvidenceClass.C, 150, (f"{number:032x}{n:032x}",))
        for n in range(aboard)
    )
    metres = LINE.between(*stops)[0]
    return Trip(
        f"{number:032x}",
        LINE.id,
        "driver-1",
        start,
        stop,
        metres,
        passages,
        (f"{number:064x}",),
        TripStatus.PROVEN,
    )


def remember(services: Services, trips: list[Trip], status: TripStatus = TripStatus.PROVEN) -> None:
    with services.unit_of_work() as work:
        for trip in trips:
            made = trip.end.at
            state = TripState(
                trip.id, status, trip.driver_id, trip.line_id, "", made, made, replace(trip, status=status)
            )
            work.trips.put_trip(state)
        work.commit()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Services]:
    settings = Settings(data_dir=tmp_path / "data", log_level="error", warm_up_days=0, worker="separate")
    with build_services(settings, now=lambda: NOW) as services:
        remember_line(services)
        yield services


def mornings(count: int, clock: str = "07:20", **more: Any) -> list[Trip]:
    """One trip on each of the last working days."""
    days, day = [], dt.date(2026, 9, 29)
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= dt.timedelta(days=1)
    return [
        drive(1000 * int(clock.replace(":", "")) + n, paris(day, clock), **more) for n, day in enumerate(days)
    ]


def test_a_vehicle_comes_by_every_stop_but_its_last() -> None:
    at = paris(dt.date(2026, 9, 29), "07:20")
    there = [(one.stop_id, one.backwards, one.at - at) for one in list_passed(LINE, drive(1, at))]
    assert there == [
        ("belin", False, dt.timedelta(0)),
        ("corsy", False, dt.timedelta(minutes=20)),
        ("dampierre", False, dt.timedelta(minutes=40)),
    ]
    back = [(one.stop_id, one.backwards) for one in list_passed(LINE, drive(1, at, ("dampierre", "belin")))]
    assert back == [("dampierre", True), ("corsy", True)]
    assert [one.stop_id for one in list_passed(LINE, drive(1, at, aboard=3))] == ["belin"], "then it is full"
    somewhere = replace(drive(1, at), end=fix(at + dt.timedelta(minutes=5), ""))
    assert list(list_passed(LINE, somewhere)) == []


def test_only_what_was_proven_counts(own: Services) -> None:
    remember(own, mornings(20))
    remember(own, mornings(20, "07:40"), TripStatus.REFUSED)
    with own.unit_of_work(read_only=True) as work:
        model = learn_waiting(work, NOW)
    found = model.expect(LINE.id, False, "belin", DayKind.WORKDAY, 7)
    assert found is not None
    assert (found.passages, found.days, found.expected_s) == (20, 40, 7200), "40 mornings of an hour, 20 cars"
    assert found.low_s < 7200 < found.high_s
    assert model.expect(LINE.id, True, "belin", DayKind.WORKDAY, 7) is None
    assert model.expect(LINE.id, False, "belin", DayKind.SUNDAY, 7) is None


def wait_for(watch: RidesWatch) -> None:
    until = time.monotonic() + 120
    clock_s = 0.0
    while watch.carpool.waiting is None:
        assert time.monotonic() < until
        clock_s += 1
        watch.look(clock_s)
        time.sleep(0.01)


def test_it_is_shown_as_what_it_is(own: Services, base: Serving) -> None:
    """In an answer without journeys, and on the board of the stop; never as a leg."""
    remember(own, [*mornings(30, "07:05"), *mornings(30, "07:25"), *mornings(30, "07:45")])
    watch = RidesWatch(own.unit_of_work, lambda: NOW)
    wait_for(watch)
    serving = lay_over(base, (), watch.carpool, int(NOW.timestamp()))
    day = dt.date(2026, 10, 6)
    answer = ask(serving, "47.1300,4.1000", "47.2200,4.2100", paris(day, "07:10"), NOW, itineraries=1)
    reason = answer["reasons"][-1]
    waiting = reason["expectedWaiting"]
    assert (waiting["minutes"], waiting["trips"], waiting["days"], waiting["hour"]) == (27, 90, 40, 7)
    assert waiting["low"] <= 27 <= waiting["high"]
    assert waiting["dayKind"] == "WORKDAY"
    assert "estimation d’après 90 trajets sur 40 jours ouvrés, de 7 h à 8 h" in reason["fr"]
    assert "estimate from 90 trips on 40 working days, 7:00 to 8:00" in reason["en"]
    assert answer["itineraries"] == []
    for clock, is_known in (("07:10", True), ("11:10", False)):
        view = serving.view
        question = BoardQuestion(Cursor(True, int(paris(day, clock).timestamp())), count=0, window_s=3600)
        board = present_board(view, get_stop_set(view, "carpool_belin", None, None, False), question)
        assert board["stopTimes"] == []
        assert [one["headsign"] for one in board.get("expectedWaiting", [])] == (
            ["Fontaine, bourg"] if is_known else []
        )


def test_few_trips_say_nothing(own: Services, base: Serving) -> None:
    remember(own, mornings(5))
    watch = RidesWatch(own.unit_of_work, lambda: NOW)
    wait_for(watch)
    serving = lay_over(base, (), watch.carpool, int(NOW.timestamp()))
    at = paris(dt.date(2026, 10, 6), "07:10")
    reason = ask(serving, "47.1300,4.1000", "47.2200,4.2100", at, NOW, itineraries=1)["reasons"][-1]
    assert reason["code"] == "CARPOOL_LINE"
    assert "expectedWaiting" not in reason
