"""A guest buys over HTTP: a price, a basket, a token that opens it, and its end."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM
from mobility.acts.sales.tariffs import publish_tariff
from mobility.api import create_app
from mobility.bootstrap import build_services
from mobility.settings import Settings
from tests.contracts.sales_scene import TARIFF_TEXT
from ticketing.tariff.read_tariff import parse_tariff


def test_a_guest_buys_a_carnet(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, log_level="error", worker="separate")
    with build_services(settings) as services:
        publish_tariff(services.acts, SYSTEM, parse_tariff(TARIFF_TEXT))
        client = TestClient(create_app(services))
        (offer,) = client.post("/v1/offers", json={"products": [{"product": "coach-carnet"}]}).json()
        assert offer["cents"] == 1200
        made = client.post(
            "/v1/guest-orders", json={"offers": [offer["offer"]]}, headers={"Idempotency-Key": "k"}
        )
        assert made.status_code == 201, made.text
        order = made.json()
        address = made.headers["location"]
        token = {"Authorization": f"Bearer {order['access']}"}
        assert client.get(address).status_code == 401
        assert client.get(address, headers={"Authorization": f"Bearer {order['access']}x"}).status_code == 401
        seen = client.get(address, headers=token).json()
        assert (seen["status"], seen["reference"], seen["access"]) == ("PREBOOKED", order["reference"], "")
        assert client.get("/v1/orders/00000000", headers=token).status_code == 404
        ended = client.post(f"{address}/cancel", json={}, headers=token).json()
        assert ended["order"]["status"] == "RELEASED"
        refused = client.post("/v1/guest-orders", json={"offers": ["x"]})
        assert (refused.status_code, refused.json()["field"]) == (422, "offers")


def test_what_would_be_given_back_names_its_rule_with_its_figures(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, log_level="error", worker="separate")
    with build_services(settings) as services:
        publish_tariff(services.acts, SYSTEM, parse_tariff(TARIFF_TEXT))
        client = TestClient(create_app(services))
        (offer,) = client.post("/v1/offers", json={"products": [{"product": "coach-carnet"}]}).json()
        order = client.post("/v1/guest-orders", json={"offers": [offer["offer"]]}).json()
        client.headers["Authorization"] = f"Bearer {order['access']}"
        address = f"/v1/orders/{order['id']}"
        paid = client.post(
            f"{address}/payments",
            json={"returnUrl": "http://testserver/", "method": "ok"},
            headers={"Idempotency-Key": "k"},
        )
        assert paid.status_code == 201, paid.text
        (line,) = client.post(f"{address}/refund-offers", json={}).json()["lines"]
        told = {name: line[name] for name in line if name.startswith(("rule", "reason"))}
        assert told == {
            "rule": "tariff",
            "rulePermille": 1000,
            "ruleFeeCents": 200,
            "ruleBeforeMin": None,
            "reasonFr": "100 % rendus, moins 2,00\N{NO-BREAK SPACE}€, à tout moment",
            "reasonEn": "100 % given back, less €2.00, at any time",
        }
