"""The page of an exchange: what a ticket counts for against another journey, with fee and rule, what is then to be paid
or given back, and the form that agrees. It works without JavaScript.

A journey is chosen on the journeys page, which carries the exchange along (`mobility.pages.exchange_link`); a pass,
carnet or card here, for one that was bought.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mobility.accounts.caller import Caller
from mobility.acts.sales.exchange import exchange, offer_exchange_for
from mobility.acts.sales.own_orders import find_order
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.pages.exchange_link import ExchangeLink
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import FormExpiredError, PageSessions
from mobility.pages.product_form import read_product
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.tickets import Id, find_buyer, go_to_order
from mobility.pages.tickets_view import TicketPresenter
from mobility.pages.tickets_wording import TICKETS_WORDS
from ticketing.orders.life import UNPAID
from ticketing.orders.offer import ProductWish
from ticketing.orders.order import OrderItem

_PAGES = PageSet(TICKETS_WORDS)
_words, _page = _PAGES.words, _PAGES.page


class ExchangePages:
    """The page, over the acts."""

    def __init__(self, ports: SalesPorts, sessions: PageSessions) -> None:
        self._ports, self._sessions = ports, sessions

    def show(self, request: Request, order_id: str, error: Exception | None = None) -> Response:
        """What an exchange would cost; where nothing is chosen yet, the form that chooses, or on to the journeys page.
        `error`: why it was not made just now."""
        words, link = _words(request), _link_of(request, order_id)
        errors, status = ({}, 200) if error is None else ({"": refusal_words(error, words)}, 422)
        shown: dict[str, Any] = {"old": "", "form": None, "exchange": None, "links": []}
        try:
            caller = find_buyer(self._ports, self._sessions, request)
            if caller is None:
                return self._sessions.ask_to_sign_in(request)
            found, _ = find_order(self._ports, caller, order_id)
            item = next((one for one in found.items if one.id == link.item_id), None)
            if item is None:
                errors, status = errors or {"": words("exchange_none")}, 404
            else:
                search = link.search(words.language, item.legs, item.riders)
                if item.legs and not {"journey", "product"} & request.query_params.keys():
                    return RedirectResponse(search, status_code=303)
                self._choose(request, caller, link, item, shown)
                if shown["form"] is not None and shown["form"].errors:
                    errors, status = errors or shown["form"].errors, 422
                shown["links"].append(
                    (search, words("exchange_other" if item.legs else "exchange_for_journey"))
                )
        except REFUSALS as refusal:
            errors, status = errors or {"": refusal_words(refusal, words)}, 422
        return _page(
            request,
            self._sessions,
            "ticket_exchange.html",
            words("exchange_title"),
            status,
            errors=errors,
            here=f"/tickets/orders/{order_id}/exchange",
            query=urlencode([one for one in request.query_params.multi_items() if one[0] != "lang"]),
            link=link,
            back=link.order(words.language),
            key=secrets.token_hex(16),
            **shown,
        )

    def _choose(
        self, request: Request, caller: Caller, link: ExchangeLink, item: OrderItem, shown: dict[str, Any]
    ) -> None:
        """What is shown of an item: its exchange for what was chosen, or the form that chooses a product. Raises what
        offering does."""
        words, journey = _words(request), request.query_params.get("journey", "")
        presenter = TicketPresenter(words)
        shown["old"] = presenter.named(item)
        wanted: str | ProductWish | None = journey
        if not journey:
            form = read_product(self._ports.acts, request.query_params, words, item.riders[0].category)
            shown["form"], wanted = form, form.wish
        if wanted:
            new, offered, token = offer_exchange_for(self._ports, caller, link.order_id, item.id, wanted)
            shown["exchange"], shown["form"] = presenter.exchange(item, offered, new, token), None
            if not journey:
                shown["links"] = [(link.products(words.language), words("exchange_other_product"))]

    def take(self, request: Request, order_id: str, form_token: str, token: str, key: str) -> Response:
        """Exchange as the page offered, and go on to the order that comes of it."""
        try:
            caller = find_buyer(self._ports, self._sessions, request)
            if caller is None:
                return self._sessions.ask_to_sign_in(request)
            self._sessions.check_form(request, form_token)
            made = exchange(self._ports, caller, order_id, token, key).order
        except (FormExpiredError, *REFUSALS) as error:
            return self.show(request, order_id, error)
        done = "ordered" if made.status in UNPAID else "exchanged"
        return go_to_order(made.id, _words(request), done, request.query_params.get("access", ""))


def exchange_pages(ports: SalesPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    pages = ExchangePages(ports, sessions)

    @router.get("/tickets/orders/{order_id}/exchange")
    def show_exchange(request: Request, order_id: Id) -> Response:
        return pages.show(request, order_id)

    @router.post("/tickets/orders/{order_id}/exchange")
    def take_exchange(
        request: Request, order_id: Id, offer: str = Form(""), key: str = Form(""), form_token: str = Form("")
    ) -> Response:
        return pages.take(request, order_id, form_token, offer, key)

    return router


def _link_of(request: Request, order_id: str) -> ExchangeLink:
    query = request.query_params
    return ExchangeLink(order_id, query.get("item", ""), query.get("access", ""))
