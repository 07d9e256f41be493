"""What is asked and answered about carpool lines, rides and bookings. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, Field

from carpool.booking import Booking, BookingStatus, Ending
from carpool.booking_rules import BookingRules
from carpool.conduct import Standing
from carpool.line import FareVersion, Line, Stop
from carpool.ride import RegularRide, Ride, RideStatus
from mobility.acts.find_rides import RideOffer
from mobility.http.account_schemas import Answered, Asked

_ID = r"^[A-Za-z0-9_.:-]{1,64}$"


def _in_our_time(at: dt.datetime) -> dt.datetime:
    if not 2000 <= at.year < 2200:
        raise ValueError("a year from 2000 to 2199")
    return at.astimezone(dt.UTC)


def _day_in_our_time(day: dt.date) -> dt.date:
    if not 2000 <= day.year < 2200:
        raise ValueError("a year from 2000 to 2199")
    return day


Id = Annotated[str, Field(pattern=_ID)]
PathId = Annotated[str, Path(pattern=_ID)]
QueryId = Annotated[str, Query(pattern=r"^[A-Za-z0-9_.:-]{0,64}$")]
At = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
Day = Annotated[dt.date, AfterValidator(_day_in_our_time)]
Words = Annotated[str, Field(max_length=500)]
Whole = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]


class StopAsked(Asked):
    name: Words
    lat: float
    lon: float
    commune: str = Field(max_length=5, description="INSEE code.")
    place: Words = Field("", description="Where exactly one waits, in words.")


class LineStopAsked(Asked):
    stop: Id
    distance_m: Whole = Field(description="Along the road from the line's first stop.")
    drive_s: Whole = Field(description="From the line's first stop.")


class LineAsked(Asked):
    name: Words
    stops: list[LineStopAsked] = Field(min_length=2, max_length=100)
    colour: str = Field("", max_length=6, description="RRGGBB.")
    is_open: bool = True


class FareAsked(Asked):
    valid_from: Day
    fare_cents: Whole = Field(description="Of a seat, whatever the distance.")
    line: QueryId = Field("", description="Empty: of all lines without a fare of their own.")


class RideAsked(Asked):
    line: Id
    stops: list[Id] = Field(min_length=1, max_length=100, description="In driving order.")
    leaves_at: At
    calls_at: list[At] | None = Field(None, description="At each stop; else by the line's driving times.")
    seats: Whole
    notice_s: Whole = Field(900, description="Booking closes so long before the passenger's departure.")
    vehicle: Words = Field("", description="Seen by those who have booked.")
    note: Words = Field("", description="Seen by those who have booked.")
    needs_confirmation: bool = Field(False, description="Whether you confirm each booking.")


class CallAsked(Asked):
    stop: Id
    at: At


class RideChangeAsked(Asked):
    """What is left out stays as it is."""

    calls: list[CallAsked] | None = Field(None, min_length=1, max_length=100)
    seats: Whole | None = None
    notice_s: Whole | None = None
    vehicle: Words | None = None
    note: Words | None = None
    needs_confirmation: bool | None = None


class RegularAsked(Asked):
    line: Id
    stops: list[Id] = Field(min_length=1, max_length=100)
    leaves_at: dt.time = Field(description="On the clocks of Europe/Paris.")
    weekdays: list[Whole] = Field(description="0 Monday to 6 Sunday.", max_length=7)
    valid_from: Day
    valid_to: Day
    seats: Whole
    on_public_holidays: bool = False
    notice_s: Whole = 900
    vehicle: Words = ""
    note: Words = ""
    needs_confirmation: bool = False


class BookingAsked(Asked):
    ride: Id
    from_stop: Id
    to_stop: Id
    seats: Whole = 1
    passenger: str = Field(
        "", max_length=160, description="Operators: an account. Partner systems: DOMAIN:IDENTIFIER."
    )


class BoardAsked(Asked):
    from_stop: Id
    to_stop: Id
    seats: Whole = 1


class ReasonAsked(Asked):
    reason: Words = Field("", description="For the others concerned.")


class NoShowAsked(ReasonAsked):
    missing: Literal["passenger", "driver"]


class DayAsked(ReasonAsked):
    day: Day


class StopAnswered(Answered):
    id: str
    name: str
    lat: float
    lon: float
    commune: str
    place: str


class LineStopAnswered(Answered):
    stop: StopAnswered
    distance_m: int
    drive_s: int


class LineAnswered(Answered):
    id: str
    name: str
    colour: str
    is_open: bool
    stops: list[LineStopAnswered]
    fare_cents: int | None = Field(description="Of a seat, today.")


class FareAnswered(Answered):
    id: str
    valid_from: str
    fare_cents: int
    currency: str
    line: str


class StepShown(Answered):
    faults: Whole
    suspended_days: Whole = Field(description="0: a warning.")


class RulesAsked(Asked):
    seats_per_booking_max: Whole = 4
    confirm_within_s: Whole = 7200
    passenger_free_until_s: Whole = 3600
    regret_s: Whole = 300
    driver_free_until_s: Whole = 7200
    report_within_s: Whole = 86_400
    shift_with_passengers_s_max: Whole = 600
    counted_days: Whole = 90
    late_cancellations_a_fault: Whole = 2
    ladder: list[StepShown] = Field(max_length=20)


class RulesAnswered(Answered):
    valid_from: str
    seats_per_booking_max: int
    confirm_within_s: int
    passenger_free_until_s: int
    regret_s: int
    driver_free_until_s: int
    report_within_s: int
    shift_with_passengers_s_max: int
    counted_days: int
    late_cancellations_a_fault: int
    ladder: list[StepShown]


class CallAnswered(Answered):
    stop: str
    name: str
    at: dt.datetime


class RideAnswered(Answered):
    """A ride as anybody may see it; who drives and in what is for those who have booked."""

    id: str
    line: str
    calls: list[CallAnswered]
    seats: int
    seats_free: list[int] = Field(description="By section, from each call to the next.")
    status: RideStatus
    fare_cents: int | None = Field(description="Of a seat.")
    currency: str
    book_until: dt.datetime = Field(description="From the first stop asked for.")
    notice_s: int
    needs_confirmation: bool
    regular: bool


class FoundAnswered(Answered):
    """A ride between the two stops that were asked for."""

    ride: RideAnswered
    from_stop: str
    to_stop: str
    leaves_at: dt.datetime
    arrives_at: dt.datetime
    seats_free: int


class RegularAnswered(Answered):
    id: str
    line: str
    stops: list[str]
    leaves_at: dt.time
    weekdays: list[int]
    valid_from: dt.date
    valid_to: dt.date
    seats: int
    except_days: list[dt.date]
    on_public_holidays: bool
    notice_s: int
    vehicle: str
    note: str
    needs_confirmation: bool
    is_ended: bool


class BookingAnswered(Answered):
    id: str
    ride: str
    line: str
    from_stop: str
    to_stop: str
    leaves_at: dt.datetime
    arrives_at: dt.datetime
    seats: int
    fare_cents: int = Field(description="Of all seats.")
    status: BookingStatus
    ending: Ending | None
    reason: str
    made_at: dt.datetime
    expires_at: dt.datetime | None
    is_late: bool
    is_spontaneous: bool
    driver: str = Field(description="As others see the driver; empty until it is confirmed.")
    passenger: str = Field(description="As others see the passenger.")
    vehicle: str
    note: str


class OwnRideAnswered(Answered):
    ride: RideAnswered
    vehicle: str
    note: str
    bookings: list[BookingAnswered]


class StandingAnswered(Answered):
    faults: int
    no_shows: int
    late_cancellations: int
    suspended_until: dt.datetime | None
    fr: str
    en: str


class StandingsAnswered(Answered):
    as_passenger: StandingAnswered
    as_driver: StandingAnswered


def stop_answer(stop: Stop) -> StopAnswered:
    return StopAnswered(
        id=stop.id, name=stop.name, lat=stop.lat, lon=stop.lon, commune=stop.commune, place=stop.place
    )


def line_answer(line: Line, fare: FareVersion | None) -> LineAnswered:
    return LineAnswered(
        id=line.id,
        name=line.name,
        colour=line.colour,
        is_open=line.is_open,
        stops=[
            LineStopAnswered(stop=stop_answer(one.stop), distance_m=one.distance_m, drive_s=one.drive_s)
            for one in line.stops
        ],
        fare_cents=None if fare is None else fare.fare_cents,
    )


def fare_answer(fare: FareVersion) -> FareAnswered:
    return FareAnswered(
        id=fare.id,
        valid_from=fare.valid_from,
        fare_cents=fare.fare_cents,
        currency=fare.currency,
        line=fare.line_id,
    )


def rules_answer(rules: BookingRules) -> RulesAnswered:
    values: dict[str, Any] = {name: getattr(rules, name) for name in BookingRules.__slots__}
    values["ladder"] = [
        StepShown(faults=step.faults, suspended_days=step.suspended_days) for step in rules.ladder
    ]
    return RulesAnswered(**values)


def ride_answer(offer: RideOffer) -> RideAnswered:
    ride, names = offer.ride, {one.stop.id: one.stop.name for one in offer.line.stops}
    return RideAnswered(
        id=ride.id,
        line=ride.line_id,
        calls=[
            CallAnswered(stop=call.stop_id, name=names.get(call.stop_id, call.stop_id), at=call.at)
            for call in ride.calls
        ],
        seats=ride.seats,
        seats_free=list(offer.free),
        status=ride.status,
        fare_cents=None if offer.fare is None else offer.fare.fare_cents,
        currency="EUR" if offer.fare is None else offer.fare.currency,
        book_until=offer.book_until,
        notice_s=ride.notice_s,
        needs_confirmation=ride.needs_confirmation,
        regular=bool(ride.regular_id),
    )


def found_answer(offer: RideOffer) -> FoundAnswered:
    board, alight = offer.ride.calls[offer.board], offer.ride.calls[offer.alight]
    return FoundAnswered(
        ride=ride_answer(offer),
        from_stop=board.stop_id,
        to_stop=alight.stop_id,
        leaves_at=board.at,
        arrives_at=alight.at,
        seats_free=offer.seats_free,
    )


def regular_answer(regular: RegularRide) -> RegularAnswered:
    values: dict[str, Any] = {
        name: getattr(regular, name) for name in RegularAnswered.model_fields if hasattr(regular, name)
    }
    return RegularAnswered(
        **values
        | {
            "line": regular.line_id,
            "stops": list(regular.stop_ids),
            "weekdays": sorted(regular.weekdays),
            "except_days": sorted(regular.except_days),
        }
    )


def booking_answer(booking: Booking, ride: Ride, names: dict[str, str]) -> BookingAnswered:
    """`names`: of people, as others see them."""
    calls = {call.stop_id: call.at for call in ride.calls}
    is_sure = booking.status not in (BookingStatus.WAITING_CONFIRMATION, BookingStatus.CANCELLED)
    return BookingAnswered(
        id=booking.id,
        ride=booking.ride_id,
        line=ride.line_id,
        from_stop=booking.from_stop,
        to_stop=booking.to_stop,
        leaves_at=calls[booking.from_stop],
        arrives_at=calls[booking.to_stop],
        seats=booking.seats,
        fare_cents=booking.fare_cents,
        status=booking.status,
        ending=booking.ending,
        reason=booking.reason,
        made_at=booking.made_at,
        expires_at=booking.expires_at,
        is_late=booking.is_late,
        is_spontaneous=booking.is_spontaneous,
        driver=names.get(ride.driver_id, "") if is_sure else "",
        passenger=names.get(booking.passenger_id, ""),
        vehicle=ride.vehicle if is_sure else "",
        note=ride.note if is_sure else "",
    )


def standing_answer(standing: Standing) -> StandingAnswered:
    return StandingAnswered(
        faults=standing.faults,
        no_shows=standing.no_shows,
        late_cancellations=standing.late_cancellations,
        suspended_until=standing.suspended_until,
        fr=standing.french,
        en=standing.english,
    )
