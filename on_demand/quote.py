"""What somebody is offered, signed (`ground.signed`): who brings it back is promised just that, if there is still
room.

A quote holds no seat. It says what would be promised, on which tour and version of it there was room, and until when it
is worth something; nobody can change a word of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from on_demand.booking import Connection, Party, Place
from on_demand.insertion import Placement
from on_demand.service import Service
from on_demand.tour import Request


@dataclass(frozen=True, slots=True)
class Quote:
    """An offer. Instants in seconds since the epoch; windows as in `on_demand.tour.Request`."""

    service_id: str
    party: Party
    origin: Place
    destination: Place
    pickup_open_s: int
    pickup_close_s: int
    drop_open_s: int
    drop_close_s: int
    ride_s_max: int
    direct_s: int
    pickup_stop_s: int
    drop_stop_s: int
    fare_cents: int | None
    shift_id: str
    day: dt.date
    version: int
    """The tour it was seen to fit into, before it was changed."""
    pickup_s: int
    drop_s: int
    """When it was expected to come and to arrive."""
    expires_s: int
    connection: Connection | None = None

    def request(self, request_id: str) -> Request:
        """What the dispatcher is asked for."""
        return Request(
            id=request_id,
            origin=self.origin.at,
            destination=self.destination.at,
            pickup_open_s=self.pickup_open_s,
            pickup_close_s=self.pickup_close_s,
            drop_open_s=self.drop_open_s,
            drop_close_s=self.drop_close_s,
            ride_s_max=self.ride_s_max,
            seats=self.party.seats,
            wheelchairs=self.party.wheelchairs,
            pickup_stop_s=self.pickup_stop_s,
            drop_stop_s=self.drop_stop_s,
        )


def price_cents(service: Service, party: Party) -> int | None:
    """What a party pays, in cents; None: the service does not say. Who sits in a wheelchair pays as an adult."""
    if service.fare is None:
        return None
    fare = service.fare
    return (
        fare.adult_cents * (party.adults + party.wheelchairs)
        + fare.child_cents * party.children
        + fare.companion_cents * party.companions
    )


def make_quote(
    service: Service,
    party: Party,
    ends: tuple[Place, Place],
    direct_s: int,
    request: Request,
    placement: Placement,
    version: int,
    expires_s: int,
    connection: Connection | None = None,
) -> Quote:
    """What a request promises that was found a place. `direct_s`: driving without others. `version`: of the tour as it
    was read, before the request was placed in it."""
    return Quote(
        service_id=service.id,
        party=party,
        origin=ends[0],
        destination=ends[1],
        pickup_open_s=request.pickup_open_s,
        pickup_close_s=request.pickup_close_s,
        drop_open_s=request.drop_open_s,
        drop_close_s=request.drop_close_s,
        ride_s_max=request.ride_s_max,
        direct_s=direct_s,
        pickup_stop_s=request.pickup_stop_s,
        drop_stop_s=request.drop_stop_s,
        fare_cents=price_cents(service, party),
        shift_id=placement.day.shift_id,
        day=placement.day.day,
        version=version,
        pickup_s=placement.pickup_s,
        drop_s=placement.drop_s,
        expires_s=expires_s,
        connection=connection,
    )
