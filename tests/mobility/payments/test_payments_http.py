"""A server that really listens: payments over HTTP, the page of the test bank, and webhooks that are really sent."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import uvicorn

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.api import create_app
from mobility.bootstrap import ConfigurationError, Services, build_services
from mobility.pages.sandbox_bank_wording import SANDBOX_BANK_WORDS
from mobility.settings import Settings
from tests.mobility.pages.page_reader import read_page
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.tickets.ticket import Ticket

STOP = FareStop("a", "A")
DEPARTURE_S = 1_900_000_000
PASSWORD = "correct horse battery"


@dataclass
class Shop:
    services: Services
    address: str
    people: dict[str, tuple[str, str]]
    orders: int = 0

    def order(self, who: str = "anne", cents: int = 451) -> Order:
        self.orders += 1
        leg = FareLeg(FareMode.COACH, STOP, STOP, DEPARTURE_S, DEPARTURE_S + 60, 10, agency_id="coaches")
        line = PriceLine("c", "Trajet", "Trip", "single", (0,), (0,), cents, cents, "r", 100)
        item = OrderItem("1", OrderStatus.PREBOOKED, (leg,), (Rider(),), (line,))
        now = self.services.acts.now()
        made = Order(
            *(
                f"{self.orders:032x}",
                f"ABCD{self.orders:04}",
                self.people[who][0],
                "p",
                OrderStatus.PREBOOKED,
            ),
            *((item,), "t1", now, now, now + dt.timedelta(minutes=10)),
        )
        with self.services.unit_of_work() as work:
            work.orders.put_order(made)
            work.commit()
        return made

    def client(self, who: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.people[who][1]}"} if who else {}
        return httpx.Client(base_url=self.address, headers=headers, timeout=120)

    def work_until_fulfilled(self, order: Order) -> list[Ticket]:
        """What the worker does until the order's tickets are there."""
        until = time.monotonic() + 120
        while True:
            self.services.worker.run_once()
            with self.services.unit_of_work(read_only=True) as work:
                found, tickets = work.orders.find_order(order.id), work.orders.list_tickets(order.id)
            if found is not None and found.status is OrderStatus.FULFILLED:
                return tickets
            assert time.monotonic() < until, "no webhook brought the tickets"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("payments")
    settings = Settings(data_dir=folder, log_level="error", worker="separate", port=port)
    with build_services(settings) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
        people = {}
        for name, role in (("anne", Role.TRAVELLER), ("mallory", Role.TRAVELLER), ("agnes", Role.AGENT)):
            details = Details(f"{name}@example.org", "", name, "Durand", "0612345678")
            person = add_person(services.accounts, SYSTEM, details, frozenset((role,)), PASSWORD)
            with services.accounts.unit_of_work() as work:
                tokens = begin_session(services.accounts, work, person.id, TokenKind.REFRESH)
                work.commit()
            people[name] = person.id, tokens.access_token
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(services), host="127.0.0.1", port=port, log_level="error", lifespan="off"
            )
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield Shop(services, f"http://127.0.0.1:{port}", people)
        server.should_exit = True
        thread.join(10)


def test_a_buyer_pays_on_the_banks_page_and_the_webhook_brings_the_tickets(shop: Shop) -> None:
    order = shop.order()
    with shop.client("anne") as anne, shop.client() as browser:
        begun = anne.post(f"/v1/orders/{order.id}/payments", json={})
        assert begun.status_code == 201, begun.text
        payment = begun.json()
        assert (payment["status"], payment["amountCents"]) == ("pending", 451)
        page = browser.get(payment["redirectUrl"], params={"lang": "en"})
        assert page.status_code == 200
        form = read_page(page.text).get("form", method="post")
        fields = {
            one.attributes["name"]: one.attributes["value"] for one in form.find_all("input", type="hidden")
        }
        labels = {one.attributes["for"] for one in form.find_all("label")}
        radios = form.find_all("input", type="radio")
        assert {one.attributes["id"] for one in radios} == labels
        assert "€4.51" in page.text
        sent = fields | {"card": "late-webhook", "do": "pay"}
        assert browser.post(form.attributes["action"], data=sent | {"form_token": "x"}).status_code == 422
        assert browser.post(form.attributes["action"], data=sent | {"card": "x"}).status_code == 422
        sent["card"] = "double-webhook"
        paid = browser.post(form.attributes["action"], data=sent)
        assert (paid.status_code, paid.headers["location"]) == (
            303,
            f"{shop.address}/tickets/orders/{order.id}?done=paid",
        )
        again = browser.get(payment["redirectUrl"], params={"lang": "fr"})
        assert "Payé" in again.text
        assert not read_page(again.text).get("main").find_all("form")
        assert len(shop.work_until_fulfilled(order)) == 1
        listed = anne.get(f"/v1/orders/{order.reference}/payments").json()
        assert [(one["kind"], one["status"]) for one in listed] == [("charge", "captured")]


