"""Exchange an item for another journey or product: the old one is given back and the new one sold, for the difference.

A journey is exchanged as long as it has not begun, a pass or carnet for what is not used of it. Where nothing is to be
paid, both happen in one transaction. Where something is, the new item is held as an order of
its own, like any other, of which what the old item is worth pays a part (`mobility.acts.sales.replaced`): only the
difference is paid, and the old item goes in the transaction that takes it, by the rules as they stood when the exchange
was asked for. So nobody is ever without either, and no cent moves twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from carpool.refusal import CarpoolRefusedError
from ground.signed import sign
from mobility.accounts.caller import Caller
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.basket import (
    Contact,
    OrderWish,
    basket_of,
    find_ordered,
    hold_seats_in,
    no_seat,
    order,
)
from mobility.acts.sales.complete import entitlements, sales, seats_gone
from mobility.acts.sales.issue_tickets import issue_in
from mobility.acts.sales.offer import Offered, OfferWish, RiderWish, price_now, read_offers
from mobility.acts.sales.offer import offer as make_offers
from mobility.acts.sales.order_events import tell_order
from mobility.acts.sales.own_orders import GUEST, get_own
from mobility.acts.sales.pay_back import pay_back
from mobility.acts.sales.post import post
from mobility.acts.sales.refund import Refunded, on_order_once, refund_in
from mobility.acts.sales.replaced import changed_meanwhile, counting_without, worth
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.seats import confirm_seats, lock_seats
from mobility.acts.sales.signed_offers import read_offer
from mobility.acts.sales.tariff_versions import prices_in
from on_demand.refusal import OnDemandRefusedError
from ticketing.orders.life import changed, step
from ticketing.orders.offer import Offer, ProductWish
from ticketing.orders.order import Order, OrderItem, OrderStatus, SeatKind
from ticketing.orders.refund_rules import ItemRefund, RefundOffer
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.orders.shares import by_rider


@dataclass(frozen=True, slots=True)
class ExchangeOffer:
    """What is given back of the old item, what the new one costs without it, and the difference."""

    refund: RefundOffer
    new: Offer
    token: str
    """Of the new offer, as it came."""
    expires_s: int

    @property
    def due_cents(self) -> int:
        """To be paid; below 0: given back."""
        return self.new.cents - self.refund.refund_cents


def offer_exchange(
    ports: SalesPorts, caller: Caller, order_id: str, item_id: str, token: str
) -> tuple[ExchangeOffer, str]:
    """What an exchange costs now, and the token that brings the offer back. Raises OrderRefusedError."""
    (new,) = read_offers(ports, [token])
    with ports.acts.unit_of_work(read_only=True) as work:
        found = get_own(work, caller, order_id)
        offer = _offer_in(work, ports, found, item_id, new, token, ports.acts.now())
    return offer, sign(offer, ports.offer_key)


def offer_exchange_for(
    ports: SalesPorts, caller: Caller, order_id: str, item_id: str, wanted: str | ProductWish
) -> tuple[Offered, ExchangeOffer, str]:
    """The same for a journey as it was shown (`price.offer`) or a product, for whoever the old item is for; the new
    offer comes with what else there would have been. Raises ForbiddenError and OrderRefusedError."""
    with ports.acts.unit_of_work(read_only=True) as work:
        found = get_own(work, caller, order_id)
    item = next((one for one in found.items if one.id == item_id), None)
    if item is None:
        raise OrderRefusedError(
            Reason.INVALID,
            f"La commande n'a rien sous le numéro « {item_id} » à échanger.",
            f"The order has nothing numbered '{item_id}' to exchange.",
            "item",
        )
    names = item.names or ("",) * len(item.riders)
    riders = tuple(
        RiderWish(rider.category, rider.cards, name) for rider, name in zip(item.riders, names, strict=True)
    )
    # A guest has nothing but their order, and no role of their own to ask with.
    is_guest = bool(found.access_digest) and caller.person == found.person_id
    journeys, products = ((wanted,), ()) if isinstance(wanted, str) else ((), (wanted,))
    wish = OfferWish(journeys, products, riders, "" if is_guest else found.person_id)
    (new,) = make_offers(ports, GUEST if is_guest else caller, wish)
    return new, *offer_exchange(ports, caller, found.id, item_id, new.token)


def exchange(ports: SalesPorts, caller: Caller, order_id: str, token: str, key: str = "") -> Refunded:
    """Exchange as offered: the order with the new item; where something is to be paid, the new order, to be paid. The
    same `key` again changes nothing.

    Raises OrderRefusedError: EXPIRED, CHANGED, NO_SEAT.
    """
    offer = read_offer(ports, ExchangeOffer, token)
    if offer.due_cents > 0:
        return Refunded(_order_in_place(ports, caller, order_id, offer, key))

    def act(work: UnitOfWork, found: Order, now: dt.datetime) -> Refunded:
        _check(work, ports, found, offer, now)
        try:
            return _exchange_in(work, ports, caller, found, offer, now)
        except (OnDemandRefusedError, CarpoolRefusedError) as error:
            raise no_seat(error) from error

    return on_order_once(ports, caller, order_id, key, ("exchange", order_id, token), act)


def _order_in_place(
    ports: SalesPorts, caller: Caller, order_id: str, offer: ExchangeOffer, key: str
) -> Order:
    """The order that is to be paid, held; the old one stays as it is."""
    with ports.acts.unit_of_work(read_only=True) as work:
        found = get_own(work, caller, order_id)
    replaced = f"{found.id}:{offer.refund.items[0].item}"
    new = sign(offer.new, ports.offer_key)
    wish = OrderWish((new,), Contact(email=found.email), found.person_id, replaced)
    known = find_ordered(ports, found.person_id, wish, key)
    if known is not None:
        return known.order
    with ports.acts.unit_of_work(read_only=True) as work:
        _check(work, ports, get_own(work, caller, order_id), offer, ports.acts.now())
    return order(ports, caller, wish, key).order


def _offer_in(
    work: UnitOfWork, ports: SalesPorts, found: Order, item_id: str, new: Offer, token: str, now: dt.datetime
) -> ExchangeOffer:
    refund = worth(work, ports, found, item_id, now)
    item = next(one for one in found.items if one.id == item_id)
    has_place = any(seat.kind is SeatKind.ON_DEMAND for seat in item.seats)
    if has_place and new.journey is not None and new.journey.on_demand:
        raise OrderRefusedError(
            Reason.NOT_REFUNDABLE,
            "Un transport à la demande ne s'échange pas contre un autre : changez-en l'heure ou le lieu.",
            "A ride on demand is not exchanged for another one: change its time or place.",
            "offer",
        )
    _check_left(item, refund.items[0])
    orders = counting_without(work, found.person_id, found, refund, now)
    priced = price_now(prices_in(work, ports), new, orders, int(now.timestamp()))
    return ExchangeOffer(refund, priced, token, min(refund.expires_s, new.expires_s))


def _check_left(item: OrderItem, given: ItemRefund) -> None:
    """A journey is given whole; of a product what is left of it counts. Raises OrderRefusedError."""
    cents = sum(part.cents for part in given.parts)
    if item.legs:
        returned = sum(one.cents for one in item.returned)
        if cents + returned < item.cents or not given.is_whole:
            raise OrderRefusedError(
                Reason.NOT_REFUNDABLE,
                "Ce voyage est entamé, ou ne s'échange plus selon le tarif.",
                "This journey has begun, or is not exchanged any more by the tariff.",
                "item",
            )
    elif item.cents and not cents:
        raise OrderRefusedError(
            Reason.NOT_REFUNDABLE,
            "De ce titre il ne reste rien, ou il ne s'échange plus selon le tarif.",
            "Nothing of this is left, or it is not exchanged any more by the tariff.",
            "item",
        )


def _check(work: UnitOfWork, ports: SalesPorts, found: Order, offer: ExchangeOffer, now: dt.datetime) -> None:
    if offer.expires_s <= now.timestamp():
        raise OrderRefusedError(
            Reason.EXPIRED,
            "Cette offre d'échange a expiré : demandez-en une nouvelle.",
            "This exchange offer has expired: ask for a new one.",
            "offer",
        )
    if (found.id, found.version) == (offer.refund.order_id, offer.refund.order_version):
        item_id = offer.refund.items[0].item
        fresh = _offer_in(work, ports, found, item_id, offer.new, offer.token, now)
        same = (fresh.refund.items, fresh.new.cents) == (offer.refund.items, offer.new.cents)
        if same:
            return
    raise changed_meanwhile()


def _exchange_in(
    work: UnitOfWork, ports: SalesPorts, caller: Caller, found: Order, offer: ExchangeOffer, now: dt.datetime
) -> Refunded:
    """Old out, new in, the rest paid back. Raises what holding seats does."""
    old_id = offer.refund.items[0].item
    given = refund_in(work, ports, found, offer.refund, now, "exchanged", is_paid_back=False).order
    new = OrderItem(
        id=str(len(given.items) + 1),
        status=OrderStatus.PREBOOKED,
        legs=offer.new.journey.legs if offer.new.journey else (),
        riders=offer.new.riders,
        lines=by_rider(offer.new.lines),
        tariff_version=offer.new.tariff_version,
        names=offer.new.names,
        replaces=f"{found.id}:{old_id}",
    )
    basket = basket_of(ports, [offer.new])
    alone = replace(given, items=(new,), expires_at=now + dt.timedelta(seconds=ports.hold_s))
    held = hold_seats_in(ports, work, caller, OrderWish(()), basket, None, alone, now)
    (new,) = held.items
    if not confirm_seats(work, lock_seats(work, held, held.items), held.items, now):
        raise seats_gone()
    after = changed(given, (*given.items, step(new, OrderStatus.CONFIRMED)), now)
    tickets = issue_in(work, ports, after, new, now)
    done = step(after.items[-1], OrderStatus.FULFILLED)
    done = replace(done, ticket_refs=tuple(ticket.ref for ticket in tickets))
    after = _with_item(after, done)
    entries = [*sales(work, ports, after, [done]), *entitlements(after, done, tickets)]
    entries.append(("exchange", {"item": old_id, "sale": done.id, "by": done.id}))
    post(work, after, entries, now)
    after = replace(after, status=OrderStatus.FULFILLED)
    work.orders.put_order(after)
    refunds = pay_back(work, ports, after, -offer.due_cents, "exchanged", now)
    tell_order(work, "exchanged", after, now)
    return Refunded(after, tuple(refunds))


def _with_item(found: Order, item: OrderItem) -> Order:
    return replace(found, items=tuple(item if one.id == item.id else one for one in found.items))
