"""A vehicle breaks down: its riders go to other vehicles in one transaction, whoever cannot is cancelled by the
operator and told; and it comes back into service."""

from __future__ import annotations

import datetime as dt

from mobility.accounts.caller import Caller, Permission
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.day_plan import get_tour, require_driver
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.fleet import get_shift, get_vehicle
from mobility.acts.on_demand.locked import swap_all, until_locked
from mobility.acts.on_demand.redispatch import Eviction, Redispatched, plan_redispatch, write_redispatch
from mobility.acts.on_demand.vehicle_days import empty_day, zone_of
from on_demand import breakdown
from on_demand.area import Point
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.service_checks import check_point, refuse
from on_demand.tour import StopKind, VehicleDay

EARLY_S = 300
"""Clocks differ: a breakdown may lie so far ahead."""


def break_down(
    ports: OnDemandPorts,
    caller: Caller,
    shift_id: str,
    day: dt.date,
    since: dt.datetime | None = None,
    where: Point | None = None,
) -> Redispatched:
    """The vehicle of a shift is out of service since an instant (None: now) and stands somewhere (None: where it
    stopped last). Whoever is aboard is fetched from there; rides to come keep what was promised, in other vehicles.

    Its driver may say so too, but learns of nobody who rides with others. Raises ForbiddenError, OnDemandRefusedError.
    """
    if not caller.may(Permission.MANAGE_ON_DEMAND):
        caller.require(Permission.DRIVE_ON_DEMAND)
    if where is not None:
        refuse(check_point("where", where))

    expire(ports)  # seats nobody confirmed in time are nobody's to move

    def attempt() -> Redispatched:
        now = ports.acts.now()
        since_s = int((since or now).timestamp())
        with ports.acts.unit_of_work(read_only=True) as work:
            shift = work.on_demand.find_shift(shift_id)
            require_driver(caller, shift.driver if shift is not None else "")
            tour = get_tour(work, ports, shift_id, day)
            _check_running(tour, since_s, int(now.timestamp()))
            broken = breakdown.break_down(tour, since_s, where or breakdown.stands_at(tour, since_s))
            eviction = Eviction(
                (tour,),
                (broken.day,),
                (*broken.stranded, *broken.waiting),
                frozenset(request.id for request in broken.stranded),
                frozenset(stop.request_id for stop in broken.day.stops if stop.kind is StopKind.DROP_OFF),
            )
            plan = plan_redispatch(work, ports, eviction, {(shift_id, day)})
        with ports.acts.unit_of_work() as work:
            done = write_redispatch(work, ports, caller.person, plan)
            payload = {
                "shift_id": shift_id,
                "day": day.isoformat(),
                "vehicle_id": tour.vehicle_id,
                "since_s": since_s,
                "moved": list(done.moved),
                "lost": [ride.id for ride, _ in done.lost],
            }
            work.events.add("on-demand.broken-down", payload, now, subject=f"on-demand-tour:{shift_id}:{day}")
            work.commit()
        return done if caller.may(Permission.MANAGE_ON_DEMAND) else Redispatched(done.moved)

    return until_locked(attempt)


def back_in_service(
    ports: OnDemandPorts, caller: Caller, shift_id: str, day: dt.date, where: Point | None = None
) -> VehicleDay:
    """The vehicle runs again, from now on and from `where` (None: its depot); its riders stay where they are by now.
    Raises ForbiddenError and OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    if where is not None:
        refuse(check_point("where", where))

    def attempt() -> VehicleDay:
        now_s = int(ports.acts.now().timestamp())
        with ports.acts.unit_of_work() as work:
            tour = next(iter(work.on_demand.lock_days([(shift_id, day)])), None)
            if tour is None or tour.out_of_service_s is None:
                raise OnDemandRefusedError(
                    Reason.STATE,
                    f"{shift_id} n'est pas en panne le {day}.",
                    f"{shift_id} is not out of service on {day}.",
                )
            shift = get_shift(work, shift_id)
            vehicle = get_vehicle(work, shift.vehicle_id)
            zones = {service.id: service.zone_name for service in work.on_demand.list_services()}
            fresh = empty_day(shift, vehicle, day, zone_of(vehicle, zones))
            if fresh.close_s <= now_s:
                raise _over(shift_id, day)
            repaired = breakdown.repair(tour, fresh, now_s, where or vehicle.depot)
            swap_all(work, [repaired])
            work.events.add(
                "on-demand.back-in-service",
                {"shift_id": shift_id, "day": day.isoformat(), "vehicle_id": vehicle.id},
                ports.acts.now(),
                subject=f"on-demand-tour:{shift_id}:{day}",
            )
            work.commit()
        return repaired

    return until_locked(attempt)


def _check_running(tour: VehicleDay, since_s: int, now_s: int) -> None:
    if tour.out_of_service_s is not None:
        raise OnDemandRefusedError(
            Reason.STATE,
            f"{tour.shift_id} est déjà hors service le {tour.day}.",
            f"{tour.shift_id} is out of service on {tour.day} already.",
        )
    if since_s > now_s + EARLY_S:
        raise OnDemandRefusedError(
            Reason.TOO_EARLY,
            "Une panne se déclare quand elle arrive ; pour plus tard, raccourcissez le service du véhicule.",
            "A breakdown is reported when it happens; for later, shorten the shift.",
            "since",
        )
    if since_s < min(tour.open_s, now_s) - 86_400 or tour.close_s < since_s:
        raise _over(tour.shift_id, tour.day)


def _over(shift_id: str, day: dt.date) -> OnDemandRefusedError:
    return OnDemandRefusedError(
        Reason.TOO_LATE,
        f"{shift_id} ne roulait pas à ce moment-là ({day}).",
        f"{shift_id} was not on the road at that time ({day}).",
        "since",
    )
