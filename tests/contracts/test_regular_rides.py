"""Regular rides become rides of single days, once, four weeks ahead; a day, or the rest, can be called off."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest

from carpool.booking import BookingStatus, Ending
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import RideStatus
from ground.paris import PARIS
from ground.refusal import RefusedError
from mobility.accounts.caller import ForbiddenError
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.find_rides import find_booking, list_my_regulars, search_rides
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import RideChange, cancel_ride, change_ride, publish_ride
from mobility.acts.regular_rides import (
    AHEAD_DAYS,
    RegularDraft,
    end_regular,
    materialise_rides,
    publish_regular,
    skip_day,
)
from mobility.journeys.public_holidays import is_holiday
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.carpool_line import NOW, Clock, carpool_ports, draft, driver, traveller

Begin = Callable[..., SqlUnitOfWork]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ports(begin: Begin, clock: Clock) -> ActPorts:
    return carpool_ports(begin, clock)


def regular(leaves_at: str = "07:30", days: tuple[int, ...] = (0, 1, 2, 3, 4), **more: Any) -> RegularDraft:
    """Mondays to Fridays, from the day of NOW on for the rest of the year."""
    values: dict[str, Any] = {
        "line_id": "alba-dole",
        "stop_ids": ("alba", "dole"),
        "leaves_at": dt.time.fromisoformat(leaves_at),
        "weekdays": frozenset(days),
        "valid_from": NOW.date(),
        "valid_to": dt.date(2026, 12, 31),
        "seats": 3,
    }
    return RegularDraft(**(values | more))


def departures(ports: ActPorts) -> list[str]:
    found = search_rides(ports, ports.now(), ports.now() + dt.timedelta(days=31), seats=0)
    return [f"{offer.ride.starts_at.astimezone(PARIS):%m-%d %H:%M}" for offer in found]


def test_days_are_there_four_weeks_ahead_by_the_clocks_of_each(ports: ActPorts, clock: Clock) -> None:
    """Clocks go forward on 29 March; Easter Monday is 6 April."""
    publish_regular(ports, driver(), regular(days=(0, 6)))
    there = [f"03-{day} 07:30" for day in (15, 16, 22, 23, 29, 30)] + ["04-05 07:30"]
    assert departures(ports) == there
    assert materialise_rides(ports) == 0
    clock.wait(days=7)
    assert materialise_rides(ports) == 2
    assert departures(ports) == [*there[2:], "04-12 07:30", "04-13 07:30"]


def test_a_ride_that_has_left_today_is_not_made(ports: ActPorts, clock: Clock) -> None:
    clock.wait(hours=2)  # it is 08:00
    publish_regular(ports, driver(), regular())
    assert departures(ports)[0] == "03-11 07:30"


def test_night_rides_on_the_days_clocks_change(ports: ActPorts, clock: Clock) -> None:
    publish_regular(ports, driver(), regular("02:30", (6,)))
    assert departures(ports) == ["03-15 02:30", "03-22 02:30", "03-29 03:30", "04-05 02:30"]
    clock.now = dt.datetime(2026, 10, 20, 12, 0, tzinfo=dt.UTC)
    materialise_rides(ports)
    with ports.unit_of_work(read_only=True) as work:
        rides = work.rides.list_rides(clock.now, clock.now + dt.timedelta(days=7))
    assert [ride.starts_at.isoformat() for ride in rides] == ["2026-10-25T00:30:00+00:00"]


def test_a_ride_into_the_next_day(ports: ActPorts) -> None:
    publish_regular(ports, driver(), regular("23:50", (1,)))
    with ports.unit_of_work(read_only=True) as work:
        ride = work.rides.list_rides(NOW, NOW + dt.timedelta(days=1))[0]
    assert [call.at.astimezone(PARIS).strftime("%d %H:%M") for call in ride.calls] == ["10 23:50", "11 00:20"]


def test_the_same_key_publishes_once(ports: ActPorts) -> None:
    first = publish_regular(ports, driver(), regular(), "key")
    assert publish_regular(ports, driver(), regular(), "key") == first
    with pytest.raises(RefusedError) as refusal:
        publish_regular(ports, driver(), regular("08:30"), "key")
    assert refusal.value.reason is Reason.KEY_REUSED


def test_it_meets_no_other_ride_of_the_driver(ports: ActPorts, clock: Clock) -> None:
    single = publish_ride(ports, driver(), draft(minutes=3 * 24 * 60 + 90))  # Friday 13, 07:30
    with pytest.raises(CarpoolRefusedError) as refusal:
        publish_regular(ports, driver(), regular())
    assert refusal.value.reason is Reason.OVERLAP
    assert departures(ports) == ["03-13 07:30"], "nothing half done"
    cancel_ride(ports, driver(), single.id)
    publish_regular(ports, driver(), regular())
    far = publish_ride(ports, driver(), draft(minutes=(AHEAD_DAYS + 1) * 24 * 60 + 30))  # 8 April, 07:30
    clock.wait(days=3)
    materialise_rides(ports)
    assert departures(ports).count("04-08 07:30") == 1, "the day that is taken is left out"
    cancel_ride(ports, driver(), far.id)
    assert materialise_rides(ports) == 1


def test_a_day_called_off_stays_so(ports: ActPorts) -> None:
    published = publish_regular(ports, driver(), regular(days=(2,)))  # Wednesdays
    with ports.unit_of_work(read_only=True) as work:
        ride = work.rides.list_rides(NOW, NOW + dt.timedelta(days=2))[0]
    booking = book_seat(ports, traveller(), BookingRequest(ride.id, "alba", "dole"))
    for caller, refused in ((driver("dirk"), CarpoolRefusedError), (traveller(), ForbiddenError)):
        with pytest.raises(refused):
            skip_day(ports, caller, published.id, dt.date(2026, 3, 11))
    skip_day(ports, driver(), published.id, dt.date(2026, 3, 11), "malade")
    skip_day(ports, driver(), published.id, dt.date(2026, 3, 11))
    skip_day(ports, driver(), published.id, dt.date(2026, 5, 6))
    ended = find_booking(ports, traveller(), booking.id)[0]
    assert (ended.status, ended.ending, ended.reason) == (BookingStatus.CANCELLED, Ending.DRIVER, "malade")
    assert materialise_rides(ports) == 0
    assert departures(ports) == ["03-18 07:30", "03-25 07:30", "04-01 07:30"]
    with pytest.raises(CarpoolRefusedError):
        skip_day(ports, driver(), published.id, dt.date(2026, 3, 12))


def test_a_cancelled_or_changed_day_is_not_made_again(ports: ActPorts) -> None:
    publish_regular(ports, driver(), regular(days=(2,)))
    with ports.unit_of_work(read_only=True) as work:
        first, second = work.rides.list_rides(NOW, NOW + dt.timedelta(days=9))
    cancel_ride(ports, driver(), first.id)
    later = tuple(type(call)(call.stop_id, call.at + dt.timedelta(days=9)) for call in second.calls)
    change_ride(ports, driver(), second.id, RideChange(calls=later, seats=1))
    assert materialise_rides(ports) == 0
    with ports.unit_of_work(read_only=True) as work:
        kept = work.rides.find_ride(second.id)
        assert kept is not None
        assert (kept.calls, kept.seats) == (later, 1)


def test_the_rest_is_ended(ports: ActPorts, clock: Clock) -> None:
    published = publish_regular(ports, driver(), regular(days=(2,)))
    ended = end_regular(ports, driver(), published.id, dt.date(2026, 3, 18))
    assert (ended.valid_to, ended.is_ended) == (dt.date(2026, 3, 17), False)
    assert departures(ports) == ["03-11 07:30"]
    assert materialise_rides(ports) == 0
    with pytest.raises(CarpoolRefusedError):
        end_regular(ports, driver(), published.id, dt.date(2026, 3, 9))
    assert end_regular(ports, driver(), published.id, NOW.date()).is_ended
    assert (departures(ports), list_my_regulars(ports, driver())) == ([], [])
    with ports.unit_of_work(read_only=True) as work:
        rides = work.rides.list_rides(NOW, NOW + dt.timedelta(days=31))
    assert {ride.status for ride in rides} == {RideStatus.CANCELLED}


def test_several_workers_make_each_day_once(ports: ActPorts, clock: Clock) -> None:
    for number in range(4):
        publish_regular(ports, driver(f"d{number}"), regular(days=(0, 1, 2, 3, 4, 5, 6)))
    clock.wait(days=10)
    made: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        made.append(materialise_rides(ports))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ports.unit_of_work(read_only=True) as unit:
        rides = unit.rides.list_rides(NOW, NOW + dt.timedelta(days=60))
    starts = [(ride.driver_id, ride.starts_at) for ride in rides]
    assert sum(made) == 4 * 10, "7 to 16 April"
    assert len(set(starts)) == len(starts)


def test_french_holidays() -> None:
    days = [dt.date(2026, 1, 1), dt.date(2026, 4, 6), dt.date(2026, 5, 14), dt.date(2026, 7, 14)]
    assert all(is_holiday(day) for day in days)
    assert not is_holiday(dt.date(2026, 12, 26)), "of Alsace alone"
