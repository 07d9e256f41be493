"""Services, fleets, tours and rides are kept alike on both databases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from mobility.acts.idempotency import UsedKey
from mobility.acts.on_demand.vehicle_days import list_days_between, list_vehicle_days
from on_demand.area import Point
from on_demand.booking import Connection, ConnectionKind, OnDemandRide, Party, Place, RideStatus
from on_demand.calendar import Calendar
from on_demand.fleet import Break, Seats, Shift, Vehicle
from on_demand.ride_rules import default_rules
from on_demand.service_day import instant_s
from on_demand.tour import VehicleDay
from tests.contracts.on_demand_town import DEPOT, LINE, TOWN, TUESDAY, Begin, Town, at

NOW = dt.datetime(2026, 3, 10, 5, tzinfo=dt.UTC)


def _day(version: int, shift: str = "s1", vehicle: str = "v1") -> VehicleDay:
    return VehicleDay(shift, TUESDAY, vehicle, version, at(6), at(20), DEPOT, DEPOT, (Seats(4, 0),))


def _ride(ride_id: str, **more: object) -> OnDemandRide:
    place = Place("Chez moi", Point(47.123456789, 6.1))
    ride = OnDemandRide(
        ride_id,
        TOWN.id,
        "theo",
        Party(),
        place,
        place,
        *(at(9), at(9) + 600, at(9), at(10), 1800),
        status=RideStatus.HELD,
        shift_id="s1",
        day=TUESDAY,
        fare_cents=None,
        made_at=NOW,
        changed_at=NOW,
        expires_at=NOW + dt.timedelta(minutes=5),
        journey_id="j",
    )
    return replace(ride, **more)  # type: ignore[arg-type]


def test_services_vehicles_and_shifts_come_back(begin: Begin) -> None:
    Town(begin, vehicles=2)
    with begin() as work:
        book = work.on_demand
        assert book.list_services() == [LINE, TOWN]
        assert book.find_service("none") is None
        assert [vehicle.id for vehicle in book.list_vehicles(TOWN.id)] == ["v1", "v2"]
        assert book.list_vehicles("none") == []
        assert [shift.id for shift in book.list_shifts("v2")] == ["s2"]
        renamed = replace(TOWN, name="Autrement")
        book.put_service(renamed)
        assert book.find_service(TOWN.id) == renamed
        book.remove_shift("s2")
        book.remove_vehicle("v2")
        work.commit()
    with begin(read_only=True) as work:
        assert work.on_demand.find_vehicle("v2") is None
        assert work.on_demand.find_shift("s2") is None
        assert work.on_demand.find_shift("s1") is not None


def test_what_others_need_stays(begin: Begin) -> None:
    Town(begin)
    with begin() as work:
        work.on_demand.swap_day(_day(1))
        work.on_demand.put_ride(_ride("r"))
        work.commit()
    for remove in ("remove_service", "remove_vehicle"):
        with begin() as work, pytest.raises(IntegrityError):
            getattr(work.on_demand, remove)(TOWN.id if remove == "remove_service" else "v1")


def test_a_tour_is_swapped_for_the_one_it_was_made_from(begin: Begin) -> None:
    Town(begin)
    with begin() as work:
        assert work.on_demand.find_day("s1", TUESDAY) is None
        assert not work.on_demand.swap_day(_day(2)), "of one there is not"
        assert work.on_demand.swap_day(_day(1))
        assert not work.on_demand.swap_day(_day(1)), "somebody was faster"
        assert not work.on_demand.swap_day(_day(3))
        changed = replace(_day(2), home_s=7)
        assert work.on_demand.swap_day(changed)
        work.commit()
    with begin() as work:
        assert work.on_demand.lock_days([("s2", TUESDAY), ("s1", TUESDAY), ("s1", TUESDAY)]) == [changed]
        assert work.on_demand.list_days(TUESDAY, TOWN.id) == [changed]
        assert work.on_demand.list_days(TUESDAY, "none") == []
        assert work.on_demand.list_days(TUESDAY + dt.timedelta(days=1)) == []
        assert work.on_demand.list_days_of("s1", TUESDAY) == [changed]
        assert work.on_demand.list_days_of("s1", TUESDAY + dt.timedelta(days=1)) == []


def test_the_stamp_grows_with_what_is_committed(begin: Begin) -> None:
    town = Town(begin)
    stamps = []

    def stamp() -> None:
        with begin(read_only=True) as work:
            stamps.append(work.on_demand.stamp())

    stamp()
    with begin() as work:
        work.on_demand.swap_day(_day(1))
    stamp()
    assert stamps[-1] == stamps[-2], "nothing was committed"
    with begin() as work:
        assert not work.on_demand.swap_day(_day(2))
        work.on_demand.find_service(TOWN.id)
        work.commit()
    stamp()
    assert stamps[-1] == stamps[-2], "nothing was changed"
    town.book("theo")
    stamp()
    assert stamps[-1] == stamps[-2] + 2, "held, confirmed"


def test_rides_come_back_and_are_found(begin: Begin) -> None:
    Town(begin)
    connection = Connection(ConnectionKind.FROM, "t", "rail:1", at(8), at(8.2))
    rides = [
        _ride("a"),
        _ride("b", status=RideStatus.CONFIRMED, expires_at=None, connection=connection),
        _ride("c", person_id="thea", pickup_open_s=at(7), journey_id=""),
        _ride("d", day=TUESDAY + dt.timedelta(days=1)),
    ]
    with begin() as work:
        work.on_demand.swap_day(_day(1))
        for ride in rides:
            work.on_demand.put_ride(ride, "theo")
        work.commit()
    a, b, c, d = rides
    with begin(read_only=True) as work:
        book = work.on_demand
        assert book.find_ride("b") == b
        assert book.list_rides(["d", "a", "none"]) == [a, d]
        assert book.list_rides_on(TUESDAY) == [c, a, b]
        assert book.list_rides_on(TUESDAY, LINE.id) == []
        assert book.list_rides_of("theo") == [a, b, d]
        assert book.list_journey("j") == [a, b, d]
        assert book.list_journey("") == []
        assert book.list_expired(NOW + dt.timedelta(minutes=5)) == [c, a, d]
        assert book.list_expired(NOW + dt.timedelta(minutes=4)) == []
        assert book.list_connected([RideStatus.CONFIRMED], at(9)) == [b]
        assert book.list_connected([RideStatus.CONFIRMED], at(10)) == []
        assert book.list_connected([RideStatus.HELD], at(9)) == []
        assert book.has_rides(TOWN.id)
        assert not book.has_rides(LINE.id)


def test_history_is_of_statuses(begin: Begin) -> None:
    Town(begin)
    ride = _ride("a")
    later = NOW + dt.timedelta(minutes=1)
    with begin() as work:
        work.on_demand.swap_day(_day(1))
        work.on_demand.put_ride(ride, "theo")
        work.on_demand.put_ride(replace(ride, note="portail vert", changed_at=later), "theo")
        work.on_demand.put_ride(replace(ride, status=RideStatus.EXPIRED, changed_at=later))
        work.commit()
    with begin(read_only=True) as work:
        assert work.on_demand.list_history("a") == [
            (NOW, RideStatus.HELD, "theo"),
            (later, RideStatus.EXPIRED, ""),
        ]


def test_keys_are_somebodys_own(begin: Begin) -> None:
    used = UsedKey("theo", "key", "d" * 64, ("a", "b"), NOW)
    with begin() as work:
        work.on_demand.put_key(used)
        work.on_demand.put_key(UsedKey("theo", "", "x", (), NOW))
        work.commit()
    with begin(read_only=True) as work:
        assert work.on_demand.find_key("theo", "key") == used
        assert work.on_demand.find_key("thea", "key") is None
        assert work.on_demand.find_key("theo", "") is None
    with begin() as work, pytest.raises(IntegrityError):
        work.on_demand.put_key(used)


def test_rules_come_back_by_day(begin: Begin) -> None:
    later = replace(default_rules(), valid_from="2026-05-01", hold_s=1)
    sooner = replace(default_rules(), valid_from="2026-04-01")
    with begin() as work:
        for rules in (later, sooner, replace(later, hold_s=2)):
            work.on_demand.put_rules(rules)
        work.commit()
    with begin(read_only=True) as work:
        assert work.on_demand.list_rules() == [sooner, replace(later, hold_s=2)]


def test_a_day_has_its_changed_tours_and_its_empty_ones(begin: Begin) -> None:
    """Shifts of the calendar, not on holidays; a tour that was changed stays though its shift is gone."""
    Town(begin, vehicles=2)
    workdays = Calendar("w", frozenset(range(5)), TUESDAY, TUESDAY + dt.timedelta(days=30), on_holidays=False)
    with begin() as work:
        work.on_demand.put_vehicle(Vehicle("v3", "Trois", ("other",), (Seats(4, 0),), DEPOT))
        work.on_demand.put_shift(Shift("s3", "v1", workdays, 7 * 3600, 12 * 3600, (Break(0, 1, 60),)))
        work.on_demand.put_shift(Shift("s4", "v3", workdays, 7 * 3600, 12 * 3600))
        work.on_demand.swap_day(replace(_day(1), home_s=3))
        work.on_demand.remove_shift("s1")
        work.commit()
    with begin(read_only=True) as work:

        def shifts(day: dt.date, holiday: bool = False) -> list[tuple[str, int]]:
            days = list_vehicle_days(work, TOWN.id, day, lambda _: holiday)
            return [(one.shift_id, one.version) for one in days]

        assert shifts(TUESDAY) == [("s1", 1), ("s2", 0), ("s3", 0)]
        assert shifts(TUESDAY, holiday=True) == [("s1", 1), ("s2", 0)]
        assert shifts(TUESDAY + dt.timedelta(days=4)) == [("s2", 0)]
        assert [one.shift_id for one in list_vehicle_days(work, "", TUESDAY, lambda _: False)][-1] == "s4"


def test_a_nights_tour_is_of_the_day_it_began_on_and_clocks_change(begin: Begin) -> None:
    """The night of 28 to 29 March 2026 is an hour shorter; a shift from 20:00 to 28:00 ends at four by the clock."""
    always = Calendar("a", frozenset(range(7)), dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    saturday, sunday = dt.date(2026, 3, 28), dt.date(2026, 3, 29)
    with begin() as work:
        work.on_demand.put_service(TOWN)
        work.on_demand.put_vehicle(Vehicle("v1", "Un", (TOWN.id,), (Seats(4, 0),), DEPOT))
        work.on_demand.put_shift(Shift("day", "v1", always, 8 * 3600, 18 * 3600))
        work.on_demand.put_shift(Shift("night", "v1", always, 20 * 3600, 28 * 3600))
        work.commit()
    with begin(read_only=True) as work:
        days = {
            (one.shift_id, one.day): one
            for day in (saturday, sunday)
            for one in list_vehicle_days(work, TOWN.id, day, lambda _: False)
        }
        for day, utc in ((saturday, 7), (sunday, 6)):
            opens = dt.datetime.fromtimestamp(days["day", day].open_s, dt.UTC)
            assert (opens.date(), opens.hour) == (day, utc), "eight o'clock by the clock in Paris"
        night = days["night", saturday]
        assert night.close_s - night.open_s == 8 * 3600
        three = instant_s(sunday, 3 * 3600 + 1800, TOWN.zone_name)
        around = list_days_between(work, TOWN, three, three, lambda _: False)
        assert [(one.shift_id, one.day) for one in around] == [("night", saturday)]
