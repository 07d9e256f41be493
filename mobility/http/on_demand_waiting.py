"""`/v1/on-demand/waiting-list`: who finds no room is offered what becomes free."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from mobility.accounts.caller import Caller
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.own_rides import list_my_waiting
from mobility.acts.on_demand.waiting_list import join_waiting_list, leave_waiting_list
from mobility.http.carpool_rides import Key
from mobility.http.carpool_schemas import PathId
from mobility.http.on_demand_operator import PREFIX
from mobility.http.on_demand_ride_schemas import WaitingAnswered, WishAsked, waiting_answer
from mobility.http.who import Who


def on_demand_waiting_router(ports: OnDemandPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["on-demand"])

    @router.get("/waiting-list", summary="My places in waiting lists")
    def list_waiting(caller: Caller = Depends(who)) -> list[WaitingAnswered]:
        return [waiting_answer(one) for one in list_my_waiting(ports, caller)]

    @router.post("/waiting-list", status_code=201, summary="Wait for a place where none is free")
    def join(asked: WishAsked, caller: Caller = Depends(who), key: Key = "") -> WaitingAnswered:
        """When one becomes free a ride is held for you, for minutes: see `ride`, and confirm it."""
        return waiting_answer(join_waiting_list(ports, caller, asked.read(), key=key))

    @router.delete("/waiting-list/{waiting}", summary="Leave a waiting list")
    def leave(waiting: PathId, caller: Caller = Depends(who)) -> WaitingAnswered:
        return waiting_answer(leave_waiting_list(ports, caller, waiting))

    return router
