"""Bodies of entries of the book of sales, as small as it takes them."""

from __future__ import annotations

from typing import Any

Item = tuple[str, dict[str, Any]]
BOTH = [[0, "coach", 250], [1, "rail", 275]]


def line(name: str, cents: int, permille: int = 100, **more: Any) -> dict[str, Any]:
    made = {"line": name, "item": name.partition("/")[0], "product": "single", "kind": "single"}
    made |= {"network": "shared", "cents": cents, "vat_permille": permille, "advance": False, "weights": BOTH}
    return made | {"valid_from_s": 0, "valid_until_s": 0} | more


def bought(*lines: dict[str, Any], mode: str = "line") -> list[Item]:
    """Paid with a card, and sold."""
    cents = sum(one["cents"] for one in lines)
    paid = {"hold": "h", "provider": "sandbox", "amount_cents": cents}
    sale = {"sale": "s", "tariff": "t", "apportionment": "own-fares", "vat_mode": mode, "lines": list(lines)}
    right = {"entitlement": "T-1", "item": lines[0]["item"], "sale": "s", "lines": [lines[0]["line"]]}
    return [("hold", paid), ("capture", paid), ("sale", sale), ("entitlement", right)]


def given_back(name: str, cents: int) -> list[Item]:
    """A part of a line, the way it was paid."""
    back = {"refund": f"r{cents}", "hold": "h", "provider": "sandbox", "amount_cents": cents}
    taken = {"reversal": f"v{cents}", "sale": "s", "reason": "asked for", "entitlements": []}
    return [
        ("reversal", taken | {"lines": [{"line": name, "cents": cents}]}),
        ("refund", back),
        ("refund-paid", back),
    ]
