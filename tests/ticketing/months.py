"""Months of trips by chance, granted as the application grants them, for tests of what is made from the register."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from ticketing.cap_counters import CapCounters
from ticketing.cost_scale import CostScale, default_scale
from ticketing.facts import PassengerFacts, PlaceFacts, TripFacts
from ticketing.grant_body import facts_to_plain, grant_body
from ticketing.subsidy import find_versions, grant
from ticketing.subsidy_policy import PolicyVersion, default_policy

LINES = {
    "sens-auxerre": (("89387", 48197, 3283), ("89024", 47798, 3573), 53_000),
    "epoisses-les-laumes": (("21247", 47507, 4175), ("21663", 47544, 4461), 30_000),
    "alesia": (("21247", 47507, 4175), ("21010", 47536, 4494), 2_500),
}


def person(number: int) -> str:
    """A pseudonym."""
    return f"{number:032x}"


def random_trip(
    rng: random.Random, number: int, month: str = "2026-10", drivers: int = 4, passengers: int = 6
) -> TripFacts:
    """A trip in a month; `number` makes it unique."""
    line_id, (start, end, distance_m) = rng.choice(list(LINES.items()))
    first = dt.datetime.fromisoformat(f"{month}-01T05:00:00+00:00")
    started = first + dt.timedelta(minutes=5 * rng.randrange(8_000))
    driver = rng.randrange(drivers)
    first_rider = max(100, drivers)  # nobody drives and rides along
    riders = rng.sample(range(first_rider, first_rider + passengers), rng.randint(1, 3))
    trip_id = f"{number:08x}{rng.getrandbits(96):024x}"
    return TripFacts(
        trip_id=trip_id,
        line_id=line_id,
        driver=person(driver),
        started_at=started,
        ended_at=started + dt.timedelta(seconds=distance_m // 18),
        start=PlaceFacts("a", *start),
        end=PlaceFacts("b", *end),
        distance_m=distance_m,
        passengers=tuple(
            PassengerFacts(f"{trip_id}-{index}", person(rider), rng.choice("ABC"), distance_m - index, 150)
            for index, rider in enumerate(riders)
        ),
        evidence=tuple(sorted(f"{rng.getrandbits(256):064x}" for _ in range(2))),
    )


def grant_bodies(
    trips: list[TripFacts],
    counters: CapCounters,
    closing: int = 1,
    policies: tuple[PolicyVersion, ...] = (),
    scales: tuple[CostScale, ...] = (),
) -> list[dict[str, Any]]:
    """The bodies of the grants of one closing, counted in `counters`."""
    policies, scales = policies or (default_policy(),), scales or (default_scale(),)
    bodies = []
    for trip in sorted(trips, key=lambda one: (one.started_at, one.trip_id)):
        policy, scale = find_versions(trip, policies, scales)
        made = grant(trip, policy, scale, counters)
        counters.count(trip, made, policy.campaign)
        bodies.append(grant_body(facts_to_plain(trip), made, policy.campaign, closing))
    return bodies
