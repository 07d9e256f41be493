"""Offers become one order: all seats held and the order remembered in one transaction, or nothing.

Places on demand are looked for before the transaction, as for a ride alone (`mobility.acts.on_demand.hold`); inside,
tours take the place of the version they were made from, and of no other. Who finds that somebody was faster looks
again; who was beaten three times keeps the others out while looking.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace

from carpool.refusal import CarpoolRefusedError
from mobility.accounts.caller import Caller, Permission
from mobility.acts.book_seat import BookingRequest, hold_seat_in
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand import hold as on_demand_hold
from mobility.acts.on_demand.locked import until_locked
from mobility.acts.on_demand.own_rides import Rider as OnDemandRider
from mobility.acts.on_demand.quote import read_quote
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.complete import complete_in
from mobility.acts.sales.guest_access import GUEST, access_digest, access_of
from mobility.acts.sales.offer import read_offers, repriced
from mobility.acts.sales.order_events import tell_order
from mobility.acts.sales.own_products import list_counting
from mobility.acts.sales.replaced import changed_meanwhile, counting_without, find_replaced, worth
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.seats import SEATS_LONGER
from mobility.acts.sales.tariff_versions import prices_in
from on_demand.ports import Drives
from on_demand.quote import Quote
from on_demand.refusal import OnDemandRefusedError
from ticketing.orders.offer import Offer
from ticketing.orders.order import Order, OrderItem, OrderStatus, Seat, SeatKind
from ticketing.orders.reference import reference_of
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.orders.shares import by_rider


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a guest is reached; of who rides on demand the driver sees name and number."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class OrderWish:
    """What goes into the basket, and for whom. `person_id`: "" the caller; with who sells it for cash, an account of
    somebody else's, or `guest`."""

    offers: tuple[str, ...]
    contact: Contact = field(default_factory=Contact)
    person_id: str = ""
    replaces: str = ""
    """The item (`order:item`), of that person's, which pays a part of this and is given back with its payment: an
    exchange that costs more. Whose it is was checked by who exchanges it (`mobility.acts.sales.exchange`)."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order. `access`: the bearer token that opens it, for a guest; "": an account does."""

    order: Order
    access: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What an order is made of, before it is priced and held."""

    offers: list[Offer]
    quotes: list[Quote]
    """Of all places on demand in it, in the order of offers and wishes."""
    drives: Drives | None


def order(ports: SalesPorts, caller: Caller, wish: OrderWish, key: str = "") -> Ordered:
    """Hold everything in a basket until `expires_at`: pay it before. An order that costs nothing is FULFILLED at once.
    The same `key` again gives the same order, whatever became of it.

    Raises ForbiddenError and OrderRefusedError.
    """
    person_id = _whose(caller, wish)
    check_key(key)
    digest = digest_of("order", wish)
    tries = 0

    def attempt(held: Held) -> Ordered:
        nonlocal tries
        tries += 1
        return _order_once(
            ports, caller, wish, held, person_id, key, digest, tries > on_demand_hold.OPTIMISTIC_TRIES
        )

    try:
        held = read_basket(ports, wish)
        return until_locked(lambda: attempt(held))
    except (OnDemandRefusedError, CarpoolRefusedError, OrderRefusedError) as refusal:
        # The same wish again: the first one may have taken the seat, or its offers were still good then.
        known = find_ordered(ports, person_id, wish, key)
        if known is not None:
            return known
        if isinstance(refusal, OrderRefusedError):
            raise
        raise no_seat(refusal) from refusal


def _whose(caller: Caller, wish: OrderWish) -> str:
    """The person an order is made for; `guest` until it has an id. Raises ForbiddenError and OrderRefusedError."""
    if wish.replaces:
        return wish.person_id
    if wish.person_id in ("", caller.person):
        if not caller.may(Permission.SELL_TICKETS):
            caller.require(Permission.BUY_TICKETS)
        return caller.person
    caller.require(Permission.SELL_TICKETS)
    return wish.person_id


def read_basket(ports: SalesPorts, wish: OrderWish) -> Held:
    """What somebody wants to hold. Raises OrderRefusedError and OnDemandRefusedError."""
    return basket_of(ports, read_offers(ports, wish.offers))


def basket_of(ports: SalesPorts, offers: list[Offer]) -> Held:
    """The same, of offers that were read already."""
    quotes = [
        read_quote(ports.on_demand, one.quote)
        for offer in offers
        if offer.journey
        for one in offer.journey.on_demand
    ]
    return Held(offers, quotes, ports.on_demand.drives() if quotes else None)


def find_ordered(ports: SalesPorts, person_id: str, wish: OrderWish, key: str) -> Ordered | None:
    """What the same wish of that person, with this key, was answered with. Raises OrderRefusedError (KEY_REUSED)."""
    with ports.acts.unit_of_work(read_only=True) as work:
        return _known(ports, work, person_id, key, digest_of("order", wish))


def _known(ports: SalesPorts, work: UnitOfWork, person_id: str, key: str, digest: str) -> Ordered | None:
    known = find_answer(work.orders, person_id, key, digest)
    found = None if known is None else work.orders.find_order(known[0])
    if found is None:
        return None
    return Ordered(found, access_of(ports, found.id) if found.access_digest else "")


def _order_once(
    ports: SalesPorts,
    caller: Caller,
    wish: OrderWish,
    held: Held,
    person_id: str,
    key: str,
    digest: str,
    keep_others_out: bool,
) -> Ordered:
    legs: list[on_demand_hold.Leg] | None = None
    if held.drives is not None and not keep_others_out:
        legs = on_demand_hold.place_all(ports.on_demand, held.quotes, held.drives)
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        if person_id != GUEST:
            work.orders.lock_buyer(person_id)
        elif key:
            work.orders.lock_buyer(f"{GUEST} {key}")
        known = _known(ports, work, person_id, key, digest)
        if known is not None:
            return known
        empty = _new_order(ports, work, caller, wish, person_id, now)
        if wish.replaces:
            made = _in_place_of(ports, work, empty, held.offers[0], now, wish.replaces)
        else:
            made = _priced(ports, work, empty, held.offers, list_counting(work, person_id, now), now)
        made = hold_seats_in(ports, work, caller, wish, held, legs, made, now)
        work.orders.put_order(made)
        tell_order(work, "prebooked", made, now)
        if not made.cents:
            made = complete_in(work, ports, made)
        work.orders.put_key(UsedKey(person_id, key, digest, (made.id,), now))
        work.commit()
    return Ordered(made, access_of(ports, made.id) if made.access_digest else "")


def _new_order(
    ports: SalesPorts, work: UnitOfWork, caller: Caller, wish: OrderWish, person_id: str, now: dt.datetime
) -> Order:
    """An empty one. Raises OrderRefusedError: there is no such account."""
    order_id = ports.acts.new_id()
    pseudonym, digest = "", ""
    if wish.replaces:
        old = find_replaced(work, wish.replaces)
        pseudonym = old.pseudonym
        digest = access_digest(access_of(ports, order_id)) if old.access_digest else ""
    elif person_id == GUEST:
        person_id, pseudonym = f"{GUEST}:{order_id}", ports.acts.new_id()
        digest = access_digest(access_of(ports, order_id))
    else:
        person = work.accounts.find_person(person_id)
        if person is None or person.is_erased:
            raise OrderRefusedError(
                Reason.INVALID, "Ce compte n'existe pas.", "There is no such account.", "person"
            )
        pseudonym = person.pseudonym
    return Order(
        id=order_id,
        reference=reference_of(order_id),
        person_id=person_id,
        pseudonym=pseudonym,
        status=OrderStatus.PREBOOKED,
        items=(),
        tariff_version="",
        made_at=now,
        changed_at=now,
        expires_at=now + dt.timedelta(seconds=ports.hold_s),
        email=wish.contact.email.strip(),
        sold_by="" if wish.person_id in ("", caller.person) else caller.person,
        access_digest=digest,
    )


def _priced(
    ports: SalesPorts,
    work: UnitOfWork,
    order: Order,
    offers: list[Offer],
    orders: list[Order],
    now: dt.datetime,
) -> Order:
    """The order with its items, each at what it costs with what the buyer has (`orders`); what one item uses is gone
    for the next. The buyer is locked. Raises OrderRefusedError."""
    prices = prices_in(work, ports)
    for number, offer in enumerate(offers, 1):
        riders, lines, version = repriced(prices, offer, [*orders, order], int(now.timestamp()))
        item = OrderItem(
            id=str(number),
            status=OrderStatus.PREBOOKED,
            legs=offer.journey.legs if offer.journey else (),
            riders=riders,
            lines=by_rider(lines),
            tariff_version=version,
            names=offer.names,
        )
        order = replace(order, tariff_version=order.tariff_version or version)
        order = replace(order, items=(*order.items, item))
    return order


def _in_place_of(
    ports: SalesPorts, work: UnitOfWork, order: Order, offer: Offer, now: dt.datetime, replaces: str
) -> Order:
    """The order of an item that takes the place of another, which pays a part of it. Raises OrderRefusedError."""
    old, item_id = find_replaced(work, replaces), replaces.partition(":")[2]
    given = worth(work, ports, old, item_id, now)
    orders = counting_without(work, order.person_id, old, given, now)
    made = _priced(ports, work, order, [offer], orders, now)
    carried = given.refund_cents
    if carried >= made.cents:  # it was to cost more: nothing is held for what the old order itself would do
        raise changed_meanwhile()
    (item,) = made.items
    return replace(made, items=(replace(item, replaces=replaces, carried_cents=carried),))


def hold_seats_in(
    ports: SalesPorts,
    work: UnitOfWork,
    caller: Caller,
    wish: OrderWish,
    held: Held,
    legs: list[on_demand_hold.Leg] | None,
    order: Order,
    now: dt.datetime,
) -> Order:
    """The order with all its seats held. Raises OrderRefusedError, CarpoolRefusedError, OnDemandRefusedError and
    MovedMeanwhileError."""
    assert order.expires_at is not None
    expires_at, until = order.expires_at, order.expires_at + SEATS_LONGER
    seats: dict[str, list[Seat]] = {item.id: [] for item in order.items}
    pairs = list(zip(order.items, held.offers, strict=True))
    cars = [(one, item) for item, offer in pairs if offer.journey for one in offer.journey.carpool]
    if cars and order.access_digest:
        raise OrderRefusedError(
            Reason.INVALID,
            "Le covoiturage demande un compte : connectez-vous.",
            "Carpooling needs an account: sign in.",
            "offers",
        )
    for car, item in sorted(cars, key=lambda pair: (pair[0].ride_id, pair[1].id)):
        request = BookingRequest(car.ride_id, car.from_stop, car.to_stop, len(item.riders))
        booking = hold_seat_in(work, ports.acts.new_id(), order.person_id, request, now, until)
        seats[item.id].append(Seat(SeatKind.CARPOOL, booking.id, car.leg))
    if held.drives is not None:
        if order.access_digest and not (wish.contact.name.strip() and wish.contact.phone.strip()):
            raise OrderRefusedError(
                Reason.INVALID,
                "Pour un transport à la demande il faut un nom et un numéro de téléphone.",
                "A ride on demand needs a name and a telephone number.",
                "contact",
            )
        work.on_demand.lock_person(order.person_id)
        rider = OnDemandRider(name=wish.contact.name, phone=wish.contact.phone)
        rides = on_demand_hold.hold_in(
            ports.on_demand,
            work,
            caller.person if order.sold_by else order.person_id,
            order.person_id,
            held.quotes,
            legs,
            on_demand_hold.HoldWish((), rider),
            now,
            held.drives,
            until,
        )
        wishes = [
            (one.leg, item.id) for item, offer in pairs if offer.journey for one in offer.journey.on_demand
        ]
        # Nobody holds two rides at a time, so the pick-ups tell which is which.
        placed = sorted(zip(held.quotes, wishes, strict=True), key=lambda pair: pair[0].pickup_open_s)
        for ride, (_, (leg, item_id)) in zip(rides, placed, strict=True):
            seats[item_id].append(Seat(SeatKind.ON_DEMAND, ride.id, leg))
            expires_at = min(expires_at, ride.expires_at or expires_at)
    items = tuple(
        replace(item, seats=tuple(sorted(seats[item.id], key=lambda seat: seat.leg))) for item in order.items
    )
    return replace(order, items=items, expires_at=expires_at)


def no_seat(refusal: OnDemandRefusedError | CarpoolRefusedError) -> OrderRefusedError:
    """Why one of the seats cannot be held, in the words of its own book."""
    more = dict(refusal.more) if isinstance(refusal, OnDemandRefusedError) else {}
    return OrderRefusedError(
        Reason.NO_SEAT,
        refusal.french,
        refusal.english,
        "offers",
        {"why": refusal.reason.value} | more,
    )
