"""What a change of vehicles and shifts does to tours that are promised already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.redispatch import Eviction, Plan, name_rides, plan_redispatch
from mobility.acts.on_demand.tour_view import find_riders
from mobility.acts.on_demand.vehicle_days import empty_day, zone_of
from mobility.acts.ports import UnitOfWork
from on_demand.calendar import is_active
from on_demand.fleet import Shift, Vehicle
from on_demand.ports import Drives
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.remake import Remade, has_begun, remake, remake_under_way
from on_demand.tour import Request, VehicleDay

GUARDED_DAYS = 60
"""So many days ahead the empty tours of a shift that changes are written down: who was just about to book on one as it
was notices."""


def plan_change(
    work: UnitOfWork,
    ports: OnDemandPorts,
    changes: Mapping[str, tuple[Shift | None, Vehicle]],
    redispatch: bool,
) -> Plan:
    """The tours to come of shifts that change (None: are removed), and where riders go whom they can no longer take.

    Raises OnDemandRefusedError with their rides where they are not to be dispatched anew.
    """
    now = ports.acts.now()
    now_s, drives = int(now.timestamp()), ports.drives()
    zones = {service.id: service.zone_name for service in work.on_demand.list_services()}
    before: list[VehicleDay] = []
    after: list[VehicleDay] = []
    leaving: list[Request] = []
    for shift_id, (shift, vehicle) in changes.items():
        for tour in _list_to_come(work, ports, shift_id, zones):
            fresh = None
            if shift is not None and is_active(shift.calendar, tour.day, ports.is_holiday):
                fresh = empty_day(shift, vehicle, tour.day, zone_of(vehicle, zones))
            is_gone = tour.out_of_service_s == tour.open_s  # its shift did not run that day
            if (is_gone and fresh is None) or not (is_gone or tour.out_of_service_s is None):
                continue
            strangers = [] if has_begun(tour, now_s) else _strangers(work, tour, vehicle)
            if fresh is not None and _shape(tour) == _shape(fresh) and not strangers:
                continue
            made = _remade(tour, fresh, strangers, drives, now_s)
            before.append(tour)
            after.append(made.day)
            leaving += [*strangers, *made.left_out]
    if leaving and not redispatch:
        raise _in_the_way(work, leaving)
    eviction = Eviction(tuple(before), tuple(after), tuple(leaving))
    return plan_redispatch(work, ports, eviction, {(day.shift_id, day.day) for day in before})


def _list_to_come(
    work: UnitOfWork, ports: OnDemandPorts, shift_id: str, zones: dict[str, str]
) -> list[VehicleDay]:
    """The tours of a shift, as it is until now, that are not over: those that were ever changed, and the empty ones of
    the next days."""
    now = ports.acts.now()
    today = now.date() - dt.timedelta(days=2)
    known = {tour.day: tour for tour in work.on_demand.list_days_of(shift_id, today)}
    shift = work.on_demand.find_shift(shift_id)
    vehicle = None if shift is None else work.on_demand.find_vehicle(shift.vehicle_id)
    if shift is not None and vehicle is not None:
        for number in range(GUARDED_DAYS):
            day = today + dt.timedelta(days=number)
            if day not in known and is_active(shift.calendar, day, ports.is_holiday):
                known[day] = empty_day(shift, vehicle, day, zone_of(vehicle, zones))
    return [known[day] for day in sorted(known) if known[day].close_s > now.timestamp()]


def _remade(
    tour: VehicleDay, fresh: VehicleDay | None, strangers: Sequence[Request], drives: Drives, now_s: int
) -> Remade:
    """A tour as it can be driven then. Raises OnDemandRefusedError where it is on the road and cannot."""
    if not has_begun(tour, now_s):
        return remake(_without(tour, strangers), fresh, drives, now_s)
    made = None if fresh is None else remake_under_way(tour, fresh, drives, now_s)
    if made is None:
        raise OnDemandRefusedError(
            Reason.IN_USE,
            f"{tour.shift_id} est sur la route : attendez qu'il rentre, ou déclarez une panne.",
            f"{tour.shift_id} is on the road: wait until it is back, or report a breakdown.",
        )
    return made


def _strangers(work: UnitOfWork, tour: VehicleDay, vehicle: Vehicle) -> list[Request]:
    """Who rides with a service the vehicle no longer rides for."""
    rides = {ride.id: ride for ride in work.on_demand.list_rides([one.id for one in tour.requests])}
    return [
        request
        for request in tour.requests
        if request.id in rides and rides[request.id].service_id not in vehicle.service_ids
    ]


def _without(tour: VehicleDay, requests: Sequence[Request]) -> VehicleDay:
    gone = {request.id for request in requests}
    return replace(
        tour,
        requests=tuple(one for one in tour.requests if one.id not in gone),
        stops=tuple(one for one in tour.stops if one.request_id not in gone),
    )


def _shape(tour: VehicleDay) -> VehicleDay:
    """A tour but for who rides."""
    return replace(tour, version=0, requests=(), stops=(), home_s=0)


def _in_the_way(work: UnitOfWork, leaving: Sequence[Request]) -> OnDemandRefusedError:
    rides = {ride.id: ride for ride in work.on_demand.list_rides([request.id for request in leaving])}
    named = name_rides(rides, find_riders(work, rides), leaving)
    days = ", ".join(sorted({str(one["day"]) for one in named}))
    return OnDemandRefusedError(
        Reason.IN_USE,
        f"{len(leaving)} trajet(s) promis ne tiendraient plus ({days}) : choisissez un autre changement, ou demandez "
        "leur réaffectation (redispatch).",
        f"{len(leaving)} promised ride(s) could not be kept ({days}): make another change, or ask for them to be "
        "dispatched anew (redispatch).",
        more={"rides": named},
    )
