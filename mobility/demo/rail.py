"""Railways: stations with their platforms, lines, trains, tracks."""

from __future__ import annotations

from functools import cache

from mobility.demo.departures import parse_departures
from mobility.demo.draft import Call, FeedDraft, Run
from mobility.demo.places import Point, distance_m, get_town, moved, plain
from mobility.demo.rail_corridors import BIG_STATIONS, CORRIDORS, STATION_POINTS, STATION_TOWNS
from mobility.demo.rail_services import ALL, LINES, MAJOR, SERVICES, RailService

TRACK_FACTOR = 1.08
"""Track length over straight distance between neighbouring stations."""

STOP_LOSS_S = 75
"""What slowing down and speeding up again costs at each stop."""

PARIS_LYON, PARIS_BERCY = "Paris Gare de Lyon", "Paris Bercy"
LATEST_START_S = 24 * 3600 + 1800
CHANGE_TIME_S = {10: 420, 6: 300, 4: 240}
"""Time to change trains in a station of at least that many platforms."""


def add_rail(draft: FeedDraft) -> None:
    """Add every station, line and train of `rail_services` to the draft."""
    _add_stations(draft)
    for number, (short_name, line) in enumerate(LINES.items(), start=1):
        draft.add_route(
            _route_id(short_name), line.agency_id, short_name, line.long_name, line.kind, line.color
        )
        for i, service in enumerate(s for s in SERVICES if s.line == short_name):
            _add_service(draft, service, number, f"{plain(short_name)}-{i}")


def station_id(name: str) -> str:
    """The GTFS stop_id of a railway station."""
    return f"gare-{plain(name)}"


def _get_platform(draft: FeedDraft, name: str, platform: int) -> str:
    """The platform of a station, made when its first train comes."""
    stop_id = f"{station_id(name)}-{platform}"
    if stop_id not in draft.stops:
        # Tracks lie side by side, 9 m apart, across a station that looks north-east.
        aside_m = 9.0 * (platform - (count_platforms(name) + 1) / 2)
        draft.add_stop(
            stop_id, name, moved(station_point(name), 0.7 * aside_m, -0.7 * aside_m),
            town=STATION_TOWNS.get(name, ""), parent=station_id(name), platform=str(platform),
            wheelchair=_access(name),
        )  # fmt: skip
    return stop_id


def count_platforms(name: str) -> int:
    return BIG_STATIONS.get(name, 2)


def _access(name: str) -> int:
    """wheelchair_boarding: lifts in the larger stations, unknown in the others."""
    return 1 if count_platforms(name) > 2 else 0


@cache
def list_stations(corridor: str) -> tuple[tuple[str, bool], ...]:
    """(name, whether expresses call) along the corridor."""
    names = [name.strip() for name in CORRIDORS[corridor].split(",")]
    return tuple((name.removesuffix("*"), name.endswith("*")) for name in names)


@cache
def station_point(name: str) -> Point:
    """Where the station is. Raises KeyError for one that is neither in the data nor named after a town."""
    return STATION_POINTS.get(name) or get_town(STATION_TOWNS.get(name, name)).point


def find_station_near(point: Point, within_m: float) -> str | None:
    """The railway station nearest to the point, if one is near enough; of several alike the larger."""
    near = [
        (distance_m(point, station_point(name)) - 100 * count_platforms(name), name)
        for corridor in CORRIDORS
        for name, _ in list_stations(corridor)
        if distance_m(point, station_point(name)) <= within_m
    ]
    return min(near)[1] if near else None


def list_path(service: RailService) -> list[tuple[str, bool]]:
    """The stations the train passes, in order, from `first` to `last`."""
    path: list[tuple[str, bool]] = []
    for corridor in service.corridors:
        stations = list(list_stations(corridor))
        if path:
            names = [name for name, _ in path]
            joint = next(i for i, (name, _) in enumerate(stations) if name in names)
            path = path[: names.index(stations[joint][0])]
            stations = stations[joint:]
        path += stations
    names = [name for name, _ in path]
    first, last = names.index(service.first), names.index(service.last)
    return path[first : last + 1] if first < last else path[last : first + 1][::-1]


def _route_id(line: str) -> str:
    return plain(line)


def _add_stations(draft: FeedDraft) -> None:
    names = {name for corridor in CORRIDORS for name, _ in list_stations(corridor)}
    for name in sorted(names):
        town, platforms = STATION_TOWNS.get(name, ""), count_platforms(name)
        station = draft.add_stop(
            station_id(name), name, station_point(name), town=town, location_type=1, wheelchair=_access(name)
        )
        if platforms > 3:
            change_s = next(s for least, s in CHANGE_TIME_S.items() if platforms >= least)
            draft.transfers.append((station, station, 2, change_s))
    for one, other in ((PARIS_LYON, PARIS_BERCY), (PARIS_BERCY, PARIS_LYON)):
        draft.transfers.append((station_id(one), station_id(other), 2, 15 * 60))


