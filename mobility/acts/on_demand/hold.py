"""Hold rides for minutes: real seats, in one transaction for all legs of a journey, or nothing.

A place is looked for on the tours as they are read, outside the transaction; inside, each changed tour takes the place
of the version it was made from, and of no other. Who finds that somebody was faster looks again; who was beaten three
times keeps the others out while looking.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from mobility.accounts.caller import Caller
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.expire import expire
from mobility.acts.on_demand.locked import swap_all, until_locked
from mobility.acts.on_demand.own_rides import (
    TEXT_LENGTH_MAX,
    Rider,
    require_booking,
    rules_now,
    standing_of,
    whose,
)
from mobility.acts.on_demand.quote import offer_of, read_quote
from mobility.acts.on_demand.reason_words import reason_words
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.room import DEADLINE_PASSED, Changes, Refused, Room, Wish
from mobility.acts.on_demand.services import get_service
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.insertion import NoRoom, Placement
from on_demand.ports import Drives
from on_demand.quote import Quote
from on_demand.refusal import OnDemandRefusedError, Reason

LEGS_MAX = 4
OPTIMISTIC_TRIES = 3


@dataclass(frozen=True, slots=True)
class HoldWish:
    """The quotes of one journey, in its order, and who rides (None: the caller)."""

    tokens: tuple[str, ...]
    rider: Rider | None = None
    note: str = ""
    """For the driver."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg on its way to being held."""

    quote: Quote
    ride_id: str
    placement: Placement


def hold(ports: OnDemandPorts, caller: Caller, wish: HoldWish, key: str = "") -> list[OnDemandRide]:
    """Hold rides, by promised pick-up; confirm them before `expires_at`. The same `key` again gives the same rides,
    whatever became of them.

    A quote can be held until its own expiry, and until `deadline_grace_s` after the booking deadline of its ride. A
    held ride can be confirmed within its time to live even if the deadline passes meanwhile.

    Raises ForbiddenError and OnDemandRefusedError; where a vehicle is full, `more["alternatives"]` has quotes.
    """
    require_booking(caller, wish.rider)
    check_key(key)
    digest = digest_of("hold", wish)
    with ports.acts.unit_of_work(read_only=True) as work:
        person_id = whose(ports, work, caller, wish.rider)
    known = _find_held(ports, person_id, key, digest)
    if known is not None:
        return known
    quotes = _read_quotes(ports, wish)
    drives = ports.drives()
    tries = 0

    def attempt() -> list[OnDemandRide]:
        nonlocal tries
        tries += 1
        return _hold_once(
            ports, caller, wish, quotes, drives, person_id, key, digest, tries > OPTIMISTIC_TRIES
        )

    try:
        return until_locked(attempt)
    except OnDemandRefusedError:
        # The same wish, sent twice at once: it may be the other one that has taken the seat.
        known = _find_held(ports, person_id, key, digest)
        if known is None:
            raise
        return known


def _find_held(ports: OnDemandPorts, person_id: str, key: str, digest: str) -> list[OnDemandRide] | None:
    """What the key held before; None: it is new."""
    with ports.acts.unit_of_work(read_only=True) as work:
        known = find_answer(work.on_demand, person_id, key, digest)
        return None if known is None else _in_order(work.on_demand.list_rides(known))


def _hold_once(
    ports: OnDemandPorts,
    caller: Caller,
    wish: HoldWish,
    quotes: list[Quote],
    drives: Drives,
    person_id: str,
    key: str,
    digest: str,
    keep_others_out: bool,
) -> list[OnDemandRide]:
    legs: list[Leg] | None = None
    if not keep_others_out:
        legs = place_all(ports, quotes, drives)
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        work.on_demand.lock_person(person_id)
        known = find_answer(work.on_demand, person_id, key, digest)
        if known is not None:
            return _in_order(work.on_demand.list_rides(known))
        rides = hold_in(ports, work, caller.person, person_id, quotes, legs, wish, now, drives)
        work.on_demand.put_key(UsedKey(person_id, key, digest, tuple(ride.id for ride in rides), now))
        work.commit()
    return _in_order(rides)


