"""Uploads in pieces, judgings, decisions, cancellations, contests, appeals and closings in any order: after each step
only proven trips are claimed or paid, cancelled ones stay so, histories are whole, and bytes are as they were sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from carpool.trip import TripStatus
from mobility.accounts.caller import ForbiddenError
from mobility.acts.grant_subsidy import close
from mobility.acts.policies import keep_defaults
from mobility.acts.ports import ActPorts
from mobility.acts.trips.decide import Decision, appeal_trip, cancel_trip, decide_trip
from mobility.acts.trips.judge import judge_trip
from mobility.acts.trips.log_evidence import Upload, log_evidence
from mobility.acts.trips.ports import TripRefusedError
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from tests.contracts.carpool_line import OPERATOR
from tests.contracts.trip_scene import START, Scene, scene_on
from tests.migrated import open_migrated

DRIVERS, RIDERS = ("dora", "dirk"), ("theo", "tina", "dora")


def _scene(folder: Path) -> Scene:
    return scene_on(open_migrated(folder / "machine.sqlite"))


class TripMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.scene = _scene(Path(self.folder.name))
        for name in (*DRIVERS, *RIDERS):
            self.scene.phone(name)
        self.keys = RegisterKeys(KeyFolder(Path(self.folder.name) / "keys"))
        self.acts = ActPorts(self.scene.begin, self.scene.clock, lambda: "0" * 32)
        with self.scene.begin() as work:
            keep_defaults(work, self.scene.clock.now)
            work.commit()
        self.trips: list[str] = []
        self.pieces: list[tuple[str, bytes]] = []
        self.sent: dict[str, bytes] = {}
        self.histories: dict[str, list[object]] = {}
        self.decided: dict[str, TripStatus] = {}

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def _trip(self, number: int) -> str:
        return self.trips[number % len(self.trips)]

    @precondition(lambda self: len(self.trips) < 5)
    @rule(driver=st.sampled_from(DRIVERS), rider=st.sampled_from(RIDERS), hours=st.integers(0, 30))
    def drive(self, driver: str, rider: str, hours: int) -> None:
        starts_at = START + dt.timedelta(hours=hours)
        nonce = hashlib.sha256(f"{len(self.trips)}".encode()).hexdigest()[:32]
        riders = () if rider == driver else (rider,)
        self.trips.append(self.scene.drive(driver, riders, starts_at, nonce=nonce))
        for name, phone in self.scene.phones.items():
            self.pieces += [(name, data) for data in phone.outbox]
            phone.outbox.clear()

    @precondition(lambda self: self.pieces)
    @rule(
        chosen=st.lists(st.integers(0, 200), min_size=1, max_size=12),
        reason=st.sampled_from(["", "no network"]),
    )
    def send(self, chosen: list[int], reason: str) -> None:
        for number in chosen:
            name, data = self.pieces[number % len(self.pieces)]
            (receipt,) = log_evidence(self.scene.ports, self.scene.caller(name), [Upload(data, reason)])
            assert receipt.outcome != "refused"
            self.sent[receipt.hash] = data

    @precondition(lambda self: self.pieces)
    @rule()
    def send_all(self) -> None:
        self.send(list(range(len(self.pieces))), "no network")

    @rule()
    def judge(self) -> None:
        self.scene.judge()

    @precondition(lambda self: self.trips)
    @rule(number=st.integers(0, 9), decision=st.sampled_from(Decision))
    def decide(self, number: int, decision: Decision) -> None:
        with suppress(TripRefusedError):
            state = decide_trip(self.scene.ports, OPERATOR, self._trip(number), decision, "looked at it")
            self.decided[state.id] = state.status

    @precondition(lambda self: self.trips)
    @rule(number=st.integers(0, 9), who=st.sampled_from((*DRIVERS, *RIDERS)))
    def cancel(self, number: int, who: str) -> None:
        with suppress(TripRefusedError, ForbiddenError):
            state = cancel_trip(self.scene.ports, self.scene.caller(who), self._trip(number), "it was not so")
            self.decided.pop(state.id, None)

    @precondition(lambda self: self.trips)
    @rule(number=st.integers(0, 9))
    def appeal(self, number: int) -> None:
        for driver in DRIVERS:
            with suppress(TripRefusedError, ForbiddenError):
                state = appeal_trip(
                    self.scene.ports, self.scene.caller(driver), self._trip(number), "it was so"
                )
                self.decided.pop(state.id, None)

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.scene.clock.wait(hours=hours)

    @rule()
    def grant(self) -> None:
        close(self.acts, self.keys, OPERATOR, self.scene.clock.now - dt.timedelta(hours=1))

    @invariant()
    def money_follows_proof(self) -> None:
        if not hasattr(self, "trips"):
            return
        with self.scene.begin(read_only=True) as work:
            for trip in self.trips:
                state = work.trips.find_trip(trip)
                claimed = work.subsidies.find_claim(trip) is not None
                granted = work.subsidies.find_grant(trip) is not None
                assert not (claimed and granted)
                is_proven = state is not None and state.status is TripStatus.PROVEN
                assert (claimed or granted) is is_proven
                assert (state is not None and bool(state.claim)) is is_proven
                if trip in self.decided and state is not None:
                    assert state.status is self.decided[trip]

    @invariant()
    def histories_only_grow(self) -> None:
        if not hasattr(self, "trips"):
            return
        with self.scene.begin(read_only=True) as work:
            for trip in self.trips:
                state, history = work.trips.find_trip(trip), work.trips.list_history(trip)
                before = self.histories.get(trip, [])
                assert history[: len(before)] == before
                assert (state is None) == (not history)
                statuses = [change.status for change in history]
                if state is not None:
                    assert statuses[-1] is state.status
                if TripStatus.CANCELLED in statuses:
                    assert statuses.index(TripStatus.CANCELLED) == len(statuses) - 1
                for one, other in pairwise(history):
                    if one.status is TripStatus.HELD and other.status is not TripStatus.HELD:
                        assert other.by != "checks"
                self.histories[trip] = list(history)

    @invariant()
    def bytes_are_as_sent(self) -> None:
        if not hasattr(self, "sent"):
            return
        with self.scene.begin(read_only=True) as work:
            for hash_, data in self.sent.items():
                assert work.evidence.find_raw(hash_) == data


def test_any_order_of_what_people_do() -> None:
    run_state_machine_as_test(
        TripMachine,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


# ── crashes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Crash(Exception):  # noqa: N818 - what it stands for
    """The process dies here."""


def _crashing(first: Callable[..., object] | None) -> Callable[..., None]:
    """What does `first`, and dies."""

    def crash(*args: object, **kwargs: object) -> None:
        if first is not None:
            first(*args, **kwargs)
        raise Crash

    return crash


def _dump(scene: Scene) -> dict[str, list[object]]:
    tables = (
        "evidence",
        "statement",
        "trip",
        "trip_person",
        "trip_status",
        "trip_due",
        "outbox",
        "subsidy_claim",
    )
    with scene.begin(read_only=True) as work:
        known = set(work.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
        entries = [entry.seq for entry in work.register.list_entries()]
        rows = {
            name: [tuple(row) for row in work.session.execute(text(f"SELECT * FROM {name}"))]
            for name in tables
            if name in known
        }
    return {**rows, "register": list(entries)}


PLACES = [
    "mobility.acts.trips.settle.claim",
    "mobility.acts.trips.settle.withdraw",
    "mobility.acts.trips.settle.record",
    "mobility.acts.trips.settle._mark_others",
    "mobility.storage.trips.SqlTrips.put_trip",
    "mobility.storage.trips.SqlTrips.take_due",
    "mobility.storage.outbox.SqlOutbox.add",
    "mobility.storage.evidence.SqlEvidence.accept",
    "mobility.storage.trips.SqlTrips.mark_due",
    "mobility.storage.unit_of_work.SqlUnitOfWork.commit",
]


def _steps(scene: Scene, trip: str) -> Iterator[object]:
    yield lambda: scene.send()
    yield lambda: judge_trip(scene.ports, trip)
    yield lambda: cancel_trip(scene.ports, OPERATOR, trip, "a test")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_a_crash_anywhere_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, is_after: bool
) -> None:
    """Each step is tried with a crash just before or after one of its parts, then without: it ends as if there had been
    none. After the commit itself everything is done, and done again it changes nothing."""
    scene = _scene(tmp_path)
    trip = scene.drive(riders=("theo",))
    is_commit = place.endswith("commit")
    for step in _steps(scene, trip):
        before = _dump(scene)
        with monkeypatch.context() as patch:
            owner, name = place.rsplit(".", 1)
            patch.setattr(_find(owner), name, _crashing(_find(place) if is_after else None))
            with suppress(Crash):
                step()  # type: ignore[operator]
                continue
        if not (is_commit and is_after):
            assert _dump(scene) == before
        step()  # type: ignore[operator]
        scene.judge()
    with scene.begin(read_only=True) as work:
        statuses = [change.status.value for change in work.trips.list_history(trip)]
        assert statuses == ["open", "proven", "cancelled"]
        assert work.subsidies.find_claim(trip) is None
        assert len(work.evidence.list_of_trip(trip)) == sum(
            len(phone.outbox) for phone in scene.phones.values()
        )


def _find(path: str) -> object:
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for name in parts[count:]:
            found = getattr(found, name)
        return found
    raise LookupError(path)
