"""booking_rules.txt: how early and how late one books. A rule that does not say until when is none."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import pandas as pd

from gtfs_feeds.findings import FindingLog, Severity, shorten
from gtfs_feeds.raw_table import NO_TIME
from on_demand.booking_rules import BookingRule, BookingType

FILE = "booking_rules.txt"

_DURATIONS = ("prior_notice_duration_min", "prior_notice_duration_max")
_LAST = ("prior_notice_last_day", "prior_notice_last_time")
_START = ("prior_notice_start_day", "prior_notice_start_time")
_FORBIDDEN = {
    BookingType.REAL_TIME: (
        "forbidden_real_time_booking_field_value",
        (*_DURATIONS, *_LAST, *_START, "prior_notice_service_id"),
    ),
    BookingType.SAME_DAY: ("forbidden_same_day_booking_field_value", (*_LAST, "prior_notice_service_id")),
    BookingType.PRIOR_DAYS: ("forbidden_prior_day_booking_field_value", _DURATIONS),
}
"""Fields a type does not have."""

_NEEDED = {
    BookingType.SAME_DAY: ("prior_notice_duration_min", "missing_prior_notice_duration_min"),
    BookingType.PRIOR_DAYS: ("prior_notice_last_day", "missing_prior_notice_last_day"),
}
"""The field that says until when one books, and what its lack is called."""


class _Row(NamedTuple):
    """A row with what is given in it: minutes, days, seconds and texts by field, without what is absent."""

    id: str
    type: BookingType
    line: int
    given: dict[str, Any]


def read_booking_rules(
    table: pd.DataFrame, service_ids: Collection[str], log: FindingLog
) -> dict[str, BookingRule]:
    """The rules by their ids. `service_ids`: of the feed's calendars."""
    rules: dict[str, BookingRule] = {}
    for record in table.to_dict("records"):
        row = _row_of(record)
        if row.id in rules:
            _note(log, Severity.ERROR, "duplicate_key", row, "booking_rule_id", "The rule was given before.",
                  "row dropped, the first one kept")  # fmt: skip
            continue
        rule = _read_rule(row, service_ids, log)
        if rule is not None:
            rules[rule.id] = rule
    return rules


def _row_of(record: dict[Any, Any]) -> _Row:
    numbers = {name: int(record[name]) for name in (*_DURATIONS, *_LAST, *_START)}
    given: dict[str, Any] = {name: value for name, value in numbers.items() if value not in (-1, NO_TIME)}
    texts = (
        "prior_notice_service_id",
        "message",
        "pickup_message",
        "drop_off_message",
        "phone_number",
        "info_url",
        "booking_url",
    )
    given |= {name: record[name] for name in texts if record[name] != ""}
    return _Row(record["booking_rule_id"], BookingType(record["booking_type"]), int(record["line"]), given)


def _read_rule(row: _Row, service_ids: Collection[str], log: FindingLog) -> BookingRule | None:
    given = row.given
    rule_name, forbidden = _FORBIDDEN[row.type]
    for name in forbidden:
        if name in given:
            message = f"A rule of booking_type {row.type.value} has no {name}."
            _note(log, Severity.WARNING, rule_name, row, name, message, "field ignored")
            del given[name]
    if not _is_told_until_when(row, service_ids, log):
        return None
    _mend_opening(row, log)
    maximum = given.get("prior_notice_duration_max")
    return BookingRule(
        id=row.id,
        type=row.type,
        duration_s_min=60 * given.get("prior_notice_duration_min", 0),
        duration_s_max=None if maximum is None else 60 * maximum,
        last_day=given.get("prior_notice_last_day", 1),
        last_s=given.get("prior_notice_last_time"),
        start_day=given.get("prior_notice_start_day"),
        start_s=given.get("prior_notice_start_time"),
        calendar_id=given.get("prior_notice_service_id", ""),
        message=given.get("message") or given.get("pickup_message") or given.get("drop_off_message") or "",
        phone=given.get("phone_number", ""),
        info_url=given.get("info_url", ""),
        booking_url=given.get("booking_url", ""),
    )


def _is_told_until_when(row: _Row, service_ids: Collection[str], log: FindingLog) -> bool:
    """Without that, rides would be offered that cannot be booked any more."""
    given = row.given
    needed, rule = _NEEDED.get(row.type, ("", ""))
    if needed and needed not in given:
        message = (
            f"A rule of booking_type {row.type.value} needs {needed}: until when it is booked is not told."
        )
        _note(log, Severity.ERROR, rule, row, needed, message, "rule dropped")
        return False
    service_id = given.get("prior_notice_service_id", "")
    if service_id and service_id not in service_ids:
        message = f"There is no service “{shorten(service_id)}” whose days would count."
        field = "prior_notice_service_id"
        _note(log, Severity.ERROR, "foreign_key_violation", row, field, message, "rule dropped")
        return False
    if row.type == BookingType.PRIOR_DAYS and "prior_notice_last_time" not in given:
        message = "The last day has no time."
        field = "prior_notice_last_time"
        action = "booked until the end of that day"
        _note(log, Severity.INFO, "missing_prior_notice_last_time", row, field, message, action)
    return True


def _mend_opening(row: _Row, log: FindingLog) -> None:
    """What says from when one books: where it makes no sense, booking is open all the time."""
    given = row.given

    def ignore(rule: str, field: str, message: str) -> None:
        _note(log, Severity.WARNING, rule, row, field, message, "field ignored")
        given.pop(field, None)

    if given.get(_DURATIONS[1], 1 << 40) < given.get(_DURATIONS[0], 0):
        ignore("invalid_prior_notice_duration_min", _DURATIONS[1], "Booking would open after it has closed.")
    if _DURATIONS[1] in given and _START[0] in given:
        message = "A rule has either prior_notice_start_day or prior_notice_duration_max."
        ignore("forbidden_prior_notice_start_day", _START[0], message)
    if row.type == BookingType.PRIOR_DAYS and given.get(_START[0], 1 << 40) < given[_LAST[0]]:
        ignore("prior_notice_last_day_after_start_day", _START[0], "Booking would open after it has closed.")
    if _START[0] not in given and _START[1] in given:
        message = "There is a prior_notice_start_time without a prior_notice_start_day."
        ignore("forbidden_prior_notice_start_time", _START[1], message)
    if _START[0] in given and _START[1] not in given:
        message = "The day from which one books has no time."
        action = "booked from the beginning of that day"
        _note(log, Severity.WARNING, "missing_prior_notice_start_time", row, _START[1], message, action)


def _note(
    log: FindingLog, severity: Severity, rule: str, row: _Row, field: str, message: str, action: str
) -> None:
    value = str(row.given.get(field, row.id if field == "booking_rule_id" else ""))
    log.add(
        severity, rule, FILE, f"Rule “{shorten(row.id)}”: {message}", action,
        line=row.line, field=field, value=value,
    )  # fmt: skip
