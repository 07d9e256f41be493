"""Bodies of entries, as small as the ledger takes them."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]


def grant(
    trip: int, driver: str = "d1", cents: int = 330, fares: tuple[tuple[str, int], ...] = (("p1", 150),)
) -> Body:
    """A grant, with what the ledger reads of it."""
    passengers = [{"person": person, "fare_cents": fare_cents, "seats": 1} for person, fare_cents in fares]
    facts = {
        "trip_id": f"t{trip}",
        "line_id": "alesia",
        "driver": driver,
        "distance_m": 33_000,
        "passengers": passengers,
    }
    return {"campaign": "lines", "closing": 1, "facts": facts, "grant": {"amount_cents": cents}}


def hold(name: str, cents: int, person: str = "p1", **more: Any) -> Body:
    """A provider keeps an amount for us."""
    return {
        "hold": name,
        "provider": "sandbox",
        "person": person,
        "product": "coach",
        "amount_cents": cents,
    } | more


def capture(name: str, cents: int, person: str = "p1", **more: Any) -> Body:
    """We take it, or a part."""
    return {"hold": name, "provider": "sandbox", "person": person, "amount_cents": cents} | more


def refund(name: str, refund_name: str, cents: int, entitlement: str = "", **more: Any) -> Body:
    """We give a part back."""
    body = {"refund": refund_name, "hold": name, "provider": "sandbox", "product": "coach"}
    return body | {"amount_cents": cents, "entitlement": entitlement} | more


def entitlement(name: str, cents: int, hold_name: str = "", person: str = "p1") -> Body:
    """A right to travel."""
    return {
        "entitlement": name,
        "person": person,
        "product": "coach",
        "price_cents": cents,
        "hold": hold_name,
    }


def event(name: str, hold_name: str, kind: str, cents: int = 0, refund_name: str = "") -> Body:
    """What a provider tells."""
    body = {"provider": "sandbox", "event": name, "hold": hold_name, "type": kind}
    return body | {"refund": refund_name, "amount_cents": cents}


def payout(*lines: tuple[str, int]) -> Body:
    """Drivers are paid."""
    return {
        "lines": [{"driver": driver, "amount_cents": cents} for driver, cents in lines],
        "total_cents": sum(cents for _, cents in lines),
    }
