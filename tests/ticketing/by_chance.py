"""Policies and trips by chance (hypothesis), crowded so that caps, ties, midnights and clock changes are met often."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from ticketing.facts import PassengerFacts, PlaceFacts, TripFacts
from ticketing.policy_rules import WEEKDAYS

NIGHTS = ("2026-10-24T20:30", "2026-10-31T20:30", "2026-03-28T20:30", "2026-12-31T20:30")
"""UTC. The evenings before: the clock goes back, a month ends, the clock goes forward, a year ends."""

PLACES = (
    PlaceFacts("a", "21231", 47323, 5027),
    PlaceFacts("b", "21231", 47312, 5068),
    PlaceFacts("c", "89387", 48197, 3283),
    PlaceFacts("d", "89024", 47798, 3573),
)
CLOCKS = ("00:00", "00:30", "01:59", "02:00", "03:00", "08:00", "22:00", "23:59")


def _table(**fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A table of required fields; those that begin with `may_` may be left out."""
    return st.fixed_dictionaries(
        {key: value for key, value in fields.items() if not key.startswith("may_")},
        optional={key.removeprefix("may_"): value for key, value in fields.items() if key.startswith("may_")},
    )


SLOTS = _table(
    may_weekdays=st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True),
    begins=st.sampled_from(CLOCKS),
    ends=st.sampled_from((*CLOCKS, "24:00")),
).filter(lambda slot: slot["begins"] != slot["ends"])
COMMUNES = st.lists(st.sampled_from(["21231", "89387", "89024"]), min_size=1, max_size=3, unique=True)
CONDITIONS = st.one_of(
    _table(
        rule=st.just("distance"),
        may_min_m=st.sampled_from([0, 2000, 12_000]),
        may_max_m=st.sampled_from([14_999, 15_000]),
    ),
    _table(rule=st.just("starts_and_ends_in"), communes=COMMUNES),
    _table(rule=st.just("starts_and_ends_in"), zones=st.just(["zone"]), may_lines=st.just(["one"])),
    _table(
        rule=st.just("within"),
        lat_e3=st.sampled_from([47320, 48000]),
        lon_e3=st.sampled_from([5040, 3400]),
        radius_m=st.sampled_from([1_234, 4_321, 30_001]),
        may_end=st.sampled_from(["start", "end", "either", "both"]),
    ),
    _table(rule=st.just("time_slots"), slots=st.lists(SLOTS, min_size=1, max_size=2)),
    _table(rule=st.just("evidence"), at_least=st.sampled_from("ABC")),
    _table(rule=st.just("adult_only")),
)
WHEN = st.lists(CONDITIONS, max_size=2)
AMOUNTS = st.one_of(
    _table(
        rule=st.just("per_km"),
        amount_cents=st.sampled_from([3, 10, 55]),
        may_offset_m=st.sampled_from([1, 2000]),
        may_limit_m=st.sampled_from([1, 10_000]),
        may_when=WHEN,
    ),
    _table(
        rule=st.just("per_passenger"),
        amount_cents=st.sampled_from([100, 33, 250]),
        may_from_nth=st.integers(1, 3),
        may_at_most=st.integers(1, 3),
        may_when=WHEN,
    ),
)
DURING = st.sampled_from(["day", "month", "year", "campaign"])
CAPS = st.one_of(
    _table(
        per=st.sampled_from(["driver", "passenger", "campaign"]), during=DURING, trips_max=st.integers(0, 4)
    ),
    _table(per=st.sampled_from(["driver", "campaign"]), during=DURING, amount_cents_max=st.integers(0, 3000)),
    _table(per=st.just("trip"), passengers_max=st.integers(1, 3)),
)


def _kind(cap: dict[str, Any]) -> tuple[Any, ...]:
    return (cap["per"], cap.get("during"), "amount_cents_max" in cap)


def policies(valid_from: str) -> st.SearchStrategy[dict[str, Any]]:
    """A policy as it is written, in force from a day on."""
    return _table(
        campaign=st.sampled_from(["one", "two"]),
        title=st.just("by chance"),
        valid_from=st.just(valid_from),
        may_valid_until=st.sampled_from(
            [day for day in ("2026-10-25", "2027-01-01", "2028-01-01") if day > valid_from]
        ),
        passenger_fare_cents=st.just(150),
        rules=st.builds(
            lambda conditions, amounts: [*conditions, *amounts],
            st.lists(CONDITIONS, max_size=1),
            st.lists(AMOUNTS, min_size=1, max_size=3),
        ),
        may_caps=st.lists(CAPS, max_size=4, unique_by=_kind),
        may_ceiling=_table(derogation_below_m=st.just(15_000), derogation_trips_per_day=st.integers(0, 2)),
        zones=st.just({"zone": ["21231", "89387"]}),
    )


SCALES = st.sampled_from([1, 370, 606]).map(
    lambda rate: {"title": "by chance", "valid_from": "2020-01-01", "millieuros_per_km": rate}
)


@st.composite
def trips(draw: st.DrawFn, night: str, number: int) -> TripFacts:
    """A trip within some 40 hours of a night; many share drivers, passengers and starts."""
    begins = dt.datetime.fromisoformat(f"{night}:00+00:00")
    started = begins + dt.timedelta(
        minutes=draw(st.sampled_from([0, 60, 90, 120, 150, 239, 240, 300, 1500, 1680, 2400]))
    )
    trip_id = f"{draw(st.integers(0, 9))}-{number}"
    distance_m = draw(st.sampled_from([0, 1999, 2000, 5, 14_999, 15_000, 33_000, 53_000]))
    riders = draw(st.lists(st.sampled_from(["p1", "p2", "p3"]), max_size=4))
    passenger = st.builds(
        PassengerFacts,
        journey_id=st.just(""),
        person=st.just(""),
        evidence_class=st.sampled_from("ABC"),
        distance_m=st.sampled_from([0, 1, 999, 15_000, distance_m]),
        fare_cents=st.just(150),
        paid_to_driver_cents=st.sampled_from([0, 0, 0, 100]),
        is_adult=st.sampled_from([None, True, True, False]),
        seats=st.sampled_from([1, 1, 2, 3]),
    )
    return TripFacts(
        trip_id=trip_id,
        line_id=draw(st.sampled_from(["one", "two"])),
        driver=draw(st.sampled_from(["d1", "d2"])),
        started_at=started,
        ended_at=started + dt.timedelta(minutes=20),
        start=draw(st.sampled_from(PLACES)),
        end=draw(st.sampled_from(PLACES)),
        distance_m=distance_m,
        passengers=tuple(
            replace(draw(passenger), journey_id=f"{trip_id}-{index}", person=person)
            for index, person in enumerate(riders)
        ),
        evidence=(),
        tolls_cents=draw(st.sampled_from([0, 0, 150])),
    )
