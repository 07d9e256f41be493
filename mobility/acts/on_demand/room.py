"""What the fleet of a service can still take, as read in one unit of work, and what could be promised instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.vehicle_days import list_vehicle_days
from mobility.acts.ports import UnitOfWork
from on_demand.booking import Connection, Party, Place
from on_demand.booking_rules import BookingSpan
from on_demand.insertion import FleetPlan, NoRoom, Placement, remove
from on_demand.largest_party import PARTY_TOO_LARGE, Largest, is_too_large, list_largest
from on_demand.ports import Drives
from on_demand.promise import duration_s, make_request, within
from on_demand.quote import Quote, make_quote
from on_demand.ride_rules import RideRules, rules_on
from on_demand.service import Service
from on_demand.service_day import day_of, midnight_s
from on_demand.service_windows import TravelWindow, WhyNot, booking_span, list_windows
from on_demand.tour import Request, VehicleDay

DEADLINE_PASSED, NOT_OPEN_YET, NO_WAY = "deadline-passed", "not-open-yet", "no-way"
"""Why nothing is offered, beside `WhyNot` and `NoRoomReason`."""

STEP_S = 300
"""What else could be had is looked for at instants so far apart."""
TRIES_A_DAY, DAYS_AHEAD, ALTERNATIVES_MAX = 24, 8, 3


@dataclass(frozen=True, slots=True)
class Wish:
    """From where to where, who, and when with one service; one of `leave_s` and `arrive_s`."""

    origin: Place
    destination: Place
    party: Party
    leave_s: int | None
    arrive_s: int | None
    connection: Connection | None = None


@dataclass(frozen=True, slots=True)
class Possible:
    """What could be promised."""

    quote: Quote
    book_until: dt.datetime | None
    """None: until it sets out."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why it could not: a `WhyNot`, a `NoRoomReason`, PARTY_TOO_LARGE or one of the words above."""

    reason: str
    book_from: dt.datetime | None = None
    """NOT_OPEN_YET: when booking opens."""
    largest: Largest = ()
    """PARTY_TOO_LARGE: which parties there are vehicles for."""


@dataclass(slots=True)
class Changes:
    """Tours as they would be, by shift and day, each one version later than it was read. Services may share vehicles:
    the rooms of one journey share their changes."""

    days: dict[tuple[str, dt.date], VehicleDay] = field(default_factory=dict)
    count: int = 0


