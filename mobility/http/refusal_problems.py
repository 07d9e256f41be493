"""What the acts refuse, as answers."""

from __future__ import annotations

from ground.refusal import Reason, RefusedError
from mobility.http.problems import Problem

_ANSWERS: dict[Reason, tuple[int, str]] = {
    Reason.UNKNOWN: (404, "not-found"),
    Reason.INVALID: (422, "bad-parameter"),
    Reason.OVERLAP: (409, "already-on-the-road"),
    Reason.FULL: (409, "no-seat"),
    Reason.NO_SEAT: (409, "no-seat"),
    Reason.TOO_LATE: (409, "too-late"),
    Reason.TOO_EARLY: (409, "too-early"),
    Reason.EXPIRED: (410, "expired"),
    Reason.PRICE_UNKNOWN: (409, "price-unknown"),
    Reason.PRICE_CHANGED: (409, "price-changed"),
    Reason.NOT_REFUNDABLE: (409, "not-refundable"),
    Reason.STATE: (409, "not-possible-now"),
    Reason.CHANGED: (412, "changed-meanwhile"),
    Reason.SUSPENDED: (409, "suspended"),
    Reason.KEY_REUSED: (422, "key-reused"),
    Reason.IN_USE: (409, "in-use"),
}


def refusal_problem(error: RefusedError) -> Problem:
    """A refusal as an answer, with what its act says beside (alternatives, what is in the way)."""
    status, code = _ANSWERS[error.reason]
    return Problem(status, code, error.french, error.english, field=error.field or None, **error.more)
