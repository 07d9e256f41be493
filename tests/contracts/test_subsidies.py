"""Claims, closings and policies on both databases: in any order and any portions, the cents of the slow twin."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.acts import grant_subsidy
from mobility.acts.claim_subsidy import ClaimError, claim, claim_all
from mobility.acts.grant_subsidy import ClosingError, close, list_grants_of
from mobility.acts.policies import PublicationError, find_policy, list_policies, publish_policy, publish_scale
from mobility.acts.ports import ActPorts
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.contracts.conftest import POSTGIS
from tests.contracts.subsidy_scene import Begin, Scene
from tests.migrated import open_migrated
from tests.ticketing.by_chance import NIGHTS, policies, trips
from tests.ticketing.months import random_trip
from ticketing.facts import TripFacts
from ticketing.grant_body import FactsError
from ticketing.subsidy_policy import default_policy, read_policy

OCTOBER = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
NOVEMBER_3 = dt.datetime(2026, 11, 3, tzinfo=dt.UTC)


def written(valid_from: str, **fields: Any) -> dict[str, Any]:
    """A small policy."""
    rules = [{"rule": "per_km", "amount_cents": 10}]
    plain = {"campaign": "other", "title": "t", "passenger_fare_cents": 150, "rules": rules}
    return plain | {"valid_from": valid_from} | fields


def month_of_trips(count: int, seed: int = 1) -> list[TripFacts]:
    rng = random.Random(seed)
    return [random_trip(rng, number) for number in range(count)]


@pytest.fixture
def scene(begin: Begin, tmp_path: Path) -> Scene:
    return Scene(begin, tmp_path / "keys", OCTOBER)


@pytest.mark.parametrize("portion", [1, 7, 1000])
def test_portions_change_nothing(scene: Scene, portion: int) -> None:
    for trip in month_of_trips(60):
        scene.claim(trip)
    report = scene.close(NOVEMBER_3, portion)
    assert (report.trips, report.months) == (60, ("2026-10",))
    scene.check()


def test_closings_late_claims_and_withdrawals(scene: Scene) -> None:
    early, late = month_of_trips(40), month_of_trips(25, seed=2)
    for trip in early:
        scene.claim(trip)
    scene.close(OCTOBER + dt.timedelta(days=10))
    for trip in early[:8]:
        scene.withdraw(trip.trip_id)
    for trip in late:
        scene.claim(trip)
    scene.close(OCTOBER + dt.timedelta(days=20))
    scene.close(NOVEMBER_3)
    scene.claim(replace(early[0], distance_m=30_000))
    assert scene.close(NOVEMBER_3).trips == 1
    scene.check()
    with scene.begin(read_only=True) as work:
        line = work.subsidies.find_grant(early[0].trip_id)
        assert line is not None
        assert line.period == "2026-11"  # October is closed: it is late


def test_the_same_claim_again_changes_nothing_and_another_is_refused(scene: Scene) -> None:
    trip = month_of_trips(1)[0]
    scene.claim(trip)
    scene.claim(trip)
    scene.close(NOVEMBER_3)
    scene.claim(trip)
    scene.check()
    with scene.begin() as work, pytest.raises(ClaimError, match="withdraw it first"):
        claim(work, replace(trip, distance_m=1), OCTOBER)
    with scene.begin() as work, pytest.raises(FactsError, match="distance_m"):
        claim(work, replace(trip, distance_m=-1), OCTOBER)


def test_who_may_close_publish_and_read(scene: Scene) -> None:
    nobody = Caller("somebody", frozenset((Role.TRAVELLER, Role.DRIVER, Role.PARTNER)))
    auditor = Caller("auditor", frozenset((Role.AUDITOR,)))
    operator = Caller("operator", frozenset((Role.OPERATOR,)))
    for caller in (nobody, auditor):
        with pytest.raises(ForbiddenError):
            close(scene.ports, scene.keys, caller, OCTOBER)
    for caller in (nobody, auditor, operator):
        with pytest.raises(ForbiddenError):
            publish_policy(scene.ports, caller, written("2026-10-02"))
    for caller in (nobody, operator):
        with pytest.raises(ForbiddenError):
            list_grants_of(scene.ports, caller, "d1")
    assert list_grants_of(scene.ports, auditor, "d1").granted == ()
    with scene.begin(read_only=True) as work:
        assert list(work.register.list_entries()) == []


def test_a_policy_is_published_once_in_full_and_never_for_what_is_closed(scene: Scene) -> None:
    assert [one.published_at for one in list_policies(scene.ports)] == [None]
    scene.close(OCTOBER + dt.timedelta(hours=12))
    with pytest.raises(PublicationError, match="can begin on 2026-10-02 at the earliest"):
        publish_policy(scene.ports, SYSTEM, written("2026-10-01"))
    assert scene.publish(written("2026-10-02"))
    assert not scene.publish(written("2026-10-02"))
    shown = list_policies(scene.ports)
    assert [one.policy.hash for one in shown] == [
        default_policy().hash,
        read_policy(written("2026-10-02")).hash,
    ]
    assert [one.in_force for one in shown] == [False, True] or scene.now < OCTOBER + dt.timedelta(days=1)
    assert find_policy(scene.ports, default_policy().hash[:8]) == default_policy()
    with pytest.raises(PublicationError, match="there is not one policy"):
        find_policy(scene.ports, "no hash")
    with scene.begin(read_only=True) as work:
        entry = list(work.register.list_entries(kinds=["policy"]))[-1]
        body = orjson.loads(entry.body)
    assert read_policy(body["policy"]).hash == body["hash"]


def test_a_counter_of_a_new_policy_starts_where_counting_again_has_it(scene: Scene) -> None:
    """A cap on a month counts the month from its first day, also when the policy begins within it."""
    for trip in month_of_trips(50):
        scene.claim(trip)
    scene.close(OCTOBER + dt.timedelta(days=9))
    caps = [
        {"per": "campaign", "during": "month", "trips_max": 1},
        {"per": "driver", "during": "month", "trips_max": 9},
    ]
    assert scene.publish(written("2026-10-20", campaign="bfc-carpool-lines", caps=caps))
    scene.close(NOVEMBER_3)
    scene.check()
    with scene.begin(read_only=True) as work:
        entry = list(work.register.list_entries(kinds=["policy"]))[-1]
    assert {"trips/campaign/month", "trips/driver/month"} == {
        one["cap"] for one in orjson.loads(entry.body)["counters"]
    }


def test_a_trip_no_policy_was_in_force_for_stops_a_closing_and_loses_nothing(scene: Scene) -> None:
    first, second = (
        replace(trip, started_at=at, ended_at=at)
        for trip, at in zip(month_of_trips(2), (OCTOBER - dt.timedelta(days=800), OCTOBER), strict=True)
    )
    scene.claim(first)
    scene.claim(second)
    for _ in range(2):
        with pytest.raises(ClosingError, match="no policy was in force on 2024-07-23"):
            close(scene.ports, scene.keys, SYSTEM, OCTOBER)
    scene.check()
    scene.closed_until = OCTOBER
    assert scene.publish(written("2024-07-01"))
    scale = {"title": "t", "valid_from": "2024-01-01", "millieuros_per_km": 300}
    publish_scale(scene.ports, SYSTEM, scale)
    scene.scales.append(scale)
    assert scene.close(OCTOBER + dt.timedelta(days=1)).trips == 2
    scene.check()


def test_the_future_is_not_closed(scene: Scene) -> None:
    with pytest.raises(ClosingError, match="in the future"):
        close(scene.ports, scene.keys, SYSTEM, OCTOBER + dt.timedelta(seconds=1))


class CrashError(BaseException):
    """The process is killed."""


def crashing(begin: Begin, commits: int, after: bool) -> Callable[..., SqlUnitOfWork]:
    """Begins units of work; the process is killed just before or after the commit that follows so many."""
    left = [commits]

    class Crashing(SqlUnitOfWork):
        def commit(self) -> None:
            left[0] -= 1
            if left[0] < 0 and not after:
                raise CrashError
            super().commit()
            if left[0] < 0:
                raise CrashError

    def begin_crashing(*, read_only: bool = False) -> SqlUnitOfWork:
        work = begin(read_only=read_only)
        work.__class__ = Crashing
        return work

    return begin_crashing


@pytest.mark.parametrize("after", [False, True], ids=["before a commit", "after a commit"])
def test_a_closing_that_is_killed_anywhere_goes_on_where_it_stopped(scene: Scene, after: bool) -> None:
    for trip in month_of_trips(12):
        scene.claim(trip)
    scene.now = NOVEMBER_3
    crashes = 0
    for commits in range(40):
        ports = ActPorts(crashing(scene.begin, commits % 3, after), scene.ports.now, scene.ports.new_id)
        try:
            close(ports, scene.keys, SYSTEM, NOVEMBER_3, claims_at_once=2)
        except CrashError:
            crashes += 1
            continue
        break
    scene.close(NOVEMBER_3)
    scene.check()
    assert crashes > 5
    with scene.begin(read_only=True) as work:
        assert [one.period for one in work.register.list_entries(kinds=["close"])] == ["2026-10"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_twin_agrees(scene: Scene, seed: int) -> None:
    """The state machine below, by plain chance, on both databases."""
    rng = random.Random(seed)
    known: list[TripFacts] = []
    day = 0
    for number in range(70):
        roll = rng.random()
        if roll < 0.6:
            known.append(random_trip(rng, 1000 + number, drivers=2, passengers=4))
            scene.claim(known[-1])
        elif roll < 0.7 and known:
            scene.withdraw(rng.choice(known).trip_id)
        elif roll < 0.8:
            caps = [
                {"per": rng.choice(["driver", "campaign"]), "during": "month", "trips_max": rng.randint(1, 9)}
            ]
            scene.publish(written(f"2026-10-{rng.randint(1, 31):02}", caps=caps, title=f"{number}"))
        else:
            day += rng.randint(0, 4)
            scene.close(OCTOBER + dt.timedelta(days=day), rng.randint(1, 5))
        scene.check()


class Machine(RuleBasedStateMachine):
    """Trips are claimed, also late and again, withdrawn, and granted by closings in any portions, that are killed
    sometimes, while policies are published."""

    taken = Bundle("taken")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_migrated(Path(self.folder.name) / "machine.sqlite")
        self.number = 0

    @initialize(night=st.sampled_from(NIGHTS))
    def begin(self, night: str) -> None:
        self.night = night
        self.start = dt.datetime.fromisoformat(f"{night}:00+00:00")
        self.scene = Scene(units_of_work(self.engine), Path(self.folder.name) / "keys", self.start)

    @rule(target=taken, data=st.data())
    def claim(self, data: st.DataObject) -> TripFacts:
        self.number += 1
        trip = data.draw(trips(self.night, self.number))
        self.scene.claim(trip)
        return trip

    @rule(trip=taken)
    def claim_again(self, trip: TripFacts) -> None:
        self.scene.claim(trip)

    @rule(trip=taken)
    def withdraw(self, trip: TripFacts) -> None:
        self.scene.withdraw(trip.trip_id)

    @rule(data=st.data(), day=st.integers(-1, 3))
    def publish(self, data: st.DataObject, day: int) -> None:
        valid_from = (self.start + dt.timedelta(days=day)).date().isoformat()
        self.scene.publish(data.draw(policies(valid_from)))

    @rule(
        hours=st.sampled_from([0, 2, 3, 4, 5, 30, 60]),
        portion=st.integers(1, 3),
        crash=st.integers(0, 4),
        after=st.booleans(),
    )
    def close(self, hours: int, portion: int, crash: int, after: bool) -> None:
        until = self.start + dt.timedelta(hours=hours)
        self.scene.now = max(self.scene.now, until)
        if crash:
            ports = ActPorts(
                crashing(self.scene.begin, crash, after), self.scene.ports.now, self.scene.ports.new_id
            )
            with suppress(CrashError):
                close(ports, self.scene.keys, SYSTEM, until, claims_at_once=portion)
        self.scene.close(until, portion)

    @invariant()
    def the_twin_agrees(self) -> None:
        if hasattr(self, "scene"):
            self.scene.check()

    def teardown(self) -> None:
        self.engine.dispose()
        self.folder.cleanup()


def test_state_machine() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(max_examples=15, stateful_step_count=20, suppress_health_check=list(HealthCheck)),
    )


def _close_at_once(scene: Scene, engine: Engine) -> list[BaseException]:
    met, failures = threading.Barrier(2), []

    def run() -> None:
        ports = ActPorts(units_of_work(engine), lambda: NOVEMBER_3, scene.ports.new_id)
        met.wait(timeout=120)
        try:
            close(ports, scene.keys, SYSTEM, NOVEMBER_3, claims_at_once=5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return failures


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_two_closings_at_once_grant_everything_once_and_in_order(scene: Scene, engine: Engine) -> None:
    for trip in month_of_trips(40):
        scene.claim(trip)
    assert _close_at_once(scene, engine) == []
    scene.now = NOVEMBER_3
    scene.expect_closed(NOVEMBER_3)
    scene.check()


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_control_without_the_lock_a_trip_is_granted_twice(
    scene: Scene, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both read the same claims before either grants them: the register's own lock, taken later, does not help."""
    for trip in month_of_trips(4):
        scene.claim(trip)
    scene.close(OCTOBER)
    with scene.begin() as work:
        work.subsidies.add_closing(NOVEMBER_3, NOVEMBER_3)  # that both are at
        work.commit()
    met = threading.Barrier(2)
    unlocked = grant_subsidy._grant_portion

    def slow(*args: Any) -> Any:
        met.wait(timeout=120)
        return unlocked(*args)

    monkeypatch.setattr(grant_subsidy, "_grant_portion", slow)
    monkeypatch.setattr(grant_subsidy, "LOCK", "")
    monkeypatch.setattr(SqlUnitOfWork, "lock", _lock_only_named(SqlUnitOfWork.lock))
    _close_at_once(scene, engine)
    with scene.begin(read_only=True) as work:
        granted = [
            orjson.loads(one.body)["facts"]["trip_id"] for one in work.register.list_entries(kinds=["grant"])
        ]
    assert len(granted) > len(set(granted))


def _lock_only_named(lock: Callable[[SqlUnitOfWork, str], None]) -> Callable[[SqlUnitOfWork, str], None]:
    return lambda work, name: lock(work, name) if name else None


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_a_claim_beside_a_closing_is_granted_by_it_or_waits(scene: Scene, engine: Engine) -> None:
    taken = month_of_trips(60)
    with scene.begin() as work:
        claim_all(work, taken[:30], scene.now)
        work.commit()
    scene.waiting |= {trip.trip_id: trip for trip in taken[:30]}

    def claim_the_rest() -> None:
        for trip in taken[30:]:
            with units_of_work(engine)() as work:
                claim(work, trip, scene.now)
                work.commit()

    thread = threading.Thread(target=claim_the_rest)
    thread.start()
    failures = _close_at_once(scene, engine)
    thread.join(timeout=300)
    assert failures == []
    scene.now = NOVEMBER_3
    close(scene.ports, scene.keys, SYSTEM, NOVEMBER_3)
    with scene.begin(read_only=True) as work:
        granted = [
            orjson.loads(one.body)["facts"]["trip_id"] for one in work.register.list_entries(kinds=["grant"])
        ]
    assert sorted(granted) == sorted(trip.trip_id for trip in taken)
