"""What a trip would earn: a calculator that knows nobody, counts nothing and keeps nothing."""

from __future__ import annotations

import datetime as dt

from ground.paris import PARIS
from mobility.acts.policies import versions
from mobility.acts.ports import ActPorts
from ticketing.cap_counters import CapCounters
from ticketing.cost_scale import scale_in_force
from ticketing.facts import Grant, PassengerFacts, PlaceFacts, TripFacts
from ticketing.subsidy import NoPolicyError, grant
from ticketing.subsidy_policy import PolicyVersion

NOWHERE = PlaceFacts("", "", 0, 0)
"""Rules about places do not hold there: the calculator is for what depends on distance, time and people."""


def simulate(
    ports: ActPorts,
    policy: PolicyVersion,
    distance_m: int,
    passengers: int,
    started_at: dt.datetime | None = None,
    line_id: str = "",
) -> Grant:
    """What a trip of the vehicle with so many adults, proven as well as can be, earns its driver if it is the only one.
    It starts now where nothing is said. Raises NoPolicyError when no scale of costs was in force then."""
    at = (started_at or ports.now()).astimezone(dt.UTC).replace(microsecond=0)
    with ports.unit_of_work(read_only=True) as work:
        scale = scale_in_force(versions(work).scales, at.astimezone(PARIS).date().isoformat())
    if scale is None:
        raise NoPolicyError(f"no scale of costs was in force at {at.isoformat()}")
    riders = tuple(
        PassengerFacts(
            f"journey-{number}",
            f"passenger-{number}",
            "C",
            distance_m,
            policy.passenger_fare_cents,
            is_adult=True,
        )
        for number in range(1, passengers + 1)
    )
    trip = TripFacts("simulated", line_id, "driver", at, at, NOWHERE, NOWHERE, distance_m, riders, ())
    return grant(trip, policy, scale, CapCounters(policy.counters()))
