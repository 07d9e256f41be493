"""Operators change services, vehicles and shifts: what is wrong is said at once, what is promised is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from mobility.accounts.caller import ForbiddenError, Role
from mobility.accounts.person import Person
from mobility.acts.entity_tag import tag_of
from mobility.acts.on_demand import changed_tours
from mobility.acts.on_demand.day_plan import day_plan
from mobility.acts.on_demand.fleet import (
    put_shift,
    put_vehicle,
    remove_shift,
    remove_vehicle,
    show_shift,
)
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.quote import Offer
from mobility.acts.on_demand.services import put_service, remove_service
from mobility.acts.ports import UnitOfWork
from on_demand.area import Point, Stop
from on_demand.booking import Ending, OnDemandRide, Party, RideStatus
from on_demand.fleet import Break, Seats, Shift
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.schedule import check
from tests.contracts.on_demand_town import (
    AGENT,
    DEPOT,
    EAST,
    HOUR_S,
    LINE,
    MINUTE_S,
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


@pytest.fixture
def town(begin: Begin) -> Town:
    return undriven(Town(begin))


def undriven(town: Town) -> Town:
    """Nobody is named as a driver."""
    with town.begin() as work:
        for shift in work.on_demand.list_shifts():
            work.on_demand.put_shift(replace(shift, driver=""))
        work.commit()
    return town


def shift_of(town: Town, shift_id: str = "s1") -> Shift:
    return show_shift(town.ports.acts, OPERATOR, shift_id)


def test_only_operators_describe_services_and_fleets(town: Town) -> None:
    for caller in (AGENT, traveller()):
        with pytest.raises(ForbiddenError):
            put_service(town.ports.acts, caller, TOWN)
        with pytest.raises(ForbiddenError):
            put_shift(town.ports, caller, shift_of(town))
        with pytest.raises(ForbiddenError):
            day_plan(town.ports, caller, "", TUESDAY)


def test_all_that_is_wrong_with_a_service_is_said_at_once(town: Town) -> None:
    wrong = replace(
        TOWN,
        name=" ",
        zone_name="Europe/Besancon",
        stops=(Stop("square", "Same id as the zone", Point(91, 6)),),
    )
    with town.refused(Reason.INVALID) as refusal:
        put_service(town.ports.acts, OPERATOR, wrong)
    problems = refusal.value.more["problems"]
    assert isinstance(problems, list)
    assert [one["field"] for one in problems] == ["name", "zoneName", "stops, groups, zones", "stops[0]"]
    assert "and 3 more" in refusal.value.english
    assert "et 3 autre" in refusal.value.french


def test_two_operators_at_once_notice_each_other(town: Town) -> None:
    tag = tag_of(TOWN)
    put_service(town.ports.acts, OPERATOR, replace(TOWN, name="Renamed"), tag)
    with pytest.raises(Exception, match="changed it meanwhile"):
        put_service(town.ports.acts, OPERATOR, replace(TOWN, name="Renamed too"), tag)


def test_a_service_goes_when_nobody_rides_for_it_and_nobody_ever_booked(town: Town) -> None:
    with town.refused(Reason.IN_USE) as refusal:
        remove_service(town.ports.acts, OPERATOR, TOWN.id)
    assert "v1" in refusal.value.english
    town.book("theo")
    remove_shift(town.ports, OPERATOR, "s1", redispatch=True)
    remove_vehicle(town.ports.acts, OPERATOR, "v1")
    with town.refused(Reason.IN_USE) as refusal:
        remove_service(town.ports.acts, OPERATOR, TOWN.id)
    assert "untilDay" in refusal.value.english
    remove_service(town.ports.acts, OPERATOR, LINE.id)
    with town.refused(Reason.UNKNOWN):
        remove_service(town.ports.acts, OPERATOR, LINE.id)


def test_a_shift_needs_a_driver_who_drives_vehicles(town: Town) -> None:
    carpooler = Person("p1", "a" * 32, frozenset((Role.DRIVER,)), town.clock(), email="carpool@example.org")
    driver = Person("p2", "b" * 32, frozenset((Role.VEHICLE_DRIVER,)), town.clock(), email="bus@example.org")
    with town.begin() as work:
        work.accounts.put_person(carpooler)
        work.accounts.put_person(driver)
        work.commit()
    for named in ("nobody@example.org", "carpool@example.org", "p1", "unknown"):
        with town.refused(Reason.INVALID) as refusal:
            put_shift(town.ports, OPERATOR, replace(shift_of(town), driver=named))
        assert refusal.value.field == "driver"
    made = put_shift(town.ports, OPERATOR, replace(shift_of(town), driver="bus@example.org"))
    assert made.shift.driver == "p2"
    assert shift_of(town).driver == "p2"


def test_one_vehicle_is_in_one_shift_at_a_time_also_across_midnight(town: Town) -> None:
    night = replace(shift_of(town), id="night", start_s=19 * HOUR_S, end_s=26 * HOUR_S)
    with town.refused(Reason.INVALID) as refusal:
        put_shift(town.ports, OPERATOR, night)
    assert "s1" in refusal.value.english
    put_shift(town.ports, OPERATOR, replace(night, start_s=20 * HOUR_S))
    with town.refused(Reason.INVALID):  # the night's end reaches into the next morning
        put_shift(town.ports, OPERATOR, replace(night, id="dawn", start_s=1 * HOUR_S, end_s=5 * HOUR_S))
    put_shift(town.ports, OPERATOR, replace(night, id="dawn", start_s=2 * HOUR_S, end_s=5 * HOUR_S))


def test_a_shift_that_becomes_shorter_is_refused_with_the_rides_it_would_break(town: Town) -> None:
    early, late = town.book("theo", leave=9), town.book("lea", leave=18)
    shorter = replace(shift_of(town), end_s=17 * HOUR_S)
    with town.refused(Reason.IN_USE) as refusal:
        put_shift(town.ports, OPERATOR, shorter)
    named = refusal.value.more["rides"]
    assert isinstance(named, list)
    assert [one["ride"] for one in named] == [late.id]
    assert named[0]["day"] == TUESDAY.isoformat()

    change = put_shift(town.ports, OPERATOR, shorter, redispatch=True)
    assert [ride.id for ride, _ in change.redispatched.lost] == [late.id]
    gone = town.find(late.id)
    assert (gone.status, gone.ending) == (RideStatus.CANCELLED, Ending.OPERATOR)
    assert town.find(early.id).status is RideStatus.CONFIRMED
    assert town.riding() == [early.id]
    (plan,) = day_plan(town.ports, OPERATOR, TOWN.id, TUESDAY).tours
    assert plan.tour.close_s == at(17)
    assert [ride.id for ride, _ in day_plan(town.ports, OPERATOR, TOWN.id, TUESDAY).to_call] == [late.id]
    assert not town.quotes(leave=18).offers


def test_riders_of_a_shift_that_goes_ride_with_another_vehicle_as_promised(begin: Begin) -> None:
    town = undriven(Town(begin, vehicles=2))
    rides = [town.book(name, leave=9 + number) for number, name in enumerate(("theo", "lea", "noe"))]
    homes = {town.find(ride.id).shift_id for ride in rides}
    gone = homes.pop()
    done = remove_shift(town.ports, OPERATOR, gone, redispatch=True)
    assert done.lost == ()
    assert town.riding() == sorted(ride.id for ride in rides)
    for ride in rides:
        now = town.find(ride.id)
        assert now.shift_id != gone
        assert replace(now, shift_id=ride.shift_id, changed_at=ride.changed_at) == ride
    assert [view.tour.shift_id for view in day_plan(town.ports, OPERATOR, "", TUESDAY).tours] == ["s2"]


def test_a_break_moves_a_tour_but_breaks_no_promise(town: Town) -> None:
    ride = town.book("theo", leave=12)
    lunch = replace(shift_of(town), breaks=(Break(11 * HOUR_S, 13 * HOUR_S, 45 * MINUTE_S),))
    put_shift(town.ports, OPERATOR, lunch)
    (tour,) = (one for one in town.tours() if one.day == TUESDAY)
    assert check(tour) is None
    assert len(tour.stops) == 3
    assert town.find(ride.id) == ride
    whole = replace(lunch, breaks=(Break(12 * HOUR_S, 12 * HOUR_S, 60 * MINUTE_S),))
    with town.refused(Reason.IN_USE):
        put_shift(town.ports, OPERATOR, whole)


def test_seats_that_are_promised_cannot_be_taken_out(town: Town) -> None:
    town.book("theo", party=Party(adults=1, wheelchairs=1))
    with town.begin(read_only=True) as work:
        vehicle = work.on_demand.find_vehicle("v1")
    assert vehicle is not None
    with town.refused(Reason.IN_USE):
        put_vehicle(town.ports, OPERATOR, replace(vehicle, configurations=(Seats(4, 0),)))
    with town.refused(Reason.IN_USE):  # nor may it stop riding for the service
        put_vehicle(town.ports, OPERATOR, replace(vehicle, service_ids=(LINE.id,)))
    put_vehicle(town.ports, OPERATOR, replace(vehicle, configurations=(Seats(1, 1),)))
    assert not town.quotes(WEST, EAST, leave=9, party=Party(adults=2)).offers


def test_a_depot_moves_with_the_tours_that_start_there(town: Town) -> None:
    town.book("theo")
    before = next(one for one in town.tours() if one.day == TUESDAY)
    with town.begin(read_only=True) as work:
        vehicle = work.on_demand.find_vehicle("v1")
    assert vehicle is not None
    put_vehicle(town.ports, OPERATOR, replace(vehicle, depot=NORTH.at))
    after = next(one for one in town.tours() if one.day == TUESDAY)
    assert (before.start, after.start) == (DEPOT, NORTH.at)
    assert after.stops[0].drive_s != before.stops[0].drive_s
    with town.refused(Reason.IN_USE):  # nobody drives there
        put_vehicle(town.ports, OPERATOR, replace(vehicle, depot=Point(-40.0, 170.0)))


def test_who_books_while_a_shift_changes_is_in_no_tour_of_before(town: Town) -> None:
    """A place found on the tour as it was is not taken on the tour as it is."""
    offer = town.offer(SOUTH, NORTH, leave=18)
    put_shift(town.ports, OPERATOR, replace(shift_of(town), end_s=17 * HOUR_S))
    with town.refused(Reason.FULL):
        town.hold("theo", offer)
    put_shift(town.ports, OPERATOR, replace(shift_of(town), end_s=20 * HOUR_S))
    assert town.hold("theo", offer)


def _hold_while(town: Town, offer: Offer, meanwhile: Callable[[], object]) -> list[OnDemandRide]:
    """A hold that has found its place, and is about to write it, when something else happens."""
    waiting = [meanwhile]
    begin = town.ports.acts.unit_of_work

    def interrupted(*, read_only: bool = False) -> UnitOfWork:
        if not read_only and waiting:
            waiting.pop()()
        return begin(read_only=read_only)

    ports = replace(town.ports, acts=replace(town.ports.acts, unit_of_work=interrupted))
    return hold(ports, traveller(), HoldWish((offer.token,)))


def test_who_was_about_to_book_on_an_empty_tour_notices_that_its_shift_has_changed(town: Town) -> None:
    offer = town.offer(SOUTH, NORTH, leave=18)
    shorter = replace(shift_of(town), end_s=17 * HOUR_S)
    with pytest.raises(OnDemandRefusedError) as refusal:
        _hold_while(town, offer, lambda: put_shift(town.ports, OPERATOR, shorter))
    assert refusal.value.reason is Reason.FULL
    assert town.riding() == []


def test_without_that_the_race_is_lost(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were empty tours not written down, somebody would ride on one that is over."""
    monkeypatch.setattr(changed_tours, "GUARDED_DAYS", 0)
    offer = town.offer(SOUTH, NORTH, leave=18)
    shorter = replace(shift_of(town), end_s=17 * HOUR_S)
    (ride,) = _hold_while(town, offer, lambda: put_shift(town.ports, OPERATOR, shorter))
    assert town.riding() == [ride.id]
    assert ride.pickup_open_s > at(17)


