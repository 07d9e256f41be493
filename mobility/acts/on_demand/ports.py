"""What the acts of demand-responsive transport need to remember. `mobility.storage.on_demand` fills it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from mobility.acts.idempotency import Keys
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.fleet import Shift, Vehicle
from on_demand.ride_rules import RideRules
from on_demand.service import Service
from on_demand.tour import VehicleDay
from on_demand.waiting_list import Waiting


class OnDemandBook(Keys, Protocol):
    """Services, vehicles, shifts, tours and rides. Whoever `put`s something has it remembered instead of the one of its
    id.

    Locks are taken in this order: people (`lock_person`), then vehicle-days sorted by day and shift (`lock_days`), then
    what else there is.
    """

    def stamp(self) -> int:
        """Grows with every committed change of services, vehicles, shifts, tours and rides."""
        ...

    def list_services(self) -> list[Service]:
        """All services, by id."""
        ...

    def find_service(self, service_id: str) -> Service | None:
        """One service."""
        ...

    def put_service(self, service: Service) -> None: ...

    def remove_service(self, service_id: str) -> None:
        """Forget a service nobody has rides of."""
        ...

    def list_vehicles(self, service_id: str = "") -> list[Vehicle]:
        """All vehicles (that ride for a service), by id."""
        ...

    def find_vehicle(self, vehicle_id: str) -> Vehicle | None:
        """One vehicle."""
        ...

    def put_vehicle(self, vehicle: Vehicle) -> None: ...

    def remove_vehicle(self, vehicle_id: str) -> None:
        """Forget a vehicle without shifts."""
        ...

    def list_shifts(self, vehicle_id: str = "") -> list[Shift]:
        """All shifts (of a vehicle), by id."""
        ...

    def find_shift(self, shift_id: str) -> Shift | None:
        """One shift."""
        ...

    def put_shift(self, shift: Shift) -> None: ...

    def remove_shift(self, shift_id: str) -> None:
        """Forget a shift without tours to come."""
        ...

    def list_days(self, day: dt.date, service_id: str = "") -> list[VehicleDay]:
        """The tours of a service day that were ever changed, by shift. `acts.on_demand.vehicle_days` adds those that
        are still empty."""
        ...

    def list_days_of(self, shift_id: str, from_day: dt.date) -> list[VehicleDay]:
        """The tours of a shift that were ever changed, from a day on, by day."""
        ...

    def find_day(self, shift_id: str, day: dt.date) -> VehicleDay | None:
        """One tour; None: nobody changed it yet."""
        ...

    def lock_days(self, keys: Sequence[tuple[str, dt.date]]) -> list[VehicleDay]:
        """The tours there are of (shift, day), and nobody else changes them until the end of this unit of work. Call it
        once a unit of work: it locks in sorted order."""
        ...

    def swap_day(self, day: VehicleDay) -> bool:
        """Remember a tour whose `version` is one more than the remembered one's (1, of a new one); False: somebody else
        was faster, and nothing is changed."""
        ...

    def has_rides(self, service_id: str) -> bool:
        """Whether anybody ever booked a ride of a service."""
        ...

    def find_ride(self, ride_id: str) -> OnDemandRide | None:
        """One ride."""
        ...

    def put_ride(self, ride: OnDemandRide, by: str = "") -> None:
        """The tour it is in must be locked or swapped in this unit of work. A new status (of a ride that is new, too)
        goes into its history, done by somebody; "": by nobody, time alone."""
        ...

    def list_rides(self, ids: Sequence[str]) -> list[OnDemandRide]:
        """Those of these ids there are, by id."""
        ...

    def list_rides_on(self, day: dt.date, service_id: str = "") -> list[OnDemandRide]:
        """All rides of a service day, by promised pick-up."""
        ...

    def list_rides_of(self, person_id: str) -> list[OnDemandRide]:
        """All rides of a person, in the order they were made."""
        ...

    def list_journey(self, journey_id: str) -> list[OnDemandRide]:
        """The rides of one journey, by promised pick-up."""
        ...

    def list_expired(self, now: dt.datetime) -> list[OnDemandRide]:
        """Rides still held whose time is over."""
        ...

    def list_connected(self, statuses: Sequence[RideStatus], after_s: int) -> list[OnDemandRide]:
        """Rides timed to a coach or train whose promised times end after an instant."""
        ...

    def list_history(self, ride_id: str) -> list[tuple[dt.datetime, RideStatus, str]]:
        """What became of a ride: when, its status, and who did it; in order."""
        ...

    def list_rules(self) -> list[RideRules]:
        """All versions of the rules, by the day they begin: `on_demand.ride_rules.rules_on` chooses."""
        ...

    def put_rules(self, rules: RideRules) -> None:
        """Remember a version of the rules, instead of the one of its day."""
        ...

    def find_waiting(self, waiting_id: str) -> Waiting | None:
        """One place in a waiting list."""
        ...

    def put_waiting(self, waiting: Waiting) -> None: ...

    def list_waiting(self) -> list[Waiting]:
        """All who wait or have been made an offer they may still take, first come first."""
        ...

    def list_waiting_of(self, person_id: str) -> list[Waiting]:
        """All places in waiting lists of a person, whatever became of them, in the order they were taken."""
        ...

    def lock_person(self, person_id: str) -> None:
        """Nobody else books or erases for this person until the end of this unit of work."""
        ...

    def rename_person(self, person_id: str, name: str) -> None:
        """Put `name` where a person was named, and forget their name, telephone and notes."""
        ...
