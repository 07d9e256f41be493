"""TripUpdates as the router and people need them: `TripChange`s and `ExtraTrip`s, and what is known of each.

All updates of a message are read at once: off the wire, matched to runs, their delays spread over whole trips, each in
one compiled loop; then one object a trip is made. What is rare (added trips) is read one by one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.findings import Finding, Severity
from gtfs_feeds.realtime.extra_trips import plan_duplicated, read_added, run_otherwise
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.kernels import propagate as spread
from gtfs_feeds.realtime.kernels import wire
from gtfs_feeds.realtime.kernels.find_ids import find_all
from gtfs_feeds.realtime.kernels.runs import MATCHED, NOT_READ, START_DIFFERS, read_when
from gtfs_feeds.realtime.live_trip import LiveExtraTrip, LiveTrip, Standing
from gtfs_feeds.realtime.match import (
    Problem,
    TripRun,
    choose_run,
    explain,
    list_candidates,
    match_runs,
    parse_when,
)
from gtfs_feeds.realtime.message import AHEAD_S_MAX
from gtfs_feeds.realtime.update_findings import STATUSES, note_finding, problem_finding, trip_finding
from gtfs_feeds.realtime.update_table import UpdateTable
from routing.overlay import TripChange

__all__ = ["LiveExtraTrip", "LiveTrip", "Standing", "TripFacts", "read_trip_updates"]

SCHEDULED, ADDED, UNSCHEDULED, CANCELED, REPLACEMENT, DUPLICATED, DELETED, NEW = 0, 1, 2, 3, 5, 6, 7, 8
"""TripDescriptor.ScheduleRelationship."""

_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()

_STANDING = {CANCELED: Standing.CANCELLED, DELETED: Standing.DELETED, REPLACEMENT: Standing.REPLACED}
_UNUSABLE = spread.RUNS_BACKWARDS | spread.IMPLAUSIBLE


class TripFacts(NamedTuple):
    """What one TripUpdate says."""

    trip: LiveTrip | None = None
    extra: LiveExtraTrip | None = None
    findings: tuple[Finding, ...] = ()
    lasting: bool = True
    """It says the same at any time: the message names the day. Else it must be read again."""


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """The updates that are read, [k] each."""

    index: FeedIndex
    table: UpdateTable
    rows: wire.Rows
    """Their rows of the table."""
    trip: NDArray[np.int64]
    """-1: none, or none needed."""
    day: NDArray[np.int64]
    """Of the calendar; -1 for none."""
    shift_s: NDArray[np.int64]
    plan_s: NDArray[np.int64]
    base_s: NDArray[np.int64]
    """As in `propagate.Jobs`."""
    message_s: NDArray[np.int64]
    """When what says no time of its own was known."""


def read_trip_updates(
    index: FeedIndex, table: UpdateTable, chosen: NDArray[np.int64], now_s: int, message_s: NDArray[np.int64]
) -> list[TripFacts]:
    """What the `chosen` entities of a table (they have a trip_update) say, each with what is wrong with it.

    `message_s`: when updates that say no time of their own were known.
    """
    rows = table.entities[chosen]
    count = len(rows)
    trip, day, shift_s, plan_s, base_s = np.full((5, count), -1, np.int64)
    read = _Read(index, table, rows, trip, day, shift_s, plan_s, base_s, message_s)
    facts: list[TripFacts | None] = [None] * count
    problems = _match(read, now_s)
    relationship = np.where(rows[:, wire.RELATIONSHIP] == wire.ABSENT, SCHEDULED, rows[:, wire.RELATIONSHIP])
    extra_days = _match_rare(read, relationship, problems, facts)
    planned = [i for i in range(count) if facts[i] is None and problems[i] is None]
    _spread(read, np.array(planned, np.int64), relationship, extra_days, facts)
    for i in np.flatnonzero(rows[:, wire.TIMESTAMP] > message_s + AHEAD_S_MAX).tolist():
        ahead, found = _ahead(read, i), facts[i]
        if found is not None:
            facts[i] = found._replace(findings=(*found.findings, ahead))
    lasting = (rows[:, wire.START_DATE] >= 0).tolist()
    return [
        TripFacts(findings=(problem_finding(problem),), lasting=lasts)
        if found is None
        else (found if lasts else found._replace(lasting=False))
        for found, problem, lasts in zip(facts, (p or _NOTHING for p in problems), lasting, strict=True)
    ]


_NOTHING = Problem("trip_descriptor_missing", "A trip_update names no trip.", "trip", "")


def _match(read: _Read, now_s: int) -> list[Problem | None]:
    """Find the runs the descriptors name; why not, where not."""
    index, table, rows = read.index, read.table, read.rows
    ids = index.ids
    named, size = (np.ascontiguousarray(rows[:, column]) for column in (wire.TRIP_ID, wire.TRIP_ID + 1))
    find_all(ids, ids.trip_id_text, ids.trip_by_id, table.buffer, named, size, read.trip)
    read.trip[
        (read.trip >= 0) & ~index.is_own_trip[read.trip]
    ] = -1  # feed "a", trip "b_c"; feed "a_b", trip "c"
    problems: list[Problem | None] = [None] * len(rows)
    date, start_s = np.empty((2, len(rows)), np.int64)
    first_day = index.network.info.first_day.toordinal() - _EPOCH_ORDINAL
    read_when(table.buffer, rows, wire.START_DATE, wire.START_TIME, first_day, date, start_s)
    unread = (date == NOT_READ) | (start_s == NOT_READ) | (read.trip < 0)
    for i in np.flatnonzero(unread).tolist():
        when = parse_when(index, table.descriptor(rows[i]))
        if isinstance(when, Problem):
            problems[i] = when
        else:
            date[i], start_s[i] = when
            if read.trip[i] < 0:
                problems[i] = _match_slowly(read, i, when, now_s)
    ok = np.flatnonzero((read.trip >= 0) & (read.day < 0) & [problem is None for problem in problems])
    runs = match_runs(index, read.trip[ok], date[ok], start_s[ok], now_s)
    read.day[ok], read.shift_s[ok], read.base_s[ok] = runs.day, runs.shift_s, runs.base_s
    zone = index.network.timetable.trip_zone[read.trip[ok]]
    read.plan_s[ok] = index.day_start_s[zone, runs.day] + runs.shift_s if len(ok) else 0
    for nth in np.flatnonzero((runs.status != MATCHED) & (runs.status != START_DIFFERS)):
        problems[ok[nth]] = explain(int(runs.status[nth]), table.descriptor(rows[ok[nth]]))
    return problems


def _match_slowly(read: _Read, i: int, when: tuple[int, int], now_s: int) -> Problem | None:
    """A descriptor without a known trip_id: by route, direction and start time."""
    index, descriptor = read.index, read.table.descriptor(read.rows[i])
    if read.rows[i, wire.HAS_MODIFIED_TRIP]:
        told = "It speaks of a trip as TripModifications make it, which are not read."
        return Problem("modified_trip_not_read", told, "modified_trip", descriptor.trip_id)
    candidates = list_candidates(index, descriptor, when[1])
    if isinstance(candidates, Problem):
        return candidates
    trips = np.array(candidates, np.int64)
    dates, starts = (np.full(len(trips), value, np.int64) for value in when)
    runs = match_runs(index, trips, dates, starts, now_s)
    run = choose_run(index, descriptor, trips, runs)
    if isinstance(run, Problem):
        return run
    row = candidates.index(run.trip)
    read.trip[i], read.day[i], read.shift_s[i] = run.trip, runs.day[row], run.shift_s
    read.base_s[i] = runs.base_s[row]
    zone = index.network.timetable.trip_zone[run.trip]
    read.plan_s[i] = index.day_start_s[zone, runs.day[row]] + run.shift_s
    return None


def _match_rare(
    read: _Read,
    relationship: NDArray[np.int64],
    problems: list[Problem | None],
    facts: list[TripFacts | None],
) -> dict[int, dt.date]:
    """Trips that are not runs of the plan: added ones are read here, duplicated ones get the times theirs count from.
    Returns the days of the duplicated."""
    days: dict[int, dt.date] = {}
    rare = (relationship != SCHEDULED) & (relationship != UNSCHEDULED) & (relationship != CANCELED)
    for i in np.flatnonzero(rare).tolist():
        kind, row = int(relationship[i]), read.rows[i]
        name = read.table.text(row, wire.TRIP_ID) or read.table.text(row, wire.ENTITY_ID)
        if kind in (ADDED, NEW):
            extra, findings = read_added(read.index, read.table, row, -1, None, int(read.message_s[i]))
            facts[i] = TripFacts(None, extra, tuple(findings))
        elif kind == DUPLICATED:
            if row[wire.TRIP_ID] < 0:
                told = "Which trip is duplicated is said by its trip_id alone, and there is none."
                problems[i] = Problem("trip_descriptor_missing", told, "trip_id", name)
            if read.trip[i] < 0 or row[wire.TRIP_ID] < 0:
                continue
            found = plan_duplicated(read.index, read.table, row, int(read.trip[i]))
            if isinstance(found, str):
                problems[i] = Problem(
                    "duplicated_trip_incomplete",
                    f"The copy of trip {name!r} cannot be used: {found}.",
                    "trip_properties",
                    name,
                )
            else:
                problems[i] = None
                days[i], read.plan_s[i] = found
                read.base_s[i] = read.plan_s[i]
        elif kind not in (DELETED, REPLACEMENT):
            told = f"The update of trip {name!r} has a schedule_relationship that does not exist: {kind}."
            problems[i] = Problem("unknown_schedule_relationship", told, "schedule_relationship", name)
    return days


def _spread(
    read: _Read,
    jobs: NDArray[np.int64],
    relationship: NDArray[np.int64],
    extra_days: dict[int, dt.date],
    facts: list[TripFacts | None],
) -> None:
    """The times of whole trips, and what is made of them."""
    timetable, rows = read.index.network.timetable, read.rows[jobs]
    trip, kind = read.trip[jobs], relationship[jobs]
    out = np.zeros(len(jobs) + 1, np.int64)
    np.cumsum(np.diff(timetable.pattern_first)[timetable.trip_pattern[trip]], out=out[1:])
    planned = np.isin(kind, (CANCELED, DELETED, REPLACEMENT))
    table = spread.Jobs(
        trip,
        read.plan_s[jobs],
        np.where(planned, read.plan_s[jobs], read.base_s[jobs]),
        np.ascontiguousarray(rows[:, wire.FIRST_UPDATE]),
        np.where(planned, 0, rows[:, wire.UPDATE_COUNT]),
        np.where(planned, wire.ABSENT, rows[:, wire.DELAY]),
        out,
    )
    index = read.index
    times, status, note = spread.propagate(
        read.table.buffer, read.table.updates, table, index.plan, index.ids
    )
    _build(read, jobs, kind, table, times, status, note, extra_days, facts)


def _build(
    read: _Read,
    jobs: NDArray[np.int64],
    kind: NDArray[np.int64],
    table: spread.Jobs,
    times: spread.Times,
    status: NDArray[np.int64],
    note: NDArray[np.int64],
    extra_days: dict[int, dt.date],
    facts: list[TripFacts | None],
) -> None:
    """One object a trip. What is cut out of `times` is copied: a trip kept for long must not keep all others'."""
    days, notes = read.index.days, _list_notes(read, jobs, note)
    columns = zip(
        jobs.tolist(),
        kind.tolist(),
        status.tolist(),
        table.trip.tolist(),
        read.day[jobs].tolist(),
        read.shift_s[jobs].tolist(),
        table.out[:-1].tolist(),
        table.out[1:].tolist(),
        table.plan_s.tolist(),
        _list_names(read, jobs),
        strict=True,
    )
    for i, relationship, state, trip, day, shift_s, first, last, plan_s, names in columns:
        findings = notes.get(i, ())
        part = slice(first, last)
        if relationship == DUPLICATED:
            facts[i] = _copy(
                read, i, trip, extra_days[i], plan_s, spread.cut(times, first, last), state, findings
            )
            continue
        run = TripRun(trip, days[day], shift_s)
        if relationship in _STANDING or state & spread.SKIPS_ALL:
            facts[i] = _planned(
                read, i, run, plan_s, _STANDING.get(relationship, Standing.CANCELLED), names, findings
            )
        elif state & _UNUSABLE:
            facts[i] = TripFacts(findings=(*findings, _status_finding(read, i, state)))
        elif state & spread.OTHER_SERVICE:
            facts[i] = _change_service(read, i, run, plan_s, spread.cut(times, first, last), names, findings)
        elif state & (spread.KNOWN | spread.MOVED):
            change = TripChange(
                trip,
                run.service_day,
                times.arrival_s[part].copy(),
                times.departure_s[part].copy(),
                shift_s,
                False,
                times.skipped[part].copy() if state & spread.SKIPS else None,
                times.boarded_stop[part].copy() if state & spread.MOVED_BOARDABLE else None,
            )
            assigned = times.assigned_stop[part].copy() if state & spread.MOVED else None
            known = times.known[part].copy()
            facts[i] = TripFacts(
                LiveTrip(run, Standing.RUNNING, change, known, assigned, "", *names), None, findings
            )
        else:
            facts[i] = TripFacts(findings=findings or _says_nothing(read, i))


