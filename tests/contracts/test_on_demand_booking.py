"""Quote, hold, confirm, cancel, change: rides on demand on both databases. Every refusal says why and leaves all as it
was, and every tour can be driven."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from ground.signed import sign
from mobility.accounts.caller import ForbiddenError
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.change import change
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.own_rides import Rider, find_ride, list_my_rides
from mobility.storage.outbox import OutboxRow
from on_demand.booking import Ending, Party, Place, RideStatus
from on_demand.fleet import Seats, Shift, Vehicle
from on_demand.refusal import Reason
from on_demand.service import FlexRow, FlexTrip
from tests.contracts.on_demand_town import (
    ABROAD,
    AGENT,
    EAST,
    HOUR_S,
    LINE,
    NORTH,
    OPERATOR,
    SOUTH,
    TOWN,
    WEST,
    Begin,
    Town,
    at,
    ids_of,
    traveller,
)


@pytest.fixture
def town(begin: Begin) -> Town:
    return Town(begin)


def _events(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def test_what_is_quoted_can_be_held_and_confirmed(town: Town, engine: Engine) -> None:
    offer = town.offer()
    assert offer.quote.pickup_open_s == at(9)
    assert offer.quote.pickup_close_s == at(9) + TOWN.promise.window_s
    assert offer.quote.fare_cents == 300
    assert offer.book_until == dt.datetime.fromtimestamp(at(8.5), dt.UTC)
    (held,) = town.hold("theo", offer)
    assert (held.status, held.pickup_open_s, held.fare_cents) == (RideStatus.HELD, at(9), 300)
    assert town.riding() == [held.id]
    (booked,) = confirm(town.ports, traveller(), held.id)
    assert booked.status is RideStatus.CONFIRMED
    assert booked.expires_at is None
    ride, history = find_ride(town.ports, traveller(), held.id)
    assert ride == booked
    assert [(status, by) for _, status, by in history] == [
        (RideStatus.HELD, "theo"),
        (RideStatus.CONFIRMED, "theo"),
    ]
    assert _events(engine) == ["on-demand.held", "on-demand.confirmed"]
    assert confirm(town.ports, traveller(), held.id) == [booked]
    assert list_my_rides(town.ports, traveller()) == [booked]


def test_arriving_by_an_instant(town: Town) -> None:
    offer = town.offer(leave=None, arrive_s=at(10))
    assert offer.quote.drop_close_s == at(10)
    assert at(9) < offer.quote.pickup_open_s < at(10)


def test_fares_and_seats_follow_the_party(town: Town) -> None:
    party = Party(adults=1, children=1, wheelchairs=1, companions=0)
    offer = town.offer(party=party)
    assert offer.quote.fare_cents == 300 + 150 + 300
    town.hold("theo", offer)
    (tour,) = town.tours()
    assert (tour.requests[0].seats, tour.requests[0].wheelchairs) == (2, 1)
    assert tour.requests[0].pickup_stop_s == TOWN.promise.stop_s + TOWN.promise.wheelchair_s
    declined = town.quotes(party=Party(adults=3, wheelchairs=1)).declined[0]
    assert declined.reason == "party-too-large"


def test_why_not_and_what_else(town: Town) -> None:
    def why(*args: object, **more: object) -> str:
        (declined,) = town.quotes(*args, **more).declined  # type: ignore[arg-type]
        assert declined.french
        assert declined.english
        return declined.reason

    assert why(WEST, ABROAD) == "outside-zone"
    assert why(leave=21) == "outside-hours"
    assert why(leave=6.25) == "deadline-passed"
    assert why(WEST, EAST, service_id=LINE.id) == "outside-zone"
    assert why(party=Party(adults=5)) == "party-too-large"
    town.book("a", party=Party(adults=4))
    (declined,) = town.quotes(leave=9.05).declined
    assert declined.reason in ("no-time", "no-seat")
    times = [one.quote.pickup_open_s for one in declined.alternatives]
    assert len(times) == 3
    assert times == sorted(times)
    assert all(abs(time - at(9.05)) < 2 * HOUR_S for time in times)
    town.hold("b", declined.alternatives[0])
    assert town.quotes(WEST, ABROAD, service_id="").declined == ()


def test_the_day_before_is_another_day(town: Town) -> None:
    """A line that is booked until 17:00 the day before is offered for tomorrow, and not after that."""
    stops = {stop.name: stop.id for stop in LINE.stops}
    west, east = replace(WEST, stop_id=stops["Ouest"]), replace(EAST, stop_id=stops["Est"])
    (declined,) = town.quotes(west, east, service_id=LINE.id).declined
    assert declined.reason == "deadline-passed"
    tomorrow = declined.alternatives[0]
    assert tomorrow.quote.pickup_open_s >= at(24 + 6)
    assert tomorrow.quote.fare_cents is None
    town.clock.wait(hours=11)
    assert town.offer(west, east, leave=33, service_id=LINE.id).book_until == town.clock.now
    town.clock.wait(seconds=1)
    (declined,) = town.quotes(west, east, leave=33, service_id=LINE.id).declined
    assert declined.reason == "deadline-passed"


def test_the_deadline_has_a_grace_and_a_hold_outlives_it(town: Town) -> None:
    town.clock.wait(hours=2, minutes=29)
    shown, other = town.offer(), town.offer(NORTH, SOUTH)
    town.clock.wait(minutes=2)
    (held,) = town.hold("theo", shown)
    town.clock.wait(minutes=2)
    with town.refused(Reason.TOO_LATE) as refusal:
        town.hold("thea", other)
    assert refusal.value.more["why"] == "deadline-passed"
    assert confirm(town.ports, traveller(), held.id)[0].status is RideStatus.CONFIRMED


def test_quotes_expire_and_cannot_be_changed(town: Town) -> None:
    offer = town.offer(leave=12)
    dearer = replace(offer.quote, fare_cents=1)
    with town.refused(Reason.INVALID):
        hold(town.ports, traveller(), HoldWish((sign(dearer, b"x" * 32),)))
    with town.refused(Reason.INVALID):
        hold(town.ports, traveller(), HoldWish((offer.token[:-1],)))
    with town.refused(Reason.INVALID):
        hold(town.ports, traveller(), HoldWish(()))
    town.clock.wait(minutes=15)
    town.hold("theo", offer)
    town.clock.wait(seconds=1)
    with town.refused(Reason.EXPIRED):
        town.hold("thea", offer)


def test_what_is_not_confirmed_in_time_is_gone(town: Town, engine: Engine) -> None:
    (held,) = town.hold("theo", town.offer(party=Party(adults=4)))
    assert held.expires_at is not None
    later = town.quotes(leave=9.02, party=Party(adults=4))
    assert later.offers == ()
    town.clock.now = held.expires_at
    assert expire(town.ports) == 1
    assert expire(town.ports) == 0
    assert town.find(held.id).status is RideStatus.EXPIRED
    assert town.riding() == []
    with town.refused(Reason.EXPIRED):
        confirm(town.ports, traveller(), held.id)
    assert _events(engine) == ["on-demand.held", "on-demand.expired"]


def test_whoever_comes_too_late_to_confirm_gives_the_seat_back(town: Town) -> None:
    """No worker has run: the seat is free all the same, for who asks and for who confirms."""
    for late in (True, False):
        (held,) = town.hold("theo", town.offer(party=Party(adults=4)))
        fresh = town.offer(leave=12, party=Party(adults=1))
        town.clock.wait(minutes=10)
        if late:
            with pytest.raises(Exception, match="time to confirm"):
                confirm(town.ports, traveller(), held.id)
            assert town.riding() == []
        else:
            blocked = replace(fresh.quote, **_windows(held))
            signed = replace(fresh, token=sign(blocked, town.ports.key))
            (taken,) = town.hold("thea", signed)
            assert town.riding() == [taken.id]
        assert town.find(held.id).status is RideStatus.EXPIRED


def _windows(ride: object) -> dict[str, int]:
    names = ("pickup_open_s", "pickup_close_s", "drop_open_s", "drop_close_s", "ride_s_max")
    return {name: getattr(ride, name) for name in names}


def test_the_same_key_gives_the_same_rides(town: Town, engine: Engine) -> None:
    offer, other = town.offer(), town.offer(leave=14)
    first = town.hold("theo", offer, key="key")
    assert town.hold("theo", offer, key="key") == first
    with town.refused(Reason.KEY_REUSED):
        town.hold("theo", other, key="key")
    assert ids_of(town.hold("thea", offer, key="key")) != ids_of(first)
    confirmed = confirm(town.ports, traveller(), first[0].id, "key 2")
    assert confirm(town.ports, traveller(), first[0].id, "key 2") == confirmed
    with town.refused(Reason.KEY_REUSED):
        confirm(town.ports, traveller(), first[0].id, "key")
    cancelled = town.cancel("theo", first[0].id, key="key 3")
    assert town.cancel("theo", first[0].id, key="key 3") == cancelled
    assert town.hold("theo", offer, key="key") == cancelled, "a replay holds nothing anew"
    with town.refused(Reason.INVALID):
        town.hold("theo", offer, key="k" * 201)
    kinds = [kind.removeprefix("on-demand.") for kind in _events(engine)]
    assert kinds == ["held", "held", "confirmed", "cancelled"]


def test_a_journey_of_two_legs_is_all_or_nothing(town: Town) -> None:
    there, back = town.offer(), town.offer(EAST, WEST, leave=17)
    rides = town.hold("theo", back, there)
    assert [ride.pickup_open_s for ride in rides] == [at(9), at(17)]
    assert len({ride.journey_id for ride in rides}) == 1
    (tour,) = town.tours()
    assert tour.version == 1, "both are placed by one swap"
    full = town.offer(leave=13), town.offer(leave=15, party=Party(adults=4))
    town.book("rival", leave=15, party=Party(adults=4))
    with town.refused(Reason.FULL):
        town.hold("thea", *full)
    assert [ride.status for ride in confirm(town.ports, traveller(), rides[1].id)] == [
        RideStatus.CONFIRMED
    ] * 2
    town.cancel("theo", rides[0].id)
    assert town.find(rides[1].id).status is RideStatus.CONFIRMED
    town.cancel("theo", rides[1].id, whole_journey=True)
    assert ids_of(ride for ride in rides if town.find(ride.id).holds_seats) == []


def _stop(name: str) -> Place:
    (stop,) = (one for one in LINE.stops if one.name == name)
    return Place("", stop.at, stop.id)


def test_services_that_share_a_vehicle_share_its_seats(town: Town) -> None:
    """Two legs of two services in one vehicle are one swap; a change goes from one to the other."""
    there = town.offer(leave=24 + 9)
    back = town.offer(_stop("Est"), _stop("Ouest"), leave=24 + 17, service_id=LINE.id)
    assert back.quote.origin.name == "Est", "a service knows its stops"
    rides = town.hold("theo", there, back)
    assert [ride.service_id for ride in rides] == [TOWN.id, LINE.id]
    (tour,) = town.tours()
    assert (tour.version, len(tour.requests)) == (1, 2)
    everybody = Party(adults=4)
    assert town.quotes(EAST, WEST, leave=24 + 17, party=everybody).offers == ()
    other = town.offer(
        _stop("Ouest"),
        _stop("Est"),
        leave=24 + 9,
        service_id=LINE.id,
        party=everybody,
        caller=traveller(),
        instead_of=rides[0].id,
    )
    changed = change(town.ports, traveller(), rides[0].id, other.token)
    assert (changed.service_id, changed.fare_cents) == (LINE.id, None)
    assert town.riding() == ids_of(rides)


@pytest.mark.parametrize(
    ("day", "utc_hours"),
    [(dt.date(2026, 3, 28), (22, 23, 0, 1, 2)), (dt.date(2026, 10, 24), (21, 22, 23, 0, 1))],
    ids=["shorter", "longer"],
)
def test_the_nights_in_which_clocks_change(town: Town, day: dt.date, utc_hours: tuple[int, ...]) -> None:
    """A service from 20:00 to 28:00: seconds of its day count on through the night, eight hours whatever the clock
    says, and rides are of its tour."""
    row = FlexRow("square", 20 * HOUR_S, 28 * HOUR_S)
    night = replace(TOWN, id="night", trips=(FlexTrip("night", "always", (row, row)),), rules=())
    with town.begin() as work:
        work.on_demand.put_service(night)
        work.on_demand.put_vehicle(Vehicle("owl", "Hibou", ("night",), (Seats(1, 0),), WEST.at))
        work.on_demand.put_shift(Shift("owl", "owl", night.calendars[0], 20 * HOUR_S, 28 * HOUR_S))
        work.commit()
    town.clock.now = dt.datetime.combine(day, dt.time(12), dt.UTC)
    for number, hour in enumerate(utc_hours):
        after = day if hour > 12 else day + dt.timedelta(days=1)
        leave_s = int(dt.datetime.combine(after, dt.time(hour), dt.UTC).timestamp())
        offer = town.offer(leave=None, leave_s=leave_s, service_id="night")
        (held,) = town.hold(f"t{number}", offer)
        assert (held.pickup_open_s, held.shift_id, held.day) == (leave_s, "owl", day)
    (declined,) = town.quotes(leave=None, leave_s=leave_s + HOUR_S + 1, service_id="night").declined
    assert declined.reason == "outside-hours", "it is 28:00, and a second"


def test_nobody_is_in_two_vehicles_at_once(begin: Begin) -> None:
    town = Town(begin, vehicles=2)
    town.book("theo")
    with town.refused(Reason.OVERLAP):
        town.hold("theo", town.offer(leave=9.2))
    with town.refused(Reason.OVERLAP):
        town.hold("thea", town.offer(leave=12), town.offer(leave=12.2))
    (one,), (other,) = town.hold("thea", town.offer(leave=14)), town.hold("thea", town.offer(leave=14.1))
    confirm(town.ports, traveller("thea"), one.id)
    with town.refused(Reason.OVERLAP):
        confirm(town.ports, traveller("thea"), other.id)


def test_nobody_holds_without_end(town: Town) -> None:
    for hour in (9, 11, 13):
        town.hold("theo", town.offer(leave=hour))
    with town.refused(Reason.STATE):
        town.hold("theo", town.offer(leave=15))
    town.hold("thea", town.offer(leave=15))


def test_a_late_cancellation_counts_and_an_early_one_does_not(town: Town) -> None:
    rides = {hour: town.book("theo", leave=hour) for hour in (9, 12, 15)}
    assert rides[9].cancel_free_until == dt.datetime.fromtimestamp(at(8), dt.UTC)
    (free,) = town.cancel("theo", rides[12].id)
    assert (free.status, free.ending) == (RideStatus.CANCELLED, Ending.RIDER)
    assert town.cancel("theo", rides[12].id) == [free]
    town.clock.wait(hours=2, seconds=1)
    (late,) = town.cancel("theo", rides[9].id)
    assert late.status is RideStatus.LATE_CANCEL
    town.clock.now = dt.datetime.fromtimestamp(at(15.2), dt.UTC)
    with town.refused(Reason.TOO_LATE):
        town.cancel("theo", rides[15].id)
    assert town.riding() == [rides[15].id]


def test_who_regrets_at_once_cancels_freely(town: Town) -> None:
    town.clock.wait(hours=2, minutes=20)
    regretted, kept = town.book("theo"), town.book("thea")
    town.clock.wait(minutes=5)
    assert town.cancel("theo", regretted.id)[0].status is RideStatus.CANCELLED
    town.clock.wait(seconds=1)
    assert town.cancel("thea", kept.id)[0].status is RideStatus.LATE_CANCEL


def test_the_operators_cancellation_is_nobodys_fault(town: Town) -> None:
    ride = town.book("theo")
    town.clock.wait(hours=2, minutes=30)
    with pytest.raises(ForbiddenError):
        cancel(town.ports, traveller(), ride.id, as_operator=True)
    (ended,) = cancel(town.ports, OPERATOR, ride.id, as_operator=True)
    assert (ended.status, ended.ending) == (RideStatus.CANCELLED, Ending.OPERATOR)


def test_others_learn_nothing(town: Town) -> None:
    ride = town.book("theo")
    for act in (
        lambda: find_ride(town.ports, traveller("eve"), ride.id),
        lambda: town.cancel("eve", ride.id),
        lambda: confirm(town.ports, traveller("eve"), ride.id),
        lambda: change(town.ports, traveller("eve"), ride.id, town.offer(leave=12).token),
        lambda: town.quotes(leave=12, caller=traveller("eve"), instead_of=ride.id),
        lambda: town.cancel("eve", "no such ride"),
    ):
        with town.refused(Reason.UNKNOWN):
            act()
    with pytest.raises(ForbiddenError):
        hold(town.ports, OPERATOR, HoldWish((town.offer(leave=12).token,)))
    with pytest.raises(ForbiddenError):
        hold(town.ports, traveller("eve"), HoldWish((town.offer(leave=12).token,), Rider("theo")))


def test_an_agent_books_for_who_calls(town: Town) -> None:
    (held,) = town.call("03 81 12 34 56", town.offer())
    assert (held.booked_by, held.rider_name) == ("agnes", "Mme Martin")
    assert held.person_id.startswith("caller:")
    (booked,) = confirm(town.ports, AGENT, held.id)
    (same,) = town.call("+33381123456", town.offer(leave=14))
    assert same.person_id == booked.person_id, "a number is a number, however it is written"
    with town.refused(Reason.INVALID):
        town.call("12", town.offer(leave=16))
    with town.refused(Reason.UNKNOWN):
        hold(town.ports, AGENT, HoldWish((town.offer(leave=16).token,), Rider("nobody")))


def test_another_time_or_nothing(town: Town, engine: Engine) -> None:
    ride, rival = town.book("theo"), town.book("rival", leave=12, party=Party(adults=4))
    new = town.offer(leave=9.5, party=Party(adults=2), caller=traveller(), instead_of=ride.id)
    changed = change(town.ports, traveller(), ride.id, new.token, "key")
    assert change(town.ports, traveller(), ride.id, new.token, "key") == changed
    assert (changed.id, changed.status) == (ride.id, RideStatus.CONFIRMED)
    assert (changed.pickup_open_s, changed.party.adults, changed.fare_cents) == (at(9.5), 2, 600)
    assert town.riding() == ids_of([ride, rival])
    full = replace(new.quote, **_windows(rival))
    with town.refused(Reason.FULL):
        change(town.ports, traveller(), ride.id, sign(full, town.ports.key))
    assert town.find(ride.id) == changed
    town.clock.now = dt.datetime.fromtimestamp(at(8.6), dt.UTC)
    later = town.offer(leave=16)
    with town.refused(Reason.TOO_LATE):
        change(town.ports, traveller(), ride.id, later.token)
    assert _events(engine).count("on-demand.changed") == 1


def test_a_change_may_use_the_seat_that_is_given_up(town: Town) -> None:
    ride = town.book("theo", party=Party(adults=4))
    assert town.quotes(leave=9.1, party=Party(adults=3)).offers == ()
    new = town.offer(leave=9.1, party=Party(adults=3), caller=traveller(), instead_of=ride.id)
    version = town.tours()[0].version
    changed = change(town.ports, traveller(), ride.id, new.token)
    assert changed.party.adults == 3
    (tour,) = town.tours()
    assert [request.seats for request in tour.requests] == [3]
    assert tour.version == version + 1


def test_what_makes_no_sense(town: Town) -> None:
    for more in (
        {"leave": None},
        {"arrive_s": at(10)},
        {"leave": 5},
        {"leave": 24 * 500},
        {"party": Party(adults=0)},
        {"party": Party(adults=-1, children=2)},
        {"party": Party(adults=1, companions=1)},
        {"party": Party(adults=51)},
        {"origin": replace(WEST, at=WEST.at._replace(lat=91.0))},
        {"origin": replace(WEST, at=WEST.at._replace(lat=float("nan")))},
        {"destination": replace(WEST, name="x" * 201)},
    ):
        with town.refused(Reason.INVALID):
            town.quotes(**more)  # type: ignore[arg-type]
    with town.refused(Reason.UNKNOWN):
        town.quotes(service_id="none")
