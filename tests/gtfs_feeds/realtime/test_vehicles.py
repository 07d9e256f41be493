"""Vehicle positions: which trip, which stop, how full."""

from __future__ import annotations

import pytest

from gtfs_feeds.catalogue import find_stop, find_trip
from gtfs_feeds.realtime.match import TripRun
from gtfs_feeds.realtime.vehicles import Vehicle
from tests.gtfs_feeds.realtime.small_feed import hear, instant, rules, small_network

NOW_S = instant("2026-06-03 08:05")
PLACE = "position { latitude: 47 longitude: 5 bearing: 90 speed: 12.5 }"


def hear_vehicle(text: str) -> tuple[Vehicle | None, list[str]]:
    live = hear(f'entity {{ id: "v" vehicle {{ {text} }} }}', NOW_S)
    return (live.vehicles[0] if live.vehicles else None), rules(live.findings)


def test_a_vehicle_on_its_trip() -> None:
    vehicle, found = hear_vehicle(
        f'{PLACE} trip {{ trip_id: "day" }} vehicle {{ id: "7" label: "Bus 7" license_plate: "AB-1" }}'
        f" current_stop_sequence: 8 current_status: INCOMING_AT timestamp: {NOW_S - 20}"
        " occupancy_status: FEW_SEATS_AVAILABLE occupancy_percentage: 80 congestion_level: STOP_AND_GO"
    )
    trip = find_trip(small_network().catalogue, "f_day")
    assert found == []
    assert (vehicle.run.trip, str(vehicle.run.service_day)) == (trip, "2026-06-03")
    assert (vehicle.lat, vehicle.lon, vehicle.bearing, vehicle.speed_ms) == (47, 5, 90, 12.5)
    assert (vehicle.vehicle_id, vehicle.label, vehicle.plate) == ("7", "Bus 7", "AB-1")
    assert (vehicle.position, vehicle.stop) == (2, find_stop(small_network().catalogue, "f_C1"))
    assert (vehicle.status, vehicle.occupancy, vehicle.occupancy_percent) == (
        "INCOMING_AT",
        "FEW_SEATS_AVAILABLE",
        80,
    )
    assert (vehicle.congestion, vehicle.timestamp_s) == ("STOP_AND_GO", NOW_S - 20)


def test_a_stop_may_be_told_by_its_id() -> None:
    vehicle, _ = hear_vehicle(f'{PLACE} trip {{ trip_id: "day" }} stop_id: "B"')
    assert (vehicle.position, vehicle.status) == (1, "IN_TRANSIT_TO")
    vehicle, _ = hear_vehicle(f'{PLACE} trip {{ trip_id: "day" }} current_stop_sequence: 99')
    assert (vehicle.position, vehicle.stop, vehicle.status) == (-1, -1, "")


def test_a_vehicle_of_no_trip_or_an_unknown_one_is_shown_without() -> None:
    vehicle, found = hear_vehicle(PLACE)
    assert (vehicle.run, vehicle.extra_key, found) == (None, "", [])
    vehicle, found = hear_vehicle(f'{PLACE} trip {{ trip_id: "X" }}')
    assert (vehicle.run, found) == (None, ["unknown_trip"])
    vehicle, found = hear_vehicle(f'{PLACE} trip {{ trip_id: "sunday" start_date: "20260603" }}')
    assert (vehicle.run, found) == (None, ["trip_not_running"])


def test_a_vehicle_of_an_added_trip_names_it() -> None:
    """Also when its TripUpdate comes from elsewhere."""
    for kind in ("NEW", "ADDED", "DUPLICATED"):
        vehicle, found = hear_vehicle(f'{PLACE} trip {{ trip_id: "n" schedule_relationship: {kind} }}')
        assert (vehicle.run, vehicle.extra_key, found) == (None, "f_n|20260603", [])


@pytest.mark.parametrize(
    "place", ["", *(f"position {{ latitude: {at} longitude: 0 }}" for at in (0, 91, "nan"))]
)
def test_a_vehicle_at_no_place_on_earth_is_dropped(place: str) -> None:
    assert hear_vehicle(f'{place} trip {{ trip_id: "day" }}') == (None, ["vehicle_without_position"])


def test_a_repetition_is_told_by_its_start() -> None:
    vehicle, _ = hear_vehicle(
        f'{PLACE} trip {{ trip_id: "exact" start_time: "12:20:00" start_date: "20260603" }}'
    )
    assert isinstance(vehicle.run, TripRun)
    assert vehicle.run.shift_s == 12 * 3600 + 20 * 60
