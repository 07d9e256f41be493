"""What a traveller asks, in the API's words but already understood: the input of `mobility.journeys.plan`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from on_demand.booking import Party
from routing.timetable import ALL_MODES
from ticketing.pricing.rider import Rider

ALONE = Party()
"""One grown-up on foot."""

LEG_MODES = ("WALK", "BIKE", "CAR")
"""Modes of the streets that are offered before, after and instead of public transport."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A page: what lies after (before) an instant. Departures, or arrivals when asked to arrive by."""

    later: bool
    instant_s: int

    def __str__(self) -> str:
        return f"{'LATER' if self.later else 'EARLIER'}|{self.instant_s}"


@dataclass(frozen=True, slots=True)
class GivenOffset:
    """A stop, as the API names it, and how long the client says it takes to reach it."""

    stop_id: str
    duration_s: int
    mode: str = "WALK"


@dataclass(frozen=True, slots=True)
class GivenVia:
    """A stop to pass, as the API names it, and how long to stay there at least; 0: riding through is enough."""

    stop_id: str
    stay_s: int = 0


class Optimize(StrEnum):
    """What is to be kept low beside arrival and changes; `ARRIVAL`: nothing."""

    ARRIVAL = "arrival"
    WALKING = "walking"
    EMISSIONS = "emissions"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Question:
    """`origin` and `destination` are `lat,lon[,level]`, or ids of stops or places; names of places are resolved
    before (`mobility.journeys.places.Places.resolve`), and may come along to be shown.

    The rest is as `/api/v6/plan` has it, in seconds; instants are seconds since the epoch, UTC.
    """

    origin: str
    destination: str
    time_s: int
    arrive_by: bool = False
    origin_name: str = "START"
    """Shown of bare coordinates."""
    destination_name: str = "END"
    timetable_view: bool = True
    window_s: int = 900
    itineraries: int = 5
    """Widen the window until so many are found."""
    itineraries_max: int | None = None
    cursor: Cursor | None = None
    max_transfers: int = 7
    max_travel_time_s: int = 86400
    min_transfer_time_s: int = 0
    additional_transfer_time_s: int = 0
    transfer_time_factor: float = 1.0
    modes: int = ALL_MODES
    """Bit set of `routing.timetable.Mode`; 0: no public transport."""
    flexible: int = ALL_MODES
    """Bit set of `Mode`: which flexible legs may take one to the first stop, from the last one, or all the way."""
    flexible_by_stage: tuple[int, int, int] = (ALL_MODES, ALL_MODES, ALL_MODES)
    """Of these, which to the first stop, which from the last one, and which all the way."""
    wheelchair: bool = False
    party: Party = ALONE
    """Who travels; what is booked must have room for all of them."""
    bikes: bool = False
    direct_modes: tuple[str, ...] = ("WALK",)
    access_modes: tuple[str, ...] = ("WALK",)
    egress_modes: tuple[str, ...] = ("WALK",)
    max_access_s: int = 900
    max_egress_s: int = 900
    max_direct_s: int = 1800
    fastest_direct_factor: float = 10.0
    """Journeys slower than so many times the fastest direct way are not shown."""
    walk_m_max: float = 2000.0
    """How far from a place stops are looked for on foot, as the crow flies."""
    walked_m_max: float | None = None
    """On foot in all: to the first stop, between stops and from the last one."""
    walk_speed_m_s: float | None = None
    bike_speed_m_s: float | None = None
    via: tuple[GivenVia, ...] = ()
    """To be passed in this order."""
    optimize: Optimize = Optimize.ARRIVAL
    booked_s: int | None = None
    """When one would book what must be booked; None: now."""
    spontaneous: bool = False
    """Also rides that are too late to book: who waits at the stop may be taken along."""
    matching_m: float = 250.0
    """How far from a place the nearest street may be."""
    radius_m: float | None = None
    """Take all stops so near, at 1.5 m/s as the crow flies, instead of the times along the streets."""
    access: tuple[GivenOffset, ...] = ()
    egress: tuple[GivenOffset, ...] = ()
    details: bool = True
    """Show geometries."""
    transfer_details: bool = True
    join_interlined: bool = True
    with_fares: bool = False
    """Say of each price what else there would have been."""
    riders: tuple[Rider, ...] = ()
    """Who pays what; (): as many as the party, at its full price or as children."""
    skipped_stops: bool = False
    """Show intermediate stops where one can neither get on nor off."""
    languages: tuple[str, ...] = ()
    realtime: str = "REALTIME"
    """OFF: as planned; REALTIME_ANNOTATION_ONLY: searched as planned, shown with what is known."""
    time_limit_s: float = 10.0
    words: dict[str, str] = field(default_factory=dict)
    """The parameters as they were sent, for `requestParameters`."""

    @property
    def travellers(self) -> tuple[Rider, ...]:
        """Who pays what."""
        return self.riders or riders_of(self.party)


def riders_of(party: Party) -> tuple[Rider, ...]:
    """A party whose categories nobody has said: grown-ups and children."""
    grown_up = party.adults + party.wheelchairs + party.companions
    return (Rider(),) * grown_up + (Rider("child"),) * party.children
