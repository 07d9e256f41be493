"""Who waits for a place when there is none: first come, first served of those whom the freed place fits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from on_demand.booking import Connection, Party, Place
from on_demand.refusal import OnDemandRefusedError, Reason


class WaitingStatus(StrEnum):
    """What becomes of a place in the waiting list."""

    WAITING = "waiting"
    OFFERED = "offered"
    """A ride is held for them, for minutes."""
    TAKEN = "taken"
    """They confirmed it."""
    PASSED = "passed"
    """They did not, and the next in line was asked."""
    LEFT = "left"
    """They do not want it any more."""
    OVER = "over"
    """Nothing was found until it was too late."""


STEPS: dict[WaitingStatus, frozenset[WaitingStatus]] = {
    WaitingStatus.WAITING: frozenset((WaitingStatus.OFFERED, WaitingStatus.LEFT, WaitingStatus.OVER)),
    WaitingStatus.OFFERED: frozenset((WaitingStatus.TAKEN, WaitingStatus.PASSED, WaitingStatus.LEFT)),
    WaitingStatus.TAKEN: frozenset(),
    WaitingStatus.PASSED: frozenset(),
    WaitingStatus.LEFT: frozenset(),
    WaitingStatus.OVER: frozenset(),
}
"""All other ways are refused."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place in the waiting list: what somebody wanted when there was no room."""

    id: str
    service_id: str
    person_id: str
    party: Party
    origin: Place
    destination: Place
    leave_s: int | None
    arrive_s: int | None
    """One of the two, as it was asked for; seconds since the epoch."""
    status: WaitingStatus
    made_at: dt.datetime
    changed_at: dt.datetime
    connection: Connection | None = None
    ride_id: str = ""
    """The ride that was offered."""

    @property
    def is_open(self) -> bool:
        """Whether something may still come of it."""
        return bool(STEPS[self.status])


def step(waiting: Waiting, to: WaitingStatus, at: dt.datetime, ride_id: str = "") -> Waiting:
    """The place in its next status. Raises OnDemandRefusedError."""
    if to not in STEPS[waiting.status]:
        raise OnDemandRefusedError(
            Reason.STATE,
            f"L'inscription sur la liste d'attente est « {waiting.status.value} » : elle ne change plus ainsi.",
            f'The place in the waiting list is "{waiting.status.value}": it does not change like that any more.',
            "status",
        )
    return replace(
        waiting, status=to, changed_at=max(at, waiting.changed_at), ride_id=ride_id or waiting.ride_id
    )


def in_line(entries: Iterable[Waiting]) -> list[Waiting]:
    """Who still waits, first come first."""
    waiting = (one for one in entries if one.status is WaitingStatus.WAITING)
    return sorted(waiting, key=lambda one: (one.made_at, one.id))
