"""Many want one seat of a vehicle at once, on both databases; each with a control that shows the race without its
guard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from ground.refusal import RefusedError
from mobility.acts.on_demand import hold as holding
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.quote import read_quote
from mobility.storage.on_demand import SqlOnDemand
from mobility.storage.unit_of_work import SqlUnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.tour import VehicleDay
from tests.contracts.at_once import at_once
from tests.contracts.conftest import begin, empty_database, engine, template
from tests.mobility.under_fire.on_demand_house import MORNING, House, traveller
from tests.mobility.under_fire.on_demand_service import STATION, VILLAGE
from tests.mobility.under_fire.on_demand_truths import Truths

__all__ = ["begin", "empty_database", "engine", "template"]

LEAVE_S = int(MORNING.timestamp()) + 3 * 3600


@pytest.fixture
def house(begin: Callable[..., SqlUnitOfWork]) -> House:
    """One vehicle with one seat."""
    return House(begin, vehicles=1, seats=1)


def tokens(house: House, count: int) -> list[str]:
    """So many quotes of the one seat."""
    return [house.offers(VILLAGE, STATION, LEAVE_S)[0].token for _ in range(count)]


def all_is_true(house: House) -> None:
    with house.begin(read_only=True) as work:
        Truths((MORNING.date(),)).check(work)


def split(answers: list[Any]) -> tuple[list[OnDemandRide], list[OnDemandRefusedError]]:
    """Who won, and who was refused; whoever failed otherwise fails the test."""
    won = [one for one in answers if isinstance(one, OnDemandRide)]
    refused = [one for one in answers if isinstance(one, OnDemandRefusedError)]
    odd = [one for one in answers if not isinstance(one, OnDemandRide | OnDemandRefusedError)]
    assert not odd, odd
    return won, refused


def test_of_64_who_want_the_last_seat_one_gets_it_and_the_others_alternatives(house: House) -> None:
    wanted = tokens(house, 64)
    won, refused = split(
        at_once(*(partial(house.hold, f"t{number}", token) for number, token in enumerate(wanted)))
    )
    assert (len(won), len(refused)) == (1, 63)
    assert {error.reason for error in refused} == {Reason.FULL}
    for error in refused:
        offered = error.more["alternatives"]
        assert isinstance(offered, list)
        assert offered, "nothing else is offered"
    (other,) = [hold(house.ports, traveller("late"), HoldWish((offered[0]["quote"],)))[0]]
    assert other.status is RideStatus.HELD, "an alternative can be had"
    assert sorted(ride.id for ride in house.rides()) == sorted((won[0].id, other.id))
    all_is_true(house)


def test_control_without_compare_and_swap_the_seat_is_sold_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: whoever writes last overwrites the tour, and what must be true says so."""
    wanted, both_placed = tokens(house, 2), threading.Barrier(2)
    place_all = holding.place_all

    def place_together(*args: Any) -> Any:
        placed = place_all(*args)
        with suppress(threading.BrokenBarrierError):
            both_placed.wait(timeout=30)
        return placed

    def overwrite(book: SqlOnDemand, day: VehicleDay) -> bool:
        key = {"shift": day.shift_id, "day": day.day.isoformat()}
        book._session.execute(text("DELETE FROM on_demand_day WHERE shift_id=:shift AND day=:day"), key)
        return swap(book, VehicleDay(**{name: getattr(day, name) for name in FIELDS} | {"version": 1}))

    swap = SqlOnDemand.swap_day
    monkeypatch.setattr(SqlOnDemand, "swap_day", overwrite)
    monkeypatch.setattr(holding, "place_all", place_together)
    won, _ = split(at_once(*(partial(house.hold, f"t{number}", wanted[number]) for number in range(2))))
    assert len(won) == 2, "both were told that they have it"
    with pytest.raises(AssertionError, match="in 0 tours"):
        all_is_true(house)


FIELDS = tuple(VehicleDay.__dataclass_fields__)


def test_the_same_key_at_once_holds_once(house: House) -> None:
    (token,) = tokens(house, 1)
    won, refused = split(at_once(*(partial(house.hold, "theo", token, "key") for _ in range(16))))
    assert refused == []
    assert len({ride.id for ride in won}) == 1
    assert len(house.rides()) == 1
    all_is_true(house)


