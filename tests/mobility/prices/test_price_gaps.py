"""How far what is found by price is from the cheapest there is: measured against every journey of small networks."""

from __future__ import annotations

import pytest

from tests.benchmarks.price_gaps import list_gaps

CASES = 40


@pytest.mark.parametrize(
    ("tariff", "missed_max", "cents_max"),
    [("flat", 0, 0), ("distance", 0, 0), ("hour", 2, 160), ("joined", 2, 190), ("cap", 0, 0)],
)
def test_what_is_found_by_price_is_mostly_the_cheapest(tariff: str, missed_max: int, cents_max: int) -> None:
    gaps = list_gaps(tariff, CASES)
    assert len(gaps) > CASES / 2
    assert sum(one.by_both > 0 for one in gaps) <= missed_max
    assert sum(one.by_both for one in gaps) <= cents_max
    assert all(one.by_both <= one.by_bound for one in gaps), "what the estimate finds comes on top"
    if tariff in ("hour", "joined"):  # where rides may be free the bound alone cannot tell
        assert sum(one.by_bound for one in gaps) > 2 * cents_max
