"""Tours that drive less: looked for in the background, and taken over only if nobody changed any of them meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.vehicle_days import key_of, list_takers, list_vehicle_days
from on_demand.insertion import DayKey
from on_demand.reoptimise import reoptimise
from on_demand.tour import StopKind, VehicleDay
from on_demand.tour_search import Spent

DAYS_AHEAD = 8
"""Service days that are looked at, from yesterday's (it may last past midnight) on."""


class Reoptimiser:
    """Remembers which days it can do nothing more for. `begin_budget`: how long each may be searched, from now on."""

    def __init__(self, ports: OnDemandPorts, begin_budget: Callable[[], Spent]) -> None:
        self._ports, self._begin_budget = ports, begin_budget
        self._settled: dict[dt.date, frozenset[tuple[str, int]]] = {}

    def run(self) -> int:
        """Look once at all service days with rides to come; how many tours drive another way now. Any number of
        processes may do so at once: what one writes makes the others' findings old, and they are dropped."""
        first = self._ports.acts.now().date() - dt.timedelta(days=1)
        days = [first + dt.timedelta(days=number) for number in range(DAYS_AHEAD + 1)]
        self._settled = {day: seen for day, seen in self._settled.items() if day in days}
        return sum(self._better(day) for day in days)

    def _better(self, day: dt.date) -> int:
        ports = self._ports
        with ports.acts.unit_of_work(read_only=True) as work:
            if not work.on_demand.list_days(day):
                return 0
            tours = list_vehicle_days(work, "", day, ports.is_holiday)
            versions = frozenset((tour.shift_id, tour.version) for tour in tours)
            if self._settled.get(day) == versions or not any(map(_is_ahead, tours)):
                return 0
            takers = list_takers(work, tours)
        now_s = int(ports.acts.now().timestamp())
        changed = reoptimise(tours, ports.drives(), now_s, self._begin_budget(), now_s, takers)
        if not changed:
            self._settled[day] = versions
            return 0
        return len(changed) if self._write(tours, changed) else 0

    def _write(self, before: Sequence[VehicleDay], changed: Sequence[VehicleDay]) -> bool:
        """All of it in one transaction; False: somebody was faster, and nothing is changed."""
        was, now = _vehicle_of(before), _vehicle_of(changed)
        moved = sorted(ride_id for ride_id, key in now.items() if was[ride_id] != key)
        changed = sorted(changed, key=lambda tour: (tour.day, tour.shift_id))
        with self._ports.acts.unit_of_work() as work:
            book = work.on_demand
            for person_id in sorted({ride.person_id for ride in book.list_rides(moved)}):
                book.lock_person(person_id)
            book.lock_days([key_of(tour) for tour in changed])
            if not all(book.swap_day(tour) for tour in changed):
                return False
            at = self._ports.acts.now()
            for ride in book.list_rides(moved):
                shift_id, day = now[ride.id]
                ride = replace(ride, shift_id=shift_id, day=day, changed_at=max(at, ride.changed_at))
                book.put_ride(ride)
                tell_ride(work, "moved", ride, at)
            work.commit()
        return True


def _is_ahead(tour: VehicleDay) -> bool:
    """Whether anything is left to be changed."""
    return any(stop.served_at_s is None and stop.kind is not StopKind.BREAK for stop in tour.stops)


def _vehicle_of(tours: Sequence[VehicleDay]) -> dict[str, DayKey]:
    return {request.id: key_of(tour) for tour in tours for request in tour.requests}
