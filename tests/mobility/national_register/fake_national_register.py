"""A national register of our own: a real HTTP server that enforces the schema, and misbehaves when it is told to."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from jsonschema import Draft202012Validator

from tests.mobility.national_register.journey_schema import CANCELLING, JOURNEY, UPDATE
from tests.served import served

ACCESS_KEY, SECRET_KEY = "key-of-the-operator", "secret-of-the-operator"


class Misbehaviour(StrEnum):
    """What may become of one request (of the token's too, where it says so)."""

    DROPPED = "dropped"
    """The connection breaks before anything was done."""
    DONE_AND_DROPPED = "done and dropped"
    """It is done, and no answer comes."""
    FAILED = "failed"
    """500, and nothing was done."""
    DONE_AND_FAILED = "done and failed"
    """500, though it was done."""
    BUSY = "busy"
    """429 with Retry-After."""
    SLOW = "slow"
    """It is done, and the answer comes when nobody waits any more."""
    NO_TOKEN = "no token"
    """401: the token is of no use any more."""
    NONSENSE = "nonsense"
    """It is done, and the answer is no JSON."""


@dataclass
class FakeRegister:
    """Its state. `journeys` by operator_journey_id; `plan`: what becomes of the next requests, one each."""

    address: str = ""
    journeys: dict[str, dict[str, Any]] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    """Each registration that was accepted, in order."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    updates: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    scripts: dict[str, deque[dict[str, Any]]] = field(default_factory=dict)
    """What a journey's status is when it is asked for, one after the other; the last one stays."""
    cancelled: set[str] = field(default_factory=set)
    plan: deque[Misbehaviour | None] = field(default_factory=deque)
    slow_s: float = 1.0
    token_s: float = 300.0
    tokens: dict[str, float] = field(default_factory=dict)
    tokens_given: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    schemas: dict[str, Any] = field(
        default_factory=lambda: {"journey": JOURNEY, "update": UPDATE, "cancelling": CANCELLING}
    )

    # ── what it does ───────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, body: Any) -> tuple[int, Any]:
        if body != {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}:
            return 401, {"message": "Unauthorized"}
        token = secrets.token_hex(8)
        self.tokens[token] = time.monotonic() + self.token_s
        self.tokens_given += 1
        return 201, {"access_token": token}

    def register(self, body: Any) -> tuple[int, Any]:
        refused = self._refuse("journey", body)
        if refused:
            return refused
        identifier = body["operator_journey_id"]
        if identifier in self.journeys:
            return 409, {"jsonrpc": "2.0", "error": {"message": "Conflict"}}
        if body["distance"] < 2000:
            labels = {"terms_violation_labels": ["distance_too_short"]}
            return 422, {"jsonrpc": "2.0", "error": {"code": -32422, "data": labels}}
        self.journeys[identifier] = body
        self.accepted.append(identifier)
        data = {"operator_journey_id": identifier, "created_at": "2026-01-01T00:00:00+0100"}
        return 201, {"id": 1, "jsonrpc": "2.0", "result": {"meta": None, "data": data}}

    def update(self, identifier: str, body: Any) -> tuple[int, Any]:
        refused = self._refuse("update", body)
        if refused:
            return refused
        if identifier not in self.journeys:
            return 404, {"error": "Not found"}
        self.journeys[identifier] |= body
        self.updates.setdefault(identifier, []).append(body)
        return 200, {}

    def cancel(self, identifier: str, body: Any) -> tuple[int, Any]:
        refused = self._refuse("cancelling", body)
        if refused:
            return refused
        if identifier not in self.journeys:
            return 404, {"error": "Not found"}
        if identifier in self.cancelled:
            return 409, {"error": "Conflict"}
        self.cancelled.add(identifier)
        return 200, {}

    def status(self, identifier: str) -> tuple[int, Any]:
        if identifier not in self.journeys:
            return 404, {"code": 404, "error": "Not found"}
        said: dict[str, Any] = {"status": "pending"}
        script = self.scripts.get(identifier)
        if script:
            said = script[0] if len(script) == 1 else script.popleft()
        if identifier in self.cancelled:
            said = {"status": "canceled"}
        known = {"operator_journey_id": identifier, "created_at": "2026-01-01T00:00:00+0100"}
        return 200, known | {"journey_id": f"rpc-{identifier[:8]}"} | said

    def _refuse(self, schema: str, body: Any) -> tuple[int, Any] | None:
        errors = [error.message for error in Draft202012Validator(self.schemas[schema]).iter_errors(body)]
        return (400, {"jsonrpc": "2.0", "error": {"message": errors[0]}}) if errors else None

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """What a well-behaved register answers."""
        parts = path.strip("/").split("/")
        with self.lock:
            self.requests.append((method, path))
            if parts == ["journeys"] and method == "POST":
                return self.register(body)
            if len(parts) == 2 and method in ("GET", "PATCH"):
                return self.status(parts[1]) if method == "GET" else self.update(parts[1], body)
            if len(parts) == 3 and parts[2] == "cancel" and method == "POST":
                return self.cancel(parts[1], body)
            return 404, {"error": "Not found"}

    def is_signed_in(self, header: str) -> bool:
        until = self.tokens.get(header.removeprefix("Bearer "), 0.0)
        return header.startswith("Bearer ") and time.monotonic() < until


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    register: FakeRegister

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""

    def _handle(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(content) if content else None
        except ValueError:
            self._say(400, {"error": "no JSON"})
            return
        register = self.register
        if self.path == "/auth/access_token":
            with register.lock:
                answer = register.sign_in(body)
            self._say(*answer)
            return
        with register.lock:
            bad = register.plan.popleft() if register.plan else None
        if not register.is_signed_in(self.headers.get("Authorization", "")):
            self._say(401, {"message": "Unauthorized"})
            return
        self._misbehave(bad, body)

    def _misbehave(self, bad: Misbehaviour | None, body: Any) -> None:
        if bad is Misbehaviour.DROPPED:
            self.close_connection = True
        elif bad is Misbehaviour.FAILED:
            self._say(500, {"error": "Internal"})
        elif bad is Misbehaviour.BUSY:
            self._say(429, {"error": "Too many"}, {"Retry-After": "7"})
        elif bad is Misbehaviour.NO_TOKEN:
            self.register.tokens.clear()
            self._say(401, {"message": "Unauthorized"})
        else:
            status, answer = self.register.answer(self.command, self.path, body)
            if bad is Misbehaviour.DONE_AND_DROPPED:
                self.close_connection = True
            elif bad is Misbehaviour.DONE_AND_FAILED:
                self._say(502, {"error": "Bad gateway"})
            elif bad is Misbehaviour.NONSENSE:
                self._send(status, b"<html>\xff</html>", {})
            else:
                if bad is Misbehaviour.SLOW:
                    time.sleep(self.register.slow_s)
                self._say(status, answer)

    def _say(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(answer).encode(), headers or {})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_PATCH = _handle  # noqa: N815 - the names http.server looks for


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who is killed does not say goodbye."""


@contextmanager
def run_register() -> Iterator[FakeRegister]:
    """A register on a free port of 127.0.0.1, until the block ends."""
    register = FakeRegister()
    handler = type("Handler", (_Handler,), {"register": register})
    server = _Server(("127.0.0.1", 0), handler)
    register.address = f"http://127.0.0.1:{server.server_address[1]}"
    with served(server):
        yield register
