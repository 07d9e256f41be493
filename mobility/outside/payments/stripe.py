"""Payments at Stripe: Checkout sessions, whose page is Stripe's; its library signs and checks.

Every request that changes something carries an idempotency key. Stripe forgets keys after a day, so that a refund is
looked for by its key (kept with it as metadata) before it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mobility.acts.sales.payment_port import (
    PaymentAnswer,
    PaymentEvent,
    PaymentRequest,
    PaymentState,
    ProviderRefusedError,
    ProviderSilentError,
    WebhookError,
)

NAME = "stripe"
TIMEOUT_S = 20
SIGNATURE_HEADER = "stripe-signature"

_SESSION_EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
_REFUND_EVENTS = (
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
)
_REFUND_COUNTS = ("pending", "requires_action", "succeeded")
"""States of a refund that will reach the buyer, or has; `failed` and `canceled` will not."""

T = TypeVar("T")


class StripeProvider:
    """Fills `PaymentProvider`. `api_base`: where Stripe's API is."""

    def __init__(
        self, secret_key: str, webhook_secret: str, api_base: str = "https://api.stripe.com"
    ) -> None:
        import stripe

        self._webhook_secret = webhook_secret
        self._stripe = stripe
        # Else it keeps a number for this machine in the user's home, and sends it along.
        stripe.enable_telemetry = False
        client = stripe.RequestsClient(timeout=TIMEOUT_S)
        # Keys make repeating safe; but who waits for an answer is a person, and the worker asks again.
        self._client = stripe.StripeClient(
            secret_key, base_addresses={"api": api_base}, http_client=client, max_network_retries=0
        )

    @property
    def name(self) -> str:
        return NAME

    def begin(self, request: PaymentRequest) -> PaymentAnswer:
        metadata = {"key": request.key, "order": request.order_id}
        price = {
            "currency": request.currency.lower(),
            "unit_amount": request.amount_cents,
            "product_data": {"name": request.reference},
        }
        params: Any = {
            "mode": "payment",
            "client_reference_id": request.order_id,
            "line_items": [{"quantity": 1, "price_data": price}],
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata},
            "success_url": request.return_url,
            "cancel_url": request.return_url,
        }
        if request.email:
            params["customer_email"] = request.email
        options: Any = {"idempotency_key": request.key}
        return self._of_session(self._ask(lambda: self._client.v1.checkout.sessions.create(params, options)))

    def find(self, key: str, provider_ref: str) -> PaymentAnswer | None:
        """Without Stripe's name of it: begun again with its key, it is the same session."""
        if not provider_ref:
            return None
        return self._of_session(self._session(provider_ref))

    def refund(self, provider_ref: str, key: str, amount_cents: int) -> PaymentAnswer:
        session = self._session(provider_ref)
        intent = _id_of(session.payment_intent)
        if not intent:
            raise ProviderRefusedError("nothing was paid")
        if key not in self._refunds(intent):
            params: Any = {
                "payment_intent": intent,
                "amount": amount_cents,
                "metadata": {"key": key},
            }
            options: Any = {"idempotency_key": key}
            self._ask(lambda: self._client.v1.refunds.create(params, options))
        return self._of_session(session)

    def cancel(self, provider_ref: str) -> PaymentAnswer:
        try:
            return self._of_session(self._ask(lambda: self._client.v1.checkout.sessions.expire(provider_ref)))
        except ProviderRefusedError:  # it is not open any more: paid, or expired already
            return self._of_session(self._session(provider_ref))

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> PaymentEvent | None:
        """Refunds are told of charges, which know the key of their payment but not its session: it is asked for."""
        try:
            event = self._stripe.Webhook.construct_event(
                body, headers.get(SIGNATURE_HEADER, ""), self._webhook_secret
            )
        except (ValueError, self._stripe.SignatureVerificationError) as error:
            raise WebhookError(str(error)) from error
        try:
            told = event.data.object
            if event.type in _SESSION_EVENTS:
                key = str(told.metadata["key"]) if told.metadata and "key" in told.metadata else ""
                return PaymentEvent(str(event.id), key, self._of_session(told)) if key else None
            if event.type in _REFUND_EVENTS:
                return self._of_refund_event(str(event.id), _id_of(told.payment_intent))
        except (KeyError, TypeError, AttributeError) as error:
            raise WebhookError("this is no event as Stripe sends them") from error
        except ProviderRefusedError as error:
            raise WebhookError(f"Stripe does not confirm it: {error}") from error
        return None

    def _of_refund_event(self, event_id: str, intent: str) -> PaymentEvent | None:
        if not intent:
            return None
        sessions = self._ask(lambda: self._client.v1.checkout.sessions.list({"payment_intent": intent}))
        for session in sessions.data:
            metadata = session.metadata
            if metadata and "key" in metadata:
                return PaymentEvent(event_id, str(metadata["key"]), self._of_session(session))
        return None

    def _session(self, ref: str) -> Any:
        return self._ask(lambda: self._client.v1.checkout.sessions.retrieve(ref))

    def _refunds(self, intent: str) -> dict[str, int]:
        """Cents by our keys, of those that reach the buyer."""
        found = self._ask(lambda: self._client.v1.refunds.list({"payment_intent": intent, "limit": 100}))
        refunds: dict[str, int] = {}
        for one in found.auto_paging_iter():
            if one.status in _REFUND_COUNTS and one.metadata and "key" in one.metadata:
                refunds[str(one.metadata["key"])] = int(one.amount)
        return refunds

    def _of_session(self, session: Any) -> PaymentAnswer:
        """A session is paid, open, expired, or its bank still thinks."""
        ref = str(session.id)
        if session.payment_status == "paid":
            intent = _id_of(session.payment_intent)
            refunded = self._refunds(intent) if intent else {}
            return PaymentAnswer(ref, PaymentState.CAPTURED, int(session.amount_total), refunded)
        if session.status == "expired":
            return PaymentAnswer(ref, PaymentState.CANCELLED, reason="expired")
        if session.status == "open":
            return PaymentAnswer(ref, PaymentState.PENDING, redirect_url=str(session.url or ""))
        return self._of_intent(ref, _id_of(session.payment_intent))

    def _of_intent(self, ref: str, intent: str) -> PaymentAnswer:
        """The buyer is done, the bank is not: a transfer on its way, or one that was refused."""
        if intent:
            found = self._ask(lambda: self._client.v1.payment_intents.retrieve(intent))
            if found.status in ("requires_payment_method", "canceled"):
                error = found.last_payment_error
                return PaymentAnswer(ref, PaymentState.REFUSED, reason=str(error.code) if error else "")
        return PaymentAnswer(ref, PaymentState.PENDING)

    def _ask(self, ask: Callable[[], T]) -> T:
        """Raises ProviderSilentError where it may have been done, ProviderRefusedError where it was not."""
        try:
            return ask()
        except (
            self._stripe.APIConnectionError,
            self._stripe.RateLimitError,
            self._stripe.AuthenticationError,
        ) as error:
            raise ProviderSilentError(f"{type(error).__name__}: {error}") from error
        except self._stripe.StripeError as error:
            status = error.http_status
            if status is None or status >= 500 or status == 409:
                raise ProviderSilentError(f"{type(error).__name__}: {error}") from error
            raise ProviderRefusedError(str(error.user_message or error)) from error


def _id_of(told: Any) -> str:
    """The id of something that is told by its id or whole."""
    return "" if told is None else told if isinstance(told, str) else str(told.id)
