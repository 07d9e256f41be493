"""Which payment provider the settings choose."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from mobility.acts.sales.payment_port import PaymentProvider
from mobility.outside.payments.sandbox import Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.outside.payments.sandbox_webhooks import SandboxWebhooks
from mobility.settings import Settings

HOOKS = "/v1/payments/webhooks"


@dataclass(frozen=True)
class PaymentParts:
    """The provider, and where it is the sandbox, its bank."""

    providers: dict[str, PaymentProvider] = field(default_factory=dict)
    sandbox: Sandbox | None = None
    webhooks: SandboxWebhooks | None = None


def open_providers(settings: Settings, secret: bytes, now: Callable[[], dt.datetime]) -> PaymentParts:
    """What the settings choose. `secret`: the sandbox signs with it. Raises ValueError with what is wrong in them, and
    ImportError where the libraries of the extra `payments` are not installed."""
    if settings.payment_provider == "sandbox":
        return _sandbox(settings, secret, now)
    if settings.payment_provider == "stripe":
        from mobility.outside.payments.stripe import StripeProvider

        stripe = StripeProvider(
            settings.stripe_secret_key.get_secret_value(),
            settings.stripe_webhook_secret.get_secret_value(),
            settings.stripe_api_base,
        )
        return PaymentParts({stripe.name: stripe})
    if settings.payment_provider == "eopayment":
        return PaymentParts(_eopayment(settings))
    return PaymentParts()


def _sandbox(settings: Settings, secret: bytes, now: Callable[[], dt.datetime]) -> PaymentParts:
    here = f"http://{settings.host}:{settings.port}"
    book = SandboxBook(settings.data_dir / "sandbox-bank.sqlite")
    webhooks = SandboxWebhooks(book, secret, now, f"{here}{HOOKS}/sandbox")
    sandbox = Sandbox(book, secret, now, settings.public_url, webhooks.send_due)
    return PaymentParts({sandbox.name: sandbox}, sandbox, webhooks)


def _eopayment(settings: Settings) -> dict[str, PaymentProvider]:
    from mobility.outside.payments.eopayment import EopaymentProvider

    try:
        options = json.loads(settings.eopayment_options.get_secret_value())
    except ValueError as error:
        raise ValueError(f"MOBILITY_EOPAYMENT_OPTIONS is no JSON: {error}") from error
    if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
        raise ValueError("MOBILITY_EOPAYMENT_OPTIONS must be a JSON object of texts")
    name = "payfip" if settings.eopayment_backend == "payfip_ws" else settings.eopayment_backend
    provider = EopaymentProvider(settings.eopayment_backend, options, f"{settings.public_url}{HOOKS}/{name}")
    return {provider.name: provider}
