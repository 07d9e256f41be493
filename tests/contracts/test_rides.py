"""Lines, fares, rides and bookings come back as they went in, on both databases; the stamp grows with each commit."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from carpool.booking import Booking, BookingStatus, Ending
from carpool.booking_rules import BookingRules, Step
from carpool.line import FareVersion
from carpool.ride import Call, RegularRide, Ride, RideStatus
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.carpool_line import LINE, NOW, STOPS

Begin = Callable[..., SqlUnitOfWork]

RIDE = Ride(
    id="r1",
    line_id=LINE.id,
    driver_id="dora",
    calls=(Call("alba", NOW), Call("dole", NOW + dt.timedelta(minutes=30))),
    seats=3,
    status=RideStatus.PUBLISHED,
    published_at=NOW,
    vehicle="Clio bleue, AB-123-CD",
    needs_confirmation=True,
)
REGULAR = RegularRide(
    id="g1",
    line_id=LINE.id,
    driver_id="dora",
    stop_ids=("dole", "alba"),
    leaves_at=dt.time(7, 30),
    weekdays=frozenset((0, 4)),
    valid_from=dt.date(2026, 3, 1),
    valid_to=dt.date(2026, 9, 1),
    seats=2,
    published_at=NOW,
    except_days=frozenset((dt.date(2026, 3, 16),)),
)
BOOKING = Booking(
    id="b1",
    ride_id="r1",
    passenger_id="theo",
    from_stop="alba",
    to_stop="dole",
    seats=2,
    fare_cents=300,
    status=BookingStatus.WAITING_CONFIRMATION,
    made_at=NOW,
    changed_at=NOW,
    key="k1",
    expires_at=NOW,
)


@pytest.fixture
def lined(begin: Begin) -> Begin:
    with begin() as work:
        for stop in STOPS:
            work.rides.put_stop(stop)
        work.rides.put_line(LINE)
        work.commit()
    return begin


def test_everything_comes_back_as_it_went_in(lined: Begin) -> None:
    fares = [FareVersion("all", "2024-01-01", 150), FareVersion("own", "2024-01-01", 100, LINE.id)]
    rules = BookingRules("2026-01-01", ladder=(Step(1, 0), Step(4, 9)))
    ended = replace(
        BOOKING,
        id="b2",
        key="",
        status=BookingStatus.CANCELLED,
        ending=Ending.NO_SHOW,
        is_late=True,
        expires_at=None,
    )
    with lined() as work:
        for fare in fares:
            work.rides.put_fare(fare)
        work.rides.put_rules(rules)
        work.rides.put_ride(RIDE)
        work.rides.put_regular(REGULAR)
        work.rides.put_booking(BOOKING)
        work.rides.put_booking(ended)
        work.commit()
    with lined(read_only=True) as work:
        assert work.rides.list_stops() == sorted(STOPS, key=lambda stop: stop.id)
        assert work.rides.list_lines() == [LINE]
        assert work.rides.find_line(LINE.id) == LINE
        assert work.rides.list_fares() == fares
        assert work.rides.list_rules() == [rules]
        assert work.rides.find_ride("r1") == RIDE
        assert work.rides.find_regular("g1") == REGULAR
        assert work.rides.list_regulars(driver_id="dora") == [REGULAR]
        assert work.rides.find_booking("b1") == BOOKING
        assert work.rides.find_booking_by_key("theo", "k1") == BOOKING
        assert work.rides.find_booking_by_key("theo", "") is None
        assert work.rides.list_bookings(["r1"]) == [BOOKING, ended]
        assert work.rides.list_bookings_of("theo") == [BOOKING, ended]
        assert work.rides.list_bookings_with("dora") == [BOOKING, ended]
        assert work.rides.list_bookings_with("theo") == []
        assert work.rides.list_due_bookings(NOW) == [BOOKING]
        assert work.rides.list_due_bookings(NOW - dt.timedelta(seconds=1)) == []


def test_rides_are_listed_while_they_are_under_way(lined: Begin) -> None:
    with lined() as work:
        work.rides.put_ride(RIDE)
        work.rides.put_ride(replace(RIDE, id="r2", driver_id="dirk", regular_id="g1"))
        work.commit()
    minute, ends = dt.timedelta(minutes=1), RIDE.ends_at
    with lined(read_only=True) as work:

        def ids(from_at: dt.datetime, to_at: dt.datetime, **wanted: str) -> list[str]:
            return [ride.id for ride in work.rides.list_rides(from_at, to_at, **wanted)]

        assert ids(NOW + minute, NOW + 2 * minute) == ["r1", "r2"]
        assert ids(NOW - minute, NOW) == []
        assert ids(ends, ends + minute) == ["r1", "r2"]
        assert ids(ends + minute, ends + 2 * minute) == []
        assert ids(NOW, ends, driver_id="dirk") == ids(NOW, ends, regular_id="g1") == ["r2"]
        assert ids(NOW, ends, line_id="other") == []


def test_a_key_is_of_one_booking(lined: Begin) -> None:
    with lined() as work:
        work.rides.put_ride(RIDE)
        work.rides.put_booking(BOOKING)
        work.rides.put_booking(replace(BOOKING, id="b2", passenger_id="tina"))
        with pytest.raises(IntegrityError):
            work.rides.put_booking(replace(BOOKING, id="b3"))


def test_a_line_put_again_has_its_new_stops_only(lined: Begin) -> None:
    with lined() as work:
        work.rides.put_line(replace(LINE, stops=LINE.stops[:2], is_open=False))
        work.commit()
    with lined() as work:
        assert work.rides.list_lines() == [replace(LINE, stops=LINE.stops[:2], is_open=False)]
        assert not work.rides.has_rides(LINE.id)
        work.rides.remove_line(LINE.id)
        work.rides.remove_stop("alba")
        work.commit()
    with lined(read_only=True) as work:
        assert (work.rides.list_lines(), len(work.rides.list_stops())) == ([], 3)


def test_a_person_is_renamed_everywhere(lined: Begin) -> None:
    with lined() as work:
        work.rides.put_ride(RIDE)
        work.rides.put_regular(REGULAR)
        work.rides.put_booking(replace(BOOKING, reason="malade"))
        work.rides.rename_person("dora", "erased-1")
        work.rides.rename_person("theo", "erased-2")
        work.commit()
    with lined(read_only=True) as work:
        ride, booking = work.rides.find_ride("r1"), work.rides.find_booking("b1")
        assert ride is not None
        assert booking is not None
        assert (ride.driver_id, ride.vehicle, ride.seats) == ("erased-1", "", 3)
        assert (booking.passenger_id, booking.reason, booking.key) == ("erased-2", "", "")
        assert [one.driver_id for one in work.rides.list_regulars()] == ["erased-1"]


def test_the_stamp_grows_with_what_is_committed(lined: Begin) -> None:
    def stamp() -> int:
        with lined(read_only=True) as work:
            return work.rides.stamp()

    before = stamp()
    with lined() as work:
        work.rides.put_ride(RIDE)
    assert stamp() == before
    with lined() as work:
        work.rides.put_ride(RIDE)
        work.rides.put_booking(BOOKING)
        work.commit()
    assert stamp() == before + 1
    with lined() as work:
        work.rides.list_lines()
        work.commit()
    assert stamp() == before + 1


def test_the_stamp_misses_no_change_of_several_at_once(lined: Begin) -> None:
    """Whoever reads a stamp and then the rides has all changes up to it: stamps are given in the order of commits."""
    with lined(read_only=True) as work:
        before = work.rides.stamp()
    wrong: list[tuple[int, int]] = []
    is_over = threading.Event()

    def write(number: int) -> None:
        for one in range(5):
            with lined() as work:
                work.rides.put_ride(replace(RIDE, id=f"r{number}-{one}"))
                work.commit()

    def read() -> None:
        while not is_over.is_set():
            with lined(read_only=True) as work:
                stamp = work.rides.stamp() - before
            with lined(read_only=True) as work:
                rides = len(work.rides.list_rides(NOW, NOW + dt.timedelta(hours=1)))
            if rides < stamp:
                wrong.append((stamp, rides))

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    reader = threading.Thread(target=read)
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    is_over.set()
    reader.join()
    assert wrong == []
    with lined(read_only=True) as work:
        assert work.rides.stamp() - before == 20
