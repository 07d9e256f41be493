"""What drivers report: the tour says what happened, and what is still to come can be driven."""

from __future__ import annotations

import datetime as dt

import pytest

from mobility.journeys.on_demand.crow_drives import CrowDrives
from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.insertion import FleetPlan, Placement
from on_demand.schedule import break_stops, check, schedule
from on_demand.served import leave_behind, serve, serve_as_planned
from on_demand.tour import DayBreak, Request, StopKind, VehicleDay

DRIVES = CrowDrives()
HOME, A, B, C = Point(47.20, 6.00), Point(47.22, 6.00), Point(47.24, 6.00), Point(47.26, 6.00)
BREAKS = (DayBreak(2000, 9000, 600),)


def _request(name: str, origin: Point, destination: Point, open_s: int) -> Request:
    return Request(
        name, origin, destination, open_s, open_s + 3000, open_s, open_s + 9000, 4000, 1, 0, 60, 60
    )


def _tour(*requests: Request) -> VehicleDay:
    day = VehicleDay(
        "s",
        dt.date(2026, 3, 10),
        "v",
        0,
        0,
        40_000,
        HOME,
        HOME,
        (Seats(4, 0),),
        None,
        BREAKS,
        (),
        break_stops(BREAKS),
    )
    for request in requests:
        found = FleetPlan.of([day], DRIVES).find(request, 0)
        assert isinstance(found, Placement)
        day = found.day
    return day


def _order(day: VehicleDay) -> list[str]:
    return [f"{stop.kind.value}{stop.request_id}" for stop in day.stops]


def test_served_in_order_moves_nothing() -> None:
    day = _tour(_request("a", A, B, 1000), _request("b", B, C, 12_000))
    order, times = _order(day), schedule(day, 0)
    for kind, name, at_s in ((StopKind.PICKUP, "a", 1100), (StopKind.DROP_OFF, "a", 1400)):
        before = day
        day = serve(day, name, kind, at_s, DRIVES)
        assert (day.version, _order(day)) == (before.version + 1, order)
        assert [stop.drive_s for stop in day.stops] == [stop.drive_s for stop in before.stops]
    assert check(day) is None
    assert schedule(day, 0) != times


def test_said_twice_the_first_holds() -> None:
    day = serve(_tour(_request("a", A, B, 1000)), "a", StopKind.PICKUP, 1100, DRIVES)
    again = serve(day, "a", StopKind.PICKUP, 1900, DRIVES)
    assert again.stops == day.stops
    assert again.version == day.version + 1


def test_who_is_skipped_is_still_to_come() -> None:
    day = _tour(_request("a", A, C, 1000), _request("b", B, C, 1200))
    assert _order(day)[:2] == ["pickupa", "pickupb"]
    day = serve(day, "b", StopKind.PICKUP, 1500, DRIVES)
    assert _order(day)[:2] == ["pickupb", "pickupa"]
    points = [HOME, B, A]
    for stop, origin, destination in zip(day.stops[:2], points, points[1:], strict=False):
        assert stop.drive_s == DRIVES.times_s([origin], [destination])[0, 0]
    assert check(day) is None


def test_a_break_that_was_planned_before_is_over() -> None:
    day = _tour(_request("a", A, B, 1000), _request("b", B, C, 12_000))
    assert "break" in _order(day)[2]
    for kind, at_s in ((StopKind.PICKUP, 1100), (StopKind.DROP_OFF, 1400)):
        day = serve(day, "a", kind, at_s, DRIVES)
    day = serve(day, "b", StopKind.PICKUP, 12_100, DRIVES)
    assert [bool(stop.served_at_s) for stop in day.stops] == [True, True, False, True, False]
    assert check(day) is None


def test_time_never_runs_back() -> None:
    day = serve(_tour(_request("a", A, B, 1000)), "a", StopKind.PICKUP, 1500, DRIVES)
    day = serve(day, "a", StopKind.DROP_OFF, 1200, DRIVES)
    assert [stop.served_at_s for stop in day.stops if stop.request_id] == [1500, 1500]


def test_nobody_there() -> None:
    day = _tour(_request("a", A, B, 1000), _request("b", B, C, 12_000))
    left = leave_behind(day, "a", 1300, DRIVES)
    assert left.version == day.version + 1
    assert _order(left) == ["pickupa", "break", "pickupb", "drop-offb"]
    assert left.stops[0].served_at_s == 1300
    assert check(left) is None


def test_silence_is_a_promise_kept() -> None:
    day = serve(
        _tour(_request("a", A, B, 1000), _request("b", B, C, 12_000)), "a", StopKind.PICKUP, 1100, DRIVES
    )
    over = serve_as_planned(day)
    served = [stop.served_at_s for stop in over.stops]
    assert served == sorted(served)  # type: ignore[type-var]
    assert served[0] == 1100
    assert over.version == day.version + 1
    assert check(over) is None


def test_a_stop_there_is_not() -> None:
    with pytest.raises(KeyError):
        serve(_tour(), "a", StopKind.PICKUP, 1, DRIVES)
