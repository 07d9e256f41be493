"""What checks count and whom they compare, and the verdict that follows from what they find."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from carpool.checks import Verdict, judge, motion, people, presence, terms, verdict
from carpool.checks.case import Finding
from carpool.checks.thresholds import Outcome
from carpool.proof import Sighting
from carpool.trip import TripStatus
from tests.carpool.trip_case import (
    THRESHOLDS,
    Vehicles,
    at,
    case,
    earlier,
    fix,
    other,
    rider,
    trip,
)

MIDNIGHT_PARIS_S = -7 * 3600  # 2026-03-09 23:00 UTC
REFUSE, HOLD, WAIT, INCOMPLETE = Outcome.REFUSE, Outcome.HOLD, Outcome.WAIT, Outcome.INCOMPLETE


def test_a_trip_without_a_fault_is_proven() -> None:
    assert judge(case()) == judge(case())
    assert (judge(case()).verdict, judge(case()).findings) == (Verdict.PROVE, ())
    assert judge(case()).checks == THRESHOLDS.hash


def test_findings_name_the_other_trip() -> None:
    found = list(people.couples_soon(case(others=(other("t9", 2000, riders=("theo",)),))))
    assert [finding.conflict for finding in found] == ["t9"]


@pytest.mark.parametrize("status", [TripStatus.CANCELLED, TripStatus.REFUSED])
def test_cancelled_and_refused_trips_count_nowhere(status: TripStatus) -> None:
    """Others wrote `status <> ANY (…)` where `<> ALL` was meant, so that cancelled trips counted."""
    others = (
        *earlier(4),
        other("t8", 100, driver="x", riders=("theo",)),
        other("t9", 100),
        other("t7", ride_id="r"),
    )
    alive = case(trip(ride_id="r"), others=others)
    assert judge(alive).findings
    dead = case(trip(ride_id="r"), others=tuple(replace(one, status=status) for one in others))
    assert judge(dead).findings == ()


@pytest.mark.parametrize(
    ("this_s", "others_s", "count"),
    [
        (
            MIDNIGHT_PARIS_S + 1800,
            MIDNIGHT_PARIS_S - 1800,
            0,
        ),  # 00:30 in Paris; the others at 23:30 the day before
        (MIDNIGHT_PARIS_S + 1800, MIDNIGHT_PARIS_S + 60, 5),
    ],
)
def test_half_past_midnight_in_paris_is_not_counted_yesterday(
    this_s: float, others_s: float, count: int
) -> None:
    """00:30 in Paris is 23:30 UTC of the day before: others counted caps in the server's time zone."""
    this = trip(start=fix(this_s, 0, "a"), end=fix(this_s + 1800, 30, "d"), passages=())
    others = tuple(other(f"t{n}", others_s + n, driver="dora") for n in range(4))
    found = list(terms.trips_a_day(case(this, others=others)))
    assert [finding.counter for finding in found] == ([count] if count else [])


def test_trips_of_a_day_count_in_the_order_of_their_start_not_of_their_coming() -> None:
    """The fifth is the one that started last; of two that started at once, the one with the later identifier."""
    later = tuple(other(f"t{n}", 3600 * (n + 1), riders=(f"r{n}",)) for n in range(4))
    assert list(terms.trips_a_day(case(others=later))) == []
    same = tuple(other(f"s{n}", 0, riders=(f"r{n}",)) for n in range(4))
    assert [finding.counter for finding in terms.trips_a_day(case(others=same))] == [5]
    same = tuple(other(f"u{n}", 0, riders=(f"r{n}",)) for n in range(4))
    assert list(terms.trips_a_day(case(others=same))) == []


def test_the_end_is_that_of_the_evidence_not_computed_from_the_start() -> None:
    slow = trip(end=fix(1800 * 7 + 10, 30, "d"))
    assert [finding.facts["sent_s"] for finding in motion.road_time(case(slow))] == [12_610]


def test_one_phone_with_two_keys_is_one_phone() -> None:
    devices = {name: replace(device, hardware="the same") for name, device in case().devices.items()}
    assert [finding.check for finding in presence.same_device(case(devices=devices))] == ["same_device"]
    unknown = {name: replace(device, hardware="") for name, device in devices.items()}
    assert list(presence.same_device(case(devices=unknown))) == []


def _finding(outcome: Outcome) -> Finding:
    return Finding("x", outcome, 0, 0, "")


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), Verdict.PROVE),
        ((REFUSE,), Verdict.REFUSE),
        ((WAIT,), Verdict.WAIT),
        ((REFUSE, WAIT), Verdict.REFUSE),
        ((REFUSE, HOLD), Verdict.HOLD),
        ((WAIT, HOLD), Verdict.HOLD),
        ((INCOMPLETE, HOLD, REFUSE), Verdict.WAIT),
    ],
)
def test_what_goes_before_what(outcomes: tuple[Outcome, ...], said: Verdict) -> None:
    assert verdict(tuple(map(_finding, outcomes))) is said


def test_nothing_is_proven_by_time_passing() -> None:
    """What could not run on the day cannot run a year later either."""
    waiting = case(vehicles=Vehicles(None))
    for days in (0, 2, 400):
        later = replace(waiting, now=waiting.now + dt.timedelta(days=days))
        assert judge(later).verdict is Verdict.WAIT


def test_sightings_are_compared_where_both_phones_are_known_to_be() -> None:
    """Between positions ten minutes apart a place is not known, and nothing is measured."""
    sparse = rider(own=(fix(0, 0), fix(1800, 30)), board=Sighting(at(0), fix(0, 0, "a"), "e1"))
    assert list(presence.together(case(riders=(sparse,)))) == []
