"""Sends the sandbox's webhooks over HTTP, signed, again and again until they are heard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import httpx

from mobility.outside.payments.sandbox import SIGNATURE_HEADER
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.outside.payments.webhook_signature import sign_webhook

LEASE_S = 30.0
"""So long nobody else sends what one process is sending."""

ATTEMPTS_MAX = 12
BACK_OFF_S, BACK_OFF_S_MAX = 2.0, 600.0
TIMEOUT_S = 10.0


class SandboxWebhooks:
    """`url`: where we hear them."""

    def __init__(self, book: SandboxBook, secret: bytes, now: Callable[[], dt.datetime], url: str) -> None:
        self._book, self._secret, self._now, self._url = book, secret, now, url
        self._http = httpx.Client(timeout=TIMEOUT_S)

    def send_due(self) -> int:
        """Send what is due, once each; how many were heard. What nobody hears is sent again later."""
        now_s = self._now().timestamp()
        if not self._book.has_due(now_s):
            return 0
        with self._book.open() as page:
            events = page.take_due(now_s, now_s + LEASE_S)
        heard = 0
        for event in events:
            is_heard = self._send(event.body)
            heard += is_heard
            with self._book.open() as page:
                if is_heard or event.attempts + 1 >= ATTEMPTS_MAX:
                    page.drop(event.n)
                else:
                    wait_s = min(BACK_OFF_S * 2**event.attempts, BACK_OFF_S_MAX)
                    page.postpone(event.n, self._now().timestamp() + wait_s)
        return heard

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _send(self, body: bytes) -> bool:
        signature = sign_webhook(self._secret, int(self._now().timestamp()), body)
        headers = {SIGNATURE_HEADER: signature, "content-type": "application/json"}
        try:
            return self._http.post(self._url, content=body, headers=headers).status_code < 300
        except httpx.HTTPError:
            return False