def hold_in(
    ports: OnDemandPorts,
    work: UnitOfWork,
    by: str,
    person_id: str,
    quotes: list[Quote],
    legs: list[Leg] | None,
    wish: HoldWish,
    now: dt.datetime,
    drives: Drives,
    expires_at: dt.datetime | None = None,
) -> list[OnDemandRide]:
    """Hold rides of a person, locked (`lock_person`), as part of something larger; by promised pick-up. `legs`: where
    they were placed before this unit of work began; None: look now, and keep others out. `expires_at`: held until then
    for a basket, and confirmed by its payment alone; None: as the rules say.

    Raises OnDemandRefusedError, and MovedMeanwhileError where somebody was faster. Nothing is committed.
    """
    check_person(work, person_id, quotes, now)
    if legs is None:
        _lock_around(ports, work, quotes, now, drives)
        legs = place_in(ports, work, quotes, now, drives)
    else:
        work.on_demand.lock_days([(leg.placement.day.shift_id, leg.placement.day.day) for leg in legs])
    hold_s = None if expires_at is None else max(int((expires_at - now).total_seconds()), 0)
    rider = wish.rider or Rider()
    rides = [
        replace(
            ride,
            booked_by=by if person_id != by else "",
            rider_name=rider.name.strip(),
            rider_phone=rider.phone.strip(),
            note=wish.note.strip(),
            awaits_payment=expires_at is not None,
        )
        for ride in put_legs(ports, work, legs, person_id, now, hold_s)
    ]
    for ride in rides:
        work.on_demand.put_ride(ride, by)
        tell_ride(work, "held", ride, now)
    return _in_order(rides)


def place_all(ports: OnDemandPorts, quotes: list[Quote], drives: Drives) -> list[Leg]:
    """Where all the legs fit now. Raises OnDemandRefusedError, with alternatives, where one does not; seats whose time
    to be confirmed is over are given back first."""
    for is_last in (False, True):
        with ports.acts.unit_of_work(read_only=True) as work:
            now = ports.acts.now()
            try:
                return place_in(ports, work, quotes, now, drives)
            except OnDemandRefusedError as refusal:
                if is_last or refusal.reason is not Reason.FULL or not work.on_demand.list_expired(now):
                    raise
        expire(ports)
    raise AssertionError


def check_person(work: UnitOfWork, person_id: str, quotes: list[Quote], now: dt.datetime) -> None:
    """Whether somebody, locked, may hold these. Raises OnDemandRefusedError."""
    rules = rules_now(work, now)
    stands = standing_of(work, person_id, rules, now)
    if stands.suspended_until is not None:
        until = stands.suspended_until.date().isoformat()
        raise OnDemandRefusedError(
            Reason.SUSPENDED,
            f"{stands.no_shows} absence(s) et {stands.late_cancels} annulation(s) tardive(s) en "
            f"{rules.counted_days} jours : pas de nouvelle réservation avant le {until}.",
            f"{stands.no_shows} no-show(s) and {stands.late_cancels} late cancellation(s) within "
            f"{rules.counted_days} days: no new booking until {until}.",
            more={"suspendedUntil": stands.suspended_until.isoformat()},
        )
    rides = work.on_demand.list_rides_of(person_id)
    held = {
        ride.journey_id for ride in rides if ride.status is RideStatus.HELD and (ride.expires_at or now) > now
    }
    if len(held) >= rules.holds_per_person_max:
        raise OnDemandRefusedError(
            Reason.STATE,
            f"Vous retenez déjà {len(held)} trajets : confirmez ou annulez l'un d'eux d'abord.",
            f"You hold {len(held)} journeys already: confirm or cancel one of them first.",
        )
    check_free_time(rides, [(quote.pickup_open_s, quote.drop_close_s) for quote in quotes])


