"""Several feeds as one network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.catalogue import find_stop, find_trip, stop_name, text
from gtfs_feeds.compile import CompileOptions, compile_feed
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.shapes import leg_geometry
from gtfs_feeds.tables import FeedTables
from tests.gtfs_feeds.random_feeds import random_feeds
from tests.gtfs_feeds.readback import calls, days, footpaths, modes, numbers, stop_id, trip_id
from tests.gtfs_feeds.sketch import sketch
from tests.gtfs_feeds.test_compile_properties import check_indices

TRAINS = """
    agency: agency_id agency_name agency_timezone
    G Rail Europe/Paris
    stops: stop_id stop_name stop_lat stop_lon parent_station location_type
    S Gare   47.000 5.0 - 1
    A -      47.000 5.0 S
    B Bourg  47.100 5.0
    trips: route_id service_id trip_id block_id
    R v t1 b
    R v t2 b
    calendar: service_id start_date end_date
    v 20260601 20260602
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time
    t1 A 1 08:00 08:00
    t1 B 2 08:10 08:10
    t2 B 1 09:00 09:00
    t2 A 2 09:10 09:10
    translations: table_name field_name language translation field_value
    stops stop_name en Station Gare
"""
BUSES = """
    agency: agency_id agency_name agency_timezone
    G Bus Europe/London
    stops: stop_id stop_name stop_lat stop_lon parent_station location_type
    S Plaza  51.0   5.0 - 1
    A Gare   47.001 5.0
    B Bridge 47.201 5.0
    trips: route_id service_id trip_id block_id
    R v t1 b
    R v t2 b
    calendar_dates: service_id date exception_type
    v 20260530 1
    v 20260604 1
    calendar: service_id start_date end_date
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time
    t1 A 1 10:00 10:00
    t1 B 2 10:10 10:10
    t2 B 1 11:00 11:00
    t2 A 2 11:10 11:10
    frequencies: trip_id start_time end_time headway_secs
    t2 11:00 12:00 600
