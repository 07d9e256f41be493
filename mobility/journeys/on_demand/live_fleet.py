"""Services and the tours of the days ahead, as they were at one moment: what decides whether a ride can be had.

Never changed: a newer one takes its place, and a request keeps the one it began with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from on_demand.booking import Party
from on_demand.insertion import FleetPlan, NoRoom, Placement
from on_demand.largest_party import Largest
from on_demand.ports import Drives
from on_demand.quote import Quote
from on_demand.service import Service
from on_demand.service_day import day_of
from on_demand.service_windows import TravelWindow
from on_demand.tour import Request, VehicleDay

PlanKey = tuple[str, dt.date]


def days_around(day: dt.date) -> tuple[dt.date, dt.date, dt.date]:
    """A day, with the one before and the next."""
    return day - dt.timedelta(days=1), day, day + dt.timedelta(days=1)


@dataclass(frozen=True, eq=False)
class OnDemand:
    """What was read."""

    services: tuple[Service, ...] = ()
    """Those that are dispatched here, by id."""
    tours: Mapping[dt.date, tuple[VehicleDay, ...]] = field(default_factory=dict)
    """By service day, the empty ones as well."""
    served_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By service: the vehicles that ride for it."""
    quote_s: int = 900
    """How long a quote can be held."""
    sign: Callable[[Quote], str] = field(default=lambda _: "")
    """Makes a quote a token."""
    largest: Mapping[str, Largest] = field(default_factory=dict)
    """By service: the largest parties its vehicles have room for."""

    @cached_property
    def service_by_id(self) -> dict[str, Service]:
        return {service.id: service for service in self.services}

    def list_tours(self, service_id: str, day: dt.date) -> tuple[VehicleDay, ...]:
        """Of the vehicles that ride for a service: of a day, of the one before and of the next."""
        vehicles = self.served_by.get(service_id, frozenset())
        return tuple(
            tour
            for one in days_around(day)
            for tour in self.tours.get(one, ())
            if tour.vehicle_id in vehicles
        )

    def with_tours(self, tours: Iterable[VehicleDay]) -> OnDemand:
        """With these instead of what they were before, where they are newer; those of other days are left out."""
        changed = dict(self.tours)
        for tour in tours:
            of_day = {one.shift_id: one for one in changed.get(tour.day, ())}
            known = of_day.get(tour.shift_id)
            if tour.day in changed and (known is None or known.version < tour.version):
                of_day[tour.shift_id] = tour
                changed[tour.day] = tuple(of_day[shift_id] for shift_id in sorted(of_day))
        return replace(self, tours=changed)

    def list_sharing(self, tour: VehicleDay) -> list[str]:
        """The services a tour's vehicle rides for."""
        return [service for service, vehicles in self.served_by.items() if tour.vehicle_id in vehicles]


NO_ON_DEMAND = OnDemand()


@dataclass(frozen=True, eq=False)
class LiveFleet:
    """The tours on the streets of one network. Plans are made when they are asked for first; those of days on which
    nothing changed are taken over from the state before."""

    known: OnDemand
    drives: Drives
    _plans: dict[PlanKey, tuple[tuple[VehicleDay, ...], FleetPlan]] = field(default_factory=dict)
    _placed: Mapping[PlanKey, FleetPlan] = field(default_factory=dict)
    """With rides of the same traveller that nobody has booked yet."""
    _spans: dict[tuple[str, int, int, int, int], tuple[int, int] | None] = field(default_factory=dict)

    def succeeded_by(self, known: OnDemand) -> LiveFleet:
        """The newer state on the same streets."""
        plans = {
            key: (tours, plan)
            for key, (tours, plan) in list(self._plans.items())
            if known.list_tours(*key) == tours
        }
        return LiveFleet(known, self.drives, plans)

    def get_plan(self, service_id: str, day: dt.date) -> FleetPlan:
        """The tours of a service that may be under way on a day of the calendar: of the day before, too, and of the
        next, where a ride ends after midnight."""
        key = service_id, day
        placed = self._placed.get(key)
        if placed is not None:
            return placed
        kept = self._plans.get(key)
        if kept is None:
            tours = self.known.list_tours(service_id, day)
            kept = self._plans[key] = tours, FleetPlan.of(tours, self.drives)
        return kept[1]

    def find(self, service: Service, request: Request, now_s: int) -> Placement | NoRoom:
        """Where a ride fits in, by the same insertion that books it."""
        day = day_of(request.pickup_open_s, service.zone_name)
        return self.get_plan(service.id, day).find(request, now_s)

    def with_placement(self, placement: Placement) -> LiveFleet:
        """As if a ride were booked: whatever comes after it in the same journey must fit beside it."""
        tour = placement.day
        placed = dict(self._placed)
        for service_id in self.known.list_sharing(tour):
            for day in days_around(tour.day):
                placed[service_id, day] = self.get_plan(service_id, day).with_day(tour)
        return replace(self, _placed=placed)

    def find_span(self, service_id: str, window: TravelWindow, party: Party) -> tuple[int, int] | None:
        """From when until when, about a window, any vehicle is on the road that a party fits into; None: there is
        none."""
        open_s, close_s = window.pickup_open_s, window.drop_close_s
        key = service_id, open_s, close_s, party.seats, party.wheelchairs
        if key not in self._spans:
            fitting = [
                tour
                for tour in self.known.list_tours(service_id, window.day)
                if tour.open_s <= close_s
                and tour.close_s >= open_s
                and tour.out_of_service_s is None
                and any(
                    one.seats >= party.seats and one.wheelchairs >= party.wheelchairs
                    for one in tour.configurations
                )
            ]
            opens, closes = [tour.open_s for tour in fitting], [tour.close_s for tour in fitting]
            self._spans[key] = (min(opens), max(closes)) if fitting else None
        return self._spans[key]
