"""In small: a day at random with everything checked after every event, and offers that are held as they are shown. The
benchmarks `on_demand_month` and `on_demand_offers` do the same for long."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks import on_demand_month, on_demand_offers


def test_a_day_at_random_breaks_nothing(tmp_path: Path) -> None:
    month = on_demand_month.run(
        1, requests=30, vehicles=3, seed=7, deaths=60, database=f"sqlite:///{tmp_path / 'month.sqlite'}"
    )
    happened = month.world.happened
    assert month.world.truths.tours_checked > 60
    assert "0 violations" in on_demand_month.describe(month, 1)
    for what in ("hold", "confirm", "board", "done", "cancel"):
        assert happened[what], (what, happened)


def test_what_is_shown_is_held() -> None:
    outcome = on_demand_offers.run(200, seed=4)
    assert outcome.offers >= 200
    assert outcome.failed.total() == 0, outcome.describe()
