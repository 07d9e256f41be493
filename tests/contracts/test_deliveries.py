"""Events are delivered at least once, in order within a subject, to one worker at a time; jobs run in one place."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from mobility.acts.delivery_ports import Event, EventState
from mobility.jobs import worker as worker_module
from mobility.jobs.schedule import Handler, Job
from mobility.jobs.worker import ATTEMPTS_MAX, KEPT_DAYS, UNHANDLED_S, Worker
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.conftest import NOW

Begin = Callable[..., SqlUnitOfWork]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


def _write(begin: Begin, *events: tuple[str, str, dict[str, Any]], at: dt.datetime = NOW) -> None:
    with begin() as work:
        for kind, subject, payload in events:
            work.events.add(kind, payload, at, subject)
            work.session.flush()
        work.commit()


def _states(begin: Begin) -> list[tuple[int, EventState]]:
    with begin(read_only=True) as work:
        return [(event.payload["n"], event.state) for event in reversed(work.deliveries.list_events())]


def _worker(
    begin: Begin, run: Callable[[Event], None], clock: Callable[[], dt.datetime], **more: Any
) -> Worker:
    return Worker(begin, [Handler("happened", run)], [], clock, **more)


def test_an_event_is_handed_to_each_of_its_handlers_once(begin: Begin) -> None:
    heard: list[tuple[str, int]] = []
    handlers = [
        Handler("happened", lambda event: heard.append(("first", event.payload["n"]))),
        Handler("happened", lambda event: heard.append(("second", event.payload["n"]))),
        Handler("other", lambda event: heard.append(("other", event.payload["n"]))),
    ]
    _write(begin, ("happened", "", {"n": 1}), ("other", "", {"n": 2}))
    worker = Worker(begin, handlers, [], lambda: NOW)
    assert worker.deliver_one()
    assert worker.deliver_one()
    assert not worker.deliver_one()
    assert heard == [("first", 1), ("second", 1), ("other", 2)]
    assert _states(begin) == [(1, EventState.DELIVERED), (2, EventState.DELIVERED)]


def test_what_fails_is_tried_again_later_and_later_and_then_is_dead(begin: Begin) -> None:
    clock, tried = Clock(), []

    def fail(event: Event) -> None:
        tried.append(clock.now)
        raise ConnectionError("the other side is away")

    worker = _worker(begin, fail, clock)
    _write(begin, ("happened", "", {"n": 1}))
    for _ in range(ATTEMPTS_MAX):
        assert worker.deliver_one()
        assert not worker.deliver_one(), "not due yet"
        clock.move(worker_module.BACK_OFF_S_MAX * 1.3)
    assert not worker.deliver_one()
    assert len(tried) == ATTEMPTS_MAX
    with begin(read_only=True) as work:
        (event,) = work.deliveries.list_events(EventState.DEAD)
        (count,) = work.deliveries.count()
    assert event.error == "ConnectionError: the other side is away"
    assert (count.state, count.count, count.oldest_at) == (EventState.DEAD, 1, NOW)


def test_waits_grow_and_are_not_the_same_for_all() -> None:
    waits = [
        [worker_module._back_off(attempt).total_seconds() for _ in range(20)] for attempt in range(1, 30)
    ]
    for attempt, some in enumerate(waits, start=1):
        middle = min(2.0 ** (attempt - 1), 3600.0)
        assert all(0.75 * middle <= one <= 1.25 * middle for one in some)
        assert len(set(some)) > 1


def test_within_a_subject_one_after_the_other_and_others_go_on(begin: Begin) -> None:
    clock, heard, is_broken = Clock(), [], True

    def handle(event: Event) -> None:
        if event.payload["n"] == 1 and is_broken:
            raise ConnectionError("away")
        heard.append(event.payload["n"])

    worker = _worker(begin, handle, clock)
    _write(
        begin,
        *(("happened", subject, {"n": n}) for n, subject in enumerate(["a", "a", "b", "", "a"], start=1)),
    )
    while worker.deliver_one():
        pass
    assert heard == [3, 4]
    is_broken = False
    clock.move(10)
    while worker.deliver_one():
        pass
    assert heard == [3, 4, 1, 2, 5]


def test_a_dead_event_holds_its_subject_until_a_person_decides(begin: Begin) -> None:
    clock, heard, is_broken = Clock(), [], True

    def handle(event: Event) -> None:
        if event.payload["n"] in (1, 3) and is_broken:
            raise ValueError("never")
        heard.append(event.payload["n"])

    worker = _worker(begin, handle, clock)
    _write(begin, *(("happened", f"s{n // 3}", {"n": n}) for n in (1, 2, 3, 4)))
    for _ in range(ATTEMPTS_MAX):
        while worker.deliver_one():
            pass
        clock.move(2 * worker_module.BACK_OFF_S_MAX)
    assert heard == []
    is_broken = False
    with begin() as work:
        first, second = sorted(event.id for event in work.deliveries.list_events(EventState.DEAD))
        assert work.deliveries.revive(first, clock.now)
        assert not work.deliveries.revive(first, clock.now)
        assert work.deliveries.drop(second, "it was a test", clock.now)
        assert not work.deliveries.drop(first, "it waits again", clock.now)
        work.commit()
    while worker.deliver_one():
        pass
    assert sorted(heard) == [1, 2, 4]
    with begin(read_only=True) as work:
        dropped = next(event for event in work.deliveries.list_events() if event.id == second)
    assert (dropped.state, dropped.error) == (EventState.DELIVERED, "dropped: it was a test")


class Killed(BaseException):
    """What a process does not catch."""


def test_what_a_killed_worker_held_is_delivered_by_another(begin: Begin) -> None:
    clock, heard = Clock(), []

    def die(event: Event) -> None:
        raise Killed

    _write(begin, ("happened", "a", {"n": 1}), ("happened", "a", {"n": 2}))
    with pytest.raises(Killed):
        _worker(begin, die, clock).deliver_one()
    other = _worker(begin, lambda event: heard.append((event.payload["n"], event.attempts)), clock)
    assert not other.deliver_one(), "the first may still be at it"
    clock.move(worker_module.LEASE_S)
    while other.deliver_one():
        pass
    assert heard == [(1, 2), (2, 1)]


def test_what_kills_every_worker_is_dead_in_the_end(begin: Begin) -> None:
    clock = Clock()

    def die(event: Event) -> None:
        raise Killed

    _write(begin, ("happened", "", {"n": 1}))
    for _ in range(ATTEMPTS_MAX):
        with pytest.raises(Killed):
            _worker(begin, die, clock).deliver_one()
        clock.move(worker_module.LEASE_S)
    assert _worker(begin, die, clock).deliver_one()
    assert _states(begin) == [(1, EventState.DEAD)]


def test_who_lost_its_claim_changes_nothing_any_more(begin: Begin) -> None:
    """A worker that slept through its lease comes back after another one has begun the same event."""
    clock = Clock()
    _write(begin, ("happened", "", {"n": 1}))
    with begin() as work:
        slept = work.deliveries.claim(["happened"], "sleeper", clock.now, clock.now)
        assert slept is not None
        work.commit()
    with begin() as work:
        assert (
            work.deliveries.claim(["happened"], "other", clock.now, clock.now + dt.timedelta(60)) is not None
        )
        work.deliveries.settle(slept.id, "sleeper", clock.now)
        work.deliveries.postpone(slept.id, "sleeper", clock.now, "slept", True)
        work.commit()
    assert _states(begin) == [(1, EventState.WAITING)]
    with begin() as work:
        work.deliveries.settle(slept.id, "other", clock.now)
        work.commit()
    assert _states(begin) == [(1, EventState.DELIVERED)]


def test_claims_are_renewed_while_a_handler_takes_long(begin: Begin) -> None:
    """Three leases long, by a clock that moves when the claim was renewed: nobody else gets the event meanwhile."""
    clock, lease_s, entered = Clock(), 0.4, []

    def claimed_until() -> dt.datetime:
        with begin(read_only=True) as work:
            (event,) = work.deliveries.list_events()
        return event.due_at

    def take_long(event: Event) -> None:
        entered.append(event.id)
        for _ in range(4):
            clock.move(0.75 * lease_s)
            _wait_until(lambda: claimed_until() == clock.now + dt.timedelta(seconds=lease_s))
            assert not other.deliver_one()

    _write(begin, ("happened", "", {"n": 1}))
    worker, other = (_worker(begin, take_long, clock, lease_s=lease_s) for _ in range(2))
    worker.start()
    _wait_until(lambda: _states(begin) == [(1, EventState.DELIVERED)])
    worker.close()
    assert len(entered) == 1


def test_two_workers_at_once_deliver_each_event_once_and_subjects_in_order(begin: Begin) -> None:
    count, subjects = 60, 5
    heard: list[int] = []
    inside: set[str] = set()
    overlaps: list[str] = []
    guard = threading.Lock()

    def handle(event: Event) -> None:
        with guard:
            if event.subject in inside:
                overlaps.append(event.subject)
            inside.add(event.subject)
        time.sleep(0.002)
        with guard:
            inside.discard(event.subject)
            heard.append(event.payload["n"])

    _write(begin, *(("happened", f"s{n % subjects}", {"n": n}) for n in range(count)))
    workers = [_worker(begin, handle, lambda: dt.datetime.now(dt.UTC)) for _ in range(2)]
    threads = [threading.Thread(target=worker._deliver_due) for worker in workers for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while workers[0].deliver_one():  # a subject may have been taken by others when the last thread looked
        pass
    assert overlaps == []
    assert sorted(heard) == list(range(count))
    for subject in range(subjects):
        assert [n for n in heard if n % subjects == subject] == sorted(
            n for n in heard if n % subjects == subject
        )


def test_kinds_nobody_handles_are_put_aside_after_a_while(begin: Begin) -> None:
    clock = Clock()
    worker = _worker(begin, lambda event: None, clock)
    _write(begin, ("SnapshotPublished", "", {"n": 1}))
    worker.run_once()
    assert _states(begin) == [(1, EventState.WAITING)], "a newer worker may know what to do with it"
    clock.move(UNHANDLED_S + 3600)
    worker.run_once()
    assert _states(begin) == [(1, EventState.DELIVERED)]
    clock.move((KEPT_DAYS + 1) * 86400)
    worker.run_once()
    assert _states(begin) == []


def test_a_worker_of_jobs_alone_puts_no_event_aside(begin: Begin) -> None:
    clock = Clock()
    _write(begin, ("happened", "", {"n": 1}))
    clock.move(UNHANDLED_S + 3600)
    Worker(begin, [], [], clock).run_once()
    assert _states(begin) == [(1, EventState.WAITING)]


def test_a_job_runs_at_its_interval_in_one_worker_at_a_time(begin: Begin) -> None:
    clock, ran = Clock(), []
    job = Job("count", 60.0, lambda: ran.append(clock.now) or 3)
    workers = [Worker(begin, [], [job], clock) for _ in range(2)]
    for _ in range(3):
        for worker in workers:
            worker.run_once()
        clock.move(59)
        for worker in workers:
            worker.run_once()
        clock.move(1)
    assert ran == [NOW + dt.timedelta(seconds=60 * n) for n in range(3)]
    with begin(read_only=True) as work:
        run = work.jobs.find_run("count")
    assert run is not None
    assert (run.done, run.runs, run.failures, run.worker, run.error) == (3, 3, 0, "", "")


def test_a_job_that_fails_says_so_and_runs_again(begin: Begin) -> None:
    clock, outcomes = Clock(), [ZeroDivisionError("no"), 7]

    def run() -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    worker = Worker(begin, [], [Job("try", 5.0, run)], clock)
    worker.run_once()
    with begin(read_only=True) as work:
        failed = work.jobs.find_run("try")
    assert failed is not None
    assert failed.error == "ZeroDivisionError: no"
    clock.move(5)
    worker.run_once()
    with begin(read_only=True) as work:
        again = work.jobs.find_run("try")
    assert again is not None
    assert (again.done, again.error, again.runs, again.failures) == (7, "", 2, 1)


def test_threads_of_two_workers_run_a_job_one_at_a_time(begin: Begin) -> None:
    inside, overlaps, runs = [], [], []

    def run() -> int:
        inside.append(1)
        if len(inside) > 1:
            overlaps.append(1)
        time.sleep(0.1)
        inside.pop()
        runs.append(1)
        return 1

    workers = [
        Worker(begin, [], [Job("alone", 0.05, run)], lambda: dt.datetime.now(dt.UTC)) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    _wait_until(lambda: len(runs) >= 5)
    for worker in workers:
        worker.close()
    assert overlaps == []
    ended = len(runs)
    time.sleep(0.2)
    assert len(runs) == ended, "a worker that is closed does nothing more"


def test_closing_waits_for_what_is_begun(begin: Begin, engine: Engine) -> None:
    begun, done = threading.Event(), []

    def handle(event: Event) -> None:
        begun.set()
        worker._stop.wait(120)
        time.sleep(0.3)
        done.append(event.id)

    _write(begin, ("happened", "", {"n": 1}), ("happened", "", {"n": 2}))
    worker = _worker(begin, handle, lambda: dt.datetime.now(dt.UTC))
    worker.start()
    assert begun.wait(120)
    worker.close()
    assert len(done) == 1
    assert [state for _, state in _states(begin)] == [EventState.DELIVERED, EventState.WAITING]


def _wait_until(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.02)
