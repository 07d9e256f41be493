"""`/v1/offers`, `/v1/orders` and `/v1/tickets`: from a price to a ticket, and back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from mobility.accounts.caller import Caller, Permission
from mobility.acts.sales.basket import Ordered, order
from mobility.acts.sales.best_fare import show_best_fare
from mobility.acts.sales.offer import offer
from mobility.acts.sales.own_orders import GUEST, find_order, list_my_orders, list_my_tickets, show_ticket
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.http.carpool_rides import Key
from mobility.http.order_schemas import (
    OfferAnswered,
    OffersAsked,
    OrderAnswered,
    OrderAsked,
    StandingAnswered,
    TicketAnswered,
    offer_answer,
    order_answer,
    standing_answer,
    ticket_answer,
)
from mobility.http.problems import Problem
from mobility.http.who import Who

OrderId = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="An order, by id or reference.")]

Ref = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="A ticket.")]


def orders_router(ports: SalesPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", tags=["orders"])
    _add_basket(router, ports, who)
    _add_own(router, ports, who)
    return router


def _add_basket(router: APIRouter, ports: SalesPorts, who: Who) -> None:
    anybody = _buyer(who)

    @router.post("/offers", summary="What journeys and products cost; nothing is held by asking")
    def ask_offers(asked: OffersAsked, caller: Caller = Depends(anybody)) -> list[OfferAnswered]:
        """Each for the same party. Who is signed in travels with the passes, carnets and caps they have; each offer
        says what was not taken, and why. 409 `price-unknown` where nobody knows the price of a part."""
        return [offer_answer(one) for one in offer(ports, caller, asked.read())]

    @router.post("/orders", status_code=201, summary="Hold a basket for some minutes")
    def make_order(
        asked: OrderAsked, response: Response, caller: Caller = Depends(who), key: Key = ""
    ) -> OrderAnswered:
        """Coaches and trains have room; places on demand and seats in cars are held, all or nothing, until
        `expiresAt`: pay before. What costs nothing is FULFILLED at once. Nobody pays more than was offered."""
        return _made(order(ports, caller, asked.read(), key), response)

    @router.post("/guest-orders", status_code=201, summary="The same without an account")
    def make_guest_order(asked: OrderAsked, response: Response, key: Key = "") -> OrderAnswered:
        """Answers `access`, a bearer token that opens this order and nothing else. Seats in cars need an account."""
        return _made(order(ports, GUEST, asked.read(), key), response)


def _made(ordered: Ordered, response: Response) -> OrderAnswered:
    response.headers["Location"] = f"/v1/orders/{ordered.order.id}"
    response.headers["Cache-Control"] = "no-store"
    return order_answer(ordered.order, ordered.access)


def _buyer(who: Who) -> Callable[[Request], Caller]:
    """Who is signed in and may buy or sell; everybody else asks as a guest."""

    def find(request: Request) -> Caller:
        try:
            caller = who(request)
        except Problem:
            return GUEST
        is_buyer = caller.may(Permission.BUY_TICKETS) or caller.may(Permission.SELL_TICKETS)
        return caller if is_buyer else GUEST

    return find


def _add_own(router: APIRouter, ports: SalesPorts, who: Who) -> None:
    @router.get("/orders", summary="My orders, the newest first")
    def list_orders(caller: Caller = Depends(who)) -> list[OrderAnswered]:
        return [order_answer(one) for one in list_my_orders(ports, caller)]

    @router.get("/me/best-fare", summary="How the best fare of my current day, week and month stands")
    def show_standings(caller: Caller = Depends(who)) -> list[StandingAnswered]:
        """Of the periods the tariff sells a pass for. Some hours after the end of each, what was paid for rides beyond
        the best passes goes back by itself, the way it was paid."""
        return [standing_answer(one) for one in show_best_fare(ports, caller)]

    @router.get("/orders/{order}", summary="An order of mine, by its id or reference")
    def show_order(order: OrderId, caller: Caller = Depends(who)) -> OrderAnswered:
        return order_answer(find_order(ports, caller, order)[0])

    @router.get("/orders/{order}/tickets", summary="Its tickets")
    def list_order_tickets(order: OrderId, caller: Caller = Depends(who)) -> list[TicketAnswered]:
        return [ticket_answer(one) for one in find_order(ports, caller, order)[1]]

    @router.get("/tickets", summary="My tickets, the newest order first")
    def list_tickets(caller: Caller = Depends(who)) -> list[TicketAnswered]:
        return [ticket_answer(one) for one in list_my_tickets(ports, caller)]

    @router.get("/tickets/{ref}", summary="A ticket of mine")
    def show(ref: Ref, caller: Caller = Depends(who)) -> TicketAnswered:
        return ticket_answer(show_ticket(ports, caller, ref))
