"""Publish, book, cancel, not turn up: the acts on both databases. Every refusal says why and leaves all as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from carpool.booking import BookingStatus, Ending
from carpool.line import FareVersion
from carpool.refusal import Reason
from carpool.ride import Ride, RideStatus
from ground.refusal import RefusedError
from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.acts.book_seat import BookingRequest, board_spontaneously, book_seat
from mobility.acts.carpool_lines import put_fare
from mobility.acts.change_booking import (
    cancel_booking,
    confirm_booking,
    excuse,
    report_no_show,
    settle_bookings,
    validate_in,
)
from mobility.acts.entity_tag import ChangedMeanwhileError, tag_of
from mobility.acts.find_rides import find_booking, find_standing, search_rides
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import RideChange, cancel_ride, change_ride, publish_ride
from mobility.storage.outbox import OutboxRow
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.carpool_line import (
    NOW,
    OPERATOR,
    PARTNER,
    Clock,
    carpool_ports,
    draft,
    driver,
    traveller,
)

Begin = Callable[..., SqlUnitOfWork]
ALL_THE_WAY = ("alba", "dole")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ports(begin: Begin, clock: Clock) -> ActPorts:
    return carpool_ports(begin, clock)


@pytest.fixture
def ride(ports: ActPorts) -> Ride:
    """alba 08:00 (Paris) – brey 08:10 – cize 08:20 – dole 08:30, three seats, booked until 15 min before."""
    return publish_ride(ports, driver(), draft())


def _ask(ride: Ride, from_stop: str = "alba", to_stop: str = "dole", seats: int = 1) -> BookingRequest:
    return BookingRequest(ride.id, from_stop, to_stop, seats)


@contextmanager
def _refused(reason: Reason, ports: ActPorts) -> Iterator[pytest.ExceptionInfo[RefusedError]]:
    """The refusal has words in both languages, and nothing was changed."""
    with ports.unit_of_work(read_only=True) as work:
        before = work.rides.stamp()
    with pytest.raises(RefusedError) as refusal:
        yield refusal
    assert refusal.value.reason is reason
    assert len(refusal.value.french) > 10
    assert len(refusal.value.english) > 10
    with ports.unit_of_work(read_only=True) as work:
        assert work.rides.stamp() == before


def _free(ports: ActPorts, from_stop: str = "", to_stop: str = "") -> list[int]:
    found = search_rides(
        ports, NOW, NOW + dt.timedelta(days=1), from_stop=from_stop, to_stop=to_stop, seats=0
    )
    return [offer.seats_free for offer in found]


def _events(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def test_a_seat_is_counted_between_its_stops_only(ports: ActPorts, ride: Ride) -> None:
    book_seat(ports, traveller("a"), _ask(ride, "alba", "brey", 3))
    book_seat(ports, traveller("b"), _ask(ride, "brey", "cize", 1))
    assert (_free(ports, "alba", "brey"), _free(ports, "brey", "dole"), _free(ports)) == ([0], [2], [0])
    with _refused(Reason.FULL, ports):
        book_seat(ports, traveller("c"), _ask(ride))
    book_seat(ports, traveller("c"), _ask(ride, "brey", "dole", 2))
    assert _free(ports, "cize", "dole") == [1]


def test_the_fare_is_that_of_the_day_times_the_seats(ports: ActPorts, ride: Ride) -> None:
    assert book_seat(ports, traveller("a"), _ask(ride, seats=2)).fare_cents == 300
    april = publish_ride(ports, driver(), draft(minutes=25 * 24 * 60))
    assert book_seat(ports, traveller("a"), _ask(april, seats=2)).fare_cents == 400


def test_a_fare_changed_later_changes_no_booking(ports: ActPorts, clock: Clock) -> None:
    later = publish_ride(ports, driver(), draft(minutes=3 * 24 * 60))
    before = book_seat(ports, traveller("a"), _ask(later))
    put_fare(ports, OPERATOR, FareVersion("dearer", "2026-03-12", 999))
    assert find_booking(ports, traveller("a"), before.id)[0].fare_cents == 150
    assert book_seat(ports, traveller("b"), _ask(later)).fare_cents == 999
    with _refused(Reason.TOO_LATE, ports):
        put_fare(ports, OPERATOR, FareVersion("base", "2026-05-01", 1))


def test_the_same_key_gives_the_same_booking(ports: ActPorts, ride: Ride, engine: Engine) -> None:
    first = book_seat(ports, traveller(), _ask(ride), "key")
    assert book_seat(ports, traveller(), _ask(ride), "key") == first
    cancelled = cancel_booking(ports, traveller(), first.id)
    assert book_seat(ports, traveller(), _ask(ride), "key") == cancelled, "a replay books nothing anew"
    with _refused(Reason.KEY_REUSED, ports):
        book_seat(ports, traveller(), _ask(ride, seats=2), "key")
    assert book_seat(ports, traveller("other"), _ask(ride), "key").id != first.id
    assert _events(engine) == ["ride.published", "booking.made", "booking.cancelled", "booking.made"]


def test_the_same_key_publishes_once(ports: ActPorts) -> None:
    first = publish_ride(ports, driver(), draft(), "key")
    assert publish_ride(ports, driver(), draft(), "key") == first
    with _refused(Reason.KEY_REUSED, ports):
        publish_ride(ports, driver(), draft(stops="brey dole"), "key")
    assert publish_ride(ports, driver("dirk"), draft(), "key").id != first.id


def test_what_cannot_be_booked(ports: ActPorts, ride: Ride, clock: Clock) -> None:
    for request in (
        _ask(ride, "dole", "alba"),
        _ask(ride, "alba", "alba"),
        _ask(ride, "alba", "nowhere"),
        _ask(ride, seats=0),
        _ask(ride, seats=-1),
        _ask(ride, seats=5),
    ):
        with _refused(Reason.INVALID, ports):
            book_seat(ports, traveller(), request)
    with _refused(Reason.INVALID, ports):
        book_seat(ports, replace(driver(), roles=driver().roles | traveller().roles), _ask(ride))
    with _refused(Reason.UNKNOWN, ports):
        book_seat(ports, traveller(), BookingRequest("no such ride", *ALL_THE_WAY))
    with pytest.raises(ForbiddenError):
        book_seat(ports, driver("dirk"), _ask(ride))
    clock.wait(minutes=105)
    last = book_seat(ports, traveller(), _ask(ride))
    assert last.status is BookingStatus.CONFIRMED
    clock.wait(seconds=1)
    with _refused(Reason.TOO_LATE, ports):
        book_seat(ports, traveller("late"), _ask(ride))
    assert book_seat(ports, traveller("late"), _ask(ride, "brey", "dole")).seats == 1


def test_nobody_is_on_two_roads_at_once(ports: ActPorts, ride: Ride) -> None:
    both = replace(traveller("dora"), roles=driver().roles | traveller().roles)
    other = publish_ride(ports, driver("dirk"), draft(minutes=125))
    with _refused(Reason.OVERLAP, ports):
        publish_ride(ports, driver(), draft(minutes=149))
    publish_ride(ports, driver(), draft(minutes=150))
    with _refused(Reason.OVERLAP, ports):
        book_seat(ports, both, _ask(other))
    book_seat(ports, traveller(), _ask(ride, "alba", "brey"))
    with _refused(Reason.OVERLAP, ports):
        book_seat(ports, traveller(), _ask(other))
    with _refused(Reason.OVERLAP, ports):
        book_seat(ports, traveller(), _ask(ride, "alba", "cize"))
    book_seat(ports, traveller(), _ask(other, "cize", "dole"))


def test_a_driver_who_wants_to_be_asked(ports: ActPorts, clock: Clock, engine: Engine) -> None:
    ride = publish_ride(ports, driver(), draft(seats=1, needs_confirmation=True))
    asked = book_seat(ports, traveller("a"), _ask(ride))
    assert asked.status is BookingStatus.WAITING_CONFIRMATION
    with _refused(Reason.FULL, ports):
        book_seat(ports, traveller("b"), _ask(ride))
    with pytest.raises(ForbiddenError):
        confirm_booking(ports, traveller("a"), asked.id)
    assert confirm_booking(ports, driver(), asked.id).status is BookingStatus.CONFIRMED
    assert confirm_booking(ports, driver(), asked.id).status is BookingStatus.CONFIRMED
    cancel_booking(ports, driver(), asked.id, "plus de place")
    second = book_seat(ports, traveller("b"), _ask(ride))
    clock.now = second.expires_at or clock.now
    with _refused(Reason.TOO_LATE, ports):
        confirm_booking(ports, driver(), second.id)
    assert settle_bookings(ports) == 1
    assert settle_bookings(ports) == 0
    assert find_booking(ports, traveller("b"), second.id)[0].ending is Ending.EXPIRED
    assert _events(engine)[-1] == "booking.cancelled"


def test_a_cancelled_ride_cancels_its_bookings(ports: ActPorts, ride: Ride, engine: Engine) -> None:
    booking = book_seat(ports, traveller(), _ask(ride))
    before = len(_events(engine))
    with pytest.raises(ForbiddenError):
        cancel_ride(ports, driver("dirk"), ride.id)
    assert cancel_ride(ports, driver(), ride.id, "panne").status is RideStatus.CANCELLED
    assert cancel_ride(ports, driver(), ride.id).status is RideStatus.CANCELLED
    ended = find_booking(ports, traveller(), booking.id)[0]
    assert (ended.status, ended.ending, ended.reason) == (BookingStatus.CANCELLED, Ending.DRIVER, "panne")
    assert _events(engine)[before:] == ["booking.cancelled", "ride.cancelled"]
    with _refused(Reason.STATE, ports):
        book_seat(ports, traveller("b"), _ask(ride))
    assert _free(ports) == []


def test_what_is_cancelled_stays_so_whoever_comes_late(ports: ActPorts, ride: Ride, clock: Clock) -> None:
    """A late job overwriting `canceled`: nothing does."""
    booking = book_seat(ports, traveller(), _ask(ride))
    cancelled = cancel_booking(ports, traveller(), booking.id)
    for act in (
        lambda: confirm_booking(ports, driver(), booking.id),
        lambda: cancel_booking(ports, driver(), booking.id),
        lambda: report_no_show(ports, OPERATOR, booking.id, Ending.NO_SHOW),
    ):
        clock.now = ride.starts_at
        with _refused(Reason.STATE, ports):
            act()
    clock.now = ride.ends_at + dt.timedelta(hours=1)
    assert settle_bookings(ports) == 0
    with ports.unit_of_work() as work:
        assert validate_in(work, booking.id, clock.now) == cancelled
        work.commit()
    assert find_booking(ports, traveller(), booking.id)[0] == cancelled


def test_a_late_cancellation_is_counted(ports: ActPorts, ride: Ride, clock: Clock) -> None:
    early, late = (book_seat(ports, traveller(name), _ask(ride)) for name in ("a", "b"))
    clock.now = ride.starts_at - dt.timedelta(seconds=3600)
    assert not cancel_booking(ports, traveller("a"), early.id).is_late
    clock.wait(seconds=1)
    assert cancel_booking(ports, traveller("b"), late.id).is_late
    regretted = book_seat(ports, traveller("a"), _ask(ride))
    clock.wait(seconds=300)
    assert not cancel_booking(ports, traveller("a"), regretted.id).is_late
    assert find_standing(ports, traveller("a"))[0].late_cancellations == 0
    assert find_standing(ports, traveller("b"))[0].late_cancellations == 1
    clock.now = ride.starts_at
    third = board_spontaneously(ports, traveller("c"), _ask(ride))
    with _refused(Reason.TOO_LATE, ports):
        cancel_booking(ports, traveller("c"), third.id)


def test_who_does_not_turn_up_is_warned_then_suspended(ports: ActPorts, clock: Clock) -> None:
    for number in range(2):
        ride = publish_ride(ports, driver(), draft(minutes=120 + number * 24 * 60))
        booking = book_seat(ports, traveller(), _ask(ride))
        with _refused(Reason.TOO_EARLY, ports):
            report_no_show(ports, driver(), booking.id, Ending.NO_SHOW)
        clock.now = ride.starts_at + dt.timedelta(minutes=5)
        with pytest.raises(ForbiddenError):
            report_no_show(ports, traveller(), booking.id, Ending.NO_SHOW)
        ended = report_no_show(ports, driver(), booking.id, Ending.NO_SHOW)
    standing = find_standing(ports, traveller())[0]
    assert standing.no_shows == 2
    assert standing.suspended_until == clock.now + dt.timedelta(days=7)
    assert "Suspended until" in standing.english
    other = publish_ride(ports, driver("dirk"), draft(minutes=3 * 24 * 60))
    with _refused(Reason.SUSPENDED, ports):
        book_seat(ports, traveller(), _ask(other))
    with pytest.raises(ForbiddenError):
        excuse(ports, traveller(), ended.id)
    excuse(ports, OPERATOR, ended.id)
    assert book_seat(ports, traveller(), _ask(other)).seats == 1


def test_a_driver_who_does_not_turn_up(ports: ActPorts, clock: Clock) -> None:
    for number in range(2):
        ride = publish_ride(ports, driver(), draft(minutes=120 + number * 24 * 60))
        bookings = [book_seat(ports, traveller(name), _ask(ride)) for name in ("a", "b")]
        clock.now = ride.starts_at + dt.timedelta(minutes=20)
        for name, booking in zip(("a", "b"), bookings, strict=True):
            ended = report_no_show(ports, traveller(name), booking.id, Ending.DRIVER_NO_SHOW)
            assert ended.ending is Ending.DRIVER_NO_SHOW
        assert find_standing(ports, driver())[1].no_shows == number + 1, "one a ride, however many waited"
    with _refused(Reason.SUSPENDED, ports):
        publish_ride(ports, driver(), draft(minutes=3 * 24 * 60))


def test_evidence_excuses_who_was_said_not_to_be_there(ports: ActPorts, ride: Ride, clock: Clock) -> None:
    booking = book_seat(ports, traveller(), _ask(ride))
    clock.now = ride.starts_at
    report_no_show(ports, driver(), booking.id, Ending.NO_SHOW)
    with ports.unit_of_work() as work:
        validate_in(work, booking.id, clock.now)
        work.commit()
    assert find_booking(ports, traveller(), booking.id)[0].status is BookingStatus.CANCELLED
    assert find_standing(ports, traveller())[0].no_shows == 0


def test_rides_that_are_over_complete_their_bookings(ports: ActPorts, ride: Ride, clock: Clock) -> None:
    booking = book_seat(ports, traveller(), _ask(ride))
    clock.now = ride.ends_at - dt.timedelta(seconds=1)
    assert settle_bookings(ports) == 0
    clock.now = ride.ends_at
    assert settle_bookings(ports) == 1
    completed = find_booking(ports, traveller(), booking.id)[0]
    assert completed.status is BookingStatus.COMPLETED_PENDING_VALIDATION
    with _refused(Reason.STATE, ports):
        cancel_booking(ports, driver(), booking.id)
    with ports.unit_of_work() as work:
        validated = validate_in(work, booking.id, clock.now)
        work.commit()
    assert validated is not None
    assert validated.status is BookingStatus.VALIDATED
    with _refused(Reason.STATE, ports):
        report_no_show(ports, driver(), booking.id, Ending.NO_SHOW)


def test_boarding_at_a_stop(ports: ActPorts, ride: Ride, clock: Clock) -> None:
    with _refused(Reason.TOO_EARLY, ports):
        board_spontaneously(ports, traveller("a"), _ask(ride))
    booked = book_seat(ports, traveller("b"), _ask(ride, seats=2))
    clock.now = ride.starts_at
    boarded = board_spontaneously(ports, traveller("a"), _ask(ride, "alba", "cize"))
    assert boarded.is_spontaneous
    assert (boarded.status, boarded.fare_cents) == (BookingStatus.CONFIRMED, 150)
    assert board_spontaneously(ports, traveller("a"), _ask(ride, "alba", "cize")) == boarded, "scanned twice"
    assert board_spontaneously(ports, traveller("b"), _ask(ride)) == booked, "who has booked rides on that"
    with _refused(Reason.FULL, ports):
        board_spontaneously(ports, traveller("c"), _ask(ride))
    assert board_spontaneously(ports, traveller("c"), _ask(ride, "cize", "dole")).seats == 1
    clock.now = ride.ends_at + dt.timedelta(hours=2, seconds=1)
    with _refused(Reason.TOO_LATE, ports):
        board_spontaneously(ports, traveller("d"), _ask(ride, "alba", "brey"))


def test_a_ride_somebody_counts_on_changes_little(ports: ActPorts, ride: Ride) -> None:
    book_seat(ports, traveller(), _ask(ride, "brey", "dole", 2))

    def moved(minutes: int) -> RideChange:
        shift = dt.timedelta(minutes=minutes)
        return RideChange(calls=tuple(replace(call, at=call.at + shift) for call in ride.calls))

    for change in (moved(11), RideChange(seats=1), RideChange(calls=ride.calls[2:])):
        with _refused(Reason.STATE, ports):
            change_ride(ports, driver(), ride.id, change)
    with _refused(Reason.INVALID, ports):
        change_ride(ports, driver(), ride.id, RideChange(seats=9))
    with pytest.raises(ForbiddenError):
        change_ride(ports, driver("dirk"), ride.id, RideChange(seats=4))
    tag = tag_of(ride)
    changed = change_ride(ports, driver(), ride.id, replace(moved(10), seats=2), tag)
    assert (changed.seats, changed.starts_at) == (2, ride.starts_at + dt.timedelta(minutes=10))
    with pytest.raises(ChangedMeanwhileError):
        change_ride(ports, driver(), ride.id, RideChange(seats=4), tag)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (draft(minutes=-3), "leaves_at"),
        (draft(minutes=181 * 24 * 60), "leaves_at"),
        (draft(seats=0), "seats"),
        (draft(seats=9), "seats"),
        (draft(stops="alba"), "stops"),
        (draft(stops="alba cize brey"), "stops"),
        (draft(stops="alba alba"), "stops"),
        (draft(stops="alba elsewhere"), "stops"),
        (draft(notice_s=-1), "notice_s"),
        (draft(vehicle="x" * 81), "vehicle"),
        (
            draft(stops="alba brey", calls_at=tuple(NOW + dt.timedelta(minutes=m) for m in (120, 125))),
            "calls",
        ),
        (
            draft(stops="alba brey", calls_at=tuple(NOW + dt.timedelta(minutes=m) for m in (120, 190))),
            "calls",
        ),
        (draft(stops="alba brey", calls_at=(NOW,)), "calls_at"),
    ],
)
def test_what_cannot_be_published(ports: ActPorts, wrong: object, field: str) -> None:
    with _refused(Reason.INVALID, ports) as refusal:
        publish_ride(ports, driver(), wrong)  # type: ignore[arg-type]
    assert refusal.value.field == field


def test_a_ride_arrives_the_next_day(ports: ActPorts) -> None:
    """23:50 in Paris, on 10 March: 22:50 UTC."""
    ride = publish_ride(ports, driver(), draft(minutes=17 * 60 + 50))
    assert [call.at.isoformat()[8:16] for call in ride.calls] == [
        "10T22:50",
        "10T23:00",
        "10T23:10",
        "10T23:20",
    ]
    booking = book_seat(ports, traveller(), _ask(ride, "cize", "dole"))
    assert booking.fare_cents == 150


def test_to_others_a_booking_is_as_if_it_were_not_there(ports: ActPorts, ride: Ride) -> None:
    booking = book_seat(ports, traveller(), _ask(ride))
    said = set()
    for caller in (traveller("nosy"), driver("dirk"), PARTNER):
        for booking_id in (booking.id, "no such booking"):
            with _refused(Reason.UNKNOWN, ports) as refusal:
                cancel_booking(ports, caller, booking_id)
            said.add(refusal.value.english.replace(booking_id, "…"))
            with _refused(Reason.UNKNOWN, ports):
                find_booking(ports, caller, booking_id)
    assert said == {"No such booking: '…'."}
    for caller in (Caller("arno", frozenset((Role.AUDITOR,))), Caller("nora")):
        for booking_id in (booking.id, "no such booking"):
            with pytest.raises(ForbiddenError):
                find_booking(ports, caller, booking_id)
    for caller in (traveller(), driver(), OPERATOR):
        assert find_booking(ports, caller, booking.id)[0] == booking


def test_a_partner_books_for_its_people_only(ports: ActPorts, ride: Ride) -> None:
    theirs = replace(_ask(ride), passenger_id="partner.example:42")
    booking = book_seat(ports, PARTNER, theirs)
    assert find_booking(ports, PARTNER, booking.id)[0] == booking
    for passenger_id in ("other.example:42", "theo", "partner.example:"):
        with _refused(Reason.INVALID, ports):
            book_seat(ports, PARTNER, replace(theirs, passenger_id=passenger_id))
    with pytest.raises(ForbiddenError):
        book_seat(ports, PARTNER, _ask(ride))
    with pytest.raises(ForbiddenError):
        book_seat(ports, traveller(), theirs)
    assert cancel_booking(ports, PARTNER, booking.id).ending is Ending.PASSENGER
