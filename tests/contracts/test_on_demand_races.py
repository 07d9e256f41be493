"""Several at once at the last seat, the same key, the same ride; several legs in opposite orders; on both databases,
and the control without the compare-and-swap."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from ground.document import write_document
from mobility.acts.on_demand import waiting_list
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.quote import Ask
from mobility.acts.on_demand.room import Wish
from mobility.acts.on_demand.waiting_list import join_waiting_list, serve_waiting_list
from mobility.storage.on_demand import SqlOnDemand
from mobility.storage.on_demand_tables import DayRow
from on_demand.booking import OnDemandRide, Party, RideStatus
from on_demand.fleet import Seats
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.tour import VehicleDay
from tests.contracts.at_once import at_once
from tests.contracts.conftest import POSTGIS
from tests.contracts.on_demand_town import EAST, TOWN, TUESDAY, WEST, Begin, Town, at, ids_of, traveller

ONE_SEAT = (Seats(1, 0),)


def _refusals(outcomes: list[Any]) -> list[OnDemandRefusedError]:
    """Of all that were refused; whoever failed otherwise fails the test."""
    errors = [one for one in outcomes if isinstance(one, Exception)]
    for error in errors:
        if not isinstance(error, OnDemandRefusedError):
            raise error
    return errors


def _rides(outcomes: list[Any]) -> list[OnDemandRide]:
    return [ride for one in outcomes if isinstance(one, list) for ride in one]


def test_of_sixty_four_who_want_the_last_seat_one_gets_it(begin: Begin) -> None:
    town = Town(begin, seats=ONE_SEAT)
    offer = town.offer()
    outcomes = at_once(*(partial(town.hold, f"t{number}", offer) for number in range(64)))
    refusals = _refusals(outcomes)
    assert [one.reason for one in refusals] == [Reason.FULL] * 63
    assert all(one.more["alternatives"] for one in refusals)
    (ride,) = _rides(outcomes)
    assert town.riding() == [ride.id]
    other = refusals[0].more["alternatives"]
    assert isinstance(other, list)
    hold(town.ports, traveller("second"), HoldWish((other[0]["quote"],)))


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_without_the_compare_and_swap_several_get_it(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where the version is not compared, the last seat is sold twice, and one of the two is in no tour.
    (SQLite has one writer at a time, but who computed on an old tour loses somebody there as well.)"""
    town = Town(begin, seats=ONE_SEAT)
    town.cancel("early", town.book("early", leave=17).id)
    offer = town.offer()
    both_placed = threading.Barrier(2)

    def swap(self: SqlOnDemand, day: VehicleDay) -> bool:
        statement = update(DayRow).where(DayRow.shift_id == day.shift_id, DayRow.day == day.day)
        self._session.execute(statement.values(version=day.version, body=write_document(day).decode()))
        return True

    def lock_together(self: SqlOnDemand, keys: Any) -> list[VehicleDay]:
        with suppress(threading.BrokenBarrierError):
            both_placed.wait(timeout=30)
        return []

    monkeypatch.setattr(SqlOnDemand, "swap_day", swap)
    monkeypatch.setattr(SqlOnDemand, "lock_days", lock_together)
    rides = _rides(at_once(*(partial(town.hold, name, offer) for name in ("a", "b"))))
    assert len(rides) == 2, "both were told they have the seat"
    assert len(town.riding()) == 1, "and there is one"


def test_the_same_key_at_once_holds_once(begin: Begin) -> None:
    town = Town(begin)
    offer = town.offer()
    outcomes = at_once(*(partial(town.hold, "theo", offer, key="key") for _ in range(8)))
    assert _refusals(outcomes) == []
    assert outcomes == [outcomes[0]] * 8
    assert town.riding() == ids_of(outcomes[0])


def test_one_person_at_once_holds_no_more_than_allowed(begin: Begin) -> None:
    town = Town(begin, vehicles=4)
    offers = [town.offer(leave=9 + number) for number in range(8)]
    outcomes = at_once(*(partial(town.hold, "theo", offer) for offer in offers))
    assert {one.reason for one in _refusals(outcomes)} <= {Reason.STATE}
    assert town.riding() == ids_of(_rides(outcomes))
    assert len(town.riding()) == 3


