"""Pages of demand-responsive transport: an offer becomes a ride that is held, then confirmed; my rides; waiting lists.

They work without JavaScript. An offer is an address, so that whoever must sign in first comes back to it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Path
from starlette.requests import Request
from starlette.responses import Response

from ground.refusal import Reason, RefusedError
from mobility.accounts.caller import Caller, Permission
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.change import change
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.hold import LEGS_MAX, HoldWish, hold
from mobility.acts.on_demand.own_rides import find_ride, list_my_rides, list_my_waiting
from mobility.acts.on_demand.quote import Ask, ask_again, quote, read_quote
from mobility.acts.on_demand.waiting_list import join_waiting_list, leave_waiting_list
from mobility.pages.frame import PageSet
from mobility.pages.on_demand_view import OfferView, OnDemandPresenter
from mobility.pages.on_demand_wording import ON_DEMAND_WORDS
from mobility.pages.page_sessions import PageSessions, TypedWrongError
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.wording import Wording
from on_demand.booking import OnDemandRide
from on_demand.quote import Quote
from on_demand.service import Service

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
MINE = "/on-demand/rides"
_NOTES = ("held", "confirmed", "cancelled", "changed", "waiting", "left")
"""What a page says was done, by the query `done`."""

_PAGES = PageSet(ON_DEMAND_WORDS)
_words, _page = _PAGES.words, _PAGES.page


def on_demand_pages(ports: OnDemandPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    _add_offer(router, ports, sessions)
    _add_rides(router, ports, sessions)
    _add_change(router, ports, sessions)
    return router


def _add_offer(router: APIRouter, ports: OnDemandPorts, sessions: PageSessions) -> None:
    @router.get("/on-demand/offer")
    def show_offer(request: Request) -> Response:
        tokens = request.query_params.getlist("quote")[:LEGS_MAX]
        return _offer_page(request, ports, sessions, tokens)

    @router.post("/on-demand/hold")
    def hold_rides(
        request: Request,
        quote: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        note: str = Form(""),
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        words, tokens = _words(request), quote[:LEGS_MAX]

        def again(caller: Caller, error: Exception) -> Response:
            return _offer_page(request, ports, sessions, tokens, error, note)

        return sessions.take_form(
            request,
            form_token,
            offer_address(tokens, words),
            lambda caller: hold(ports, caller, HoldWish(tuple(tokens), note=note), key),
            again,
            mine_address(words, "held"),
            REFUSALS,
        )

    @router.post("/on-demand/wait")
    def wait(
        request: Request,
        quote: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        words, tokens = _words(request), quote[:1]

        def join(caller: Caller) -> None:
            for token in tokens:
                join_waiting_list(ports, caller, ask_again(read_quote(ports, token)), key=key)

        def again(caller: Caller, error: Exception) -> Response:
            return _offer_page(request, ports, sessions, tokens, error)

        done = mine_address(words, "waiting")
        return sessions.take_form(
            request, form_token, offer_address(tokens, words), join, again, done, REFUSALS
        )


def _offer_page(
    request: Request,
    ports: OnDemandPorts,
    sessions: PageSessions,
    tokens: list[str],
    error: Exception | None = None,
    note: str = "",
) -> Response:
    """What is offered, and the form that holds it. `error`: why it was not held just now."""
    words, caller = _words(request), sessions.caller(request)
    shown = show_quotes(ports, words, tokens, error)
    return _page(
        request,
        sessions,
        "on_demand_offer.html",
        words("offer"),
        shown.status,
        errors={"": shown.said} if shown.said else {},
        here="/on-demand/offer",
        query=urlencode({"quote": tokens}, doseq=True),
        offers=shown.offers,
        alternatives=[(offer_address([token], words), other) for token, other in shown.alternatives],
        tokens=tokens,
        note=note,
        key=secrets.token_hex(16),
        is_good=shown.is_good,
        is_full=shown.is_full and len(shown.offers) == 1,
        is_signed_in=caller is not None,
        may_book_for_others=caller is not None and caller.may(Permission.BOOK_ON_DEMAND_FOR_OTHERS),
        here_with_query=offer_address(tokens, words),
    )


@dataclass(frozen=True, slots=True)
class ShownQuotes:
    """What was offered, for whoever may hold it."""

    offers: list[OfferView]
    alternatives: list[tuple[str, OfferView]]
    """What else there is where somebody else has taken the place, with its token."""
    said: str
    """What is wrong, in words; or ""."""
    status: int
    is_full: bool
    """Somebody else has just taken it."""

    @property
    def is_good(self) -> bool:
        """Whether it could be held still, if it is not full."""
        return bool(self.offers) and self.status != 410


def show_quotes(
    ports: OnDemandPorts, words: Wording, tokens: list[str], error: Exception | None
) -> ShownQuotes:
    """Quotes somebody brings back. `error`: why they were not held just now."""
    said, status = ("", 200) if error is None else (refusal_words(error, words), 422)
    quotes: list[Quote] = []
    try:
        quotes = [read_quote(ports, token) for token in tokens]
    except RefusedError:
        said, status = words("quote_wrong"), 422
    if not tokens:
        said, status = words("quote_wrong"), 422
    elif quotes and min(one.expires_s for one in quotes) < ports.acts.now().timestamp():
        said, status = words("gone"), 410
    is_full = isinstance(error, RefusedError) and error.reason is Reason.FULL
    presenter = presenter_of(ports, words)
    others = list_alternatives(ports, quotes[0]) if is_full and len(quotes) == 1 else []
    return ShownQuotes(
        [presenter.offer(one) for one in quotes],
        [(token, presenter.offer(other)) for token, other in others],
        said,
        status,
        is_full,
    )


def _add_rides(router: APIRouter, ports: OnDemandPorts, sessions: PageSessions) -> None:
    def show(request: Request, caller: Caller, error: str = "", status: int = 200) -> Response:
        words = _words(request)
        presenter = presenter_of(ports, words)
        groups = zip(
            ("to_confirm", "to_come", "past"), presenter.journeys(list_my_rides(ports, caller)), strict=True
        )
        done = request.query_params.get("done", "")
        return _page(
            request,
            sessions,
            "on_demand_rides.html",
            words("my_rides"),
            status,
            errors={"": error} if error else {},
            notice=words(f"{done}_note") if done in _NOTES else "",
            here=MINE,
            groups=[(words(name), journeys, name == "past") for name, journeys in groups if journeys],
            waiting=[presenter.waiting(one) for one in list_my_waiting(ports, caller) if one.is_open],
        )

    def take(request: Request, form_token: str, act: Callable[[Caller], object], done: str) -> Response:
        words = _words(request)

        def again(caller: Caller, error: Exception) -> Response:
            return show(request, caller, refusal_words(error, words), 422)

        return sessions.take_form(request, form_token, MINE, act, again, mine_address(words, done), REFUSALS)

    @router.get(MINE)
    def show_rides(request: Request) -> Response:
        caller = sessions.caller(request)
        return sessions.ask_to_sign_in(request) if caller is None else show(request, caller)

    @router.post("/on-demand/rides/{ride_id}/confirm")
    def confirm_ride(request: Request, ride_id: Id, form_token: str = Form("")) -> Response:
        return take(request, form_token, lambda caller: confirm(ports, caller, ride_id), "confirmed")

    @router.post("/on-demand/rides/{ride_id}/cancel")
    def cancel_ride(request: Request, ride_id: Id, form_token: str = Form("")) -> Response:
        return take(request, form_token, lambda caller: cancel(ports, caller, ride_id), "cancelled")

    @router.post("/on-demand/waiting/{waiting_id}/leave")
    def leave(request: Request, waiting_id: Id, form_token: str = Form("")) -> Response:
        return take(request, form_token, lambda caller: leave_waiting_list(ports, caller, waiting_id), "left")


def _add_change(router: APIRouter, ports: OnDemandPorts, sessions: PageSessions) -> None:
    def show(request: Request, caller: Caller, ride_id: str, error: str = "", status: int = 200) -> Response:
        words = _words(request)
        presenter = presenter_of(ports, words)
        try:
            ride, _ = find_ride(ports, caller, ride_id)
        except RefusedError:
            return _page(
                request, sessions, "on_demand_rides.html", words("my_rides"), 404,
                errors={"": words("not_found")}, here=MINE, groups=(), waiting=(),
            )  # fmt: skip
        zone = presenter.zone_of(ride.service_id)
        booked = dt.datetime.fromtimestamp(ride.pickup_open_s, zone)
        asked = {name: request.query_params.get(name, "") for name in ("by", "date", "time")}
        is_asked = bool(asked["date"] and asked["time"]) and not error
        choices: list[tuple[str, Quote]] = []
        if is_asked:
            try:
                choices = _choices(ports, caller, ride, _instant(asked, zone, words), asked["by"] == "arrive")
            except (RefusedError, TypedWrongError) as refusal:
                error, status, is_asked = refusal_words(refusal, words), 422, False
        return _page(
            request,
            sessions,
            "on_demand_change.html",
            words("change_title"),
            status,
            errors={"": error} if error else {},
            here=f"{MINE}/{ride_id}/change",
            ride=presenter.ride(ride),
            asked={
                "by": asked["by"],
                "date": asked["date"] or booked.date().isoformat(),
                "time": asked["time"] or f"{booked:%H:%M}",
            },
            is_asked=is_asked,
            choices=[(token, presenter.offer(one)) for token, one in choices],
        )

    @router.get("/on-demand/rides/{ride_id}/change")
    def show_change(request: Request, ride_id: Id) -> Response:
        caller = sessions.caller(request)
        return sessions.ask_to_sign_in(request) if caller is None else show(request, caller, ride_id)

    @router.post("/on-demand/rides/{ride_id}/change")
    def change_ride(
        request: Request, ride_id: Id, quote: str = Form(""), form_token: str = Form("")
    ) -> Response:
        words = _words(request)

        def again(caller: Caller, error: Exception) -> Response:
            return show(request, caller, ride_id, refusal_words(error, words), 422)

        page = f"{MINE}/{ride_id}/change"
        return sessions.take_form(
            request,
            form_token,
            page,
            lambda caller: change(ports, caller, ride_id, quote),
            again,
            mine_address(words, "changed"),
            REFUSALS,
        )


def _choices(
    ports: OnDemandPorts, caller: Caller, ride: OnDemandRide, at: dt.datetime, arrive: bool
) -> list[tuple[str, Quote]]:
    """What the ride could become: as asked for, else near it. Raises RefusedError."""
    at_s = int(at.timestamp())
    ask = Ask(
        ride.origin,
        ride.destination,
        ride.party,
        None if arrive else at_s,
        at_s if arrive else None,
        ride.service_id,
        instead_of=ride.id,
    )
    found = quote(ports, caller, ask)
    offers = [*found.offers, *(offer for one in found.declined for offer in one.alternatives)]
    return [(offer.token, offer.quote) for offer in offers]


def list_alternatives(ports: OnDemandPorts, full: Quote) -> list[tuple[str, Quote]]:
    """What else is possible where an offer has no room any more."""
    try:
        found = quote(ports, None, ask_again(full))
    except RefusedError:
        return []
    offers = [*found.offers, *(offer for one in found.declined for offer in one.alternatives)]
    return [(offer.token, offer.quote) for offer in offers]


def _instant(asked: dict[str, str], zone: ZoneInfo, words: Wording) -> dt.datetime:
    """When, on the service's clock; raises TypedWrongError."""
    try:
        day, clock = dt.date.fromisoformat(asked["date"]), dt.time.fromisoformat(asked["time"])
    except ValueError:
        raise TypedWrongError(words("when_wrong")) from None
    if not 2000 <= day.year < 2200:
        raise TypedWrongError(words("when_wrong"))
    return dt.datetime.combine(day, clock.replace(tzinfo=None), zone)


def presenter_of(ports: OnDemandPorts, words: Wording) -> OnDemandPresenter:
    """Of the services as they are now."""
    with ports.acts.unit_of_work(read_only=True) as work:
        services: dict[str, Service] = {one.id: one for one in work.on_demand.list_services()}
    return OnDemandPresenter(words, services, ports.acts.now())


def offer_address(tokens: list[str], words: Wording) -> str:
    """Where quotes are shown and taken."""
    return "/on-demand/offer?" + urlencode({"lang": words.language, "quote": tokens}, doseq=True)


def mine_address(words: Wording, done: str) -> str:
    """The traveller's rides, with what was `done`."""
    return f"{MINE}?done={done}&lang={words.language}"
