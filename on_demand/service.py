"""A service as its operator describes it, and as GTFS-Flex publishes it: where, when and under which rules it runs."""

from __future__ import annotations

from dataclasses import dataclass

from on_demand.area import Stop, StopGroup, Zone
from on_demand.booking_rules import BookingRule
from on_demand.calendar import Calendar


@dataclass(frozen=True, slots=True)
class FlexRow:
    """One row of a flexible trip: an area and the hours in it. One travels from a row to any *later* row; travel
    inside one area needs two rows of it."""

    area_id: str
    """Of a stop, a group or a zone."""
    open_s: int
    close_s: int
    """The window, seconds of the service day; pick-up and drop-off both fall in it. Of a row at a stop with fixed times
    (a deviated route) the arrival and the departure."""
    can_board: bool = True
    can_alight: bool = True
    pickup_rule_id: str = ""
    drop_off_rule_id: str = ""
    is_fixed: bool = False
    """A call of a fixed timetable, between windows."""


@dataclass(frozen=True, slots=True)
class FlexTrip:
    """A trip of trips.txt with at least one row that has a window."""

    id: str
    calendar_id: str
    rows: tuple[FlexRow, ...]
    headsign: str = ""
    mean_factor: float = 1.0
    mean_offset_s: float = 0.0
    """How long rides take against driving alone: factor times, plus offset (mean_duration_factor, _offset)."""
    safe_factor: float = 1.0
    safe_offset_s: float = 0.0
    """The same, as 95 % of rides keep it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a rider is promised when a ride is quoted."""

    window_s: int = 600
    """The vehicle comes within so long after the instant it is promised for."""
    ride_factor: float = 1.5
    ride_extra_s: int = 600
    """On board at most `max(factor * direct, direct + extra)` from the moment of boarding."""
    stop_s: int = 60
    """How long a vehicle stands where somebody gets on or off; a wheelchair adds `wheelchair_s`."""
    wheelchair_s: int = 240
    connection_s: int = 300
    """Between a ride and a coach or train, at least."""

    def ride_s_max(self, direct_s: int) -> int:
        """How long one is on board at most, of a ride that takes `direct_s` without others."""
        return max(int(self.ride_factor * direct_s), direct_s + self.ride_extra_s)


@dataclass(frozen=True, slots=True)
class Fare:
    """What a ride costs, by heads of the party, in cents."""

    adult_cents: int
    child_cents: int
    companion_cents: int = 0
    """Who comes along with a person in a wheelchair, one each."""
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Service:
    """One service. With vehicles of its own here (`on_demand.fleet`) it is dispatched, and only what fits is offered;
    without, it is somebody else's, known from a feed: offered by its hours and booked with its operator."""

    id: str
    name: str
    operator: str = ""
    zone_name: str = "Europe/Paris"
    """IANA name of its clock."""
    phone: str = ""
    url: str = ""
    message: str = ""
    stops: tuple[Stop, ...] = ()
    groups: tuple[StopGroup, ...] = ()
    zones: tuple[Zone, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    rules: tuple[BookingRule, ...] = ()
    trips: tuple[FlexTrip, ...] = ()
    promise: Promise = Promise()
    fare: Fare | None = None
    """None: nobody says; a price is then unknown, never 0."""
    connection_stop_ids: tuple[str, ...] = ()
    """Stops of the network (with their feed's prefix) where it waits for coaches and trains and brings riders to."""
    is_dispatched: bool = False
    """It has vehicles here."""
