"""What `purchase_kills` kills: a shop (the routes and acts of sales, nothing else, so that it begins again in seconds)
and its worker; and the sandbox's bank, which nobody kills."""

from __future__ import annotations

import base64
import pickle
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import Depends, FastAPI, Request
from starlette.responses import JSONResponse, Response

from mobility.accounts.caller import Caller, Role
from mobility.acts.sales.follow_payments import follow_payments
from mobility.acts.sales.payment_port import (
    PaymentAnswer,
    PaymentEvent,
    PaymentRequest,
    ProviderRefusedError,
    ProviderSilentError,
)
from mobility.acts.sales.release import release_due
from mobility.http.order_refunds import order_refunds_router
from mobility.http.orders import orders_router
from mobility.http.payments import payments_router
from mobility.http.problems import Problem
from mobility.http.refusal_problems import refusal_problem
from mobility.outside.payments.sandbox import Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.outside.payments.sandbox_webhooks import SandboxWebhooks
from mobility.storage.database import open_database
from tests.mobility.under_fire.purchase_world import SECRET, now_utc, sales_ports
from ticketing.orders.refusal import OrderRefusedError

HERE = "http://127.0.0.1"


class BankFarAway:
    """Fills `PaymentProvider`: the sandbox in another process. What is sent to it stays done whoever dies here."""

    name = "sandbox"

    def __init__(self, port: int) -> None:
        self._http = httpx.Client(base_url=f"{HERE}:{port}", timeout=10)
        self._reader = Sandbox.__new__(Sandbox)
        self._reader._secret, self._reader._now = SECRET, now_utc

    def begin(self, request: PaymentRequest) -> PaymentAnswer:
        return self._ask("begin", request)

    def find(self, key: str, provider_ref: str) -> PaymentAnswer | None:
        return self._ask("find", key, provider_ref)

    def refund(self, provider_ref: str, key: str, amount_cents: int) -> PaymentAnswer:
        return self._ask("refund", provider_ref, key, amount_cents)

    def cancel(self, provider_ref: str) -> PaymentAnswer:
        return self._ask("cancel", provider_ref)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> PaymentEvent | None:
        return self._reader.read_webhook(headers, body)

    def _ask(self, act: str, *arguments: Any) -> Any:
        try:
            answer = self._http.post(f"/{act}", content=base64.b64encode(pickle.dumps(arguments)))
        except httpx.HTTPError as error:
            raise ProviderSilentError(str(error)) from error
        found = pickle.loads(base64.b64decode(answer.content))
        if isinstance(found, Exception):
            raise found
        return found


def serve_shop(database: str, port: int, bank_port: int) -> None:
    """The routes of sales. Who calls is said in a header: signing in is not what is tried here."""
    ports = sales_ports(open_database(database), [BankFarAway(bank_port)])
    app = FastAPI()

    def who(request: Request) -> Caller:
        return Caller(request.headers["x-person"], frozenset((Role.TRAVELLER,)))

    app.include_router(orders_router(ports, who))
    app.include_router(order_refunds_router(ports, who))
    app.include_router(payments_router(ports, who))

    @app.exception_handler(OrderRefusedError)
    def refused(request: Request, error: OrderRefusedError) -> JSONResponse:
        problem = refusal_problem(error)
        return JSONResponse({"detail": problem.english}, problem.status)

    @app.exception_handler(Problem)
    def not_so(request: Request, error: Problem) -> JSONResponse:
        return JSONResponse({"detail": error.english}, error.status)

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


def work(database: str, bank_port: int) -> None:
    """Releases, questions and refunds, for ever."""
    ports = sales_ports(open_database(database), [BankFarAway(bank_port)])
    while True:
        if not release_due(ports) + follow_payments(ports):
            time.sleep(0.5)


def serve_bank(folder: Path, port: int, shop_port: int) -> None:
    """The sandbox, and its webhooks."""
    book = SandboxBook(folder / "bank.sqlite")
    hooks = SandboxWebhooks(book, SECRET, now_utc, f"{HERE}:{shop_port}/v1/payments/webhooks/sandbox")
    bank, app = Sandbox(book, SECRET, now_utc, "", hooks.send_due), FastAPI()

    async def raw(request: Request) -> bytes:
        return await request.body()

    @app.post("/{act}")
    def do(act: str, body: bytes = Depends(raw)) -> Response:
        found: Any
        try:
            found = getattr(bank, act)(*pickle.loads(base64.b64decode(body)))
        except (ProviderSilentError, ProviderRefusedError) as error:
            found = error
        return Response(base64.b64encode(pickle.dumps(found)))

    def tell() -> None:
        while True:
            if not hooks.send_due():
                time.sleep(0.2)

    threading.Thread(target=tell, daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")
