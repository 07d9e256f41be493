"""Pages of the telephone of a service: who calls, what an agent holds for them, confirms and cancels. They work without
JavaScript.

What is possible is looked for on the journeys page, whose offers an agent takes here. A number is never in an address.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ground.paris import PARIS
from ground.refusal import RefusedError
from mobility.accounts.caller import Caller, Permission
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.cancel import cancel
from mobility.acts.on_demand.confirm import confirm
from mobility.acts.on_demand.hold import LEGS_MAX
from mobility.acts.on_demand.own_rides import Rider, list_journey_of
from mobility.acts.on_demand.phone_desk import KnownCaller, find_callers, hold_for
from mobility.pages.form import HEADS
from mobility.pages.frame import PageSet
from mobility.pages.on_demand import Id, presenter_of, show_quotes
from mobility.pages.page_sessions import FormExpiredError, PageSessions
from mobility.pages.phone_desk_wording import PHONE_DESK_WORDS
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.wording import Wording

DESK = "/on-demand/desk"
_NOTES = ("held", "confirmed", "cancelled")
"""What a page says was done, by the query `done`."""

_PAGES = PageSet(PHONE_DESK_WORDS)
_words, _page = _PAGES.words, _PAGES.page


class PhoneDeskPages:
    """The pages, over the acts."""

    def __init__(self, ports: OnDemandPorts, sessions: PageSessions) -> None:
        self._ports, self._sessions = ports, sessions

    def for_agent(self, request: Request, show: Callable[[Caller], Response]) -> Response:
        """A page that is an agent's alone."""
        caller, words = self._sessions.caller(request), _words(request)
        if caller is None:
            return self._sessions.ask_to_sign_in(request)
        if not caller.may(Permission.BOOK_ON_DEMAND_FOR_OTHERS):
            return _page(
                request, self._sessions, "phone_desk.html", words("desk"), 403,
                errors={"": words("not_allowed")}, here=DESK, is_allowed=False,
            )  # fmt: skip
        return show(caller)

    def desk(
        self,
        request: Request,
        found: list[KnownCaller] | None = None,
        error: Exception | None = None,
        status: int = 200,
    ) -> Response:
        """Where to look for a ride, and who is calling. `found`: whom a number is known of; None: nobody asked."""
        words = _words(request)
        presenter, now = presenter_of(self._ports, words), self._ports.acts.now().astimezone(PARIS)
        callers = [
            (
                words("with_account", name=one.name) if one.person_id else one.name or words("no_name"),
                [presenter.ride(ride) for ride in one.rides],
            )
            for one in found or ()
        ]
        return _page(
            request,
            self._sessions,
            "phone_desk.html",
            words("desk"),
            status,
            errors={} if error is None else {"": refusal_words(error, words)},
            here=DESK,
            is_allowed=True,
            heads=HEADS,
            date=now.date().isoformat(),
            time=f"{now:%H:%M}",
            callers=callers,
            is_nobody=found == [],
        )

    def callers(self, request: Request, form_token: str, phone: str) -> Response:
        """Who may be calling from a number. It comes and goes in the body alone."""

        def show(caller: Caller) -> Response:
            try:
                self._sessions.check_form(request, form_token)
                return self.desk(request, find_callers(self._ports, caller, phone))
            except (FormExpiredError, *REFUSALS) as error:
                return self.desk(request, None, error, 422)

        return self.for_agent(request, show)

    def offer(
        self, request: Request, tokens: list[str], error: Exception | None = None, typed: Rider | None = None,
        note: str = "",
    ) -> Response:  # fmt: skip
        """What is offered, and the form that holds it for who calls. `error`: why it was not held just now."""
        words = _words(request)
        shown = show_quotes(self._ports, words, tokens, error)
        return _page(
            request,
            self._sessions,
            "phone_desk_offer.html",
            words("for_caller"),
            shown.status,
            errors={"": shown.said} if shown.said else {},
            here=f"{DESK}/offer",
            query=urlencode({"quote": tokens}, doseq=True),
            offers=shown.offers,
            alternatives=[(_offer_address([token], words), other) for token, other in shown.alternatives],
            tokens=tokens if shown.is_good and not shown.is_full else [],
            typed=typed or Rider(),
            note=note,
            key=secrets.token_hex(16),
        )

    def hold(
        self, request: Request, form_token: str, tokens: list[str], rider: Rider, note: str, key: str
    ) -> Response:
        """Hold it, and go on to the ride."""

        def take(caller: Caller) -> Response:
            try:
                self._sessions.check_form(request, form_token)
                held = hold_for(self._ports, caller, rider, tuple(tokens), note, key)
            except (FormExpiredError, *REFUSALS) as error:
                return self.offer(request, tokens, error, rider, note)
            return RedirectResponse(_ride_address(held[0].id, _words(request), "held"), status_code=303)

        return self.for_agent(request, take)

    def ride(
        self, request: Request, caller: Caller, ride_id: str, error: Exception | None = None
    ) -> Response:
        """A ride with the others of its journey, and what can be done with them."""
        words = _words(request)
        try:
            rides = list_journey_of(self._ports, caller, ride_id)
        except RefusedError as refusal:
            return self.desk(request, None, refusal, 404)
        groups = presenter_of(self._ports, words).journeys(rides)
        (journey,) = [one for group in groups for one in group]
        done = request.query_params.get("done", "")
        name, phone = rides[0].rider_name, rides[0].rider_phone
        return _page(
            request,
            self._sessions,
            "phone_desk_ride.html",
            words("ride_title"),
            200 if error is None else 422,
            errors={} if error is None else {"": refusal_words(error, words)},
            notice=words(f"{done}_note") if done in _NOTES and error is None else "",
            here=f"{DESK}/rides/{ride_id}",
            journey=journey,
            of_caller=words("of_caller", name=name, phone=phone) if name or phone else "",
        )

    def step(
        self, request: Request, form_token: str, ride_id: str, act: Callable[[Caller], object], done: str
    ) -> Response:
        """Do something with a ride, and come back to its page."""

        def take(caller: Caller) -> Response:
            try:
                self._sessions.check_form(request, form_token)
                act(caller)
            except (FormExpiredError, *REFUSALS) as error:
                return self.ride(request, caller, ride_id, error)
            return RedirectResponse(_ride_address(ride_id, _words(request), done), status_code=303)

        return self.for_agent(request, take)


