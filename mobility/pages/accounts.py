"""The pages for signing in and out, and for one's own account. They work without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

import orjson
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mobility.accounts.bank_details import masked_iban
from mobility.accounts.caller import Caller, Role
from mobility.accounts.details import DetailError
from mobility.accounts.limits import TooManyError
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import WeakPasswordError
from mobility.acts.account_ports import EmailTakenError
from mobility.acts.accounts import bank_account, people
from mobility.acts.accounts import sign_in as sessions_acts
from mobility.acts.accounts.personal_data import export_person
from mobility.acts.accounts.ports import AccountPorts
from mobility.acts.accounts.provider import (
    NoProviderError,
    ProviderRefusedError,
    begin_provider_sign_in,
    finish_provider_sign_in,
    provider_logout_url,
)
from mobility.pages.account_wording import ACCOUNT_WORDS
from mobility.pages.form import read_language
from mobility.pages.frame import render_form_page
from mobility.pages.page_sessions import SESSION_COOKIE, FormExpiredError, PageSessions, local_path
from mobility.pages.wording import Wording

PROVIDER_COOKIE = "mobility_provider"
PROVIDER_S = 600
CALLBACK = "/login/callback"

_REFUSALS = (
    DetailError,
    EmailTakenError,
    FormExpiredError,
    NoProviderError,
    ProviderRefusedError,
    TooManyError,
    WeakPasswordError,
    sessions_acts.LocalLoginOffError,
    sessions_acts.WrongCredentialsError,
    people.SignUpOffError,
)


@dataclass
class Shown:
    """What is the same on all these pages."""

    ports: AccountPorts
    sessions: PageSessions

    def page(
        self, request: Request, template: str, heading: str, status: int = 200, **shown: Any
    ) -> Response:
        """A page, with the cookie its forms are checked against."""
        words = _words(request)
        return render_form_page(
            request,
            self.sessions,
            words,
            template,
            words(heading),
            status,
            has_provider=self.ports.provider is not None,
            local_login=self.ports.rules.local_login,
            sign_up=self.ports.rules.sign_up,
            **shown,
        )


@dataclass(frozen=True)
class Typed:
    """What was typed, to be shown again; never a password."""

    email: str = ""
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    name: str = ""


def account_pages(ports: AccountPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)
    shown = Shown(ports, sessions)
    _login_routes(router, shown)
    _sign_up_routes(router, shown)
    _provider_routes(router, shown)
    _account_routes(router, shown)
    _password_routes(router, shown)
    return router


def _login_routes(router: APIRouter, shown: Shown) -> None:
    ports, sessions = shown.ports, shown.sessions

    @router.get("/login")
    def show_login(request: Request, next: str = "/account") -> Response:
        return shown.page(request, "login.html", "login", next=local_path(next), email="")

    @router.post("/login")
    def login(
        request: Request,
        email: str = Form(""),
        password: str = Form(""),
        next: str = Form("/account"),
        form_token: str = Form(""),
    ) -> Response:
        try:
            sessions.check_form(request, form_token)
            cookie = sessions_acts.sign_in_page(ports, email, password, _address(request))
        except _REFUSALS as error:
            errors, status = _errors(error, _words(request), "password"), _status(error)
            return shown.page(
                request,
                "login.html",
                "login",
                status,
                errors=errors,
                email=email[:300],
                next=local_path(next),
            )
        return _signed_in(shown, request, cookie, next)

    @router.post("/logout")
    def logout(request: Request, form_token: str = Form("")) -> Response:
        try:
            sessions.check_form(request, form_token)
        except FormExpiredError as error:
            return shown.page(
                request, "logged_out.html", "logout", 403, errors=_errors(error, _words(request)),
                provider_logout="", here="/login",
            )  # fmt: skip
        id_token = sessions_acts.sign_out(ports, request.cookies.get(SESSION_COOKIE, ""))
        left = provider_logout_url(ports, id_token, f"{ports.rules.public_url}/login")
        answer = shown.page(request, "logged_out.html", "logged_out", provider_logout=left, here="/login")
        sessions.end(request, answer)
        return answer


def _sign_up_routes(router: APIRouter, shown: Shown) -> None:
    ports, sessions = shown.ports, shown.sessions

    @router.get("/sign-up")
    def show_sign_up(request: Request, next: str = "/account") -> Response:
        return shown.page(request, "sign_up.html", "sign_up", next=local_path(next), typed=Typed())

    @router.post("/sign-up")
    def sign_up(
        request: Request,
        email: str = Form(""),
        password: str = Form(""),
        given_name: str = Form(""),
        family_name: str = Form(""),
        phone: str = Form(""),
        next: str = Form("/account"),
        form_token: str = Form(""),
    ) -> Response:
        details = people.Details(email, None, given_name, family_name, phone)
        try:
            sessions.check_form(request, form_token)
            people.sign_up(ports, details, password, _address(request))
            cookie = sessions_acts.sign_in_page(ports, email, password, _address(request))
        except _REFUSALS as error:
            typed = Typed(email[:300], given_name[:300], family_name[:300], phone[:300])
            errors = _errors(error, _words(request), "password")
            return shown.page(
                request, "sign_up.html", "sign_up", _status(error), errors=errors, typed=typed,
                next=local_path(next),
            )  # fmt: skip
        return _signed_in(shown, request, cookie, next)


def _provider_routes(router: APIRouter, shown: Shown) -> None:
    ports, sessions = shown.ports, shown.sessions

    def refused(request: Request, errors: dict[str, str], status: int) -> Response:
        return shown.page(
            request, "login.html", "login", status, errors=errors, email="", next="/account", here="/login"
        )

    @router.get("/login/provider")
    def begin(request: Request, next: str = "/account", link: str = "") -> Response:
        caller = sessions.caller(request) if link else None
        if link and caller is None:
            return sessions.ask_to_sign_in(request)
        try:
            redirect_url = f"{ports.rules.public_url}{CALLBACK}"
            begun = begin_provider_sign_in(ports, redirect_url, _address(request), caller)
        except _REFUSALS as error:
            return refused(request, _errors(error, _words(request)), _status(error))
        answer = RedirectResponse(begun.url, status_code=303)
        kept = quote(json.dumps([begun.state, begun.secret, local_path(next)]), safe="")
        sessions.set_cookie(request, answer, PROVIDER_COOKIE, kept, PROVIDER_S)
        return answer

    @router.get(CALLBACK)
    def finish(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        kept_state, secret, next = _provider_cookie(request)
        words = _words(request)
        if error or not code:
            # What the provider says in words is not shown: anybody can write an address.
            return refused(request, {"": words("provider_cancelled")}, 401)
        try:
            if state != kept_state:
                secret = ""
            tokens = finish_provider_sign_in(ports, state, secret, code, _address(request), TokenKind.PAGE)
        except _REFUSALS as refusal:
            return refused(request, _errors(refusal, words), _status(refusal))
        answer = _signed_in(shown, request, tokens.refresh_token, next)
        sessions.set_cookie(request, answer, PROVIDER_COOKIE, "", 0)
        return answer


def _account_routes(router: APIRouter, shown: Shown) -> None:
    ports, sessions = shown.ports, shown.sessions

    @router.get("/account")
    def show_account(request: Request, saved: str = "") -> Response:
        notices = {"1": "saved", "password": "password_changed"}
        notice = _words(request)(notices[saved]) if saved in notices else ""
        caller = sessions.caller(request)
        return _account(shown, request, caller, notice=notice) if caller else sessions.ask_to_sign_in(request)

    @router.get("/account/data.json")
    def download(request: Request) -> Response:
        caller = sessions.caller(request)
        if caller is None:
            return sessions.ask_to_sign_in(request)
        content = orjson.dumps(export_person(ports, caller, caller.person), option=orjson.OPT_INDENT_2)
        headers = {
            "Content-Disposition": 'attachment; filename="mobility.json"',
            "Cache-Control": "no-store",
        }
        return Response(content, media_type="application/json", headers=headers)

    @router.post("/account/details")
    def change_details(
        request: Request,
        given_name: str = Form(""),
        family_name: str = Form(""),
        phone: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        details = people.Details(None, None, given_name, family_name, phone)
        typed = Typed("", given_name[:300], family_name[:300], phone[:300])
        return _change(
            shown, request, form_token, lambda caller: people.change_details(ports, caller, details), typed
        )

    @router.post("/account/driver")
    def become_driver(request: Request, form_token: str = Form("")) -> Response:
        return _change(shown, request, form_token, lambda caller: people.become_driver(ports, caller))

    @router.post("/account/bank-account")
    def put_bank_account(
        request: Request, name: str = Form(""), iban: str = Form(""), form_token: str = Form("")
    ) -> Response:
        return _change(
            shown,
            request,
            form_token,
            lambda caller: bank_account.put_bank_account(ports, caller, name, iban),
            name=name[:300],
        )


def _password_routes(router: APIRouter, shown: Shown) -> None:
    @router.post("/account/password")
    def change_password(
        request: Request,
        old_password: str = Form(""),
        password: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        def change(caller: Caller) -> None:
            people.change_password(shown.ports, caller, old_password, password)

        return _change(shown, request, form_token, change, saved="password")


def _change(
    shown: Shown,
    request: Request,
    form_token: str,
    change: Callable[[Caller], object],
    typed: Typed | None = None,
    name: str = "",
    saved: str = "1",
) -> Response:
    """Do what a form of the account's page asks, and show that page."""

    def again(caller: Caller, error: Exception) -> Response:
        errors = _errors(error, _words(request), "old_password")
        return _account(shown, request, caller, _status(error), errors, typed, name)

    done = f"/account?saved={saved}&lang={_words(request).language}"
    return shown.sessions.take_form(request, form_token, "/account", change, again, done, _REFUSALS)


