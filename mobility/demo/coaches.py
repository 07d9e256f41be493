"""Regional coaches: trunk lines between coach stations, and lines from each coach station to the villages around."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx

from mobility.demo.coach_lines import COLORS, HUBS, LINE_DIGIT, TRUNKS
from mobility.demo.departures import parse_departures
from mobility.demo.draft import Call, FeedDraft, RouteType, Run
from mobility.demo.places import Point, Town, distance_m, heading, list_region_towns, moved, plain
from mobility.demo.rail import find_station_near, station_point
from mobility.demo.road_graph import ROAD_FACTOR, join_neighbours

SPEED_M_PER_S = 52 / 3.6
STOP_LOSS_S = 25
BAYS = 6
WALK_TO_TRAIN_M = 2500.0
"""A coach station is beside the railway station if the town has one this near its middle."""

SEVERAL_STOPS_FROM = 1500
"""Towns of this many inhabitants have three stops, smaller ones one."""

TRUNK_THERE = "weekday 06:10-19:10/60; saturday 07:10 09:10 12:10 15:10 18:10; sunday-city 09:10 14:10 18:40"
TRUNK_BACK = "weekday 06:00-19:00/60; saturday 07:00 09:00 12:00 15:00 18:00; sunday-city 10:00 15:00 19:10"
# Villages: to the market town by these hours, and home from it at those.
VILLAGE_ARRIVE = "school-no-wed 07:40; school-wed 07:40; weekday 08:50 13:20; saturday 09:20 14:20"
VILLAGE_LEAVE = "school-no-wed 17:15; school-wed 12:20; weekday 12:15 18:15; saturday 12:10 17:40"


@dataclass
class _Network:
    """What the lines share: towns, roads, the stops made so far."""

    draft: FeedDraft
    lots: random.Random
    towns: tuple[Town, ...]
    roads: nx.Graph[int]
    hubs: dict[int, str]
    slugs: list[str]
    stops: dict[int, list[tuple[str, Point]]] = field(default_factory=dict)
    lines: Counter[str] = field(default_factory=Counter)


def add_coaches(draft: FeedDraft, lots: random.Random) -> None:
    """Add coach stations, village stops, and every trunk and village line to the draft."""
    towns = list_region_towns()
    index: dict[str, int] = {}
    for i, town in enumerate(towns):
        if town.name not in index or towns[index[town.name]].population < town.population:
            index[town.name] = i
    hubs = {index[name]: department for department, names in HUBS.items() for name in names}
    network = _Network(draft, lots, towns, join_neighbours(towns), hubs, _list_slugs(towns))
    for i in range(len(towns)):
        network.stops[i] = _add_town_stops(network, i)
    for names in TRUNKS:
        path = [index[names[0]]]
        for a, b in pairwise(index[name] for name in names):
            path += nx.shortest_path(network.roads, a, b, weight="effort")[1:]
        _add_line(network, path, " - ".join(names), trunk=True)
    for path in _list_village_paths(network):
        _add_line(network, path, f"{towns[path[0]].name} - {towns[path[-1]].name}", trunk=False)


def _list_slugs(towns: tuple[Town, ...]) -> list[str]:
    """An identifier for each town; namesakes are numbered in the order of the list."""
    seen: Counter[str] = Counter()
    slugs = []
    for town in towns:
        slug = plain(town.name)
        seen[slug] += 1
        slugs.append(slug if seen[slug] == 1 else f"{slug}-{seen[slug]}")
    return slugs


def _list_village_paths(network: _Network) -> list[list[int]]:
    """From each coach station to every outermost town nearer to it than to another: together they pass all towns."""
    paths = nx.multi_source_dijkstra_path(network.roads, set(network.hubs), weight="effort")
    inner = {town for path in paths.values() for town in path[:-1]}
    ends = [path for town, path in paths.items() if town not in inner and len(path) > 1]
    return sorted(ends, key=lambda path: (network.slugs[path[0]], network.slugs[path[-1]]))


def _add_town_stops(network: _Network, i: int) -> list[tuple[str, Point]]:
    """(stop id without its side, place) of the town's stops: one, three, or the coach station."""
    town, slug, draft = network.towns[i], network.slugs[i], network.draft
    if i in network.hubs:
        station = find_station_near(town.point, WALK_TO_TRAIN_M)
        point = moved(station_point(station), 70, -50) if station else moved(town.point, 60, 40)
        stop_id = draft.add_stop(
            f"car-{slug}", f"{town.name}, Gare routière", point, location_type=1, wheelchair=1
        )
        draft.transfers.append((stop_id, stop_id, 2, 120))
        return [(stop_id, point)]
    kinds = ["Mairie"]
    if town.population >= SEVERAL_STOPS_FROM:
        kinds += network.lots.sample(
            ["Collège", "Place du Marché", "Salle des Fêtes", "Stade", "Cimetière", "Poste"], 2
        )
    elif network.lots.random() < 0.3:
        kinds = ["Église"]
    stops = []
    for n, kind in enumerate(kinds):
        turn = network.lots.uniform(-350, 350), network.lots.uniform(-350, 350)
        point = moved(town.point, *turn) if n else town.point
        stop_id = f"car-{slug}-{plain(kind)}"
        for side, aside_m in (("a", 6.0), ("b", -6.0)):
            draft.add_stop(f"{stop_id}-{side}", f"{town.name}, {kind}", moved(point, aside_m, -aside_m))
        stops.append((stop_id, point))
    return stops


