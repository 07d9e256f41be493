"""What is wrong with TripUpdates, in sentences a publisher understands."""

from __future__ import annotations

from gtfs_feeds.findings import Finding, Severity, shorten
from gtfs_feeds.realtime.kernels import propagate as spread
from gtfs_feeds.realtime.kernels import wire
from gtfs_feeds.realtime.match import Problem
from gtfs_feeds.realtime.update_table import UpdateTable

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

NOTES: dict[int, tuple[Severity, str, str, str, str]] = {
    spread.UNKNOWN_STOP: (
        *(ERROR, "unknown_stop_in_update", "stop_id"),
        *("No call of the trip is named by {stop}.", "this update ignored"),
    ),
    spread.WRONG_STOP: (
        *(ERROR, "stop_sequence_and_stop_id_differ", "stop_id"),
        *("Its stop_sequence and its stop_id name different calls: {stop}.", "this update ignored"),
    ),
    spread.TWICE: (
        *(ERROR, "stop_updated_twice", "stop_sequence"),
        *("There is more than one update of {stop}.", "the first one kept"),
    ),
    spread.UNSORTED: (
        *(WARNING, "stop_time_updates_not_sorted", "stop_sequence"),
        *("The updates are not in the trip's order: {stop}.", "put in order"),
    ),
    spread.NO_TIMES: (
        *(WARNING, "stop_time_update_without_times", "arrival"),
        *("An update says neither arrival nor departure: {stop}.", "read as NO_DATA"),
    ),
    spread.UNKNOWN_ASSIGNED: (
        *(ERROR, "unknown_assigned_stop", "assigned_stop_id"),
        *("There is no such stop in the feed: {assigned}.", "the planned one kept"),
    ),
    spread.NOT_BOARDABLE: (
        *(INFO, "assigned_stop_not_served", "assigned_stop_id"),
        *(
            "No planned trip stops at {assigned}: the router has no such stop.",
            "shown; changes reckoned as planned",
        ),
    ),
    spread.UNKNOWN_RELATIONSHIP: (
        *(WARNING, "unknown_schedule_relationship", "schedule_relationship"),
        *("It has a schedule_relationship that does not exist: {stop}.", "read as SCHEDULED"),
    ),
}
"""Of an update: severity, rule, field, message, action."""

STATUSES = {
    spread.RUNS_BACKWARDS: (
        "stop_times_run_backwards",
        "Its times run backwards: an event is before the one before it.",
    ),
    spread.IMPLAUSIBLE: (
        "implausible_time",
        "It is more than a day from its plan: a wrong date, or no prediction.",
    ),
}


def note_finding(table: UpdateTable, trip_name: str, update: wire.Rows, note: int) -> Finding:
    """Of one StopTimeUpdate."""
    severity, rule, field, message, action = NOTES[note]
    sequence, stop_id = table.number(update, wire.SEQUENCE), table.text(update, wire.STOP_ID)
    stop = " ".join(
        part
        for part in (
            "" if sequence is None else f"stop_sequence {sequence}",
            "" if not stop_id else f"stop_id {stop_id!r}",
        )
        if part
    )
    assigned = table.text(update, wire.ASSIGNED_STOP_ID) or stop_id
    told = message.format(stop=stop or "neither stop_sequence nor stop_id", assigned=repr(assigned))
    return trip_finding(severity, rule, f"Trip {trip_name!r}: {told}", action, field, stop or assigned)


def problem_finding(problem: Problem, action: str = "ignored") -> Finding:
    """Of a TripDescriptor that names no run."""
    return trip_finding(ERROR, problem.rule, problem.message, action, problem.field, problem.value)


def trip_finding(
    severity: Severity, rule: str, message: str, action: str, field: str, value: str, file: str = "TripUpdate"
) -> Finding:
    """Of an entity."""
    return Finding(severity, rule, file, message, action, field=field, value=shorten(value))
