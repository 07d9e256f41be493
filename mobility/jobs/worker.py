"""The worker: hands events on, and runs each job at its interval. Any number of processes may do so at once.

An event is delivered at least once. Who takes one claims it (see `mobility.acts.delivery_ports`), calls its handlers
outside of any transaction, and then notes that it is delivered; a process killed in between leaves a claim that
nobody renews, and another one delivers the event again. Of one subject events are delivered one at a time, in order.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

import structlog

from mobility.acts.delivery_ports import Event
from mobility.acts.ports import UnitsOfWork
from mobility.jobs.schedule import Handler, Job

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
"""How often it is looked for something that is due."""

LEASE_S = 60.0
"""How long a claim lasts that nobody renews: what a killed worker held is taken up again after that."""

ATTEMPTS_MAX = 20
"""So often an event is tried, over about ten hours; then a person has to look."""

BACK_OFF_S, BACK_OFF_S_MAX, JITTER = 1.0, 3600.0, 0.25
UNHANDLED_S = 3600.0
"""Events of kinds nobody handles are put aside after this: a newer worker, about to be started, may know them."""

KEPT_DAYS = 30
"""Delivered events are forgotten after this."""

STOP_S = 30.0
"""How long a stop waits for what is being done; what takes longer is begun again by the next worker."""


class Worker:
    """`now`: the clock (aware UTC). `lease_s`: see LEASE_S."""

    def __init__(
        self,
        begin: UnitsOfWork,
        handlers: Iterable[Handler],
        jobs: Iterable[Job],
        now: Callable[[], dt.datetime],
        lease_s: float = LEASE_S,
    ) -> None:
        self._begin, self._now, self._lease = begin, now, dt.timedelta(seconds=lease_s)
        self._handlers: dict[str, list[Handler]] = defaultdict(list)
        for handler in handlers:
            self._handlers[handler.kind].append(handler)
        self._jobs = list(jobs)
        if self._handlers:  # else all events would be of kinds that nobody handles
            self._jobs.append(Job("forget delivered events", 3600.0, self._tidy))
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        """Whom claims name."""
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    # ── threads ────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Begin, in threads: one for the events, one for each job (none waits for another), one that renews claims."""
        steps: list[tuple[str, Callable[[], float]]] = [("events", self._deliver_due), ("renew", self._renew)]
        steps += [(job.name, self._step_of(job)) for job in self._jobs]
        for name, step in steps:
            thread = threading.Thread(
                target=self._repeat, args=(name, step), name=f"worker-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Begin nothing new, and wait for what is being done."""
        self._stop.set()
        until = time.monotonic() + STOP_S
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))
        self._threads.clear()

    def run_once(self) -> int:
        """Deliver everything that is due and run every job that is, here and now; how much that was."""
        done = 0
        for job in self._jobs:
            done += self._run_if_due(job) is not None
        while not self._stop.is_set() and self.deliver_one():
            done += 1
        return done

    def _repeat(self, name: str, step: Callable[[], float]) -> None:
        """`step` says in how many seconds it wants to be called again."""
        wait_s, is_well = 0.0, True
        while not self._stop.wait(wait_s):
            try:
                wait_s = step()
                is_well = True
            except Exception:
                # The database may be away for a while.
                if is_well:
                    log.exception("the worker cannot go on; it tries again", what=name)
                is_well, wait_s = False, LOOK_EVERY_S * 4

    def _renew(self) -> float:
        with self._begin() as work:
            work.deliveries.renew(self.name, self._now() + self._lease)
            work.commit()
        return self._lease.total_seconds() / 4

    # ── events ─────────────────────────────────────────────────────────────────────────────────────────

    def _deliver_due(self) -> float:
        while not self._stop.is_set():
            if not self.deliver_one():
                return LOOK_EVERY_S
        return 0.0

    def deliver_one(self) -> bool:
        """Deliver one event that is due; whether there was one."""
        if not self._handlers:
            return False
        now = self._now()
        with self._begin(read_only=True) as work:  # so that an idle worker is in no writer's way
            if not work.deliveries.is_due(self._handlers, now):
                return False
        with self._begin() as work:
            event = work.deliveries.claim(self._handlers, self.name, now, now + self._lease)
            work.commit()
        if event is None:
            return False
        error = self._handle(event)
        with self._begin() as work:
            if error is None:
                work.deliveries.settle(event.id, self.name, self._now())
            else:
                is_dead = event.attempts >= ATTEMPTS_MAX
                due_at = self._now() + _back_off(event.attempts)
                work.deliveries.postpone(event.id, self.name, due_at, error, is_dead)
            work.commit()
        return True

    def _handle(self, event: Event) -> str | None:
        """None: it is delivered; else why not."""
        if event.attempts > ATTEMPTS_MAX:
            return "the worker ended, each time, before this was done"
        try:
            for handler in self._handlers[event.kind]:
                handler.run(event)
        except Exception as error:
            log.exception("an event was not handled", id=event.id, kind=event.kind, attempt=event.attempts)
            return f"{type(error).__name__}: {error}"
        return None

    def _tidy(self) -> int:
        now = self._now()
        with self._begin() as work:
            done = work.deliveries.skip(self._handlers, now - dt.timedelta(seconds=UNHANDLED_S), now)
            done += work.deliveries.forget(now - dt.timedelta(days=KEPT_DAYS))
            work.commit()
        return done

    # ── jobs ───────────────────────────────────────────────────────────────────────────────────────────

    def _step_of(self, job: Job) -> Callable[[], float]:
        def step() -> float:
            due_at = self._run_if_due(job)
            if due_at is None:
                with self._begin(read_only=True) as work:
                    run = work.jobs.find_run(job.name)
                due_at = self._now() if run is None else run.due_at
            wait_s = (due_at - self._now()).total_seconds()
            return min(max(wait_s, 0.05), 5.0, max(job.every_s, 0.05))

        return step

    def _run_if_due(self, job: Job) -> dt.datetime | None:
        """When it is due again, if it was run; None: it was not due."""
        began = self._now()
        with self._begin(read_only=True) as work:
            run = work.jobs.find_run(job.name)
        if run is not None and run.due_at > began:
            return None
        with self._begin() as work:
            is_mine = work.jobs.claim(job.name, self.name, began, began + self._lease)
            work.commit()
        if not is_mine:
            return None
        done, error = 0, ""
        try:
            done = job.run()
        except Exception as failure:
            log.exception("a job failed", job=job.name)
            error = f"{type(failure).__name__}: {failure}"
        ended = self._now()
        due_at = max(began + dt.timedelta(seconds=job.every_s), ended)
        with self._begin() as work:
            work.jobs.finish(job.name, self.name, ended, due_at, done, error)
            work.commit()
        return due_at


def _back_off(attempts: int) -> dt.timedelta:
    """Longer each time, and not for all at the same moment."""
    seconds = min(BACK_OFF_S * 2.0 ** min(attempts - 1, 30), BACK_OFF_S_MAX)
    return dt.timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))
