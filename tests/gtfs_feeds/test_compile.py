"""What a feed becomes, one part of it after the other."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gtfs_feeds.catalogue import find_stop, find_trip, headsign, route_name, stop_name, text
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.compile.modes import modes_of
from gtfs_feeds.network import Network
from routing.timetable import Mode
from tests.gtfs_feeds.readback import calls, clock, days, modes, stop_id, trip_id
from tests.gtfs_feeds.sketch import sketch

LINE = """
    stops: stop_id stop_name stop_lat stop_lon location_type parent_station
    S  Station  47.0   5.0   1
    E  Entrance 47.0   5.0   2  S
    A  -        47.0   5.0   0  S
    B  Bravo    47.1   5.0
    X  Unserved 47.9   5.0
    C  Charlie  47.2   5.0
    trips: route_id service_id trip_id trip_headsign block_id
    R daily t1 North b1
    R daily t2 -     b1
    R daily t3 -     b2
    R daily none -   b2
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time pickup_type drop_off_type
    t1 A 1 08:00 08:00
    t1 B 5 08:10 08:12
    t1 C 9 08:20 08:20
    t2 C 1 23:50 23:50
    t2 A 2 24:10 24:10
    t3 A 1 09:00 09:00
    t3 B 2 09:10 09:12
    t3 C 3 09:20 09:20
