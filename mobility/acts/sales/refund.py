"""Give back what was bought, as it was offered: seats, tickets, the book and the order itself, in one transaction.

The money goes back the way it came: refunds are rows of a queue, which the worker has the providers pay
(`mobility.acts.sales.refund_queue`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from carpool.refusal import CarpoolRefusedError
from mobility.accounts.caller import Caller, Permission
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.locked import until_locked
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.best_fare_left import remember_kept, with_best_fare
from mobility.acts.sales.order_events import tell_order
from mobility.acts.sales.own_orders import get_own, lock_own
from mobility.acts.sales.pay_back import pay_back
from mobility.acts.sales.post import post
from mobility.acts.sales.refund_offer import refund_offer_in
from mobility.acts.sales.release import release_in
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.seats import give_back_seats, lock_seats, shrink_seats
from mobility.acts.sales.signed_offers import read_offer
from on_demand.refusal import OnDemandRefusedError
from ticketing.orders.life import UNPAID, changed, step
from ticketing.orders.order import Order, OrderItem, OrderStatus, Returned
from ticketing.orders.refund_rules import ItemRefund, RefundOffer, RefundWish
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.orders.shares import lines_of_party, party_of
from ticketing.sales.bodies import sale_of

Bodies = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Refunded:
    """The order after it, and the refunds that are on their way."""

    order: Order
    refund_ids: tuple[str, ...] = ()


def refund(ports: SalesPorts, caller: Caller, order_id: str, token: str, key: str = "") -> Refunded:
    """Give back what was offered. The same `key` again changes nothing.

    Raises OrderRefusedError: EXPIRED; CHANGED where the order, or what was used of it, is another one now.
    """
    offer = read_offer(ports, RefundOffer, token)

    def act(work: UnitOfWork, order: Order, now: dt.datetime) -> Refunded:
        _check_offer(work, ports, order, offer, now)
        return refund_in(work, ports, order, offer, now, "asked for")

    return on_order_once(ports, caller, order_id, key, ("refund", order_id, token), act)


def cancel(ports: SalesPorts, caller: Caller, order_id: str, wish: RefundWish, key: str = "") -> Refunded:
    """Give an order back as it stands: unpaid, it is released; paid, what the rules give back is refunded, be it
    nothing. Cancelled again, it stays as it is. Raises OrderRefusedError."""

    def act(work: UnitOfWork, order: Order, now: dt.datetime) -> Refunded:
        if order.status in UNPAID:
            return Refunded(release_in(work, ports, order, now))
        if order.status is OrderStatus.RELEASED:
            return Refunded(order)
        offer = refund_offer_in(work, ports, order, wish, now)
        return refund_in(work, ports, order, offer, now, "cancelled")

    return on_order_once(ports, caller, order_id, key, ("cancel", order_id, wish), act)


def refund_freely(
    ports: SalesPorts, caller: Caller, order_id: str, wish: RefundWish, reason: str, key: str = ""
) -> Refunded:
    """The operator gives back what can be, without a fee. Raises ForbiddenError and OrderRefusedError."""
    caller.require(Permission.MANAGE_SALES)

    def act(work: UnitOfWork, order: Order, now: dt.datetime) -> Refunded:
        offer = refund_offer_in(work, ports, order, wish, now)
        items = tuple(_without_rules(order, one) for one in offer.items)
        freely = with_best_fare(work, ports, order, replace(offer, items=items, best_fare=()), now)
        return refund_in(work, ports, order, freely, now, reason or "by the operator")

    return on_order_once(ports, caller, order_id, key, ("refund freely", order_id, wish, reason), act)


def refund_in(
    work: UnitOfWork,
    ports: SalesPorts,
    order: Order,
    offer: RefundOffer,
    now: dt.datetime,
    reason: str,
    *,
    is_paid_back: bool = True,
) -> Refunded:
    """Do what was offered. The order and its buyer are locked; the caller commits. Without `is_paid_back` the money is
    the buyer's, in the book, for what takes its place. Raises OnDemandRefusedError and MovedMeanwhileError."""
    if not offer.is_by_service:
        _give_seats_back(work, ports, order, offer, now)
    revoked = _revoke(work, order, offer, now)
    refund_id = ports.acts.new_id()
    post(work, order, _bodies(work, order, offer, revoked, refund_id, reason), now)
    to = OrderStatus.EXCHANGED if offer.is_exchange else OrderStatus.REFUNDED
    of = {one.item: one for one in offer.items}
    items = [_after(item, of[item.id], to, now, refund_id) if item.id in of else item for item in order.items]
    items = [remember_kept(item, offer, now) for item in items]
    after = changed(order, items, now)
    work.orders.put_order(after)
    refunds = pay_back(work, ports, order, offer.refund_cents, reason, now) if is_paid_back else []
    tell_order(work, "refunded", after, now)
    return Refunded(after, tuple(refunds))


