"""Service days, against the obvious way to count them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gtfs_feeds.service_days import WEEKDAYS, active_days

EPOCH = dt.date(1970, 1, 1)
BASE = (dt.date(2026, 3, 2) - EPOCH).days

services = st.sampled_from("abcd")
calendars = st.dictionaries(
    services,
    st.tuples(st.lists(st.integers(0, 1), min_size=7, max_size=7), st.integers(0, 20), st.integers(0, 30)),
)
exceptions = st.dictionaries(st.tuples(services, st.integers(-10, 60)), st.integers(1, 2))


@given(calendars, exceptions)
def test_every_day_is_as_counted_one_by_one(
    calendar: dict[str, tuple[list[int], int, int]], dates: dict[tuple[str, int], int]
) -> None:
    rows = [
        (service, *flags, BASE + start, BASE + start + length)
        for service, (flags, start, length) in calendar.items()
    ]
    days = active_days(
        pd.DataFrame(rows, columns=["service_id", *WEEKDAYS, "start_date", "end_date"]),
        pd.DataFrame(
            [(service, BASE + day, kind) for (service, day), kind in dates.items()],
            columns=["service_id", "date", "exception_type"],
        ),
    )
    assert set(days.service_ids) == {*calendar, *(service for service, _ in dates)}
    expected = set()
    for offset in range(-20, 80):
        day = EPOCH + dt.timedelta(BASE + offset)
        for service in days.service_ids:
            flags, start, length = calendar.get(service, ([0] * 7, 0, -1))
            runs = start <= offset <= start + length and bool(flags[day.weekday()])
            if {1: True, 2: False}.get(dates.get((service, offset), 0), runs):
                expected.add((service, day))
    found = {
        (days.service_ids[service], days.first_day + dt.timedelta(int(day)))
        for service, day in zip(*np.nonzero(days.active), strict=True)
    }
    assert found == expected
    assert days.active.dtype == np.uint8
    if expected:
        assert days.active[:, 0].any()
        assert days.active[:, -1].any()
    else:
        assert days.active.shape[1] == 1
