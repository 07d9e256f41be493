"""What all pages have in common: how they are rendered, their style sheet, and the headers that go with them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from mobility.pages.form import read_language
from mobility.pages.page_sessions import PageSessions
from mobility.pages.wording import Wording

SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""A page needs its style sheet and nothing else."""


def render_page(
    words: Wording, template: str, status: int = 200, referrer: str = "no-referrer", **shown: Any
) -> HTMLResponse:
    """A page from its template and what is shown on it. `referrer`: its Referrer-Policy."""
    html = _environment().get_template(template).render(t=words, style=style_address(), **shown)
    headers = {
        "Content-Language": words.language,
        "Content-Security-Policy": SECURITY_POLICY,
        "Cache-Control": "no-store",
        "Referrer-Policy": referrer,
    }
    return HTMLResponse(html, status_code=status, headers=headers)


def render_form_page(
    request: Request,
    sessions: PageSessions,
    words: Wording,
    template: str,
    heading: str,
    status: int = 200,
    referrer: str = "no-referrer",
    **shown: Any,
) -> Response:
    """A page with forms, and with the cookie they are checked against."""
    values = {"errors": {}, "notice": "", "next": "", "here": request.url.path, **shown}
    token = sessions.form_token(request)
    page = render_page(words, template, status, referrer, heading=heading, form_token=token, **values)
    return sessions.keep_form(request, page)


class PageSet:
    """The pages of one subject: what they say in each language, and how they are answered.

    `words`: a text by key, by language. `referrer`: their Referrer-Policy.
    """

    def __init__(self, words: dict[str, dict[str, str]], referrer: str = "same-origin") -> None:
        self._words, self._referrer = words, referrer

    def words(self, request: Request) -> Wording:
        """What they say, in the language of the address."""
        return Wording(read_language(request.query_params), self._words)

    def page(
        self,
        request: Request,
        sessions: PageSessions,
        template: str,
        heading: str,
        status: int = 200,
        **shown: Any,
    ) -> Response:
        """One of them, with its forms."""
        words = self.words(request)
        return render_form_page(request, sessions, words, template, heading, status, self._referrer, **shown)


def style_address() -> str:
    """The style sheet of the pages, as it is now."""
    return f"/page.css?v={_style_version()}"


@cache
def style_sheet() -> bytes:
    """Its content."""
    return files("mobility.pages").joinpath("page.css").read_bytes()


@cache
def _style_version() -> str:
    return hashlib.sha256(style_sheet()).hexdigest()[:12]


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("mobility.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
