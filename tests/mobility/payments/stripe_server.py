"""A server that speaks the part of Stripe's protocol we use: forms in, JSON out, idempotency keys, faults on demand."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

Json = dict[str, Any]


class StripeServer(ThreadingHTTPServer):
    """Its sessions, intents and refunds. `faults`: what becomes of the next requests ("drop-before", "drop-after",
    "500", "429")."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.sessions: dict[str, Json] = {}
        self.intents: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.keys: dict[str, tuple[str, tuple[int, Json]]] = {}
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.headers: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def pay(self, session_id: str) -> None:
        """The buyer pays on Stripe's page."""
        session = self.sessions[session_id]
        intent = f"pi_{len(self.intents) + 1}"
        self.intents[intent] = {"id": intent, "object": "payment_intent", "status": "succeeded"}
        session.update(status="complete", payment_status="paid", payment_intent=intent, url=None)

    def begin_transfer(self, session_id: str, status: str) -> None:
        """The buyer promises a transfer; its bank says `status` of it."""
        self.pay(session_id)
        session = self.sessions[session_id]
        session["payment_status"] = "unpaid"
        self.intents[session["payment_intent"]].update(
            status=status, last_payment_error={"code": "charge_exceeds_source_limit"}
        )


class _Handler(BaseHTTPRequestHandler):
    server: StripeServer

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        self._answer(dict(parse_qsl(body)), body)

    def _answer(self, form: dict[str, str], body: str = "") -> None:
        server = self.server
        with server.lock:
            server.asked.append(f"{self.command} {self.path}")
            server.headers.append(str(self.headers))
            fault = server.faults.pop(0) if server.faults else ""
            if fault == "drop-before":
                self.close_connection = True
                self.connection.shutdown(2)
                return
            status, said = self._with_key(form, body)
            if fault in ("500", "429"):
                status, said = int(fault), {"error": {"type": "api_error", "message": "try again"}}
        if fault == "drop-after":
            self.close_connection = True
            self.connection.shutdown(2)
            return
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _with_key(self, form: dict[str, str], body: str) -> tuple[int, Json]:
        if not self.headers.get("authorization", "").endswith("sk_test_1"):
            return 401, {"error": {"type": "authentication_error", "message": "no such key"}}
        key = self.headers.get("idempotency-key", "") if self.command == "POST" else ""
        known = self.server.keys.get(key) if key else None
        if known is None:
            answer = self._do(form)
            if key:
                self.server.keys[key] = (body, answer)
            return answer
        if known[0] != body:
            message = "Keys for idempotent requests can only be used with the same parameters"
            return 400, {"error": {"type": "idempotency_error", "message": message}}
        return known[1]

    def _do(self, form: dict[str, str]) -> tuple[int, Json]:
        url = urlsplit(self.path)
        match self.command, url.path.removeprefix("/v1/").split("/"):
            case "POST", ["checkout", "sessions"]:
                return 200, self._session(form)
            case "GET", ["checkout", "sessions"]:
                intent = parse_qs(url.query)["payment_intent"][0]
                found = [one for one in self.server.sessions.values() if one["payment_intent"] == intent]
                return 200, {"object": "list", "data": found, "has_more": False, "url": url.path}
            case "GET", ["checkout", "sessions", name]:
                return self._found(self.server.sessions, name)
            case "POST", ["checkout", "sessions", name, "expire"]:
                session = self.server.sessions.get(name)
                if session is None or session["status"] != "open":
                    return 400, {"error": {"type": "invalid_request_error", "message": "not open"}}
                session.update(status="expired", url=None)
                return 200, session
            case "GET", ["payment_intents", name]:
                return self._found(self.server.intents, name)
            case "POST", ["refunds"]:
                return self._refund(form)
            case "GET", ["refunds"]:
                intent = parse_qs(url.query)["payment_intent"][0]
                found = [one for one in self.server.refunds.values() if one["payment_intent"] == intent]
                return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}
        return 404, {"error": {"type": "invalid_request_error", "message": f"unrecognized {self.path}"}}

    def _session(self, form: dict[str, str]) -> Json:
        name = f"cs_{len(self.server.sessions) + 1}"
        session: Json = {
            "id": name,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(form["line_items[0][price_data][unit_amount]"])
            * int(form["line_items[0][quantity]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "client_reference_id": form["client_reference_id"],
            "metadata": {"key": form["metadata[key]"], "order": form["metadata[order]"]},
            "url": f"https://checkout.stripe.com/c/pay/{name}",
            "success_url": form["success_url"],
        }
        self.server.sessions[name] = session
        return session

    def _refund(self, form: dict[str, str]) -> tuple[int, Json]:
        intent, cents = form["payment_intent"], int(form["amount"])
        (session,) = [one for one in self.server.sessions.values() if one["payment_intent"] == intent]
        given = sum(one["amount"] for one in self.server.refunds.values() if one["payment_intent"] == intent)
        if given + cents > session["amount_total"]:
            return 400, {"error": {"type": "invalid_request_error", "message": "more than was charged"}}
        name = f"re_{len(self.server.refunds) + 1}"
        refund = {
            "id": name,
            "object": "refund",
            "amount": cents,
            "payment_intent": intent,
            "status": "succeeded",
            "metadata": {"key": form["metadata[key]"]},
        }
        self.server.refunds[name] = refund
        return 200, refund

    def _found(self, things: dict[str, Json], name: str) -> tuple[int, Json]:
        if name not in things:
            return 404, {"error": {"type": "invalid_request_error", "message": f"No such {name}"}}
        return 200, things[name]

    def log_message(self, *args: object) -> None:
        pass
