"""Rules one by one: `process({policy, trips}, {incentives})`; and bugs seen in other systems, each by its name."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ticketing.cap_counters import CapCounters
from ticketing.cost_scale import default_scale, read_scale
from ticketing.facts import Grant, PassengerFacts, PlaceFacts, TripFacts
from ticketing.money import apportion, per_km
from ticketing.subsidy import Withdrawn, grant, grant_all, replay
from ticketing.subsidy_policy import default_policy, read_policy

PER_KM: dict[str, Any] = {"rule": "per_km", "amount_cents": 10}
PER_PASSENGER: dict[str, Any] = {"rule": "per_passenger", "amount_cents": 100}
DIJON, AUXERRE = PlaceFacts("d", "21231", 47323, 5027), PlaceFacts("a", "89024", 47798, 3573)


def policy(rules: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return {
        "campaign": "test",
        "title": "Test",
        "valid_from": "2026-01-01",
        "passenger_fare_cents": 150,
        "rules": rules,
        **fields,
    }


def trip(
    number: int = 1,
    km: float = 33,
    passengers: int = 1,
    at: str = "2026-10-07T08:00",
    driver: str = "driver",
    places: tuple[PlaceFacts, PlaceFacts] = (DIJON, AUXERRE),
    line: str = "line",
    **of_passengers: Any,
) -> TripFacts:
    """A trip; `at` is UTC."""
    started = dt.datetime.fromisoformat(f"{at}:00+00:00")
    distance_m = round(km * 1000)
    fields = {"evidence_class": "C", "is_adult": True, "paid_to_driver_cents": 0} | of_passengers
    riders = tuple(
        PassengerFacts(f"{number:03}-{index}", f"p{index}", distance_m=distance_m, fare_cents=150, **fields)
        for index in range(passengers)
    )
    return TripFacts(f"{number:03}", line, driver, started, started, *places, distance_m, riders, ())


def process(written: dict[str, Any], trips: list[TripFacts]) -> list[int]:
    """The cents of each trip, in the order of start and id."""
    version = read_policy(written)
    ordered = sorted(trips, key=lambda one: (one.started_at, one.trip_id))
    counters = CapCounters(version.counters())
    return [made.amount_cents for made in grant_all(ordered, [version], [default_scale()], counters)]


PLACES_APART = {"rule": "within", "lat_e3": 47320, "lon_e3": 5030}
NIGHT = {"rule": "time_slots", "slots": [{"weekdays": ["fri"], "begins": "22:00", "ends": "02:00"}]}
FRIDAY_2330, SATURDAY_0130, SATURDAY_0200 = "2026-10-09T21:30", "2026-10-09T23:30", "2026-10-10T00:00"

TABLE: list[tuple[str, dict[str, Any], list[TripFacts], list[int]]] = [
    ("per km", policy([PER_KM]), [trip(km=33), trip(2, km=0.049), trip(3, km=0.05)], [330, 0, 1]),
    ("per km with an offset", policy([PER_KM | {"offset_m": 2000}]), [trip(km=2), trip(2, km=2.1)], [0, 1]),
    (
        "per km with a limit",
        policy([PER_KM | {"limit_m": 30_000}]),
        [trip(km=29.9), trip(2, km=31)],
        [299, 300],
    ),
    ("from the second passenger on", policy([PER_PASSENGER]), [trip(passengers=n) for n in (1,)], [0]),
    ("three passengers", policy([PER_PASSENGER]), [trip(passengers=3)], [200]),
    ("from the first", policy([PER_PASSENGER | {"from_nth": 1, "at_most": 3}]), [trip(passengers=4)], [300]),
    ("several seats", policy([PER_PASSENGER]), [trip(seats=3)], [200]),
    ("nobody", policy([PER_KM, PER_PASSENGER]), [trip(passengers=0)], [0]),
    (
        "distance: from 2 km, less than 30",
        policy([{"rule": "distance", "min_m": 2000, "max_m": 30_000}, PER_KM]),
        [trip(km=1.999), trip(2, km=2), trip(3, km=29.999), trip(4, km=30)],
        [0, 20, 300, 0],
    ),
    (
        "starts and ends in communes",
        policy(
            [{"rule": "starts_and_ends_in", "zones": ["z"], "communes": ["89024"]}, PER_KM],
            zones={"z": ["21231"]},
        ),
        [trip(), trip(2, places=(DIJON, PlaceFacts("x", "75056", 48856, 2352)))],
        [330, 0],
    ),
    (
        "on a line",
        policy([{"rule": "starts_and_ends_in", "lines": ["a"]}, PER_KM]),
        [trip(), trip(2, line="a")],
        [0, 330],
    ),
    (
        "within: an end, both ends",
        policy(
            [
                PER_KM | {"when": [PLACES_APART | {"radius_m": 900}]},
                PER_PASSENGER | {"from_nth": 1, "when": [PLACES_APART | {"radius_m": 900, "end": "both"}]},
            ]
        ),
        [trip(), trip(2, places=(DIJON, DIJON)), trip(3, places=(AUXERRE, AUXERRE))],
        [330, 430, 0],
    ),
    (
        "a slot over midnight belongs to the day it began on",
        policy([PER_KM | {"when": [NIGHT]}]),
        [
            trip(1, at=FRIDAY_2330),
            trip(2, at=SATURDAY_0130),
            trip(3, at=SATURDAY_0200),
            trip(4, at="2026-10-08T23:30"),
        ],
        [0, 330, 330, 0],
    ),
    (
        "evidence",
        policy([{"rule": "evidence", "at_least": "B"}, PER_KM]),
        [trip(evidence_class=one) for one in "A"]
        + [trip(2, evidence_class="B"), trip(3, evidence_class="C")],
        [0, 330, 330],
    ),
    (
        "passengers of a trip",
        policy([PER_PASSENGER | {"from_nth": 1}], caps=[{"per": "trip", "passengers_max": 2}]),
        [trip(passengers=4), trip(2, seats=5)],
        [200, 200],
    ),
    (
        "trips a day and driver",
        policy([PER_KM], caps=[{"per": "driver", "during": "day", "trips_max": 2}]),
        [trip(1), trip(2), trip(3), trip(4, driver="other"), trip(5, at="2026-10-08T08:00")],
        [330, 330, 0, 330, 330],
    ),
    (
        "amount a month and driver",
        policy([PER_KM], caps=[{"per": "driver", "during": "month", "amount_cents_max": 500}]),
        [trip(1), trip(2), trip(3), trip(4, at="2026-11-01T08:00")],
        [330, 170, 0, 330],
    ),
    (
        "amount and trips of a campaign",
        policy(
            [PER_KM],
            caps=[
                {"per": "campaign", "during": "campaign", "amount_cents_max": 700},
                {"per": "campaign", "during": "campaign", "trips_max": 3},
            ],
        ),
        [trip(n, km=km, driver=f"{n}") for n, km in enumerate((10, 20, 30, 40))],
        [100, 200, 300, 0],
    ),
    (
        "a passenger at the cap does not count",
        policy(
            [PER_PASSENGER | {"from_nth": 1}], caps=[{"per": "passenger", "during": "day", "trips_max": 1}]
        ),
        [trip(1, passengers=2, driver="a"), trip(2, passengers=3, driver="b")],
        [200, 100],
    ),
    ("the legal ceiling", policy([PER_KM | {"amount_cents": 50}]), [trip(km=100)], [3700]),
    (
        "what passengers paid the driver lowers it",
        policy([PER_KM | {"amount_cents": 37}]),
        [trip(paid_to_driver_cents=300)],
        [921],
    ),
    (
        "the derogation: twice a day, under 15 km",
        policy(
            [PER_KM | {"amount_cents": 50}],
            ceiling={"derogation_below_m": 15_000, "derogation_trips_per_day": 2},
        ),
        [trip(n, km=km) for n, km in enumerate((14, 15, 14, 14, 14))],
        [700, 555, 700, 518, 518],
    ),
    (
        "the end of a policy",
        policy([PER_KM], valid_until="2026-10-08"),
        [trip(), trip(2, at="2026-10-07T22:00")],
        [330, 0],
    ),
]


@pytest.mark.parametrize(
    ("written", "trips", "cents"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_process(written: dict[str, Any], trips: list[TripFacts], cents: list[int]) -> None:
    assert process(written, trips) == cents


@pytest.mark.parametrize(("km", "passengers", "cents"), [(33, 1, 330), (33, 2, 430), (53, 3, 730)])
def test_the_regions_own_examples(km: int, passengers: int, cents: int) -> None:
    version = default_policy()
    made = grant(
        trip(km=km, passengers=passengers), version, default_scale(), CapCounters(version.counters())
    )
    assert made.amount_cents == cents
    assert sum(share.amount_cents for share in made.shares) == cents


def test_an_explanation_leads_from_nothing_to_the_amount() -> None:
    version = default_policy()
    made = grant(trip(km=53, passengers=3), version, default_scale(), CapCounters(version.counters()))
    assert [(step.rule, step.before_cents, step.after_cents) for step in made.steps] == [
        ("per_km", 0, 530),
        ("per_passenger", 530, 730),
    ]
    assert made.steps[0].words == "53000 m at 0.10 € a kilometre"
    assert ("amount/driver/month", "driver:driver/2026-10", 0, 730, 8400) in [
        (one.cap, one.key, one.before, one.after, one.limit) for one in made.caps
    ]


# Bugs of other systems


@pytest.fixture
def server_in_tokyo() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.__setitem__("TZ", before)
    time.tzset()


ONE_A_DAY = policy([PER_KM], caps=[{"per": "driver", "during": "day", "trips_max": 1}])


def test_bug_day_caps_are_kept_a_day_not_a_processing_window() -> None:
    """Two runs over one day are one day; one run over two days is two."""
    version = read_policy(ONE_A_DAY)
    counters = CapCounters(version.counters())
    cents = []
    for run in (
        [trip(1, at="2026-10-07T08:00")],
        [trip(2, at="2026-10-07T20:00"), trip(3, at="2026-10-08T08:00")],
    ):
        cents += [made.amount_cents for made in grant_all(run, [version], [default_scale()], counters)]
    assert cents == [330, 0, 330]


def test_bug_cap_keys_in_the_servers_time_zone(server_in_tokyo: None) -> None:
    """00:30 in Paris is today, though it is yesterday in UTC and anything in the server's zone."""
    assert process(
        ONE_A_DAY,
        [trip(1, at="2026-10-07T21:30"), trip(2, at="2026-10-07T22:30"), trip(3, at="2026-10-08T21:59")],
    ) == [
        330,
        330,
        0,
    ]


