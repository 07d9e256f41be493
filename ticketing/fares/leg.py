"""A journey as prices see it. `mobility.journeys.fare_legs` makes it of an itinerary; every price begins here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FareMode(StrEnum):
    """What one rides in, as tariffs tell it."""

    RAIL = "rail"
    COACH = "coach"
    CITY = "city"
    """Bus, tram, metro, funicular of a city network."""
    ON_DEMAND = "on-demand"
    CARPOOL = "carpool"


@dataclass(frozen=True, slots=True)
class FareStop:
    """One end of a leg. Ids are the network's, with the feed's prefix; "" where there is none."""

    id: str
    name: str = ""
    station_id: str = ""
    """Its station (`parent_station`); of a station, itself."""
    zone_id: str = ""
    """`stops.zone_id` (Fares v1)."""
    time_zone: str = "Europe/Paris"
    """IANA: in which timeframes, fare days and calendar days are told."""
    lat: float | None = None
    lon: float | None = None

    @property
    def place(self) -> str:
        """What two stops have in common where one may change or turn back: their station, or the stop itself."""
        return self.station_id or self.id


@dataclass(frozen=True, slots=True)
class FareLeg:
    """One ride in one vehicle. Instants are epoch seconds UTC, as planned: real time changes no price."""

    mode: FareMode
    origin: FareStop
    destination: FareStop
    departure_s: int
    arrival_s: int
    distance_m: int
    """Along the vehicle's way (shape), or as the crow flies between its calls where the shape is unknown."""
    feed_id: str = ""
    """"" of services that are run here (on demand, carpool)."""
    agency_id: str = ""
    route_id: str = ""
    """The route; of a service on demand its service, of a carpool ride its line."""
    trip_id: str = ""
    zone_ids: tuple[str, ...] = ()
    """The `stops.zone_id` of all its calls, both ends included, in order (Fares v1 `contains_id`)."""
    fixed_cents: int | None = None
    """What the service itself asks for: for the whole party (rides on demand, their quote), of carpool rides for each
    seat; None: a tariff says."""
    service_day: str = ""
    """Of its trip: YYYY-MM-DD. Not the day of the event: a trip of Friday may leave on Saturday at 01:30."""
