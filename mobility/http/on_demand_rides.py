"""`/v1/on-demand/quotes`, `holds` and `rides`: from a quote to a ride, changed or given back again."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request

from mobility.accounts.caller import Caller
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.change import change
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.hold import HoldWish, hold
from mobility.acts.on_demand.own_rides import find_ride, find_standing, list_my_rides
from mobility.acts.on_demand.quote import quote
from mobility.http.carpool_rides import Key
from mobility.http.carpool_schemas import PathId
from mobility.http.on_demand_operator import PREFIX
from mobility.http.on_demand_ride_schemas import (
    CancelAsked,
    ChangeAsked,
    HoldAsked,
    OnDemandStandingAnswered,
    QuotesAnswered,
    QuotesAsked,
    RideAnswered,
    RideHistoryAnswered,
    history_answer,
    quotes_answer,
    ride_answer,
    standing_answer,
)
from mobility.http.problems import Problem
from mobility.http.who import Who


def on_demand_rides_router(ports: OnDemandPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["on-demand"])
    _add_booking(router, ports, who)
    _add_rides(router, ports, who)
    return router


def _add_booking(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    if_known = _if_known(who)

    @router.post("/quotes", summary="What could be booked; nothing is held by asking")
    def ask_quotes(asked: QuotesAsked, caller: Caller | None = Depends(if_known)) -> QuotesAnswered:
        """Anybody may ask; `insteadOf` needs the sign-in of whose ride it is. A service that goes there but not so
        says why, and what is possible instead."""
        return quotes_answer(quote(ports, caller, asked.read_quotes()))

    @router.post("/holds", status_code=201, summary="Hold the rides of a journey for some minutes")
    def hold_rides(asked: HoldAsked, caller: Caller = Depends(who), key: Key = "") -> list[RideAnswered]:
        """Real seats, for all of the quotes or none; confirm before `expiresAt`. 409 with `alternatives` when a
        vehicle is full, 410 when a quote's time is over."""
        wish = HoldWish(tuple(asked.quotes), note=asked.note)
        return [ride_answer(ride) for ride in hold(ports, caller, wish, key)]


def _add_rides(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    @router.get("/rides", summary="My rides, the latest first")
    def list_rides(caller: Caller = Depends(who)) -> list[RideAnswered]:
        return [ride_answer(ride) for ride in list_my_rides(ports, caller)]

    @router.get("/rides/{ride}", summary="A ride of mine, and what became of it")
    def show_ride(ride: PathId, caller: Caller = Depends(who)) -> RideHistoryAnswered:
        return history_answer(*find_ride(ports, caller, ride))

    @router.post("/rides/{ride}/confirm", summary="Confirm a held ride, with all others of its journey")
    def confirm_ride(ride: PathId, caller: Caller = Depends(who), key: Key = "") -> list[RideAnswered]:
        """410 when one of them was not confirmed in time: their seats are given back."""
        return [ride_answer(one) for one in confirm(ports, caller, ride, key)]

    @router.post("/rides/{ride}/change", summary="Another time, place or party for a ride to come")
    def change_ride(
        ride: PathId, asked: ChangeAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RideAnswered:
        """Ask for a quote with `insteadOf` first. The ride keeps its id, or stays as it was."""
        return ride_answer(change(ports, caller, ride, asked.quote, key))

    @router.post("/rides/{ride}/cancel", summary="Give a ride back, or the whole journey")
    def cancel_ride(
        ride: PathId, asked: CancelAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> list[RideAnswered]:
        """Of no consequence until `cancelFreeUntil`; later it is counted."""
        rides = cancel(ports, caller, ride, whole_journey=asked.whole_journey, key=key)
        return [ride_answer(one) for one in rides]

    @router.get("/standing", summary="My late cancellations and no-shows, and what follows from them")
    def show_standing(caller: Caller = Depends(who)) -> OnDemandStandingAnswered:
        return standing_answer(find_standing(ports, caller))


def _if_known(who: Who) -> Callable[[Request], Caller | None]:
    """The caller where one is signed in; whoever is not may ask too."""

    def find(request: Request) -> Caller | None:
        try:
            return who(request)
        except Problem:
            return None

    return find