def _account(
    shown: Shown,
    request: Request,
    caller: Caller,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: Typed | None = None,
    name: str = "",
    notice: str = "",
) -> Response:
    person = people.get_account(shown.ports, caller, caller.person)
    payee = bank_account.find_bank_account(shown.ports, caller) if Role.DRIVER in caller.roles else None
    full_name = f"{person.given_name} {person.family_name}".strip()
    known = typed or Typed(person.email, person.given_name, person.family_name, person.phone)
    return shown.page(
        request,
        "account.html",
        "account",
        status,
        errors=errors or {},
        person=person,
        typed=Typed(known.email, known.given_name, known.family_name, known.phone, name or full_name),
        payee=payee and {"name": payee.name, "iban": masked_iban(payee.iban)},
        notice=notice,
        here="/account",
    )


def _signed_in(shown: Shown, request: Request, cookie: str, next: str) -> Response:
    answer = RedirectResponse(local_path(next), status_code=303)
    shown.sessions.begin(request, answer, cookie)
    return answer


def _errors(error: Exception, words: Wording, credentials_field: str = "") -> dict[str, str]:
    """What to say about a refusal, by the field it is about; "" the whole form."""
    if isinstance(error, DetailError):
        return {error.field: error.french if words.language == "fr" else str(error)}
    if isinstance(error, WeakPasswordError):
        return {"password": error.french if words.language == "fr" else str(error)}
    if isinstance(error, ProviderRefusedError):
        return {"": error.french if words.language == "fr" else str(error)}
    if isinstance(error, TooManyError):
        return {"": words("too_many", minutes=-(-error.wait_s // 60))}
    if isinstance(error, EmailTakenError):
        return {"email": words("email_taken")}
    if isinstance(error, sessions_acts.WrongCredentialsError):
        wrong = "wrong_password" if credentials_field == "old_password" else "wrong_credentials"
        return {credentials_field: words(wrong)}
    return {"": words("form_expired" if isinstance(error, FormExpiredError) else "not_offered")}


def _status(error: Exception) -> int:
    statuses: dict[type[Exception], int] = {
        TooManyError: 429,
        FormExpiredError: 403,
        ProviderRefusedError: 401,
        sessions_acts.WrongCredentialsError: 401,
    }
    return statuses.get(type(error), 422)


def _provider_cookie(request: Request) -> tuple[str, str, str]:
    """State, secret, and where to go on; nothing where there is no such cookie, or not one of ours."""
    try:
        state, secret, next = json.loads(unquote(request.cookies.get(PROVIDER_COOKIE, "")))
    except ValueError:
        return "", "", "/account"
    return str(state), str(secret), str(next)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _words(request: Request) -> Wording:
    """The language of the address; else the one the browser prefers."""
    asked = request.query_params.get("lang", "")
    if not asked:
        wanted = request.headers.get("accept-language", "").lower()
        french, english = wanted.find("fr"), wanted.find("en")
        asked = "en" if english >= 0 and (french < 0 or english < french) else "fr"
    return _wording(read_language({"lang": asked}))


@cache
def _wording(language: str) -> Wording:
    return Wording(language, ACCOUNT_WORDS)
