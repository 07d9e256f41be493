"""Checks before money. Each looks at one case and yields what it finds; none decides alone (`verdict`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from carpool.checks import motion, people, presence, terms
from carpool.checks.case import Case, Finding
from carpool.checks.thresholds import Outcome

CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    terms.distance,
    terms.trips_a_day,
    terms.passengers,
    terms.on_line,
    terms.fares,
    terms.ride_twice,
    people.couples_soon,
    people.pairs_soon,
    people.passenger_twice,
    people.driver_twice,
    people.role_swap,
    motion.road_time,
    motion.road_distance,
    motion.repeated,
    motion.public_transport,
    presence.complete,
    presence.gaps,
    presence.passengers_evidence,
    presence.alighting,
    presence.within_trip,
    presence.short_passage,
    presence.same_device,
    presence.together,
    presence.late,
    presence.clock,
    presence.contradiction,
)


class Verdict(StrEnum):
    """What all checks together say."""

    REFUSE = "refuse"
    HOLD = "hold"
    WAIT = "wait"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with all that was found, and the version of the thresholds (SHA-256, hex)."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    checks: str


def judge(case: Case) -> Judgement:
    """Run every check."""
    findings = tuple(finding for check in CHECKS for finding in check(case))
    return Judgement(verdict(findings), findings, case.thresholds.hash)


def verdict(findings: tuple[Finding, ...]) -> Verdict:
    """Nothing is settled while evidence is on its way; then a suspicion goes before a rule, so that a person sees it;
    only what nothing at all was found in is proven."""
    outcomes = {finding.outcome for finding in findings}
    for outcome, said in (
        (Outcome.INCOMPLETE, Verdict.WAIT),
        (Outcome.HOLD, Verdict.HOLD),
        (Outcome.REFUSE, Verdict.REFUSE),
        (Outcome.WAIT, Verdict.WAIT),
    ):
        if outcome in outcomes:
            return said
    return Verdict.PROVE
