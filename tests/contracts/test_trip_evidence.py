"""What phones send: registered, kept as received, refused, in any order, erased; on both databases."""

from __future__ import annotations

import datetime as dt
import random
import threading

import orjson
import pytest
from sqlalchemy import Engine, func, select

from carpool.phone import Phone
from carpool.trip import TripStatus
from mobility.accounts.caller import Caller, ForbiddenError, Role
from mobility.acts.trips.decide import Decision, decide_trip
from mobility.acts.trips.log_evidence import Outcome, Upload, log_evidence, register_device, withdraw_device
from mobility.acts.trips.personal_data import TripData
from mobility.acts.trips.ports import TripRefusedError
from mobility.storage.trip_tables import EvidenceRow, RefusedRow, StatementRow
from tests.contracts.trip_scene import START, Scene, scene_on


@pytest.fixture
def scene(engine: Engine) -> Scene:
    return scene_on(engine)


def test_evidence_comes_back_as_it_was_received_and_again_changes_nothing(scene: Scene) -> None:
    trip = scene.drive()
    first = scene.send()
    scene.judge()
    before = scene.state(trip)
    again = scene.send()
    assert [receipt.hash for receipt in again] == [receipt.hash for receipt in first]
    assert {receipt.outcome for receipt in again} == {Outcome.KNOWN}
    assert {receipt.trip_id for receipt in again} == {trip}
    assert scene.judge() == 0
    assert scene.state(trip) == before
    with scene.begin(read_only=True) as work:
        for phone in scene.phones.values():
            for data, receipt in ((data, r) for data in phone.outbox for r in first if data):
                if work.evidence.find_raw(receipt.hash) == data:
                    break
            else:
                pytest.fail("what a phone sent is not there as it was sent")


def test_bytes_at_rest_are_not_those_that_were_sent(scene: Scene) -> None:
    """Positions are sealed: a dump of the database tells nobody where people were."""
    scene.drive()
    scene.send()
    with scene.begin(read_only=True) as work:
        sealed = [bytes(row) for row in work.session.scalars(select(EvidenceRow.sealed))]
    sent = [data for phone in scene.phones.values() for data in phone.outbox]
    assert len(sealed) == len(sent)
    assert not any(data[:40] in row for row in sealed for data in sent)


def test_what_cannot_be_read_is_refused_on_its_own_and_kept(scene: Scene) -> None:
    trip = scene.drive()
    good = scene.phones["dora"].outbox[0]
    other = Phone(b"k" * 32, scene.clock)
    other.start("alba-dole", "0" * 32)
    bad = [b"", b"\xff\x00", good[:-4] + b"AAAA", other.outbox[0], scene.phones["theo"].outbox[0]]
    uploads = [Upload(data) for data in (*bad, good)]
    receipts = log_evidence(scene.ports, scene.caller("dora"), uploads)
    assert [receipt.outcome for receipt in receipts] == [Outcome.REFUSED] * 5 + [Outcome.STORED]
    codes = [receipt.code for receipt in receipts]
    assert codes == ["not-a-statement", "not-a-statement", "bad-signature", "unknown-device", "not-yours", ""]
    assert all(receipt.words for receipt in receipts[:5])
    with scene.begin(read_only=True) as work:
        assert [work.evidence.find_raw(receipt.hash) for receipt in receipts] == [*bad, good]
        assert [refused.code for refused in work.evidence.list_refused("dora")] == codes[:5]
    scene.judge()
    assert scene.state(trip).status is TripStatus.OPEN


def test_what_was_refused_is_taken_once_its_phone_is_known(scene: Scene) -> None:
    scene.phone("dora")
    phone = Phone(b"n" * 32, scene.clock, "new one")
    phone.start("alba-dole", "0" * 32)
    (refused,) = log_evidence(scene.ports, scene.caller("dora"), [Upload(phone.outbox[0])])
    register_device(scene.ports, scene.caller("dora"), phone.registration())
    (stored,) = log_evidence(scene.ports, scene.caller("dora"), [Upload(phone.outbox[0])])
    assert (refused.outcome, stored.outcome) == (Outcome.REFUSED, Outcome.STORED)
    assert refused.hash == stored.hash


def test_a_key_is_one_persons_and_whoever_may_not_log_learns_nothing(scene: Scene) -> None:
    phone = scene.phone("dora")
    scene.phone("theo")
    assert register_device(scene.ports, scene.caller("dora"), phone.registration()).person == "dora"
    with pytest.raises(TripRefusedError, match="somebody else"):
        register_device(scene.ports, scene.caller("theo"), phone.registration())
    with pytest.raises(TripRefusedError, match="registers no phone"):
        register_device(scene.ports, scene.caller("theo"), b"nonsense")
    auditor = Caller("ada", frozenset((Role.AUDITOR,)))
    with pytest.raises(ForbiddenError):
        register_device(scene.ports, auditor, phone.registration())
    with pytest.raises(ForbiddenError):
        log_evidence(scene.ports, auditor, [Upload(b"x")])
    with pytest.raises(ForbiddenError):
        decide_trip(scene.ports, scene.caller("dora"), "0" * 32, Decision.APPROVE, "because")


