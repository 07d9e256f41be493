"""Aboard, done, nobody there: what drivers say, what follows from it, and what time says when nobody does."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.acts.on_demand.own_rides import find_standing
from mobility.acts.on_demand.personal_data import OnDemandData
from mobility.acts.on_demand.riding import board, done, no_show, settle_rides
from mobility.acts.on_demand.rules import list_rules, put_rules
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.refusal import Reason
from on_demand.ride_rules import Step, default_rules
from on_demand.tour import StopKind
from tests.contracts.on_demand_town import (
    AGENT,
    DRIVER,
    EAST,
    NORTH,
    OPERATOR,
    Begin,
    Town,
    at,
    traveller,
)


@pytest.fixture
def town(begin: Begin) -> Town:
    return Town(begin)


def _set(town: Town, hours: float) -> None:
    town.clock.now = dt.datetime.fromtimestamp(at(hours), dt.UTC)


def _served(town: Town) -> list[tuple[StopKind, str, bool]]:
    (tour,) = town.tours()
    return [(stop.kind, stop.request_id, stop.served_at_s is not None) for stop in tour.stops]


def test_a_ride_takes_place(town: Town) -> None:
    ride = town.book("theo")
    with town.refused(Reason.TOO_EARLY):
        board(town.ports, DRIVER, ride.id)
    _set(town, 9.05)
    assert board(town.ports, DRIVER, ride.id, key="b").status is RideStatus.ABOARD
    assert board(town.ports, DRIVER, ride.id, key="b").status is RideStatus.ABOARD
    assert board(town.ports, OPERATOR, ride.id).status is RideStatus.ABOARD
    with town.refused(Reason.STATE):
        town.cancel("theo", ride.id)
    with town.refused(Reason.STATE):
        no_show(town.ports, DRIVER, ride.id)
    _set(town, 9.3)
    assert done(town.ports, DRIVER, ride.id).status is RideStatus.DONE
    assert _served(town) == [(StopKind.PICKUP, ride.id, True), (StopKind.DROP_OFF, ride.id, True)]
    with town.refused(Reason.STATE):
        board(town.ports, DRIVER, ride.id)


def test_only_the_driver_of_the_shift_and_operators_say_so(town: Town) -> None:
    ride = town.book("theo")
    _set(town, 9)
    for caller in (traveller(), AGENT):
        with pytest.raises(ForbiddenError):
            board(town.ports, caller, ride.id)
    with town.refused(Reason.UNKNOWN):
        board(town.ports, Caller("other", frozenset((Role.VEHICLE_DRIVER,))), ride.id)
    assert board(town.ports, OPERATOR, ride.id).status is RideStatus.ABOARD


def test_what_the_driver_did_comes_first(town: Town) -> None:
    """Served in another order than planned: the tour says what happened, and can be driven."""
    first, second = town.book("a"), town.book("b", leave=9.1)
    _set(town, 9.12)
    board(town.ports, DRIVER, second.id)
    assert _served(town)[:2] == [(StopKind.PICKUP, second.id, True), (StopKind.PICKUP, first.id, False)]
    board(town.ports, DRIVER, first.id)
    for ride in (first, second):
        done(town.ports, DRIVER, ride.id)
    assert all(served for _, _, served in _served(town))


def test_nobody_there(town: Town) -> None:
    ride, other = town.book("theo"), town.book("thea", EAST, NORTH, leave=9.5)
    _set(town, 9)
    with town.refused(Reason.TOO_EARLY):
        no_show(town.ports, DRIVER, ride.id)
    town.clock.wait(minutes=3)
    assert no_show(town.ports, DRIVER, ride.id).status is RideStatus.NO_SHOW
    assert _served(town) == [
        (StopKind.PICKUP, ride.id, True),
        (StopKind.PICKUP, other.id, False),
        (StopKind.DROP_OFF, other.id, False),
    ]


def _miss(town: Town, hour: float) -> OnDemandRide:
    ride = town.book("theo", leave=hour)
    _set(town, hour + 0.1)
    return no_show(town.ports, DRIVER, ride.id)


def test_who_does_not_turn_up_is_warned_then_suspended(town: Town) -> None:
    _miss(town, 9)
    stands = find_standing(town.ports, traveller())
    assert (stands.no_shows, stands.is_warned, stands.suspended_until) == (1, True, None)
    _miss(town, 11)
    stands = find_standing(town.ports, traveller())
    assert stands.suspended_until == town.clock.now + dt.timedelta(days=7)
    offer = town.offer(leave=14)
    with town.refused(Reason.SUSPENDED) as refusal:
        town.hold("theo", offer)
    assert str(refusal.value.more["suspendedUntil"])[:10] == "2026-03-17"
    town.hold("thea", offer)
    with pytest.raises(ForbiddenError):
        find_standing(town.ports, traveller("eve"), "theo")
    town.clock.wait(days=7)
    town.hold("theo", town.offer(leave=14 + 7 * 24))


def test_rules_are_data_with_versions_by_day(town: Town) -> None:
    acts = town.ports.acts
    strict = replace(default_rules(), valid_from="2026-03-11", hold_s=60, ladder=(Step(1, 30),))
    with pytest.raises(ForbiddenError):
        put_rules(acts, traveller(), strict)
    with town.refused(Reason.TOO_LATE):
        put_rules(acts, OPERATOR, replace(strict, valid_from="2026-03-10"))
    for wrong in (
        {"valid_from": "tomorrow"},
        {"hold_s": 0},
        {"free_cancel_s": -1},
        {"ladder": (Step(2, 7), Step(1, 0))},
    ):
        with town.refused(Reason.INVALID):
            put_rules(acts, OPERATOR, replace(strict, **wrong))  # type: ignore[arg-type]
    put_rules(acts, OPERATOR, strict)
    assert list_rules(acts) == [default_rules(), strict]
    (held,) = town.hold("theo", town.offer(leave=30 + 8))
    assert held.expires_at == town.clock.now + dt.timedelta(seconds=default_rules().hold_s)
    town.clock.wait(days=1)
    (held,) = town.hold("theo", town.offer(leave=30 + 8))
    assert held.expires_at == town.clock.now + dt.timedelta(seconds=60)


def test_silence_is_a_promise_kept(town: Town) -> None:
    ride = town.book("theo")
    aboard = town.book("thea", leave=12)
    _set(town, 12.1)
    board(town.ports, DRIVER, aboard.id)
    _set(town, 33)
    assert settle_rides(town.ports) == 0
    _set(town, 12.1 + 25)
    assert settle_rides(town.ports) == 2
    assert settle_rides(town.ports) == 0
    for one in (ride, aboard):
        assert town.find(one.id).status is RideStatus.DONE
    assert all(served for _, _, served in _served(town))


def test_a_person_has_their_rides_and_can_be_forgotten(town: Town) -> None:
    ride, other = town.book("theo"), town.book("thea", leave=12)
    data = OnDemandData()
    with town.begin(read_only=True) as work:
        exported = data.export(work, "theo")
        assert [one["id"] for one in exported["rides"]] == [ride.id]
        assert [one["status"] for one in exported["rides"][0]["history"]] == ["held", "confirmed"]
        assert len(data.list_obstacles(work, "theo", town.clock.now)) == 1
        assert len(data.list_obstacles(work, DRIVER.person, town.clock.now)) == 1
    town.cancel("theo", ride.id)
    late = town.book("theo", leave=14)
    _set(town, 14.1)
    board(town.ports, DRIVER, late.id)
    done(town.ports, DRIVER, late.id)
    with town.begin() as work:
        assert data.list_obstacles(work, "theo", town.clock.now) == []
        data.erase(work, "theo", town.clock.now)
        work.commit()
    for ride_id in (ride.id, late.id):
        erased = town.find(ride_id)
        assert (erased.person_id, erased.origin.name) == ("erased", "")
        assert erased.origin.at == (47.2, 5.96)
    with town.begin(read_only=True) as work:
        assert work.on_demand.list_rides_of("theo") == []
        assert {by for _, _, by in work.on_demand.list_history(ride.id)} == {"erased"}
        assert work.on_demand.list_rides_of("thea") == [town.find(other.id)]
