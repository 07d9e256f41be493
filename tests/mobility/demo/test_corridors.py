"""The railways: every station has a place, and they follow each other as along a track."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from mobility.demo.departures import parse_departures
from mobility.demo.places import Point, distance_m
from mobility.demo.rail import list_path, list_stations, station_point
from mobility.demo.rail_corridors import BIG_STATIONS, CORRIDORS, STATION_POINTS, STATION_TOWNS
from mobility.demo.rail_services import LINES, SERVICES


def _length_m(points: list[Point]) -> float:
    return sum(distance_m(a, b) for a, b in pairwise(points))


@pytest.mark.parametrize("corridor", CORRIDORS)
def test_stations_are_in_the_order_of_the_track(corridor: str) -> None:
    """Exchanging two neighbours never makes the way notably shorter."""
    points = [station_point(name) for name, _ in list_stations(corridor)]
    length_m = _length_m(points)
    for i in range(len(points) - 1):
        exchanged = [*points[:i], points[i + 1], points[i], *points[i + 2 :]]
        assert _length_m(exchanged) > length_m - 1500, list_stations(corridor)[i]


@pytest.mark.parametrize("corridor", CORRIDORS)
def test_a_corridor_has_each_station_once(corridor: str) -> None:
    names = [name for name, _ in list_stations(corridor)]
    assert len(names) == len(set(names)) >= 2


def test_the_data_about_stations_is_about_stations() -> None:
    names = {name for corridor in CORRIDORS for name, _ in list_stations(corridor)}
    assert {*STATION_POINTS, *STATION_TOWNS, *BIG_STATIONS} - names == set()


def test_every_line_has_trains_that_find_their_way() -> None:
    assert {service.line for service in SERVICES} == set(LINES)
    for service in SERVICES:
        path = [name for name, _ in list_path(service)]
        assert (path[0], path[-1]) == (service.first, service.last)
        assert not service.through or service.through in path[1:-1]
        assert all(departures for _, departures in parse_departures(service.departures))


def test_departures_are_read_as_they_are_said() -> None:
    assert list(parse_departures("weekday 06:00-07:00/30 06:10; night 24:15")) == [
        ("weekday", [21600, 22200, 23400, 25200]),
        ("night", [87300]),
    ]


@pytest.mark.shared
def test_stations_stand_where_the_network_has_them() -> None:
    path = Path(__file__).parents[4] / "shared" / "data" / "region" / "sncf_pk_gares.csv"
    if not path.exists():
        pytest.skip("the list of real stations is not beside the project")
    with path.open(encoding="utf-8-sig") as file:
        real = {
            row["libelle"]: Point(float(row["y_wgs84"]), float(row["x_wgs84"]))
            for row in csv.DictReader(file, delimiter=";")
            if row["voyageurs"] == "O"
        }
    names = {name for corridor in CORRIDORS for name, _ in list_stations(corridor)} & set(real) - {"Marmagne"}
    assert len(names) > 80  # Marmagne has a namesake near Bourges
    assert [name for name in sorted(names) if distance_m(station_point(name), real[name]) > 2500] == []
