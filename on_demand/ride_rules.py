"""The rules of holding, cancelling and not turning up. They are data: a version is valid from a day on, and
`ride_rules.toml` where there is none."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import NamedTuple

from on_demand.booking import Ending, OnDemandRide, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason


class Step(NamedTuple):
    """From how many faults on somebody may not book, and for how many days."""

    faults: int
    suspended_days: int
    """0: a warning."""


@dataclass(frozen=True, slots=True)
class RideRules:
    """How rides are held and given back. Durations in seconds."""

    valid_from: str
    """YYYY-MM-DD, of the service's clock."""
    quote_s: int
    """A quote can be held for so long."""
    hold_s: int
    """A held ride is confirmed within so long, or gone."""
    holds_per_person_max: int
    """Journeys somebody may hold at a time without confirming."""
    deadline_grace_s: int
    """Who was shown a ride before its booking deadline may still hold it for so long after."""
    free_cancel_s: int
    """Cancelled until so long before pick-up, nothing is held against one …"""
    regret_s: int
    """… nor within so long after booking, however near the pick-up is."""
    no_show_after_s: int
    """A driver waits for so long after the promised window has opened."""
    report_within_s: int
    """So long after a ride the driver's side may still say how it went."""
    waiting_offer_s: int
    """Who is first in the waiting list has an offer for so long."""
    waiting_per_person_max: int
    counted_days: int
    """Faults are forgotten after so many days."""
    late_cancels_a_fault: int
    """So many late cancellations count as one fault; not turning up is one by itself."""
    ladder: tuple[Step, ...]
    """By growing number of faults."""


@cache
def default_rules() -> RideRules:
    """The rules of `ride_rules.toml`."""
    body = tomllib.loads(Path(__file__).with_name("ride_rules.toml").read_text(encoding="utf-8"))
    ladder = tuple(Step(**step) for step in body.pop("ladder"))
    return RideRules("0001-01-01", ladder=ladder, **body)


def rules_on(versions: Sequence[RideRules], day: str) -> RideRules:
    """The rules of a day (YYYY-MM-DD): of the newest version that is valid; the defaults where there is none."""
    valid = [rules for rules in versions if rules.valid_from <= day]
    return max(valid, key=lambda rules: rules.valid_from, default=default_rules())


def check_rules(rules: RideRules) -> None:
    """Raises OnDemandRefusedError on rules nobody could keep."""
    try:
        dt.date.fromisoformat(rules.valid_from)
    except ValueError:
        raise _invalid("valid_from", "un jour AAAA-MM-JJ", "a day YYYY-MM-DD") from None
    for name in (field.name for field in fields(rules) if field.type == "int"):
        least = 1 if name in _POSITIVE else 0
        if not least <= getattr(rules, name) <= 10_000_000:
            raise _invalid(name, f"au moins {least}", f"{least} or more")
    faults = [step.faults for step in rules.ladder]
    if faults != sorted(set(faults)) or any(
        step.faults < 1 or step.suspended_days < 0 for step in rules.ladder
    ):
        raise _invalid(
            "ladder", "des marches de plus en plus hautes, en jours", "steps that grow, with their days"
        )


_POSITIVE = (
    "quote_s",
    "hold_s",
    "holds_per_person_max",
    "waiting_offer_s",
    "counted_days",
    "late_cancels_a_fault",
)


def _invalid(field: str, french: str, english: str) -> OnDemandRefusedError:
    return OnDemandRefusedError(
        Reason.INVALID, f"{field} : il faut {french}.", f"{field}: {english} is needed.", field
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands. `faults`: of the last `counted_days`, late cancellations as their part of one."""

    faults: int
    no_shows: int
    late_cancels: int
    suspended_until: dt.datetime | None
    """None: not suspended."""
    is_warned: bool
    """The next fault may suspend."""


class Fault(NamedTuple):
    """One thing somebody did. Instants are aware, UTC."""

    at: dt.datetime
    is_no_show: bool
    """Otherwise a late cancellation."""


def list_faults(rides: Iterable[OnDemandRide]) -> list[Fault]:
    """The faults of a person, given all their rides, in order. Rides of one journey that ended alike within a minute
    are one fault: who misses a train misses the ride after it."""
    found: list[Fault] = []
    seen: dict[tuple[str, bool], dt.datetime] = {}
    for ride in sorted(rides, key=lambda ride: (ride.changed_at, ride.id)):
        is_no_show = ride.status is RideStatus.NO_SHOW
        if not is_no_show and not (ride.status is RideStatus.LATE_CANCEL and ride.ending is Ending.RIDER):
            continue
        before = seen.get((ride.journey_id, is_no_show)) if ride.journey_id else None
        if before is None or ride.changed_at - before > dt.timedelta(minutes=1):
            found.append(Fault(ride.changed_at, is_no_show))
        if ride.journey_id:
            seen[ride.journey_id, is_no_show] = ride.changed_at
    return found


def standing(faults: Sequence[Fault], rules: RideRules, now: dt.datetime) -> Standing:
    """Where somebody with these faults (in order) stands now: each fault is weighed as it was when it happened."""
    until: dt.datetime | None = None
    for number, fault in enumerate(faults):
        count = _count(faults[: number + 1], rules, fault.at)[0]
        is_new = count > _count(faults[:number], rules, fault.at)[0]
        days = _suspended_days(count, rules) if is_new else 0
        if days:
            end = fault.at + dt.timedelta(days=days)
            until = end if until is None else max(until, end)
    count, no_shows, late = _count(faults, rules, now)
    reached = any(step.faults <= count for step in rules.ladder)
    return Standing(count, no_shows, late, until if until is not None and until > now else None, reached)


def _count(faults: Sequence[Fault], rules: RideRules, at: dt.datetime) -> tuple[int, int, int]:
    since = at - dt.timedelta(days=rules.counted_days)
    counted = [fault for fault in faults if since < fault.at <= at]
    no_shows = sum(fault.is_no_show for fault in counted)
    late = len(counted) - no_shows
    return no_shows + late // rules.late_cancels_a_fault, no_shows, late


def _suspended_days(faults: int, rules: RideRules) -> int:
    reached = [step for step in rules.ladder if step.faults <= faults]
    return max(reached, key=lambda step: step.faults).suspended_days if reached else 0
