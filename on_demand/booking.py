"""A booked ride and its life."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from on_demand.area import Point


class RideStatus(StrEnum):
    """Where a ride stands. HELD, CONFIRMED and ABOARD occupy a seat."""

    HELD = "held"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    LATE_CANCEL = "late-cancel"
    ABOARD = "aboard"
    DONE = "done"
    NO_SHOW = "no-show"


class Ending(StrEnum):
    """Who ended a ride that did not take place."""

    NOBODY = ""
    RIDER = "rider"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Party:
    """Who rides. Every head but one in a wheelchair takes a seat."""

    adults: int = 1
    children: int = 0
    wheelchairs: int = 0
    companions: int = 0
    """With those in wheelchairs, at most one each."""

    @property
    def seats(self) -> int:
        """Seats it takes, beside the places of its wheelchairs."""
        return self.adults + self.children + self.companions


@dataclass(frozen=True, slots=True)
class Place:
    """Where one gets on or off. `stop_id`: of the service's own stops or, at a connection, of the network; "": an
    address."""

    name: str
    at: Point
    stop_id: str = ""


class ConnectionKind(StrEnum):
    """Which side of the ride the coach or train is on."""

    ONTO = "onto"
    """The ride brings one to it."""
    FROM = "from"
    """The ride waits for it."""


class ConnectionStanding(StrEnum):
    """How a connection stands, by what was last heard of the coach or train."""

    KEPT = "kept"
    AT_RISK = "at-risk"
    """It is missed, as things stand, and the ride cannot be moved."""
    CANCELLED = "cancelled"
    """The coach or train does not run, or does not stop there."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The coach or train a ride is timed to: a trip's run and its call at a stop of the network, by the API's ids."""

    kind: ConnectionKind
    trip_id: str
    stop_id: str
    scheduled_s: int
    """When it leaves (ONTO) or arrives (FROM), as planned."""
    expected_s: int
    """The same as last heard of."""
    standing: ConnectionStanding = ConnectionStanding.KEPT
    moved_s: int = 0
    """The ride waits so much longer than was first promised (FROM)."""


@dataclass(frozen=True, slots=True)
class OnDemandRide:
    """One booked ride of one party. `journey_id` joins the rides of one journey, booked and confirmed together."""

    id: str
    service_id: str
    person_id: str
    """Whose it is; of a manual booking, the account of the caller on the phone or a pseudonym made for it."""
    party: Party
    origin: Place
    destination: Place
    pickup_open_s: int
    pickup_close_s: int
    drop_open_s: int
    drop_close_s: int
    """What was promised: the vehicle comes and arrives within these."""
    ride_s_max: int
    status: RideStatus
    shift_id: str
    day: dt.date
    """Whose tour it is in (`on_demand.tour.VehicleDay`)."""
    fare_cents: int | None
    """None: nobody knows."""
    made_at: dt.datetime
    changed_at: dt.datetime
    expires_at: dt.datetime | None = None
    """HELD: confirmed by then, or gone."""
    cancel_free_until: dt.datetime | None = None
    """Cancelled later, it is a LATE_CANCEL."""
    journey_id: str = ""
    connection: Connection | None = None
    ending: Ending = Ending.NOBODY
    booked_by: str = ""
    """The agent who booked it on the phone; "": the person."""
    rider_name: str = ""
    rider_phone: str = ""
    note: str = ""
    """For the driver."""
    awaits_payment: bool = False
    """Whether it is held for a basket: paying confirms it, nothing else."""

    @property
    def holds_seats(self) -> bool:
        """Whether its stops are in a tour."""
        return self.status in (RideStatus.HELD, RideStatus.CONFIRMED, RideStatus.ABOARD)
