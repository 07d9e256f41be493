"""Compiled and read back, a feed says what its tables said."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings

from gtfs_feeds.catalogue import text
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.network import Network
from gtfs_feeds.tables import FeedTables
from tests.gtfs_feeds.random_feeds import random_feeds
from tests.gtfs_feeds.readback import days, stop_id, trip_id

EPOCH_MONDAY = np.datetime64("1970-01-05", "D")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def tabled_calls(tables: FeedTables) -> dict[str, list[tuple]]:
    """Per trip, what stop_times says of each call."""
    found = defaultdict(list)
    for row in tables.stop_times.sort_values("stop_sequence", kind="stable").itertuples():
        found[f"f_{row.trip_id}"].append(
            (
                f"f_{row.stop_id}",
                row.stop_sequence,
                row.arrival_time,
                row.departure_time,
                row.pickup_type,
                row.drop_off_type,
                row.stop_headsign,
            )
        )
    return dict(found)


def compiled_calls(network: Network) -> dict[str, list[tuple]]:
    timetable, catalogue = network.timetable, network.catalogue
    found = {}
    for trip, pattern in enumerate(timetable.trip_pattern):
        first, last = timetable.pattern_first[pattern : pattern + 2]
        event = timetable.trip_first_event[trip]
        numbers = catalogue.numbering_sequence[catalogue.numbering_first[catalogue.trip_numbering[trip]] :]
        found[trip_id(network, trip)] = [
            (
                stop_id(network, timetable.pattern_stop[position]),
                numbers[position - first],
                timetable.event_arrival_s[event + position - first],
                timetable.event_departure_s[event + position - first],
                timetable.pattern_pickup[position],
                timetable.pattern_dropoff[position],
                text(catalogue, catalogue.position_headsign_text[position]),
            )
            for position in range(first, last)
        ]
    return found


def tabled_days(tables: FeedTables) -> dict[str, list[str]]:
    """Per trip with calls, its dates: day after day, as the reference defines them."""
    exceptions = {
        (row.service_id, row.date): row.exception_type for row in tables.calendar_dates.itertuples()
    }
    calendars = {row["service_id"]: row for row in tables.calendar.to_dict("records")}
    called = set(tables.stop_times["trip_id"])
    every = range(20_600, 20_650)  # the June of 2026 and more
    found = {}
    for trip in tables.trips.to_dict("records"):
        service, dates = trip["service_id"], []
        for day in every:
            calendar = calendars.get(service)
            weekday = WEEKDAYS[int((np.datetime64(day, "D") - EPOCH_MONDAY).astype(int)) % 7]
            runs = bool(
                calendar and calendar["start_date"] <= day <= calendar["end_date"] and calendar[weekday]
            )
            runs = {1: True, 2: False}.get(exceptions.get((service, day)), runs)
            if runs:
                dates.append(str(np.datetime64(day, "D")))
        if trip["trip_id"] in called:
            found[f"f_{trip['trip_id']}"] = dates
    return found


@settings(max_examples=30)
@given(random_feeds())
def test_every_trip_has_its_stops_times_and_days(tables: FeedTables) -> None:
    network, _ = compile_feed(tables)
    assert compiled_calls(network) == tabled_calls(tables)
    assert days(network) == tabled_days(tables)


@settings(max_examples=30)
@given(random_feeds())
def test_indices_stay_inside_what_they_point_to(tables: FeedTables) -> None:
    network, _ = compile_feed(tables)
    check_indices(network)


@settings(max_examples=8)
@given(random_feeds())
def test_written_and_opened_it_is_the_same_and_read_only(tables: FeedTables) -> None:
    network, _ = compile_feed(tables)
    with TemporaryDirectory() as folder:
        network.write(Path(folder))
        opened = Network.open(Path(folder))
        assert opened.info == network.info
        for before, after in ((network.timetable, opened.timetable), (network.catalogue, opened.catalogue)):
            for name, array in before._asdict().items():
                mapped = getattr(after, name)
                np.testing.assert_array_equal(mapped, array, err_msg=name)
                assert mapped.dtype == array.dtype, name
                with pytest.raises(ValueError, match="read-only"):
                    mapped[...] = 0


def check_indices(network: Network) -> None:
    """What the docstrings of the contracts promise of every array."""
    timetable, catalogue, info = network.timetable, network.catalogue, network.info
    stops, boardable = len(timetable.stop_lat), info.boardable_count
    trips, patterns = len(timetable.trip_pattern), len(timetable.pattern_first) - 1
    positions, texts = len(timetable.pattern_stop), len(catalogue.text_first) - 1
    served = set(timetable.pattern_stop.tolist())
    assert served == set(range(boardable))
    assert timetable.pattern_first[-1] == positions
    assert (np.diff(timetable.pattern_first) >= 2).all()
    assert set(timetable.trip_pattern.tolist()) == set(range(patterns))
    lengths = np.diff(timetable.pattern_first)[timetable.trip_pattern]
    assert timetable.trip_first_event.tolist() == [0, *np.cumsum(lengths).tolist()][:trips]
    assert len(timetable.event_arrival_s) == len(timetable.event_departure_s) == lengths.sum()
    assert (np.diff(timetable.frequency_trip) >= 0).all()
    edges = np.repeat(np.arange(boardable), np.diff(timetable.footpath_first))
    assert (edges != timetable.footpath_to).all(), "never from a stop to itself"
    assert ((timetable.footpath_to >= 0) & (timetable.footpath_to < boardable)).all()
    assert (timetable.trip_service < len(timetable.service_active)).all()
    assert (timetable.trip_zone < len(info.zones)).all()
    sizes = {
        "change_time_s": boardable,
        **{name: stops for name in (*timetable._fields, *catalogue._fields) if name.startswith("stop_")},
        **{name: trips for name in (*timetable._fields, *catalogue._fields) if name.startswith("trip_")},
        **dict.fromkeys(
            ("pattern_stop", "pattern_pickup", "pattern_dropoff", "position_headsign_text"), positions
        ),
    }
    for name, array in (timetable._asdict() | catalogue._asdict()).items():
        assert len(array) == sizes.get(name, len(array)), name
        if name.endswith("_text"):
            assert ((array >= 0) & (array < texts)).all(), name
    assert text(catalogue, 0) == ""
    for ids, order in (
        (catalogue.stop_id_text, catalogue.stop_by_id),
        (catalogue.trip_id_text, catalogue.trip_by_id),
    ):
        names = [text(catalogue, ids[index]).encode() for index in order]
        assert names == sorted(names)
        assert sorted(order.tolist()) == list(range(len(ids)))
    assert (np.diff(catalogue.translation_text) >= 0).all()
    assert (catalogue.trip_shape < len(catalogue.shape_first) - 1).all()
    assert catalogue.shape_first[-1] == len(catalogue.shape_lat) == len(catalogue.shape_lon)
