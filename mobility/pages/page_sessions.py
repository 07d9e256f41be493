"""Who looks at a page: a cookie scripts cannot read, and a token in every form, so that no other site can send one.

caller = sessions.caller(request)
if caller is None:
    return sessions.ask_to_sign_in(request)
…
<input type="hidden" name="form_token" value="{{ form_token }}">    # sessions.form_token(request)
return sessions.take_form(request, form_token, page, act, again, done)    # in what the form is sent to
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mobility.accounts.caller import Caller
from mobility.acts.accounts.ports import AccountPorts
from mobility.acts.accounts.sign_in import PAGE_HOURS, authenticate_page

SESSION_COOKIE = "mobility_session"
FORM_COOKIE = "mobility_form"
LOCAL_PATH_MAX = 8000
"""A journey of several quotes is a long address."""


class FormExpiredError(Exception):
    """A form was not sent from our page, or that page was opened too long ago."""


class TypedWrongError(Exception):
    """What was typed in a form means nothing; the message is for its page, in its language."""


class PageSessions:
    """Reads and writes the cookies."""

    def __init__(self, ports: AccountPorts) -> None:
        self._ports = ports

    def caller(self, request: Request) -> Caller | None:
        """Who is signed in in this browser."""
        cookie = request.cookies.get(SESSION_COOKIE, "")
        return authenticate_page(self._ports, cookie) if cookie else None

    def ask_to_sign_in(self, request: Request) -> Response:
        """To the page for signing in, and back here afterwards."""
        return self._sign_in_for(request.url.path + (f"?{request.url.query}" if request.url.query else ""))

    def begin(self, request: Request, response: Response, cookie: str) -> None:
        """From this answer on the browser is signed in."""
        self._set(request, response, SESSION_COOKIE, cookie, PAGE_HOURS * 3600)

    def end(self, request: Request, response: Response) -> None:
        """From this answer on it no longer is."""
        response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")

    def form_token(self, request: Request) -> str:
        """The token of the forms on a page; its answer goes through `keep_form`."""
        return self._token(_form_secret(request))

    def keep_form(self, request: Request, response: Response) -> Response:
        """The answer, with what the token of its forms is checked against."""
        if SESSION_COOKIE not in request.cookies and FORM_COOKIE not in request.cookies:
            self._set(request, response, FORM_COOKIE, _form_secret(request), 24 * 3600)
        return response

    def check_form(self, request: Request, token: str) -> None:
        """Raises FormExpiredError unless one of our pages, in this browser, sent the form."""
        secret = request.cookies.get(SESSION_COOKIE) or request.cookies.get(FORM_COOKIE)
        expected = self._token(secret) if secret else ""
        if not expected or not hmac.compare_digest(expected.encode(), token.encode("utf-8", "replace")):
            raise FormExpiredError("open the page again, and send the form from there")

    def take_form(
        self,
        request: Request,
        token: str,
        page: str,
        act: Callable[[Caller], object],
        again: Callable[[Caller, Exception], Response],
        done: str,
        refusals: tuple[type[Exception], ...] = (),
    ) -> Response:
        """Do what a form asks for whoever is signed in, then go on to the page `done`. One of `refusals`, or a form
        that is not ours: nothing is done, and `again` shows the page with what was typed. `page`: where the form
        is, to come back to after signing in."""
        caller = self.caller(request)
        if caller is None:
            return self._sign_in_for(page)
        refused: tuple[type[Exception], ...] = (FormExpiredError, *refusals)
        try:
            self.check_form(request, token)
            act(caller)
        except refused as error:
            return again(caller, error)
        return RedirectResponse(done, status_code=303)

    def set_cookie(self, request: Request, response: Response, name: str, value: str, lasts_s: int) -> None:
        """A cookie as ours are; a time of 0 removes it."""
        self._set(request, response, name, value, lasts_s)

    def _sign_in_for(self, page: str) -> Response:
        return RedirectResponse(f"/login?next={quote(local_path(page), safe='')}", status_code=303)

    def _token(self, secret: str) -> str:
        return hmac.digest(
            self._ports.page_secret, b"form " + secret.encode("utf-8", "replace"), "sha256"
        ).hex()

    def _set(self, request: Request, response: Response, name: str, value: str, lasts_s: int) -> None:
        secure = request.url.scheme == "https" or self._ports.rules.public_url.startswith("https://")
        response.set_cookie(
            name, value, max_age=lasts_s, path="/", secure=secure, httponly=True, samesite="lax"
        )


def local_path(path: str) -> str:
    """A path of this server and of no other; "/account" for anything else."""
    sane = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if sane and len(path) <= LOCAL_PATH_MAX else "/account"


def _form_secret(request: Request) -> str:
    """What the token of this request's forms belongs to: the session's cookie, the form's, or a new one."""
    known = request.cookies.get(SESSION_COOKIE) or request.cookies.get(FORM_COOKIE)
    if known:
        return known
    if not hasattr(request.state, "form_secret"):
        request.state.form_secret = secrets.token_urlsafe(32)
    return str(request.state.form_secret)
