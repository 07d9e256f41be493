"""What somebody would get back now: refundable amount, fee and validity, signed (OSDM: refund offer)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from ground.signed import sign
from mobility.accounts.caller import Caller
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.best_fare_left import with_best_fare
from mobility.acts.sales.own_orders import get_own
from mobility.acts.sales.own_products import is_gone, list_carnets, list_counting
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.seats import leg_uses
from mobility.acts.sales.tariff_versions import get_version
from mobility.acts.sales.unwind import unwound_cents
from ticketing.orders.life import PAID
from ticketing.orders.order import Order, OrderItem, SeatKind
from ticketing.orders.refund_rules import (
    ItemRefund,
    LegUse,
    RefundOffer,
    RefundWish,
    Uses,
    expires_s,
    keep,
    refund_of_line,
)
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.orders.shares import lines_of_party, party_of


def offer_refund(
    ports: SalesPorts, caller: Caller, order_id: str, wish: RefundWish
) -> tuple[RefundOffer, str]:
    """What would be given back now, and the token that brings the offer back.

    Raises OrderRefusedError: UNKNOWN; NOT_REFUNDABLE where nothing is left that was not used.
    """
    with ports.acts.unit_of_work(read_only=True) as work:
        order = get_own(work, caller, order_id)
        offer = refund_offer_in(work, ports, order, wish, ports.acts.now())
    return offer, sign(offer, ports.offer_key)


def refund_offer_in(
    work: UnitOfWork,
    ports: SalesPorts,
    order: Order,
    wish: RefundWish,
    now: dt.datetime,
    *,
    is_exchange: bool = False,
    is_by_service: bool = False,
) -> RefundOffer:
    """What would be given back at an instant. `is_by_service`: of lines alone that the other side cancelled.

    Raises OrderRefusedError.
    """
    items = []
    for item in _chosen(order, wish):
        riders = _riders_of(order, item, wish)
        uses = _uses(work, ports, order, item, now)
        one = _item_refund(work, ports, item, riders, uses, now, is_exchange, is_by_service)
        if one is not None:
            if not is_by_service:
                _check_places(item, riders, uses)
            items.append(one)
    if not items:
        raise OrderRefusedError(
            Reason.NOT_REFUNDABLE,
            "Il ne reste rien à rendre : tout est utilisé ou déjà rendu.",
            "There is nothing left to give back: all of it was used, or given back already.",
            "items",
        )
    until_s = expires_s([part for one in items for part in one.parts], int(now.timestamp()))
    offer = RefundOffer(order.id, order.version, wish, tuple(items), until_s, 0, is_exchange, is_by_service)
    offer = with_best_fare(work, ports, order, offer, now)
    if is_by_service:
        return offer
    unwound = min(unwound_cents(work, ports, order, offer.items, now), offer.refund_cents)
    return replace(offer, items=keep(offer.items, unwound), unwound_cents=unwound)


def _chosen(order: Order, wish: RefundWish) -> list[OrderItem]:
    """The items it is about. Raises OrderRefusedError."""
    ids = set(wish.items)
    for ref in wish.tickets:
        try:
            ids.add(party_of(order, ref)[0].id)
        except KeyError:
            raise _unknown(ref) from None
    for item_id in sorted(ids - {item.id for item in order.items}):
        raise _unknown(item_id)
    chosen = [item for item in order.items if item.id in ids or not ids]
    paid = [item for item in chosen if item.status in PAID]
    if not paid or (ids and len(paid) < len(chosen)):
        raise OrderRefusedError(
            Reason.NOT_REFUNDABLE,
            "Ce n'est pas payé, ou déjà rendu.",
            "It is not paid, or given back already.",
            "items",
        )
    return paid


def _unknown(name: str) -> OrderRefusedError:
    return OrderRefusedError(
        Reason.INVALID,
        f"La commande n'a ni article ni billet « {name} ».",
        f"The order has no item and no ticket '{name}'.",
        "items",
    )


def _riders_of(order: Order, item: OrderItem, wish: RefundWish) -> tuple[int, ...]:
    """Who gives back: of single tickets their riders, else everybody."""
    if item.id in wish.items or not wish.tickets:
        return tuple(range(len(item.riders)))
    parties = (party_of(order, ref) for ref in wish.tickets)
    return tuple(sorted({rider for one, party in parties if one.id == item.id for rider in party}))


def _item_refund(
    work: UnitOfWork,
    ports: SalesPorts,
    item: OrderItem,
    riders: tuple[int, ...],
    uses: Uses,
    now: dt.datetime,
    is_exchange: bool,
    is_by_service: bool,
) -> ItemRefund | None:
    """None: nothing of it is left."""
    tariff = get_version(work, ports, item.tariff_version)
    fee = tariff.exchange_fee_cents if is_exchange else None
    parts = []
    for number in lines_of_party(item, riders):
        if is_gone(item, number):
            continue
        part = refund_of_line(item, number, tariff, uses, int(now.timestamp()), exchange_fee_cents=fee)
        # What a line covers beside is still travelled with: only lines that nothing runs of go by themselves.
        is_not_run = (
            part is not None and part.is_by_service and set(part.legs) == set(item.lines[number].legs)
        )
        if part is not None and (is_not_run or not is_by_service):
            parts.append(part)
    if not parts:
        return None
    gone = {part.line for part in parts} if is_by_service else set(lines_of_party(item, riders))
    left = [n for n in range(len(item.lines)) if n not in gone and not is_gone(item, n)]
    return ItemRefund(item.id, tuple(parts), riders, not left)


def _check_places(item: OrderItem, riders: tuple[int, ...], uses: Uses) -> None:
    """A place on demand is the whole party's. Raises OrderRefusedError."""
    coming = [
        seat
        for seat in item.seats
        if seat.kind is SeatKind.ON_DEMAND and uses.seats.get(seat.leg) in (LegUse.TO_COME, LegUse.LATE)
    ]
    if coming and len(riders) < len(item.riders):
        raise OrderRefusedError(
            Reason.NOT_REFUNDABLE,
            "Le transport à la demande est réservé pour tout le groupe : rendez le voyage entier, ou faites changer "
            "le groupe par l'exploitant.",
            "The place on demand is booked for the whole party: give the whole journey back, or have the operator "
            "change the party.",
            "tickets",
        )


def _uses(work: UnitOfWork, ports: SalesPorts, order: Order, item: OrderItem, now: dt.datetime) -> Uses:
    """What is known of an item's use."""
    scanned: set[int] = set()
    for ref in item.ticket_refs:
        scans = work.scans.list_of(ports.issuer, ref)
        if any(scan.colour == "green" for scan in scans):
            scanned.update(party_of(order, ref)[1])
    units = {}
    if any(line.kind == "carnet" and not line.legs for line in item.lines):
        tariff = get_version(work, ports, item.tariff_version)
        orders = list_counting(work, order.person_id, order.made_at) or [order]
        for carnet in list_carnets(orders, tariff):
            if (carnet.order_id, carnet.item_id) == (order.id, item.id):
                units[carnet.line] = carnet.left, carnet.sold
    return Uses(leg_uses(work, item, now), frozenset(scanned), units)
