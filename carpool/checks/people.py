"""Who rode with whom, and where else they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from carpool.checks.case import Case, Finding, OtherTrip
from ground.paris import paris_day

Span = tuple[dt.datetime, dt.datetime]


def couples_soon(case: Case) -> Iterator[Finding]:
    """The same driver with the same passenger again after a short pause."""
    least_s = case.thresholds.of("same_couple_soon", "pause_s_min")
    for other in case.alive:
        ridden = {one.person for one in other.passengers}
        same = [p for p in case.trip.passages if p.passenger_id in ridden]
        pause_s = _pause_s(case, other)
        if other.driver_id == case.trip.driver_id and same and pause_s < least_s:
            words = f"the same driver and passenger {pause_s:,} s apart; at least {least_s:,} s are usual"
            yield case.found("same_couple_soon", pause_s, least_s, words, other.id)


def pairs_soon(case: Case) -> Iterator[Finding]:
    """The same two people, whoever drives, again after a short pause."""
    least_s = case.thresholds.of("same_pair", "pause_s_min")
    for other in case.alive:
        pause_s = _pause_s(case, other)
        if _pairs(case) & _pairs_of(other) and pause_s < least_s:
            words = f"the same two people {pause_s:,} s apart; at least {least_s:,} s are usual"
            yield case.found("same_pair", pause_s, least_s, words, other.id)


def passenger_twice(case: Case) -> Iterator[Finding]:
    """A passenger in two vehicles at once: the overlap as a part of the shorter of the two passages."""
    most = case.thresholds.of("passenger_twice", "overlap_permille_max")
    for passage in case.trip.passages:
        span = passage.board.at, passage.alight.at
        for other in case.alive:
            for ridden in other.passengers:
                if ridden.person != passage.passenger_id:
                    continue
                permille = overlap_permille(span, (ridden.board_at, ridden.alight_at))
                if permille > most:
                    words = (
                        f"a passenger was in two vehicles at once for {permille / 10:g} % of the shorter trip"
                    )
                    yield case.found("passenger_twice", permille, most, words, other.id)


def driver_twice(case: Case) -> Iterator[Finding]:
    """A driver who is in another trip at the same time, driving or riding; or a passenger who is driving one."""
    most_s = case.thresholds.of("driver_twice", "overlap_s_max")
    spans = {case.trip.driver_id: (case.trip.start.at, case.trip.end.at)}
    riding = {p.passenger_id: (p.board.at, p.alight.at) for p in case.trip.passages}
    for other in case.alive:
        driven = other.start_at, other.end_at
        pairs = [(spans[other.driver_id], driven)] if other.driver_id in spans else []
        pairs += [(riding[other.driver_id], driven)] if other.driver_id in riding else []
        pairs += [
            (spans[one.person], (one.board_at, one.alight_at))
            for one in other.passengers
            if one.person in spans
        ]
        most_overlap_s = max((overlap_s(*pair) for pair in pairs), default=0)
        if most_overlap_s > most_s:
            words = f"a driver was in another trip at the same time for {most_overlap_s:,} s"
            yield case.found("driver_twice", most_overlap_s, most_s, words, other.id)


def role_swap(case: Case) -> Iterator[Finding]:
    """Two people who drive each other on one day."""
    most = case.thresholds.of("role_swap", "swaps_max")
    day = paris_day(case.trip.start.at)
    riders = {passage.passenger_id for passage in case.trip.passages}
    swapped = [
        other
        for other in case.alive
        if paris_day(other.start_at) == day
        and other.driver_id in riders
        and any(one.person == case.trip.driver_id for one in other.passengers)
    ]
    if len(swapped) > most:
        words = f"driver and passenger changed roles {len(swapped)} times on {day}"
        yield case.found("role_swap", len(swapped), most, words, swapped[0].id, day=day.isoformat())


def overlap_s(one: Span, other: Span) -> int:
    """Seconds two spans of time have in common."""
    return max(0, int((min(one[1], other[1]) - max(one[0], other[0])).total_seconds()))


def overlap_permille(one: Span, other: Span) -> int:
    """The common part of two spans, in thousandths of the shorter one; of a span without length 1000 when it is
    within the other."""
    shorter_s = min(int((end - begin).total_seconds()) for begin, end in (one, other))
    if shorter_s <= 0:
        return 1000 if max(one[0], other[0]) <= min(one[1], other[1]) else 0
    return overlap_s(one, other) * 1000 // shorter_s


def _pause_s(case: Case, other: OtherTrip) -> int:
    """Seconds between the end of the earlier and the start of the later trip; 0 when they overlap."""
    gap = max(case.trip.start.at - other.end_at, other.start_at - case.trip.end.at)
    return max(0, int(gap.total_seconds()))


def _pairs(case: Case) -> set[frozenset[str]]:
    return {frozenset((case.trip.driver_id, p.passenger_id)) for p in case.trip.passages}


def _pairs_of(other: OtherTrip) -> set[frozenset[str]]:
    return {frozenset((other.driver_id, one.person)) for one in other.passengers}
