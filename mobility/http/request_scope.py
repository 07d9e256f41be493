"""Around every request: its identifier, limits, log line, metrics and security headers. Plain ASGI, for speed.

Log lines name the route, never the query string, a body, a coordinate or an address.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from traceback import extract_tb

import anyio.to_thread
import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mobility.http.metrics import Metrics
from mobility.http.problems import Problem, problem_response

QUERY_STRING_MAX = 16_384
LIMIT_WINDOW_S = 60

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"geolocation=(self), camera=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self'; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
)

_NULL_IN_JSON = re.compile(rb"\0|(?<!\\)(?:\\\\)*\\u0000")
"""A backslash that is itself escaped begins no character. No body is in UTF-16, which is full of zeros: JSON between
systems is in UTF-8 (RFC 8259, 8.1)."""
_NULL_IN_FORM = re.compile(rb"\0|%00")

PICTURES: dict[str, int] = {"/inspection": 12_000_000}
"""Where pictures are sent to (as multipart/form-data), and how large they may be, in bytes: telephones take large ones.
Whoever reads them takes null characters out of what is typed beside them."""

_SANE_ID = re.compile(rb"[A-Za-z0-9._:-]{8,64}")

_log = structlog.get_logger("mobility.http")

CountRequests = Callable[[str, float], int]
"""Counts one more under a key that lives so many seconds, and says how many there are now."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """`per_minute` 0: as many as one likes."""

    body_bytes_max: int = 1_000_000
    per_minute: int = 0


class RequestScope:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, limits: RequestLimits, metrics: Metrics, count: CountRequests) -> None:
        self._app, self._limits, self._metrics, self._count = app, limits, metrics, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        identifier = _identify(scope)
        scope.setdefault("state", {})["request_id"] = identifier
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identifier)
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message.setdefault("headers", [])
                present = {name.lower() for name, _ in headers}
                headers.extend(header for header in SECURITY_HEADERS if header[0] not in present)
                headers.append((b"x-request-id", identifier.encode()))
            await send(message)

        try:
            await self._answer(scope, receive, send_on, lambda: status > 0)
        finally:
            self._account(scope, status or 500, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, started: Callable[[], bool]) -> None:
        request = Request(scope)
        try:
            refused = await self._refuse(request)
            if refused is None:
                await self._app(scope, self._checked(request, receive), send)
                return
        except Exception as error:
            # without its message, which may hold what was asked
            frames = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)
            ]
            _log.error("request failed", route=_route(scope), error=type(error).__name__, frames=frames[-8:])
            if started():
                raise
            refused = Problem(
                500,
                "internal-error",
                "Une erreur est survenue de notre côté. Réessayez ; si elle persiste, indiquez ce numéro de requête.",
                "Something failed on our side. Try again; if it goes on, tell us this request id.",
            )
        if not started():
            await problem_response(request, refused)(scope, receive, send)

    async def _refuse(self, request: Request) -> Problem | None:
        """Why a request is not even looked at."""
        if len(request.scope["query_string"]) > QUERY_STRING_MAX:
            return Problem(
                414,
                "too-large",
                f"L’adresse dépasse {QUERY_STRING_MAX} caractères.",
                f"The address is longer than {QUERY_STRING_MAX} characters.",
            )
        if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
            return _null_character("L’adresse", "The address")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._bytes_max(request):
            return self._too_large(request)
        if self._limits.per_minute:
            return await self._refuse_many(request)
        return None

    async def _refuse_many(self, request: Request) -> Problem | None:
        address = request.client.host if request.client else ""
        minute = int(time.time() // LIMIT_WINDOW_S)
        # the address itself is not kept: it is personal data
        key = f"rate:{minute}:{hashlib.blake2b(address.encode(), digest_size=12).hexdigest()}"
        made = await anyio.to_thread.run_sync(partial(self._count, key, LIMIT_WINDOW_S * 2.0))
        if made <= self._limits.per_minute:
            return None
        wait_s = LIMIT_WINDOW_S - int(time.time()) % LIMIT_WINDOW_S
        return Problem(
            429,
            "too-many-requests",
            f"Plus de {self._limits.per_minute} demandes par minute. Réessayez dans {wait_s} secondes.",
            f"More than {self._limits.per_minute} requests a minute. Try again in {wait_s} seconds.",
            headers={"Retry-After": str(wait_s)},
        )

    def _bytes_max(self, request: Request) -> int:
        return max(self._limits.body_bytes_max, _picture_bytes_max(request))

    def _too_large(self, request: Request) -> Problem:
        most = self._bytes_max(request)
        return Problem(
            413,
            "too-large",
            f"Le corps de la requête dépasse {most} octets.",
            f"The request's body is larger than {most} bytes.",
        )

    def _checked(self, request: Request, receive: Receive) -> Receive:
        """The body's pieces, until what there is of it is refused (Problem)."""
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        null, received = _NULL_IN_FORM if is_form else _NULL_IN_JSON, bytearray()
        is_picture, most = _picture_bytes_max(request) > 0, self._bytes_max(request)

        async def receive_checked() -> Message:
            message = await receive()
            received.extend(message.get("body", b""))
            if len(received) > most:
                raise self._too_large(request)
            if not message.get("more_body") and not is_picture and null.search(received):
                raise _null_character("Le corps de la requête", "The request's body")
            return message

        return receive_checked

    def _account(self, scope: Scope, status: int, took_s: float) -> None:
        route = _route(scope)
        self._metrics.observe(route, scope["method"], status, took_s)
        _log.info(
            "request", method=scope["method"], route=route, status=status, took_ms=round(took_s * 1000, 2)
        )


def _picture_bytes_max(request: Request) -> int:
    """How large the picture a request brings may be; 0: it brings none."""
    is_multipart = request.headers.get("content-type", "").startswith("multipart/form-data")
    return PICTURES.get(request.scope["path"], 0) if is_multipart else 0


def _null_character(french: str, english: str) -> Problem:
    """Nothing has such a name, and PostgreSQL can neither keep nor compare it."""
    return Problem(
        400,
        "bad-parameter",
        f"{french} contient un caractère nul (U+0000).",
        f"{english} contains a null character (U+0000).",
    )


def _identify(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE_ID.fullmatch(value):
            return str(value.decode("ascii"))
    return secrets.token_hex(16)


def _route(scope: Scope) -> str:
    """The route's template, so that neither logs nor metrics hold what was asked."""
    path = getattr(scope.get("route"), "path", None)
    if path is None and "endpoint" in scope and not scope.get("path_params"):
        path = scope["path"]  # matched, and without anything variable in it
    return str(path or "other")
