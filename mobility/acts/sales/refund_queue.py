"""Refunds on their way: each is a row before its provider is asked, and is asked for with the same key until that has
said how it stands; so it is paid exactly once. What no provider can do, a person does by hand."""

from __future__ import annotations

from dataclasses import replace

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.cash import agent_of
from mobility.acts.sales.payment_fold import (
    OPEN,
    REFUND,
    REFUNDED,
    REFUSED,
    fold_refund,
    next_look,
)
from mobility.acts.sales.payment_port import PaymentAnswer, ProviderRefusedError, ProviderSilentError
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.post import post
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.orders.order import Order
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.postings import BANK
from ticketing.sales.postings import CASH


def execute_refund(ports: SalesPorts, refund_id: str) -> Payment | None:
    """Have its provider pay a refund that is due; None: it is not due, or somebody else is at it."""
    refund, charge = _claim(ports, refund_id)
    if refund is None:
        return None
    provider = ports.providers.get(refund.provider)
    if provider is None:
        return _refuse(ports, refund_id, f"there is no provider {refund.provider} any more")
    try:
        answer = provider.refund(charge.provider_ref, refund.id, refund.amount_cents)
    except ProviderSilentError:
        return refund
    except ProviderRefusedError as error:
        return _refuse(ports, refund_id, str(error))
    return settle_refund(ports, refund_id, answer)


def settle_refund(ports: SalesPorts, refund_id: str, answer: PaymentAnswer) -> Payment:
    """What its provider says of a refund. The same again changes nothing. Raises KeyError when there is none."""
    with ports.acts.unit_of_work() as work:
        order, refund = _lock(work, refund_id)
        now = ports.acts.now()
        after = fold_refund(refund, answer, now)
        if after == refund:
            return refund
        if after.status == REFUNDED:
            _post_paid(work, order, after, after.provider)
            work.events.add("payment.refunded", {"payment_id": after.id}, now, f"order:{order.id}")
        work.orders.put_payment(after)
        work.commit()
    return after


def list_by_hand(ports: SalesPorts, caller: Caller) -> list[Payment]:
    """The refunds that wait for a person, the oldest first. Raises ForbiddenError."""
    caller.require(Permission.MANAGE_SALES)
    with ports.acts.unit_of_work(read_only=True) as work:
        return work.orders.list_refunds_by_hand()


def pay_by_hand(ports: SalesPorts, caller: Caller, refund_id: str, note: str) -> Payment:
    """A person says that a refund no provider makes was paid (`note`: how, such as a transfer's reference). Said again
    it stays as it is. Raises ForbiddenError and OrderRefusedError."""
    caller.require(Permission.MANAGE_SALES)
    return _pay_out(ports, refund_id, BANK, f"{note[:200]} ({caller.person})")


def hand_out(ports: SalesPorts, caller: Caller, refund_id: str) -> Payment:
    """An agent gives a refund of a cash sale back from their own till. Raises ForbiddenError and OrderRefusedError."""
    caller.require(Permission.SELL_TICKETS)
    with ports.acts.unit_of_work(read_only=True) as work:
        agent = agent_of(work, caller)
    return _pay_out(ports, refund_id, f"{CASH}{agent}", "")


def _pay_out(ports: SalesPorts, refund_id: str, paid_from: str, note: str) -> Payment:
    with ports.acts.unit_of_work() as work:
        try:
            order, refund = _lock(work, refund_id)
        except KeyError as error:
            raise _unknown() from error
        if refund.status == REFUNDED:
            return refund
        is_cash = refund.provider.startswith(CASH)
        if (paid_from.startswith(CASH) and not is_cash) or (not is_cash and refund.status != REFUSED):
            raise OrderRefusedError(
                Reason.STATE,
                "Ce remboursement revient par le moyen de paiement : il ne se paie pas à la main.",
                "This refund goes back the way it was paid: it is not paid by hand.",
                "refund",
            )
        now = ports.acts.now()
        paid = replace(
            refund,
            status=REFUNDED,
            changed_at=now,
            next_look_at=None,
            provider=paid_from,
            provider_ref=note or refund.provider_ref,
        )
        _post_paid(work, order, replace(paid, provider=refund.provider), paid_from)
        work.orders.put_payment(paid)
        work.events.add("payment.refunded", {"payment_id": paid.id}, now, f"order:{order.id}")
        work.commit()
    return paid


def _post_paid(work: UnitOfWork, order: Order, refund: Payment, paid_from: str) -> None:
    body = {
        "refund": refund.id,
        "hold": refund.charge_id,
        "provider": refund.provider,
        "amount_cents": refund.amount_cents,
    }
    if paid_from != refund.provider:
        body["paid_from"] = paid_from
    post(work, order, [("refund-paid", body)], refund.changed_at)


def _claim(ports: SalesPorts, refund_id: str) -> tuple[Payment | None, Payment]:
    """The refund, put off until this try must be over, and its charge; None: it is not due."""
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        _, refund = _lock(work, refund_id)
        charge = work.orders.find_payment(refund.charge_id)
        assert charge is not None
        if refund.status not in OPEN or refund.next_look_at is None or refund.next_look_at > now:
            return None, charge
        claimed = replace(refund, next_look_at=next_look(refund, now))
        work.orders.put_payment(claimed)
        work.commit()
    return claimed, charge


def _refuse(ports: SalesPorts, refund_id: str, reason: str) -> Payment:
    with ports.acts.unit_of_work() as work:
        now = ports.acts.now()
        order, refund = _lock(work, refund_id)
        if refund.status not in OPEN:
            return refund
        refused = replace(refund, status=REFUSED, reason=reason, changed_at=now, next_look_at=None)
        work.orders.put_payment(refused)
        work.events.add("payment.refund-refused", {"payment_id": refund.id}, now, f"order:{order.id}")
        work.commit()
    return refused


def _lock(work: UnitOfWork, refund_id: str) -> tuple[Order, Payment]:
    seen = work.orders.find_payment(refund_id)
    if seen is None or seen.kind != REFUND:
        raise KeyError(refund_id)
    order = work.orders.lock_order(seen.order_id)
    refund = work.orders.find_payment(refund_id)
    assert order is not None
    assert refund is not None
    return order, refund


def _unknown() -> OrderRefusedError:
    return OrderRefusedError(
        Reason.UNKNOWN, "Ce remboursement n’existe pas.", "There is no such refund.", "refund"
    )