class Room:
    """The fleet of one service. What is placed (`put`) is reckoned with afterwards; nothing is written."""

    def __init__(
        self,
        work: UnitOfWork,
        ports: OnDemandPorts,
        service: Service,
        now: dt.datetime,
        drives: Drives,
        changes: Changes | None = None,
    ) -> None:
        self.service, self.now, self.drives = service, now, drives
        self.now_s = int(now.timestamp())
        self.rules = rules_of(work, service, now)
        self.changes = changes if changes is not None else Changes()
        self._work, self._ports = work, ports
        self._days: dict[dt.date, list[VehicleDay]] = {}
        self._plans: dict[tuple[int, tuple[dt.date, ...]], FleetPlan] = {}

    def put(self, day: VehicleDay) -> VehicleDay:
        """Reckon with a tour as it would be; it is one version later than it was read first, however often it changes:
        a room that read it again meanwhile may know a newer one, which this one knows nothing of."""
        before = self.changes.days.get((day.shift_id, day.day))
        changed = replace(day, version=self._version(day) + 1 if before is None else before.version)
        self.changes.days[day.shift_id, day.day] = changed
        self.changes.count += 1
        return changed

    def take_out(self, request_id: str, shift_id: str, day: dt.date) -> None:
        """Reckon without a ride. Nothing happens where its tour does not have it."""
        known = next((one for one in self.list_days([day]) if one.shift_id == shift_id), None)
        if known is not None and any(request.id == request_id for request in known.requests):
            self.put(remove(known, request_id, self.drives))

    def list_days(self, days: Iterable[dt.date]) -> list[VehicleDay]:
        """The tours of service days, as they would be."""
        found: list[VehicleDay] = []
        for day in days:
            if day not in self._days:
                self._days[day] = list_vehicle_days(self._work, self.service.id, day, self._ports.is_holiday)
            found += [self.changes.days.get((one.shift_id, one.day), one) for one in self._days[day]]
        return found

    def list_around(self, request: Request) -> list[VehicleDay]:
        """The tours a ride could be in."""
        days = self._days_of(request)
        return [
            one
            for one in self.list_days(days)
            if one.open_s <= request.drop_close_s and one.close_s >= request.pickup_open_s
        ]

    def find(self, request: Request) -> Placement | NoRoom:
        """The best place for a ride."""
        days = self._days_of(request)
        key = self.changes.count, days
        if key not in self._plans:
            self._plans[key] = FleetPlan.of(self.list_days(days), self.drives)
        return self._plans[key].find(request, self.now_s)

    def direct_s(self, origin: Place, destination: Place) -> int:
        """Driving there without others; -1: there is no way."""
        return int(self.drives.times_s([origin.at], [destination.at])[0, 0])

    def check_bookable(self, wish: Wish, pickup_s: int, grace_s: int = 0) -> TravelWindow | Refused:
        """A window of the service in which a pick-up at an instant can be booked now, or was so long ago."""
        areas = self._ports.areas.of(self.service)
        # As long as the vehicle may come; the window that is promised is cut to the service's hours.
        to_s = pickup_s + self.service.promise.window_s
        found = list_windows(areas, wish.origin, wish.destination, pickup_s, to_s, self._ports.is_holiday)
        if isinstance(found, WhyNot):
            return Refused(found.value)
        refused = Refused(WhyNot.OUTSIDE_HOURS.value)
        for window in found:
            if window.pickup_open_s > pickup_s:
                continue
            span = self._span(window, pickup_s)
            if span.holds(self.now_s) or (grace_s and span.holds(self.now_s - grace_s)):
                return window
            is_early = span.earliest is not None and span.earliest > self.now
            refused = Refused(NOT_OPEN_YET, span.earliest) if is_early else Refused(DEADLINE_PASSED)
        return refused

    def promise(self, wish: Wish, direct_s: int, pickup_s: int) -> Possible | Refused:
        """What is promised for an instant; arriving by the wish's, where it names one and there is time."""
        window = self.check_bookable(wish, pickup_s)
        if isinstance(window, Refused):
            return window
        if pickup_s < self.now_s:
            return Refused(DEADLINE_PASSED)
        asked = make_request(
            self.service, wish.origin, wish.destination, wish.party, direct_s, leave_s=pickup_s
        )
        request = within(asked, window)
        if request is None:
            return Refused(WhyNot.OUTSIDE_HOURS.value)
        found = self.find(request)
        if isinstance(found, NoRoom):
            return self._refuse_too_large(wish.party) or Refused(found.reason.value)
        latest = self._span(window, pickup_s).latest
        quote = make_quote(
            self.service,
            wish.party,
            (wish.origin, wish.destination),
            direct_s,
            request,
            found,
            self._version(found.day),
            self.now_s + self.rules.quote_s,
            wish.connection,
        )
        return Possible(quote, latest)

    def answer(self, wish: Wish) -> Possible | Refused:
        """What is promised as it was wished for."""
        direct_s = self.direct_s(wish.origin, wish.destination)
        if direct_s < 0:
            return Refused(NO_WAY)
        return self.promise(wish, direct_s, self._pickup_s(wish, direct_s))

    def alternatives(self, wish: Wish) -> list[Possible]:
        """What could be promised at other times: those of the same day nearest to what was wished for, or else of the
        next day on which there is any; by time."""
        direct_s = self.direct_s(wish.origin, wish.destination)
        if direct_s < 0 or self._refuse_too_large(wish.party):
            return []
        wish_s = self._pickup_s(wish, direct_s)
        first = day_of(max(wish_s, self.now_s), self.service.zone_name)
        unbound = replace(wish, connection=None)
        for ahead in range(DAYS_AHEAD):
            day = first + dt.timedelta(days=ahead)
            found: list[Possible] = []
            tries = 0
            for pickup_s in self._instants(wish, day, wish_s + ahead * 86_400):
                if pickup_s == wish_s:
                    continue
                if not isinstance(self.check_bookable(wish, pickup_s), Refused):
                    tries += 1
                    possible = self.promise(unbound, direct_s, pickup_s)
                    if isinstance(possible, Possible):
                        found.append(possible)
                if len(found) == ALTERNATIVES_MAX or tries == TRIES_A_DAY:
                    break
            if found:
                return sorted(found, key=lambda one: one.quote.pickup_open_s)
        return []

    def _refuse_too_large(self, party: Party) -> Refused | None:
        """Of a party no vehicle has room for, now or ever."""
        largest = list_largest(self._work.on_demand.list_vehicles(self.service.id))
        return Refused(PARTY_TOO_LARGE, largest=largest) if is_too_large(party, largest) else None

    def _version(self, day: VehicleDay) -> int:
        """Of a tour, as it was read."""
        return next(one.version for one in self._days[day.day] if one.shift_id == day.shift_id)

    def _pickup_s(self, wish: Wish, direct_s: int) -> int:
        if wish.leave_s is not None:
            return wish.leave_s
        assert wish.arrive_s is not None
        return wish.arrive_s - duration_s(self.service.promise, wish.party, direct_s)

    def _instants(self, wish: Wish, day: dt.date, near_s: int) -> Iterator[int]:
        """Instants of a day at which one may be picked up, those near an instant first."""
        zone = self.service.zone_name
        from_s = max(midnight_s(day, zone), self.now_s)
        to_s = midnight_s(day + dt.timedelta(days=1), zone) - 1
        if from_s > to_s:
            return
        areas = self._ports.areas.of(self.service)
        windows = list_windows(areas, wish.origin, wish.destination, from_s, to_s, self._ports.is_holiday)
        if isinstance(windows, WhyNot):
            return
        instants: set[int] = set()
        for window in windows:
            instants.add(window.pickup_open_s)
            first = near_s + -(-(window.pickup_open_s - near_s) // STEP_S) * STEP_S
            instants.update(range(first, window.pickup_close_s + 1, STEP_S))
        yield from sorted(instants, key=lambda instant: (abs(instant - near_s), instant))

    def _span(self, window: TravelWindow, pickup_s: int) -> BookingSpan:
        return booking_span(self.service, window, pickup_s, self._ports.is_holiday)

    def _days_of(self, request: Request) -> tuple[dt.date, ...]:
        zone = self.service.zone_name
        first = day_of(request.pickup_open_s, zone) - dt.timedelta(days=1)
        last = day_of(request.drop_close_s, zone)
        return tuple(first + dt.timedelta(days=number) for number in range((last - first).days + 1))


def rules_of(work: UnitOfWork, service: Service, now: dt.datetime) -> RideRules:
    """The rules of riding of today, by a service's clock."""
    return rules_on(work.on_demand.list_rules(), day_of(now.timestamp(), service.zone_name).isoformat())
