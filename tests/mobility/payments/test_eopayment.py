"""PayFiP and Mollie, by the library eopayment, against a server that speaks their protocols."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("eopayment")

from mobility.acts.sales.payment_port import (
    PaymentRequest,
    PaymentState,
    ProviderRefusedError,
    ProviderSilentError,
    WebhookError,
)
from mobility.outside.payments.eopayment import EopaymentProvider
from tests.mobility.payments.payfip_server import PayfipServer
from tests.served import served

NOTIFY = "https://m.example.org/v1/payments/webhooks/payfip"
BACK = "https://m.example.org/orders/o1"
REQUEST = PaymentRequest("k1", "o1", "ABCD1234", 451, "EUR", BACK, "anne@example.org")


@pytest.fixture(scope="module")
def running() -> Iterator[PayfipServer]:
    with served(PayfipServer()) as server:
        yield server


@pytest.fixture
def server(running: PayfipServer) -> PayfipServer:
    running.is_silent = False
    running.operations.clear()
    running.endings.clear()
    running.mollie.clear()
    return running


@pytest.fixture
def payfip(server: PayfipServer) -> EopaymentProvider:
    return _payfip(server)


def _payfip(server: PayfipServer, numcli: str = "123456") -> EopaymentProvider:
    options = {
        "numcli": numcli,
        "saisie": "T",
        "wsdl_url": f"{server.address}/wsdl",
        "page_url": "http://pay/web",
    }
    return EopaymentProvider("payfip_ws", options, NOTIFY)


@pytest.mark.parametrize(
    ("ending", "state", "cents"),
    [
        ("P", PaymentState.CAPTURED, 451),
        ("V", PaymentState.CAPTURED, 451),
        ("R", PaymentState.REFUSED, 0),
        ("Z", PaymentState.REFUSED, 0),
        ("A", PaymentState.CANCELLED, 0),
        ("", PaymentState.PENDING, 0),
        ("P5", PaymentState.PENDING, 0),
        ("P1", PaymentState.CANCELLED, 0),
    ],
)
def test_how_a_payment_ends(
    server: PayfipServer, payfip: EopaymentProvider, ending: str, state: PaymentState, cents: int
) -> None:
    begun = payfip.begin(REQUEST)
    idop = begun.provider_ref
    assert (begun.state, begun.redirect_url) == (PaymentState.PENDING, f"http://pay/web?idop={idop}")
    asked = server.operations[idop]
    assert (asked["montant"], asked["refdet"], asked["mel"]) == ("451", "ABCD1234", "anne@example.org")
    assert (asked["urlredirect"], asked["urlnotif"], asked["saisie"]) == (BACK, NOTIFY, "T")
    server.endings[idop] = ending
    for found in (payfip.find("k1", idop), payfip.cancel(idop)):
        assert found is not None
        assert (found.state, found.captured_cents) == (state, cents)
    event = payfip.read_webhook({}, f"idOp={idop}".encode())
    assert event is not None
    assert (event.key, event.answer.provider_ref, event.answer.captured_cents) == ("", idop, cents)


def test_a_notification_is_not_believed_but_asked_about(
    server: PayfipServer, payfip: EopaymentProvider
) -> None:
    """Whatever it says: nobody signs it."""
    idop = payfip.begin(REQUEST).provider_ref
    event = payfip.read_webhook({}, f"idOp={idop}".encode())
    assert event is not None
    assert event.answer.state is PaymentState.PENDING
    for body in (b"", b"idOp=x&resultrans=P", b"\xff", b"paid=yes"):
        with pytest.raises(WebhookError):
            payfip.read_webhook({}, body)


def test_silence_and_refusals(server: PayfipServer, payfip: EopaymentProvider) -> None:
    assert payfip.find("k1", "") is None
    idop = payfip.begin(REQUEST).provider_ref
    server.is_silent = True
    with pytest.raises(ProviderSilentError):
        payfip.find("k1", idop)
    with pytest.raises(ProviderSilentError):
        _payfip(server).begin(REQUEST)
    server.is_silent = False
    with pytest.raises(ProviderRefusedError, match="T1"):
        _payfip(server, "000000").begin(REQUEST)
    with pytest.raises(ProviderRefusedError, match="e-mail"):
        payfip.begin(PaymentRequest("k2", "o1", "ABCD1234", 451, "EUR", BACK))
    with pytest.raises(ProviderRefusedError, match="below 1"):
        payfip.begin(PaymentRequest("k2", "o1", "ABCD1234", 99, "EUR", BACK, "anne@example.org"))
    with pytest.raises(ProviderRefusedError, match="by hand"):
        payfip.refund(idop, "r1", 1)


def test_mollie(server: PayfipServer) -> None:
    options = {"service_url": f"{server.address}/v2/", "api_key": "test_1", "description_text": "Billets"}
    mollie = EopaymentProvider("mollie", options, NOTIFY)
    begun = mollie.begin(REQUEST)
    assert (begun.provider_ref, begun.redirect_url) == ("tr_1", "https://www.mollie.com/pay/tr_1")
    assert server.mollie["tr_1"]["amount"] == {"value": "4.51", "currency": "EUR"}
    server.mollie["tr_1"]["status"] = "paid"
    event = mollie.read_webhook({}, b"id=tr_1")
    assert event is not None
    assert (event.answer.state, event.answer.captured_cents) == (PaymentState.CAPTURED, 451)
    server.mollie["tr_1"]["status"] = "expired"
    cancelled = mollie.find("k1", "tr_1")
    assert cancelled is not None
    assert cancelled.state is PaymentState.CANCELLED
    server.is_silent = True
    with pytest.raises(ProviderSilentError):
        mollie.find("k1", "tr_1")


def test_other_backends_are_not_offered() -> None:
    with pytest.raises(ValueError, match="payfip_ws, mollie"):
        EopaymentProvider("dummy", {}, NOTIFY)