def _list_names(read: _Read, jobs: NDArray[np.int64]) -> list[tuple[int, str, str, str]]:
    """Timestamp, vehicle's id and label, and entity's id of each update."""
    columns = [
        wire.TIMESTAMP,
        *range(wire.VEHICLE_ID, wire.VEHICLE_ID + 4),
        wire.ENTITY_ID,
        wire.ENTITY_ID + 1,
    ]
    data, message_s = read.table.data, read.message_s[jobs].tolist()
    return [
        (
            time_s if 0 < time_s <= stamp + AHEAD_S_MAX else stamp,
            data[id_at : id_at + id_size].decode("utf-8", "replace") if id_at >= 0 else "",
            data[label_at : label_at + label_size].decode("utf-8", "replace") if label_at >= 0 else "",
            data[entity_at : entity_at + entity_size].decode("utf-8", "replace") if entity_at >= 0 else "",
        )
        for stamp, (time_s, id_at, id_size, label_at, label_size, entity_at, entity_size) in zip(
            message_s, read.rows[jobs][:, columns].tolist(), strict=True
        )
    ]


def _list_notes(
    read: _Read, jobs: NDArray[np.int64], note: NDArray[np.int64]
) -> dict[int, tuple[Finding, ...]]:
    """What is wrong with single StopTimeUpdates, by the update of a trip they are of."""
    found: dict[int, tuple[Finding, ...]] = {}
    noted = np.flatnonzero(note)
    if not len(noted):
        return found
    first = read.rows[jobs, wire.FIRST_UPDATE]
    last = first + read.rows[jobs, wire.UPDATE_COUNT]
    for i, start, end in zip(jobs.tolist(), first.tolist(), last.tolist(), strict=True):
        mine = noted[np.searchsorted(noted, start) : np.searchsorted(noted, end)]
        if len(mine):
            name = read.table.text(read.rows[i], wire.TRIP_ID)
            found[i] = tuple(
                note_finding(read.table, name, read.table.updates[update], int(note[update]))
                for update in mine
            )
    return found


