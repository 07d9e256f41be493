"""The synthetic region, made once for all its tests, as rows of text."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property

import pytest

from mobility.demo import DemoSummary, generate

FIRST_DAY = dt.date(2026, 11, 14)

Row = dict[str, str]


@dataclass
class Region:
    """The region's feed. Times are seconds."""

    summary: DemoSummary

    def rows(self, stem: str) -> list[Row]:
        with zipfile.ZipFile(self.summary.path) as archive, archive.open(f"{stem}.txt") as raw:
            return list(csv.DictReader(io.TextIOWrapper(raw, "utf-8")))

    @cached_property
    def stops(self) -> dict[str, Row]:
        return {row["stop_id"]: row for row in self.rows("stops")}

    @cached_property
    def routes(self) -> dict[str, Row]:
        return {row["route_id"]: row for row in self.rows("routes")}

    @cached_property
    def trips(self) -> dict[str, Row]:
        return {row["trip_id"]: row for row in self.rows("trips")}

    @cached_property
    def calls(self) -> dict[str, list[tuple[int, int, str]]]:
        """(arrival, departure, stop_id) of each trip, in order."""
        calls = defaultdict(list)
        with zipfile.ZipFile(self.summary.path) as archive, archive.open("stop_times.txt") as raw:
            rows = csv.reader(io.TextIOWrapper(raw, "utf-8"))
            assert next(rows)[:4] == ["trip_id", "arrival_time", "departure_time", "stop_id"]
            for trip_id, arrival, departure, stop_id, *_ in rows:
                calls[trip_id].append((_seconds(arrival), _seconds(departure), stop_id))
        return calls

    @cached_property
    def served(self) -> set[str]:
        """Stops that some trip calls at, with their stations."""
        stops = {stop_id for calls in self.calls.values() for _, _, stop_id in calls}
        return stops | {self.stops[stop_id]["parent_station"] for stop_id in stops} - {""}


@cache
def _seconds(time: str) -> int:
    hours, minutes, seconds = map(int, time.split(":"))
    return hours * 3600 + minutes * 60 + seconds


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """The whole region, as `mobility demo` makes it."""
    return Region(generate(tmp_path_factory.mktemp("demo") / "region.zip", first_day=FIRST_DAY))


@pytest.fixture(scope="session")
def sunday(tmp_path_factory: pytest.TempPathFactory) -> Region:
    """The region on one Sunday: every layer and stop, a tenth of the trips."""
    path = tmp_path_factory.mktemp("demo") / "sunday.zip"
    return Region(generate(path, first_day=dt.date(2026, 11, 15), days=1))
