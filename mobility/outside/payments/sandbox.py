"""A bank for trying things out: no money moves, and it misbehaves as the test card says (`sandbox_cards`).

Buyers choose a card on its page (`mobility.pages.sandbox_bank`), programs by the `method` of a payment. Webhooks are
queued here and really sent (`sandbox_webhooks`).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mobility.acts.sales.payment_port import (
    PaymentAnswer,
    PaymentEvent,
    PaymentRequest,
    PaymentState,
    ProviderRefusedError,
    ProviderSilentError,
    WebhookError,
)
from mobility.outside.payments.sandbox_book import BookPage, Charge, SandboxBook
from mobility.outside.payments.sandbox_cards import CARDS, TestCard
from mobility.outside.payments.webhook_signature import check_webhook

NAME = "sandbox"
SIGNATURE_HEADER = "sandbox-signature"
PAGE = "/sandbox-bank"
"""Where its page is, on this server."""

SHUFFLED_S = 2.0
"""How much later a shuffled webhook tells what happened first."""


class Sandbox:
    """Fills `PaymentProvider`. `base_url`: of its page. `on_early`: sends what is due, before an answer leaves."""

    def __init__(
        self,
        book: SandboxBook,
        secret: bytes,
        now: Callable[[], dt.datetime],
        base_url: str = "",
        on_early: Callable[[], object] = lambda: None,
    ) -> None:
        self._book, self._secret, self._now = book, secret, now
        self._base_url, self.on_early = base_url.rstrip("/"), on_early

    @property
    def name(self) -> str:
        return NAME

    # ── as a provider ──────────────────────────────────────────────────────────────────────────────────

    def begin(self, request: PaymentRequest) -> PaymentAnswer:
        card = self._card(request.method) if request.method else None
        with self._book.open() as page:
            known = page.find(request.key, "")
            if known is not None:
                if (known.amount_cents, known.order_id) != (request.amount_cents, request.order_id):
                    raise ProviderRefusedError("this key was used for another payment")
                return self._answer(self._ripen(page, known))
            is_heard = card is None or card.loses != "request" or not page.lose(f"request {request.key}")
            if is_heard:
                charge = _new_charge(request)
                page.put(charge)
                if card is not None:
                    charge = self._use(page, charge, card)
        if not is_heard:
            raise ProviderSilentError("the request was lost")
        return self._tell(charge, card)

    def find(self, key: str, provider_ref: str) -> PaymentAnswer | None:
        charge = self._book.find(key, provider_ref)
        if charge is None:
            return None
        if charge.ripe_s is not None:
            with self._book.open() as page:
                charge = self._ripen(page, page.find(key, provider_ref) or charge)
        return self._answer(charge)

    def refund(self, provider_ref: str, key: str, amount_cents: int) -> PaymentAnswer:
        with self._book.open() as page:
            charge = self._ripen(page, self._get(page, provider_ref))
            card = CARDS.get(charge.method)
            if key in charge.refunds:
                if charge.refunds[key] != amount_cents:
                    raise ProviderRefusedError("this key was used for another refund")
                return self._answer(charge)
            if card is not None and card.refuses_refund:
                raise ProviderRefusedError(card.refuses_refund)
            left = charge.captured_cents - sum(charge.refunds.values())
            if not 0 < amount_cents <= left:
                raise ProviderRefusedError(f"{left} cents can be given back, not {amount_cents}")
            charge = replace(charge, refunds=charge.refunds | {key: amount_cents})
            page.put(charge)
            self._queue(page, charge, card, ["payment.refunded"])
            is_lost = card is not None and card.loses == "refund" and page.lose(f"refund {key}")
        if is_lost:
            raise ProviderSilentError("the answer was lost")
        return self._answer(charge)

    def cancel(self, provider_ref: str) -> PaymentAnswer:
        with self._book.open() as page:
            charge = self._ripen(page, self._get(page, provider_ref))
            if charge.state == PaymentState.PENDING:
                card = CARDS.get(charge.method)
                if card is not None and card.cancel_captures:
                    charge = self._capture(page, charge, card)
                else:
                    charge = replace(charge, state=PaymentState.CANCELLED, ripe_s=None)
                    page.put(charge)
                    page.forget_events(charge.ref)
        return self._answer(charge)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> PaymentEvent | None:
        check_webhook(self._secret, headers.get(SIGNATURE_HEADER, ""), body, self._now().timestamp())
        try:
            said = json.loads(body)
            told = said["payment"]
            answer = PaymentAnswer(
                str(told["ref"]),
                PaymentState(told["state"]),
                int(told["captured_cents"]),
                {str(key): int(cents) for key, cents in told["refunds"].items()},
                reason=str(told["reason"]),
            )
            return PaymentEvent(str(said["id"]), str(told["key"]), answer)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise WebhookError("this is no event of the sandbox") from error

    # ── for its page ───────────────────────────────────────────────────────────────────────────────────

    def show(self, ref: str) -> Charge | None:
        """The payment a buyer was sent to."""
        return self._book.find("", ref)

    def list_cards(self) -> list[TestCard]:
        """The cards a buyer can choose."""
        return list(CARDS.values())

    def choose(self, ref: str, card_name: str) -> Charge:
        """The buyer pays with a card; a payment that is decided stays as it is. Raises ProviderRefusedError, and
        ProviderSilentError where the buyer's browser hears nothing."""
        card = self._card(card_name)
        with self._book.open() as page:
            charge = self._ripen(page, self._get(page, ref))
            if charge.state != PaymentState.PENDING or charge.method:
                return charge
            is_heard = card.loses != "request" or not page.lose(f"request {charge.key}")
            if is_heard:
                charge = self._use(page, charge, card)
        if not is_heard:
            raise ProviderSilentError("the request was lost")
        self._tell(charge, card)
        return charge

    def give_up(self, ref: str) -> Charge:
        """The buyer does not pay."""
        self.cancel(ref)
        charge = self._book.find("", ref)
        assert charge is not None
        return charge

    # ── what the bank does ─────────────────────────────────────────────────────────────────────────────

    def _use(self, page: BookPage, charge: Charge, card: TestCard) -> Charge:
        """What a card does to a payment, when it is chosen."""
        charge = replace(charge, method=card.name)
        if card.refuses:
            charge = replace(charge, state=PaymentState.REFUSED, reason=card.refuses)
            page.put(charge)
            self._queue(page, charge, card, ["payment.refused"])
        elif card.ripens_s == 0.0:
            charge = self._capture(page, charge, card)
        else:
            ripe_s = None if card.ripens_s is None else self._now().timestamp() + card.ripens_s
            charge = replace(charge, ripe_s=ripe_s)
            page.put(charge)
            if ripe_s is not None:
                self._queue(page, self._captured(charge, card), card, ["payment.captured"], ripe_s)
        return charge

    def _capture(self, page: BookPage, charge: Charge, card: TestCard) -> Charge:
        done = self._captured(charge, card)
        page.put(done)
        if card.is_shuffled:
            self._queue(page, done, card, ["payment.captured"])
            later_s = self._now().timestamp() + SHUFFLED_S
            self._queue(page, charge, card, ["payment.authorised"], later_s)
        else:
            self._queue(page, done, card, ["payment.captured"])
        return done

    @staticmethod
    def _captured(charge: Charge, card: TestCard) -> Charge:
        taken = charge.amount_cents * card.takes_percent // 100
        return replace(charge, state=PaymentState.CAPTURED, captured_cents=taken, ripe_s=None)

    def _ripen(self, page: BookPage, charge: Charge) -> Charge:
        """A slow bank has decided by now."""
        if charge.ripe_s is None or charge.ripe_s > self._now().timestamp():
            return charge
        done = self._captured(charge, CARDS[charge.method])
        page.put(done)
        return done

    def _queue(
        self,
        page: BookPage,
        charge: Charge,
        card: TestCard | None,
        kinds: list[str],
        at_s: float | None = None,
    ) -> None:
        after_s = 0.0 if card is None else card.webhook_after_s
        if after_s is None:
            return
        due_s = (self._now().timestamp() if at_s is None else at_s) + after_s
        for kind in kinds:
            event_id = f"evt_{uuid.uuid4().hex}"
            for _ in range(1 if card is None else card.webhook_times):
                page.add_event(event_id, _event(event_id, kind, charge), due_s)

    def _tell(self, charge: Charge, card: TestCard | None) -> PaymentAnswer:
        if card is not None and card.is_early:
            self.on_early()
        if card is not None and card.loses == "answer":
            raise ProviderSilentError("the answer was lost")
        if card is not None and card.answers_pending:
            return PaymentAnswer(charge.ref, PaymentState.PENDING)
        return self._answer(charge)

    def _answer(self, charge: Charge) -> PaymentAnswer:
        is_open = charge.state == PaymentState.PENDING and not charge.method
        return PaymentAnswer(
            charge.ref,
            PaymentState(charge.state),
            charge.captured_cents,
            dict(charge.refunds),
            f"{self._base_url}{PAGE}/{charge.ref}" if is_open else "",
            charge.reason,
        )

    def _get(self, page: BookPage, ref: str) -> Charge:
        charge = page.find("", ref)
        if charge is None:
            raise ProviderRefusedError(f"there is no payment {ref}")
        return charge

    def _card(self, name: str) -> TestCard:
        if name not in CARDS:
            raise ProviderRefusedError(f"there is no test card {name!r}: {', '.join(CARDS)}")
        return CARDS[name]


def _new_charge(request: PaymentRequest) -> Charge:
    return Charge(
        key=request.key,
        ref=f"sbx_{uuid.uuid4().hex}",
        order_id=request.order_id,
        reference=request.reference,
        amount_cents=request.amount_cents,
        currency=request.currency,
        return_url=request.return_url,
        method="",
        state=PaymentState.PENDING,
    )


def _event(event_id: str, kind: str, charge: Charge) -> dict[str, Any]:
    payment = {
        "key": charge.key,
        "ref": charge.ref,
        "state": charge.state,
        "captured_cents": charge.captured_cents,
        "refunds": charge.refunds,
        "reason": charge.reason,
    }
    return {"id": event_id, "type": kind, "payment": payment}