def test_the_other_one_of_two_with_one_key_may_have_taken_the_last_seat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second looks for a place after the first has got the only one: it is its own."""
    (token,) = tokens(house, 1)
    place_all = holding.place_all

    def be_overtaken(*args: Any) -> Any:
        monkeypatch.setattr(holding, "place_all", place_all)
        house.hold("theo", token, "key")
        return place_all(*args)

    monkeypatch.setattr(holding, "place_all", be_overtaken)
    ride = house.hold("theo", token, "key")
    assert [one.id for one in house.rides()] == [ride.id]
    all_is_true(house)


def test_a_replay_gives_the_same_after_a_restart_and_after_it_was_cancelled(house: House) -> None:
    (token,) = tokens(house, 1)
    first = house.hold("theo", token, "key")
    again = House(house.begin, clock=house.clock)
    assert again.hold("theo", token, "key") == first
    cancel(again.ports, traveller("theo"), first.id)
    replayed = again.hold("theo", token, "key")
    assert (replayed.id, replayed.status) == (first.id, RideStatus.CANCELLED)
    other = house.offers(VILLAGE, STATION, LEAVE_S + 3600)[0].token
    with pytest.raises(RefusedError) as refused:
        again.hold("theo", other, "key")
    assert refused.value.reason is Reason.KEY_REUSED
    all_is_true(house)


def test_confirming_expiring_and_cancelling_at_once_end_in_one_of_them(house: House) -> None:
    (token,) = tokens(house, 1)
    ride = house.hold("theo", token)
    assert ride.expires_at is not None
    house.clock.now = ride.expires_at
    theo = traveller("theo")
    answers = at_once(
        *(partial(confirm, house.ports, theo, ride.id) for _ in range(4)),
        *(partial(expire, house.ports) for _ in range(4)),
        *(partial(cancel, house.ports, theo, ride.id) for _ in range(4)),
    )
    odd = [one for one in answers if isinstance(one, Exception) and not isinstance(one, OnDemandRefusedError)]
    assert not odd, odd
    (now,) = house.rides()
    assert now.status in (RideStatus.EXPIRED, RideStatus.CANCELLED)
    all_is_true(house)


def test_a_freed_seat_goes_to_one_of_those_who_want_it(house: House) -> None:
    wanted = tokens(house, 9)
    ride = house.hold("theo", wanted[0])
    won, refused = split(
        [
            one
            for one in at_once(
                partial(cancel, house.ports, traveller("theo"), ride.id),
                *(partial(house.hold, f"t{number}", token) for number, token in enumerate(wanted[1:])),
            )
            if not isinstance(one, list)
        ]
    )
    assert len(won) <= 1
    assert {error.reason for error in refused} <= {Reason.FULL}
    all_is_true(house)


def test_two_legs_at_once_are_both_held_or_neither(house: House) -> None:
    """Journeys of two rides by many people, some of which share a ride: nobody ends with half of one."""
    there = [house.offers(VILLAGE, STATION, LEAVE_S)[0].token for _ in range(12)]
    back = [house.offers(STATION, VILLAGE, LEAVE_S + 6 * 3600)[0].token for _ in range(12)]

    def journey(number: int) -> list[OnDemandRide]:
        wish = HoldWish((there[number], back[number]) if number % 2 else (back[number],))
        return hold(house.ports, traveller(f"t{number}"), wish)

    answers = at_once(*(partial(journey, number) for number in range(12)))
    won = [one for one in answers if isinstance(one, list)]
    split([one for one in answers if not isinstance(one, list)])
    held = sum(len(rides) for rides in won)
    assert held == len(house.rides())
    assert sum(1 for rides in won for ride in rides if ride.origin == STATION) == 1, (
        "one way back is one seat"
    )
    all_is_true(house)


def test_a_ride_held_between_reading_two_legs_is_not_overwritten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each leg reads the tours anew; what the first one found is of the older reading all the same."""
    (there,), back = tokens(house, 1), house.offers(STATION, VILLAGE, LEAVE_S + 6 * 3600)[0].token
    check_deadline, others = holding.check_deadline, iter(("", "tina"))

    def hold_between(*args: Any) -> None:
        check_deadline(*args)
        name = next(others, "")
        if name:
            monkeypatch.setattr(holding, "check_deadline", check_deadline)
            house.hold(name, back)

    monkeypatch.setattr(holding, "check_deadline", hold_between)
    with pytest.raises(OnDemandRefusedError) as refused:
        hold(house.ports, traveller("theo"), HoldWish((there, back)))
    assert refused.value.reason is Reason.FULL
    assert [ride.person_id for ride in house.rides()] == ["tina"]
    all_is_true(house)


def test_quotes_are_read_by_whoever_has_the_key_alone(house: House) -> None:
    (token,) = tokens(house, 1)
    assert read_quote(house.ports, token).service_id
    other = OnDemandPorts(house.ports.acts, house.ports.drives, b"x" * 32, house.ports.is_holiday)
    with pytest.raises(OnDemandRefusedError):
        hold(other, traveller("theo"), HoldWish((token,)))
