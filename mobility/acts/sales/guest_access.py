"""The word that opens the order of a guest, who has no account."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from mobility.acts.sales.sales_ports import SalesPorts

GUEST = "guest"


def access_of(ports: SalesPorts, order_id: str) -> str:
    """The token that opens a guest's order; the same again where the same is asked for again."""
    made = hmac.digest(ports.offer_key, b"guest order " + order_id.encode(), "sha256")[:20]
    return f"{GUEST}.{order_id}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def read_access(token: str) -> str:
    """The order a guest's token says it opens; "": it is none."""
    kind, _, rest = token.partition(".")
    return rest.partition(".")[0] if kind == GUEST and token.isascii() else ""


def access_digest(token: str) -> str:
    """What is kept of it."""
    return sha256(token.encode()).hexdigest()
