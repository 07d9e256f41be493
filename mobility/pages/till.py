"""Pages of a counter: an agent's or driver's till, sales for cash with the change to give, orders by their reference,
refunds by hand. They work without JavaScript."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mobility.accounts.caller import Caller, ForbiddenError, Permission
from mobility.acts.sales.basket import Contact, OrderWish, order
from mobility.acts.sales.cash import count_till, find_at_counter, sell_for_cash, show_till
from mobility.acts.sales.guest_access import GUEST
from mobility.acts.sales.offer import Offered, OfferWish, RiderWish, offer
from mobility.acts.sales.pay import list_own_payments
from mobility.acts.sales.receipt_paper import amount_words
from mobility.acts.sales.refund import refund_freely
from mobility.acts.sales.refund_queue import hand_out
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import FormExpiredError, PageSessions, TypedWrongError
from mobility.pages.product_form import ProductForm, read_product
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.tickets_view import TicketPresenter
from mobility.pages.till_wording import TILL_WORDS
from mobility.pages.wording import Wording
from ticketing.orders.life import PAID, UNPAID
from ticketing.orders.reference import read_reference
from ticketing.orders.refund_rules import RefundWish
from ticketing.orders.refusal import OrderRefusedError

TILL = "/till"
REASON_MAX = 200
CENTS_MAX = 10_000_000
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$")]
RefundId = Annotated[str, Form(pattern=r"^[A-Za-z0-9._-]{0,64}$")]
_EUROS = re.compile(r"(\d{1,6})(?:[.,](\d{1,2}))?\s*€?", re.ASCII)

_PAGES = PageSet(TILL_WORDS)
_words, _page = _PAGES.words, _PAGES.page


class TillPages:
    """The pages, over the acts."""

    def __init__(self, ports: SalesPorts, sessions: PageSessions) -> None:
        self._ports, self._sessions = ports, sessions

    def till(
        self, request: Request, caller: Caller, error: Exception | None = None, status: int = 422
    ) -> Response:
        """What should be in the till, and what can be done at the counter."""
        words = _words(request)
        try:
            shown = show_till(self._ports, caller)
        except ForbiddenError:
            return _page(
                request, self._sessions, "till.html", words("till"), 403,
                errors={"": words("not_allowed")}, till=None,
            )  # fmt: skip
        return _page(
            request,
            self._sessions,
            "till.html",
            words("till"),
            200 if error is None else status,
            errors={} if error is None else {"": refusal_words(error, words)},
            till=shown,
            money=lambda cents: amount_words(cents, words.language),
            form=read_product(self._ports.acts, request.query_params, words),
            key=secrets.token_hex(16),
        )

    def offer(self, request: Request, caller: Caller, error: Exception | None = None) -> Response:
        """What a customer without an account pays for a journey or a product; of a pass whose zones are not chosen yet,
        the form that chooses them."""
        words, offered, query = _words(request), list[Offered](), request.query_params
        errors, status = ({}, 200) if error is None else ({"": refusal_words(error, words)}, 422)
        form = read_product(self._ports.acts, query, words) if "product" in query else None
        try:
            caller.require(Permission.SELL_TICKETS)
            if form is None or form.wish is not None:
                offered = offer(self._ports, caller, _wish(query, form))
            elif form.errors:
                errors, status = errors or form.errors, 422
        except (OrderRefusedError, ForbiddenError) as refusal:
            errors = errors or {"": refusal_words(refusal, words)}
            status = 403 if isinstance(refusal, ForbiddenError) else 422
        presenter = TicketPresenter(words)
        return _page(
            request,
            self._sessions,
            "till_offer.html",
            words("sell"),
            status,
            errors=errors,
            query=urlencode([pair for pair in query.multi_items() if pair[0] != "lang"]),
            form=None if offered or status == 403 else form,
            offers=[presenter.offer(one) for one in offered],
            tokens=[one.token for one in offered],
            key=secrets.token_hex(16),
        )

    def order_page(
        self, request: Request, caller: Caller, order_id: str, error: Exception | None = None
    ) -> Response:
        """An order at the counter: what is due and the change; what is to be handed out; a refund by hand."""
        words = _words(request)
        try:
            found = find_at_counter(self._ports, caller, order_id)
        except (OrderRefusedError, ForbiddenError) as refusal:
            return self.till(request, caller, refusal, 404)
        waiting = []
        if found.status not in UNPAID:
            payments = list_own_payments(self._ports, caller, found.id)
            waiting = [one for one in payments if one.waits_for_a_person and one.provider.startswith("cash:")]
        given = _read_cents(request.query_params.get("given", ""))
        change = 0 if given is None or found.status not in PAID else given - found.due_cents
        presenter = TicketPresenter(words)
        return _page(
            request,
            self._sessions,
            "till_order.html",
            words("order_title", reference=found.reference),
            200 if error is None else 422,
            errors={} if error is None else {"": refusal_words(error, words)},
            notice=words("change", price=presenter.money(change)) if change > 0 and error is None else "",
            order=presenter.order(found),
            due=words("due", price=presenter.money(found.due_cents)),
            waiting=[(one.id, words("hand_out", price=presenter.money(one.amount_cents))) for one in waiting],
            may_refund=caller.may(Permission.MANAGE_SALES) and found.status in PAID,
            reason_max=REASON_MAX,
            key=secrets.token_hex(16),
        )

    def take_order(self, request: Request, form_token: str, wish: OrderWish, key: str) -> Response:
        """Hold what the form says, and go on to where it is paid."""
        caller = self._sessions.caller(request)
        if caller is None:
            return self._sessions.ask_to_sign_in(request)
        try:
            self._sessions.check_form(request, form_token)
            made = order(self._ports, caller, wish, key).order
        except (FormExpiredError, *REFUSALS) as error:
            return self.offer(request, caller, error)
        return RedirectResponse(_order_address(made.id, _words(request)), status_code=303)

    def sell(self, caller: Caller, order_id: str, given: str, key: str, words: Wording) -> None:
        """Take the money. Raises TypedWrongError where it is not enough, or no amount."""
        found = find_at_counter(self._ports, caller, order_id)
        cents = _cents(given, words) if given.strip() else found.due_cents
        if found.status in UNPAID and cents < found.due_cents:
            missing = amount_words(found.due_cents - cents, words.language)
            raise TypedWrongError(words("missing", price=missing))
        sell_for_cash(self._ports, caller, found.id, key)


def till_pages(ports: SalesPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    pages = TillPages(ports, sessions)

    def shown(request: Request, show: Callable[[Caller], Response]) -> Response:
        caller = sessions.caller(request)
        return sessions.ask_to_sign_in(request) if caller is None else show(caller)

    @router.get(TILL)
    def show_it(request: Request) -> Response:
        return shown(request, lambda caller: pages.till(request, caller))

    @router.post(f"{TILL}/count")
    def count(
        request: Request,
        counted: str = Form(""),
        deposited: str = Form(""),
        added: str = Form(""),
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        words = _words(request)

        def act(caller: Caller) -> None:
            amounts = [_cents(one, words) if one.strip() else 0 for one in (counted, deposited, added)]
            if not counted.strip():
                raise TypedWrongError(words("amount_wrong"))
            count_till(ports, caller, amounts[0], amounts[1], key, amounts[2])

        done = f"{TILL}?lang={words.language}"
        return sessions.take_form(
            request,
            form_token,
            TILL,
            act,
            lambda caller, error: pages.till(request, caller, error),
            done,
            REFUSALS,
        )

    @router.get(f"{TILL}/offer")
    def show_offer(request: Request) -> Response:
        return shown(request, lambda caller: pages.offer(request, caller))

    @router.post(f"{TILL}/offer")
    def take_order(
        request: Request,
        offer: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        name: str = Form(""),
        phone: str = Form(""),
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        wish = OrderWish(tuple(offer), Contact(name, phone), GUEST)
        return pages.take_order(request, form_token, wish, key)

    @router.get(f"{TILL}/orders")
    def find(request: Request) -> Response:
        reference = read_reference(request.query_params.get("reference", "")[:64])
        return shown(request, lambda caller: pages.order_page(request, caller, reference))

    @router.get(f"{TILL}/orders/{{order_id}}")
    def show_order(request: Request, order_id: Id) -> Response:
        return shown(request, lambda caller: pages.order_page(request, caller, order_id))

    _add_steps(router, pages, ports, sessions)
    return router


def _add_steps(router: APIRouter, pages: TillPages, ports: SalesPorts, sessions: PageSessions) -> None:
    """What is done with an order."""

    def step(
        request: Request, form_token: str, order_id: str, act: Callable[[Caller], object], **more: str
    ) -> Response:
        address = _order_address(order_id, _words(request), **more)

        def again(caller: Caller, error: Exception) -> Response:
            return pages.order_page(request, caller, order_id, error)

        return sessions.take_form(request, form_token, address, act, again, address, REFUSALS)

    @router.post(f"{TILL}/orders/{{order_id}}/cash")
    def sell(
        request: Request, order_id: Id, given: str = Form(""), key: str = Form(""), form_token: str = Form("")
    ) -> Response:
        words = _words(request)
        return step(
            request,
            form_token,
            order_id,
            lambda caller: pages.sell(caller, order_id, given, key, words),
            given=given,
        )

    @router.post(f"{TILL}/orders/{{order_id}}/hand-out")
    def handed_out(
        request: Request, order_id: Id, refund: RefundId = "", form_token: str = Form("")
    ) -> Response:
        return step(request, form_token, order_id, lambda caller: hand_out(ports, caller, refund))

    @router.post(f"{TILL}/orders/{{order_id}}/refund")
    def give_back(
        request: Request,
        order_id: Id,
        reason: str = Form(""),
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        def act(caller: Caller) -> None:
            said = " ".join(reason.split())
            if not said or len(said) > REASON_MAX or not said.isprintable():
                raise TypedWrongError(_words(request)("reason_wrong"))
            refund_freely(ports, caller, order_id, RefundWish(), said, key)

        return step(request, form_token, order_id, act)


def _wish(query: QueryParams, form: ProductForm | None) -> OfferWish:
    """The journeys of the address or the product of its form, for a customer without an account."""
    riders = []
    for written in query.getlist("rider") or ["adult"]:
        category, *cards = written.split("+")
        riders.append(RiderWish(category, tuple(cards)))
    products = (form.wish,) if form is not None and form.wish is not None else ()
    return OfferWish(tuple(query.getlist("journey")), products, tuple(riders), GUEST)


def _order_address(order_id: str, words: Wording, **more: str) -> str:
    asked = {"lang": words.language} | {name: value for name, value in more.items() if value}
    return f"{TILL}/orders/{order_id}?{urlencode(asked)}"


def _read_cents(text: str) -> int | None:
    found = _EUROS.fullmatch(text.strip())
    return None if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _cents(text: str, words: Wording) -> int:
    """Raises TypedWrongError."""
    cents = _read_cents(text)
    if cents is None or cents > CENTS_MAX:
        raise TypedWrongError(words("amount_wrong"))
    return cents
