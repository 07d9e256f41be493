"""What nobody knows the outcome of is asked about: soon at first, then ever more seldom. Any number of workers may."""

from __future__ import annotations

from dataclasses import replace

from mobility.acts.sales.payment_fold import CHARGE, OPEN, is_over, next_look
from mobility.acts.sales.payment_port import (
    PaymentAnswer,
    PaymentProvider,
    PaymentRequest,
    PaymentState,
    ProviderRefusedError,
    ProviderSilentError,
)
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.refund_queue import execute_refund
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.take_answer import take_answer
from ticketing.orders.life import UNPAID

NEVER_BEGUN = "never begun"


def follow_payments(ports: SalesPorts) -> int:
    """Ask about every payment, and pay every refund, that is due; how many that was."""
    with ports.acts.unit_of_work(read_only=True) as work:
        due = work.orders.list_payments_due(ports.acts.now())
    failure: Exception | None = None
    for payment in due:
        try:
            if payment.kind == CHARGE:
                if _claim(ports, payment.id):
                    look(ports, payment.id)
            else:
                execute_refund(ports, payment.id)
        except Exception as error:  # the others are asked about all the same
            failure = error
    if failure is not None:
        raise failure
    return len(due)


def look(ports: SalesPorts, payment_id: str) -> Payment:
    """How a charge stands, by its provider's word; as it was where that says nothing. One that never reached its
    provider is begun again, with its key, as long as its order can be had. Raises KeyError when there is none."""
    with ports.acts.unit_of_work(read_only=True) as work:
        payment = work.orders.find_payment(payment_id)
        order = None if payment is None else work.orders.find_order(payment.order_id)
    if payment is None or order is None:
        raise KeyError(payment_id)
    provider = ports.providers.get(payment.provider)
    if payment.status not in OPEN or provider is None:
        return payment
    is_wanted = order.status in UNPAID and not is_over(payment, ports.acts.now())
    try:
        answer = provider.find(payment.id, payment.provider_ref)
        if answer is None:
            if is_wanted:
                return ask(ports, payment, order.reference, order.email)
            answer = PaymentAnswer("", PaymentState.CANCELLED, reason=NEVER_BEGUN)
        elif answer.state is PaymentState.PENDING and not is_wanted:
            answer = _cancelled(provider, answer)
    except (ProviderSilentError, ProviderRefusedError):
        return payment
    return take_answer(ports, payment.id, answer)


def ask(ports: SalesPorts, payment: Payment, reference: str, email: str) -> Payment:
    """Have a payment that is remembered begin at its provider; the same key again is the same payment."""
    request = PaymentRequest(
        key=payment.id,
        order_id=payment.order_id,
        reference=reference,
        amount_cents=payment.amount_cents,
        currency="EUR",
        return_url=payment.return_url,
        email=email,
        method=payment.method,
    )
    try:
        answer = ports.providers[payment.provider].begin(request)
    except ProviderSilentError:
        return payment
    except ProviderRefusedError as error:
        answer = PaymentAnswer("", PaymentState.REFUSED, reason=str(error))
    return take_answer(ports, payment.id, answer)


def _cancelled(provider: PaymentProvider, answer: PaymentAnswer) -> PaymentAnswer:
    try:
        return provider.cancel(answer.provider_ref)
    except ProviderRefusedError:
        return answer


def _claim(ports: SalesPorts, payment_id: str) -> bool:
    """Put the next look off; whether it is ours to look."""
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        seen = work.orders.find_payment(payment_id)
        assert seen is not None
        work.orders.lock_order(seen.order_id)
        payment = work.orders.find_payment(payment_id)
        assert payment is not None
        if payment.status not in OPEN or payment.next_look_at is None or payment.next_look_at > now:
            return False
        work.orders.put_payment(replace(payment, next_look_at=next_look(payment, now)))
        work.commit()
    return True
