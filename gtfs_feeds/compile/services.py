"""Services: which days each runs on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.tables import FeedTables

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Services:
    index: pd.Index[str]
    first_day: dt.date
    active: NDArray[np.uint8]  # [V, D]


def find_services(tables: FeedTables) -> Services:
    calendar, exceptions = tables.calendar, tables.calendar_dates
    ids = pd.Index(pd.unique(pd.concat([calendar["service_id"], exceptions["service_id"]])))
    added = exceptions[exceptions["exception_type"] == 1]
    bounds = [*calendar["start_date"], *calendar["end_date"], *added["date"]]
    first, last = (min(bounds), max(bounds)) if bounds else (0, -1)
    active = np.zeros((len(ids), last - first + 1), np.uint8)
    days = np.arange(first, last + 1)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    runs_on = calendar[list(_WEEKDAYS)].to_numpy(np.uint8)
    for row, (service, start, end) in enumerate(
        zip(
            ids.get_indexer(pd.Index(calendar["service_id"])),
            calendar["start_date"],
            calendar["end_date"],
            strict=True,
        )
    ):
        active[service] |= runs_on[row][weekday] & ((days >= start) & (days <= end))
    rows = exceptions[(exceptions["date"] >= first) & (exceptions["date"] <= last)]
    active[ids.get_indexer(pd.Index(rows["service_id"])), rows["date"].to_numpy() - first] = (
        rows["exception_type"] == 1
    )
    return Services(ids, _EPOCH + dt.timedelta(days=int(first)), active)
