"""A key, some tickets and what inspectors know, for tests."""

from __future__ import annotations

from dataclasses import replace

from ticketing.tickets import cose, rotating
from ticketing.tickets.inspection import Here
from ticketing.tickets.keys import Algorithm, SecretTicketKey, new_key
from ticketing.tickets.known import Known, known
from ticketing.tickets.revocation_list import Cancelled
from ticketing.tickets.ticket import Right, Ticket

NOW = 1_774_740_000
"""2026-03-28 23:20 UTC."""
KEY = new_key("MOBI", "1", Algorithm.ED25519, bytes(range(32)))
DEVICE = bytes(range(100, 132))

SINGLE = Ticket(
    ref="K7Q2XAB8-1",
    issuer="MOBI",
    order_id="o",
    item_id="i",
    product_id="coach-single",
    category="adult",
    count=1,
    rights=(Right("coach", "bfc:20401", "bfc:20517"),),
    valid_from_s=NOW - 3_600,
    valid_until_s=NOW + 7_200,
    issued_s=NOW - 7_200,
    cents=150,
)
PASS = replace(
    SINGLE,
    ref="K7Q2XAB8-2",
    product_id="month-two-zones",
    category="youth",
    rights=(Right("city-dijon", zones=("1", "12")), Right("coach")),
    valid_until_s=NOW + 30 * 86_400,
    cents=4_200,
    generation=2,
)
GROUP = replace(
    SINGLE,
    ref="K7Q2XAB8-3",
    count=5,
    category="group",
    rights=(
        Right("ter", "ter:1", "ter:2", valid_until_s=NOW + 3_600),
        Right("coach", "bfc:1", "bfc:2", valid_from_s=NOW + 1_800),
    ),
)
TICKETS = {"single": SINGLE, "pass": PASS, "group": GROUP}


def paper(ticket: Ticket = SINGLE, key: SecretTicketKey = KEY) -> bytes:
    """What is printed."""
    return cose.encode(ticket, key)


def live(ticket: Ticket = SINGLE, at_s: int = NOW, device: bytes = DEVICE) -> bytes:
    """What a telephone shows."""
    return rotating.show(cose.encode(ticket, KEY, rotating.public_key(DEVICE)), device, at_s)


def as_read(ticket: Ticket) -> Ticket:
    """As far as codes say it."""
    return replace(ticket, order_id="", item_id="", revoked_s=0, first_rider=0)


def knowing(*cancelled: Cancelled, key: SecretTicketKey = KEY, as_of_s: int = NOW - 600) -> Known:
    """What a device knows that synchronised ten minutes ago."""
    return known([key.public], cancelled, as_of_s)


def here(at_s: int = NOW, **where: str) -> Here:
    """An inspector."""
    return Here(at_s, **where)
