"""Operators describe services of demand-responsive transport: where, when and under which rules they run."""

from __future__ import annotations

from mobility.accounts.caller import Caller, Permission
from mobility.acts.entity_tag import check_tag
from mobility.acts.ports import ActPorts, UnitOfWork
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.service import Service
from on_demand.service_checks import check_service, refuse

LOCK = "on-demand services"
"""Held by whoever changes services, vehicles or shifts."""


def put_service(ports: ActPorts, caller: Caller, service: Service, tag: str = "") -> Service:
    """Remember a service, instead of the one of its id. `tag`: what it was like before ("*": that there was one).

    Rides that are booked keep what was promised: their places, times and price are facts of the ride.
    Raises OnDemandRefusedError with all that is wrong, and ChangedMeanwhileError.
    """
    caller.require(Permission.MANAGE_ON_DEMAND)
    refuse(check_service(service))
    with ports.unit_of_work() as work:
        put_service_in(work, service, tag)
        work.commit()
    return service


def put_service_in(work: UnitOfWork, service: Service, tag: str = "") -> None:
    """The same in a transaction of the caller's, of a service that was checked."""
    work.lock(LOCK)
    check_tag(work.on_demand.find_service(service.id), tag)
    riding = [vehicle.id for vehicle in work.on_demand.list_vehicles(service.id)]
    if riding and not service.is_dispatched:
        raise OnDemandRefusedError(
            Reason.IN_USE,
            f"Des véhicules circulent pour {service.id} ({_some(riding)}) : retirez-les d'abord, ou laissez "
            "isDispatched.",
            f"Vehicles ride for {service.id} ({_some(riding)}): take them off it first, or leave isDispatched.",
            "isDispatched",
        )
    work.on_demand.put_service(service)


def remove_service(ports: ActPorts, caller: Caller, service_id: str) -> None:
    """Forget a service no vehicle rides for and nobody ever booked. Raises OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    with ports.unit_of_work() as work:
        work.lock(LOCK)
        get_service(work, service_id)
        riding = [vehicle.id for vehicle in work.on_demand.list_vehicles(service_id)]
        if riding:
            raise OnDemandRefusedError(
                Reason.IN_USE,
                f"Des véhicules circulent encore pour {service_id} : {_some(riding)}. Retirez-les d'abord.",
                f"Vehicles still ride for {service_id}: {_some(riding)}. Take them off it first.",
            )
        if work.on_demand.has_rides(service_id):
            raise OnDemandRefusedError(
                Reason.IN_USE,
                f"Des trajets ont été réservés sur {service_id} : terminez ses calendriers plutôt (untilDay).",
                f"Rides were booked on {service_id}: end its calendars instead (untilDay).",
            )
        work.on_demand.remove_service(service_id)
        work.commit()


def get_service(work: UnitOfWork, service_id: str) -> Service:
    """A service. Raises OnDemandRefusedError."""
    service = work.on_demand.find_service(service_id)
    if service is None:
        raise unknown("service", "service", service_id)
    return service


def unknown(french: str, english: str, identifier: str) -> OnDemandRefusedError:
    """There is no such thing."""
    return OnDemandRefusedError(
        Reason.UNKNOWN,
        f"{french.capitalize()} inconnu(e) : {identifier!r}.",
        f"No such {english}: {identifier!r}.",
    )


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:8]) + (" …" if len(ids) > 8 else "")
