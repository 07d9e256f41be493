"""The sandbox's bank: what each card does, and that the same key is the same payment."""

from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mobility.acts.sales.payment_port import (
    PaymentRequest,
    PaymentState,
    ProviderRefusedError,
    ProviderSilentError,
    WebhookError,
)
from mobility.outside.payments.sandbox import SIGNATURE_HEADER, Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.outside.payments.sandbox_cards import CARDS
from mobility.outside.payments.sandbox_webhooks import SandboxWebhooks
from mobility.outside.payments.webhook_signature import WINDOW_S, check_webhook, sign_webhook
from tests.served import served

SECRET = b"s" * 32


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path) -> SandboxBook:
    return SandboxBook(tmp_path / "bank" / "sandbox.sqlite")


@pytest.fixture
def bank(book: SandboxBook, clock: Clock) -> Sandbox:
    return Sandbox(book, SECRET, clock, "http://127.0.0.1:8000/")


def _request(method: str = "ok", key: str = "k1", cents: int = 301) -> PaymentRequest:
    return PaymentRequest(key, "o1", "ABCD1234", cents, "EUR", "https://m.example.org/back", method=method)


def test_a_payment_is_captured_once_whatever_is_asked_again(bank: Sandbox, book: SandboxBook) -> None:
    first = bank.begin(_request())
    assert (first.state, first.captured_cents) == (PaymentState.CAPTURED, 301)
    assert bank.begin(_request()) == first
    assert bank.find("k1", "") == bank.find("", first.provider_ref) == first
    assert [charge.captured_cents for charge in book.list_all()] == [301]
    with pytest.raises(ProviderRefusedError):
        bank.begin(_request(cents=300))
    assert bank.find("k2", "") is None
    assert bank.find("", "") is None


def test_the_buyer_chooses_on_the_page(bank: Sandbox) -> None:
    asked = bank.begin(_request(method=""))
    assert asked.state is PaymentState.PENDING
    assert asked.redirect_url == f"http://127.0.0.1:8000/sandbox-bank/{asked.provider_ref}"
    assert bank.choose(asked.provider_ref, "ok").return_url == "https://m.example.org/back"
    paid = bank.find("k1", "")
    assert paid is not None
    assert (paid.state, paid.captured_cents, paid.redirect_url) == (PaymentState.CAPTURED, 301, "")
    assert bank.choose(asked.provider_ref, "refuse").captured_cents == 301, "decided once"
    with pytest.raises(ProviderRefusedError, match="no test card"):
        bank.choose(asked.provider_ref, "amex")


def test_the_buyer_gives_up(bank: Sandbox) -> None:
    asked = bank.begin(_request(method=""))
    assert bank.give_up(asked.provider_ref).state == PaymentState.CANCELLED
    assert bank.choose(asked.provider_ref, "ok").captured_cents == 0


def test_slow_and_never(bank: Sandbox, clock: Clock) -> None:
    assert bank.begin(_request("slow", "a")).state is PaymentState.PENDING
    assert bank.begin(_request("never", "b")).state is PaymentState.PENDING
    clock.tick(21)
    slow, never = bank.find("a", ""), bank.find("b", "")
    assert slow is not None
    assert never is not None
    assert (slow.state, never.state) == (PaymentState.CAPTURED, PaymentState.PENDING)
    assert bank.cancel(never.provider_ref).state is PaymentState.CANCELLED
    assert bank.cancel(slow.provider_ref).captured_cents == 301, "too late to cancel"


def test_lost_requests_and_lost_answers(bank: Sandbox) -> None:
    with pytest.raises(ProviderSilentError):
        bank.begin(_request("timeout-before", "a"))
    assert bank.find("a", "") is None
    assert bank.begin(_request("timeout-before", "a")).captured_cents == 301
    with pytest.raises(ProviderSilentError):
        bank.begin(_request("timeout-after-capture", "b"))
    assert bank.begin(_request("timeout-after-capture", "b")).captured_cents == 301


def test_partial_late_capture_and_refused(bank: Sandbox) -> None:
    assert bank.begin(_request("partial", "a")).captured_cents == 150
    pending = bank.begin(_request("late-capture", "b"))
    assert bank.cancel(pending.provider_ref).captured_cents == 301
    refused = bank.begin(_request("refuse", "c"))
    assert (refused.state, refused.reason, refused.captured_cents) == (
        PaymentState.REFUSED,
        "insufficient-funds",
        0,
    )
    assert bank.begin(_request("late-webhook", "d")).state is PaymentState.PENDING
    found = bank.find("d", "")
    assert found is not None
    assert found.captured_cents == 301


def test_refunds(bank: Sandbox) -> None:
    ref = bank.begin(_request()).provider_ref
    assert bank.refund(ref, "r1", 100).refunded == {"r1": 100}
    assert bank.refund(ref, "r1", 100).refunded == {"r1": 100}
    with pytest.raises(ProviderRefusedError):
        bank.refund(ref, "r1", 101)
    with pytest.raises(ProviderRefusedError, match="201 cents"):
        bank.refund(ref, "r2", 202)
    assert bank.refund(ref, "r2", 201).refunded == {"r1": 100, "r2": 201}
    silent = bank.begin(_request("refund-timeout", "k2")).provider_ref
    with pytest.raises(ProviderSilentError):
        bank.refund(silent, "r", 1)
    assert bank.refund(silent, "r", 1).refunded == {"r": 1}
    with pytest.raises(ProviderRefusedError, match="disputed"):
        bank.refund(bank.begin(_request("refund-refused", "k3")).provider_ref, "r", 1)


