"""Pay an order: remembered first, then asked of the provider, outside of any transaction.

Whoever asks again for the same (a second click, a lost answer, another browser) gets the payment there is: an order has
one open payment at most, and with a provider one payment has one key for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mobility.accounts.caller import Caller
from mobility.acts.idempotency import UsedKey, check_key, digest_of, find_answer
from mobility.acts.on_demand.locked import until_locked
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.complete import seats_gone
from mobility.acts.sales.follow_payments import ask, look
from mobility.acts.sales.own_orders import get_own, lock_own
from mobility.acts.sales.payment_fold import BEGUN, CAPTURED, CHARGE, OPEN, PAYMENT_LASTS_S, REFUND, next_look
from mobility.acts.sales.payment_port import ProviderRefusedError, ProviderSilentError
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.seats import SEATS_LONGER, keep_seats, lock_seats
from mobility.acts.sales.take_answer import take_answer
from ticketing.orders.life import UNPAID, refused_state, step_all
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refusal import OrderRefusedError, Reason

TRIES_MAX = 20
"""Payments one order may have."""

PAYMENT_LASTS = dt.timedelta(seconds=PAYMENT_LASTS_S)
SPARE = dt.timedelta(minutes=5)
"""So much longer than a payment lasts are seats kept for it: its outcome must be heard in time."""


@dataclass(frozen=True, slots=True)
class PayWish:
    """How somebody wants to pay. `provider` "": the usual one. `method`: a provider's own means of payment; "": the
    buyer chooses on its page."""

    provider: str = ""
    method: str = ""
    return_url: str = ""


def pay(ports: SalesPorts, caller: Caller, order_id: str, wish: PayWish, key: str = "") -> Payment:
    """The payment of an order, begun unless it is already. Pending is no failure: how it stands is asked again.

    Raises OrderRefusedError: UNKNOWN, EXPIRED, STATE, INVALID.
    """
    check_key(key)
    payment, order = until_locked(lambda: _begin(ports, caller, order_id, wish, key))
    if payment.status == BEGUN:
        return ask(ports, payment, order.reference, order.email)
    return payment


def list_own_payments(ports: SalesPorts, caller: Caller, order_id: str) -> list[Payment]:
    """All payments and refunds of an order, in the order they were made. Raises OrderRefusedError (UNKNOWN)."""
    with ports.acts.unit_of_work(read_only=True) as work:
        return work.orders.list_payments(get_own(work, caller, order_id).id)


def look_own(ports: SalesPorts, caller: Caller, order_id: str, payment_id: str) -> Payment:
    """How a payment stands by its provider's word, for a buyer who comes back. Raises OrderRefusedError (UNKNOWN)."""
    payment = _get(ports, caller, order_id, payment_id)
    return payment if payment.kind == REFUND else look(ports, payment.id)


def give_up(ports: SalesPorts, caller: Caller, order_id: str, payment_id: str) -> Payment:
    """Stop a payment that is open, to pay in another way; where the money was taken meanwhile, it is taken.

    Raises OrderRefusedError: UNKNOWN, or STATE where its provider does not let it be stopped.
    """
    payment = _get(ports, caller, order_id, payment_id)
    if payment.status not in OPEN or payment.kind == REFUND:
        return payment
    provider = ports.providers.get(payment.provider)
    try:
        if not payment.provider_ref:
            payment = look(ports, payment.id)
        if payment.status not in OPEN or provider is None:
            return payment
        answer = provider.cancel(payment.provider_ref)
    except (ProviderSilentError, ProviderRefusedError) as error:
        raise OrderRefusedError(
            Reason.STATE,
            "Ce paiement ne peut pas être arrêté en ce moment : attendez sa réponse.",
            "This payment cannot be stopped just now: wait for its outcome.",
            "payment",
        ) from error
    return take_answer(ports, payment.id, answer)


