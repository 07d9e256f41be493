"""Close a day of sales: seal all its entries in the register. From then on nothing of it changes."""

from __future__ import annotations

import datetime as dt

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.record import record
from ticketing.entry import RegisterEntry
from ticketing.sales.days import day_end, day_of, is_day, next_day, seal


class DayError(Exception):
    """The day cannot be closed; the message says why."""


class DayClosedError(DayError):
    """It is closed already."""


def close_day(work: UnitOfWork, day: str, at: dt.datetime) -> RegisterEntry:
    """Seal a day (YYYY-MM-DD, Paris) that is over; the caller commits.

    Days are closed one after the other, from the first one with an entry on; those without any are sealed, too. Whoever
    is accounting something in it is waited for; who comes later accounts in the first day that is open. Raises DayError
    and DayClosedError.
    """
    if at < day_end(day):
        raise DayError(f"{day} is not over before {day_end(day):%Y-%m-%d %H:%M} UTC")
    work.sales_journal.hold_day(day)
    first, last = work.sales_journal.find_days()
    if last and day <= last:
        raise DayClosedError(f"{day} is closed; {next_day(last)} is the next one")
    following = next_day(last) if last else first
    if day != following:
        raise DayError(
            f"{following} is closed before {day}: one day after the other"
            if following
            else "nothing was ever sold: there is no day to close"
        )
    entry = record(work, "sales-day", seal(day, work.sales_journal.list_span(day, day)), at)
    work.sales_journal.close_day(day, entry.seq)
    return entry


def close_days(acts: ActPorts, caller: Caller, until: str = "") -> list[RegisterEntry]:
    """Close all days that are over, up to one ("": yesterday), each in a unit of work of its own, so that those are
    closed that were reached. Raises ForbiddenError and DayError."""
    caller.require(Permission.MANAGE_SALES)
    now = acts.now()
    if until and not is_day(until):
        raise DayError(f"{until!r} is no day: YYYY-MM-DD")
    if until and now < day_end(until):
        raise DayError(f"{until} is not over before {day_end(until):%Y-%m-%d %H:%M} UTC")
    closed: list[RegisterEntry] = []
    while True:
        with acts.unit_of_work() as work:
            first, last = work.sales_journal.find_days()
            day = next_day(last) if last else first
            if not day or (day > until if until else day >= day_of(now)):
                return closed
            closed.append(close_day(work, day, now))
            work.commit()
