"""What the audit needs, and the note that is taken of every read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mobility.accounts.caller import Caller, Permission
from mobility.acts.payout_ports import Read
from mobility.acts.ports import ActPorts, UnitOfWork
from ticketing.journey_rows import Commune, JourneyContext
from ticketing.register import CLOSE


class AuditError(Exception):
    """What was asked for cannot be had; the message says why and what to do."""


class UnknownAuditError(AuditError):
    """There is no such month, trip or campaign."""


@dataclass(frozen=True, slots=True)
class AuditPorts:
    """`operator`: under which name the journeys are ours. `read_communes`: what INSEE's codes stand for; empty when
    nobody said where that is written."""

    acts: ActPorts
    operator: str
    read_communes: Callable[[], Mapping[str, Commune]]

    def context(self) -> JourneyContext:
        """What rows say beyond the register."""
        return JourneyContext(self.operator, self.read_communes())


def note_read(ports: AuditPorts, caller: Caller, what: str) -> None:
    """Somebody is about to read: whether they may, and a note of it. Raises ForbiddenError."""
    caller.require(Permission.READ_AUDIT)
    with ports.acts.unit_of_work() as work:
        work.access_log.add(Read(caller.person, what, ports.acts.now()))
        work.commit()


def list_reads(
    ports: AuditPorts, caller: Caller, first_id: int = 0, limit: int = 1000
) -> list[tuple[int, Read]]:
    """Who read what: for auditors and, of those who are not, for nobody. Raises ForbiddenError."""
    note_read(ports, caller, "the log of reads")
    with ports.acts.unit_of_work(read_only=True) as work:
        return list(work.access_log.list_reads(first_id, limit))


def span_of(work: UnitOfWork, period: str) -> tuple[int, int, bool]:
    """The first and the last entry of a month, and whether it is closed. Raises UnknownAuditError."""
    span = work.register.find_period(period)
    if span is None:
        raise UnknownAuditError(
            f"the register has nothing in {period}: 'mobility audit periods' lists the months"
        )
    last = work.register.find_entry(span[1])
    return *span, last is not None and last.kind == CLOSE
