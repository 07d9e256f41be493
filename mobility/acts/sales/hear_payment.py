"""Hear what a payment provider tells by itself: twice, late, in any order, before its own answer, or never."""

from __future__ import annotations

from collections.abc import Mapping

from mobility.acts.sales.payment_fold import CHARGE, OPEN
from mobility.acts.sales.payment_port import PaymentEvent
from mobility.acts.sales.refund_queue import settle_refund
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.take_answer import take_answer


class NobodysPaymentError(Exception):
    """No payment of ours is called so, or not yet: the provider may tell again."""


def hear_payment(ports: SalesPorts, provider: str, headers: Mapping[str, str], body: bytes) -> bool:
    """What a webhook tells; whether it concerned us. `headers`: names in small letters.

    Raises WebhookError where the provider did not send it, and NobodysPaymentError.
    """
    known = ports.providers.get(provider)
    if known is None:
        raise NobodysPaymentError(f"there is no provider {provider!r}")
    event = known.read_webhook(headers, body)
    if event is None:
        return False
    take_event(ports, provider, event)
    return True


def take_event(ports: SalesPorts, provider: str, event: PaymentEvent) -> None:
    """Follow a payment, and the refunds of it that are ours. Raises NobodysPaymentError."""
    with ports.acts.unit_of_work(read_only=True) as work:
        payment = work.orders.find_payment(event.key) if event.key else None
        if payment is None:
            payment = work.orders.find_payment_by_ref(provider, event.answer.provider_ref)
        if payment is None or (payment.provider, payment.kind) != (provider, CHARGE):
            raise NobodysPaymentError(f"{event.key or event.answer.provider_ref} is no payment of ours")
        refunds = [work.orders.find_payment(key) for key in event.answer.refunded]
    take_answer(ports, payment.id, event.answer)
    for refund in refunds:
        if refund is not None and refund.order_id == payment.order_id and refund.status in OPEN:
            settle_refund(ports, refund.id, event.answer)
