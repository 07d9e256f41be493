"""Events on their way to whoever acts on them, and the jobs done again and again: what is remembered of both.

A *claim* is how several workers share the work: whoever takes an event or a job moves its `due_at` ahead and writes
its name beside it; nobody else sees it as due until then. A worker that is alive moves it ahead again and again; one
that was killed does not, so that what it held is due once more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol


class EventState(StrEnum):
    """Where an event is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    """It failed too often: a person has it tried again or drops it. Later events of its subject wait for that."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Events of one `subject` ("": of none) are delivered in the order of their ids."""

    id: int
    kind: str
    subject: str
    payload: dict[str, Any]
    created_at: dt.datetime
    state: EventState
    attempts: int
    """How often it was begun to be delivered."""
    due_at: dt.datetime
    error: str
    """Why it was not delivered the last time; "": it has not failed."""


@dataclass(frozen=True, slots=True)
class EventCount:
    """How many events of a kind are in a state, and since when the oldest of them is there."""

    kind: str
    state: EventState
    count: int
    oldest_at: dt.datetime


@dataclass(frozen=True, slots=True)
class JobRun:
    """How a job goes. Instants are None before its first run begins or ends."""

    name: str
    due_at: dt.datetime
    worker: str
    """Who runs it now; "": nobody."""
    began_at: dt.datetime | None
    ended_at: dt.datetime | None
    done: int
    """What the last run said it did."""
    error: str
    """Why the last run failed; "": it did not."""
    runs: int
    failures: int


class Deliveries(Protocol):
    """The outbox, as the worker sees it. `kinds`: those somebody handles."""

    def is_due(self, kinds: Collection[str], now: dt.datetime) -> bool:
        """Whether there may be something to claim."""
        ...

    def claim(
        self, kinds: Collection[str], worker: str, now: dt.datetime, until: dt.datetime
    ) -> Event | None:
        """Take an event that is due and whose subject has no earlier one that is not delivered; it counts as an
        attempt."""
        ...

    def settle(self, event_id: int, worker: str, at: dt.datetime) -> None:
        """It is delivered; unless another worker has it by now."""
        ...

    def postpone(self, event_id: int, worker: str, due_at: dt.datetime, error: str, is_dead: bool) -> None:
        """It failed: again at `due_at`, or never by itself; unless another worker has it by now."""
        ...

    def renew(self, worker: str, until: dt.datetime) -> None:
        """Move ahead what a worker holds, events and jobs."""
        ...

    def skip(self, kinds: Collection[str], before: dt.datetime, at: dt.datetime) -> int:
        """Mark as delivered what nobody handles and was written before an instant; how many that was."""
        ...

    def forget(self, before: dt.datetime) -> int:
        """Remove what was delivered before an instant; how many that was."""
        ...

    def list_events(self, state: EventState | None = None, limit: int = 100) -> list[Event]:
        """Events by id, the newest first."""
        ...

    def count(self, delivered: bool = True) -> list[EventCount]:
        """How many there are, by kind and state; without those that are delivered, where they are not asked for."""
        ...

    def revive(self, event_id: int, at: dt.datetime) -> bool:
        """Have a dead event tried again from the start; whether there was one."""
        ...

    def drop(self, event_id: int, reason: str, at: dt.datetime) -> bool:
        """Have a dead event count as delivered, with a person's reason; whether there was one."""
        ...


class JobTable(Protocol):
    """When each job ran and is due."""

    def find_run(self, name: str) -> JobRun | None:
        """How a job goes; None: it never was due anywhere."""
        ...

    def list_runs(self) -> list[JobRun]:
        """How all go, by name."""
        ...

    def claim(self, name: str, worker: str, now: dt.datetime, until: dt.datetime) -> bool:
        """Take a job that is due, or that nobody knows yet; whether it was taken."""
        ...

    def finish(
        self, name: str, worker: str, at: dt.datetime, due_at: dt.datetime, done: int, error: str
    ) -> None:
        """It has run, and is due again at `due_at`; unless another worker has it by now."""
        ...