def test_every_card_says_what_it_does_in_both_languages() -> None:
    for name, card in CARDS.items():
        assert name == card.name
        assert card.french
        assert card.english


def test_signatures() -> None:
    body = b'{"a":1}'
    header = sign_webhook(SECRET, 1000, body)
    check_webhook(SECRET, header, body, 1000 + WINDOW_S)
    check_webhook(SECRET, header, body, 1000 - WINDOW_S)
    for secret, sent, content, now_s in (
        (b"t" * 32, header, body, 1000),
        (SECRET, header, body + b" ", 1000),
        (SECRET, header.replace("t=1000", "t=1001"), body, 1000),
        (SECRET, header, body, 1001 + WINDOW_S),
        (SECRET, header, body, 999 - WINDOW_S),
        (SECRET, "", body, 1000),
        (SECRET, "t=,v1=é", body, 1000),
        (SECRET, "t=²,v1=00", body, 1000),
    ):
        with pytest.raises(WebhookError):
            check_webhook(secret, sent, content, now_s)


class _Hearer(BaseHTTPRequestHandler):
    heard: list[tuple[str, bytes]]
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).heard.append((self.headers[SIGNATURE_HEADER], body))
        self.send_response(type(self).status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def test_webhooks_are_really_sent(bank: Sandbox, book: SandboxBook, clock: Clock) -> None:
    """Signed, in the order the card asks for, again while nobody hears, and each as often as it should be."""
    hearer = type("Hearer", (_Hearer,), {"heard": [], "status": 500})
    with served(HTTPServer(("127.0.0.1", 0), hearer)) as server:
        sender = SandboxWebhooks(book, SECRET, clock, f"http://127.0.0.1:{server.server_port}/hooks")
        bank.begin(_request("double-webhook", "a"))
        bank.begin(_request("lost-webhook", "b"))
        assert sender.send_due() == 0
        assert len(hearer.heard) == 2
        hearer.status = 204
        assert sender.send_due() == 0, "not again at once"
        clock.tick(3)
        assert sender.send_due() == 2
        clock.tick(3600)
        assert sender.send_due() == 0
        bank.begin(_request("shuffled-webhooks", "c"))
        bank.begin(_request("late-webhook", "d"))
        assert sender.send_due() == 1
        clock.tick(2)
        assert sender.send_due() == 1
        clock.tick(28)
        assert sender.send_due() == 1
        sender.close()
    hearer.heard, first_two = hearer.heard[2:], hearer.heard[:2]
    assert [body for _, body in first_two] == [body for _, body in hearer.heard[:2]]
    events = []
    for header, body in hearer.heard:
        clock.now = dt.datetime.fromtimestamp(int(header.split(",")[0][2:]), dt.UTC)
        event = bank.read_webhook({SIGNATURE_HEADER: header}, body)
        assert event is not None
        events.append(event)
    assert events[0] == events[1]
    assert [(event.key, event.answer.state) for event in events[1:]] == [
        ("a", PaymentState.CAPTURED),
        ("c", PaymentState.CAPTURED),
        ("c", PaymentState.PENDING),
        ("d", PaymentState.CAPTURED),
    ]


def test_an_early_webhook_is_told_before_the_answer(bank: Sandbox, book: SandboxBook, clock: Clock) -> None:
    told = []
    bank.on_early = lambda: told.append(book.has_due(clock().timestamp()))
    bank.begin(_request("early-webhook"))
    assert told == [True]
    bank.begin(_request("ok", "k2"))
    assert told == [True]


def test_what_is_signed_but_no_event_is_refused(bank: Sandbox, clock: Clock) -> None:
    for body in (b"", b"[]", b'{"id":1}', b'{"id":1,"payment":{"ref":"r","state":"odd"}}'):
        header = sign_webhook(SECRET, int(clock().timestamp()), body)
        with pytest.raises(WebhookError):
            bank.read_webhook({SIGNATURE_HEADER: header}, body)


def test_begun_at_once_it_is_one_payment(bank: Sandbox, book: SandboxBook) -> None:
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(bank.begin(_request()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)
    assert len(book.list_all()) == 1


def test_what_was_cancelled_is_not_told_as_paid(bank: Sandbox, book: SandboxBook, clock: Clock) -> None:
    """The webhook of a slow card waits for the money; without it there is nothing to tell."""
    begun = bank.begin(_request("slow"))
    assert bank.cancel(begun.provider_ref).state is PaymentState.CANCELLED
    assert not book.has_due(clock().timestamp() + 1000)


def test_what_ripened_unseen_can_be_given_back(bank: Sandbox, clock: Clock) -> None:
    begun = bank.begin(_request("slow"))
    clock.tick(30)
    assert bank.refund(begun.provider_ref, "r1", 301).refunded == {"r1": 301}
