"""The operator's day: every tour of a service with its times, riders and free time; and each driver's own."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from mobility.accounts.caller import Caller, ForbiddenError, Permission
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.fleet import get_shift, get_vehicle
from mobility.acts.on_demand.services import get_service
from mobility.acts.on_demand.tour_view import Rider, TourView, find_riders, name_driver, view_tour
from mobility.acts.on_demand.vehicle_days import empty_day, list_vehicle_days, zone_of
from mobility.acts.ports import UnitOfWork
from on_demand.booking import Ending, OnDemandRide, RideStatus
from on_demand.calendar import is_active
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.tour import VehicleDay


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A service's day."""

    service_id: str
    """"": of all services."""
    day: dt.date
    zone_name: str
    tours: tuple[TourView, ...]
    to_call: tuple[tuple[OnDemandRide, Rider], ...]
    """Rides the operator could not keep: who is to be told, with their telephone numbers."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the driver of a shift does on a day."""

    day: dt.date
    zone_name: str
    tour: TourView


@dataclass(frozen=True, slots=True)
class DriverShift:
    """A shift somebody drives on a day."""

    shift_id: str
    day: dt.date
    vehicle_name: str
    open_s: int
    close_s: int


def day_plan(ports: OnDemandPorts, caller: Caller, service_id: str, day: dt.date) -> DayPlan:
    """Every vehicle of a service on a day ("": of all services). Raises ForbiddenError and OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    now_s = int(ports.acts.now().timestamp())
    with ports.acts.unit_of_work(read_only=True) as work:
        zone_name = get_service(work, service_id).zone_name if service_id else "Europe/Paris"
        tours = list_vehicle_days(work, service_id, day, ports.is_holiday)
        views = tuple(_view(work, tour, now_s) for tour in tours if _is_of(work, tour))
        lost = {
            ride.id: ride
            for ride in work.on_demand.list_rides_on(day, service_id)
            if ride.status is RideStatus.CANCELLED and ride.ending is Ending.OPERATOR
        }
        riders = find_riders(work, lost)
    to_call = tuple((ride, riders[ride.id]) for ride in lost.values())
    return DayPlan(service_id, day, zone_name, views, to_call)


def manifest(ports: OnDemandPorts, caller: Caller, shift_id: str, day: dt.date) -> Manifest:
    """A shift's day, for its own driver or an operator. Raises ForbiddenError and OnDemandRefusedError."""
    if not caller.may(Permission.MANAGE_ON_DEMAND):
        caller.require(Permission.DRIVE_ON_DEMAND)
    now_s = int(ports.acts.now().timestamp())
    with ports.acts.unit_of_work(read_only=True) as work:
        shift = work.on_demand.find_shift(shift_id)
        require_driver(caller, shift.driver if shift is not None else "")
        tour = get_tour(work, ports, shift_id, day)
        zones = {service.id: service.zone_name for service in work.on_demand.list_services()}
        zone_name = zone_of(get_vehicle(work, tour.vehicle_id), zones)
        return Manifest(day, zone_name, _view(work, tour, now_s))


def list_my_shifts(ports: OnDemandPorts, caller: Caller, day: dt.date) -> list[DriverShift]:
    """The shifts the caller drives on a day. Raises ForbiddenError."""
    caller.require(Permission.DRIVE_ON_DEMAND)
    with ports.acts.unit_of_work(read_only=True) as work:
        mine = {shift.id for shift in work.on_demand.list_shifts() if shift.driver == caller.person}
        if not mine:
            return []
        tours = [tour for tour in list_vehicle_days(work, "", day, ports.is_holiday) if tour.shift_id in mine]
        names = {vehicle.id: vehicle.name for vehicle in work.on_demand.list_vehicles()}
    return [
        DriverShift(tour.shift_id, day, names.get(tour.vehicle_id, ""), tour.open_s, tour.close_s)
        for tour in sorted(tours, key=lambda tour: tour.open_s)
    ]


def require_driver(caller: Caller, driver: str) -> None:
    """Raises ForbiddenError unless the caller drives that shift, or manages them all."""
    if caller.may(Permission.MANAGE_ON_DEMAND):
        return
    caller.require(Permission.DRIVE_ON_DEMAND)
    if not driver or driver != caller.person:
        raise ForbiddenError("this is for the driver of the shift")


def get_tour(work: UnitOfWork, ports: OnDemandPorts, shift_id: str, day: dt.date) -> VehicleDay:
    """The tour of a shift on a day, an empty one too. Raises OnDemandRefusedError."""
    known = work.on_demand.find_day(shift_id, day)
    if known is not None:
        return known
    shift = get_shift(work, shift_id)
    if not is_active(shift.calendar, day, ports.is_holiday):
        raise OnDemandRefusedError(
            Reason.UNKNOWN,
            f"{shift_id} ne roule pas le {day} : voyez son calendrier.",
            f"{shift_id} does not run on {day}: see its calendar.",
            "day",
        )
    vehicle = get_vehicle(work, shift.vehicle_id)
    zones = {service.id: service.zone_name for service in work.on_demand.list_services()}
    return empty_day(shift, vehicle, day, zone_of(vehicle, zones))


def _is_of(work: UnitOfWork, tour: VehicleDay) -> bool:
    """Whether its vehicle is still known: one without rides that was removed is nobody's concern."""
    return bool(tour.requests) or work.on_demand.find_shift(tour.shift_id) is not None


def _view(work: UnitOfWork, tour: VehicleDay, now_s: int) -> TourView:
    rides = {ride.id: ride for ride in work.on_demand.list_rides([request.id for request in tour.requests])}
    shift = work.on_demand.find_shift(tour.shift_id)
    vehicle = get_vehicle(work, tour.vehicle_id)
    return view_tour(tour, vehicle, name_driver(work, shift), rides, find_riders(work, rides), now_s)
