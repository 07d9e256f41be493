"""What a service would promise: signed quotes, or why not and what is possible instead. Nothing is held by asking."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from ground.signed import TokenError, read, sign
from mobility.accounts.caller import Caller
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.own_rides import TEXT_LENGTH_MAX, get_own
from mobility.acts.on_demand.reason_words import reason_words
from mobility.acts.on_demand.room import Possible, Refused, Room, Wish
from mobility.acts.on_demand.services import get_service
from mobility.acts.ports import UnitOfWork
from on_demand.booking import Connection, OnDemandRide, Party, Place
from on_demand.insertion import NoRoomReason
from on_demand.quote import Quote
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.service import Service
from on_demand.service_windows import WhyNot

AHEAD_S_MAX = 400 * 86_400
HEADS_MAX = 50


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants; one of `leave_s` (picked up from then on) and `arrive_s` (there by then), seconds since the
    epoch. `service_id` "": any. `instead_of`: a ride of the caller's that would be given up for it."""

    origin: Place
    destination: Place
    party: Party
    leave_s: int | None = None
    arrive_s: int | None = None
    service_id: str = ""
    connection: Connection | None = None
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote and the word that holds it."""

    token: str
    quote: Quote
    service: Service
    book_until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Declined:
    """Why a service does not ride, in a word for programs and in two languages, and what is possible instead."""

    service: Service
    reason: str
    french: str
    english: str
    book_from: dt.datetime | None
    alternatives: tuple[Offer, ...]

    @property
    def is_full(self) -> bool:
        """Whether one can wait for a place: there would be one, had nobody else taken it."""
        return self.reason in set(NoRoomReason)


@dataclass(frozen=True, slots=True)
class Quotes:
    """Offers by arrival; services that go there but not so, by id. Services that never go there are left out, unless
    one was asked for."""

    offers: tuple[Offer, ...]
    declined: tuple[Declined, ...]


def quote(ports: OnDemandPorts, caller: Caller | None, ask: Ask) -> Quotes:
    """What is possible. Anybody may ask; whose ride it would replace must be the caller's.

    Raises OnDemandRefusedError.
    """
    now = ports.acts.now()
    check_ask(ask, now)
    drives = ports.drives()
    offers: list[Offer] = []
    declined: list[Declined] = []
    with ports.acts.unit_of_work(read_only=True) as work:
        instead = _find_instead(work, caller, ask)
        for service in _services(work, ask):
            room = Room(work, ports, service, now, drives)
            if instead is not None:
                room.take_out(instead.id, instead.shift_id, instead.day)
            wish = wish_of(service, ask)
            answer = room.answer(wish)
            if isinstance(answer, Possible):
                offers.append(offer_of(ports, service, answer))
            elif ask.service_id or answer.reason != WhyNot.OUTSIDE_ZONE.value:
                declined.append(_decline(ports, room, wish, answer))
    return Quotes(
        tuple(sorted(offers, key=lambda one: (one.quote.drop_close_s, one.service.id))), tuple(declined)
    )


def check_ask(ask: Ask, now: dt.datetime) -> None:
    """Raises OnDemandRefusedError on what makes no sense."""
    if (ask.leave_s is None) == (ask.arrive_s is None):
        raise _invalid(
            "Indiquez soit l'heure de départ, soit l'heure d'arrivée.",
            "Say either when to leave or when to arrive.",
            "leaveAt",
        )
    at_s, now_s = ask.leave_s if ask.leave_s is not None else ask.arrive_s or 0, int(now.timestamp())
    field = "leaveAt" if ask.leave_s is not None else "arriveBy"
    if not now_s - 60 <= at_s <= now_s + AHEAD_S_MAX:
        raise _invalid("L'heure est passée, ou trop lointaine.", "The time is past, or too far away.", field)
    check_party(ask.party)
    for name, place in (("from", ask.origin), ("to", ask.destination)):
        check_place(place, name)


def check_party(party: Party) -> None:
    """Raises OnDemandRefusedError."""
    heads = (party.adults, party.children, party.wheelchairs, party.companions)
    if min(heads) < 0 or not 1 <= sum(heads) <= HEADS_MAX or party.companions > party.wheelchairs:
        raise _invalid(
            f"De 1 à {HEADS_MAX} personnes, et au plus un accompagnateur par fauteuil roulant.",
            f"From 1 to {HEADS_MAX} people, and at most one companion a wheelchair.",
            "party",
        )


def check_place(place: Place, field: str) -> None:
    """Raises OnDemandRefusedError."""
    if not (-90 <= place.at.lat <= 90 and -180 <= place.at.lon <= 180):
        raise _invalid("Ce point n'est pas sur la Terre.", "This point is not on the Earth.", field)
    if len(place.name) > TEXT_LENGTH_MAX or len(place.stop_id) > TEXT_LENGTH_MAX:
        raise _invalid(
            f"Un lieu a un nom d'au plus {TEXT_LENGTH_MAX} caractères.",
            f"The name of a place has at most {TEXT_LENGTH_MAX} characters.",
            field,
        )


def wish_of(service: Service, ask: Ask) -> Wish:
    """What is asked of one service. Its own stops are where it says they are."""
    stops = {stop.id: stop for stop in service.stops}

    def resolved(place: Place) -> Place:
        stop = stops.get(place.stop_id)
        return place if stop is None else Place(stop.name, stop.at, stop.id)

    return Wish(
        resolved(ask.origin),
        resolved(ask.destination),
        ask.party,
        ask.leave_s,
        ask.arrive_s,
        ask.connection,
    )


def offer_of(ports: OnDemandPorts, service: Service, possible: Possible) -> Offer:
    """What is possible, signed."""
    token = sign(possible.quote, ports.key)
    return Offer(token, possible.quote, service, possible.book_until)


def read_quote(ports: OnDemandPorts, token: str) -> Quote:
    """A quote somebody brings back, of whatever age. Raises OnDemandRefusedError."""
    try:
        return read(Quote, token, ports.key)
    except TokenError as error:
        raise OnDemandRefusedError(
            Reason.INVALID,
            "Cette offre n'est pas lisible : demandez-en une nouvelle.",
            f"This quote cannot be read ({error}): ask for a new one.",
            "quotes",
        ) from error


def ask_again(full: Quote) -> Ask:
    """What a quote was the answer to, for who finds that somebody else has taken the place."""
    return Ask(
        full.origin,
        full.destination,
        full.party,
        leave_s=full.pickup_open_s,
        service_id=full.service_id,
        connection=full.connection,
    )


def _services(work: UnitOfWork, ask: Ask) -> list[Service]:
    if ask.service_id:
        service = get_service(work, ask.service_id)
        if not service.is_dispatched:
            raise OnDemandRefusedError(
                Reason.INVALID,
                f"{service.name} se réserve auprès de son exploitant : {service.phone or service.url}.",
                f"{service.name} is booked with its operator: {service.phone or service.url}.",
                "service",
            )
        return [service]
    return [service for service in work.on_demand.list_services() if service.is_dispatched]


def _find_instead(work: UnitOfWork, caller: Caller | None, ask: Ask) -> OnDemandRide | None:
    if not ask.instead_of:
        return None
    if caller is None:
        raise _invalid("Connectez-vous pour changer un trajet.", "Sign in to change a ride.", "insteadOf")
    return get_own(work, caller, ask.instead_of)


def _decline(ports: OnDemandPorts, room: Room, wish: Wish, answer: Refused) -> Declined:
    outside = answer.reason == WhyNot.OUTSIDE_ZONE.value
    others = [] if outside else room.alternatives(replace(wish, connection=None))
    french, english = reason_words(answer.reason, answer.largest)
    return Declined(
        room.service,
        answer.reason,
        french,
        english,
        answer.book_from,
        tuple(offer_of(ports, room.service, one) for one in others),
    )


def _invalid(french: str, english: str, field: str) -> OnDemandRefusedError:
    return OnDemandRefusedError(Reason.INVALID, french, english, field)