def test_what_a_withdrawn_phone_signs_afterwards_is_refused(scene: Scene) -> None:
    phone = scene.phone("dora")
    phone.start("alba-dole", "0" * 32)
    scene.clock.wait(seconds=10)
    withdraw_device(scene.ports, scene.caller("dora"), phone.id)
    scene.clock.wait(seconds=10)
    phone.start("alba-dole", "1" * 32)
    receipts = scene.send("dora")
    assert [receipt.code for receipt in receipts] == ["", "device-revoked"]


def test_evidence_may_come_in_any_order_and_late(scene: Scene) -> None:
    """The passenger's phone first, the driver's statements last to first, three days late with a reason."""
    trip = scene.drive()
    scene.send("theo")
    scene.judge()
    assert scene.state(trip).status is TripStatus.OPEN
    scene.clock.wait(days=3)
    for data in reversed(scene.phones["dora"].outbox):
        log_evidence(scene.ports, scene.caller("dora"), [Upload(data, "no network")], scene.clock.now)
        scene.judge()
    assert scene.state(trip).status is TripStatus.PROVEN
    assert scene.claimed() == [trip]


@pytest.mark.parametrize("seed", range(4))
def test_judging_in_between_changes_nothing_however_late_and_mixed_the_pieces_come(
    scene: Scene, seed: int
) -> None:
    """A phone that sends days later must not have its trip held because the other one has not sent yet."""
    trip_ids = [
        scene.drive(starts_at=START + dt.timedelta(hours=5 * number), stops=stops)
        for number, stops in enumerate((("alba", "dole"), ("dole", "alba")))
    ]
    scene.clock.wait(days=9)
    lots = random.Random(seed)
    pieces = [(name, data) for name, phone in scene.phones.items() for data in phone.outbox]
    lots.shuffle(pieces)
    for name, data in pieces:
        log_evidence(scene.ports, scene.caller(name), [Upload(data, "no network")], scene.clock.now)
        scene.clock.wait(minutes=lots.randrange(10))
        scene.judge()
    assert [scene.state(trip).status for trip in trip_ids] == [TripStatus.PROVEN] * 2
    assert all("held" not in scene.statuses(trip) for trip in trip_ids)


def test_erasure_makes_positions_unreadable_and_leaves_hashes(scene: Scene) -> None:
    trip = scene.drive()
    scene.send()
    scene.judge()
    data = TripData()
    with scene.begin(read_only=True) as work:
        exported = orjson.loads(orjson.dumps(data.export(work, "theo")))
        assert [one["sha256"] for one in exported["statements"]]
        assert exported["trips"][0]["history"][-1]["status"] == "proven"
        assert len(data.list_obstacles(work, "theo", scene.clock.now)) == 1
    state = scene.state(trip)
    with scene.begin() as work:
        data.erase(work, "theo", scene.clock.now)
        work.commit()
    with scene.begin(read_only=True) as work:
        received = work.evidence.list_of_trip(trip)
        assert {one.person: one.data is None for one in received} == {"dora": False, "theo": True}
        assert {one.hash for one in received} == set(state.trip.evidence if state.trip else ())
    with scene.begin() as work:
        work.trips.mark_due([trip], scene.clock.now)
        work.commit()
    scene.judge()
    assert scene.state(trip) == state


def test_the_same_bytes_from_eight_threads_are_stored_once(scene: Scene) -> None:
    trip = scene.drive(riders=())
    data, barrier = [Upload(one) for one in scene.phones["dora"].outbox], threading.Barrier(8)
    outcomes: list[list[Outcome]] = []

    def send() -> None:
        barrier.wait()
        receipts = log_evidence(scene.ports, scene.caller("dora"), data)
        outcomes.append([receipt.outcome for receipt in receipts])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    for column in zip(*outcomes, strict=True):
        assert sorted(column) == sorted([Outcome.STORED, *[Outcome.KNOWN] * 7])
    with scene.begin(read_only=True) as work:
        for table in (EvidenceRow, StatementRow):
            assert work.session.scalar(select(func.count()).select_from(table)) == len(data)
        assert work.session.scalar(select(func.count()).select_from(RefusedRow)) == 0
        assert len(work.evidence.list_of_trip(trip)) == len(data)
