"""The demo's two services of demand-responsive transport are sound as data."""

from __future__ import annotations

import datetime as dt
import itertools
from functools import cache

import pytest
from shapely.geometry import Point, Polygon

from mobility.demo.on_demand import HAUT_DOUBS, TADOU, TADOU_STATIONS, list_services, network_stop_id
from mobility.demo.on_demand_fleet import list_shifts, list_vehicles
from mobility.demo.on_demand_places import COMMUNES, list_communes, list_sectors
from mobility.demo.places import distance_m, get_town
from mobility.demo.rail import station_point
from on_demand.service import Service
from tests.mobility.demo.conftest import Region

FIRST_DAY = dt.date(2026, 10, 1)


@cache
def services() -> dict[str, Service]:
    return {service.id: service for service in list_services(FIRST_DAY)}


def test_tadou_serves_140_communes_around_besancon_each_in_one_sector() -> None:
    communes = list_communes()
    assert len(communes) == COMMUNES == 140
    assert len({town.name for town in communes}) == 140
    centre = get_town("Besançon").point
    assert all(distance_m(centre, town.point) < 25_000 for town in communes)
    assert sorted(town.name for _, _, towns in list_sectors() for town in towns) == sorted(
        town.name for town in communes
    )


@pytest.mark.parametrize("service_id", [HAUT_DOUBS, TADOU])
def test_all_that_a_service_names_is_there_and_named_once(service_id: str) -> None:
    service = services()[service_id]
    ids = [one.id for one in (*service.stops, *service.groups, *service.zones)]
    assert len(ids) == len(set(ids))
    stops = {stop.id for stop in service.stops}
    assert all(set(group.stop_ids) <= stops for group in service.groups)
    areas, rules = set(ids), {rule.id for rule in service.rules}
    calendars = {calendar.id for calendar in service.calendars}
    assert len({trip.id for trip in service.trips}) == len(service.trips)
    for trip in service.trips:
        assert trip.calendar_id in calendars
        assert len(trip.rows) >= 2
        for row in trip.rows:
            assert row.area_id in areas
            assert row.open_s < row.close_s
            assert {row.pickup_rule_id, row.drop_off_rule_id} <= rules | {""}
    assert {rule.calendar_id for rule in service.rules} <= calendars | {""}


def test_stations_are_named_as_the_network_names_them(region: Region) -> None:
    """The demo's feed has the prefix `demo_` in the network."""
    for service in services().values():
        for stop_id in service.connection_stop_ids:
            assert stop_id.removeprefix("demo_") in region.served
    tadou = services()[TADOU]
    assert tadou.connection_stop_ids[0] == network_stop_id("Besançon Viotte")
    at = {stop.id: stop.at for stop in tadou.stops}
    for name in TADOU_STATIONS:
        assert at[network_stop_id(name)] == station_point(name)


def test_zones_are_closed_apart_and_hold_their_station() -> None:
    zones = {
        zone.name: Polygon([(point.lon, point.lat) for point in zone.polygons[0][0]])
        for zone in services()[HAUT_DOUBS].zones
    }
    for zone in services()[HAUT_DOUBS].zones:
        assert zone.polygons[0][0][0] == zone.polygons[0][0][-1]
    for name, polygon in zones.items():
        assert polygon.is_valid
        assert polygon.exterior.is_ccw
        assert not any(polygon.intersects(other) for one, other in zones.items() if one != name)
    for name, station in (("Pays de Pontarlier", "Pontarlier"), ("Val de Morteau", "Morteau")):
        point = station_point(station)
        assert zones[name].contains(Point(point.lon, point.lat))


def test_vehicles_drive_for_services_there_are_and_never_two_shifts_at_once() -> None:
    vehicles = {vehicle.id: vehicle for vehicle in list_vehicles()}
    assert {one for vehicle in vehicles.values() for one in vehicle.service_ids} == set(services())
    shifts = list_shifts(FIRST_DAY)
    assert {shift.vehicle_id for shift in shifts} == set(vehicles)
    for vehicle_id in vehicles:
        for weekday in range(7):
            spans = sorted(
                (shift.start_s, shift.end_s)
                for shift in shifts
                if shift.vehicle_id == vehicle_id and weekday in shift.calendar.weekdays
            )
            assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    for shift in shifts:
        for pause in shift.breaks:
            assert shift.start_s <= pause.open_s < pause.close_s
            assert pause.close_s + pause.duration_s <= shift.end_s


def test_same_arguments_same_services() -> None:
    assert list_services(FIRST_DAY) == list(services().values())
