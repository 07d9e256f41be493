"""Payment providers as the acts see them. `mobility.outside.payments` fills it: the sandbox, Stripe, eopayment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class PaymentState(StrEnum):
    """What a provider says of a payment."""

    PENDING = "pending"
    """Begun; the buyer or the bank has not finished."""
    CAPTURED = "captured"
    REFUSED = "refused"
    """Nothing was taken, and nothing will be."""
    CANCELLED = "cancelled"


class ProviderSilentError(Exception):
    """The provider did not answer in time: what it did is unknown. Ask again with the same key; never begin anew."""


class ProviderRefusedError(Exception):
    """The provider will not do that; the message says why. Nothing was done."""


class WebhookError(Exception):
    """What was sent is not from the provider, or cannot be read."""


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What is to be paid. The same `key` again gives the same payment, never a second one."""

    key: str
    order_id: str
    reference: str
    amount_cents: int
    currency: str
    return_url: str
    """Where the buyer comes back to."""
    email: str = ""
    method: str = ""
    """A provider's own name of a means of payment (the sandbox: a test card); "": the buyer chooses there."""


@dataclass(frozen=True, slots=True)
class PaymentAnswer:
    """How a payment stands at its provider."""

    provider_ref: str
    state: PaymentState
    captured_cents: int = 0
    refunded: Mapping[str, int] = field(default_factory=dict)
    """Cents by the key of each refund."""
    redirect_url: str = ""
    """Where the buyer pays; "": nothing is left to do for them."""
    reason: str = ""
    """Of a refusal, as the provider says it."""


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """What a webhook told. The same event may come twice, late, and before what it follows."""

    event_id: str
    key: str
    """Of the payment, as `begin` was given it; "": the provider does not say, and `provider_ref` tells."""
    answer: PaymentAnswer


class PaymentProvider(Protocol):
    """One provider. Raises ProviderSilentError and ProviderRefusedError."""

    @property
    def name(self) -> str:
        """Its name in the books: small letters."""
        ...

    def begin(self, request: PaymentRequest) -> PaymentAnswer:
        """Begin a payment that is captured as soon as it is authorised."""
        ...

    def find(self, key: str, provider_ref: str) -> PaymentAnswer | None:
        """How a payment stands, by its key or the provider's name of it; None: it was never begun."""
        ...

    def refund(self, provider_ref: str, key: str, amount_cents: int) -> PaymentAnswer:
        """Give back a part or all. The same key again gives the same refund."""
        ...

    def cancel(self, provider_ref: str) -> PaymentAnswer:
        """Let nobody pay it any more; where it was captured meanwhile, the answer says so."""
        ...

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> PaymentEvent | None:
        """What it tells; None: nothing that concerns us. Raises WebhookError."""
        ...
