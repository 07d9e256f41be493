"""The slow, obvious twin of the ledger: every figure is looked up in the whole list of what was entered.

It knows nothing of postings, states or rules: it is a list of (kind, body), and questions about it.
"""

from __future__ import annotations

from typing import Any

Entered = list[tuple[int, str, dict[str, Any]]]
"""(seq, kind, body) of all that was entered."""


def bodies(entered: Entered, kind: str, **fields: Any) -> list[dict[str, Any]]:
    """The bodies of a kind in which these fields have these values."""
    return [
        body
        for _, one, body in entered
        if one == kind and all(body.get(name) == value for name, value in fields.items())
    ]


def withdrawn(entered: Entered) -> list[int]:
    """The seqs of the grants that were withdrawn."""
    return [body["grant_seq"] for body in bodies(entered, "withdrawal")]


def owed_to_driver(entered: Entered, driver: str) -> int:
    """Grants that stand, less what was paid, plus what banks returned."""
    gone = withdrawn(entered)
    granted = sum(
        body["grant"]["amount_cents"]
        for seq, kind, body in entered
        if kind == "grant" and seq not in gone and body["facts"]["driver"] == driver
    )
    paid = sum(
        line["amount_cents"]
        for body in bodies(entered, "payout")
        for line in body["lines"]
        if line["driver"] == driver
    )
    returned = sum(body["amount_cents"] for body in bodies(entered, "payout-return", driver=driver))
    return granted - paid + returned


def owed_by_passenger(entered: Entered, person: str) -> int:
    """Fares of trips that stand."""
    gone = withdrawn(entered)
    return sum(
        one["fare_cents"]
        for seq, kind, body in entered
        if kind == "grant" and seq not in gone
        for one in body["facts"]["passengers"]
        if one["person"] == person
    )


def consumed(entered: Entered) -> int:
    """Grants that stand."""
    gone = withdrawn(entered)
    return sum(
        body["grant"]["amount_cents"] for seq, kind, body in entered if kind == "grant" and seq not in gone
    )