"""


def network_of(text: str, feed_id: str) -> Network:
    return compile_feed(sketch(text, feed_id))[0]


@pytest.fixture(name="both")
def _both() -> Network:
    return merge([network_of(TRAINS, "train"), network_of(BUSES, "bus")])


def test_trips_of_all_feeds_under_their_feeds_ids(both: Network) -> None:
    assert calls(both) == [
        "train_t1: train_A 08:00 · train_B 08:10",
        "train_t2: train_B 09:00 · train_A 09:10",
        "bus_t1: bus_A 10:00 · bus_B 10:10",
        "bus_t2: bus_B 11:00 · bus_A 11:10",
    ]


def test_boardable_stops_come_first_again(both: Network) -> None:
    names = [stop_id(both, stop) for stop in range(6)]
    assert names == ["train_A", "train_B", "bus_A", "bus_B", "train_S", "bus_S"]
    assert both.info.boardable_count == 4
    assert both.timetable.stop_parent.tolist() == [4, -1, -1, -1, -1, -1]
    assert [text(both.catalogue, both.catalogue.feed_id_text[feed]) for feed in both.catalogue.stop_feed] == [
        *("train", "train", "bus", "bus", "train", "bus")
    ]


def test_days_are_aligned(both: Network) -> None:
    assert both.info.first_day.isoformat() == "2026-05-30"
    assert days(both) == {
        "train_t1": ["2026-06-01", "2026-06-02"],
        "train_t2": ["2026-06-01", "2026-06-02"],
        "bus_t1": ["2026-05-30", "2026-06-04"],
        "bus_t2": ["2026-05-30", "2026-06-04"],
    }


def test_zones_blocks_and_frequencies_stay_apart(both: Network) -> None:
    assert both.info.zones == ("Europe/Paris", "Europe/London")
    assert both.timetable.trip_zone.tolist() == [0, 0, 1, 1]
    assert both.timetable.trip_block.tolist() == [0, 0, 1, 1]
    assert both.timetable.frequency_trip.tolist() == [3]


def test_equal_stations_of_different_feeds_are_linked_on_foot(both: Network) -> None:
    assert footpaths(both) == ["train_A > bus_A 126", "bus_A > train_A 126"]
    apart = merge([network_of(TRAINS, "train"), network_of(BUSES, "bus")], CompileOptions(walk_m_max=100))
    assert footpaths(apart) == []


def test_calls_keep_their_numbers(both: Network) -> None:
    assert numbers(both) == {trip: [1, 2] for trip in ("train_t1", "train_t2", "bus_t1", "bus_t2")}
    other = BUSES.replace("t1 B 2", "t1 B 20").replace("t2 A 2", "t2 A 7")
    assert numbers(merge([network_of(TRAINS, "train"), network_of(other, "bus")])) == {
        **{"train_t1": [1, 2], "train_t2": [1, 2], "bus_t1": [1, 20], "bus_t2": [1, 7]}
    }


def test_texts_and_their_translations_stay_their_feeds(both: Network) -> None:
    catalogue = both.catalogue
    assert stop_name(catalogue, find_stop(catalogue, "train_A"), "en") == "Station"
    assert stop_name(catalogue, find_stop(catalogue, "bus_A"), "en") == "Gare"
    assert [text(catalogue, index) for index in catalogue.agency_name_text] == ["Rail", "Bus"]
    assert catalogue.agency_feed.tolist() == [0, 1]
    assert catalogue.route_agency.tolist() == [0, 1]
    assert catalogue.trip_route.tolist() == [0, 0, 1, 1]


def test_one_network_merges_to_itself() -> None:
    network = network_of(TRAINS, "train")
    assert merge([network]) is network


def test_a_feed_is_merged_once() -> None:
    network = network_of(TRAINS, "train")
    with pytest.raises(ValueError, match="'train' is in more than one network"):
        merge([network, network])
    with pytest.raises(ValueError, match="no network to merge"):
        merge([])


def test_a_feed_without_service_days_does_not_stretch_the_calendar() -> None:
    idle = network_of(
        TRAINS.replace("v 20260601 20260602", "")
        + "calendar_dates: service_id date exception_type\nv 20260601 2",
        "idle",
    )
    merged = merge([idle, network_of(BUSES, "bus")])
    assert merged.info.first_day.isoformat() == "2026-05-30"
    assert merged.timetable.service_active.shape[1] == 6
    assert days(merged)["idle_t1"] == []


def told(network: Network) -> dict[str, object]:
    """What a network says, whatever its indices are."""
    timetable = network.timetable
    lines = {
        "calls": sorted(calls(network)),
        "days": days(network),
        "modes": sorted(modes(network)),
        "footpaths": sorted(footpaths(network)),
        "zones": {
            trip_id(network, t): network.info.zones[zone] for t, zone in enumerate(timetable.trip_zone)
        },
        "blocks": sorted(
            sorted(trip_id(network, trip) for trip in np.flatnonzero(timetable.trip_block == block))
            for block in set(timetable.trip_block.tolist()) - {-1}
        ),
        "frequencies": sorted(
            (trip_id(network, trip), int(start), int(end), int(headway))
            for trip, start, end, headway in zip(
                timetable.frequency_trip,
                timetable.frequency_start_s,
                timetable.frequency_end_s,
                timetable.frequency_headway_s,
                strict=True,
            )
        ),
        "seated": sorted(
            (trip_id(network, start), trip_id(network, end), int(allowed))
            for start, end, allowed in zip(
                timetable.seated_from_trip, timetable.seated_to_trip, timetable.seated_allowed, strict=True
            )
        ),
    }
    catalogue = network.catalogue
    lines["stops"] = sorted(
        (
            stop_id(network, stop),
            stop_name(catalogue, stop, "en"),
            float(timetable.stop_lat[stop]),
            stop_id(network, timetable.stop_parent[stop]) if timetable.stop_parent[stop] >= 0 else "",
            text(catalogue, catalogue.stop_zone_text[stop]),
            round(float(catalogue.stop_departures_per_day[stop]), 3),
        )
        for stop in range(len(timetable.stop_lat))
    )
    ends = {}
    for trip, pattern in enumerate(timetable.trip_pattern):
        last = int(np.diff(timetable.pattern_first)[pattern]) - 1
        ends[trip_id(network, trip)] = [
            line.round(6).tolist() for line in leg_geometry(network, trip, 0, last)
        ]
    return lines | {"lines": ends}


@settings(max_examples=12)
@given(random_feeds("a"), random_feeds("b"), random_feeds("c"))
def test_grouping_and_order_of_feeds_do_not_matter(
    one: FeedTables, two: FeedTables, three: FeedTables
) -> None:
    a, b, c = (compile_feed(tables)[0] for tables in (one, two, three))
    at_once = merge([a, b, c])
    check_indices(at_once)
    for other in (merge([merge([a, b]), c]), merge([a, merge([b, c])]), merge([c, a, b])):
        check_indices(other)
        assert told(other) == told(at_once)


@settings(max_examples=12)
@given(random_feeds("a"), random_feeds("b"))
def test_each_feed_is_in_the_merged_network_as_it_was(one: FeedTables, two: FeedTables) -> None:
    parts = [compile_feed(tables)[0] for tables in (one, two)]
    whole = told(merge(parts))
    for part, feed, other in zip(parts, ("a_", "b_"), ("b_", "a_"), strict=True):
        for subject, said in told(part).items():
            if isinstance(said, dict):
                assert {key: value for key, value in whole[subject].items() if key.startswith(feed)} == said
            elif subject == "footpaths":  # those between feeds name both
                assert [line for line in whole[subject] if feed in line and other not in line] == said
            else:
                assert all(line in whole[subject] for line in said)


@settings(max_examples=8)
@given(random_feeds("a"), st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(tables: FeedTables, seed: int) -> None:
    shuffled = replace(
        tables,
        **{
            stem: getattr(tables, stem).sample(frac=1, random_state=seed).reset_index(drop=True)
            for stem in (
                "stops",
                "routes",
                "trips",
                "calendar",
                "calendar_dates",
                "frequencies",
                "shapes",
                "pathways",
            )
        },
    )
    assert told(compile_feed(shuffled)[0]) == told(compile_feed(tables)[0])


@settings(max_examples=8)
@given(random_feeds("a"))
def test_ids_are_found_after_a_merge(tables: FeedTables) -> None:
    merged = merge([compile_feed(tables)[0], network_of(BUSES, "bus")])
    assert all(
        find_trip(merged.catalogue, trip_id(merged, t)) == t
        for t in range(len(merged.timetable.trip_pattern))
    )
    assert all(
        find_stop(merged.catalogue, stop_id(merged, s)) == s for s in range(len(merged.timetable.stop_lat))
    )
