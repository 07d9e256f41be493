"""Operators describe vehicles and the shifts they ride in."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mobility.accounts.caller import Caller, Permission, Role
from mobility.acts.entity_tag import check_tag
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.changed_tours import plan_change
from mobility.acts.on_demand.locked import MovedMeanwhileError, until_locked
from mobility.acts.on_demand.redispatch import Redispatched, write_redispatch
from mobility.acts.on_demand.services import LOCK, unknown
from mobility.acts.ports import ActPorts, UnitOfWork
from on_demand.fleet import Shift, Vehicle
from on_demand.fleet_checks import check_shift, check_vehicle, find_overlap
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.service_checks import Wrong, refuse


@dataclass(frozen=True, slots=True)
class VehicleChange:
    """A vehicle as it is now, and what became of riders it can no longer take."""

    vehicle: Vehicle
    redispatched: Redispatched


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """A shift as it is now, and what became of riders it can no longer take."""

    shift: Shift
    redispatched: Redispatched


def put_vehicle(
    ports: OnDemandPorts, caller: Caller, vehicle: Vehicle, tag: str = "", redispatch: bool = False
) -> VehicleChange:
    """Remember a vehicle, instead of the one of its id. Tours to come are driven with it as it is then; those under way
    stay as they are.

    Where that breaks what riders were promised it is refused with their rides in `more`; `redispatch`: they go to other
    vehicles, or are cancelled. Raises OnDemandRefusedError and ChangedMeanwhileError.
    """
    caller.require(Permission.MANAGE_ON_DEMAND)

    def attempt() -> Redispatched:
        with ports.acts.unit_of_work(read_only=True) as work:
            before = work.on_demand.find_vehicle(vehicle.id)
            check_tag(before, tag)
            _check_vehicle(work, vehicle)
            shifts = [] if before is None else work.on_demand.list_shifts(vehicle.id)
            plan = plan_change(work, ports, {shift.id: (shift, vehicle) for shift in shifts}, redispatch)
        with ports.acts.unit_of_work() as work:
            done = write_redispatch(work, ports, caller.person, plan)
            work.lock(LOCK)
            same = work.on_demand.find_vehicle(vehicle.id) == before
            if not same or work.on_demand.list_shifts(vehicle.id) != shifts:
                raise MovedMeanwhileError
            work.on_demand.put_vehicle(vehicle)
            work.commit()
        return done

    return VehicleChange(vehicle, until_locked(attempt))


def remove_vehicle(ports: ActPorts, caller: Caller, vehicle_id: str) -> None:
    """Forget a vehicle without shifts. Raises OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    with ports.unit_of_work() as work:
        work.lock(LOCK)
        get_vehicle(work, vehicle_id)
        shifts = [shift.id for shift in work.on_demand.list_shifts(vehicle_id)]
        if shifts:
            raise OnDemandRefusedError(
                Reason.IN_USE,
                f"Le véhicule {vehicle_id} roule encore dans : {', '.join(shifts)}. Retirez ces services d'abord.",
                f"The vehicle {vehicle_id} still rides in: {', '.join(shifts)}. Remove these shifts first.",
            )
        work.on_demand.remove_vehicle(vehicle_id)
        work.commit()


def put_shift(
    ports: OnDemandPorts, caller: Caller, shift: Shift, tag: str = "", redispatch: bool = False
) -> ShiftChange:
    """Remember a shift, instead of the one of its id. `shift.driver`: an account's e-mail address or id; kept as its
    id. Tours to come follow it; those under way stay as they are (`acts.on_demand.breakdown` ends them).

    Where that breaks what riders were promised it is refused with their rides in `more`; `redispatch`: they go to other
    vehicles, or are cancelled. Raises OnDemandRefusedError and ChangedMeanwhileError.
    """
    caller.require(Permission.MANAGE_ON_DEMAND)

    def attempt() -> ShiftChange:
        with ports.acts.unit_of_work(read_only=True) as work:
            before = work.on_demand.find_shift(shift.id)
            check_tag(before, tag)
            wanted = replace(shift, driver=_driver(work, shift.driver))
            refuse(check_shift(wanted, {vehicle.id for vehicle in work.on_demand.list_vehicles()}))
            _check_free(work, wanted, ports)
            vehicle = get_vehicle(work, wanted.vehicle_id)
            changed = {} if before is None else {shift.id: (wanted, vehicle)}
            plan = plan_change(work, ports, changed, redispatch)
        with ports.acts.unit_of_work() as work:
            done = write_redispatch(work, ports, caller.person, plan)
            work.lock(LOCK)
            same = work.on_demand.find_vehicle(vehicle.id) == vehicle
            if not same or work.on_demand.find_shift(shift.id) != before:
                raise MovedMeanwhileError
            work.on_demand.put_shift(wanted)
            work.commit()
        return ShiftChange(wanted, done)

    return until_locked(attempt)