"""


def compiled(text: str) -> Network:
    network, _ = compile_feed(sketch(text))
    return network


def test_trips_keep_their_stops_and_times() -> None:
    assert calls(compiled(LINE)) == [
        "f_t1: f_A 08:00 · f_B 08:10-08:12 · f_C 08:20",
        "f_t2: f_C 23:50 · f_A 24:10",
        "f_t3: f_A 09:00 · f_B 09:10-09:12 · f_C 09:20",
    ]


def test_boardable_stops_come_first_and_know_their_station() -> None:
    network = compiled(LINE)
    assert [stop_id(network, stop) for stop in range(6)] == ["f_A", "f_B", "f_C", "f_S", "f_E", "f_X"]
    assert network.info.boardable_count == 3
    assert network.timetable.stop_parent.tolist() == [3, -1, -1, -1, 3, -1]
    assert network.catalogue.stop_location_type.tolist() == [0, 0, 0, 1, 2, 0]


def test_trips_that_do_the_same_share_a_pattern() -> None:
    assert compiled(LINE).timetable.trip_pattern.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("pickup_type", "1"), ("drop_off_type", "1"), ("pickup_type", "2"), ("stop_headsign", "Via")],
)
def test_a_difference_at_one_call_makes_another_pattern(field: str, value: str) -> None:
    network = compiled(f"""
        stops: stop_id stop_lat stop_lon
        A 47.0 5.0
        B 47.1 5.0
        trips: route_id service_id trip_id
        R daily t1
        R daily t2
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time {field}
        t1 A 1 08:00 08:00
        t1 B 2 08:10 08:10
        t2 A 1 09:00 09:00 {value}
        t2 B 2 09:10 09:10
    """)
    assert network.timetable.trip_pattern.tolist() == [0, 1]


def test_a_stop_time_at_a_station_is_boardable_there() -> None:
    network = compiled(LINE.replace("t1 A 1 08:00", "t1 S 1 08:00"))
    assert network.info.boardable_count == 4
    assert calls(network)[0].startswith("f_t1: f_S 08:00")


def test_ids_find_their_index_and_strangers_find_none() -> None:
    network = compiled(LINE)
    for stop in range(len(network.timetable.stop_lat)):
        assert find_stop(network.catalogue, stop_id(network, stop)) == stop
    for trip in range(3):
        assert find_trip(network.catalogue, trip_id(network, trip)) == trip
    assert find_stop(network.catalogue, "f_Q") is None
    assert find_trip(network.catalogue, "f_none") is None, "a trip without calls is not in the network"


def test_a_block_of_one_trip_that_runs_links_nothing() -> None:
    assert compiled(LINE).timetable.trip_block.tolist() == [0, 0, -1]


def test_names_of_people_fall_back_as_the_reference_says() -> None:
    catalogue = compiled(LINE).catalogue
    assert stop_name(catalogue, 0) == "Station", "a platform without a name has its station's"
    assert headsign(catalogue, trip=0, position=0, last_stop=2) == "North"
    assert headsign(catalogue, trip=1, position=3, last_stop=0) == "Station"
    assert route_name(catalogue, 0) == "1"


def test_the_headsign_of_a_call_goes_before_the_trips() -> None:
    network = compiled("""
        stops: stop_id stop_lat stop_lon
        A 47.0 5.0
        B 47.1 5.0
        trips: route_id service_id trip_id trip_headsign
        R daily t1 Downtown
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time stop_headsign
        t1 A 1 08:00 08:00 Hospital
        t1 B 2 08:10 08:10
    """)
    shown = [headsign(network.catalogue, trip=0, position=position, last_stop=1) for position in (0, 1)]
    assert shown == ["Hospital", "Downtown"]


def test_services_run_on_their_weekdays_but_for_exceptions() -> None:
    network = compiled("""
        stops: stop_id stop_lat stop_lon
        A 47.0 5.0
        B 47.1 5.0
        calendar: service_id monday tuesday wednesday thursday friday saturday sunday start_date end_date
        week 1 1 1 1 1 0 0 20260601 20260609
        calendar_dates: service_id date exception_type
        week 20260603 2
        week 20260606 1
        only 20260531 1
        trips: route_id service_id trip_id
        R week t1
        R only t2
        R lost t3
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time
        t1 A 1 08:00 08:00
        t1 B 2 08:10 08:10
        t2 A 1 09:00 09:00
        t2 B 2 09:10 09:10
    """)
    assert network.info.first_day.isoformat() == "2026-05-31"
    assert days(network) == {
        "f_t1": [f"2026-06-{day:02}" for day in (1, 2, 4, 5, 6, 8, 9)],
        "f_t2": ["2026-05-31"],
    }


def test_frequencies_are_in_the_order_of_trips() -> None:
    timetable = compiled(
        LINE
        + """
        frequencies: trip_id start_time end_time headway_secs exact_times
        t3 10:00 12:00 600 1
        t1 09:00 10:00 300 0
        t1 06:00 09:00 900 0
        """
    ).timetable
    rows = zip(
        timetable.frequency_trip,
        timetable.frequency_start_s,
        timetable.frequency_end_s,
        timetable.frequency_headway_s,
        timetable.frequency_exact,
        strict=True,
    )
    assert [
        f"{trip} {clock(start)} {clock(end)} {every} {exact}" for trip, start, end, every, exact in rows
    ] == [
        "0 06:00 09:00 900 0",
        "0 09:00 10:00 300 0",
        "2 10:00 12:00 600 1",
    ]


def test_in_seat_transfers_link_trips() -> None:
    timetable = compiled(
        LINE
        + """
        transfers: from_stop_id to_stop_id from_trip_id to_trip_id transfer_type
        C C t1 t2 4
        A A t2 t3 5
        A A t3 none 4
        """
    ).timetable
    assert timetable.seated_from_trip.tolist() == [0, 1]
    assert timetable.seated_to_trip.tolist() == [1, 2]
    assert timetable.seated_allowed.tolist() == [1, 0]


def test_agencies_zones_hold_for_their_trips_and_stops() -> None:
    network = compiled("""
        agency: agency_id agency_name agency_timezone
        G Gondola Europe/Paris
        W Western Europe/Lisbon
        routes: route_id agency_id route_type
        R G 3
        Q W 3
        stops: stop_id stop_lat stop_lon stop_timezone parent_station location_type
        S 47.0 5.0 Europe/Zurich - 1
        A 47.0 5.0 - S
        B 47.1 5.0
        C 38.7 -9.1
        L 38.7 -9.1 - - 1
        L1 38.7 -9.1 - L
        D 38.7 -9.1 - L 2
        trips: route_id service_id trip_id
        R daily t1
        Q daily t2
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time
        t1 A 1 08:00 08:00
        t1 B 2 08:10 08:10
        t2 C 1 09:00 09:00
        t2 B 2 19:10 19:10
        t2 L1 3 19:20 19:20
    """)
    assert network.info.zones == ("Europe/Paris", "Europe/Lisbon")
    assert network.timetable.trip_zone.tolist() == [0, 1]
    catalogue = network.catalogue
    zones = {stop_id(network, i): text(catalogue, zone) for i, zone in enumerate(catalogue.stop_zone_text)}
    assert zones == {
        "f_S": "Europe/Zurich",
        "f_A": "Europe/Zurich",
        "f_B": "Europe/Paris",
        **dict.fromkeys(("f_C", "f_L", "f_L1", "f_D"), "Europe/Lisbon"),
    }


def test_wheelchairs_and_bikes() -> None:
    network = compiled("""
        stops: stop_id stop_lat stop_lon wheelchair_boarding parent_station location_type
        S 47.0 5.0 1 - 1
        A 47.0 5.0 0 S
        B 47.0 5.0 2 S
        C 47.1 5.0
        trips: route_id service_id trip_id wheelchair_accessible bikes_allowed
        R daily t1 1 2
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time
        t1 A 1 08:00 08:00
        t1 B 2 08:05 08:05
        t1 C 3 08:10 08:10
    """)
    assert network.timetable.stop_wheelchair.tolist() == [1, 2, 0, 1]
    assert network.timetable.trip_wheelchair.tolist() == [1]
    assert network.timetable.trip_bikes.tolist() == [2]


def test_a_node_without_a_place_is_where_its_station_is() -> None:
    network = compiled(LINE.replace("X  Unserved 47.9   5.0", "N - - - 3 S\n    P Platform - - 4 A"))
    place = {stop_id(network, i): float(network.timetable.stop_lat[i]) for i in range(7)}
    assert place["f_N"] == 47.0
    assert place["f_P"] == 47.0
    assert network.timetable.stop_parent[find_stop(network.catalogue, "f_P")] == find_stop(
        network.catalogue, "f_S"
    )


def test_departures_per_day_count_boardings_on_days_that_run() -> None:
    network = compiled("""
        stops: stop_id stop_lat stop_lon parent_station location_type
        S 47.0 5.0 - 1
        A 47.0 5.0 S
        B 47.0 5.1 S
        C 47.1 5.0
        calendar_dates: service_id date exception_type
        first 20260601 1
        both 20260601 1
        both 20260603 1
        calendar: service_id start_date end_date
        trips: route_id service_id trip_id
        R first t1
        R both t2
        R both t3
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time pickup_type
        t1 A 1 08:00 08:00
        t1 C 2 08:10 08:10
        t2 B 1 08:00 08:00
        t2 A 2 08:05 08:05 1
        t2 C 3 08:10 08:10
        t3 C 1 07:00 07:00
        t3 B 2 07:10 07:10
        frequencies: trip_id start_time end_time headway_secs
        t3 07:00 08:01 600
    """)
    # Two active days: t1 leaves A on one of them, t2 leaves B on both, t3 leaves C seven times on both.
    found = {stop_id(network, i): float(n) for i, n in enumerate(network.catalogue.stop_departures_per_day)}
    assert found == {"f_A": 0.5, "f_B": 1.0, "f_C": 7.0, "f_S": 1.5}


def test_shapes_without_trips_are_left_out_and_told() -> None:
    network, findings = compile_feed(
        sketch("""
        stops: stop_id stop_lat stop_lon
        A 47.0 5.0
        B 47.1 5.0
        trips: route_id service_id trip_id shape_id
        R daily t1 north
        R daily t2
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time
        t1 A 1 08:00 08:00
        t1 B 2 08:10 08:10
        t2 A 1 09:00 09:00
        t2 B 2 09:10 09:10
        shapes: shape_id shape_pt_sequence shape_pt_lat shape_pt_lon
        away 1 40.0 5.0
        north 20 47.1 5.0
        north 3 47.0 5.0
        away 2 40.1 5.0
    """)
    )
    assert network.catalogue.trip_shape.tolist() == [0, -1]
    assert network.catalogue.shape_first.tolist() == [0, 2]
    assert network.catalogue.shape_lat.tolist() == [47.0, 47.1]
    assert [(finding.rule, finding.file, finding.count) for finding in findings] == [
        ("unused_shape", "shapes.txt", 1)
    ]


def test_routes_as_people_read_them() -> None:
    catalogue = compiled(
        LINE
        + """
        routes: route_id agency_id route_short_name route_long_name route_type route_color route_text_color
        R G 1 One 715 FF8000 junk
        Q - - Two 2 - FFFFFF
        """
    ).catalogue
    assert catalogue.route_color.tolist() == [0xFF8000, -1]
    assert catalogue.route_text_color.tolist() == [-1, 0xFFFFFF]
    assert catalogue.route_type.tolist() == [715, 2]
    assert catalogue.route_agency.tolist() == [0, 0]
    assert [text(catalogue, index) for index in catalogue.route_id_text] == ["f_R", "f_Q"]
    assert route_name(catalogue, 1) == "Two"


def test_a_correction_changes_the_mode_of_one_trip() -> None:
    network = compiled("""
        stops: stop_id stop_lat stop_lon
        A 47.0 5.0
        B 47.1 5.0
        trips: route_id service_id trip_id route_type
        R daily t1
        R daily t2 2
        stop_times: trip_id stop_id stop_sequence arrival_time departure_time
        t1 A 1 08:00 08:00
        t1 B 2 08:10 08:10
        t2 A 1 09:00 09:00
        t2 B 2 09:10 09:10
    """)
    assert modes(network) == ["f_t1 BUS", "f_t2 REGIONAL_RAIL"]


@pytest.mark.parametrize(
    ("route_type", "mode"),
    [
        *((0, Mode.TRAM), (1, Mode.SUBWAY), (2, Mode.REGIONAL_RAIL), (3, Mode.BUS), (4, Mode.FERRY)),
        *((5, Mode.FUNICULAR), (6, Mode.AERIAL_LIFT), (7, Mode.FUNICULAR), (11, Mode.BUS), (12, Mode.OTHER)),
        *(
            (100, Mode.REGIONAL_RAIL),
            (101, Mode.HIGHSPEED_RAIL),
            (102, Mode.LONG_DISTANCE),
            (105, Mode.NIGHT_RAIL),
        ),
        *((106, Mode.REGIONAL_RAIL), (109, Mode.SUBURBAN), (117, Mode.REGIONAL_RAIL), (200, Mode.COACH)),
        *((209, Mode.COACH), (401, Mode.SUBWAY), (403, Mode.SUBURBAN), (405, Mode.OTHER), (700, Mode.BUS)),
        *((714, Mode.BUS), (715, Mode.ODM), (800, Mode.BUS), (900, Mode.TRAM), (1000, Mode.FERRY)),
        *((1100, Mode.AIRPLANE), (1200, Mode.FERRY), (1300, Mode.AERIAL_LIFT), (1303, Mode.OTHER)),
        *((1400, Mode.FUNICULAR), (1500, Mode.ODM), (1551, Mode.RIDE_SHARING), (1700, Mode.OTHER)),
        *((8, Mode.OTHER), (-1, Mode.OTHER), (99999, Mode.OTHER)),
    ],
)
def test_route_types_become_modes(route_type: int, mode: Mode) -> None:
    assert modes_of(np.array([route_type], np.int32)).tolist() == [mode]


def test_who_publishes_and_who_is_to_be_named() -> None:
    catalogue = compiled(
        LINE
        + """
        feed_info: feed_publisher_name feed_publisher_url feed_lang feed_version
        Demo~(synthetic) https://example.org fr 7
        attributions: attribution_id route_id organization_name is_producer is_authority attribution_url
        1 R Region 1 0 https://region.example
        2 - Region 0 1 https://region.example
        """
    ).catalogue
    assert catalogue.feed_synthetic.tolist() == [1]
    assert text(catalogue, catalogue.feed_publisher_name_text[0]) == "Demo (synthetic)"
    assert text(catalogue, catalogue.feed_version_text[0]) == "7"
    assert json.loads(text(catalogue, catalogue.feed_attributions_text[0])) == [
        {
            "name": "Region",
            "url": "https://region.example",
            "email": "",
            "phone": "",
            "roles": ["producer", "authority"],
        }
    ]
    assert compiled(LINE).catalogue.feed_synthetic.tolist() == [0]


def test_a_feed_without_trips_compiles_to_stops_alone() -> None:
    network = compiled("""
        stops: stop_id stop_lat stop_lon
        A 47.0 5.0
    """)
    assert network.info.boardable_count == 0
    assert calls(network) == []
    assert find_stop(network.catalogue, "f_A") == 0


def test_levels() -> None:
    network = compiled(
        LINE.replace("stop_lat stop_lon location_type parent_station", "stop_lat stop_lon level_id")
        .replace("1\n", "\n")
        .replace("2  S", "")
        .replace("0  S", "L")
        + """
        levels: level_id level_index
        L -1.5
        """
    )
    assert network.catalogue.stop_level[0] == -1.5
    assert np.isnan(network.catalogue.stop_level[1:]).all()