def test_bug_cancelled_trips_are_counted() -> None:
    version = read_policy(ONE_A_DAY)
    events = [trip(1), Withdrawn("001"), trip(2), trip(3)]
    made = replay(events, [version], [default_scale()], CapCounters(version.counters()))
    assert [one.amount_cents for _, one in made] == [330, 330, 0]


def test_bug_draft_amounts_are_ordered_by_time_alone() -> None:
    """Of two trips that start at the same moment the smaller id comes first, whichever arrived first."""
    for order in ([trip(1), trip(2)], [trip(2), trip(1)]):
        assert process(ONE_A_DAY, order) == [330, 0]
    version = read_policy(ONE_A_DAY)
    with pytest.raises(ValueError, match="sort by start, then by id"):
        list(grant_all([trip(2), trip(1)], [version], [default_scale()], CapCounters(version.counters())))


def test_bug_a_simulation_is_cached_without_the_policy_in_its_key() -> None:
    """The same trip under two policies, and the same again, gives each its own; so do equal policies read twice."""
    one, two = policy([PER_KM]), policy([PER_KM | {"amount_cents": 20}])
    assert [process(written, [trip()]) for written in (one, two, one, two)] == [[330], [660], [330], [660]]
    assert read_policy(one).hash != read_policy(two).hash
    assert read_policy(one).hash == read_policy(policy([PER_KM | {"offset_m": 0, "limit_m": None}])).hash