def remove_shift(
    ports: OnDemandPorts, caller: Caller, shift_id: str, redispatch: bool = False
) -> Redispatched:
    """Forget a shift. Refused with the rides to come in `more`, unless they are to be dispatched anew; refused while it
    is on the road. Raises OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)

    def attempt() -> Redispatched:
        with ports.acts.unit_of_work(read_only=True) as work:
            shift = get_shift(work, shift_id)
            vehicle = get_vehicle(work, shift.vehicle_id)
            plan = plan_change(work, ports, {shift_id: (None, vehicle)}, redispatch)
        with ports.acts.unit_of_work() as work:
            done = write_redispatch(work, ports, caller.person, plan)
            work.lock(LOCK)
            if work.on_demand.find_shift(shift_id) != shift:
                raise MovedMeanwhileError
            work.on_demand.remove_shift(shift_id)
            work.commit()
        return done

    return until_locked(attempt)


def get_vehicle(work: UnitOfWork, vehicle_id: str) -> Vehicle:
    """A vehicle. Raises OnDemandRefusedError."""
    vehicle = work.on_demand.find_vehicle(vehicle_id)
    if vehicle is None:
        raise unknown("véhicule", "vehicle", vehicle_id)
    return vehicle


def get_shift(work: UnitOfWork, shift_id: str) -> Shift:
    """A shift. Raises OnDemandRefusedError."""
    shift = work.on_demand.find_shift(shift_id)
    if shift is None:
        raise unknown("service de véhicule", "shift", shift_id)
    return shift


def show_vehicle(ports: ActPorts, caller: Caller, vehicle_id: str) -> Vehicle:
    """A vehicle. Raises ForbiddenError and OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    with ports.unit_of_work(read_only=True) as work:
        return get_vehicle(work, vehicle_id)


def show_shift(ports: ActPorts, caller: Caller, shift_id: str) -> Shift:
    """A shift. Raises ForbiddenError and OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    with ports.unit_of_work(read_only=True) as work:
        return get_shift(work, shift_id)


def list_vehicles(ports: ActPorts, caller: Caller, service_id: str = "") -> list[Vehicle]:
    """The vehicles (of a service). Raises ForbiddenError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    with ports.unit_of_work(read_only=True) as work:
        return work.on_demand.list_vehicles(service_id)


def list_shifts(ports: ActPorts, caller: Caller, vehicle_id: str = "") -> list[Shift]:
    """The shifts (of a vehicle). Raises ForbiddenError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    with ports.unit_of_work(read_only=True) as work:
        return work.on_demand.list_shifts(vehicle_id)


def _check_vehicle(work: UnitOfWork, vehicle: Vehicle) -> None:
    services = {service.id: service for service in work.on_demand.list_services()}
    refuse(check_vehicle(vehicle, services.keys()))
    for service_id in vehicle.service_ids:
        if not services[service_id].is_dispatched:
            raise OnDemandRefusedError(
                Reason.INVALID,
                f"{service_id} se réserve auprès de son exploitant : donnez-lui isDispatched d'abord.",
                f"{service_id} is booked with its operator: give it isDispatched first.",
                "serviceIds",
            )
    clocks = sorted({services[service_id].zone_name for service_id in vehicle.service_ids})
    if len(clocks) > 1:
        raise OnDemandRefusedError(
            Reason.INVALID,
            f"Ces services n'ont pas la même heure ({', '.join(clocks)}) : il faut un véhicule pour chacun.",
            f"These services go by different clocks ({', '.join(clocks)}): each needs a vehicle of its own.",
            "serviceIds",
        )


def _check_free(work: UnitOfWork, shift: Shift, ports: OnDemandPorts) -> None:
    """One vehicle, and one driver, is in one shift at a time."""
    for other in work.on_demand.list_shifts():
        same_vehicle = other.vehicle_id == shift.vehicle_id
        same_driver = bool(shift.driver) and other.driver == shift.driver
        if other.id == shift.id or not (same_vehicle or same_driver):
            continue
        day = find_overlap(shift, other, ports.is_holiday)
        if day is not None:
            field = "vehicleId" if same_vehicle else "driver"
            french, english = (
                ("Ce véhicule", "This vehicle") if same_vehicle else ("Ce conducteur", "This driver")
            )
            raise OnDemandRefusedError(
                Reason.INVALID,
                f"{french} roule déjà dans {other.id} le {day} : changez les heures ou le calendrier.",
                f"{english} is in {other.id} already on {day}: change the hours or the calendar.",
                field,
            )


def _driver(work: UnitOfWork, named: str) -> str:
    """The account that drives. Raises OnDemandRefusedError."""
    if not named:
        return ""
    person = work.accounts.find_by_email(named) if "@" in named else work.accounts.find_person(named)
    if person is None or person.is_erased or Role.VEHICLE_DRIVER not in person.roles:
        refuse(
            [
                Wrong(
                    "driver",
                    "aucun compte de ce nom n'a le rôle « vehicle-driver » : mobility account add ADRESSE --role "
                    "vehicle-driver",
                    "no account of that name has the role vehicle-driver: mobility account add ADDRESS --role "
                    "vehicle-driver",
                )
            ]
        )
    assert person is not None
    return person.id
