"""From phones to a claim: trips judged, decided, cancelled and seen, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import orjson
import pytest
from sqlalchemy import Engine

from carpool.booking import BookingStatus
from carpool.checks.thresholds import read_thresholds
from carpool.trip import EvidenceClass, TripStatus
from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import publish_ride
from mobility.acts.trips.decide import Decision, appeal_trip, cancel_trip, decide_trip
from mobility.acts.trips.find import get_trip, list_queue, list_trips
from mobility.acts.trips.judge import judge_trip
from mobility.acts.trips.log_evidence import Outcome
from mobility.acts.trips.ports import TripRefusedError
from mobility.acts.trips_ports import TripState
from tests.contracts.carpool_line import OPERATOR, draft
from tests.contracts.conftest import POSTGIS
from tests.contracts.trip_scene import START, Scene, scene_on


@pytest.fixture
def scene(engine: Engine) -> Scene:
    return scene_on(engine)


def test_a_trip_of_two_phones_is_proven_and_claimed(scene: Scene) -> None:
    trip = scene.drive()
    assert {receipt.outcome for receipt in scene.send()} == {Outcome.STORED}
    scene.judge()
    state = scene.state(trip)
    assert state.findings == ()
    assert (state.status, state.driver_id) == (TripStatus.PROVEN, "dora")
    assert state.trip is not None
    assert state.trip.distance_m == 30_000
    (passage,) = state.trip.passages
    assert (passage.passenger_id, passage.evidence_class, passage.distance_m) == (
        "theo",
        EvidenceClass.C,
        30_000,
    )
    assert passage.fare_cents == 150
    assert (scene.statuses(trip), scene.claimed()) == (["open", "proven"], [trip])


def test_what_comes_late_without_a_reason_is_held_until_somebody_decides(scene: Scene) -> None:
    trip = scene.drive()
    scene.clock.wait(days=3)
    scene.send()
    scene.judge()
    state = scene.state(trip)
    assert (state.status, [finding.check for finding in state.findings]) == (TripStatus.HELD, ["late"])
    assert scene.claimed() == []
    assert [view.state.id for view in list_queue(scene.ports, OPERATOR)] == [trip]
    with pytest.raises(TripRefusedError, match="names nobody"):
        decide_trip(scene.ports, OPERATOR, trip, Decision.APPROVE, "Dora called from 06 01 02 03 04")
    with pytest.raises(TripRefusedError, match="reason"):
        decide_trip(scene.ports, OPERATOR, trip, Decision.APPROVE, "  ")
    decide_trip(scene.ports, OPERATOR, trip, Decision.APPROVE, "the phone was broken")
    assert (scene.state(trip).status, scene.claimed()) == (TripStatus.PROVEN, [trip])
    with scene.begin(read_only=True) as work:
        (entry,) = work.register.list_entries(kinds=["decision"])
        (checks,) = work.register.list_entries(kinds=["checks"])
    body = orjson.loads(entry.body)
    assert (body["trip_id"], body["decision"], body["reason"]) == (trip, "approve", "the phone was broken")
    assert body["reasons"][0]["check"] == "late"
    assert body["checks"] == orjson.loads(checks.body)["hash"] == scene.ports.thresholds.hash
    assert b"dora" not in entry.body
    with pytest.raises(TripRefusedError, match="cannot be done"):
        decide_trip(scene.ports, OPERATOR, trip, Decision.REFUSE, "once more")


def test_a_short_trip_is_refused_by_the_terms_and_the_driver_may_appeal_once(scene: Scene) -> None:
    """A line of 10 km between stops has no trip under 2 km: with other thresholds it has."""
    text = scene.ports.thresholds.text.replace("distance_m_min = 2000", "distance_m_min = 20000")
    scene.ports = replace(scene.ports, thresholds=read_thresholds(text))
    trip = scene.drive(stops=("alba", "brey"))
    scene.send()
    scene.judge()
    state = scene.state(trip)
    (finding,) = state.findings
    assert (state.status, finding.counter, finding.threshold) == (TripStatus.REFUSED, 10_000, 20_000)
    assert scene.kinds()[-2:] == ["checks", "refusal"]
    with pytest.raises(ForbiddenError):
        appeal_trip(scene.ports, scene.caller("theo"), trip, "please")
    appeal_trip(scene.ports, scene.caller("dora"), trip, "the road was closed")
    assert scene.state(trip).status is TripStatus.HELD
    decide_trip(scene.ports, OPERATOR, trip, Decision.REFUSE, "it was not")
    with pytest.raises(TripRefusedError, match="before"):
        appeal_trip(scene.ports, scene.caller("dora"), trip, "please")
    assert scene.statuses(trip) == ["open", "refused", "held", "refused"]


def test_the_fifth_trip_of_a_day_is_refused_and_cancelled_ones_do_not_count(scene: Scene) -> None:
    """`<> ALL` of the dead statuses, not `<> ANY`: a cancelled trip counts nowhere."""
    trips = [
        scene.drive(riders=(f"rider{number}",), starts_at=START + dt.timedelta(hours=number))
        for number in range(5)
    ]
    scene.send()
    scene.judge()
    assert [scene.state(trip).status.value for trip in trips] == ["proven"] * 4 + ["refused"]
    (finding,) = scene.state(trips[4]).findings
    assert (finding.check, finding.counter, finding.threshold, finding.conflict) == (
        "trips_a_day",
        5,
        4,
        trips[3],
    )
    cancel_trip(scene.ports, scene.caller("dora"), trips[1], "did not drive")
    scene.judge()
    assert [scene.state(trip).status.value for trip in trips] == [
        "proven",
        "cancelled",
        "proven",
        "proven",
        "proven",
    ]
    assert sorted(scene.claimed()) == sorted(trips[:1] + trips[2:])


def test_a_trip_in_two_places_holds_both_also_the_one_that_was_proven_before(scene: Scene) -> None:
    """New evidence re-checks what it touches (others' PATCH did not)."""
    first = scene.drive("dora", ("theo",))
    scene.send()
    scene.judge()
    assert scene.claimed() == [first]
    for phone in scene.phones.values():
        phone.outbox.clear()
    second = scene.drive("dirk", ("theo",))
    scene.send()
    scene.judge()
    for trip, other in ((first, second), (second, first)):
        state = scene.state(trip)
        checks = {finding.check: finding.conflict for finding in state.findings}
        assert (state.status, checks["passenger_twice"]) == (TripStatus.HELD, other)
    assert scene.claimed() == []
    decide_trip(scene.ports, OPERATOR, second, Decision.REFUSE, "made up")
    scene.judge()
    assert scene.state(first).status is TripStatus.HELD  # only a person moves it out of there
    decide_trip(scene.ports, OPERATOR, first, Decision.APPROVE, "the other one was made up")
    assert scene.claimed() == [first]


def test_cancelling_is_for_good_and_a_late_judging_does_not_overwrite_it(scene: Scene) -> None:
    trip = scene.drive()
    scene.send("dora")
    scene.judge()
    assert (
        cancel_trip(scene.ports, scene.caller("dora"), trip, "did not drive").status is TripStatus.CANCELLED
    )
    scene.send("theo")
    scene.judge()
    judge_trip(scene.ports, trip)
    assert scene.state(trip).status is TripStatus.CANCELLED
    assert cancel_trip(scene.ports, scene.caller("dora"), trip, "again").status is TripStatus.CANCELLED
    assert scene.statuses(trip)[-1] == "cancelled"
    assert scene.statuses(trip).count("cancelled") == 1
    with scene.begin(read_only=True) as work:
        assert {one.person for one in work.evidence.list_of_trip(trip)} == {"dora", "theo"}


def test_a_proven_trip_that_is_cancelled_gives_its_claim_back(scene: Scene) -> None:
    trip = scene.drive()
    scene.send()
    scene.judge()
    assert scene.claimed() == [trip]
    with pytest.raises(ForbiddenError):
        cancel_trip(scene.ports, scene.caller("mallory"), trip, "for fun")
    with pytest.raises(ForbiddenError):
        cancel_trip(scene.ports, scene.caller("mallory"), "0" * 32, "for fun")
    cancel_trip(scene.ports, OPERATOR, trip, "a test")
    assert scene.claimed() == []


def test_a_passenger_who_contests_holds_the_money(scene: Scene) -> None:
    trip = scene.drive()
    scene.send()
    scene.judge()
    cancel_trip(scene.ports, scene.caller("theo"), trip, "I was not in that car")
    state = scene.state(trip)
    assert (state.status, state.findings[-1].check, scene.claimed()) == (TripStatus.HELD, "contested", [])


def test_a_check_that_cannot_run_waits_and_is_never_passed_by_time(scene: Scene) -> None:
    scene.vehicles.followed = None
    trip = scene.drive()
    scene.send()
    for _ in range(5):
        scene.judge()
        state = scene.state(trip)
        assert (state.status, [f.check for f in state.findings]) == (TripStatus.WAITING, ["public_transport"])
        scene.clock.wait(days=30)
    scene.vehicles.followed = ()
    scene.judge()
    assert scene.state(trip).status is TripStatus.PROVEN


def test_without_the_passengers_phone_a_trip_waits_a_day_for_it(scene: Scene) -> None:
    """Then it is judged on what there is: seen getting in, and nothing says where they got out."""
    scene.phone("theo")
    trip = scene.drive()
    scene.phones["theo"].outbox = scene.phones["theo"].outbox[:1]  # one scan, then the battery was empty
    scene.send()
    scene.judge()
    assert scene.state(trip).status is TripStatus.WAITING
    scene.clock.wait(hours=25)
    scene.judge()
    state = scene.state(trip)
    assert state.trip is not None
    assert state.trip.passages[0].evidence_class is EvidenceClass.B
    assert state.status is TripStatus.HELD
    assert "alighting" in {finding.check for finding in state.findings}


def test_a_booked_passage_validates_its_booking(scene: Scene, engine: Engine) -> None:
    scene.phone("dora")
    scene.phone("theo")
    acts = ActPorts(scene.begin, scene.clock, lambda: "f" * 32)
    ride = publish_ride(acts, scene.caller("dora"), draft())
    booking = book_seat(acts, scene.caller("theo"), BookingRequest(ride.id, "alba", "dole", 1)).id
    scene.clock.now = ride.calls[0].at
    trip = scene.drive(starts_at=ride.calls[0].at, ride=ride.id)
    scene.send()
    scene.judge()
    state = scene.state(trip)
    assert state.trip is not None
    assert (state.status, state.trip.passages[0].booking_id) == (TripStatus.PROVEN, booking)
    with scene.begin(read_only=True) as work:
        found = work.rides.find_booking(booking)
    assert found is not None
    assert found.status is BookingStatus.VALIDATED


def test_nobody_else_drives_a_published_ride(scene: Scene) -> None:
    scene.phone("dora")
    acts = ActPorts(scene.begin, scene.clock, lambda: "f" * 32)
    ride = publish_ride(acts, scene.caller("dora"), draft())
    trip = scene.drive("mallory", starts_at=ride.calls[0].at, ride=ride.id)
    scene.send()
    scene.judge()
    assert scene.state(trip).ride_id == ""


def test_who_sees_what_of_a_trip(scene: Scene) -> None:
    trip = scene.drive()
    scene.send()
    scene.judge()
    assert [view.state.id for view in list_trips(scene.ports, scene.caller("theo"))] == [trip]
    assert get_trip(scene.ports, scene.caller("dora"), trip).role == "driver"
    assert get_trip(scene.ports, Caller("ada", frozenset((Role.AUDITOR,))), trip).role == "auditor"
    for name in (trip, "0" * 32):
        with pytest.raises(ForbiddenError) as refusal:
            get_trip(scene.ports, scene.caller("mallory"), name)
        assert str(refusal.value) == "no trip of yours has this identifier"
    with pytest.raises(ForbiddenError):
        list_queue(scene.ports, scene.caller("dora"))


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
@pytest.mark.parametrize("is_locked", [True, False], ids=["with the lock", "control: without"])
def test_judging_and_cancelling_at_once(
    scene: Scene, is_locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judging that has begun before a cancellation and ends after it must not bring the trip back. The control: with
    the trip's lock off, it does."""
    trip = scene.drive()
    scene.send()
    checked, cancelled = threading.Event(), threading.Event()
    vehicles = scene.vehicles

    class Slow(type(vehicles)):  # type: ignore[misc]
        def list_followed(self, track: object, thresholds: object) -> tuple[()]:
            checked.set()
            cancelled.wait(2 if is_locked else 60)
            return ()

    scene.ports = replace(scene.ports, vehicles=Slow())
    if not is_locked:
        monkeypatch.setattr("mobility.storage.unit_of_work.SqlUnitOfWork.lock", lambda work, name: None)
        monkeypatch.setattr("mobility.storage.rides.SqlRides.lock_person", lambda rides, person: None)
    with scene.begin() as work:  # the trip is known, so that it can be cancelled
        work.trips.put_trip(
            TripState(trip, TripStatus.OPEN, "dora", "alba-dole", "", scene.clock.now, scene.clock.now)
        )
        work.commit()
    judging = threading.Thread(target=judge_trip, args=(scene.ports, trip))
    judging.start()
    assert checked.wait(60)

    def cancel() -> None:
        cancel_trip(scene.ports, scene.caller("dora"), trip, "did not drive")
        cancelled.set()

    cancelling = threading.Thread(target=cancel)
    cancelling.start()
    judging.join()
    cancelling.join()
    is_cancelled = scene.state(trip).status is TripStatus.CANCELLED
    assert is_cancelled is is_locked
    assert (scene.claimed() == []) is is_locked


def test_the_trips_beside_one_are_those_a_plain_look_finds(scene: Scene) -> None:
    """By people within 36 hours, by line and minute, by ride; nothing else, and each once."""
    day, hours_after = dt.timedelta(hours=36), (0, 1, 26, 36, 37, 60)
    for number, hours in enumerate(hours_after):
        starts_at = START + dt.timedelta(hours=hours)
        scene.drive("dora", ("theo",), starts_at)
        scene.drive(f"driver {number}", (f"rider {number % 2}",), starts_at + dt.timedelta(seconds=40))
    scene.send(reason="no network")
    scene.judge()
    with scene.begin(read_only=True) as work:
        states = work.trips.list_standing(list(TripStatus), 1000)
        assert len(states) == 2 * len(hours_after)
        trips = {state.id: state.trip for state in states if state.trip is not None}
        assert len(trips) == len(states)
        for trip in trips.values():
            people = {trip.driver_id, *(one.passenger_id for one in trip.passages)}
            expected = {
                other.id
                for other in trips.values()
                if other.id != trip.id
                and (
                    (
                        people & {other.driver_id, *(one.passenger_id for one in other.passages)}
                        and -day <= other.start.at - trip.start.at < day
                    )
                    or (
                        other.line_id == trip.line_id
                        and other.start.at.replace(second=0) == trip.start.at.replace(second=0)
                    )
                )
            }
            found = work.trips.list_beside(trip)
            assert {one.id for one in found} == work.trips.list_ids_beside(trip) == expected
            for one in found:
                other = trips[one.id]
                assert one.start_at == other.start.at
                assert one.end_at == other.end.at
                assert (one.start_stop, one.end_stop) == (other.start.stop_id, other.end.stop_id)
                assert [ridden.person for ridden in one.passengers] == [
                    passage.passenger_id for passage in other.passages
                ]
