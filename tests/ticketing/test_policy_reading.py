"""Policies are read strictly, and what is wrong is said by rule and field; what is written is read back the same."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings

from tests.ticketing.by_chance import policies
from ticketing.facts import PlaceFacts
from ticketing.policy_fields import PolicyError
from ticketing.policy_rules import MM_PER_DEGREE_E3, cosine_e12, distance_mm_squared
from ticketing.subsidy_policy import default_policy, in_force, read_policy, read_policy_text

RULE = {"rule": "per_km", "amount_cents": 10}
GOOD: dict[str, Any] = {
    "campaign": "c",
    "title": "T",
    "valid_from": "2026-01-01",
    "passenger_fare_cents": 150,
    "rules": [RULE],
}


def _cap(**fields: Any) -> dict[str, Any]:
    return {"caps": [fields]}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"colour": 1}, "colour: there is no such field here"),
    ({"campaign": "Ünicode"}, "campaign: 'Ünicode' is no name"),
    ({"campaign": 3}, "campaign: 3 is no name"),
    ({"title": ""}, "title: '' is not a line of text"),
    ({"valid_from": "2026-02-30"}, "valid_from: '2026-02-30' is no day"),
    ({"valid_from": "2026-2-3"}, "valid_from"),
    ({"valid_until": "2026-01-01"}, "valid_until: 2026-01-01 is not after valid_from"),
    ({"passenger_fare_cents": 1.5}, "passenger_fare_cents: 1.5 is not a whole number of cents"),
    ({"passenger_fare_cents": True}, "passenger_fare_cents: True is not a whole number"),
    ({"rules": {}}, "rules: {} is not a list"),
    ({"rules": ["per_km"]}, "rules[0].rule: None is no rule here; there is: adult_only"),
    ({"rules": [RULE, {"rule": "per_mile"}]}, "rules[1].rule: 'per_mile' is no rule here"),
    ({"rules": [{"rule": "per_km"}]}, "rules[0] (per_km).amount_cents: is missing"),
    ({"rules": [RULE | {"amount_cents": -1}]}, "rules[0] (per_km).amount_cents: -1 is not a whole number"),
    (
        {"rules": [RULE | {"amount": 1}]},
        "rules[0] (per_km).amount: there is no such field here; there is: amount_cents",
    ),
    ({"rules": [RULE | {"when": [RULE]}]}, "rules[0] (per_km).when[0].rule: 'per_km' is no rule here"),
    (
        {"rules": [{"rule": "distance", "min_m": 5, "max_m": 5}]},
        "rules[0] (distance).max_m: 5 is not more than min_m",
    ),
    ({"rules": [{"rule": "starts_and_ends_in"}]}, "names neither lines nor communes nor zones"),
    ({"rules": [{"rule": "starts_and_ends_in", "zones": ["z"]}]}, "there is no zone 'z'"),
    (
        {"rules": [{"rule": "evidence", "at_least": "D"}]},
        "rules[0] (evidence).at_least: 'D' is none of A, B, C",
    ),
    (
        {"rules": [{"rule": "time_slots", "slots": []}]},
        "rules[0] (time_slots).slots: [] is not a list of at least 1",
    ),
    (
        {"rules": [{"rule": "time_slots", "slots": [{"begins": "25:00"}]}]},
        "rules[0] (time_slots).slots[0].begins: '25:00' is no time of day",
    ),
    (
        {"rules": [{"rule": "time_slots", "slots": [{"begins": "08:00", "ends": "08:00"}]}]},
        "a slot from 08:00 to 08:00 holds nothing",
    ),
    (_cap(per="driver", trips_max=1), "caps[0].during: is missing"),
    (
        _cap(per="driver", during="week", trips_max=1),
        "caps[0].during: 'week' is none of day, month, year, campaign",
    ),
    (
        _cap(per="driver", during="day"),
        "caps[0]: needs one of trips_max, amount_cents_max and passengers_max, not 0",
    ),
    (_cap(per="driver", during="day", trips_max=1, amount_cents_max=1), "not 2"),
    (
        _cap(per="passenger", during="day", amount_cents_max=1),
        "caps[0].amount_cents_max: amounts are paid to drivers",
    ),
    (_cap(per="trip", trips_max=1), "caps[0].trips_max: passengers are capped per trip"),
    (_cap(per="trip", during="day", passengers_max=1), "caps[0].during: 'day' has no meaning"),
    (
        {"caps": [{"per": "driver", "during": "day", "trips_max": n} for n in (1, 2)]},
        "caps[1]: trips/driver/day is capped twice",
    ),
    (
        {"caps": [{"per": "trip", "passengers_max": n} for n in (1, 2)]},
        "caps[1]: the passengers of a trip are capped twice",
    ),
    (
        {"ceiling": {"derogation_below_m": 15_000}},
        "ceiling: derogation_below_m and derogation_trips_per_day go together",
    ),
    (
        {"ceiling": {"derogation_below_m": 20_000, "derogation_trips_per_day": 2}},
        "ceiling.derogation_below_m: 20000",
    ),
    (
        {"ceiling": {"derogation_below_m": 9, "derogation_trips_per_day": 3}},
        "ceiling.derogation_trips_per_day: 3",
    ),
    ({"zones": {"z": []}}, "zones.z: [] is not a list of at least 1"),
    ({"zones": ["z"]}, "zones: ['z'] is not a table of zones"),
]


@pytest.mark.parametrize(("changed", "words"), WRONG)
def test_what_is_wrong_is_named(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_policy(GOOD | changed)
    assert words in str(refused.value)


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(PolicyError, match=f"^{missing}: is missing"):
        read_policy({key: value for key, value in GOOD.items() if key != missing})


@pytest.mark.parametrize(
    ("text", "is_json"), [("a = ", False), ("{", True), ("[1]", True), ("[" * 100_000, True)]
)
def test_what_is_no_document_is_refused(text: str, is_json: bool) -> None:
    with pytest.raises(PolicyError):
        read_policy_text(text, is_json)


@settings(max_examples=60)
@given(policies("2026-01-01"))
def test_the_canonical_form_is_read_as_the_same_policy(written: dict[str, Any]) -> None:
    version = read_policy(written)
    again = read_policy_text(version.canonical.decode(), is_json=True)
    assert again == version
    shuffled = dict(reversed(list(json.loads(version.canonical).items())))
    assert read_policy(shuffled).hash == version.hash


def test_the_default_is_the_regions() -> None:
    version = default_policy()
    assert version.passenger_fare_cents == 150
    assert [cap.counter.name for cap in version.caps] == [
        "trips/driver/day",
        "trips/passenger/day",
        "amount/driver/month",
        "amount/driver/year",
    ]


def test_the_last_that_has_begun_is_in_force() -> None:
    versions = [
        read_policy(GOOD | {"valid_from": day, "title": day})
        for day in ("2026-01-01", "2026-03-01", "2026-03-01")
    ]
    assert in_force(versions, "2025-12-31") is None
    assert in_force(versions, "2026-02-28") is versions[0]
    assert in_force(versions, "2026-03-01") is versions[2]


def test_distances_by_whole_numbers_are_those_of_floats() -> None:
    for degrees_e3 in range(-90_000, 90_001, 1234):
        assert abs(cosine_e12(degrees_e3) / 1e12 - math.cos(math.radians(degrees_e3 / 1000))) < 1e-9
    found = math.sqrt(distance_mm_squared(47323, 5027, PlaceFacts("a", "", 47798, 3573))) / 1e6
    north, east = (
        0.475 * MM_PER_DEGREE_E3 / 1000,
        1.454 * MM_PER_DEGREE_E3 / 1000 * math.cos(math.radians(47.323)),
    )
    assert abs(found - math.hypot(north, east)) < 0.001
