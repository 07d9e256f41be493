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


def envelope(cents: int, campaign: str = "lines", **more: Any) -> Body:
    """The Region puts money into a campaign."""
    return {"campaign": campaign, "amount_cents": cents} | more


def payout(*lines: tuple[str, int]) -> Body:
    """Drivers are paid."""
    return {
        "lines": [{"driver": driver, "amount_cents": cents} for driver, cents in lines],
        "total_cents": sum(cents for _, cents in lines),
    }