@pytest.mark.parametrize(("is_adult", "cents"), [(None, 0), (False, 0), (True, 330)])
def test_bug_unknown_age_is_treated_as_adult(is_adult: bool | None, cents: int) -> None:
    assert process(policy([{"rule": "adult_only"}, PER_KM]), [trip(is_adult=is_adult)]) == [cents]


def test_bug_pythons_rounding_to_even() -> None:
    """Half a cent goes up, always: round() has 0.5, 1.5 and 2.5 cents as 0, 2 and 2."""
    assert [per_km(metres, 10) for metres in (50, 150, 250, 350)] == [1, 2, 3, 4]
    assert [round(metres * 10 / 1000) for metres in (50, 150, 250, 350)] != [1, 2, 3, 4]


def test_bug_the_end_of_the_day_when_the_clock_goes_back() -> None:
    """25 October 2026 has 25 hours: 00:30 and 23:30 of it are one day, the second 02:30 too."""
    day = [trip(1, at="2026-10-24T22:30"), trip(2, at="2026-10-25T01:30"), trip(3, at="2026-10-25T22:30")]
    assert process(ONE_A_DAY, day) == [330, 0, 0]
    assert process(ONE_A_DAY, [*day, trip(4, at="2026-10-25T23:00")]) == [330, 0, 0, 330]


def test_parts_sum_to_the_whole() -> None:
    assert apportion(730, [53, 53, 53]) == [244, 243, 243]
    assert apportion(275, [250, 275]) == [131, 144]
    assert apportion(2, [0, 0, 0]) == [1, 1, 0]
    for nonsense in ((-1, [1]), (1, []), (1, [1, -1])):
        with pytest.raises(ValueError, match="cannot be apportioned"):
            apportion(*nonsense)


def test_a_scale_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="millieuros_per_km: 0 is not a whole number"):
        read_scale({"title": "t", "valid_from": "2026-01-01", "millieuros_per_km": 0})


def _steps(made: Grant) -> list[str]:
    return [step.rule for step in made.steps]


def test_somebody_who_gets_on_twice_is_one_passenger() -> None:
    taken = trip(passengers=2)
    twice = tuple(PassengerFacts(one.journey_id, "p0", "C", one.distance_m, 150) for one in taken.passengers)
    version = read_policy(policy([PER_PASSENGER | {"from_nth": 1}]))
    made = grant(replace(taken, passengers=twice), version, default_scale(), CapCounters(()))
    assert (made.amount_cents, _steps(made)) == (100, ["per_passenger"])
