"""Read services and tours of demand-responsive transport from the database whenever they change, so that planners offer
what there is room for, and nothing else."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mobility.acts.on_demand.vehicle_days import empty_day, zone_of
from mobility.acts.ports import UnitOfWork, UnitsOfWork
from mobility.journeys.on_demand.live_fleet import NO_ON_DEMAND, OnDemand
from on_demand.calendar import IsHoliday, is_active
from on_demand.fleet import Shift, Vehicle
from on_demand.largest_party import list_largest
from on_demand.quote import Quote
from on_demand.ride_rules import rules_on
from on_demand.service import Service
from on_demand.tour import VehicleDay

LOOK_EVERY_S = 0.4
"""How often it is looked whether something was booked or changed."""

READ_EVERY_S = 1800.0
"""How often all is read anew although nothing changed: days pass."""

BEHIND, AHEAD = 1, 32
"""Of which days, from today, tours are read: booking mostly opens a month ahead."""

Sign = Callable[[Quote], str]


@dataclass(frozen=True, slots=True)
class _Described:
    """What operators describe; tours come and go without it changing."""

    services: tuple[Service, ...]
    vehicles: tuple[Vehicle, ...]
    shifts: tuple[Shift, ...]


class OnDemandWatch:
    """Keeps `known`, the newest state that was read, with what this process has changed since. One thread looks, any
    may take what is known."""

    def __init__(
        self, begin: UnitsOfWork, now: Callable[[], dt.datetime], is_holiday: IsHoliday, sign: Sign
    ) -> None:
        self._begin, self._now, self._is_holiday, self._sign = begin, now, is_holiday, sign
        self._reading, self._hearing = threading.Lock(), threading.Lock()
        self._heard: dict[tuple[str, dt.date], VehicleDay] = {}
        """What was committed here, and may not have been read yet, by shift and day."""
        self._stamp = -1
        self._looked_at = self._read_at = float("-inf")
        self._described = _Described((), (), ())
        self._empty: dict[dt.date, dict[str, VehicleDay]] = {}
        self.known: OnDemand = NO_ON_DEMAND

    def look(self, clock_s: float) -> bool:
        """Whether they must be laid over the network anew: services changed, or time has passed. Tours that changed
        are known without that. `clock_s`: any clock that only goes forward."""
        with self._reading:
            if clock_s - self._looked_at < LOOK_EVERY_S:
                return False
            self._looked_at = clock_s
            is_old = clock_s - self._read_at >= READ_EVERY_S
            committed = dict(self._heard)  # so early that it is read now
            with self._begin(read_only=True) as work:
                stamp = work.on_demand.stamp()
                is_same = stamp == self._stamp and not is_old
                read = self.known if is_same else self._read(work)
            with self._hearing:
                for key, tour in committed.items():
                    if self._heard[key] is tour:
                        del self._heard[key]
                if is_same:
                    return False
                before = self.known.services
                self.known = read.with_tours(self._heard.values())
            self._stamp = stamp
            if is_old:
                self._read_at = clock_s
            return before != self.known.services or (is_old and bool(before))

    def hear(self, tours: Sequence[VehicleDay]) -> None:
        """Know at once what this process has committed. Others' changes are known when they are looked for."""
        with self._hearing:
            self._heard |= {(tour.shift_id, tour.day): tour for tour in tours if tour.day in self.known.tours}
            self.known = self.known.with_tours(tours)

    def read_once(self) -> None:
        """Have something read, be it that nobody looks again."""
        with self._reading:
            is_read = self._stamp >= 0
        if not is_read:
            self.look(time.monotonic())

    def _read(self, work: UnitOfWork) -> OnDemand:
        book = work.on_demand
        services = tuple(service for service in book.list_services() if service.is_dispatched)
        described = _Described(services, tuple(book.list_vehicles()), tuple(book.list_shifts()))
        if described != self._described:
            self._described, self._empty = described, {}
        if not services:
            return NO_ON_DEMAND
        today = self._now().date()
        days = [today + dt.timedelta(days=number) for number in range(-BEHIND, AHEAD + 1)]
        self._empty = {day: self._empty.get(day) or self._list_empty(day) for day in days}
        tours: dict[dt.date, tuple[VehicleDay, ...]] = {}
        for day in days:
            changed = {tour.shift_id: tour for tour in book.list_days(day)}
            of_day = self._empty[day] | changed
            listed = tuple(of_day[shift_id] for shift_id in sorted(of_day))
            before = self.known.tours.get(day, ())
            tours[day] = before if before == listed else listed
        served_by: dict[str, list[Vehicle]] = defaultdict(list)
        for vehicle in described.vehicles:
            for service_id in vehicle.service_ids:
                served_by[service_id].append(vehicle)
        return OnDemand(
            services,
            tours,
            {service_id: frozenset(one.id for one in vehicles) for service_id, vehicles in served_by.items()},
            rules_on(book.list_rules(), today.isoformat()).quote_s,
            self._sign,
            {service_id: list_largest(vehicles) for service_id, vehicles in served_by.items()},
        )

    def _list_empty(self, day: dt.date) -> dict[str, VehicleDay]:
        """What shifts are before anybody rides."""
        vehicles = {vehicle.id: vehicle for vehicle in self._described.vehicles}
        zones = {service.id: service.zone_name for service in self._described.services}
        return {
            shift.id: empty_day(shift, vehicle, day, zone_of(vehicle, zones))
            for shift in self._described.shifts
            if (vehicle := vehicles.get(shift.vehicle_id)) is not None
            and is_active(shift.calendar, day, self._is_holiday)
        }
