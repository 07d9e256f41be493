"""`/v1/on-demand/services`, `vehicles` and `shifts`: anybody reads the services, operators change them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from gtfs_feeds.flex.write import Publisher
from mobility.accounts.caller import Caller
from mobility.acts.on_demand import fleet, services
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.flex_feed import export_flex
from mobility.acts.ports import ActPorts
from mobility.http.entity_tags import IfMatch, entity_tag, wanted_tag
from mobility.http.on_demand_fleet_schemas import (
    RedispatchedAnswered,
    ShiftAnswered,
    ShiftAsked,
    ShiftChanged,
    VehicleAnswered,
    VehicleAsked,
    VehicleChanged,
    redispatched_answer,
    shift_answer,
    shift_of,
    vehicle_answer,
    vehicle_of,
)
from mobility.http.on_demand_service_schemas import (
    ServiceAnswered,
    ServiceAsked,
    ServiceRow,
    service_answer,
    service_of,
    service_row,
)
from mobility.http.who import Who

PREFIX = "/v1/on-demand"
OurId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Redispatch = Annotated[
    bool, Query(description="Rides it breaks go to other vehicles, or are cancelled: call their riders.")
]
OurIdOrNone = Annotated[str, Query(pattern=r"^[A-Za-z0-9_.:-]{0,64}$")]


def on_demand_operator_router(ports: OnDemandPorts, who: Who, publisher: Publisher) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["on-demand"])
    _add_services(router, ports.acts, who)
    _add_vehicles(router, ports, who)
    _add_shifts(router, ports, who)

    @router.get(
        "/gtfs-flex.zip",
        summary="The services as GTFS-Flex",
        response_class=Response,
        responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    def gtfs_flex(
        service: Annotated[OurIdOrNone, Query(description="This service alone.")] = "",
    ) -> Response:
        """Areas, hours and booking rules; the same services, the same bytes."""
        content = export_flex(ports, publisher, [service] if service else [])
        return Response(content, media_type="application/zip", headers={"Cache-Control": "max-age=300"})

    return router


def _add_services(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.get("/services", summary="The services of demand-responsive transport")
    def list_services() -> list[ServiceRow]:
        with ports.unit_of_work(read_only=True) as work:
            return [service_row(service) for service in work.on_demand.list_services()]

    @router.get("/services/{service}", summary="A service: where, when and under which rules it runs")
    def show_service(service: OurId, response: Response) -> ServiceAnswered:
        with ports.unit_of_work(read_only=True) as work:
            found = services.get_service(work, service)
        response.headers.update(entity_tag(found))
        return service_answer(found)

    @router.put("/services/{service}", summary="Make or change a service")
    def put_service(
        service: OurId,
        asked: ServiceAsked,
        response: Response,
        caller: Caller = Depends(who),
        if_match: IfMatch = "",
    ) -> ServiceAnswered:
        """All that is wrong is answered at once, in `problems`. Rides that are booked keep what was promised."""
        made = services.put_service(ports, caller, service_of(service, asked), wanted_tag(if_match))
        response.headers.update(entity_tag(made))
        return service_answer(made)

    @router.delete("/services/{service}", status_code=204, summary="Forget a service nobody ever booked")
    def remove_service(service: OurId, caller: Caller = Depends(who)) -> None:
        services.remove_service(ports, caller, service)


def _add_vehicles(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    @router.get("/vehicles", summary="The vehicles")
    def list_vehicles(
        caller: Caller = Depends(who),
        service: Annotated[OurIdOrNone, Query(description="Of this service alone.")] = "",
    ) -> list[VehicleAnswered]:
        return [vehicle_answer(one) for one in fleet.list_vehicles(ports.acts, caller, service)]

    @router.get("/vehicles/{vehicle}", summary="A vehicle")
    def show_vehicle(vehicle: OurId, response: Response, caller: Caller = Depends(who)) -> VehicleAnswered:
        found = fleet.show_vehicle(ports.acts, caller, vehicle)
        response.headers.update(entity_tag(found))
        return vehicle_answer(found)

    @router.put("/vehicles/{vehicle}", summary="Make or change a vehicle")
    def put_vehicle(
        vehicle: OurId,
        asked: VehicleAsked,
        response: Response,
        caller: Caller = Depends(who),
        if_match: IfMatch = "",
        redispatch: Redispatch = False,
    ) -> VehicleChanged:
        """A change that rides to come would not survive is refused, with these in `rides`."""
        tag, wanted = wanted_tag(if_match), vehicle_of(vehicle, asked)
        made = fleet.put_vehicle(ports, caller, wanted, tag, redispatch)
        response.headers.update(entity_tag(made.vehicle))
        return VehicleChanged(
            **vehicle_answer(made.vehicle).model_dump(), redispatched=redispatched_answer(made.redispatched)
        )

    @router.delete("/vehicles/{vehicle}", status_code=204, summary="Forget a vehicle without shifts")
    def remove_vehicle(vehicle: OurId, caller: Caller = Depends(who)) -> None:
        fleet.remove_vehicle(ports.acts, caller, vehicle)


def _add_shifts(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    @router.get("/shifts", summary="The shifts")
    def list_shifts(
        caller: Caller = Depends(who),
        vehicle: Annotated[OurIdOrNone, Query(description="Of this vehicle alone.")] = "",
    ) -> list[ShiftAnswered]:
        return [shift_answer(one) for one in fleet.list_shifts(ports.acts, caller, vehicle)]

    @router.get("/shifts/{shift}", summary="A shift")
    def show_shift(shift: OurId, response: Response, caller: Caller = Depends(who)) -> ShiftAnswered:
        found = fleet.show_shift(ports.acts, caller, shift)
        response.headers.update(entity_tag(found))
        return shift_answer(found)

    @router.put("/shifts/{shift}", summary="Make or change a shift")
    def put_shift(
        shift: OurId,
        asked: ShiftAsked,
        response: Response,
        caller: Caller = Depends(who),
        if_match: IfMatch = "",
        redispatch: Redispatch = False,
    ) -> ShiftChanged:
        """A change that rides to come would not survive is refused, with these in `rides`."""
        made = fleet.put_shift(ports, caller, shift_of(shift, asked), wanted_tag(if_match), redispatch)
        response.headers.update(entity_tag(made.shift))
        return ShiftChanged(
            **shift_answer(made.shift).model_dump(), redispatched=redispatched_answer(made.redispatched)
        )

    @router.delete("/shifts/{shift}", summary="Forget a shift")
    def remove_shift(
        shift: OurId, caller: Caller = Depends(who), redispatch: Redispatch = False
    ) -> RedispatchedAnswered:
        """Refused with the rides to come in `rides`, unless these are to be dispatched anew."""
        return redispatched_answer(fleet.remove_shift(ports, caller, shift, redispatch))
