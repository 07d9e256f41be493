"""The journeys of a trip as they are now: from where the trip stands, what is granted or estimated, and who it was."""

from __future__ import annotations

from dataclasses import replace

import orjson

from carpool.line import Line
from carpool.trip import Fix, Trip, TripStatus
from mobility.acts.grant_subsidy import estimate
from mobility.acts.national_register.journey import Journey
from mobility.acts.ports import UnitOfWork
from mobility.acts.trips.facts import NoFactsError, facts_of
from ticketing.facts import TripFacts
from ticketing.grant_body import grant_from_plain


def read_journeys(work: UnitOfWork, trip_id: str) -> list[Journey]:
    """The journeys of a proven trip, by id; none of another one, nor of one in which somebody is erased."""
    state = work.trips.find_trip(trip_id)
    if state is None or state.status is not TripStatus.PROVEN or state.trip is None:
        return []
    return journeys_of(work, state.trip)


def journeys_of(work: UnitOfWork, trip: Trip) -> list[Journey]:
    """The journeys of a trip."""
    try:
        facts = facts_of(work, trip)
    except NoFactsError:
        return []
    line = work.rides.find_line(trip.line_id)
    assert line is not None, "there are facts, so there is a line"
    shares, is_granted = _shares(work, facts)
    driver = work.accounts.find_person(trip.driver_id)
    journeys = []
    for passage in trip.passages:
        (alone,) = facts_of(work, replace(trip, passages=(passage,))).passengers  # which of the facts it is
        journeys.append(
            Journey(
                id=alone.journey_id,
                trip_id=trip.id,
                evidence_class=alone.evidence_class,
                started_at=passage.board.at,
                start=_place(line, passage.board),
                ended_at=passage.alight.at,
                end=_place(line, passage.alight),
                distance_m=alone.distance_m,
                driver_id=trip.driver_id,
                passenger_id=passage.passenger_id,
                driver=driver,
                passenger=work.accounts.find_person(passage.passenger_id),
                contribution_cents=alone.fare_cents,
                incentive_cents=shares.get(alone.journey_id, 0),
                is_granted=is_granted,
                seats=alone.seats,
            )
        )
    return sorted(journeys, key=lambda journey: journey.id)


def _shares(work: UnitOfWork, facts: TripFacts) -> tuple[dict[str, int], bool]:
    """The part of the trip's subsidy that falls on each journey, and whether it is granted or an estimate."""
    line = work.subsidies.find_grant(facts.trip_id)
    if line is None:
        estimated = [share for _, made in estimate(work, [facts]) for share in made.shares]
        return {share.journey_id: share.amount_cents for share in estimated}, False
    entry = work.register.find_entry(line.seq)
    assert entry is not None, f"grant {line.seq} has no entry in the register"
    made = grant_from_plain(orjson.loads(entry.body)["grant"])
    return {share.journey_id: share.amount_cents for share in made.shares}, True


def _place(line: Line, fix: Fix) -> tuple[float, float]:
    """Of the stop, where it is one: trips know positions to 100 m only."""
    for on_line in line.stops:
        if on_line.stop.id == fix.stop_id:
            return on_line.stop.lat, on_line.stop.lon
    return fix.lat, fix.lon