def phone_desk_pages(ports: OnDemandPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False, prefix=DESK)
    pages = PhoneDeskPages(ports, sessions)

    @router.get("")
    def show_desk(request: Request) -> Response:
        return pages.for_agent(request, lambda caller: pages.desk(request))

    @router.post("/callers")
    def look_up(request: Request, phone: str = Form(""), form_token: str = Form("")) -> Response:
        return pages.callers(request, form_token, phone)

    @router.get("/offer")
    def show_offer(request: Request) -> Response:
        tokens = request.query_params.getlist("quote")[:LEGS_MAX]
        return pages.for_agent(request, lambda caller: pages.offer(request, tokens))

    @router.post("/hold")
    def hold_rides(
        request: Request,
        quote: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
        name: str = Form(""),
        phone: str = Form(""),
        note: str = Form(""),
        key: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        rider = Rider(name=name, phone=phone)
        return pages.hold(request, form_token, quote[:LEGS_MAX], rider, note, key)

    @router.get("/rides/{ride_id}")
    def show_ride(request: Request, ride_id: Id) -> Response:
        return pages.for_agent(request, lambda caller: pages.ride(request, caller, ride_id))

    @router.post("/rides/{ride_id}/confirm")
    def confirm_ride(request: Request, ride_id: Id, form_token: str = Form("")) -> Response:
        return pages.step(
            request, form_token, ride_id, lambda caller: confirm(ports, caller, ride_id), "confirmed"
        )

    @router.post("/rides/{ride_id}/cancel")
    def cancel_ride(request: Request, ride_id: Id, form_token: str = Form("")) -> Response:
        return pages.step(
            request, form_token, ride_id, lambda caller: cancel(ports, caller, ride_id), "cancelled"
        )

    return router


def _offer_address(tokens: list[str], words: Wording) -> str:
    return f"{DESK}/offer?" + urlencode({"lang": words.language, "quote": tokens}, doseq=True)


def _ride_address(ride_id: str, words: Wording, done: str) -> str:
    return f"{DESK}/rides/{ride_id}?{urlencode({'lang': words.language, 'done': done})}"