def test_what_is_on_the_road_is_not_removed(town: Town) -> None:
    ride = town.book("theo", leave=9)
    town.clock.now = dt.datetime.fromtimestamp(at(9.05), dt.UTC)
    with town.refused(Reason.IN_USE) as refusal:
        remove_shift(town.ports, OPERATOR, "s1", redispatch=True)
    assert "on the road" in refusal.value.english
    with town.refused(Reason.IN_USE):
        put_shift(town.ports, OPERATOR, replace(shift_of(town), end_s=9 * HOUR_S))
    late = town.book("lea", leave=18)
    change = put_shift(town.ports, OPERATOR, replace(shift_of(town), end_s=17 * HOUR_S), redispatch=True)
    assert [lost.id for lost, _ in change.redispatched.lost] == [late.id]
    assert town.riding() == [ride.id]


def test_unknown_things_are_said_to_be_unknown(town: Town) -> None:
    with pytest.raises(OnDemandRefusedError) as refusal:
        show_shift(town.ports.acts, OPERATOR, "s9")
    assert refusal.value.reason is Reason.UNKNOWN
    with town.refused(Reason.INVALID) as wrong:
        put_shift(town.ports, OPERATOR, replace(shift_of(town), id="s9", vehicle_id="v9"))
    assert "there are: v1" in wrong.value.english
