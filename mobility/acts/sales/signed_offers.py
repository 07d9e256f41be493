"""What somebody was offered and brings back, for the acts: unreadable, it is refused in words."""

from __future__ import annotations

from typing import TypeVar

from ground.signed import TokenError, read
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.orders.refusal import OrderRefusedError, Reason

T = TypeVar("T")


def read_offer(ports: SalesPorts, kind: type[T], token: str, field: str = "offer") -> T:
    """The offer of a token. Whether it still holds is for the caller. Raises OrderRefusedError (INVALID)."""
    try:
        return read(kind, token, ports.offer_key)
    except TokenError as error:
        raise OrderRefusedError(
            Reason.INVALID,
            "Cette offre n'est pas lisible : demandez-en une nouvelle.",
            f"This offer cannot be read ({error}): ask for a new one.",
            field,
        ) from error
