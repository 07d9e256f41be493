"""Every check at its threshold, on both sides; what it says names counter, threshold and the other trip."""

from __future__ import annotations

from typing import Any

import pytest

from carpool.checks import CHECKS, motion, people, presence, terms
from carpool.checks.case import Case, Followed, Road
from carpool.checks.thresholds import Outcome, ThresholdsError, default_thresholds, read_thresholds
from carpool.evidence import Moment
from carpool.nearness import track_length_m
from carpool.proof import Scan
from carpool.trip import EvidenceClass
from tests.carpool.trip_case import (
    THRESHOLDS,
    TRACK,
    Roads,
    Vehicles,
    at,
    case,
    earlier,
    fix,
    other,
    passage,
    rider,
    statement,
    trip,
)

DAY_S = 86_400
REFUSE, HOLD, WAIT, INCOMPLETE = Outcome.REFUSE, Outcome.HOLD, Outcome.WAIT, Outcome.INCOMPLETE


def _scan(at_s: float, token_s: float) -> Scan:
    return Scan(Moment.BOARD, "phone of theo", "phone of dora", at(token_s), at(at_s), None, "e1")


def _with(riders: tuple[Any, ...] = (), **of: Any) -> Case:
    return case(trip(**of), riders or None)


A, B, C = EvidenceClass.A, EvidenceClass.B, EvidenceClass.C

