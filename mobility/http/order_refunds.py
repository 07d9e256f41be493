"""`/v1/orders/{order}/…`: refunds, exchanges, cancellations."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from mobility.accounts.caller import Caller
from mobility.acts.sales.exchange import exchange, offer_exchange
from mobility.acts.sales.refund import cancel, refund, refund_freely
from mobility.acts.sales.refund_offer import offer_refund
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.http.carpool_rides import Key
from mobility.http.orders import OrderId
from mobility.http.refund_schemas import (
    AcceptAsked,
    ExchangeAsked,
    ExchangeOfferAnswered,
    FreeRefundAsked,
    RefundAsked,
    RefundedAnswered,
    RefundOfferAnswered,
    exchange_answer,
    refund_answer,
    refunded_answer,
)
from mobility.http.who import Who


def order_refunds_router(ports: SalesPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/orders/{order}", tags=["orders"])

    @router.post("/refund-offers", summary="What would be given back now, and what is kept")
    def ask_refund(order: OrderId, asked: RefundAsked, caller: Caller = Depends(who)) -> RefundOfferAnswered:
        """By the rules of the tariff it was sold by. What was used is not refundable; 409 `not-refundable` where
        nothing else is left."""
        return refund_answer(*offer_refund(ports, caller, order, asked.read()))

    @router.post("/refunds", summary="Give back what was offered")
    def make_refund(
        order: OrderId, asked: AcceptAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RefundedAnswered:
        """Its tickets are worth nothing at once, its seats are free; the money goes back the way it came. 412 when
        something of it was used or changed since, 410 when the offer's time is over."""
        return refunded_answer(refund(ports, caller, order, asked.offer, key))

    @router.post("/exchange-offers", summary="What exchanging an item for another journey costs")
    def ask_exchange(
        order: OrderId, asked: ExchangeAsked, caller: Caller = Depends(who)
    ) -> ExchangeOfferAnswered:
        """`dueCents` is to be paid, or (below 0) is given back."""
        return exchange_answer(*offer_exchange(ports, caller, order, asked.item, asked.offer))

    @router.post("/exchanges", summary="Exchange as offered")
    def make_exchange(
        order: OrderId, asked: AcceptAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RefundedAnswered:
        """The new item takes the place of the old one at once where nothing is to be paid. Where something is, the
        answer is a new order of which `dueCents`, the difference, is to be paid: until it is, the old item stays as it
        is, and with the payment it goes."""
        return refunded_answer(exchange(ports, caller, order, asked.offer, key))

    @router.post("/cancel", summary="Give an order, or a part of it, back as it stands")
    def cancel_order(
        order: OrderId, asked: RefundAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RefundedAnswered:
        """Unpaid, it is released; paid, what the rules give back is refunded, be it nothing."""
        return refunded_answer(cancel(ports, caller, order, asked.read(), key))

    @router.post("/free-refunds", summary="The operator gives back without a fee")
    def make_free_refund(
        order: OrderId, asked: FreeRefundAsked, caller: Caller = Depends(who), key: Key = ""
    ) -> RefundedAnswered:
        return refunded_answer(refund_freely(ports, caller, order, asked.read(), asked.reason, key))

    return router