def test_legs_in_opposite_orders_never_wait_for_each_other(begin: Begin) -> None:
    """Two legs on two vehicles' days, in either order: nobody waits for ever, and each journey is whole or not at
    all."""
    town = Town(begin, vehicles=3)
    there, back = town.offer(), town.offer(EAST, WEST, leave=17)
    tomorrow, after = town.offer(leave=24 + 9), town.offer(EAST, WEST, leave=24 + 17)
    pairs = [(there, back), (back, there), (after, there), (there, after), (tomorrow, back), (back, tomorrow)]
    outcomes = at_once(
        *(partial(town.hold, f"t{number}", *pairs[number % 6]) for number in range(18)),
    )
    assert {one.reason for one in _refusals(outcomes)} <= {Reason.FULL, Reason.CHANGED}
    held = [one for one in outcomes if isinstance(one, list)]
    assert held
    assert all(len(one) == 2 for one in held)
    assert town.riding() == ids_of(_rides(outcomes))


def test_whoever_is_always_beaten_keeps_the_others_out(begin: Begin) -> None:
    """The tours change all the time, as when they are re-optimised: bookings come to an end all the same."""
    town = Town(begin)
    rides = [town.book(f"t{number}", leave=9 + number) for number in range(4)]
    offers = [town.offer(leave=14 + number / 2) for number in range(6)]
    stop = threading.Event()
    swaps = 0

    def change_all_the_time() -> None:
        nonlocal swaps
        while not stop.is_set() or swaps < 10:
            with town.begin() as work:
                (tour,) = work.on_demand.lock_days([("s1", TUESDAY)])
                assert work.on_demand.swap_day(replace(tour, version=tour.version + 1))
                work.commit()
                swaps += 1

    changing = threading.Thread(target=change_all_the_time)
    changing.start()
    try:
        held = at_once(*(partial(town.hold, f"h{number}", offer) for number, offer in enumerate(offers)))
        given = at_once(*(partial(town.cancel, f"t{number}", ride.id) for number, ride in enumerate(rides)))
    finally:
        stop.set()
        changing.join(120)
    assert not changing.is_alive()
    assert _refusals([*held, *given]) == []
    assert town.riding() == ids_of(_rides(held))


def test_confirmed_cancelled_and_expired_at_once(begin: Begin) -> None:
    """One of them is first; whatever it was, the tour agrees with the ride."""
    town = Town(begin)
    for number in range(4):
        (held,) = town.hold(f"t{number}", town.offer(leave=9 + 2 * number))
        if number % 2:
            town.clock.wait(minutes=10)
        outcomes = at_once(
            partial(confirm, town.ports, traveller(f"t{number}"), held.id),
            partial(cancel, town.ports, traveller(f"t{number}"), held.id),
            partial(expire, town.ports),
            partial(confirm, town.ports, traveller(f"t{number}"), held.id),
        )
        _refusals(outcomes)
        ride = town.find(held.id)
        assert ride.status is not RideStatus.HELD
        assert (ride.id in town.riding()) == ride.holds_seats
        if ride.holds_seats:
            town.cancel(f"t{number}", ride.id)


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_a_seat_taken_between_two_looks_stops_nobody_who_waits(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL each look sees what is committed by then. (On SQLite both see the same.)"""
    town = Town(begin, seats=ONE_SEAT)
    taken = town.book("first")
    for name in ("a", "b"):
        join_waiting_list(town.ports, traveller(name), Ask(WEST, EAST, Party(), at(9.02), service_id=TOWN.id))
    town.cancel("first", taken.id)
    offer = town.offer()
    look = waiting_list.Room.answer
    looks: list[Wish] = []

    def answer(room: waiting_list.Room, wish: Wish) -> Any:
        answered = look(room, wish)
        looks.append(wish)
        if len(looks) == 1:
            town.hold("faster", offer)
        return answered

    monkeypatch.setattr(waiting_list.Room, "answer", answer)
    assert serve_waiting_list(town.ports) == 0
    assert len(looks) == 3, "the first in line looked again, then the second"
    assert len(town.riding()) == 1


def test_two_workers_serve_the_waiting_list_once(begin: Begin) -> None:
    town = Town(begin, seats=ONE_SEAT)
    taken = town.book("first")
    for name in ("a", "b", "c"):
        join_waiting_list(town.ports, traveller(name), Ask(WEST, EAST, Party(), at(9.02), service_id=TOWN.id))
    town.cancel("first", taken.id)
    outcomes = at_once(*(partial(serve_waiting_list, town.ports) for _ in range(4)))
    assert sum(outcomes) == 1
    assert len(town.riding()) == 1
