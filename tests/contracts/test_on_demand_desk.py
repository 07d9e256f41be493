"""The operator's day, drivers' manifests, and agents on the phone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.accounts.person import Person
from mobility.acts.on_demand import riding
from mobility.acts.on_demand.arrival import arrive
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.change import change
from mobility.acts.on_demand.day_plan import day_plan, list_my_shifts, manifest
from mobility.acts.on_demand.own_rides import Rider
from mobility.acts.on_demand.phone_desk import book_for, find_callers
from mobility.acts.on_demand.tour_view import TourStatus
from on_demand.booking import Party, RideStatus
from on_demand.fleet import Seats
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.tour import StopKind
from tests.contracts.on_demand_town import (
    AGENT,
    DRIVER,
    EAST,
    NORTH,
    OPERATOR,
    SOUTH,
    TOWN,
    TUESDAY,
    WEST,
    Begin,
    Town,
    at,
    traveller,
)

STRANGER = Caller("sam", frozenset((Role.VEHICLE_DRIVER,)))
CALLER = Rider(name="Mme Martin", phone="06 12 34 56 78")


@pytest.fixture
def town(begin: Begin) -> Town:
    return Town(begin)


def it_is(town: Town, hours: float) -> None:
    town.clock.now = dt.datetime.fromtimestamp(at(hours), dt.UTC)


def test_the_day_shows_tours_times_loads_and_what_is_free(town: Town) -> None:
    ride = town.book("theo", WEST, EAST, leave=9, party=Party(adults=1, wheelchairs=1, companions=1))
    plan = day_plan(town.ports, OPERATOR, TOWN.id, TUESDAY)
    (view,) = plan.tours
    pickup, drop = view.stops
    assert (pickup.kind, pickup.ride, drop.kind) == (StopKind.PICKUP, ride, StopKind.DROP_OFF)
    assert at(9) <= pickup.expected_s <= pickup.close_s
    assert drop.expected_s <= ride.drop_close_s
    assert (pickup.aboard, drop.aboard) == (Seats(2, 1), Seats(0, 0))
    assert (view.status, view.heads, view.trouble) == (TourStatus.PLANNED, 3, "")
    assert view.drive_s == sum(stop.drive_s for stop in view.tour.stops) + view.tour.home_s
    before, after = view.gaps
    assert (before.from_s, before.until_s) == (at(6), view.leave_s)
    assert (after.from_s, after.until_s) == (view.back_s, at(20))
    assert 5_000 < view.crow_m < 30_000


def test_a_day_nobody_booked_is_free_from_end_to_end(town: Town) -> None:
    (view,) = day_plan(town.ports, OPERATOR, "", TUESDAY).tours
    assert view.status is TourStatus.EMPTY
    assert [(gap.from_s, gap.until_s) for gap in view.gaps] == [(at(6), at(20))]


def test_drivers_see_their_own_shifts_and_no_others(town: Town) -> None:
    town.book("theo")
    assert [shift.shift_id for shift in list_my_shifts(town.ports, DRIVER, TUESDAY)] == ["s1"]
    assert list_my_shifts(town.ports, STRANGER, TUESDAY) == []
    assert manifest(town.ports, DRIVER, "s1", TUESDAY).tour.stops
    assert manifest(town.ports, OPERATOR, "s1", TUESDAY).tour.stops
    carpooler = Caller(DRIVER.person, frozenset((Role.DRIVER,)))
    for caller in (STRANGER, AGENT, carpooler, traveller()):
        with pytest.raises(ForbiddenError):
            manifest(town.ports, caller, "s1", TUESDAY)
    for shift_id in ("s1", "s9"):  # the same, whether it exists or not
        with pytest.raises(ForbiddenError):
            manifest(town.ports, STRANGER, shift_id, TUESDAY)


def test_the_driver_arrives_waits_and_says_how_it_went(town: Town) -> None:
    ride = town.book("theo", leave=9)
    other = town.book("lea", SOUTH, NORTH, leave=11)
    with town.refused(Reason.TOO_EARLY):
        arrive(town.ports, DRIVER, ride.id)
    it_is(town, 9)
    with pytest.raises(OnDemandRefusedError):
        arrive(town.ports, STRANGER, ride.id)
    assert arrive(town.ports, DRIVER, ride.id).status is RideStatus.CONFIRMED
    assert arrive(town.ports, DRIVER, ride.id).status is RideStatus.CONFIRMED
    (view,) = day_plan(town.ports, OPERATOR, "", TUESDAY).tours
    assert view.stops[0].served_at_s == at(9)
    assert view.status is TourStatus.UNDER_WAY
    it_is(town, 9.05)
    assert riding.board(town.ports, DRIVER, ride.id).status is RideStatus.ABOARD
    it_is(town, 9.4)
    assert riding.done(town.ports, DRIVER, ride.id).status is RideStatus.DONE
    it_is(town, 11.3)
    arrive(town.ports, DRIVER, other.id)
    assert riding.no_show(town.ports, DRIVER, other.id).status is RideStatus.NO_SHOW
    (view,) = day_plan(town.ports, OPERATOR, "", TUESDAY).tours
    assert view.status is TourStatus.DONE
    assert view.heads == 1
    with town.refused(Reason.STATE):
        arrive(town.ports, DRIVER, ride.id)


def test_an_agent_books_for_who_calls_by_the_same_rules(begin: Begin) -> None:
    town = Town(begin, vehicles=2)
    offer = town.offer(leave=9)
    with pytest.raises(ForbiddenError):
        book_for(town.ports, traveller(), CALLER, (offer.token,))
    (ride,) = book_for(town.ports, AGENT, CALLER, (offer.token,), "second floor", "k1")
    assert (ride.status, ride.booked_by, ride.note) == (RideStatus.CONFIRMED, AGENT.person, "second floor")
    assert (ride.rider_name, ride.rider_phone) == ("Mme Martin", "+33612345678")
    assert ride.person_id not in ("", AGENT.person)
    assert [one.id for one in book_for(town.ports, AGENT, CALLER, (offer.token,), "second floor", "k1")] == [
        ride.id
    ]
    stop = manifest(town.ports, DRIVER, ride.shift_id, TUESDAY).tour.stops[0]
    assert stop.rider is not None
    assert (stop.rider.name, stop.rider.phone) == ("Mme Martin", "+33612345678")
    with town.refused(Reason.OVERLAP):  # nobody is in two vehicles, on the phone either
        town.call("0612345678", town.offer(SOUTH, NORTH, leave=9))
    with town.refused(Reason.INVALID) as refusal:
        book_for(town.ports, AGENT, Rider(name="M. X", phone="12"), (offer.token,))
    assert refusal.value.field == "phone"
    with town.refused(Reason.INVALID) as refusal:
        book_for(town.ports, AGENT, Rider(phone="0612345678"), (offer.token,))
    assert refusal.value.field == "name"


def test_a_caller_is_found_by_number_however_it_is_written(town: Town) -> None:
    person = Person(
        "p" * 32,
        "a" * 32,
        frozenset((Role.TRAVELLER,)),
        town.clock(),
        given_name="Lea",
        family_name="Durand",
        email="lea@example.org",
        phone="+33612345678",
    )
    with town.begin() as work:
        work.accounts.put_person(person)
        work.accounts.put_person(replace(person, id="q" * 32, pseudonym="b" * 32, email="", phone=""))
        work.commit()
    own = town.book(person.id, leave=12)
    (ride,) = book_for(town.ports, AGENT, CALLER, (town.offer(leave=9).token,))
    for written in ("0612345678", "06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678"):
        unknown, known = find_callers(town.ports, AGENT, written)
        assert (unknown.person_id, unknown.name) == ("", "Mme Martin")
        assert [one.id for one in unknown.rides] == [ride.id]
        assert (known.person_id, known.name) == (person.id, "Lea Durand")
        assert [one.id for one in known.rides] == [own.id]
    assert find_callers(town.ports, AGENT, "0398765432") == []
    with town.refused(Reason.INVALID):
        find_callers(town.ports, AGENT, "hello")
    for caller in (traveller(), DRIVER):
        with pytest.raises(ForbiddenError):
            find_callers(town.ports, caller, "0612345678")
    (booked,) = book_for(
        town.ports, AGENT, Rider(person_id=person.id), (town.offer(SOUTH, NORTH, leave=16).token,)
    )
    assert (booked.person_id, booked.booked_by) == (person.id, AGENT.person)


def test_an_agent_changes_and_cancels_for_who_calls(town: Town) -> None:
    (ride,) = book_for(town.ports, AGENT, CALLER, (town.offer(leave=9).token,))
    offer = town.offer(leave=10, instead_of=ride.id, caller=AGENT)
    changed = change(town.ports, AGENT, ride.id, offer.token)
    assert (changed.id, changed.pickup_open_s) == (ride.id, at(10))
    assert changed.rider_name == "Mme Martin"
    (gone,) = cancel(town.ports, AGENT, ride.id)
    assert gone.status is RideStatus.CANCELLED
    with pytest.raises(ForbiddenError):
        cancel(town.ports, AGENT, ride.id, as_operator=True)


def test_old_rides_of_a_caller_are_not_shown(town: Town) -> None:
    book_for(town.ports, AGENT, CALLER, (town.offer(leave=9).token,))
    town.clock.wait(days=20)
    (known,) = find_callers(town.ports, AGENT, "0612345678")
    assert known.rides == ()


def test_the_operator_gives_up_a_ride_and_calls(town: Town) -> None:
    (ride,) = book_for(town.ports, AGENT, CALLER, (town.offer(WEST, EAST, leave=9).token,))
    cancel(town.ports, OPERATOR, ride.id, as_operator=True)
    ((lost, rider),) = day_plan(town.ports, OPERATOR, "", TUESDAY).to_call
    assert (lost.id, rider.phone) == (ride.id, "+33612345678")
