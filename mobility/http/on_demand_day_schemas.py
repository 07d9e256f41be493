"""What is answered about the operator's day, drivers' manifests and callers, and asked on the road and on the phone."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from mobility.acts.on_demand.day_plan import DayPlan, DriverShift, Manifest
from mobility.acts.on_demand.phone_desk import KnownCaller
from mobility.acts.on_demand.tour_view import Gap, StopView, TourStatus, TourView
from mobility.http.account_schemas import Answered, Asked
from mobility.http.carpool_schemas import At
from mobility.http.on_demand_fleet_schemas import LostAnswered, PointFields, lost_answer
from mobility.http.on_demand_ride_schemas import (
    QUOTES_MAX,
    ConnectionAnswered,
    PartyAnswered,
    QuoteToken,
    RideAnswered,
    ride_answer,
)
from on_demand.booking import RideStatus
from on_demand.tour import StopKind


class TourRideAnswered(Answered):
    """Who gets on or off: for the driver of the shift and the operator alone."""

    id: str
    status: RideStatus
    name: str
    phone: str
    party: PartyAnswered
    note: str
    connection: ConnectionAnswered | None


class TourStopAnswered(Answered):
    kind: StopKind
    place: str
    lat: float | None = Field(description="null: a break, wherever the vehicle is.")
    lon: float | None
    promised_from: dt.datetime
    promised_until: dt.datetime
    expected: dt.datetime = Field(description="As things stand.")
    served: dt.datetime | None
    late_s: int
    stands_s: int
    drive_s: int = Field(description="From the stop before.")
    seats_aboard: int = Field(description="When it leaves.")
    wheelchairs_aboard: int
    ride: TourRideAnswered | None


class GapAnswered(Answered):
    """The vehicle is empty and has nothing to do."""

    from_at: dt.datetime
    until_at: dt.datetime
    lat: float
    lon: float


class TourAnswered(Answered):
    """One shift of one vehicle on one day."""

    shift: str
    day: dt.date
    vehicle: str
    vehicle_name: str
    plate: str
    driver: str = Field(description="Name; empty: nobody is named.")
    status: TourStatus
    version: int
    opens: dt.datetime
    closes: dt.datetime
    leaves: dt.datetime
    back: dt.datetime
    drive_s: int
    crow_m: int = Field(description="As the crow flies: the way along the road is longer.")
    heads: int
    out_of_service_since: dt.datetime | None
    trouble: str = Field(description="What it cannot keep as things stand; empty: nothing.")
    stops: list[TourStopAnswered]
    gaps: list[GapAnswered]


class DayAnswered(Answered):
    day: dt.date
    service: str
    tours: list[TourAnswered]
    to_call: list[LostAnswered] = Field(description="Rides the operator cancelled: call their riders.")


class DriverShiftAnswered(Answered):
    shift: str
    day: dt.date
    vehicle_name: str
    opens: dt.datetime
    closes: dt.datetime


class ReportAsked(Asked):
    at: At | None = Field(None, description="When it was so; else now.")


class BreakdownAsked(Asked):
    since: At | None = Field(None, description="Else now.")
    where: PointFields | None = Field(None, description="Where it stands; else where it stopped last.")


class BackAsked(Asked):
    where: PointFields | None = Field(None, description="From where it goes on; else its depot.")


class CallersAsked(Asked):
    phone: Annotated[str, Field(max_length=40, description="National or international.")]


class RiderAsked(Asked):
    """Who calls: an account, or a name and a number."""

    person: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""


class BookForAsked(Asked):
    quotes: list[QuoteToken] = Field(min_length=1, max_length=QUOTES_MAX, description="Of one journey.")
    rider: RiderAsked
    note: Annotated[str, Field(max_length=200)] = Field("", description="For the driver.")


class CallerAnswered(Answered):
    """Somebody a number is known of."""

    person: str = Field(description="Their account; empty: none.")
    name: str
    phone: str
    rides: list[RideAnswered]


def day_answer(plan: DayPlan) -> DayAnswered:
    """A service's day."""
    return DayAnswered(
        day=plan.day,
        service=plan.service_id,
        tours=[tour_answer(view) for view in plan.tours],
        to_call=[lost_answer(ride, rider) for ride, rider in plan.to_call],
    )


def manifest_answer(manifest: Manifest) -> TourAnswered:
    """A shift's day."""
    return tour_answer(manifest.tour)


def tour_answer(view: TourView) -> TourAnswered:
    """A tour."""
    tour = view.tour
    return TourAnswered(
        shift=tour.shift_id,
        day=tour.day,
        vehicle=tour.vehicle_id,
        vehicle_name=view.vehicle_name,
        plate=view.plate,
        driver=view.driver_name,
        status=view.status,
        version=tour.version,
        opens=_at(tour.open_s),
        closes=_at(tour.close_s),
        leaves=_at(view.leave_s),
        back=_at(view.back_s),
        drive_s=view.drive_s,
        crow_m=view.crow_m,
        heads=view.heads,
        out_of_service_since=None if tour.out_of_service_s is None else _at(tour.out_of_service_s),
        trouble=view.trouble,
        stops=[_stop(stop) for stop in view.stops],
        gaps=[_gap(gap) for gap in view.gaps],
    )


def shift_row(shift: DriverShift) -> DriverShiftAnswered:
    """A shift in a driver's list."""
    return DriverShiftAnswered(
        shift=shift.shift_id,
        day=shift.day,
        vehicle_name=shift.vehicle_name,
        opens=_at(shift.open_s),
        closes=_at(shift.close_s),
    )


def caller_answer(known: KnownCaller) -> CallerAnswered:
    """Somebody a number is known of."""
    return CallerAnswered(
        person=known.person_id,
        name=known.name,
        phone=known.phone,
        rides=[ride_answer(ride) for ride in known.rides],
    )


def _stop(stop: StopView) -> TourStopAnswered:
    is_break = stop.kind is StopKind.BREAK
    ride = None
    if stop.ride is not None and stop.rider is not None:
        shown = ride_answer(stop.ride)
        ride = TourRideAnswered(
            id=stop.ride.id,
            status=stop.ride.status,
            name=stop.rider.name,
            phone=stop.rider.phone,
            party=shown.party,
            note=stop.ride.note,
            connection=shown.connection,
        )
    return TourStopAnswered(
        kind=stop.kind,
        place=stop.place.name,
        lat=None if is_break else stop.place.at.lat,
        lon=None if is_break else stop.place.at.lon,
        promised_from=_at(stop.open_s),
        promised_until=_at(stop.close_s),
        expected=_at(stop.expected_s),
        served=None if stop.served_at_s is None else _at(stop.served_at_s),
        late_s=stop.late_s,
        stands_s=stop.stands_s,
        drive_s=stop.drive_s,
        seats_aboard=stop.aboard.seats,
        wheelchairs_aboard=stop.aboard.wheelchairs,
        ride=ride,
    )


def _gap(gap: Gap) -> GapAnswered:
    return GapAnswered(from_at=_at(gap.from_s), until_at=_at(gap.until_s), lat=gap.at.lat, lon=gap.at.lon)


def _at(instant_s: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant_s, dt.UTC)
