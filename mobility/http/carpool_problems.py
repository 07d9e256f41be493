"""What the acts of carpool lines refuse, as answers."""

from __future__ import annotations

from carpool.refusal import CarpoolRefusedError, Reason
from mobility.http.problems import Problem

_ANSWERS: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN: (404, "not-found"),
    Reason.INVALID: (422, "bad-parameter"),
    Reason.OVERLAP: (409, "already-on-the-road"),
    Reason.FULL: (409, "no-seat"),
    Reason.TOO_LATE: (409, "too-late"),
    Reason.TOO_EARLY: (409, "too-early"),
    Reason.STATE: (409, "not-possible-now"),
    Reason.CHANGED: (412, "changed-meanwhile"),
    Reason.SUSPENDED: (409, "suspended"),
    Reason.KEY_REUSED: (422, "key-reused"),
    Reason.IN_USE: (409, "in-use"),
}


def carpool_problem(error: CarpoolRefusedError) -> Problem:
    """A refusal as an answer."""
    status, code = _ANSWERS[error.reason]
    return Problem(status, code, error.french, error.english, field=error.field or None)
