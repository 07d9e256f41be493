"""Pages of tickets: a journey's price becomes an order, the order is paid, and its codes are shown; with an account or
without one. They work without JavaScript.

A guest's order is opened by the word in its address, which the page asks to be kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mobility.accounts.caller import Caller, ForbiddenError, Permission
from mobility.acts.sales.basket import Contact, OrderWish, order
from mobility.acts.sales.offer import Offered, OfferWish, RiderWish, offer
from mobility.acts.sales.own_orders import (
    GUEST,
    find_guest,
    find_order,
    list_my_orders,
    unknown_order,
)
from mobility.acts.sales.pay import PayWish, list_own_payments, look_own, pay
from mobility.acts.sales.payment_fold import OPEN
from mobility.acts.sales.refund import cancel, refund
from mobility.acts.sales.refund_offer import offer_refund
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.ticket_codes import ShownCode, find_uic_code, paper_code
from mobility.acts.sales.ticket_ports import TicketPorts
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import FormExpiredError, PageSessions
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.tickets_view import RefundView, TicketPresenter
from mobility.pages.tickets_wording import TICKETS_WORDS
from mobility.pages.wording import Wording
from ticketing.orders.life import PAID, UNPAID
from ticketing.orders.order import Order
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.tickets.ticket import Ticket

MINE = "/tickets"
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]
_NOTES = ("ordered", "paid", "released", "refunded", "exchanged")
"""What a page says was done, by the query `done`."""

_PAGES = PageSet(TICKETS_WORDS)
_words, _page = _PAGES.words, _PAGES.page


class TicketPages:
    """The pages, over the acts."""

    def __init__(self, ports: SalesPorts, tickets: TicketPorts, sessions: PageSessions) -> None:
        self._ports, self._tickets, self._sessions = ports, tickets, sessions

    def offer(
        self, request: Request, error: Exception | None = None, typed: Contact | None = None
    ) -> Response:
        """A journey and its price, and the form that orders it. `error`: why it was not ordered just now."""
        words = _words(request)
        caller = self._sessions.caller(request)
        said, status = ("", 200) if error is None else (refusal_words(error, words), 422)
        offered: list[Offered] = []
        try:
            offered = offer(self._ports, caller or GUEST, _wish(request))
        except (OrderRefusedError, ForbiddenError) as refusal:
            is_gone = isinstance(refusal, OrderRefusedError) and refusal.reason is Reason.EXPIRED
            said, status = said or refusal_words(refusal, words), 410 if is_gone else 422
        presenter = TicketPresenter(words)
        return _page(
            request,
            self._sessions,
            "ticket_offer.html",
            words("offer"),
            status,
            errors={"": said} if said else {},
            here="/tickets/offer",
            query=_query(request),
            offers=[presenter.offer(one) for one in offered],
            tokens=[one.token for one in offered],
            typed=typed or Contact(),
            key=secrets.token_hex(16),
            is_signed_in=caller is not None,
            may_sell=caller is not None and caller.may(Permission.SELL_TICKETS),
            here_with_query=f"/tickets/offer?{_query(request)}&lang={words.language}",
        )

    def take_order(self, request: Request, form_token: str, wish: OrderWish, key: str) -> Response:
        """Order what the form says, and go on to the order's page."""
        words = _words(request)
        try:
            self._sessions.check_form(request, form_token)
            made = order(self._ports, self._sessions.caller(request) or GUEST, wish, key)
        except (FormExpiredError, *REFUSALS) as error:
            return self.offer(request, error, wish.contact)
        done = "paid" if made.order.status in PAID else "ordered"
        return go_to_order(made.order.id, words, done, made.access)

    def order_page(self, request: Request, order_id: str, error: Exception | None = None) -> Response:
        """An order with its tickets."""
        words = _words(request)
        try:
            caller = find_buyer(self._ports, self._sessions, request)
            if caller is None:
                return self._sessions.ask_to_sign_in(request)
            if request.query_params.get("done") == "paid":
                self._look(caller, order_id)  # who comes back from the bank need not wait for its webhook
            found, tickets = find_order(self._ports, caller, order_id)
            payments = list_own_payments(self._ports, caller, order_id)
        except OrderRefusedError as refusal:
            return _page(
                request, self._sessions, "tickets.html", words("my_tickets"), 404,
                errors={"": refusal_words(refusal, words)}, here=MINE, groups=(),
            )  # fmt: skip
        access = request.query_params.get("access", "")
        presenter = TicketPresenter(words)
        shown = presenter.order(found, payments)
        done = request.query_params.get("done", "")
        is_done = {"paid": shown.is_paid, "ordered": shown.is_unpaid}.get(done, True)
        return _page(
            request,
            self._sessions,
            "ticket_order.html",
            shown.title,
            200 if error is None else 422,
            errors={} if error is None else {"": refusal_words(error, words)},
            notice=words(f"{done}_note") if done in _NOTES and is_done and error is None else "",
            here=f"{MINE}/orders/{found.id}",
            query=urlencode({"access": access}) if access else "",
            order=shown,
            pay=words("pay_free") if shown.is_free else words("pay", price=presenter.money(found.due_cents)),
            tickets=[
                presenter.ticket(one, self._code(caller, one), self._uic(caller, one)) for one in tickets
            ],
            refund=self._refund(caller, found, presenter, words),
            access=access,
            key=secrets.token_hex(16),
        )

    def take_step(
        self, request: Request, form_token: str, order_id: str, act: Callable[[Caller], object], done: str
    ) -> Response:
        """Do something with an order, and come back to its page."""
        try:
            caller = find_buyer(self._ports, self._sessions, request)
            if caller is None:
                return self._sessions.ask_to_sign_in(request)
            self._sessions.check_form(request, form_token)
            act(caller)
        except (FormExpiredError, *REFUSALS) as error:
            return self.order_page(request, order_id, error)
        return go_to_order(order_id, _words(request), done, request.query_params.get("access", ""))

    def pay(self, request: Request, form_token: str, order_id: str, method: str, key: str) -> Response:
        """Begin to pay: on to where the buyer pays, or back to the order."""
        words = _words(request)
        back = str(request.base_url).rstrip("/") + order_address(
            order_id, words, "paid", request.query_params.get("access", "")
        )
        return self.take_step(
            request,
            form_token,
            order_id,
            lambda caller: pay(self._ports, caller, order_id, PayWish(method=method, return_url=back), key),
            "paid",
        )

    def release(self, request: Request, form_token: str, order_id: str, key: str) -> Response:
        """Give up an order that is not paid."""

        def give_up(caller: Caller) -> None:
            found, _ = find_order(self._ports, caller, order_id)
            if found.status in UNPAID:
                cancel(self._ports, caller, order_id, RefundWish(), key)

        return self.take_step(request, form_token, order_id, give_up, "released")

    def refund(self, request: Request, form_token: str, order_id: str, offer: str, key: str) -> Response:
        """Give back what the page offered to."""

        def take(caller: Caller) -> None:
            refund(self._ports, caller, order_id, offer, key)

        return self.take_step(request, form_token, order_id, take, "refunded")

    def look(self, request: Request, form_token: str, order_id: str) -> Response:
        """Ask the bank how the payments of an order stand."""
        return self.take_step(request, form_token, order_id, lambda caller: None, "paid")

    def _look(self, caller: Caller, order_id: str) -> None:
        for payment in list_own_payments(self._ports, caller, order_id):
            if payment.status in OPEN:
                look_own(self._ports, caller, order_id, payment.id)

    def mine(self, request: Request) -> Response:
        """All orders of who is signed in."""
        caller = self._sessions.caller(request)
        if caller is None:
            return self._sessions.ask_to_sign_in(request)
        words = _words(request)
        presenter = TicketPresenter(words)
        orders = list_my_orders(self._ports, caller)
        groups = (
            ("to_pay", [one for one in orders if one.status in UNPAID]),
            ("bought", [one for one in orders if one.status in PAID]),
            ("over", [one for one in orders if one.status not in (*UNPAID, *PAID)]),
        )
        return _page(
            request,
            self._sessions,
            "tickets.html",
            words("my_tickets"),
            here=MINE,
            groups=[
                (words(name), [presenter.order(one) for one in group]) for name, group in groups if group
            ],
        )

    def _refund(
        self, caller: Caller, found: Order, presenter: TicketPresenter, words: Wording
    ) -> RefundView | None:
        """What would be given back; None: nothing of it was paid."""
        if found.status not in PAID:
            return None
        try:
            offered, token = offer_refund(self._ports, caller, found.id, RefundWish())
        except OrderRefusedError as refusal:
            return RefundView(words("refund_none", reason=refusal_words(refusal, words)))
        return presenter.refund(offered, token)

    def _code(self, caller: Caller, ticket: Ticket) -> ShownCode | None:
        return None if ticket.revoked_s else paper_code(self._tickets, caller, ticket.ref)

    def _uic(self, caller: Caller, ticket: Ticket) -> bytes:
        return find_uic_code(self._tickets, caller, ticket)


