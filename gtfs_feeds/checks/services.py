"""Services: the calendars, and whether they say anything about today."""

from __future__ import annotations

import datetime as dt

import numpy as np

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.findings import Severity
from gtfs_feeds.service_days import ADDED, REMOVED, WEEKDAYS, ServiceDays, active_days

DAYS_MAX = 731
"""A timetable holds two years: the one before today and the one after."""

_EPOCH = dt.date(1970, 1, 1)


def check_services(draft: Draft) -> ServiceDays:
    """Ids, ranges, spans. Services keep their trips even when they never run: realtime and people may ask for them."""
    draft.drop_duplicates("calendar", ["service_id"])
    draft.drop_duplicates("calendar_dates", ["service_id", "date"])
    draft.drop(
        "calendar",
        draft.array("calendar", "start_date") > draft.array("calendar", "end_date"),
        "start_and_end_range_out_of_order",
        "The service “{value}” ends before it starts.",
        field="service_id",
    )
    _bound_span(draft)
    days = active_days(draft.tables["calendar"], draft.tables["calendar_dates"])
    _check_idle(draft, days)
    _check_current(draft, days)
    return days


def _bound_span(draft: Draft) -> None:
    """Cut calendars that run for decades to the two years around today (or the nearest two they have)."""
    calendar, dates = draft.tables["calendar"], draft.tables["calendar_dates"]
    start, end = draft.array("calendar", "start_date"), draft.array("calendar", "end_date")
    date, added = (
        draft.array("calendar_dates", "date"),
        draft.array("calendar_dates", "exception_type") == ADDED,
    )
    every = np.concatenate((start, end, date[added]))
    if not len(every) or int(every.max()) - int(every.min()) < DAYS_MAX:
        return
    today = (draft.today - _EPOCH).days
    first = min(max(today - DAYS_MAX // 2, int(every.min())), int(every.max()) - DAYS_MAX + 1)
    last = first + DAYS_MAX - 1
    span = _span(first, last)
    message = f"The feed's calendar is longer than {DAYS_MAX} days: {{value}}."
    outside = (start < first) | (end > last)
    shown = [_span(a, b) for a, b in zip(start[outside][:100], end[outside][:100], strict=True)]
    draft.note(
        "calendar", outside, "calendar_too_long", message, severity=Severity.WARNING,
        action=f"cut to {span}", field="end_date", values=shown,
    )  # fmt: skip
    never = (end < first) | (start > last)
    for day in WEEKDAYS:
        draft.assign("calendar", day, never, 0)
    calendar["start_date"] = np.where(never, first, np.clip(start, first, last)).astype(np.int32)
    calendar["end_date"] = np.where(never, first, np.clip(end, first, last)).astype(np.int32)
    beyond = added & ((date < first) | (date > last))
    draft.note(
        "calendar_dates", beyond, "calendar_too_long", message, severity=Severity.WARNING,
        action=f"date ignored: only {span} is kept", field="date",
        values=[str(_EPOCH + dt.timedelta(int(day))) for day in date[beyond][:100]],
    )  # fmt: skip
    # A service that loses its last row stays known, as one that does not run: its trips refer to it.
    kept_ids = set(dates["service_id"][~beyond]) | set(calendar["service_id"])
    only = (
        beyond
        & ~draft.is_among("calendar_dates", "service_id", kept_ids)
        & ~dates["service_id"].duplicated().to_numpy()
    )
    draft.assign("calendar_dates", "date", only, first)
    draft.assign("calendar_dates", "exception_type", only, REMOVED)
    draft.keep("calendar_dates", ~beyond | only)


def _span(first: int, last: int) -> str:
    return f"{_EPOCH + dt.timedelta(int(first))} to {_EPOCH + dt.timedelta(int(last))}"


def _check_idle(draft: Draft, days: ServiceDays) -> None:
    idle = days.service_ids[~days.active.any(axis=1)]
    told = set(idle)
    for stem in ("calendar", "calendar_dates"):
        rows = (
            draft.is_among(stem, "service_id", told)
            & ~draft.tables[stem]["service_id"].duplicated().to_numpy()
        )
        draft.note(
            stem,
            rows,
            "service_without_days",
            "The service “{value}” runs on no day.",
            severity=Severity.WARNING,
            action="kept: its trips never run",
            field="service_id",
        )
        told -= set(draft.tables[stem]["service_id"])


def _check_current(draft: Draft, days: ServiceDays) -> None:
    """Say when the feed has nothing to offer today or this week."""
    served = np.asarray(days.active.any(axis=0))
    first, last = days.first_day, days.first_day + dt.timedelta(len(served) - 1)
    week = (draft.today - first).days
    if not served.any():
        rule, message = "expired_calendar", "No service runs on any day."
    elif last < draft.today:
        rule, message = "expired_calendar", f"The last service day was {last}; today is {draft.today}."
    elif first > draft.today + dt.timedelta(6) or not served[max(0, week) : max(0, week + 7)].any():
        rule = "trip_coverage_not_active_for_next7_days"
        message = (
            f"No service runs in the seven days from {draft.today}; there is some from {first} to {last}."
        )
    else:
        return
    action = "imported: journeys are found on its own days only"
    draft.log.add(Severity.WARNING, rule, "calendar.txt", message, action, value=str(last))