def _planned(
    read: _Read,
    i: int,
    run: TripRun,
    plan_s: int,
    standing: Standing,
    names: tuple[int, str, str, str],
    findings: tuple[Finding, ...],
) -> TripFacts:
    """A run that does not take place, or not as itself."""
    extra = None
    replaced_by = ""
    if standing == Standing.REPLACED:
        extra, wrong = read_added(
            read.index, read.table, read.rows[i], run.trip, run.service_day, int(read.message_s[i])
        )
        findings = (*findings, *wrong)
        if extra is None:  # how it runs instead is not known: the plan is the best there is
            return TripFacts(findings=findings)
        replaced_by = extra.key
    return TripFacts(_off(read, run, plan_s, standing, replaced_by, names), extra, findings)


def _off(
    read: _Read,
    run: TripRun,
    plan_s: int,
    standing: Standing,
    replaced_by: str,
    names: tuple[int, str, str, str],
) -> LiveTrip:
    timetable = read.index.network.timetable
    pattern, event = timetable.trip_pattern[run.trip], timetable.trip_first_event[run.trip]
    size = int(timetable.pattern_first[pattern + 1] - timetable.pattern_first[pattern])
    change = TripChange(
        run.trip,
        run.service_day,
        timetable.event_arrival_s[event : event + size] + np.int64(plan_s),
        timetable.event_departure_s[event : event + size] + np.int64(plan_s),
        run.shift_s,
        True,
    )
    return LiveTrip(run, standing, change, np.ones(size, np.bool_), None, replaced_by, *names)


