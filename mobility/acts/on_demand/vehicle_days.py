"""The tours of a day: those that were ever changed, and the empty ones of all other shifts that run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from mobility.acts.ports import UnitOfWork
from on_demand.calendar import IsHoliday, is_active
from on_demand.fleet import Shift, Vehicle
from on_demand.insertion import DayKey
from on_demand.schedule import break_stops
from on_demand.service import Service
from on_demand.service_day import day_of, instant_s
from on_demand.tour import DayBreak, VehicleDay


def list_vehicle_days(
    work: UnitOfWork, service_id: str, day: dt.date, is_holiday: IsHoliday
) -> list[VehicleDay]:
    """The tours of a service's vehicles on a service day, by shift. `service_id` "": of all vehicles."""
    known = {one.shift_id: one for one in work.on_demand.list_days(day, service_id)}
    zones = {service.id: service.zone_name for service in work.on_demand.list_services()}
    vehicles = {vehicle.id: vehicle for vehicle in work.on_demand.list_vehicles(service_id)}
    for shift in work.on_demand.list_shifts():
        vehicle = vehicles.get(shift.vehicle_id)
        if vehicle is not None and shift.id not in known and is_active(shift.calendar, day, is_holiday):
            known[shift.id] = empty_day(shift, vehicle, day, zone_of(vehicle, zones))
    return [known[shift_id] for shift_id in sorted(known)]


def list_days_between(
    work: UnitOfWork, service: Service, from_s: int, to_s: int, is_holiday: IsHoliday
) -> list[VehicleDay]:
    """The tours of a service's vehicles that are under way at some instant from `from_s` to `to_s`, both inclusive; a
    night's are of the service day it began on. By day and shift."""
    day = day_of(from_s, service.zone_name) - dt.timedelta(days=1)
    last = day_of(to_s, service.zone_name)
    found: list[VehicleDay] = []
    while day <= last:
        found += list_vehicle_days(work, service.id, day, is_holiday)
        day += dt.timedelta(days=1)
    return [one for one in found if one.open_s <= to_s and one.close_s >= from_s]


def list_takers(work: UnitOfWork, days: Sequence[VehicleDay]) -> dict[str, set[DayKey]]:
    """For each ride in these tours, which of them could take it: the one it is in, and those whose vehicles ride for
    its service."""
    serves = {vehicle.id: vehicle.service_ids for vehicle in work.on_demand.list_vehicles()}
    takers: dict[str, set[DayKey]] = {one.id: {key_of(day)} for day in days for one in day.requests}
    for ride in work.on_demand.list_rides(sorted(takers)):
        takers[ride.id] |= {key_of(day) for day in days if ride.service_id in serves.get(day.vehicle_id, ())}
    return takers


def key_of(day: VehicleDay) -> DayKey:
    """By what a tour is known."""
    return day.shift_id, day.day


def empty_day(shift: Shift, vehicle: Vehicle, day: dt.date, zone_name: str) -> VehicleDay:
    """What a shift is on a day before anybody rides. Its version is 0: the first change makes it 1. Also in the nights
    in which the clock changes, eight o'clock is eight o'clock."""
    breaks = tuple(
        DayBreak(
            instant_s(day, one.open_s, zone_name), instant_s(day, one.close_s, zone_name), one.duration_s
        )
        for one in shift.breaks
    )
    return VehicleDay(
        shift_id=shift.id,
        day=day,
        vehicle_id=vehicle.id,
        version=0,
        open_s=instant_s(day, shift.start_s, zone_name),
        close_s=instant_s(day, shift.end_s, zone_name),
        start=vehicle.depot,
        end=vehicle.depot,
        configurations=vehicle.configurations,
        route_s_max=shift.route_s_max,
        breaks=breaks,
        stops=break_stops(breaks),
    )


def zone_of(vehicle: Vehicle, zones: dict[str, str]) -> str:
    """Whose clock a vehicle goes by: that of the first service it rides for."""
    return next((zones[one] for one in vehicle.service_ids if one in zones), "Europe/Paris")