def _begin(
    ports: SalesPorts, caller: Caller, order_id: str, wish: PayWish, key: str
) -> tuple[Payment, Order]:
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        order = lock_own(work, caller, order_id)
        digest = digest_of("pay", order.id, wish.provider, wish.method)
        payments = work.orders.list_payments(order.id)
        known = _find_known(work, order, payments, key, digest)
        if known is not None:
            return known, order
        _check_payable(order, payments, now)
        payment = Payment(
            id=ports.acts.new_id(),
            order_id=order.id,
            kind=CHARGE,
            provider=_provider(ports, wish),
            amount_cents=order.due_cents,
            status=BEGUN,
            provider_ref="",
            made_at=now,
            changed_at=now,
            method=wish.method,
            return_url=wish.return_url,
        )
        order = _keep(work, ports, order, now)
        work.orders.put_payment(replace(payment, next_look_at=next_look(payment, now)))
        work.orders.put_key(UsedKey(order.person_id, key, digest, (payment.id,), now))
        work.commit()
    return payment, order


def _find_known(
    work: UnitOfWork, order: Order, payments: Sequence[Payment], key: str, digest: str
) -> Payment | None:
    """The payment this key made; the one that is open; the one that paid it."""
    made = find_answer(work.orders, order.person_id, key, digest)
    if made is not None:
        return work.orders.find_payment(made[0])
    charges = [one for one in payments if one.kind == CHARGE]
    wanted = OPEN if order.status in UNPAID else (CAPTURED,)
    return next((one for one in charges if one.status in wanted), None)


def _check_payable(order: Order, payments: Sequence[Payment], now: dt.datetime) -> None:
    if order.status not in UNPAID:
        raise refused_state(order.status, OrderStatus.ON_HOLD)
    if order.expires_at is not None and order.expires_at <= now:
        raise OrderRefusedError(
            Reason.EXPIRED,
            "Le délai de paiement est dépassé : vos places ne sont plus retenues. Recommencez la commande.",
            "The time to pay is over: your seats are held no longer. Order again.",
        )
    if len(payments) >= TRIES_MAX:
        raise OrderRefusedError(
            Reason.STATE,
            f"Déjà {TRIES_MAX} essais de paiement : recommencez la commande.",
            f"{TRIES_MAX} payments were tried already: order again.",
        )


def _provider(ports: SalesPorts, wish: PayWish) -> str:
    if not ports.providers:
        raise OrderRefusedError(
            Reason.INVALID,
            "Le paiement en ligne n’est pas ouvert ici : payez auprès d’un agent.",
            "Nothing can be paid online here: pay an agent.",
            "provider",
        )
    name = wish.provider or next(iter(ports.providers))
    if name not in ports.providers:
        raise OrderRefusedError(
            Reason.INVALID,
            f"Moyen de paiement inconnu. Il y a : {', '.join(ports.providers)}.",
            f"No such payment provider. There are: {', '.join(ports.providers)}.",
            "provider",
        )
    return name


def _keep(work: UnitOfWork, ports: SalesPorts, order: Order, now: dt.datetime) -> Order:
    """The order on hold, its seats kept while the payment lasts, and never for ever."""
    longest = order.made_at + dt.timedelta(seconds=ports.pending_s_max)
    until = max(order.expires_at or now, min(now + PAYMENT_LASTS + SPARE, longest))
    if not keep_seats(work, lock_seats(work, order, order.items), until + SEATS_LONGER, now):
        raise seats_gone()
    on_hold = order if order.status is OrderStatus.ON_HOLD else step_all(order, OrderStatus.ON_HOLD, now)
    on_hold = replace(on_hold, expires_at=until)
    if on_hold.version == order.version:
        on_hold = replace(on_hold, version=order.version + 1)
    work.orders.put_order(on_hold)
    return on_hold


def _get(ports: SalesPorts, caller: Caller, order_id: str, payment_id: str) -> Payment:
    with ports.acts.unit_of_work(read_only=True) as work:
        order = get_own(work, caller, order_id)
        payment = work.orders.find_payment(payment_id)
    if payment is None or payment.order_id != order.id:
        raise OrderRefusedError(
            Reason.UNKNOWN, "Ce paiement n’existe pas.", "There is no such payment.", "payment"
        )
    return payment
