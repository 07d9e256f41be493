"""Emissions: what the duty asks, and nothing that is not known."""

from __future__ import annotations

import pytest

from mobility.journeys.emissions import (
    describe_method,
    leg_emissions,
    load_factors,
    mark_lowest,
    total_emissions,
)
from routing.timetable import Mode


@pytest.mark.parametrize(
    ("mode", "use_g", "manufacture_g"),
    [
        ("REGIONAL_RAIL", 229.0, 48.0),
        ("COACH", 331.0, 44.0),
        ("BUS", 1135.0, 89.0),
        ("CAR", 1106.0, 317.0),
        ("WALK", 0.0, 0.0),
    ],
)
def test_ten_kilometres(mode: str, use_g: float, manufacture_g: float) -> None:
    emitted = leg_emissions(mode, 10_000)
    assert emitted["use_g"] == use_g
    assert emitted["manufacture_g"] == manufacture_g
    assert emitted["co2e_g"] == pytest.approx(use_g + manufacture_g)


def test_what_has_no_source_is_unknown() -> None:
    assert leg_emissions("ODM", 10_000)["co2e_g"] is None
    assert leg_emissions("REGIONAL_RAIL", 10_000)["nox_g"] is None
    assert leg_emissions("REGIONAL_RAIL", 10_000)["pm10_g"] is None


def test_one_unknown_leg_makes_the_whole_unknown() -> None:
    known, unknown = ({"emissions": leg_emissions(mode, 1000)} for mode in ("TRAM", "FERRY"))
    assert total_emissions([known])["co2e_g"] == 4.3
    assert total_emissions([known, unknown])["co2e_g"] is None


def test_the_lowest_is_marked_and_an_unknown_never_is() -> None:
    suggestions = [
        {"emissions": {"co2e_g": grams, "lowest": False}} for grams in (20.0, None, 10.0, 10.0)
    ]  # fmt: skip
    mark_lowest(suggestions)
    assert [one["emissions"]["lowest"] for one in suggestions] == [False, False, True, True]


def test_the_method_is_published_with_its_version() -> None:
    method = describe_method()
    assert method["version"] == load_factors().version
    assert "ADEME" in method["source"]
    assert method["article"].endswith("D1115-21")


def test_every_factor_is_of_a_mode_there_is() -> None:
    known = {mode.name for mode in Mode} | {"WALK", "BIKE", "CAR"}
    assert set(load_factors().by_mode) <= known
