"""A ticket: what is signed, and what an inspector checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """One thing it gives the right to: rides on a network, between two stops or within zones. "" and (): any."""

    network_id: str
    from_stop: str = ""
    to_stop: str = ""
    """Short codes or ids, both or neither; both ways of a return are two rights."""
    zones: tuple[str, ...] = ()
    valid_from_s: int = 0
    valid_until_s: int = 0
    """Epoch seconds, until exclusive; 0: the ticket's."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One proof of payment of one rider (or one group) of one item of an order, over all its networks."""

    ref: str
    """Unique for the issuer: what is revoked, and seen before. Never the bytes of a code."""
    issuer: str
    order_id: str
    item_id: str
    product_id: str
    """Of its main price line."""
    category: str
    """Of its rider."""
    count: int
    """How many travel with it."""
    rights: tuple[Right, ...]
    valid_from_s: int
    valid_until_s: int
    issued_s: int
    revoked_s: int = 0
    """0: it is not."""
    generation: int = 1
    """Grows with each code made for it again (rotated keys, another telephone); an old one stays readable."""
    cents: int = 0
    """Its share of what the item cost."""
    device_key: str = ""
    """Of the telephone that shows it: its Ed25519 public key, hexadecimal; "": the server shows it."""
    first_rider: int = 0
    """Which rider of its item: of a group the first."""
    rics: tuple[tuple[str, int], ...] = ()
    """Its networks whose inspectors read UIC codes, and their companies' RICS codes; (): it has no UIC code."""