def on_order_once(
    ports: SalesPorts,
    caller: Caller,
    order_id: str,
    key: str,
    wish: tuple[Any, ...],
    act: Callable[[UnitOfWork, Order, dt.datetime], Refunded],
) -> Refunded:
    """An act on an order and its buyer, locked, at most once for a key."""
    check_key(key)
    digest = digest_of(*wish)

    def once() -> Refunded:
        with ports.acts.unit_of_work() as work:
            now = ports.acts.now()
            work.orders.lock_buyer(get_own(work, caller, order_id).person_id)
            order = lock_own(work, caller, order_id)
            known = find_answer(work.orders, caller.person, key, digest)
            if known is not None:
                return Refunded(order, known)
            done = act(work, order, now)
            work.orders.put_key(UsedKey(caller.person, key, digest, done.refund_ids, now))
            if done.order != order or key:
                work.commit()
        return done

    try:
        return until_locked(once)
    except (OnDemandRefusedError, CarpoolRefusedError) as error:
        raise OrderRefusedError(Reason.NOT_REFUNDABLE, error.french, error.english, "items") from error


def _check_offer(
    work: UnitOfWork, ports: SalesPorts, order: Order, offer: RefundOffer, now: dt.datetime
) -> None:
    if offer.order_id != order.id or offer.is_exchange or offer.is_by_service:
        raise OrderRefusedError(
            Reason.INVALID,
            "Cette offre est d'une autre commande.",
            "This offer is of another order.",
            "offer",
        )
    if offer.expires_s <= now.timestamp():
        raise OrderRefusedError(
            Reason.EXPIRED,
            "Cette offre de remboursement a expiré : demandez-en une nouvelle.",
            "This refund offer has expired: ask for a new one.",
            "offer",
        )
    if offer.order_version == order.version:
        fresh = refund_offer_in(work, ports, order, offer.wish, now)
        if (fresh.items, fresh.unwound_cents) == (offer.items, offer.unwound_cents):
            return
    raise OrderRefusedError(
        Reason.CHANGED,
        "La commande, ou ce qui en a servi, a changé depuis cette offre : demandez-en une nouvelle.",
        "The order, or what was used of it, has changed since this was offered: ask for a new offer.",
        "offer",
    )


def _give_seats_back(
    work: UnitOfWork, ports: SalesPorts, order: Order, offer: RefundOffer, now: dt.datetime
) -> None:
    """Of whole items all that is to come; of single riders their seats in cars."""
    of = {one.item: one for one in offer.items}
    whole = [item for item in order.items if item.id in of and of[item.id].is_whole]
    part = [item for item in order.items if item.id in of and not of[item.id].is_whole]
    seats = lock_seats(work, order, [*whole, *part])
    ids = {seat.id for item in whole for seat in item.seats}
    give_back_seats(
        work,
        ports,
        replace(
            seats,
            bookings=[one for one in seats.bookings if one.id in ids],
            rides=[one for one in seats.rides if one.id in ids],
        ),
        now,
    )
    for item in part:
        mine = {seat.id for seat in item.seats}
        fewer = replace(seats, bookings=[one for one in seats.bookings if one.id in mine])
        shrink_seats(work, fewer, len(of[item.id].riders), now)


