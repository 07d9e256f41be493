"""`/v1/orders/{id}/payments`, `cash` and `receipt`; `/v1/payments/…`: webhooks, tills, refunds a person pays."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from mobility.accounts.caller import Caller
from mobility.acts.sales.cash import count_till, sell_for_cash, show_till
from mobility.acts.sales.hear_payment import NobodysPaymentError, hear_payment
from mobility.acts.sales.pay import PayWish, give_up, list_own_payments, look_own, pay
from mobility.acts.sales.payment_port import ProviderSilentError, WebhookError
from mobility.acts.sales.receipt import receipt
from mobility.acts.sales.receipt_paper import print_receipt, write_receipt
from mobility.acts.sales.refund_queue import hand_out, list_by_hand, pay_by_hand
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.http.carpool_rides import Key
from mobility.http.orders import OrderId
from mobility.http.payment_schemas import (
    CountAnswered,
    CountAsked,
    PaidByHandAsked,
    PaymentAnswered,
    PaymentAsked,
    ReceiptAnswered,
    SoldAnswered,
    TillAnswered,
    count_answer,
    payment_answer,
    receipt_answer,
    sold_answer,
    till_answer,
)
from mobility.http.problems import Problem
from mobility.http.who import Who

PaymentId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="A payment or refund.")]
NOT_KEPT = {"Cache-Control": "no-store"}


async def _raw_body(request: Request) -> bytes:
    """As it was signed."""
    return await request.body()


def payments_router(ports: SalesPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", tags=["payments"])
    _add_payments(router, ports, who)
    _add_receipts(router, ports, who)
    _add_webhooks(router, ports)
    _add_tills(router, ports, who)
    _add_refunds(router, ports, who)
    return router


def _add_payments(router: APIRouter, ports: SalesPorts, who: Who) -> None:
    @router.post("/orders/{order}/payments", status_code=201, summary="Pay an order")
    def begin_payment(
        order: OrderId, asked: PaymentAsked, request: Request, caller: Caller = Depends(who), key: Key = ""
    ) -> PaymentAnswered:
        """Send the buyer to `redirectUrl` where there is one. `pending` is no failure: ask again by the payment's
        address, and never begin another; an order has one open payment at most: asked twice, this answers with it."""
        here = str(request.base_url).rstrip("/")
        return_url = asked.return_url or f"{here}/tickets/orders/{order}?done=paid"
        return payment_answer(
            pay(ports, caller, order, PayWish(asked.provider, asked.method, return_url), key)
        )

    @router.get("/orders/{order}/payments", summary="The payments and refunds of an order")
    def list_payments(order: OrderId, caller: Caller = Depends(who)) -> list[PaymentAnswered]:
        return [payment_answer(one) for one in list_own_payments(ports, caller, order)]

    @router.get("/orders/{order}/payments/{payment}", summary="How a payment stands, by its provider's word")
    def show_payment(order: OrderId, payment: PaymentId, caller: Caller = Depends(who)) -> PaymentAnswered:
        """Asks the provider while it is open: for a buyer who comes back from its page."""
        return payment_answer(look_own(ports, caller, order, payment))

    @router.post("/orders/{order}/payments/{payment}/cancel", summary="Stop a payment, to pay in another way")
    def stop_payment(order: OrderId, payment: PaymentId, caller: Caller = Depends(who)) -> PaymentAnswered:
        """Where the money was taken meanwhile, the answer says `captured`, and the order is paid."""
        return payment_answer(give_up(ports, caller, order, payment))

    @router.post("/orders/{order}/cash", summary="Sell an order for cash")
    def sell(order: OrderId, caller: Caller = Depends(who), key: Key = "") -> SoldAnswered:
        """By an agent or driver, into their till: its tickets are there at once."""
        return sold_answer(*sell_for_cash(ports, caller, order, key))


def _add_receipts(router: APIRouter, ports: SalesPorts, who: Who) -> None:
    @router.get("/orders/{order}/receipt", summary="The receipt of an order, with its VAT")
    def show_receipt(order: OrderId, caller: Caller = Depends(who)) -> ReceiptAnswered:
        return receipt_answer(receipt(ports, caller, order))

    @router.get("/orders/{order}/receipt.pdf", summary="The same on paper", response_class=Response)
    def print_it(
        order: OrderId,
        caller: Caller = Depends(who),
        lang: Annotated[Literal["fr", "en"], Query(description="Its language.")] = "fr",
    ) -> Response:
        made = receipt(ports, caller, order)
        headers = NOT_KEPT | {"Content-Disposition": f'inline; filename="{made.reference}.pdf"'}
        paper = print_receipt(write_receipt(made, lang))
        return Response(paper, media_type="application/pdf", headers=headers)


def _add_webhooks(router: APIRouter, ports: SalesPorts) -> None:
    @router.post(
        "/payments/webhooks/{provider}", status_code=204, summary="A payment provider tells something"
    )
    def hear(
        provider: Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")],
        request: Request,
        body: bytes = Depends(_raw_body),
    ) -> Response:
        """For providers alone, who sign it. Told twice, late or out of order it changes nothing more."""
        try:
            hear_payment(ports, provider, dict(request.headers), body)
        except WebhookError as error:
            raise Problem(
                400,
                "bad-parameter",
                "Cette notification ne vient pas du prestataire, ou ne peut pas être lue.",
                f"This does not come from the provider, or cannot be read: {error}.",
            ) from error
        except NobodysPaymentError as error:
            raise Problem(
                404, "not-found", "Ce paiement n’est pas connu ici.", "No such payment is known here."
            ) from error
        except ProviderSilentError as error:
            raise Problem(
                503,
                "not-possible-now",
                "Le prestataire ne répond pas.",
                "The provider does not answer.",
                headers={"Retry-After": "60"},
            ) from error
        return Response(status_code=204)


def _add_tills(router: APIRouter, ports: SalesPorts, who: Who) -> None:
    @router.get("/payments/till", summary="My till")
    def till(caller: Caller = Depends(who)) -> TillAnswered:
        return till_answer(show_till(ports, caller))

    @router.post("/payments/till/counts", status_code=201, summary="My till was counted")
    def count(asked: CountAsked, caller: Caller = Depends(who), key: Key = "") -> CountAnswered:
        """The difference is written down; what was brought to the bank leaves the till, what was got from it to give
        change with comes in: so a day begins with a count of what is there, and a float."""
        made = count_till(ports, caller, asked.counted_cents, asked.deposited_cents, key, asked.added_cents)
        return count_answer(made)


def _add_refunds(router: APIRouter, ports: SalesPorts, who: Who) -> None:
    @router.get("/payments/refunds", summary="Refunds that wait for a person")
    def list_refunds(caller: Caller = Depends(who)) -> list[PaymentAnswered]:
        """Those no provider makes, and those of cash sales; the oldest first."""
        return [payment_answer(one) for one in list_by_hand(ports, caller)]

    @router.post("/payments/refunds/{payment}/paid", summary="A refund was paid by hand")
    def paid(payment: PaymentId, asked: PaidByHandAsked, caller: Caller = Depends(who)) -> PaymentAnswered:
        """By a transfer, say, where its provider refused."""
        return payment_answer(pay_by_hand(ports, caller, payment, asked.note))

    @router.post("/payments/refunds/{payment}/handed-out", summary="A refund was handed out in cash")
    def handed_out(payment: PaymentId, caller: Caller = Depends(who)) -> PaymentAnswered:
        """From one's own till, for what was sold for cash."""
        return payment_answer(hand_out(ports, caller, payment))
