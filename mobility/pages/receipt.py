"""The receipt of an order as a page and on paper, for who is signed in and for guests."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from mobility.accounts.caller import Caller
from mobility.acts.sales.own_orders import find_guest, unknown_order
from mobility.acts.sales.receipt import receipt
from mobility.acts.sales.receipt_paper import print_receipt, write_receipt
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import PageSessions
from mobility.pages.refusals import refusal_words
from mobility.pages.tickets_wording import TICKETS_WORDS
from ticketing.orders.refusal import OrderRefusedError

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]

_PAGES = PageSet(TICKETS_WORDS)


def receipt_pages(ports: SalesPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/tickets/orders/{order_id}/receipt")
    def show_receipt(request: Request, order_id: Id) -> Response:
        language = _PAGES.words(request).language
        try:
            caller = _caller(ports, sessions, request)
            if caller is None:
                return sessions.ask_to_sign_in(request)
            words = write_receipt(receipt(ports, caller, order_id), language)
        except OrderRefusedError as refusal:
            return _refused(request, sessions, order_id, refusal)
        return _page(request, sessions, order_id, words.title, receipt=words)

    @router.get("/tickets/orders/{order_id}/receipt.pdf")
    def print_it(request: Request, order_id: Id) -> Response:
        language = _PAGES.words(request).language
        try:
            caller = _caller(ports, sessions, request)
            if caller is None:
                return sessions.ask_to_sign_in(request)
            made = receipt(ports, caller, order_id)
        except OrderRefusedError as refusal:
            return _refused(request, sessions, order_id, refusal)
        headers = {
            "Content-Disposition": f'inline; filename="{made.reference}.pdf"',
            "Cache-Control": "no-store",
        }
        paper = print_receipt(write_receipt(made, language))
        return Response(paper, media_type="application/pdf", headers=headers)

    return router


def _caller(ports: SalesPorts, sessions: PageSessions, request: Request) -> Caller | None:
    """A guest by the word in the address, else who is signed in. Raises OrderRefusedError."""
    access = request.query_params.get("access", "")
    if not access:
        return sessions.caller(request)
    guest = find_guest(ports, access)
    if guest is None:
        raise unknown_order()
    return guest


def _refused(request: Request, sessions: PageSessions, order_id: str, refusal: OrderRefusedError) -> Response:
    words = _PAGES.words(request)
    return _page(
        request,
        sessions,
        order_id,
        words("my_tickets"),
        404,
        errors={"": refusal_words(refusal, words)},
        receipt=None,
    )


def _page(
    request: Request, sessions: PageSessions, order_id: str, heading: str, status: int = 200, **shown: object
) -> Response:
    access = request.query_params.get("access", "")
    return _PAGES.page(
        request,
        sessions,
        "receipt.html",
        heading,
        status,
        here=f"/tickets/orders/{order_id}/receipt",
        back=f"/tickets/orders/{order_id}",
        query=urlencode({"access": access}) if access else "",
        **shown,
    )
