"""Tours that drive less are taken over as a whole, or not at all, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mobility.acts.on_demand.reoptimise import Reoptimiser
from mobility.journeys.on_demand.crow_drives import CrowDrives
from mobility.storage.outbox import OutboxRow
from on_demand.insertion import FleetPlan, Placement
from on_demand.reoptimise import by_iterations, drive_s
from on_demand.tour_search import Spent
from tests.contracts.at_once import at_once
from tests.contracts.on_demand_town import EAST, TOWN, TUESDAY, WEST, Begin, Town, ids_of
from tests.mobility.under_fire.on_demand_truths import Truths


def _search() -> Spent:
    return by_iterations(100)


@pytest.fixture
def town(begin: Begin) -> Town:
    """Two ride the same way at the same time, each in a vehicle of their own."""
    town = Town(begin, vehicles=2)
    rides = [town.book(name, WEST, EAST, leave=9) for name in ("theo", "lea")]
    with town.begin() as work:
        tours = {tour.shift_id: tour for tour in work.on_demand.list_days(TUESDAY)}
        assert {ride.shift_id for ride in rides} == {"s1"}, "they are put together as they should be"
        plan = FleetPlan.of([*tours.values()], CrowDrives()).without(rides[1].id)
        request = next(one for one in tours["s1"].requests if one.id == rides[1].id)
        other = replace(plan.days[0], shift_id="s2", vehicle_id="v2", version=0)
        other = replace(other, requests=(), stops=tuple(s for s in other.stops if not s.request_id), home_s=0)
        placed = FleetPlan.of([other], CrowDrives()).find(request, int(town.clock().timestamp()))
        assert isinstance(placed, Placement)
        assert work.on_demand.swap_day(plan.days[0])
        assert work.on_demand.swap_day(placed.day)
        work.on_demand.put_ride(replace(rides[1], shift_id="s2"))
        work.commit()
    return town


def _check(town: Town) -> None:
    with town.begin(read_only=True) as work:
        Truths((TUESDAY,)).check(work)


def test_two_who_ride_alike_ride_together(town: Town, engine: Engine) -> None:
    """Half the driving; both are where they are said to be, and whoever changed vehicles is told."""
    _check(town)
    before = town.tours()
    assert Reoptimiser(town.ports, _search).run() == 2
    _check(town)
    after = town.tours()
    assert [tour.version for tour in after] == [tour.version + 1 for tour in before]
    assert sum(map(drive_s, after)) < sum(map(drive_s, before))
    assert len({town.find(ride_id).shift_id for ride_id in town.riding()}) == 1
    with Session(engine) as session:
        kinds = list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))
    assert kinds.count("on-demand.moved") == 1


def test_what_cannot_be_bettered_is_left_alone(town: Town) -> None:
    """The second run changes nothing, and does not even search, until something changes."""
    searches = []

    def begin_budget() -> Spent:
        searches.append(1)
        return by_iterations(100)

    reoptimiser = Reoptimiser(town.ports, begin_budget)
    assert reoptimiser.run() == 2
    stamp = _stamp(town)
    assert [reoptimiser.run() for _ in range(3)] == [0, 0, 0]
    assert _stamp(town) == stamp
    assert len(searches) == 2
    town.book("mia", EAST, WEST, leave=12)
    reoptimiser.run()
    assert len(searches) == 3


def _stamp(town: Town) -> int:
    with town.begin(read_only=True) as work:
        return work.on_demand.stamp()


def _meanwhile(act: Callable[[], object]) -> Callable[[], Spent]:
    """Something happens while it searches."""

    def begin_budget() -> Spent:
        act()
        return by_iterations(100)

    return begin_budget


def test_a_booking_meanwhile_is_not_lost(town: Town) -> None:
    """Who books while it searches has a seat; what was found is dropped, and found again the next time."""
    booked = []
    slow = _meanwhile(lambda: booked.append(town.book("mia", WEST, EAST, leave=9)))
    before = town.riding()
    assert Reoptimiser(town.ports, slow).run() == 0
    assert town.riding() == sorted([*before, *ids_of(booked)])
    _check(town)
    assert Reoptimiser(town.ports, _search).run() > 0
    assert town.riding() == sorted([*before, *ids_of(booked)])
    _check(town)


def test_a_cancellation_meanwhile_is_not_undone(town: Town) -> None:
    """Who cancels while it searches does not ride."""
    gone = town.riding()[0]
    person = town.find(gone).person_id
    slow = _meanwhile(lambda: town.cancel(person, gone))
    Reoptimiser(town.ports, slow).run()
    assert gone not in town.riding()
    _check(town)


def test_the_guard_is_the_version(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the two before: with versions looked up when it writes, a booking made meanwhile is lost."""
    booked = []
    slow = _meanwhile(lambda: booked.append(town.book("mia", WEST, EAST, leave=9)))
    reoptimiser = Reoptimiser(town.ports, slow)
    write = reoptimiser._write

    def without_guard(before, changed):  # type: ignore[no-untyped-def]
        newest = {tour.shift_id: tour.version for tour in town.tours()}
        return write(before, [replace(tour, version=newest[tour.shift_id] + 1) for tour in changed])

    monkeypatch.setattr(reoptimiser, "_write", without_guard)
    reoptimiser.run()
    assert booked[0].id not in town.riding()


def test_several_at_once_change_it_once(town: Town) -> None:
    """Two workers find the same; one of them writes it."""
    done = at_once(*(Reoptimiser(town.ports, _search).run for _ in range(2)))
    assert sorted(done) == [0, 2]
    _check(town)


def test_vehicles_of_other_services_are_not_borrowed(begin: Begin) -> None:
    """A ride stays with the vehicles of its service."""
    town = Town(begin, vehicles=2)
    ride = town.book("theo", WEST, EAST, leave=9)
    with town.begin() as work:
        vehicle = next(one for one in work.on_demand.list_vehicles() if one.id != f"v{ride.shift_id[1:]}")
        work.on_demand.put_vehicle(replace(vehicle, service_ids=("line",), depot=WEST.at))
        work.commit()
    assert TOWN.id != "line"
    assert Reoptimiser(town.ports, _search).run() == 0
    assert town.find(ride.id).shift_id == ride.shift_id
