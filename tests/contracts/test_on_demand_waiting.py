"""Who finds no room waits: first come, first served of those it fits; what is not taken goes to the next."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.own_rides import list_my_waiting
from mobility.acts.on_demand.quote import Ask
from mobility.acts.on_demand.waiting_list import join_waiting_list, leave_waiting_list, serve_waiting_list
from mobility.storage.outbox import OutboxRow
from on_demand.booking import OnDemandRide, Party, RideStatus
from on_demand.refusal import Reason
from on_demand.waiting_list import Waiting, WaitingStatus
from tests.contracts.on_demand_town import (
    ABROAD,
    EAST,
    NORTH,
    SOUTH,
    TOWN,
    WEST,
    Begin,
    Town,
    at,
    traveller,
)

ALL = Party(adults=4)


@pytest.fixture
def town(begin: Begin) -> Town:
    return Town(begin)


@pytest.fixture
def taken(town: Town) -> OnDemandRide:
    """All seats, at nine."""
    return town.book("first", party=ALL)


def _join(town: Town, name: str, party: Party | None = None, leave: float = 9.02, key: str = "") -> Waiting:
    ask = Ask(WEST, EAST, party or Party(), at(leave), service_id=TOWN.id)
    return join_waiting_list(town.ports, traveller(name), ask, key=key)


def _now(town: Town, name: str) -> Waiting:
    return list_my_waiting(town.ports, traveller(name))[-1]


def test_the_first_in_line_gets_what_is_freed(town: Town, taken: OnDemandRide, engine: Engine) -> None:
    for name in ("a", "b"):
        _join(town, name, ALL)
        town.clock.wait(seconds=1)
    assert serve_waiting_list(town.ports) == 0
    town.cancel("first", taken.id)
    assert serve_waiting_list(town.ports) == 1
    assert serve_waiting_list(town.ports) == 0
    offered = _now(town, "a")
    assert offered.status is WaitingStatus.OFFERED
    assert _now(town, "b").status is WaitingStatus.WAITING
    ride = town.find(offered.ride_id)
    assert ride.status is RideStatus.HELD
    assert ride.pickup_open_s == at(9.02)
    assert ride.expires_at == town.clock.now + dt.timedelta(minutes=15)
    confirm(town.ports, traveller("a"), ride.id)
    assert _now(town, "a").status is WaitingStatus.TAKEN
    with Session(engine) as session:
        kinds = list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))
        payloads = str(list(session.scalars(select(OutboxRow.payload))))
    assert kinds[-3:] == ["on-demand.waiting-offered", "on-demand.confirmed", "on-demand.waiting-taken"]
    assert "first" not in payloads
    assert "Ouest" not in payloads


def test_what_is_not_taken_goes_to_the_next(town: Town, taken: OnDemandRide) -> None:
    for name in ("a", "b"):
        _join(town, name, ALL)
        town.clock.wait(seconds=1)
    town.cancel("first", taken.id)
    serve_waiting_list(town.ports)
    town.clock.wait(minutes=15)
    assert serve_waiting_list(town.ports) == 1
    assert _now(town, "a").status is WaitingStatus.PASSED
    assert _now(town, "b").status is WaitingStatus.OFFERED
    assert town.riding() == [_now(town, "b").ride_id]


def test_a_place_goes_to_the_first_it_fits(town: Town) -> None:
    leaving = town.book("first", party=Party(adults=2))
    town.book("second", leave=9.01, party=Party(adults=2))
    _join(town, "family", ALL)
    town.clock.wait(seconds=1)
    _join(town, "single")
    town.cancel("first", leaving.id)
    assert serve_waiting_list(town.ports) == 1
    assert _now(town, "family").status is WaitingStatus.WAITING
    assert _now(town, "single").status is WaitingStatus.OFFERED


def test_who_leaves_gives_the_offer_back(town: Town, taken: OnDemandRide) -> None:
    waiting = _join(town, "a", ALL)
    with town.refused(Reason.UNKNOWN):
        leave_waiting_list(town.ports, traveller("eve"), waiting.id)
    other = _join(town, "b", ALL)
    assert leave_waiting_list(town.ports, traveller("b"), other.id).status is WaitingStatus.LEFT
    assert leave_waiting_list(town.ports, traveller("b"), other.id).status is WaitingStatus.LEFT
    town.cancel("first", taken.id)
    serve_waiting_list(town.ports)
    left = leave_waiting_list(town.ports, traveller("a"), waiting.id)
    assert left.status is WaitingStatus.LEFT
    assert town.riding() == []
    with town.refused(Reason.STATE):
        confirm(town.ports, traveller("a"), left.ride_id)


def test_nobody_waits_for_what_is_to_be_had_or_never_will_be(town: Town) -> None:
    with town.refused(Reason.STATE):
        _join(town, "a")
    with town.refused(Reason.TOO_LATE):
        _join(town, "a", leave=6.2)
    with town.refused(Reason.INVALID):
        ask = Ask(WEST, ABROAD, Party(), at(9), service_id=TOWN.id)
        join_waiting_list(town.ports, traveller("a"), ask)
    town.book("first", party=ALL)
    for _ in range(3):
        _join(town, "a", ALL)
    with town.refused(Reason.STATE):
        _join(town, "a", ALL)


@pytest.mark.parametrize("is_taken", [False, True])
@pytest.mark.parametrize("party", [Party(adults=3, children=2), Party(adults=1, wheelchairs=2)])
def test_nobody_waits_for_a_vehicle_that_is_large_enough(town: Town, party: Party, is_taken: bool) -> None:
    """None of the service's has room for such a party, be it empty."""
    if is_taken:
        town.book("first", party=ALL)
    with town.refused(Reason.INVALID) as refusal:
        _join(town, "a", party)
    assert (refusal.value.field, refusal.value.more["why"]) == ("party", "party-too-large")
    assert "4 personnes ou 2 personnes et 1 fauteuil roulant" in refusal.value.french
    assert "4 people or 2 people and 1 wheelchair" in refusal.value.english
    assert list_my_waiting(town.ports, traveller("a")) == []


def test_waiting_ends_with_the_deadline(town: Town, taken: OnDemandRide) -> None:
    _join(town, "a", ALL)
    town.clock.now = dt.datetime.fromtimestamp(at(8.6), dt.UTC)
    assert serve_waiting_list(town.ports) == 0
    assert _now(town, "a").status is WaitingStatus.OVER


def test_the_same_key_waits_once(town: Town, taken: OnDemandRide) -> None:
    assert _join(town, "a", ALL, key="key") == _join(town, "a", ALL, key="key")
    with town.refused(Reason.KEY_REUSED):
        _join(town, "a", Party(adults=3), key="key")
    assert len(list_my_waiting(town.ports, traveller("a"))) == 1


def test_who_may_not_book_is_passed_over(town: Town, taken: OnDemandRide) -> None:
    """They are on the road already at that time."""
    _join(town, "a", Party(adults=3), leave=9.15)
    town.clock.wait(seconds=1)
    _join(town, "b", Party(adults=3), leave=9.15)
    town.cancel("first", taken.id)
    town.book("a", NORTH, SOUTH, leave=9.1)
    assert serve_waiting_list(town.ports) == 1
    assert _now(town, "a").status is WaitingStatus.WAITING
    assert _now(town, "b").status is WaitingStatus.OFFERED
