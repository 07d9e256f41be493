"""What becomes of a ride that is timed to a coach or train when that is late, early again, or cancelled.

Pure: what was heard goes in, what is to be done comes out. The same heard again changes nothing more; who is aboard is
never moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from on_demand.booking import Connection, ConnectionKind, ConnectionStanding, OnDemandRide, RideStatus

STEP_S = 120
"""What is less than this is no reason to move anybody: it is within what one has to change vehicles."""

MOVED_S_MAX = 3 * 3600
"""A ride waits so long at most; whoever comes later is told."""

NOTICE_S = 900
"""A ride is moved back to no earlier than so long after now: its traveller must hear of it, and be there."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What real time says of the coach or train at its stop: when it arrives (FROM) or leaves (ONTO)."""

    expected_s: int
    is_cancelled: bool = False


class Verdict(StrEnum):
    """What is to be done with a ride."""

    NOTHING = "nothing"
    NOTE = "note"
    """Remember what was heard; nobody need be told."""
    MOVE = "move"
    """Move it by `shift_s`, if it fits into a tour."""
    KEPT = "kept"
    """It is kept after all: tell those who were told otherwise."""
    AT_RISK = "at-risk"
    """Tell the traveller and the operator."""
    CANCELLED = "cancelled"
    """Tell both, with the next possibility."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, and the connection as it is to be remembered then."""

    verdict: Verdict
    connection: Connection
    shift_s: int = 0
    """MOVE: later; negative: earlier again."""


def decide(ride: OnDemandRide, heard: Heard, connection_s: int, now_s: int) -> Decision:
    """What is to be done with a ride that has a connection. `connection_s`: what one needs between the two, of the
    service's promise."""
    known = ride.connection
    if known is None:
        raise ValueError(f"the ride {ride.id} is timed to nothing")
    if ride.status is not RideStatus.CONFIRMED:
        return Decision(Verdict.NOTHING, known)
    if heard.is_cancelled:
        if known.standing is ConnectionStanding.CANCELLED:
            return Decision(Verdict.NOTHING, known)
        return Decision(Verdict.CANCELLED, replace(known, standing=ConnectionStanding.CANCELLED))
    if known.kind is ConnectionKind.ONTO:
        spare_s = STEP_S // 2 if known.standing is ConnectionStanding.AT_RISK else 0
        return _risk(known, heard) if heard.expected_s < ride.drop_close_s + spare_s else _keep(known, heard)
    return _wait(ride, known, heard, connection_s, now_s)


def decide_unplaced(ride: OnDemandRide, decision: Decision) -> Decision:
    """What is to be done where a ride that should be moved fits into no tour."""
    assert ride.connection is not None
    heard = Heard(decision.connection.expected_s)
    return _risk(ride.connection, heard) if decision.shift_s > 0 else _keep(ride.connection, heard)


def move_ride(ride: OnDemandRide, decision: Decision) -> OnDemandRide:
    """The ride as it is promised once it has been moved."""
    shift_s = decision.shift_s
    return replace(
        ride,
        pickup_open_s=ride.pickup_open_s + shift_s,
        pickup_close_s=ride.pickup_close_s + shift_s,
        drop_open_s=ride.drop_open_s + shift_s,
        drop_close_s=ride.drop_close_s + shift_s,
        connection=decision.connection,
    )


def _wait(ride: OnDemandRide, known: Connection, heard: Heard, connection_s: int, now_s: int) -> Decision:
    """The ride waits for what arrives: no earlier than first promised, and no earlier than one can be there."""
    first_open_s = ride.pickup_open_s - known.moved_s
    margin_s = max(min(connection_s, first_open_s - known.scheduled_s), 0)
    open_s = max(first_open_s, heard.expected_s + margin_s)
    if open_s < ride.pickup_open_s:
        open_s = min(max(open_s, now_s + NOTICE_S), ride.pickup_open_s)
    shift_s = open_s - ride.pickup_open_s
    step_s = min(STEP_S, max(margin_s // 2, 30))
    if known.standing is ConnectionStanding.AT_RISK:
        step_s //= 2  # what is told to be missed is not kept again by a few seconds
    if abs(shift_s) < step_s:
        return _keep(known, heard)
    moved_s = known.moved_s + shift_s
    if moved_s > MOVED_S_MAX or (shift_s > 0 and now_s > ride.pickup_close_s):
        return _risk(known, heard)
    moved = replace(known, expected_s=heard.expected_s, moved_s=moved_s, standing=ConnectionStanding.KEPT)
    return Decision(Verdict.MOVE, moved, shift_s)


def _keep(known: Connection, heard: Heard) -> Decision:
    kept = replace(known, expected_s=heard.expected_s, standing=ConnectionStanding.KEPT)
    if known.standing is not ConnectionStanding.KEPT:
        return Decision(Verdict.KEPT, kept)
    is_same = abs(heard.expected_s - known.expected_s) < STEP_S
    return Decision(Verdict.NOTHING, known) if is_same else Decision(Verdict.NOTE, kept)


def _risk(known: Connection, heard: Heard) -> Decision:
    is_told = known.standing is ConnectionStanding.AT_RISK
    if is_told and abs(heard.expected_s - known.expected_s) < STEP_S:
        return Decision(Verdict.NOTHING, known)
    missed = replace(known, expected_s=heard.expected_s, standing=ConnectionStanding.AT_RISK)
    return Decision(Verdict.AT_RISK, missed)
