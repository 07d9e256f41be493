"""What-if: the same policy gives the same cents, another one what the slow way gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ticketing.archives import MemoryRegister, three_months
from ticketing.audit_archive.replay import DIFFERENCE_COLUMNS, difference_rows, replay_archive
from ticketing.subsidy_policy import PolicyVersion, default_policy, read_policy


def _policy(**changed: object) -> PolicyVersion:
    return read_policy(json.loads(default_policy().canonical) | changed)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_policy_makes_no_difference(tmp_path: Path, seed: int) -> None:
    register = three_months(seed)
    for period in ("2026-09", "2026-10", "2026-11"):
        path = register.export(period, tmp_path / "a.zip")
        for policy in (None, default_policy()):
            found = replay_archive(path, policy)
            assert found
            assert all(one.difference_cents == 0 for one in found)


def test_another_policy_gives_what_it_says(tmp_path: Path) -> None:
    """Without caps and ceiling that matter, twenty cents a kilometre are twice ten."""
    register = MemoryRegister()
    register.grant(30)
    register.close()
    path = register.export("2026-09", tmp_path / "a.zip")
    per_km = {"rule": "per_km", "amount_cents": 20}
    found = replay_archive(path, _policy(rules=[per_km], caps=[], ceiling={}, valid_from="2030-01-01"))
    grants = [json.loads(one.body) for one in register.book.entries if one.kind == "grant"]
    assert sum(one.trips for one in found) == 30
    assert sum(one.replayed_cents for one in found) == sum(
        (body["facts"]["distance_m"] * 20 + 500) // 1000 for body in grants
    )
    assert sum(one.recorded_cents for one in found) == sum(body["grant"]["amount_cents"] for body in grants)
    assert [len(row) for row in difference_rows(found)] == [len(DIFFERENCE_COLUMNS)] * len(found)


def test_trips_taken_back_count_in_neither(tmp_path: Path) -> None:
    register = MemoryRegister()
    granted = register.grant(5)
    register.withdraw(granted[0])
    register.close()
    found = replay_archive(register.export("2026-09", tmp_path / "a.zip"))
    assert sum(one.trips for one in found) == 4


def test_a_lower_cap_takes_from_the_later_trips(tmp_path: Path) -> None:
    register = MemoryRegister()
    register.grant(40)
    register.close()
    cap = {"per": "driver", "during": "month", "amount_cents_max": 500}
    found = replay_archive(register.export("2026-09", tmp_path / "a.zip"), _policy(caps=[cap]))
    by_driver: dict[str, int] = {}
    for one in found:
        by_driver[one.driver] = by_driver.get(one.driver, 0) + one.replayed_cents
    assert set(by_driver.values()) == {500}