def _add_service(draft: FeedDraft, service: RailService, line_number: int, code: str) -> None:
    there = list_path(service)
    for direction, path in enumerate((there, there[::-1])):
        calls = _list_calls(draft, service, path, 2 * line_number + direction)
        stops = [name for name, major in path if _calls_at(service, name, major)]
        pieces = _cut(stops, calls, service.through)
        runs = [_run(draft, service, stops[a:b], piece, direction) for a, b, piece in pieces]
        for day, departures in parse_departures(service.departures):
            for n, start_s in enumerate(departures):
                start_s += direction * service.back_min * 60
                if start_s > LATEST_START_S:
                    continue
                block = f"{code}-{direction}-{day}-{n}" if len(runs) > 1 else ""
                for run, (_, _, piece) in zip(runs, pieces, strict=True):
                    draft.add_trip(run, day, start_s + piece[0].departure_s, block_id=block)


def _calls_at(service: RailService, name: str, major: bool) -> bool:
    if service.stops == ALL:
        return True
    return major if service.stops == MAJOR else name in service.stops


def _list_calls(
    draft: FeedDraft, service: RailService, path: list[tuple[str, bool]], track: int
) -> list[Call]:
    """Calls with whole-minute times. The dwell is longer where the station is large.

    Trains with the same `track` number use the same platform everywhere; the next number is the one beside it.
    """
    metres_per_s = LINES[service.line].speed_kmh / 3.6
    calls: list[Call] = []
    clock_s = 0.0
    for i, (name, major) in enumerate(path):
        if i:
            clock_s += (
                distance_m(station_point(path[i - 1][0]), station_point(name)) * TRACK_FACTOR / metres_per_s
            )
        if not _calls_at(service, name, major):
            continue
        if calls:
            clock_s += STOP_LOSS_S
        arrival_s = -(-int(clock_s) // 60) * 60
        at_end = not calls or name == path[-1][0]
        dwell_s = 0 if at_end else 180 if count_platforms(name) >= 5 else 60
        platform = _get_platform(draft, name, 1 + track % count_platforms(name))
        calls.append(Call(platform, arrival_s, arrival_s + dwell_s))
        clock_s = arrival_s + dwell_s
    return calls


def _cut(stops: list[str], calls: list[Call], through: str) -> list[tuple[int, int, list[Call]]]:
    """The pieces (first, end, calls) of a train: one, or two that share the station `through`."""
    if not through:
        return [(0, len(stops), calls)]
    at = stops.index(through)
    return [(0, at + 1, calls[: at + 1]), (at, len(stops), calls[at:])]


def _run(draft: FeedDraft, service: RailService, stops: list[str], calls: list[Call], direction: int) -> Run:
    """Calls relative to the first departure; nobody alights at the first stop, nobody boards at the last."""
    origin_s = calls[0].departure_s
    relative = [
        Call(
            stop_id,
            max(arrival_s - origin_s, 0),
            (arrival_s if i == len(calls) - 1 else departure_s) - origin_s,
            pickup=int(i == len(calls) - 1),
            drop_off=int(i == 0),
        )
        for i, (stop_id, arrival_s, departure_s, _, _) in enumerate(calls)
    ]
    line = LINES[service.line]
    shape_id = _add_shape(draft, stops, [draft.points[call.stop_id] for call in calls])
    bikes = 2 if line.agency_id == "TGV" else 1
    return Run(
        _route_id(service.line), tuple(relative), stops[-1], direction,
        shape_id=shape_id, timepoint=1, wheelchair=1, bikes=bikes,
    )  # fmt: skip


def _add_shape(draft: FeedDraft, stops: list[str], points: list[Point]) -> str:
    shape_id = f"voie-{len(draft.shapes):04d}"
    draft.shapes[shape_id] = smooth(points)
    return shape_id


def smooth(points: list[Point], pieces: int = 5) -> list[Point]:
    """A Catmull-Rom curve through the points: passes each of them, and bends gently between."""
    curve: list[Point] = []
    for i in range(len(points) - 1):
        before, a, b, after = (
            points[max(i - 1, 0)],
            points[i],
            points[i + 1],
            points[min(i + 2, len(points) - 1)],
        )
        for step in range(pieces):
            t = step / pieces
            curve.append(
                Point(
                    *(
                        round(_spline(p, q, r, s, t), 6)
                        for p, q, r, s in zip(before, a, b, after, strict=True)
                    )
                )
            )
    return [*curve, points[-1]]


def _spline(p: float, a: float, b: float, s: float, t: float) -> float:
    return 0.5 * (2 * a + (b - p) * t + (2 * p - 5 * a + 4 * b - s) * t**2 + (3 * a - p - 3 * b + s) * t**3)