def _add_line(network: _Network, path: list[int], long_name: str, *, trunk: bool) -> None:
    department = network.hubs[path[0]]
    network.lines[department] += 1
    short_name = f"LR {100 * LINE_DIGIT[department] + network.lines[department]}"
    route_id = network.draft.add_route(
        plain(short_name), "CARS", short_name, long_name, RouteType.COACH, COLORS[department]
    )
    bay = 1 + network.lines[department] % BAYS
    shift_s = 60 * network.lots.randrange(0, 10 if trunk else 6)
    for direction, way in enumerate((path, path[::-1])):
        calls = _list_calls(network, way, bay, trunk)
        run = Run(route_id, calls, network.towns[way[-1]].name, direction, bikes=1 if trunk else 2)
        arriving = not trunk and direction == 1
        text = (TRUNK_THERE, TRUNK_BACK)[direction] if trunk else (VILLAGE_LEAVE, VILLAGE_ARRIVE)[direction]
        for service, departures in parse_departures(text):
            for time_s in departures:
                network.draft.add_trip(
                    run, service, time_s - calls[-1].arrival_s - shift_s if arriving else time_s + shift_s
                )


def _list_calls(network: _Network, way: list[int], bay: int, trunk: bool) -> tuple[Call, ...]:
    """Every stop of every town on the way, in road order and on the right-hand side; a trunk line's main ones."""
    passed: list[tuple[str, Point]] = []
    for n, i in enumerate(way):
        before = network.towns[way[max(n - 1, 0)]].point
        after = network.towns[way[min(n + 1, len(way) - 1)]].point
        passed += _list_stops(network, i, before, after, bay, trunk)
    calls: list[Call] = []
    clock_s = 0.0
    for n, (stop_id, point) in enumerate(passed):
        if n:
            metres = ROAD_FACTOR * distance_m(passed[n - 1][1], point)
            clock_s += max(metres / SPEED_M_PER_S + STOP_LOSS_S, 60)
        time_s = round(clock_s / 60) * 60
        calls.append(Call(stop_id, time_s, time_s, pickup=int(n == len(passed) - 1), drop_off=int(n == 0)))
    return tuple(calls)


def _list_stops(
    network: _Network, i: int, before: Point, after: Point, bay: int, trunk: bool
) -> list[tuple[str, Point]]:
    if i in network.hubs:
        ((station, point),) = network.stops[i]
        return [(_get_bay(network.draft, station, point, bay), point)]
    east, north = after.lon - before.lon, after.lat - before.lat
    side = "a" if heading(before, after) >= 0 else "b"
    stops = network.stops[i][:1] if trunk else network.stops[i]
    along = sorted(stops, key=lambda stop: stop[1].lon * east * 0.46 + stop[1].lat * north)
    return [(f"{stop_id}-{side}", point) for stop_id, point in along]


def _get_bay(draft: FeedDraft, station: str, point: Point, bay: int) -> str:
    """The bay of a coach station, made when its first line comes."""
    stop_id = f"{station}-{bay}"
    if stop_id not in draft.stops:
        name = draft.stop_names[station]
        draft.add_stop(
            stop_id, name, moved(point, 6.0 * bay, 4.0 * bay), parent=station, platform=str(bay), wheelchair=1
        )
    return stop_id
