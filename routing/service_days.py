"""The compiled service days of one timetable, made when first asked for and shared between processes as memory maps."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path

from routing.compile_day import compile_day
from routing.layer import DayTrips, Layer, ServiceDay
from routing.snapshot import map_arrays, write_arrays
from routing.timetable import Timetable, TimetableInfo

DAYS_OPEN_MAX = 40
"""Service days one process keeps open; mapped pages it does not use cost nothing."""

FORMAT = "7"
"""Part of the folder's name: arrays of another layout are never mapped."""


class ServiceDays:
    """Thread-safe. `folder` None keeps the days in memory."""

    def __init__(self, timetable: Timetable, info: TimetableInfo, folder: Path | None) -> None:
        self._timetable, self._info, self._folder = timetable, info, folder
        self._open: OrderedDict[dt.date, ServiceDay] = OrderedDict()
        self._lock = threading.Lock()
        self._compiling = threading.Lock()

    def get(self, day: dt.date) -> ServiceDay:
        """The arrays of `day`; empty ones outside the calendar."""
        with self._lock:
            found = self._open.get(day)
            if found is not None:
                self._open.move_to_end(day)
                return found
        with self._compiling:
            with self._lock:
                found = self._open.get(day)
            made = found or self._open_or_compile(day)
            with self._lock:
                self._open[day] = made
                while len(self._open) > DAYS_OPEN_MAX:
                    self._open.popitem(last=False)
        return made

    def _open_or_compile(self, day: dt.date) -> ServiceDay:
        if self._folder is None or not self._within_calendar(day):
            return compile_day(self._timetable, self._info, day)
        target = self._folder / f"{day.isoformat()}-{FORMAT}"
        if not target.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # one process compiles, the others wait and map what it made
                if not target.exists():
                    _write_day(compile_day(self._timetable, self._info, day), target)
        return ServiceDay(
            map_arrays(Layer, target / "layer"),
            map_arrays(Layer, target / "mirror"),
            map_arrays(DayTrips, target / "trips"),
        )

    def _within_calendar(self, day: dt.date) -> bool:
        return 0 <= (day - self._info.first_day).days < int(self._timetable.service_active.shape[1])


def _write_day(day: ServiceDay, target: Path) -> None:
    """Write aside, then rename: a half-written day is never seen."""
    aside = Path(tempfile.mkdtemp(prefix=".day-", dir=target.parent))
    try:
        write_arrays(day.layer, aside / "layer")
        write_arrays(day.mirror, aside / "mirror")
        write_arrays(day.trips, aside / "trips")
        os.replace(aside, target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
