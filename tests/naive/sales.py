"""The slow, obvious twin of the book of sales: every figure is looked up in the whole list of what was entered.

It knows nothing of postings, states, chains or rules: it is a list of (order, kind, body), and questions about it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

Entered = list[tuple[str, str, dict[str, Any]]]


def bodies(entered: Entered, kind: str, order: str = "", **fields: Any) -> Iterator[dict[str, Any]]:
    """The bodies of a kind, of an order, in which these fields have these values."""
    for one, which, body in entered:
        if which == kind and order in ("", one) and all(body.get(k) == v for k, v in fields.items()):
            yield body


def captured(entered: Entered, order: str, hold: str) -> int:
    """What was taken of a hold."""
    return sum(
        one["amount_cents"] for kind in ("capture", "cash") for one in bodies(entered, kind, order, hold=hold)
    )


def paid(entered: Entered, order: str) -> int:
    """What was taken for an order."""
    return sum(one["amount_cents"] for kind in ("capture", "cash") for one in bodies(entered, kind, order))


def lines(entered: Entered, order: str) -> Iterator[tuple[str, str, dict[str, Any], int]]:
    """(sale, way to reckon tax, line, cents that stand of it)."""
    for sale in bodies(entered, "sale", order):
        for line in sale["lines"]:
            back = sum(
                part["cents"]
                for one in bodies(entered, "reversal", order, sale=sale["sale"])
                for part in one["lines"]
                if part["line"] == line["line"]
            )
            yield sale["sale"], sale["vat_mode"], line, line["cents"] - back


def borne(entered: Entered, order: str, line: str) -> int:
    """What the Region bears of a seat in a car: best fares gave it back, and its passenger owes it all the same."""
    return sum(
        part.get("borne_cents", 0)
        for one in bodies(entered, "reversal", order)
        for part in one["lines"]
        if part["line"] == line
    )


def passenger(entered: Entered, order: str) -> int:
    """What a buyer has with us: what is not used, and what seats in cars will be owed for."""
    seats = sum(
        cents + borne(entered, order, line["line"])
        for *_, line, cents in lines(entered, order)
        if line["advance"]
    )
    return available(entered, order) + seats


def available(entered: Entered, order: str) -> int:
    """Paid, and neither sold, kept nor promised back."""
    used = sum(cents for *_, cents in lines(entered, order))
    used += sum(one["amount_cents"] for kind in ("fee", "refund") for one in bodies(entered, kind, order))
    return paid(entered, order) - used


def half_up(amount: Fraction) -> int:
    """To the nearest, a half upwards."""
    return math.floor(amount + Fraction(1, 2))


def tax(entered: Entered, order: str) -> dict[int, int]:
    """The tax within what stands and was kept, by rate: as if nothing else had ever been sold."""
    taxes: dict[int, int] = {}
    totals: dict[tuple[str, int], int] = {}
    for sale, mode, line, cents in lines(entered, order):
        rate = line["vat_permille"]
        if line["advance"]:
            continue
        if mode == "line":
            taxes[rate] = taxes.get(rate, 0) + half_up(Fraction(cents * rate, 1000 + rate))
        else:
            totals[sale, rate] = totals.get((sale, rate), 0) + cents
    for (_, rate), cents in totals.items():
        taxes[rate] = taxes.get(rate, 0) + half_up(Fraction(cents * rate, 1000 + rate))
    for fee in bodies(entered, "fee", order):
        rate = fee["vat_permille"]
        taxes[rate] = taxes.get(rate, 0) + half_up(Fraction(fee["amount_cents"] * rate, 1000 + rate))
    return taxes


def may_travel(entered: Entered, order: str, ticket: str) -> bool:
    """Whether a ticket is paid, or cost nothing, and is not revoked (invariant 7)."""
    if any(bodies(entered, "revocation", order, entitlement=ticket)):
        return False
    if any(ticket in one["entitlements"] for one in bodies(entered, "reversal", order)):
        return False
    (issued,) = bodies(entered, "entitlement", order, entitlement=ticket)
    return all(
        stands + borne(entered, order, line["line"]) > 0 or line["cents"] == 0
        for sale, _, line, stands in lines(entered, order)
        if sale == issued["sale"] and line["line"] in issued["lines"]
    )


def at_provider(entered: Entered, provider: str) -> int:
    """What a provider took for us, less what it gave back."""
    took = sum(one["amount_cents"] for one in bodies(entered, "capture", provider=provider))
    return took - sum(one["amount_cents"] for one in bodies(entered, "refund-paid", provider=provider))


def shares(cents: int, weights: dict[str, int]) -> dict[str, int]:
    """Hamilton's method, one cent after the other: each goes to whom most of a cent is missing."""
    total = sum(weights.values())
    exact = {name: Fraction(cents * weight, total) for name, weight in weights.items()}
    parts = {name: math.floor(one) for name, one in exact.items()}
    while sum(parts.values()) < cents:
        name = max(sorted(parts), key=lambda one: exact[one] - parts[one])
        parts[name] += 1
    return parts
