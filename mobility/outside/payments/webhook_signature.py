"""Signatures of webhooks: HMAC-SHA256 over the time and the body, good for some minutes (`t=SECONDS,v1=HEX`)."""

from __future__ import annotations

import hmac

from mobility.acts.sales.payment_port import WebhookError

WINDOW_S = 300
"""A signature older than this, or this far ahead of our clock, is refused: what was overheard cannot be sent again
for ever. Within it the same event again changes nothing."""


def sign_webhook(secret: bytes, at_s: int, body: bytes) -> str:
    """The value of the header."""
    return f"t={at_s},v1={_digest(secret, at_s, body)}"


def check_webhook(secret: bytes, header: str, body: bytes, now_s: float) -> None:
    """Raises WebhookError unless who knows the secret signed just this body, just now."""
    fields = dict(part.partition("=")[::2] for part in header.split(",") if part)
    sent = fields.get("t", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        raise WebhookError("the signature names no time")
    expected = _digest(secret, int(sent), body)
    if not hmac.compare_digest(expected.encode(), fields.get("v1", "").encode("utf-8", "replace")):
        raise WebhookError("the signature does not belong to this body")
    if abs(now_s - int(sent)) > WINDOW_S:
        raise WebhookError(f"it was signed more than {WINDOW_S} seconds from now")


def _digest(secret: bytes, at_s: int, body: bytes) -> str:
    return hmac.digest(secret, f"{at_s}.".encode() + body, "sha256").hex()
