"""`/v1/on-demand/days`, `shifts/…/days`, `driving` and `callers`: the operator's day, drivers on the road, and the
agents on the phone."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from mobility.accounts.caller import Caller
from mobility.acts.on_demand import riding
from mobility.acts.on_demand.arrival import arrive
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.breakdown import back_in_service, break_down
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.day_plan import day_plan, list_my_shifts, manifest
from mobility.acts.on_demand.own_rides import Rider
from mobility.acts.on_demand.phone_desk import book_for, find_callers
from mobility.http.carpool_rides import Key
from mobility.http.carpool_schemas import PathId
from mobility.http.on_demand_day_schemas import (
    BackAsked,
    BookForAsked,
    BreakdownAsked,
    CallerAnswered,
    CallersAsked,
    DayAnswered,
    DriverShiftAnswered,
    ReportAsked,
    TourAnswered,
    caller_answer,
    day_answer,
    manifest_answer,
    shift_row,
)
from mobility.http.on_demand_fleet_schemas import PointFields, RedispatchedAnswered, redispatched_answer
from mobility.http.on_demand_operator import PREFIX, OurId, OurIdOrNone
from mobility.http.on_demand_ride_schemas import RideAnswered, ride_answer
from mobility.http.problems import Problem
from mobility.http.who import Who
from on_demand.area import Point

DayOfPath = Annotated[
    str,
    Path(pattern=r"^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$", description="YYYY-MM-DD.", examples=["2026-11-23"]),
]
DayOfQuery = Annotated[
    str,
    Query(pattern=r"^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$", description="YYYY-MM-DD.", examples=["2026-11-23"]),
]


def on_demand_day_router(ports: OnDemandPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["on-demand"])
    _add_day(router, ports, who)
    _add_breakdown(router, ports, who)
    _add_driving(router, ports, who)
    _add_desk(router, ports, who)
    return router


def _add_day(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    @router.get("/days/{day}", summary="The operator's day: every tour with times, riders and free time")
    def show_day(
        day: DayOfPath,
        caller: Caller = Depends(who),
        service: Annotated[OurIdOrNone, Query(description="Of this service alone.")] = "",
    ) -> DayAnswered:
        return day_answer(day_plan(ports, caller, service, _day(day)))

    @router.get("/shifts/{shift}/days/{day}/manifest", summary="What a driver does on a day, stop by stop")
    def show_manifest(shift: OurId, day: DayOfPath, caller: Caller = Depends(who)) -> TourAnswered:
        """For the driver of the shift, and operators."""
        return manifest_answer(manifest(ports, caller, shift, _day(day)))

    @router.get("/driving/shifts", summary="The shifts I drive on a day")
    def list_shifts(day: DayOfQuery, caller: Caller = Depends(who)) -> list[DriverShiftAnswered]:
        return [shift_row(shift) for shift in list_my_shifts(ports, caller, _day(day))]


def _add_breakdown(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    @router.post("/shifts/{shift}/days/{day}/breakdown", summary="The vehicle goes no further")
    def report_breakdown(
        shift: OurId, day: DayOfPath, asked: BreakdownAsked, caller: Caller = Depends(who)
    ) -> RedispatchedAnswered:
        """Its riders go to other vehicles, as promised; those aboard as soon as can be. Whoever cannot is cancelled and
        in `lost`, for the operator to call."""
        where = _point(asked.where)
        return redispatched_answer(break_down(ports, caller, shift, _day(day), asked.since, where))

    @router.post("/shifts/{shift}/days/{day}/repair", status_code=204, summary="The vehicle runs again")
    def report_repair(shift: OurId, day: DayOfPath, asked: BackAsked, caller: Caller = Depends(who)) -> None:
        back_in_service(ports, caller, shift, _day(day), _point(asked.where))


def _add_driving(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    @router.post("/driving/rides/{ride}/arrived", summary="The vehicle stands at the pick-up and waits")
    def report_arrived(ride: PathId, asked: ReportAsked, caller: Caller = Depends(who)) -> RideAnswered:
        return ride_answer(arrive(ports, caller, ride, asked.at))

    @router.post("/driving/rides/{ride}/aboard", summary="The party is aboard")
    def report_aboard(
        ride: PathId, asked: ReportAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RideAnswered:
        return ride_answer(riding.board(ports, caller, ride, asked.at, key))

    @router.post("/driving/rides/{ride}/done", summary="The party has arrived")
    def report_done(
        ride: PathId, asked: ReportAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RideAnswered:
        return ride_answer(riding.done(ports, caller, ride, asked.at, key))

    @router.post("/driving/rides/{ride}/no-show", summary="The vehicle waited and nobody came")
    def report_no_show(
        ride: PathId, asked: ReportAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RideAnswered:
        return ride_answer(riding.no_show(ports, caller, ride, asked.at, key))

    @router.post("/driving/rides/{ride}/cancel", summary="The operator cannot keep a ride")
    def cancel_as_operator(ride: PathId, caller: Caller = Depends(who), key: Key = "") -> list[RideAnswered]:
        """Nobody's fault, and told to the rider; it is then in the day's `toCall`."""
        return [ride_answer(one) for one in cancel(ports, caller, ride, as_operator=True, key=key)]


def _add_desk(router: APIRouter, ports: OnDemandPorts, who: Who) -> None:
    @router.post("/callers", summary="Who may be calling from a telephone number, and their rides")
    def search_callers(asked: CallersAsked, caller: Caller = Depends(who)) -> list[CallerAnswered]:
        """Nothing is made by asking; the number is in the body, to be in no log."""
        return [caller_answer(known) for known in find_callers(ports, caller, asked.phone)]

    @router.post("/callers/rides", status_code=201, summary="Book quoted rides for who calls")
    def book_for_caller(
        asked: BookForAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> list[RideAnswered]:
        """Confirmed at once. Whoever has no account is known by the number; change and cancel as travellers do."""
        rider = Rider(asked.rider.person, asked.rider.name, asked.rider.phone)
        return [
            ride_answer(ride) for ride in book_for(ports, caller, rider, tuple(asked.quotes), asked.note, key)
        ]


def _point(fields: PointFields | None) -> Point | None:
    return None if fields is None else Point(fields.lat, fields.lon)


def _day(day: str) -> dt.date:
    try:
        return dt.date.fromisoformat(day)
    except ValueError:
        raise Problem(
            400, "bad-parameter", f"{day} n'est pas un jour.", f"{day} is no day.", field="day"
        ) from None
