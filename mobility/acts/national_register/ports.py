"""What is remembered of journeys sent to the national register, and how it is reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class State(StrEnum):
    """Where a journey is, as far as we know. What the register makes of it is its status, which is another thing."""

    WAITING = "waiting"
    """Nothing was sent."""
    UNCERTAIN = "uncertain"
    """It was sent and nothing certain was heard: it may be there."""
    REGISTERED = "registered"
    REFUSED = "refused"
    """It is not there, and will not be before a person changes something."""
    CANCELLED = "cancelled"
    """It is not there, or not any more."""


class Status(StrEnum):
    """What the register makes of a journey (API v3.3, `status`)."""

    PENDING = "pending"
    OK = "ok"
    CANCELED = "canceled"
    UNKNOWN = "unknown"
    ACQUISITION_ERROR = "acquisition_error"
    VALIDATION_ERROR = "validation_error"
    NORMALIZATION_ERROR = "normalization_error"
    TERMS_VIOLATION_ERROR = "terms_violation_error"
    ANOMALY_ERROR = "anomaly_error"
    FRAUD_ERROR = "fraud_error"


@dataclass(frozen=True, slots=True)
class SentJourney:
    """One journey on its way. `id` is the register's `operator_journey_id`; `journey_id` is ours: the same, but for one
    that was cancelled there and came back."""

    id: str
    journey_id: str
    trip_id: str
    driver_id: str
    passenger_id: str
    """Accounts; "" once erased."""
    ended_at: dt.datetime
    is_wanted: bool = True
    """Whether it should be there; False: its trip is not proven any more."""
    state: State = State.WAITING
    status: str = ""
    """The last one seen; "": none yet."""
    national_id: str = ""
    """The register's own id."""
    sent: dict[str, Any] = field(default_factory=dict)
    """What it was told last of what may change; nobody's identity."""
    is_granted: bool = False
    """Whether that is what was granted, and no estimate any more."""
    attempts: int = 0
    """Failed in a row."""
    due_at: dt.datetime | None = None
    """When there is something to do; None: nothing."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class StatusSeen:
    """A status, when it was first seen, and what the register said about it."""

    at: dt.datetime
    status: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as they were on the wire. `answer_status` None: there was no answer."""

    id: int
    journey_id: str
    at: dt.datetime
    method: str
    path: str
    request: str
    answer_status: int | None
    answer: str


class NationalJourneys(Protocol):
    """The memory of journeys sent, of each status seen, and of every exchange."""

    def find(self, journey_id: str) -> SentJourney | None: ...

    def lock(self, journey_id: str) -> SentJourney | None:
        """The same, and nobody else changes it until the end of this unit of work."""
        ...

    def put(self, journey: SentJourney) -> None:
        """Remember it, instead of the one of its id."""
        ...

    def list_of_trip(self, trip_id: str) -> list[SentJourney]:
        """The journeys of a trip, by id."""
        ...

    def list_of_person(self, person_id: str) -> list[SentJourney]:
        """The journeys somebody drove or rode along, by id."""
        ...

    def list_due(self, now: dt.datetime, limit: int) -> list[str]:
        """The journeys with something to do, those due first, first."""
        ...

    def list_journeys(self, state: State | None = None, limit: int = 100) -> list[SentJourney]:
        """Journeys, those that ended last first."""
        ...

    def count(self) -> list[tuple[State, str, int]]:
        """How many are in each state and status."""
        ...

    def add_status(self, journey_id: str, seen: StatusSeen) -> None: ...

    def list_statuses(self, journey_id: str) -> list[StatusSeen]:
        """All statuses of a journey, in the order they were seen."""
        ...

    def open_exchange(self, journey_id: str, at: dt.datetime, method: str, path: str, request: str) -> int:
        """Remember a request before it leaves; its number."""
        ...

    def close_exchange(self, exchange_id: int, answer_status: int | None, answer: str) -> None:
        """Remember what came back. None: nothing, and `answer` says why."""
        ...

    def list_exchanges(self, journey_id: str) -> list[Exchange]:
        """All exchanges about a journey, in order."""
        ...

    def rewrite_requests(self, journey_id: str, rewrite: Callable[[str], str]) -> None:
        """Change what is remembered of requests: erasure takes identities out of them."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register answered. `retry_after_s`: what it asks to be waited, where it says so."""

    status: int
    text: str
    retry_after_s: float | None = None


class RegisterUnreachableError(Exception):
    """No answer came; what was sent may have arrived all the same."""


class RegisterClient(Protocol):
    """The register's API. It signs in by itself."""

    def send(self, method: str, path: str, body: str = "") -> Answer:
        """One request; `path` below the API's root, `body` JSON. Raises RegisterUnreachableError."""
        ...
