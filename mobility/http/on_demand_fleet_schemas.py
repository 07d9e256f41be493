"""What is asked and answered about vehicles and shifts of demand-responsive transport."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from mobility.acts.on_demand.redispatch import Redispatched
from mobility.acts.on_demand.tour_view import Rider
from mobility.http.account_schemas import Answered, Asked
from mobility.http.on_demand_service_schemas import (
    CalendarFields,
    Key,
    TimeOfDay,
    Whole,
    Words,
    calendar_fields,
    calendar_of,
    read_time,
)
from on_demand.area import Point
from on_demand.booking import OnDemandRide
from on_demand.fleet import Break, Seats, Shift, Vehicle
from on_demand.service_checks import clock


class SeatsFields(Asked):
    seats: Whole
    wheelchairs: Whole = 0


class PointFields(Asked):
    lat: float
    lon: float


class VehicleAsked(Asked):
    """A vehicle, whole."""

    name: Words
    service_ids: list[Key] = Field(max_length=100, description="The services it rides for.")
    configurations: list[SeatsFields] = Field(
        max_length=50, description="The ways its inside can be arranged; whoever is aboard fits into one."
    )
    depot: PointFields
    depot_name: Words = ""
    plate: Words = ""


class VehicleAnswered(VehicleAsked):
    id: str


class BreakFields(Asked):
    open: TimeOfDay = Field(description="Begun at the earliest.")
    close: TimeOfDay = Field(description="Begun at the latest.")
    duration_s: Whole


class ShiftAsked(Asked):
    """A shift, whole. Times of the service day, beyond 24:00 after midnight."""

    vehicle_id: Key
    calendar: CalendarFields
    start: TimeOfDay = Field(description="It leaves the depot then or later.")
    end: TimeOfDay = Field(description="And is back by then.")
    breaks: list[BreakFields] = Field([], max_length=20)
    route_s_max: Whole | None = Field(None, description="Under way at most so long; null: the whole shift.")
    driver: Annotated[str, Field(max_length=254)] = Field(
        "", description="E-mail address or id of the account that drives: it sees the manifest."
    )


class ShiftAnswered(ShiftAsked):
    id: str


class LostAnswered(Answered):
    """A ride the operator could not keep: its rider is to be called."""

    ride: str
    pickup_from: dt.datetime
    origin: str
    destination: str
    name: str
    phone: str


class RedispatchedAnswered(Answered):
    moved: list[str] = Field(description="Rides other vehicles take, as promised.")
    lost: list[LostAnswered] = Field(description="Rides that were cancelled: call their riders.")


class VehicleChanged(VehicleAnswered):
    redispatched: RedispatchedAnswered


class ShiftChanged(ShiftAnswered):
    redispatched: RedispatchedAnswered


def redispatched_answer(done: Redispatched) -> RedispatchedAnswered:
    """What became of riders who lost their vehicle."""
    return RedispatchedAnswered(
        moved=list(done.moved), lost=[lost_answer(ride, rider) for ride, rider in done.lost]
    )


def lost_answer(ride: OnDemandRide, rider: Rider) -> LostAnswered:
    """A ride whose rider is to be called."""
    return LostAnswered(
        ride=ride.id,
        pickup_from=dt.datetime.fromtimestamp(ride.pickup_open_s, dt.UTC),
        origin=ride.origin.name,
        destination=ride.destination.name,
        name=rider.name,
        phone=rider.phone,
    )


def vehicle_of(vehicle_id: str, asked: VehicleAsked) -> Vehicle:
    """What was asked for, as the engine knows it."""
    return Vehicle(
        id=vehicle_id,
        name=asked.name,
        service_ids=tuple(asked.service_ids),
        configurations=tuple(Seats(one.seats, one.wheelchairs) for one in asked.configurations),
        depot=Point(asked.depot.lat, asked.depot.lon),
        depot_name=asked.depot_name,
        plate=asked.plate,
    )


def vehicle_answer(vehicle: Vehicle) -> VehicleAnswered:
    """A vehicle as it is asked for."""
    return VehicleAnswered(
        id=vehicle.id,
        name=vehicle.name,
        service_ids=list(vehicle.service_ids),
        configurations=[SeatsFields(seats=s, wheelchairs=w) for s, w in vehicle.configurations],
        depot=PointFields(lat=vehicle.depot.lat, lon=vehicle.depot.lon),
        depot_name=vehicle.depot_name,
        plate=vehicle.plate,
    )


def shift_of(shift_id: str, asked: ShiftAsked) -> Shift:
    """What was asked for, as the engine knows it."""
    return Shift(
        id=shift_id,
        vehicle_id=asked.vehicle_id,
        calendar=calendar_of(asked.calendar),
        start_s=read_time(asked.start),
        end_s=read_time(asked.end),
        breaks=tuple(
            Break(read_time(one.open), read_time(one.close), one.duration_s) for one in asked.breaks
        ),
        route_s_max=asked.route_s_max,
        driver=asked.driver,
    )


def shift_answer(shift: Shift) -> ShiftAnswered:
    """A shift as it is asked for."""
    return ShiftAnswered(
        id=shift.id,
        vehicle_id=shift.vehicle_id,
        calendar=calendar_fields(shift.calendar),
        start=clock(shift.start_s),
        end=clock(shift.end_s),
        breaks=[
            BreakFields(open=clock(one.open_s), close=clock(one.close_s), duration_s=one.duration_s)
            for one in shift.breaks
        ],
        route_s_max=shift.route_s_max,
        driver=shift.driver,
    )
