"""Integer cents. Python's `round` goes to the even neighbour and JavaScript's upwards: neither is used anywhere."""

from __future__ import annotations

from collections.abc import Sequence


def per_km(distance_m: int, cents_per_km: int) -> int:
    """Cents for a distance, rounded to the nearest cent, half a cent upwards."""
    return (distance_m * cents_per_km + 500) // 1000


def apportion(amount_cents: int, weights: Sequence[int]) -> list[int]:
    """Parts of an amount by weight, by largest remainder (Hamilton's method): whole cents that sum to the amount.

    What is left after rounding down goes, cent by cent, to the largest remainders; among equal ones to the first. When
    all weights are 0 they count as equal. Raises ValueError for negative amounts and weights, and for no weight at all.
    """
    if amount_cents < 0 or not weights or min(weights) < 0:
        raise ValueError(f"{amount_cents} cents cannot be apportioned by {list(weights)}")
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    parts = [amount_cents * weight // total for weight in weights]
    left = amount_cents - sum(parts)
    if left:
        order = sorted(range(len(weights)), key=lambda index: -(amount_cents * weights[index] % total))
        for index in order[:left]:
            parts[index] += 1
    return parts


def euros(cents: int) -> str:
    """For people: 330 is "3.30 €"."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02} €"