def _change_service(
    read: _Read,
    i: int,
    run: TripRun,
    plan_s: int,
    times: spread.Times,
    names: tuple[int, str, str, str],
    findings: tuple[Finding, ...],
) -> TripFacts:
    """A run at which other things may be done than planned (pickup_type, drop_off_type): a trip in its place."""
    own_id = read.index.own_trip_id(run.trip)
    extra = run_otherwise(
        *(read.index, read.table, read.rows[i], run.trip, run.service_day, plan_s, times),
        trip_id=own_id,
        replaces=True,
        message_s=int(read.message_s[i]),
    )
    standing = Standing.CANCELLED if extra is None else Standing.REPLACED
    return TripFacts(_off(read, run, plan_s, standing, extra.key if extra else "", names), extra, findings)


def _copy(
    read: _Read,
    i: int,
    trip: int,
    day: dt.date,
    plan_s: int,
    times: spread.Times,
    state: int,
    findings: tuple[Finding, ...],
) -> TripFacts:
    """A duplicate of a planned trip."""
    if state & _UNUSABLE:
        return TripFacts(findings=(*findings, _status_finding(read, i, state)))
    extra = run_otherwise(
        *(read.index, read.table, read.rows[i], trip, day, plan_s, times),
        trip_id=read.table.text(read.rows[i], wire.NEW_TRIP_ID),
        replaces=False,
        message_s=int(read.message_s[i]),
    )
    return TripFacts(None, extra, findings)