def ticket_pages(ports: SalesPorts, tickets: TicketPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    pages = TicketPages(ports, tickets, sessions)

    @router.get(MINE)
    def show_mine(request: Request) -> Response:
        return pages.mine(request)

    @router.get("/tickets/offer")
    def show_offer(request: Request) -> Response:
        return pages.offer(request)

    @router.post("/tickets/offer")
    def take_order(
        request: Request,
        offer: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        name: str = Form(""),
        phone: str = Form(""),
        email: str = Form(""),
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        wish = OrderWish(tuple(offer), Contact(name, phone, email))
        return pages.take_order(request, form_token, wish, key)

    @router.get("/tickets/orders/{order_id}")
    def show_order(request: Request, order_id: Id) -> Response:
        return pages.order_page(request, order_id)

    @router.post("/tickets/orders/{order_id}/pay")
    def pay_order(
        request: Request,
        order_id: Id,
        method: str = Form(""),
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        return pages.pay(request, form_token, order_id, method, key)

    @router.post("/tickets/orders/{order_id}/release")
    def give_up(request: Request, order_id: Id, key: str = Form(""), form_token: str = Form("")) -> Response:
        return pages.release(request, form_token, order_id, key)

    @router.post("/tickets/orders/{order_id}/refund")
    def take_refund(
        request: Request, order_id: Id, offer: str = Form(""), key: str = Form(""), form_token: str = Form("")
    ) -> Response:
        return pages.refund(request, form_token, order_id, offer, key)

    @router.post("/tickets/orders/{order_id}/look")
    def look_at_payment(request: Request, order_id: Id, form_token: str = Form("")) -> Response:
        return pages.look(request, form_token, order_id)

    return router


def find_buyer(ports: SalesPorts, sessions: PageSessions, request: Request) -> Caller | None:
    """Whose order a page shows: a guest's by the word in its address. Raises OrderRefusedError."""
    access = request.query_params.get("access", "")
    if not access:
        return sessions.caller(request)
    guest = find_guest(ports, access)
    if guest is None:
        raise unknown_order()
    return guest


def _wish(request: Request) -> OfferWish:
    """The journeys of the address, for its travellers: `rider=youth+card-weekend`, one for each."""
    query = request.query_params
    riders = [_rider(one) for one in query.getlist("rider")] or [RiderWish()]
    return OfferWish(journeys=tuple(query.getlist("journey")), riders=tuple(riders))


def _rider(written: str) -> RiderWish:
    category, *cards = written.split("+")
    return RiderWish(category, tuple(cards))


def _query(request: Request) -> str:
    """Of an offer's address, without its language."""
    query = request.query_params
    return urlencode(
        {name: query.getlist(name) for name in ("journey", "rider") if name in query}, doseq=True
    )


def order_address(order_id: str, words: Wording, done: str, access: str) -> str:
    """An order's page, which says what was `done`."""
    asked = {"lang": words.language, "done": done} | ({"access": access} if access else {})
    return f"{MINE}/orders/{order_id}?{urlencode(asked)}"


def go_to_order(order_id: str, words: Wording, done: str, access: str) -> Response:
    """On to it."""
    return RedirectResponse(order_address(order_id, words, done, access), status_code=303)