def test_pending_is_asked_again_and_stopped(shop: Shop) -> None:
    order = shop.order()
    with shop.client("anne") as anne:
        begun = anne.post(
            f"/v1/orders/{order.id}/payments", json={"method": "never"}, headers={"Idempotency-Key": "k"}
        )
        one = f"/v1/orders/{order.id}/payments/{begun.json()['id']}"
        assert anne.get(one).json()["status"] == "pending"
        again = anne.post(
            f"/v1/orders/{order.id}/payments", json={"method": "never"}, headers={"Idempotency-Key": "k"}
        )
        assert again.json()["id"] == begun.json()["id"]
        assert anne.post(f"{one}/cancel").json()["status"] == "cancelled"
        wrong = anne.post(f"/v1/orders/{order.id}/payments", json={"method": "amex"}).json()
        assert (wrong["status"], "no test card" in wrong["reason"]) == ("refused", True)
        refused = anne.post(f"/v1/orders/{order.id}/payments", json={"method": "refuse"}).json()
        assert (refused["status"], refused["reason"]) == ("refused", "insufficient-funds")
        assert (
            anne.post(f"/v1/orders/{order.id}/payments", json={"method": "ok"}).json()["status"] == "captured"
        )


def test_receipts(shop: Shop) -> None:
    order = shop.order()
    with shop.client("anne") as anne, shop.client("mallory") as mallory:
        assert anne.get(f"/v1/orders/{order.id}/receipt").status_code == 409
        anne.post(f"/v1/orders/{order.id}/payments", json={"method": "ok"})
        told = anne.get(f"/v1/orders/{order.id}/receipt").json()
        assert (told["totalCents"], told["vatMode"], told["paidCents"]) == (451, "line", 451)
        assert told["vat"] == [{"permille": 100, "netCents": 410, "vatCents": 41, "cents": 451}]
        for language in ("fr", "en"):
            paper = anne.get(f"/v1/orders/{order.id}/receipt.pdf", params={"lang": language})
            assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
        assert anne.get(f"/v1/orders/{order.id}/receipt.pdf", params={"lang": "de"}).status_code == 400
        for path in ("receipt", "receipt.pdf", "payments"):
            assert mallory.get(f"/v1/orders/{order.id}/{path}").status_code == 404
        assert mallory.post(f"/v1/orders/{order.id}/payments", json={}).status_code == 404


def test_receipts_on_pages(shop: Shop) -> None:
    order = shop.order()
    address = f"/tickets/orders/{order.id}/receipt"
    with shop.client("anne") as anne, shop.client() as browser:
        page = browser.get("/login")
        form = next(one for one in read_page(page.text).find_all("form", method="post"))
        fields = {one.attributes["name"]: one.attributes.get("value", "") for one in form.find_all("input")}
        asked = browser.get(address)
        assert (asked.status_code, asked.headers["location"][:6]) == (303, "/login")
        sent = fields | {"email": "anne@example.org", "password": PASSWORD}
        assert browser.post(form.attributes["action"], data=sent).status_code == 303
        assert browser.get(address).status_code == 404, "nothing is paid"
        anne.post(f"/v1/orders/{order.id}/payments", json={"method": "ok"})
        for language, title, total in (("fr", "Reçu", "4,51\u00a0€"), ("en", "Receipt", "€4.51")):
            shown = read_page(browser.get(address, params={"lang": language}).text)
            assert shown.get("h1").text() == title
            cells = [one.text() for one in shown.get("main").find_all("td")]
            assert total.replace("\u00a0", " ") in cells
            paper = browser.get(f"{address}.pdf", params={"lang": language})
            assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
        assert browser.get("/tickets/orders/none/receipt").status_code == 404
        assert browser.get(address, params={"access": "x"}).status_code == 404