def _revoke(work: UnitOfWork, order: Order, offer: RefundOffer, now: dt.datetime) -> list[str]:
    """The tickets that are worth nothing after it. Nothing new is made."""
    revoked = []
    items = {item.id: item for item in order.items}
    for one in offer.items:
        item = items[one.item]
        gone = {part.line for part in one.parts} | {part.line for part in item.returned}
        for ref in item.ticket_refs:
            party = party_of(order, ref)[1]
            is_all = gone >= set(lines_of_party(item, party))
            if (set(party) & set(one.riders)) if not offer.is_by_service else is_all:
                ticket = work.orders.find_ticket(ref)
                if ticket is not None and not ticket.revoked_s:
                    work.orders.put_ticket(replace(ticket, revoked_s=int(now.timestamp())))
                    revoked.append(ref)
    return revoked


def _bodies(
    work: UnitOfWork, order: Order, offer: RefundOffer, revoked: Sequence[str], refund_id: str, reason: str
) -> Bodies:
    """What the book says of it: reversals by sale, revocations of what cost nothing, fees by network."""
    states = work.sales_journal.load(order.id).states
    lines: dict[str, list[dict[str, Any]]] = {}
    fees: dict[tuple[str, str, int], int] = {}
    for one in offer.items:
        sale = sale_of(dict(states), one.item)
        for part in one.parts:
            name = f"{one.item}/{part.line + 1}"
            if part.cents or part.borne_cents:
                borne = {"borne_cents": -part.borne_cents} if part.borne_cents else {}
                lines.setdefault(sale, []).append({"line": name, "cents": part.cents} | borne)
            if part.fee_cents:
                sold = states[f"sale:{sale}"]["lines"][name]
                key = (one.item, sold["network"], sold["vat_permille"])
                fees[key] = fees.get(key, 0) + part.fee_cents
    bodies: Bodies = []
    left = set(revoked)
    for number, (sale, taken) in enumerate(lines.items(), 1):
        mine = sorted(ref for ref in left if states[f"entitlement:{ref}"]["sale"] == sale)
        left -= set(mine)
        body: dict[str, Any] = {"reversal": f"{refund_id}-{number}", "sale": sale, "reason": reason}
        bodies.append(("reversal", body | {"lines": taken, "entitlements": mine}))
    bodies += [("revocation", {"entitlement": ref, "reason": reason}) for ref in sorted(left)]
    for number, ((item, network, vat), cents) in enumerate(sorted(fees.items()), 1):
        body = {"fee": f"{refund_id}-{number}", "item": item, "network": network, "amount_cents": cents}
        bodies.append(("fee", body | {"vat_permille": vat, "reason": reason}))
    return bodies


def _after(item: OrderItem, one: ItemRefund, to: OrderStatus, now: dt.datetime, refund_id: str) -> OrderItem:
    returned = tuple(
        Returned(
            part.line,
            part.cents,
            part.fee_cents,
            part.riders,
            item.lines[part.line].legs,
            part.units,
            int(now.timestamp()),
            refund_id,
        )
        for part in one.parts
    )
    after = replace(
        item,
        returned=item.returned + returned,
        refunded_cents=item.refunded_cents + sum(part.refund_cents for part in one.parts),
        fee_cents=item.fee_cents + sum(part.fee_cents for part in one.parts),
    )
    if not one.is_whole:
        return after
    is_worth_nothing = to is OrderStatus.REFUNDED and not after.refunded_cents
    return step(after, OrderStatus.CANCELLED if is_worth_nothing else to)


def _without_rules(order: Order, one: ItemRefund) -> ItemRefund:
    """All that stands of these lines, without a fee."""
    item = next(item for item in order.items if item.id == one.item)
    parts = tuple(
        replace(
            part, cents=max(part.cents, item.lines[part.line].cents - _returned(item, part.line)), fee_cents=0
        )
        for part in one.parts
    )
    return replace(one, parts=parts)


def _returned(item: OrderItem, line: int) -> int:
    return sum(one.cents for one in item.returned if one.line == line)
