"""The same evidence, in any order and however often, makes the same trip; nothing is proven better than shown."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carpool.assembly import Assembly, assemble
from carpool.booking import Booking, BookingStatus
from carpool.device import Device
from carpool.evidence import Evidence, Kind, Moment, read_statement
from carpool.line import FareVersion
from carpool.phone import Phone
from carpool.rehearsal import Drive, PhonePassenger, rehearse
from carpool.riders import Known
from carpool.trip import EvidenceClass
from tests.carpool.trip_case import LINE, T0, THRESHOLDS, at

LIMITS = THRESHOLDS.limits
A, B, C = EvidenceClass.A, EvidenceClass.B, EvidenceClass.C
NONCE = "1" * 32
BOOKING = Booking("b1", "r1", "anna", "a", "c", 2, 300, BookingStatus.CONFIRMED, T0, T0)


def _phone(name: str, hardware: str = "") -> Phone:
    return Phone(hashlib.sha256(name.encode()).digest(), lambda: T0, hardware or name)


def _known(phones: dict[str, Phone]) -> Known:
    devices = {p.id: Device(p.id, name.split("/")[0], p.public_key, p.hardware) for name, p in phones.items()}
    return Known(
        {LINE.id: LINE}, devices, {"b1": BOOKING}, {"r1": "dora"}, (FareVersion("f", "2024-01-01", 150),)
    )


def _evidence(phones: dict[str, Phone], known: Known) -> list[Evidence]:
    return [
        Evidence(read_statement(data, known.devices[phone.id]), name.split("/")[0], T0)
        for name, phone in phones.items()
        for data in phone.outbox
    ]


def _logged(
    stops: tuple[str, str] = ("a", "d"), ride: str = ""
) -> tuple[str, dict[str, Phone], Known, list[Evidence]]:
    phones = {name: _phone(name) for name in ("dora", "theo", "anna")}
    drive = Drive(LINE, *stops, T0)
    riders = [PhonePassenger(phones["theo"], *stops), PhonePassenger(phones["anna"], "b", "c")]
    trip = rehearse(drive, phones["dora"], riders, NONCE, ride)
    known = _known(phones)
    return trip, phones, known, _evidence(phones, known)


TRIP, PHONES, KNOWN, ALL = _logged(ride="r1")
WHOLE = assemble(TRIP, ALL, KNOWN, LIMITS)


def _classes(assembly: Assembly) -> dict[str, EvidenceClass]:
    passages = assembly.trip.passages if assembly.trip else ()
    return {passage.passenger_id: passage.evidence_class for passage in passages}


def test_a_whole_trip() -> None:
    assert WHOLE.trip is not None
    assert (WHOLE.driver_id, WHOLE.ride_id, WHOLE.is_ended, WHOLE.contradictions) == ("dora", "r1", True, ())
    assert (WHOLE.trip.start.stop_id, WHOLE.trip.end.stop_id, WHOLE.trip.distance_m) == ("a", "d", 30_000)
    assert (WHOLE.trip.start.at, WHOLE.trip.end.at) == (T0, at(1800))
    anna, theo = WHOLE.trip.passages
    assert (anna.passenger_id, anna.board.stop_id, anna.alight.stop_id) == ("anna", "b", "c")
    assert (anna.distance_m, anna.fare_cents, anna.booking_id) == (10_000, 300, "b1")
    assert (theo.distance_m, theo.fare_cents, theo.booking_id) == (30_000, 150, "")
    assert _classes(WHOLE) == {"anna": C, "theo": C}
    assert len(WHOLE.trip.evidence) == len(ALL)


def test_the_way_back_is_the_same_line() -> None:
    trip, _, known, evidence = _logged(("d", "a"))
    told = assemble(trip, evidence, known, LIMITS).trip
    assert told is not None
    assert (told.start.stop_id, told.end.stop_id, told.distance_m) == ("d", "a", 30_000)


@given(st.lists(st.sampled_from(range(len(ALL))), max_size=40), st.permutations(range(len(ALL))))
@settings(max_examples=100)
def test_any_order_and_multiplicity_makes_the_same_trip(again: list[int], order: list[int]) -> None:
    pieces = [ALL[index] for index in (*again, *order)]
    late = [replace(piece, received_at=T0 + dt.timedelta(days=n)) for n, piece in enumerate(pieces)]
    assert assemble(TRIP, late, KNOWN, LIMITS) == WHOLE


@given(st.sets(st.sampled_from(range(len(ALL)))), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_no_passage_is_proven_better_than_it_is_shown(chosen: set[int], random) -> None:
    """The oracle reads the pieces themselves: C needs positions of two phones, B a code one scanned of the other."""
    pieces = [ALL[index] for index in chosen]
    random.shuffle(pieces)
    told = assemble(TRIP, pieces, KNOWN, LIMITS)
    assert told == assemble(TRIP, sorted(pieces, key=lambda piece: piece.statement.hash), KNOWN, LIMITS)
    for person, shown in _classes(told).items():
        driver = [piece.statement for piece in pieces if piece.person == "dora"]
        own = [piece.statement for piece in pieces if piece.person == person]
        instants = [{fix.at for said in side for fix in said.fixes} for side in (driver, own)]
        scans = [said for said in (*driver, *own) if said.kind is Kind.SCAN]
        if shown is C:
            assert all(len(one) >= 2 for one in instants)
            assert own
            assert driver
        if shown is B:
            assert scans
        if not own:
            assert shown is A


@given(st.sets(st.sampled_from(range(len(ALL)))))
@settings(max_examples=60)
def test_distance_is_between_stops_that_evidence_was_near(chosen: set[int]) -> None:
    told = assemble(TRIP, [ALL[index] for index in chosen], KNOWN, LIMITS).trip
    if told is not None:
        assert told.distance_m == LINE.between(told.start.stop_id, told.end.stop_id)[0] > 0
        assert told.distance_m <= 30_000


def _tried(*names: str) -> tuple[dict[str, Phone], str]:
    phones = {name: _phone(name) for name in names}
    return phones, phones["dora"].start(LINE.id, NONCE, (47.0, 6.0))


def test_before_the_start_has_come_nothing_is_known() -> None:
    told = assemble(TRIP, [piece for piece in ALL if piece.statement.kind is not Kind.START], KNOWN, LIMITS)
    assert (told.trip, told.driver_id) == (None, "")
    assert "begins" in told.missing


def test_a_trip_that_stays_at_one_stop_cannot_be_priced() -> None:
    phones, trip = _tried("dora")
    phones["dora"].clock = lambda: at(1800)
    phones["dora"].end(trip, (47.001, 6.0))
    known = _known(phones)
    told = assemble(trip, _evidence(phones, known), known, LIMITS)
    assert (told.trip, told.missing) == (None, "it touches no two stops of its line")


@pytest.mark.parametrize(("north_m", "is_near"), [(499, True), (501, False)])
def test_how_near_a_stop_is_near(north_m: int, is_near: bool) -> None:
    phones, trip = _tried("dora")
    phones["dora"].clock = lambda: at(1800)
    phones["dora"].end(trip, (47.27 + north_m / 111_195, 6.0))
    known = _known(phones)
    assert (assemble(trip, _evidence(phones, known), known, LIMITS).trip is not None) is is_near


def _ridden(scan: bool, own: bool, hardware: str = "") -> EvidenceClass:
    """How a passenger is proven whose phone scans or has positions, or both or neither."""
    phones, trip = _tried("dora", "anna")
    dora, anna = phones["dora"], replace(phones["anna"], hardware=hardware or "anna")
    phones["anna"] = anna
    for seconds, place, moment in ((0, 47.0, Moment.BOARD), (1800, 47.27, Moment.ALIGHT)):
        for phone in (dora, anna):
            phone.clock = lambda seconds=seconds: at(seconds)  # type: ignore[misc]
        if scan:
            anna.scan(dora.show(trip), moment, (place, 6.0) if own else None)
        elif own:
            (anna.board if moment is Moment.BOARD else anna.alight)(trip, (place, 6.0))
        else:
            (dora.board if moment is Moment.BOARD else dora.alight)(trip, None, "b1")
        dora.positions(trip, [(at(seconds), place, 6.0)])
    dora.end(trip, (47.27, 6.0))
    known = replace(_known(phones), rides={"": "dora"})
    told = assemble(trip, _evidence(phones, known), known, LIMITS)
    return _classes(told).get("anna", A)


def test_classes() -> None:
    assert _ridden(scan=True, own=True) is C
    assert _ridden(scan=False, own=True) is C
    assert _ridden(scan=False, own=False) is A
    assert _ridden(scan=True, own=False) is B
    assert _ridden(scan=True, own=True, hardware="dora") is A


def test_a_code_of_another_time_or_phone_shows_nothing() -> None:
    phones, trip = _tried("dora", "theo", "anna")
    dora, theo = phones["dora"], phones["theo"]
    code = dora.show(trip)
    theo.clock = lambda: at(LIMITS.token_window_s + 1)
    theo.scan(code, Moment.BOARD, (47.0, 6.0))
    theo.alight(trip, (47.27, 6.0))
    dora.clock = lambda: at(1800)
    dora.end(trip, (47.27, 6.0))
    known = _known(phones)
    assert _classes(assemble(trip, _evidence(phones, known), known, LIMITS)) == {}
    theo.clock = lambda: at(LIMITS.token_window_s)
    theo.scan(code, Moment.BOARD, (47.0, 6.0))
    assert _classes(assemble(trip, _evidence(phones, known), known, LIMITS)) == {"theo": B}


def test_two_statements_with_one_number_contradict_each_other() -> None:
    phones, trip = _tried("dora")
    twin = _phone("dora")
    twin.clock = lambda: at(60)
    twin.start(LINE.id, NONCE, (47.1, 6.0))
    known = _known(phones)
    both = _evidence(phones, known) + _evidence({"dora": twin}, known)
    assert len(assemble(trip, both, known, LIMITS).contradictions) == 1


def test_a_declared_trip_is_worth_what_words_are() -> None:
    phone = _phone("dora")
    seconds = [int(at(second).timestamp()) for second in (0, 1200)]
    said = {"booking": "b1", "from": "a", "to": "c", "board": seconds[0], "alight": seconds[1]}
    trip = phone.declare(LINE.id, NONCE, ("a", "d"), (T0, at(1800)), [said], "r1")
    known = _known({"dora": phone})
    told = assemble(trip, _evidence({"dora": phone}, known), known, LIMITS)
    assert told.trip is not None
    assert (told.trip.distance_m, told.trip.passages[0].distance_m, _classes(told)) == (
        30_000,
        20_000,
        {"anna": A},
    )
    assert told.is_ended


def test_a_booking_of_another_ride_or_driver_is_nobodys() -> None:
    phones, trip = _tried("dora")
    phones["dora"].board(trip, None, "b1")
    known = _known(phones)
    pieces: Iterable[Evidence] = _evidence(phones, known)
    assert assemble(trip, pieces, known, LIMITS).riders == ()


def test_an_unknown_fare_is_not_a_fare_of_nothing() -> None:
    told = assemble(TRIP, ALL, replace(KNOWN, fares=(), bookings={}), LIMITS)
    assert told.unknown_fares == ("anna", "theo")
