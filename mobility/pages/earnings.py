"""Pages for drivers: a month's earnings with where each amount comes from, the attestation, and its public check.

They work without JavaScript and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ground.paris import PARIS
from mobility.accounts.caller import ForbiddenError
from mobility.acts.earnings import Earnings, EarningsError, attest, find_attestation, read_earnings
from mobility.acts.payout_ports import Attestation
from mobility.acts.ports import ActPorts
from mobility.pages.earnings_wording import EARNINGS_WORDS
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import FormExpiredError, PageSessions
from mobility.pages.wording import Wording
from ticketing.facts import Grant, TripFacts
from ticketing.period import is_period, next_period, period_of

CODE_GROUP = 4

_PAGES = PageSet(EARNINGS_WORDS, referrer="no-referrer")
_words, _page = _PAGES.words, _PAGES.page


@dataclass(frozen=True, slots=True)
class TripShown:
    """A trip as the page shows it. `lines`: where its amount comes from."""

    title: str
    amount: str
    lines: list[str]
    note: str
    is_withdrawn: bool


def earnings_pages(ports: ActPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    _add_earnings(router, ports, sessions)
    _add_attestations(router, ports, sessions)
    return router


def _add_earnings(router: APIRouter, ports: ActPorts, sessions: PageSessions) -> None:
    @router.get("/earnings")
    def show_earnings(request: Request, month: str = "") -> Response:
        caller, words = sessions.caller(request), _words(request)
        if caller is None:
            return sessions.ask_to_sign_in(request)
        month = month or period_of(ports.now())
        if not is_period(month):
            return _without_month(request, sessions, 422, {"month": words("month_wrong")})
        try:
            found = read_earnings(ports, caller, month)
        except ForbiddenError:
            return _without_month(request, sessions, 403, {"": words("people_only")})
        return _page(request, sessions, "earnings.html", words("earnings"), **_month(found, words))

    @router.post("/earnings/attestation")
    def make_attestation(
        request: Request, first: str = Form(""), last: str = Form(""), form_token: str = Form("")
    ) -> Response:
        caller, words = sessions.caller(request), _words(request)
        if caller is None:
            return RedirectResponse("/login?next=/earnings", status_code=303)
        try:
            sessions.check_form(request, form_token)
            if not (is_period(first) and is_period(last)):
                raise EarningsError(EARNINGS_WORDS["fr"]["month_wrong"], EARNINGS_WORDS["en"]["month_wrong"])
            made = attest(ports, caller, first, last)
        except (EarningsError, FormExpiredError) as error:
            words_of_it = words("form_expired")
            if isinstance(error, EarningsError):
                words_of_it = error.french if words.language == "fr" else error.english
            return _without_month(request, sessions, 422, {"first": words_of_it})
        return RedirectResponse(f"/earnings/attestation/{made.code}?lang={words.language}", status_code=303)


def _add_attestations(router: APIRouter, ports: ActPorts, sessions: PageSessions) -> None:
    @router.get("/earnings/attestation/{code}")
    def show_attestation(request: Request, code: str) -> Response:
        caller, words = sessions.caller(request), _words(request)
        if caller is None:
            return sessions.ask_to_sign_in(request)
        with ports.unit_of_work(read_only=True) as work:
            person = work.accounts.find_person(caller.person)
        found = find_attestation(ports, code)
        if found is None or person is None or found[0].person != person.pseudonym:
            return _unknown(request, sessions, words)
        name = f"{person.given_name} {person.family_name}".strip() or person.display_name
        address = str(request.url_for("check_attestation", code=_grouped(found[0].code)))
        shown = _attestation(found[0], words) | {"name": name, "address": address, "stands": found[1]}
        return _page(request, sessions, "attestation.html", words("attestation_title"), **shown)

    @router.get("/attestations/{code}", name="check_attestation")
    def check_attestation(request: Request, code: str) -> Response:
        words, found = _words(request), find_attestation(ports, code)
        if found is None:
            return _unknown(request, sessions, words)
        shown = _attestation(found[0], words) | {"name": "", "address": "", "stands": found[1]}
        return _page(request, sessions, "attestation.html", words("checked_title"), **shown)


def _without_month(request: Request, sessions: PageSessions, status: int, errors: dict[str, str]) -> Response:
    heading = _words(request)("earnings")
    return _page(request, sessions, "earnings.html", heading, status, errors=errors, found=None)


def _unknown(request: Request, sessions: PageSessions, words: Wording) -> Response:
    errors = {"": words("unknown_code")}
    return _page(
        request,
        sessions,
        "attestation.html",
        words("checked_title"),
        404,
        errors=errors,
        rows=(),
        name="",
        address="",
        stands=None,
    )


def _month(found: Earnings, words: Wording) -> dict[str, Any]:
    waiting = [one for one in found.grants.estimated if period_of(one[0].started_at) == found.month]
    year, number = int(found.month[:4]), int(found.month[5:])
    return {
        "found": found,
        "before": f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}",
        "after": next_period(found.month),
        "sums": [
            (words(name), words.money(cents, "EUR"))
            for name, cents in (
                ("granted", found.granted_cents),
                ("estimated", found.estimated_cents),
                ("paid", found.paid_cents),
                ("owed", found.owed_cents),
            )
        ],
        "granted": [
            _trip(trip, made, words, line.seq, line.withdrawn_seq is not None)
            for line, trip, made in found.grants.granted
        ],
        "waiting": [_trip(trip, made, words, None, False) for trip, made in waiting],
    }


def _trip(trip: TripFacts, made: Grant, words: Wording, seq: int | None, is_withdrawn: bool) -> TripShown:
    local = trip.started_at.astimezone(PARIS)
    title = words(
        "trip",
        day=words.day(local.date()),
        time=f"{local:%H:%M}",
        line=trip.line_id,
        distance=words.distance(trip.distance_m),
        passengers=words.count("passengers", sum(one.seats for one in trip.passengers)),
    )
    note = "" if seq is None else words("register", seq=seq, policy=made.policy[:12])
    return TripShown(
        title, words.money(made.amount_cents, "EUR"), _derivation(made, words), note, is_withdrawn
    )


def _derivation(made: Grant, words: Wording) -> list[str]:
    """Where an amount comes from: each rule with what it changed, then what the caps left of it."""
    lines, cents = [], 0
    known = EARNINGS_WORDS[words.language]
    for step in made.steps:
        rule = words(f"rule_{step.rule}") if f"rule_{step.rule}" in known else step.rule
        change = step.after_cents - step.before_cents
        # The engine's own words say every figure, in English.
        detail = f" ({step.words})" if words.language == "en" and step.words else ""
        lines.append((words("step", rule=rule, change=_signed(change, words)) if change else rule) + detail)
        cents = step.after_cents
    for cap in made.caps:
        key = f"cap_{cap.cap.replace('/', '_')}"
        name = words(key) if key in known else words("cap_other")
        is_money = cap.cap.startswith("amount/")
        before, after, limit = (
            words.money(value, "EUR") if is_money else str(value)
            for value in (cap.before, cap.after, cap.limit)
        )
        lines.append(words("cap", cap=name, before=before, after=after, limit=limit))
    if made.caps and cents != made.amount_cents:
        lines.append(words("capped", change=_signed(made.amount_cents - cents, words)))
    return lines


def _signed(cents: int, words: Wording) -> str:
    return f"{'+' if cents >= 0 else '−'}{words.money(abs(cents), 'EUR')}"


def _attestation(one: Attestation, words: Wording) -> dict[str, Any]:
    rows: Sequence[tuple[str, str]] = (
        (words("span"), words("span_is", first=one.first, last=one.last)),
        (words("trips"), str(one.trips)),
        (words("days"), str(one.days)),
        (words("distance"), words.distance(one.distance_m) if one.distance_m else "0 km"),
        (words("carried"), str(one.passengers)),
        (words("amount"), words.money(one.amount_cents, "EUR")),
        (words("made"), words.day(one.made_at.astimezone(PARIS).date())),
        (words("code"), _grouped(one.code)),
        (words("root"), one.root),
    )
    return {"rows": rows}


def _grouped(code: str) -> str:
    return "-".join(code[at : at + CODE_GROUP] for at in range(0, len(code), CODE_GROUP))