def check_free_time(
    rides: list[OnDemandRide], spans: list[tuple[int, int]], but: frozenset[str] = frozenset()
) -> None:
    """Nobody is in two vehicles at once. What is only held, of another journey, is in nobody's way: one of the two is
    confirmed. Raises OnDemandRefusedError."""
    booked = [ride for ride in rides if ride.status in _BOOKED and ride.id not in but]
    for number, (from_s, to_s) in enumerate(spans):
        if any(other_from < to_s and from_s < other_to for other_from, other_to in spans[:number]):
            raise OnDemandRefusedError(
                Reason.OVERLAP, "Deux de ces trajets se recouvrent.", "Two of these rides overlap.", "quotes"
            )
        for ride in booked:
            if ride.pickup_open_s < to_s and from_s < ride.drop_close_s:
                raise OnDemandRefusedError(
                    Reason.OVERLAP,
                    f"Un autre trajet est réservé à ce moment-là, de {ride.origin.name} à {ride.destination.name} : "
                    "annulez-le d'abord.",
                    f"Another ride is booked at that time, from {ride.origin.name} to {ride.destination.name}: "
                    "cancel it first.",
                    more={"rideId": ride.id},
                )


def put_legs(
    ports: OnDemandPorts,
    work: UnitOfWork,
    legs: list[Leg],
    person_id: str,
    now: dt.datetime,
    hold_s: int | None = None,
) -> list[OnDemandRide]:
    """Swap the tours of legs that were placed one after the other; their rides, held for `hold_s` (None: by the rules),
    are not yet remembered. Raises MovedMeanwhileError."""
    last = {(leg.placement.day.shift_id, leg.placement.day.day): leg.placement.day for leg in legs}
    swap_all(work, last.values())
    journey_id = ports.acts.new_id()
    held_s = rules_now(work, now).hold_s if hold_s is None else hold_s
    return [_ride_of(leg, journey_id, person_id, held_s, now) for leg in legs]


def full(ports: OnDemandPorts, room: Room, wish: Wish, reason: str) -> OnDemandRefusedError:
    """No vehicle can take the party; with what could be had instead."""
    offers = [offer_of(ports, room.service, one) for one in room.alternatives(wish)]
    french, english = reason_words(reason)
    return OnDemandRefusedError(
        Reason.FULL,
        f"{french} Choisissez un autre horaire, ou inscrivez-vous sur la liste d'attente.",
        f"{english} Choose another time, or join the waiting list.",
        more={
            "why": reason,
            "alternatives": [
                {
                    "quote": offer.token,
                    "serviceId": offer.service.id,
                    "pickupFrom": _iso(offer.quote.pickup_open_s),
                    "pickupUntil": _iso(offer.quote.pickup_close_s),
                    "arriveBy": _iso(offer.quote.drop_close_s),
                    "fareCents": offer.quote.fare_cents,
                }
                for offer in offers
            ],
        },
    )


def wish_of_quote(quote: Quote) -> Wish:
    """What was wished for when this was quoted."""
    return Wish(quote.origin, quote.destination, quote.party, quote.pickup_open_s, None, quote.connection)


def check_deadline(room: Room, quote: Quote) -> None:
    """Whether a quoted ride can still be booked, with the rules' grace. Raises OnDemandRefusedError."""
    found = room.check_bookable(wish_of_quote(quote), quote.pickup_open_s, room.rules.deadline_grace_s)
    if quote.pickup_close_s <= room.now_s:
        found = Refused(DEADLINE_PASSED)
    if isinstance(found, Refused):
        french, english = reason_words(found.reason)
        raise OnDemandRefusedError(Reason.TOO_LATE, french, english, "quotes", {"why": found.reason})


def check_fresh(quote: Quote, now: dt.datetime) -> None:
    """Raises OnDemandRefusedError when a quote's time is over."""
    if quote.expires_s < now.timestamp():
        raise OnDemandRefusedError(
            Reason.EXPIRED,
            "Cette offre a expiré : demandez-en une nouvelle.",
            "This quote has expired: ask for a new one.",
            "quotes",
        )