def test_an_agent_sells_for_cash_and_counts(shop: Shop) -> None:
    order = shop.order()
    with shop.client("agnes") as agnes, shop.client("anne") as anne:
        assert anne.post(f"/v1/orders/{order.id}/cash").status_code == 403
        sold = agnes.post(f"/v1/orders/{order.id}/cash", headers={"Idempotency-Key": "k"}).json()
        assert (sold["status"], len(sold["ticketRefs"]), sold["payment"]["provider"]) == (
            "FULFILLED",
            1,
            "cash",
        )
        assert agnes.get("/v1/payments/till").json()["expectedCents"] == 451
        count = agnes.post("/v1/payments/till/counts", json={"countedCents": 450, "depositedCents": 400})
        assert count.status_code == 201
        assert (count.json()["differenceCents"], count.json()["leftCents"]) == (-1, 50)
        assert agnes.get("/v1/payments/refunds").status_code == 403


def test_webhooks_that_are_not_the_banks(shop: Shop) -> None:
    with shop.client() as anybody:
        for headers in ({}, {"Sandbox-Signature": "t=1,v1=00"}):
            refused = anybody.post("/v1/payments/webhooks/sandbox", content=b"{}", headers=headers)
            assert (refused.status_code, refused.json()["type"]) == (
                400,
                "urn:mobility:problem:bad-parameter",
            )
        assert anybody.post("/v1/payments/webhooks/paypal", content=b"{}").status_code == 404
        assert anybody.get("/sandbox-bank/sbx_unknown").status_code == 404
        assert anybody.post("/sandbox-bank/sbx_unknown", data={"card": "ok"}).status_code == 404


def test_a_bank_that_falls_silent_on_its_page(shop: Shop) -> None:
    order = shop.order()
    with shop.client("anne") as anne, shop.client() as browser:
        payment = anne.post(f"/v1/orders/{order.id}/payments", json={}).json()
        page = browser.get(payment["redirectUrl"])
        form = read_page(page.text).get("form", method="post")
        fields = {
            one.attributes["name"]: one.attributes["value"] for one in form.find_all("input", type="hidden")
        }
        silent = browser.post(form.attributes["action"], data=fields | {"card": "timeout-after-capture"})
        assert silent.status_code == 504
        found = anne.get(f"/v1/orders/{order.id}/payments/{payment['id']}").json()
        assert found["status"] == "captured"


def test_both_languages_say_the_same() -> None:
    assert SANDBOX_BANK_WORDS["fr"].keys() == SANDBOX_BANK_WORDS["en"].keys()


def test_no_sandbox_where_real_people_pay(tmp_path: Path) -> None:
    real = {"data_dir": tmp_path, "public_url": "https://mobilite.example.org"}
    assert Settings(**real).payment_provider == "none"
    assert Settings(data_dir=tmp_path).payment_provider == "sandbox"
    assert Settings(data_dir=tmp_path, public_url="http://127.0.0.1:8000").payment_provider == "sandbox"
    assert Settings(**real, production=False).payment_provider == "sandbox"
    for wrong in (
        {"payment_provider": "sandbox"},
        {"payment_provider": "stripe"},
        {"payment_provider": "stripe", "stripe_secret_key": "sk_1"},
    ):
        with pytest.raises(ValueError, match="MOBILITY_PAYMENT_PROVIDER"):
            Settings(**real, **wrong)
    with pytest.raises(ValueError, match="MOBILITY_PUBLIC_URL"):
        Settings(data_dir=tmp_path, payment_provider="eopayment")
    with build_services(Settings(**real, worker="separate")) as services:
        assert services.sales.providers == {}
        assert services.payments.sandbox is None
    broken = Settings(**real, payment_provider="eopayment", eopayment_options="[")
    with pytest.raises(ConfigurationError, match="MOBILITY_EOPAYMENT_OPTIONS"):
        build_services(broken)
    pytest.importorskip("stripe")
    keys = {"stripe_secret_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"}
    with build_services(Settings(**real, **keys, payment_provider="stripe")) as services:
        assert list(services.sales.providers) == ["stripe"]
    options = '{"numcli": "123456", "saisie": "T"}'
    with build_services(
        Settings(**real, payment_provider="eopayment", eopayment_options=options)
    ) as services:
        assert list(services.sales.providers) == ["payfip"]
