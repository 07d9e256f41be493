"""What is asked and answered about services of demand-responsive transport. Names in camelCase, units last; times of a
service day as HH:MM or HH:MM:SS, beyond 24:00 after midnight; zones as GeoJSON."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from mobility.http.account_schemas import Answered, Asked
from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.service import Fare, FlexRow, FlexTrip, Promise, Service
from on_demand.service_checks import clock

Key = Annotated[str, Field(min_length=1, max_length=100, description="Of your choice.")]
Words = Annotated[str, Field(max_length=1000)]
Whole = Annotated[int, Field(ge=-1_000_000_000, le=1_000_000_000)]
TimeOfDay = Annotated[
    str, Field(pattern=r"^[0-9]{2}:[0-5][0-9](:[0-5][0-9])?$", examples=["07:30"], description="HH:MM[:SS].")
]


def _in_our_time(day: dt.date) -> dt.date:
    if not 2000 <= day.year < 2200:
        raise ValueError("a year from 2000 to 2199")
    return day


Day = Annotated[dt.date, AfterValidator(_in_our_time)]


class StopFields(Asked):
    id: Key
    name: Words
    lat: float
    lon: float


class GroupFields(Asked):
    id: Key
    name: Words = ""
    stop_ids: list[Key] = Field(max_length=5000)


def _without_height(position: Any) -> Any:
    """GeoJSON positions may have a height; nobody is picked up by it."""
    return position[:2] if isinstance(position, list | tuple) and len(position) == 3 else position


Position = Annotated[
    tuple[float, float],
    BeforeValidator(_without_height),
    Field(description="Longitude, latitude (RFC 7946)."),
]
Ring = Annotated[list[Position], Field(max_length=50_000)]


class PolygonFields(Asked):
    type: Literal["Polygon"]
    coordinates: list[Ring] = Field(max_length=1000)


class MultiPolygonFields(Asked):
    type: Literal["MultiPolygon"]
    coordinates: list[list[Ring]] = Field(max_length=1000)


class ZoneFields(Asked):
    id: Key
    name: Words = ""
    geometry: Annotated[PolygonFields | MultiPolygonFields, Field(discriminator="type")]


class CalendarFields(Asked):
    id: Key = "calendar"
    weekdays: list[Whole] = Field([], max_length=7, description="0 Monday to 6 Sunday.")
    from_day: Day
    until_day: Day = Field(description="Inclusive.")
    added: list[Day] = Field([], max_length=1000)
    removed: list[Day] = Field([], max_length=1000)
    on_holidays: bool = Field(True, description="False: nothing runs on public holidays, unless added.")


class RuleFields(Asked):
    id: Key
    type: Literal["real-time", "same-day", "prior-days"]
    duration_s_min: Whole = Field(0, description="same-day: booked so long before travel.")
    duration_s_max: Whole | None = Field(None, description="same-day: and not longer before.")
    last_day: Whole = Field(1, description="prior-days: so many days before.")
    last_time: TimeOfDay | None = Field(None, description="prior-days: at this time of that day.")
    start_day: Whole | None = Field(None, description="Booking opens so many days before.")
    start_time: TimeOfDay | None = Field(None, description="And at this time of that day.")
    calendar_id: Annotated[str, Field(max_length=100)] = Field(
        "", description="prior-days: only days of this calendar count."
    )
    message: Words = ""
    phone: Words = ""
    info_url: Words = ""
    booking_url: Words = ""


class RowFields(Asked):
    area_id: Key = Field(description="A stop, a group or a zone.")
    open: TimeOfDay
    close: TimeOfDay
    can_board: bool = True
    can_alight: bool = True
    pickup_rule_id: str = Field("", max_length=100)
    drop_off_rule_id: str = Field("", max_length=100)
    is_fixed: bool = Field(False, description="A call of a timetable: open arrives, close departs.")


class TripFields(Asked):
    id: Key
    calendar_id: Key
    rows: list[RowFields] = Field(max_length=500, description="One travels from a row to any later one.")
    headsign: Words = ""
    mean_factor: float = 1.0
    mean_offset_s: float = 0.0
    safe_factor: float = 1.0
    safe_offset_s: float = 0.0


class PromiseFields(Asked):
    window_s: Whole = Field(600, description="The vehicle comes within so long.")
    ride_factor: float = Field(1.5, description="On board at most so many times the direct drive …")
    ride_extra_s: Whole = Field(600, description="… or so much longer than it, whichever is more.")
    stop_s: Whole = Field(60, description="Standing where somebody gets on or off.")
    wheelchair_s: Whole = Field(240, description="And so much longer with a wheelchair.")
    connection_s: Whole = Field(300, description="Between a ride and a coach or train.")


class FareFields(Asked):
    adult_cents: Whole
    child_cents: Whole
    companion_cents: Whole = 0
    currency: str = Field("EUR", max_length=3)


class ServiceAsked(Asked):
    """A service, whole: what is left out is empty."""

    name: Words
    operator: Words = ""
    zone_name: Words = Field("Europe/Paris", description="IANA name of its clock.")
    phone: Words = ""
    url: Words = ""
    message: Words = ""
    stops: list[StopFields] = Field([], max_length=20_000)
    groups: list[GroupFields] = Field([], max_length=5000)
    zones: list[ZoneFields] = Field([], max_length=1000)
    calendars: list[CalendarFields] = Field([], max_length=1000)
    rules: list[RuleFields] = Field([], max_length=1000)
    trips: list[TripFields] = Field([], max_length=5000)
    promise: PromiseFields = PromiseFields.model_validate({})
    fare: FareFields | None = Field(None, description="Null: nobody says; the price is then unknown.")
    connection_stop_ids: list[Key] = Field(
        [], max_length=1000, description="Stops of the network where it waits for coaches and trains."
    )
    is_dispatched: bool = Field(True, description="With vehicles here; else booked with its operator.")


class ServiceAnswered(ServiceAsked):
    id: str


class ServiceRow(Answered):
    """A service in the list."""

    id: str
    name: str
    operator: str
    phone: str
    url: str
    is_dispatched: bool
    stops: int
    zones: int


_TYPES = {
    "real-time": BookingType.REAL_TIME,
    "same-day": BookingType.SAME_DAY,
    "prior-days": BookingType.PRIOR_DAYS,
}
_TYPE_NAMES = {kind: name for name, kind in _TYPES.items()}


def read_time(text: str) -> int:
    """Seconds of a service day."""
    parts = [int(part) for part in text.split(":")]
    return parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)


def _maybe_time(text: str | None) -> int | None:
    return None if text is None else read_time(text)


def service_of(service_id: str, asked: ServiceAsked) -> Service:
    """What was asked for, as the engine knows it."""
    values = asked.model_dump(
        include={"name", "operator", "zone_name", "phone", "url", "message", "is_dispatched"}
    )
    return Service(
        id=service_id,
        **values,
        stops=tuple(Stop(one.id, one.name, Point(one.lat, one.lon)) for one in asked.stops),
        groups=tuple(StopGroup(one.id, one.name, tuple(one.stop_ids)) for one in asked.groups),
        zones=tuple(_zone(one) for one in asked.zones),
        calendars=tuple(calendar_of(one) for one in asked.calendars),
        rules=tuple(_rule(one) for one in asked.rules),
        trips=tuple(_trip(one) for one in asked.trips),
        promise=Promise(**asked.promise.model_dump()),
        fare=None if asked.fare is None else Fare(**asked.fare.model_dump()),
        connection_stop_ids=tuple(asked.connection_stop_ids),
    )


def service_answer(service: Service) -> ServiceAnswered:
    """A service as it is asked for; put back, it is the same."""
    return ServiceAnswered(
        id=service.id,
        name=service.name,
        operator=service.operator,
        zone_name=service.zone_name,
        phone=service.phone,
        url=service.url,
        message=service.message,
        stops=[StopFields(id=s.id, name=s.name, lat=s.at.lat, lon=s.at.lon) for s in service.stops],
        groups=[GroupFields(id=g.id, name=g.name, stop_ids=list(g.stop_ids)) for g in service.groups],
        zones=[ZoneFields(id=z.id, name=z.name, geometry=_geometry(z)) for z in service.zones],
        calendars=[calendar_fields(one) for one in service.calendars],
        rules=[_rule_fields(one) for one in service.rules],
        trips=[_trip_fields(one) for one in service.trips],
        promise=PromiseFields(
            **{name: getattr(service.promise, name) for name in PromiseFields.model_fields}
        ),
        fare=None
        if service.fare is None
        else FareFields(**{name: getattr(service.fare, name) for name in FareFields.model_fields}),
        connection_stop_ids=list(service.connection_stop_ids),
        is_dispatched=service.is_dispatched,
    )


def service_row(service: Service) -> ServiceRow:
    """A service in the list."""
    return ServiceRow(
        id=service.id,
        name=service.name,
        operator=service.operator,
        phone=service.phone,
        url=service.url,
        is_dispatched=service.is_dispatched,
        stops=len(service.stops),
        zones=len(service.zones),
    )


def calendar_of(fields: CalendarFields) -> Calendar:
    """A calendar as the engine knows it."""
    return Calendar(
        fields.id,
        frozenset(fields.weekdays),
        fields.from_day,
        fields.until_day,
        frozenset(fields.added),
        frozenset(fields.removed),
        fields.on_holidays,
    )


def calendar_fields(calendar: Calendar) -> CalendarFields:
    """And back."""
    return CalendarFields(
        id=calendar.id,
        weekdays=sorted(calendar.weekdays),
        from_day=calendar.from_day,
        until_day=calendar.until_day,
        added=sorted(calendar.added),
        removed=sorted(calendar.removed),
        on_holidays=calendar.on_holidays,
    )


def _zone(fields: ZoneFields) -> Zone:
    geometry = fields.geometry
    polygons = [geometry.coordinates] if geometry.type == "Polygon" else geometry.coordinates
    return Zone(
        fields.id,
        fields.name,
        tuple(tuple(tuple(Point(lat, lon) for lon, lat in ring) for ring in rings) for rings in polygons),
    )


def _geometry(zone: Zone) -> PolygonFields | MultiPolygonFields:
    polygons = [[[(at.lon, at.lat) for at in ring] for ring in rings] for rings in zone.polygons]
    if len(polygons) == 1:
        return PolygonFields(type="Polygon", coordinates=polygons[0])
    return MultiPolygonFields(type="MultiPolygon", coordinates=polygons)


def _rule(fields: RuleFields) -> BookingRule:
    values = fields.model_dump(exclude={"type", "last_time", "start_time"})
    return BookingRule(
        type=_TYPES[fields.type],
        last_s=_maybe_time(fields.last_time),
        start_s=_maybe_time(fields.start_time),
        **values,
    )


def _rule_fields(rule: BookingRule) -> RuleFields:
    same = RuleFields.model_fields.keys() - {"type", "last_time", "start_time"}
    return RuleFields(
        type=_TYPE_NAMES[rule.type],  # type: ignore[arg-type]
        last_time=None if rule.last_s is None else clock(rule.last_s),
        start_time=None if rule.start_s is None else clock(rule.start_s),
        **{name: getattr(rule, name) for name in same},
    )


def _trip(fields: TripFields) -> FlexTrip:
    values = fields.model_dump(exclude={"rows"})
    rows = tuple(
        FlexRow(
            open_s=read_time(row.open),
            close_s=read_time(row.close),
            **row.model_dump(exclude={"open", "close"}),
        )
        for row in fields.rows
    )
    return FlexTrip(rows=rows, **values)


def _trip_fields(trip: FlexTrip) -> TripFields:
    same = RowFields.model_fields.keys() - {"open", "close"}
    rows = [
        RowFields(
            open=clock(row.open_s), close=clock(row.close_s), **{name: getattr(row, name) for name in same}
        )
        for row in trip.rows
    ]
    return TripFields(
        rows=rows, **{name: getattr(trip, name) for name in TripFields.model_fields.keys() - {"rows"}}
    )
