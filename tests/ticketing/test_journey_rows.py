"""Journeys under the national names, and as open data in which nobody can be found."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.naive.open_data import rare_communes
from tests.ticketing.archives import MemoryRegister, three_months
from tests.ticketing.months import person, random_trip
from ticketing.facts import PlaceFacts
from ticketing.journey_rows import (
    JOURNEY_COLUMNS,
    NO_CONTEXT,
    OPEN_COLUMNS,
    TRIPS_A_COMMUNE_MIN,
    Commune,
    JourneyContext,
    journey_rows,
    open_rows,
)

APDF = (
    *("rpc_journey_id", "operator_journey_id", "operator_trip_id", "start_datetime", "end_datetime"),
    *("start_location", "start_epci", "start_insee", "end_location", "end_epci", "end_insee"),
    *("duration", "distance", "operator", "operator_class"),
    *("driver_operator_user_id", "passenger_operator_user_id", "rpc_incentive", "incentive_type"),
)
"""The headings of the sheet "Trajets" of the national register's file."""

CONTEXT = JourneyContext("BFC", {"89387": Commune("Sens", "CA du Grand Sénonais")})


def _dicts(rows: list, columns: tuple = JOURNEY_COLUMNS) -> list[dict]:
    return [{column.name: cell for column, cell in zip(columns, row, strict=True)} for row in rows]


def test_the_columns_are_those_of_the_national_file() -> None:
    assert [column.name for column in JOURNEY_COLUMNS][: len(APDF)] == list(APDF)


def test_a_row_for_each_couple_and_the_parts_sum_to_what_is_owed() -> None:
    register = three_months()
    entries = register.book.entries
    rows = _dicts(list(journey_rows(entries, CONTEXT)))
    owed = sum(
        cents if account.startswith("driver:") else 0 for account, cents in register.book.balances.items()
    )
    paid = sum(
        line["amount_cents"]
        for entry in entries
        if entry.kind == "payout"
        for line in json.loads(entry.body)["lines"]
    )
    assert sum(row["rpc_incentive"] for row in rows) == paid - owed
    statuses = Counter(row["status"] for row in rows)
    assert statuses["canceled"] == 2
    assert statuses["terms_violation_error"] > 0
    assert statuses["fraud_error"] > 0
    refused = [row for row in rows if row["status"] == "fraud_error"]
    assert all("short: 500 m, 2000 m are the least" in row["status_reasons"] for row in refused)
    assert any(row["operator_trip_id"] == "erased" for row in refused)
    sens = next(row for row in rows if row["start_insee"] == "89387")
    assert (sens["start_location"], sens["start_epci"], sens["operator"]) == (
        "Sens",
        "CA du Grand Sénonais",
        "BFC",
    )


def test_times_are_those_of_paris_on_both_sides_of_the_night_the_clocks_change() -> None:
    register = MemoryRegister(period="2026-10")
    trip = random_trip(random.Random(1), 1)
    for number, (text, shown) in enumerate(
        {
            "2026-10-24T23:30:00+00:00": "2026-10-25T01:30:00+02:00",
            "2026-10-25T01:30:00+00:00": "2026-10-25T02:30:00+01:00",
        }.items()
    ):
        started = trip.started_at.fromisoformat(text)
        at = replace(
            trip,
            trip_id=f"{number:032x}",
            started_at=started,
            ended_at=started + (trip.ended_at - trip.started_at),
        )
        (entry,) = register.grant(1, [at])
        row = _dicts(list(journey_rows([entry], NO_CONTEXT)))[0]
        assert row["start_datetime"] == shown
        assert row["duration"] == int((trip.ended_at - trip.started_at).total_seconds())


PLACES = [PlaceFacts("s", f"2100{n}", 47_000 + 3 * n, 4_000 + 7 * n) for n in range(5)]


def _register(seed: int, count: int) -> MemoryRegister:
    """Trips between a few communes, some of them rare."""
    register, rng = MemoryRegister(seed), random.Random(seed)
    trips = [random_trip(rng, n, "2026-09") for n in range(count)]
    weights = [8, 4, 2, 1, 1]
    trips = [
        replace(trip, start=rng.choices(PLACES, weights)[0], end=rng.choices(PLACES, weights)[0])
        for trip in trips
    ]
    granted = register.grant(count, trips)
    for entry in granted[:2]:
        register.withdraw(entry)
    return register


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), count=st.integers(0, 40), decimals=st.sampled_from((2, 3)))
def test_nobody_can_be_found_in_open_data(seed: int, count: int, decimals: int) -> None:
    entries = _register(seed, count).book.entries
    rows = _dicts(open_rows(entries, CONTEXT, decimals=decimals), OPEN_COLUMNS)
    rare = rare_communes(entries, TRIPS_A_COMMUNE_MIN)
    text = json.dumps(rows)
    assert not any(person(n) in text for n in (*range(10), *range(100, 110)))
    assert not any(json.loads(one.body)["facts"]["trip_id"] in text for one in entries if one.kind == "grant")
    assert "cents" not in text
    for row in rows:
        assert row["start_insee"] not in rare
        assert row["end_insee"] not in rare
        assert row["start_datetime"][15:19] == "0:00"
        assert row["end_datetime"][15:19] == "0:00"
        assert row["duration"] % 600 == 0
        assert row["distance"] % 100 == 0
        for name in ("start_lat", "start_lon", "end_lat", "end_lon"):
            assert len(row[name].partition(".")[2]) == decimals
    order = [[str(cell) for cell in row.values()] for row in rows]
    assert order == sorted(order)


def test_leaving_some_out_may_make_others_rare() -> None:
    """Five trips from B and one of B to the rare C: B has six trips only together with one that may not be shown."""
    register = MemoryRegister()
    rng = random.Random(1)
    ends = [(1, 2)] + [(0, 1)] * 5 + [(0, 0)] * 6
    trips = [
        replace(random_trip(rng, n, "2026-09"), start=PLACES[start], end=PLACES[end])
        for n, (start, end) in enumerate(ends)
    ]
    register.grant(len(trips), trips)
    rows = _dicts(open_rows(register.book.entries, NO_CONTEXT), OPEN_COLUMNS)
    assert {row["start_insee"] for row in rows} | {row["end_insee"] for row in rows} == {"21000"}


def test_other_decimals_are_refused() -> None:
    with pytest.raises(ValueError, match="2 or 3 decimals"):
        open_rows([], NO_CONTEXT, decimals=4)
