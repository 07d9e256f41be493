"""On which days services run: calendar.txt and calendar_dates.txt as one matrix."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

ADDED, REMOVED = 1, 2
"""calendar_dates.exception_type."""

_EPOCH = dt.date(1970, 1, 1)
_EPOCH_WEEKDAY = 3
"""1970-01-01 was a Thursday, Monday being 0."""


class ServiceDays(NamedTuple):
    """`active[v, d]` is 1 where service `service_ids[v]` runs on `first_day` + d. Some service runs on the first and
    on the last day; without any service day there is one column of zeros."""

    service_ids: NDArray[
        np.object_
    ]  # [V] those of calendar in its order, then others in calendar_dates' order
    first_day: dt.date
    active: NDArray[np.uint8]  # [V, D]


def active_days(calendar: pd.DataFrame, calendar_dates: pd.DataFrame) -> ServiceDays:
    """The days each service runs on, of tables as `gtfs_feeds.tables` describes them (the checks bound their span)."""
    ids = pd.concat([calendar["service_id"], calendar_dates["service_id"]], ignore_index=True)
    codes, unique = pd.factorize(ids)
    in_calendar, in_dates = codes[: len(calendar)], codes[len(calendar) :]
    service_ids = np.asarray(unique, object)
    start, end = calendar["start_date"].to_numpy(np.int64), calendar["end_date"].to_numpy(np.int64)
    date, exception = calendar_dates["date"].to_numpy(np.int64), calendar_dates["exception_type"].to_numpy()
    ends = np.concatenate((start, end, date[exception == ADDED]))
    if not len(ends):
        return ServiceDays(service_ids, _EPOCH, np.zeros((len(service_ids), 1), np.uint8))
    first, last = int(ends.min()), int(ends.max())
    active = np.zeros((len(service_ids), last - first + 1), np.uint8)
    days = np.arange(first, last + 1)
    flags = calendar[list(WEEKDAYS)].to_numpy(np.bool_)
    for row, service in enumerate(in_calendar):
        span = slice(start[row] - first, end[row] - first + 1)
        active[service, span] |= flags[row][(days[span] + _EPOCH_WEEKDAY) % 7]
    inside = (date >= first) & (date <= last)
    for kind, value in ((ADDED, 1), (REMOVED, 0)):
        rows = inside & (exception == kind)
        active[in_dates[rows], date[rows] - first] = value
    return _trim(ServiceDays(service_ids, _EPOCH + dt.timedelta(first), active))


def _trim(days: ServiceDays) -> ServiceDays:
    """Without the days before the first service and after the last."""
    served = np.flatnonzero(days.active.any(axis=0))
    if not len(served):
        return days._replace(active=days.active[:, :1])
    active = np.ascontiguousarray(days.active[:, served[0] : served[-1] + 1])
    return ServiceDays(days.service_ids, days.first_day + dt.timedelta(int(served[0])), active)
