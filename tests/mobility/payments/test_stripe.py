"""Stripe, by its own library, against a server that speaks its protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

stripe = pytest.importorskip("stripe")

from mobility.acts.sales.payment_port import (  # noqa: E402
    PaymentRequest,
    PaymentState,
    ProviderRefusedError,
    ProviderSilentError,
    WebhookError,
)
from mobility.outside.payments.stripe import StripeProvider  # noqa: E402
from tests.mobility.payments.stripe_server import StripeServer  # noqa: E402
from tests.served import served  # noqa: E402

HOOK = "whsec_" + "x" * 32
REQUEST = PaymentRequest(
    "k1", "order1", "ABCD1234", 451, "EUR", "https://m.example.org/orders/order1", "anne@example.org"
)


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with served(StripeServer()) as running:
        yield running


@pytest.fixture
def provider(server: StripeServer) -> StripeProvider:
    return StripeProvider("sk_test_1", HOOK, server.address)


def _event(
    kind: str, told: object, at_s: int | None = None, secret: str = HOOK
) -> tuple[dict[str, str], bytes]:
    event = {"id": "evt_1", "object": "event", "type": kind, "data": {"object": told}}
    body = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(body, secret, at_s)
    return {"stripe-signature": header}, body.encode()


def test_from_begin_to_paid_to_refunded(server: StripeServer, provider: StripeProvider) -> None:
    begun = provider.begin(REQUEST)
    assert begun.state is PaymentState.PENDING
    assert begun.redirect_url == "https://checkout.stripe.com/c/pay/cs_1"
    session = server.sessions["cs_1"]
    assert (session["amount_total"], session["currency"]) == (451, "eur")
    assert (session["metadata"], session["client_reference_id"]) == (
        {"key": "k1", "order": "order1"},
        "order1",
    )
    assert provider.begin(REQUEST) == begun, "the same key is the same session"
    assert len(server.sessions) == 1
    server.pay("cs_1")
    paid = provider.find("k1", "cs_1")
    assert paid is not None
    assert (paid.state, paid.captured_cents, paid.redirect_url) == (PaymentState.CAPTURED, 451, "")
    assert provider.refund("cs_1", "r1", 100).refunded == {"r1": 100}
    server.keys.clear()  # a day later
    assert provider.refund("cs_1", "r1", 100).refunded == {"r1": 100}
    assert len(server.refunds) == 1
    with pytest.raises(ProviderRefusedError):
        provider.refund("cs_1", "r2", 352)
    assert provider.refund("cs_1", "r3", 351).refunded == {"r1": 100, "r3": 351}


def test_nothing_is_kept_in_the_users_home_or_told_of_the_machine(
    server: StripeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("stripe._telemetry_id._loaded", False)
    provider = StripeProvider("sk_test_1", HOOK, server.address)
    provider.begin(REQUEST)
    provider.find("k1", "cs_1")
    assert list(tmp_path.iterdir()) == []
    assert "authorization" in server.headers[-1].lower()
    assert "telemetry" not in "".join(server.headers).lower()


def test_what_is_not_known_and_what_is_refused(server: StripeServer, provider: StripeProvider) -> None:
    assert provider.find("k1", "") is None
    with pytest.raises(ProviderRefusedError):
        provider.find("k1", "cs_9")
    provider.begin(REQUEST)
    with pytest.raises(ProviderRefusedError, match="nothing was paid"):
        provider.refund("cs_1", "r1", 1)
    other = PaymentRequest("k1", "order1", "ABCD1234", 452, "EUR", "https://m.example.org/")
    with pytest.raises(ProviderRefusedError):
        provider.begin(other)
    with pytest.raises(ProviderSilentError):
        StripeProvider("sk_test_wrong", HOOK, server.address).begin(REQUEST)


@pytest.mark.parametrize("fault", ["drop-before", "drop-after", "500", "429"])
def test_silence_is_told_from_refusal_and_the_same_key_mends_it(
    server: StripeServer, provider: StripeProvider, fault: str
) -> None:
    server.faults = [fault]
    with pytest.raises(ProviderSilentError):
        provider.begin(REQUEST)
    assert provider.begin(REQUEST).provider_ref == "cs_1"
    server.pay("cs_1")
    server.faults = ["", "", fault]  # the session and its refunds are read before
    with pytest.raises(ProviderSilentError):
        provider.refund("cs_1", "r1", 451)
    assert provider.refund("cs_1", "r1", 451).refunded == {"r1": 451}
    assert [one["amount"] for one in server.refunds.values()] == [451]


def test_nobody_there_is_silence() -> None:
    with pytest.raises(ProviderSilentError):
        StripeProvider("sk_test_1", HOOK, "http://127.0.0.1:9").begin(REQUEST)


def test_cancelled_in_time_and_too_late(server: StripeServer, provider: StripeProvider) -> None:
    provider.begin(REQUEST)
    assert provider.cancel("cs_1").state is PaymentState.CANCELLED
    assert provider.cancel("cs_1").state is PaymentState.CANCELLED
    second = PaymentRequest("k2", "order1", "ABCD1234", 451, "EUR", "https://m.example.org/")
    provider.begin(second)
    server.pay("cs_2")
    assert provider.cancel("cs_2").captured_cents == 451


def test_transfers_take_their_time(server: StripeServer, provider: StripeProvider) -> None:
    provider.begin(REQUEST)
    server.begin_transfer("cs_1", "processing")
    waiting = provider.find("k1", "cs_1")
    assert waiting is not None
    assert waiting.state is PaymentState.PENDING
    server.begin_transfer("cs_1", "requires_payment_method")
    refused = provider.find("k1", "cs_1")
    assert refused is not None
    assert (refused.state, refused.reason) == (PaymentState.REFUSED, "charge_exceeds_source_limit")


def test_webhooks_are_checked_by_stripes_own_code(server: StripeServer, provider: StripeProvider) -> None:
    provider.begin(REQUEST)
    server.pay("cs_1")
    session = server.sessions["cs_1"]
    event = provider.read_webhook(*_event("checkout.session.completed", session))
    assert event is not None
    assert (event.event_id, event.key, event.answer.captured_cents) == ("evt_1", "k1", 451)
    headers, body = _event("checkout.session.completed", session)
    for wrong in (
        (headers, body + b" "),
        ({}, body),
        _event("checkout.session.completed", session, secret="whsec_other"),
        _event("checkout.session.completed", session, at_s=int(time.time()) - 301),
        ({"stripe-signature": "t=1,v1="}, b""),
    ):
        with pytest.raises(WebhookError):
            provider.read_webhook(*wrong)


def test_webhooks_of_refunds_and_of_what_is_not_ours(server: StripeServer, provider: StripeProvider) -> None:
    provider.begin(REQUEST)
    server.pay("cs_1")
    provider.refund("cs_1", "r1", 100)
    for kind, told in (
        ("refund.updated", server.refunds["re_1"]),
        ("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}),
    ):
        event = provider.read_webhook(*_event(kind, told))
        assert event is not None
        assert (event.key, event.answer.refunded) == ("k1", {"r1": 100})
    assert provider.read_webhook(*_event("customer.created", {"id": "cus_1", "object": "customer"})) is None
    stranger = server.sessions["cs_1"] | {"metadata": {}}
    assert provider.read_webhook(*_event("checkout.session.completed", stranger)) is None
    with pytest.raises(WebhookError):
        provider.read_webhook(*_event("checkout.session.completed", {"object": "checkout.session"}))
    server.faults = ["500"]
    with pytest.raises(ProviderSilentError):
        provider.read_webhook(*_event("refund.updated", server.refunds["re_1"]))