def _status_finding(read: _Read, i: int, state: int) -> Finding:
    bit = spread.IMPLAUSIBLE if state & spread.IMPLAUSIBLE else spread.RUNS_BACKWARDS
    rule, told = STATUSES[bit]
    name = read.table.text(read.rows[i], wire.TRIP_ID)
    message = f"Trip {name!r}: {told}"
    return trip_finding(Severity.ERROR, rule, message, "the trip keeps its plan", "stop_time_update", name)


def _says_nothing(read: _Read, i: int) -> tuple[Finding, ...]:
    """An update of a running trip without any StopTimeUpdate (one that says NO_DATA is fine)."""
    if read.rows[i, wire.UPDATE_COUNT]:
        return ()
    name = read.table.text(read.rows[i], wire.TRIP_ID)
    told = f"The update of trip {name!r} has neither a stop_time_update nor a delay."
    return (
        trip_finding(Severity.WARNING, "trip_update_says_nothing", told, "ignored", "stop_time_update", name),
    )


def _ahead(read: _Read, i: int) -> Finding:
    name, stamp = read.table.text(read.rows[i], wire.TRIP_ID), str(read.rows[i, wire.TIMESTAMP])
    told = f"The update of trip {name!r} says it was measured after its message was made: {stamp}."
    return trip_finding(
        Severity.WARNING, "timestamp_in_future", told, "taken to be its message's", "timestamp", stamp
    )
