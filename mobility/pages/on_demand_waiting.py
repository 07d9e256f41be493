"""Pages of the waiting list of demand-responsive transport: joining it from a search that found no room, and who waits,
for the operator. One leaves it where one's rides are. They work without JavaScript."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from ground.refusal import RefusedError
from mobility.accounts.caller import Caller, ForbiddenError
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.quote import Ask, quote
from mobility.acts.on_demand.waiting_list import join_waiting_list, list_line
from mobility.pages.frame import PageSet
from mobility.pages.on_demand import mine_address, offer_address, presenter_of
from mobility.pages.on_demand_wording import ON_DEMAND_WORDS
from mobility.pages.page_sessions import PageSessions, TypedWrongError
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.wait_address import WAIT, read_wait
from mobility.pages.wording import Wording

LINE = "/on-demand/waiting"

_PAGES = PageSet(ON_DEMAND_WORDS)
_words, _page = _PAGES.words, _PAGES.page


def waiting_pages(ports: OnDemandPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)

    @router.get(LINE)
    def show_line(request: Request) -> Response:
        caller = sessions.caller(request)
        return sessions.ask_to_sign_in(request) if caller is None else _line(request, ports, sessions, caller)

    @router.get(WAIT)
    def show_wish(request: Request) -> Response:
        return _wish(request, ports, sessions)

    @router.post(WAIT)
    def join(request: Request, key: str = Form(""), form_token: str = Form("")) -> Response:
        words = _words(request)
        return sessions.take_form(
            request,
            form_token,
            f"{WAIT}?{request.url.query}",
            lambda caller: join_waiting_list(ports, caller, _read(request, words), key=key),
            lambda caller, error: _wish(request, ports, sessions, error),
            mine_address(words, "waiting"),
            REFUSALS,
        )

    return router


def _line(request: Request, ports: OnDemandPorts, sessions: PageSessions, caller: Caller) -> Response:
    words = _words(request)
    try:
        line = list_line(ports, caller)
        error, status = "", 200
    except ForbiddenError as refusal:
        line, error, status = [], refusal_words(refusal, words), 403
    presenter = presenter_of(ports, words)
    return _page(
        request,
        sessions,
        "on_demand_line.html",
        words("line_title"),
        status,
        errors={"": error} if error else {},
        here=LINE,
        line=[presenter.line(one) for one in line],
    )


def _wish(
    request: Request, ports: OnDemandPorts, sessions: PageSessions, error: Exception | None = None
) -> Response:
    """Why there is no room now, what is possible instead, and the form that joins the list."""
    words = _words(request)
    said, status = ("", 200) if error is None else (refusal_words(error, words), 422)
    reason, offers, is_full = "", [], False
    try:
        found = quote(ports, None, _read(request, words))
        offers = [*found.offers, *(offer for one in found.declined for offer in one.alternatives)]
        is_full = any(one.is_full for one in found.declined)
        told = [one.french if words.language == "fr" else one.english for one in found.declined]
        reason = " ".join(told) if told else words("room_after_all")
    except (RefusedError, TypedWrongError) as refusal:
        said, status = said or refusal_words(refusal, words), 422
    presenter = presenter_of(ports, words)
    query = "&".join(part for part in request.url.query.split("&") if not part.startswith("lang="))
    return _page(
        request,
        sessions,
        "on_demand_wait.html",
        words("wait_title"),
        status,
        errors={"": said} if said else {},
        here=WAIT,
        query=query,
        reason=reason,
        is_full=is_full,
        offers=[(offer_address([one.token], words), presenter.offer(one.quote)) for one in offers],
        is_signed_in=sessions.caller(request) is not None,
        back_here=f"{WAIT}?{request.url.query}",
        key=secrets.token_hex(16),
    )


def _read(request: Request, words: Wording) -> Ask:
    """The wish of the address. Raises TypedWrongError."""
    try:
        return read_wait(request.query_params)
    except (ValueError, OverflowError):
        raise TypedWrongError(words("wish_wrong")) from None