_BOOKED = (RideStatus.CONFIRMED, RideStatus.ABOARD)


def _read_quotes(ports: OnDemandPorts, wish: HoldWish) -> list[Quote]:
    if not 1 <= len(wish.tokens) <= LEGS_MAX:
        raise OnDemandRefusedError(
            Reason.INVALID, f"De 1 à {LEGS_MAX} offres.", f"From 1 to {LEGS_MAX} quotes.", "quotes"
        )
    rider = wish.rider or Rider()
    for field, words in (("name", rider.name), ("phone", rider.phone), ("note", wish.note)):
        if len(words) > TEXT_LENGTH_MAX or not words.replace("\n", " ").isprintable():
            raise OnDemandRefusedError(
                Reason.INVALID,
                f"Au plus {TEXT_LENGTH_MAX} caractères imprimables.",
                f"At most {TEXT_LENGTH_MAX} printable characters.",
                field,
            )
    quotes = [read_quote(ports, token) for token in wish.tokens]
    return sorted(quotes, key=lambda quote: quote.pickup_open_s)


def place_in(
    ports: OnDemandPorts, work: UnitOfWork, quotes: list[Quote], now: dt.datetime, drives: Drives
) -> list[Leg]:
    changes = Changes()
    legs: list[Leg] = []
    for quote in quotes:
        check_fresh(quote, now)
        room = Room(work, ports, get_service(work, quote.service_id), now, drives, changes)
        check_deadline(room, quote)
        ride_id = ports.acts.new_id()
        found = room.find(quote.request(ride_id))
        if isinstance(found, NoRoom):
            raise full(ports, room, wish_of_quote(quote), found.reason.value)
        legs.append(Leg(quote, ride_id, replace(found, day=room.put(found.day))))
    return legs


def _lock_around(
    ports: OnDemandPorts, work: UnitOfWork, quotes: list[Quote], now: dt.datetime, drives: Drives
) -> None:
    """All tours the legs could be in."""
    keys: set[tuple[str, dt.date]] = set()
    for quote in quotes:
        room = Room(work, ports, get_service(work, quote.service_id), now, drives)
        keys |= {(day.shift_id, day.day) for day in room.list_around(quote.request(""))}
    work.on_demand.lock_days(sorted(keys, key=lambda key: (key[1], key[0])))


def _ride_of(leg: Leg, journey_id: str, person_id: str, hold_s: int, now: dt.datetime) -> OnDemandRide:
    quote, day = leg.quote, leg.placement.day
    pickup_at = dt.datetime.fromtimestamp(quote.pickup_open_s, dt.UTC)
    # A ride that sets out in two minutes is not held for ten.
    latest = max(pickup_at, now + dt.timedelta(seconds=60))
    return OnDemandRide(
        id=leg.ride_id,
        service_id=quote.service_id,
        person_id=person_id,
        party=quote.party,
        origin=quote.origin,
        destination=quote.destination,
        pickup_open_s=quote.pickup_open_s,
        pickup_close_s=quote.pickup_close_s,
        drop_open_s=quote.drop_open_s,
        drop_close_s=quote.drop_close_s,
        ride_s_max=quote.ride_s_max,
        status=RideStatus.HELD,
        shift_id=day.shift_id,
        day=day.day,
        fare_cents=quote.fare_cents,
        made_at=now,
        changed_at=now,
        expires_at=min(now + dt.timedelta(seconds=hold_s), latest),
        journey_id=journey_id,
        connection=quote.connection,
    )


def _in_order(rides: list[OnDemandRide]) -> list[OnDemandRide]:
    return sorted(rides, key=lambda ride: (ride.pickup_open_s, ride.id))


def _iso(at_s: int) -> str:
    return dt.datetime.fromtimestamp(at_s, dt.UTC).isoformat()
