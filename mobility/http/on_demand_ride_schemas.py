"""What travellers ask and are answered about on-demand rides. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from ground.signed import LENGTH_MAX
from mobility.acts.on_demand.hold import LEGS_MAX
from mobility.acts.on_demand.own_rides import TEXT_LENGTH_MAX
from mobility.acts.on_demand.quote import Ask, Offer, Quotes
from mobility.http.account_schemas import Answered, Asked
from mobility.http.carpool_schemas import At, Id
from on_demand.area import Point
from on_demand.booking import (
    Connection,
    ConnectionKind,
    ConnectionStanding,
    Ending,
    OnDemandRide,
    Party,
    Place,
    RideStatus,
)
from on_demand.ride_rules import Standing
from on_demand.waiting_list import Waiting, WaitingStatus

QuoteToken = Annotated[
    str, Field(min_length=1, max_length=LENGTH_MAX, pattern=r"^[A-Za-z0-9_-]+$", description="A quote.")
]
Heads = Annotated[int, Field(ge=0, le=20)]
Name = Annotated[str, Field(max_length=200)]
ServiceId = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")]
QUOTES_MAX = LEGS_MAX
"""Rides of one journey, held together."""


class PartyAsked(Asked):
    """Who rides; who sits in a wheelchair is counted there alone."""

    adults: Heads = 1
    children: Heads = 0
    wheelchairs: Heads = 0
    companions: Annotated[Heads, Field(description="With those in wheelchairs, at most one each.")] = 0

    def read(self) -> Party:
        return Party(self.adults, self.children, self.wheelchairs, self.companions)


class PlaceAsked(Asked):
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    name: Name = Field("", description="As the driver and you will read it.")
    stop: Name = Field("", description="The service's stop, or the network's at a connection.")

    def read(self) -> Place:
        return Place(self.name, Point(self.lat, self.lon), self.stop)


class WishAsked(Asked):
    """A ride somebody would like; one of `leaveAt` and `arriveBy`."""

    origin: PlaceAsked = Field(validation_alias="from", serialization_alias="from")
    destination: PlaceAsked = Field(validation_alias="to", serialization_alias="to")
    leave_at: At | None = Field(None, description="Picked up from then on.")
    arrive_by: At | None = Field(None, description="There by then.")
    party: PartyAsked = PartyAsked()
    service: ServiceId = Field("", description="Of this service; else of any that goes there.")

    def read(self) -> Ask:
        return Ask(
            self.origin.read(),
            self.destination.read(),
            self.party.read(),
            None if self.leave_at is None else int(self.leave_at.timestamp()),
            None if self.arrive_by is None else int(self.arrive_by.timestamp()),
            self.service,
        )


class QuotesAsked(WishAsked):
    instead_of: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")] = Field(
        "", description="A ride of mine that would be given up for it: its place counts as free."
    )

    def read_quotes(self) -> Ask:
        return replace(self.read(), instead_of=self.instead_of)


class HoldAsked(Asked):
    quotes: list[QuoteToken] = Field(
        min_length=1, max_length=QUOTES_MAX, description="Of one journey: all are held, or none."
    )
    note: Annotated[str, Field(max_length=TEXT_LENGTH_MAX)] = Field("", description="For the driver.")


class ChangeAsked(Asked):
    quote: QuoteToken = Field(description="What it becomes; it stays as it is where that has no room.")


class CancelAsked(Asked):
    whole_journey: bool = Field(False, description="All rides to come of its journey.")


class PartyAnswered(Answered):
    adults: int
    children: int
    wheelchairs: int
    companions: int


class PlaceAnswered(Answered):
    name: str
    lat: float
    lon: float
    stop: str


class ConnectionAnswered(Answered):
    """The coach or train a ride is timed to."""

    kind: ConnectionKind = Field(description="onto: the ride brings one to it; from: it waits for it.")
    trip: str
    stop: str
    scheduled: dt.datetime
    expected: dt.datetime
    standing: ConnectionStanding


class OfferedAnswered(Answered):
    """What quotes and rides have in common."""

    service: Id
    origin: PlaceAnswered = Field(validation_alias="from", serialization_alias="from")
    destination: PlaceAnswered = Field(validation_alias="to", serialization_alias="to")
    pickup_from: dt.datetime = Field(description="The vehicle comes within pickupFrom and pickupUntil.")
    pickup_until: dt.datetime
    arrive_by: dt.datetime
    party: PartyAnswered
    fare_cents: int | None = Field(description="null: nobody knows.")
    connection: ConnectionAnswered | None
    expires_at: dt.datetime | None


class QuoteAnswered(OfferedAnswered):
    quote: str = Field(description="Post it to /v1/on-demand/holds until `expiresAt`. It holds no seat.")
    expected_pickup: dt.datetime
    expected_arrival: dt.datetime
    book_until: dt.datetime | None = Field(description="The service's deadline; null: until it sets out.")


class DeclinedAnswered(Answered):
    """A service that goes there, but not so."""

    service: str
    reason: str
    fr: str
    en: str
    book_from: dt.datetime | None
    phone: str
    alternatives: list[QuoteAnswered]


class QuotesAnswered(Answered):
    offers: list[QuoteAnswered] = Field(description="By arrival.")
    declined: list[DeclinedAnswered]


class RideAnswered(OfferedAnswered):
    id: str
    status: RideStatus
    ending: Ending
    journey: str = Field(description="The rides of one journey are held and confirmed together.")
    cancel_free_until: dt.datetime | None
    made_at: dt.datetime
    changed_at: dt.datetime
    note: str


class StepAnswered(Answered):
    at: dt.datetime
    status: RideStatus


class RideHistoryAnswered(RideAnswered):
    history: list[StepAnswered]


class OnDemandStandingAnswered(Answered):
    faults: int = Field(description="Of the last months; late cancellations count as parts of one.")
    no_shows: int
    late_cancels: int
    suspended_until: dt.datetime | None
    is_warned: bool = Field(description="The next fault may suspend.")


class WaitingAnswered(Answered):
    id: str
    service: str
    origin: PlaceAnswered = Field(validation_alias="from", serialization_alias="from")
    destination: PlaceAnswered = Field(validation_alias="to", serialization_alias="to")
    leave_at: dt.datetime | None
    arrive_by: dt.datetime | None
    party: PartyAnswered
    status: WaitingStatus
    ride: str = Field(description="The ride that was offered; confirm it.")
    made_at: dt.datetime


def quotes_answer(quotes: Quotes) -> QuotesAnswered:
    return QuotesAnswered(
        offers=[offer_answer(offer) for offer in quotes.offers],
        declined=[
            DeclinedAnswered(
                service=one.service.id,
                reason=one.reason,
                fr=one.french,
                en=one.english,
                book_from=one.book_from,
                phone=one.service.phone,
                alternatives=[offer_answer(offer) for offer in one.alternatives],
            )
            for one in quotes.declined
        ],
    )


def offer_answer(offer: Offer) -> QuoteAnswered:
    quote = offer.quote
    return QuoteAnswered(
        quote=offer.token,
        book_until=offer.book_until,
        service=quote.service_id,
        origin=_place(quote.origin),
        destination=_place(quote.destination),
        pickup_from=_at(quote.pickup_open_s),
        pickup_until=_at(quote.pickup_close_s),
        arrive_by=_at(quote.drop_close_s),
        expected_pickup=_at(quote.pickup_s),
        expected_arrival=_at(quote.drop_s),
        party=_party(quote.party),
        fare_cents=quote.fare_cents,
        connection=_connection(quote.connection),
        expires_at=_at(quote.expires_s),
    )


def ride_answer(ride: OnDemandRide) -> RideAnswered:
    return RideAnswered(
        id=ride.id,
        service=ride.service_id,
        status=ride.status,
        ending=ride.ending,
        origin=_place(ride.origin),
        destination=_place(ride.destination),
        pickup_from=_at(ride.pickup_open_s),
        pickup_until=_at(ride.pickup_close_s),
        arrive_by=_at(ride.drop_close_s),
        party=_party(ride.party),
        fare_cents=ride.fare_cents,
        connection=_connection(ride.connection),
        expires_at=ride.expires_at,
        journey=ride.journey_id,
        cancel_free_until=ride.cancel_free_until,
        made_at=ride.made_at,
        changed_at=ride.changed_at,
        note=ride.note,
    )


def history_answer(
    ride: OnDemandRide, history: list[tuple[dt.datetime, RideStatus, str]]
) -> RideHistoryAnswered:
    """Who did it stays with the operator."""
    steps = [StepAnswered(at=at, status=status) for at, status, _ in history]
    return RideHistoryAnswered(**ride_answer(ride).model_dump(), history=steps)


def standing_answer(standing: Standing) -> OnDemandStandingAnswered:
    return OnDemandStandingAnswered(
        faults=standing.faults,
        no_shows=standing.no_shows,
        late_cancels=standing.late_cancels,
        suspended_until=standing.suspended_until,
        is_warned=standing.is_warned,
    )


def waiting_answer(waiting: Waiting) -> WaitingAnswered:
    return WaitingAnswered(
        id=waiting.id,
        service=waiting.service_id,
        origin=_place(waiting.origin),
        destination=_place(waiting.destination),
        leave_at=None if waiting.leave_s is None else _at(waiting.leave_s),
        arrive_by=None if waiting.arrive_s is None else _at(waiting.arrive_s),
        party=_party(waiting.party),
        status=waiting.status,
        ride=waiting.ride_id,
        made_at=waiting.made_at,
    )


def _party(party: Party) -> PartyAnswered:
    return PartyAnswered(
        adults=party.adults,
        children=party.children,
        wheelchairs=party.wheelchairs,
        companions=party.companions,
    )


def _place(place: Place) -> PlaceAnswered:
    return PlaceAnswered(name=place.name, lat=place.at.lat, lon=place.at.lon, stop=place.stop_id)


def _connection(connection: Connection | None) -> ConnectionAnswered | None:
    if connection is None:
        return None
    return ConnectionAnswered(
        kind=connection.kind,
        trip=connection.trip_id,
        stop=connection.stop_id,
        scheduled=_at(connection.scheduled_s),
        expected=_at(connection.expected_s),
        standing=connection.standing,
    )


def _at(instant_s: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant_s, dt.UTC)