# name: (check, a case beyond the threshold, one that is just within, outcome, counter, threshold)
TABLE: dict[str, tuple[Any, Case, Case | None, Outcome, int, int]] = {
    "distance": (terms.distance, _with(distance_m=1999), _with(distance_m=2000), REFUSE, 1999, 2000),
    "fifth trip of a day": (
        terms.trips_a_day,
        case(others=earlier(4)),
        case(others=earlier(3)),
        REFUSE,
        5,
        4,
    ),
    "fifth trip of a passenger": (
        terms.trips_a_day,
        case(others=earlier(4, driver="theo")),
        case(others=earlier(4, driver="somebody else")),
        REFUSE,
        5,
        4,
    ),
    "too many passengers": (
        terms.passengers,
        _with(passages=tuple(passage(f"p{n}") for n in range(9))),
        _with(passages=tuple(passage(f"p{n}") for n in range(8))),
        HOLD,
        9,
        8,
    ),
    "no passenger yet": (
        terms.passengers,
        case(trip(passages=()), (), now=at(1800 + DAY_S - 1)),
        None,
        INCOMPLETE,
        0,
        DAY_S,
    ),
    "nobody came along": (
        terms.passengers,
        case(trip(passages=()), (), now=at(1800 + DAY_S)),
        None,
        REFUSE,
        0,
        1,
    ),
    "nowhere on the line": (terms.on_line, _with(passages=(passage(distance_m=0),)), None, HOLD, 1, 0),
    "no fare": (terms.fares, case(assembly={"unknown_fares": ("theo",)}), None, WAIT, 0, 0),
    "the same ride twice": (
        terms.ride_twice,
        case(trip(ride_id="r1"), others=(other(ride_id="r1"),)),
        case(trip(ride_id="r1"), others=(other(ride_id="r2"),)),
        HOLD,
        2,
        1,
    ),
    "the same couple soon": (
        people.couples_soon,
        case(others=(other(start_s=1800 + 1799, riders=("theo",)),)),
        case(others=(other(start_s=1800 + 1800, riders=("theo",)),)),
        HOLD,
        1799,
        1800,
    ),
    "the same couple soon, before": (
        people.couples_soon,
        case(others=(other(start_s=-3600, end_s=-1799, riders=("theo",)),)),
        case(others=(other(start_s=-3600, end_s=-1800, riders=("theo",)),)),
        HOLD,
        1799,
        1800,
    ),
    "the same pair soon, roles changed": (
        people.pairs_soon,
        case(others=(other(start_s=1800 + 3599, driver="theo", riders=("dora",)),)),
        case(others=(other(start_s=1800 + 3600, driver="theo", riders=("dora",)),)),
        HOLD,
        3599,
        3600,
    ),
    "a passenger in two vehicles": (
        people.passenger_twice,
        case(others=(other(start_s=1800 - 702, end_s=1800 + 298, driver="x", riders=("theo",)),)),
        case(others=(other(start_s=1800 - 700, end_s=1800 + 300, driver="x", riders=("theo",)),)),
        HOLD,
        702,
        700,
    ),
    "a driver in two vehicles": (
        people.driver_twice,
        case(others=(other(start_s=1799),)),
        case(others=(other(start_s=1800),)),
        HOLD,
        1,
        0,
    ),
    "a driver who rides elsewhere": (
        people.driver_twice,
        case(others=(other(start_s=1000, driver="x", riders=("dora",)),)),
        case(others=(other(start_s=1800, driver="x", riders=("dora",)),)),
        HOLD,
        800,
        0,
    ),
    "a passenger who drives elsewhere": (
        people.driver_twice,
        case(others=(other(start_s=1000, driver="theo"),)),
        case(others=(other(start_s=1800, driver="theo"),)),
        HOLD,
        800,
        0,
    ),
    "roles swapped on a day": (
        people.role_swap,
        case(others=(other(start_s=10 * 3600, driver="theo", riders=("dora",)),)),
        case(others=(other(start_s=DAY_S, driver="theo", riders=("dora",)),)),
        HOLD,
        1,
        0,
    ),
    "faster than the road": (
        motion.road_time,
        case(roads=Roads(Road(4502, 30_000))),
        case(roads=Roads(Road(4501, 30_000))),
        HOLD,
        2501,
        2500,
    ),
    "slower than the road": (
        motion.road_time,
        case(roads=Roads(Road(257, 30_000))),
        case(roads=Roads(Road(258, 30_000))),
        HOLD,
        7003,
        7000,
    ),
    "no road time": (motion.road_time, case(roads=Roads(None)), None, WAIT, 0, 0),
    "a longer road than the track": (
        motion.road_distance,
        case(roads=Roads(Road(1800, 75_200))),
        case(roads=Roads(Road(1800, 75_000))),
        HOLD,
        75_200 * 1000 // track_length_m(TRACK),
        2500,
    ),
    "a longer track than the road": (
        motion.road_distance,
        case(roads=Roads(Road(1800, 7_499))),
        case(roads=Roads(Road(1800, 7_510))),
        HOLD,
        track_length_m(TRACK) * 1000 // 7_499,
        4000,
    ),
    "no positions": (motion.road_distance, case(assembly={"track": ()}), None, WAIT, 0, 0),
    "three alike": (
        motion.repeated,
        case(others=tuple(other(f"t{n}", n, driver=f"d{n}", track_m=track_length_m(TRACK)) for n in (1, 2))),
        case(others=(other("t1", 1, driver="d1", track_m=track_length_m(TRACK)),)),
        HOLD,
        3,
        2,
    ),
    "three alike but a minute": (
        motion.repeated,
        case(others=tuple(other(f"t{n}", n, driver=f"d{n}", track_m=track_length_m(TRACK)) for n in (1, 59))),
        case(others=tuple(other(f"t{n}", n, driver=f"d{n}", track_m=track_length_m(TRACK)) for n in (1, 60))),
        HOLD,
        3,
        2,
    ),
    "on a bus": (
        motion.public_transport,
        case(vehicles=Vehicles((Followed("bus 1", 10, 9, 30),))),
        case(vehicles=Vehicles((Followed("bus 1", 10, 8, 30),))),
        HOLD,
        900,
        800,
    ),
    "no timetable": (motion.public_transport, case(vehicles=Vehicles(None)), None, WAIT, 0, 800),
    "positions too rare": (
        motion.public_transport,
        case(assembly={"track": (fix(0, 0), fix(601, 10))}),
        case(assembly={"track": (fix(0, 0), fix(600, 10), fix(1200, 20), fix(1800, 30))}),
        WAIT,
        0,
        800,
    ),
    "not ended, soon after": (
        presence.complete,
        case(assembly={"is_ended": False}, now=at(1800 + DAY_S - 1)),
        None,
        INCOMPLETE,
        0,
        DAY_S,
    ),
    "not ended, a day later": (
        presence.complete,
        case(assembly={"is_ended": False}, now=at(1800 + DAY_S)),
        None,
        WAIT,
        0,
        0,
    ),
    "a passenger's phone is silent": (
        presence.passengers_evidence,
        case(trip(passages=(passage(evidence_class=B),)), now=at(1800 + DAY_S - 1)),
        case(trip(passages=(passage(evidence_class=B),)), now=at(1800 + DAY_S)),
        INCOMPLETE,
        0,
        DAY_S,
    ),
    "a passenger's phone may follow one that was late": (
        presence.passengers_evidence,
        case(
            trip(passages=(passage(evidence_class=B),)),
            evidence=(statement(received_at=at(9 * DAY_S)),),
            now=at(9 * DAY_S + 3599),
        ),
        case(
            trip(passages=(passage(evidence_class=B),)),
            evidence=(statement(received_at=at(9 * DAY_S)),),
            now=at(9 * DAY_S + 3600),
        ),
        INCOMPLETE,
        0,
        DAY_S,
    ),
    "a number is missing": (
        presence.gaps,
        case(evidence=(statement(seq=2), statement(seq=0)), now=at(1800 + DAY_S - 1)),
        case(evidence=(statement(seq=1), statement(seq=0))),
        INCOMPLETE,
        0,
        DAY_S,
    ),
    "a number is missing for good": (
        presence.gaps,
        case(evidence=(statement(seq=2),)),
        case(evidence=(statement(seq=2),), now=at(1800 + DAY_S)),
        INCOMPLETE,
        0,
        DAY_S,
    ),
    "nobody saw them get out": (presence.alighting, case(riders=(rider(alight=None),)), None, HOLD, 1, 0),
    "before the start": (
        presence.within_trip,
        _with(passages=(passage(board=fix(-601, 0, "a")),)),
        _with(passages=(passage(board=fix(-600, 0, "a")),)),
        HOLD,
        601,
        600,
    ),
    "after the end": (
        presence.within_trip,
        _with(passages=(passage(alight=fix(2401, 30, "d")),)),
        _with(passages=(passage(alight=fix(2400, 30, "d")),)),
        HOLD,
        601,
        600,
    ),
    "out before in": (
        presence.within_trip,
        _with(passages=(passage(board=fix(900, 0, "a"), alight=fix(600, 30, "d")),)),
        None,
        HOLD,
        300,
        0,
    ),
    "class C under a minute": (
        presence.short_passage,
        _with(passages=(passage(alight=fix(59, 30, "d")),)),
        _with(passages=(passage(alight=fix(60, 30, "d")),)),
        HOLD,
        59,
        60,
    ),
    "class C under 300 m": (
        presence.short_passage,
        _with(passages=(passage(alight=fix(600, 0.29, "a")),)),
        _with(passages=(passage(alight=fix(600, 0.31, "a")),)),
        HOLD,
        290,
        300,
    ),
    "one phone": (
        presence.same_device,
        case(riders=(rider(devices=frozenset(("phone of dora",))),)),
        case(),
        HOLD,
        1,
        0,
    ),
    "scanned two minutes later": (
        presence.together,
        case(riders=(rider(scans=(_scan(121, 0),)),)),
        case(riders=(rider(scans=(_scan(120, 0),)),)),
        HOLD,
        121,
        120,
    ),
    "scanned two minutes earlier": (
        presence.together,
        case(riders=(rider(scans=(_scan(0, 121),)),)),
        case(riders=(rider(scans=(_scan(0, 120),)),)),
        HOLD,
        121,
        120,
    ),
    "3 km apart": (
        presence.together,
        case(riders=(rider(own=(fix(0, 3.01), *TRACK[1:])),)),
        case(riders=(rider(own=(fix(0, 2.99), *TRACK[1:])),)),
        HOLD,
        3012,
        3000,
    ),
    "only words": (
        presence.together,
        case(trip(passages=(passage(evidence_class=A),))),
        case(trip(passages=(passage(evidence_class=B),))),
        WAIT,
        0,
        3000,
    ),
    "late without a reason": (
        presence.late,
        case(evidence=(statement(received_at=at(1800 + DAY_S + 1)),)),
        case(evidence=(statement(received_at=at(1800 + DAY_S)),)),
        HOLD,
        DAY_S + 1,
        DAY_S,
    ),
    "late with a reason": (
        presence.late,
        case(evidence=(statement(received_at=at(1800 + DAY_S + 1)),)),
        case(evidence=(statement(received_at=at(10 * DAY_S), reason="no network"),)),
        HOLD,
        DAY_S + 1,
        DAY_S,
    ),
    "a declaration made late": (
        presence.late,
        case(evidence=(statement(at=at(5 * DAY_S), ends_at=at(1800), received_at=at(5 * DAY_S)),)),
        case(evidence=(statement(at=at(3000), ends_at=at(1800), received_at=at(3000)),)),
        HOLD,
        5 * DAY_S - 1800,
        DAY_S,
    ),
    "from the future": (
        presence.clock,
        case(evidence=(statement(received_at=at(1800 - 301)),)),
        case(evidence=(statement(received_at=at(1800 - 300)),)),
        HOLD,
        301,
        300,
    ),
    "a clock that is off": (
        presence.clock,
        case(skews_s={"e1": -301}),
        case(skews_s={"e1": -300}),
        HOLD,
        301,
        300,
    ),
    "two statements with one number": (
        presence.contradiction,
        case(assembly={"contradictions": ("device x signed 2 statements as number 3",)}),
        None,
        HOLD,
        1,
        0,
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_check_at_its_threshold(name: str) -> None:
    check, beyond, within, outcome, counter, threshold = TABLE[name]
    found = list(check(beyond))
    assert [finding.outcome for finding in found] == [outcome]
    assert (found[0].counter, found[0].threshold) == (counter, threshold)
    assert found[0].words
    assert list(check(within or case())) == []


def test_every_check_is_in_the_table() -> None:
    assert {row[0] for row in TABLE.values()} == set(CHECKS)


def test_thresholds_are_data_with_a_hash() -> None:
    text = default_thresholds().text
    other_version = read_thresholds(text.replace("distance_m_min = 2000", "distance_m_min = 2001"))
    assert other_version.hash != THRESHOLDS.hash
    just = case(trip(distance_m=2000), thresholds=other_version)
    assert [finding.threshold for finding in terms.distance(just)] == [2001]
    for broken in ("", "[stops]", text.replace("= 2000 ", "= -1 "), text.replace("= 2000 ", "= 2.5 ")):
        with pytest.raises(ThresholdsError):
            read_thresholds(broken)
