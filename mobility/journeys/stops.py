"""What a stop is: its lines, and the stops in a piece of the map."""

from __future__ import annotations

from mobility.journeys.stop_sets import StopSet, stop_place
from mobility.journeys.view import View
from mobility.journeys.words import Json
from routing.timetable import ALL_MODES

MAP_STOPS_MAX = 2000
"""On one piece of the map: the busiest, where there are more."""

_ROUTE_FIELDS = (
    "mode",
    "agencyId",
    "agencyName",
    "agencyUrl",
    "routeId",
    "routeShortName",
    "routeLongName",
    "routeType",
    "routeColor",
    "routeTextColor",
    "synthetic",
)


def present_stop(view: View, stops: StopSet, languages: tuple[str, ...] = ()) -> Json:
    """A stop and the routes that serve it, as `/api/v6/stop` answers it."""
    words = view.words(languages)
    routes = []
    for route, mode in view.list_routes(stops.stops):
        line = words.line(route, mode)
        routes.append({name: line[name] for name in _ROUTE_FIELDS if name in line})
    routes.sort(key=lambda route: (route["mode"], route["routeShortName"], route["routeId"]))
    return {"place": stops.place(view, words), "routes": routes}


def list_map_stops(
    view: View,
    box: tuple[float, float, float, float],
    languages: tuple[str, ...] = (),
    modes: int = ALL_MODES,
    *,
    grouped: bool = False,
) -> list[Json]:
    """The stops in a box (south, west, north, east), busiest first. `grouped`: a station instead of its platforms."""
    words, places = view.words(languages), view.places
    shown: dict[int, Json] = {}
    for stop in places.stops_in_box(*box, MAP_STOPS_MAX):
        if not int(view.lookups.stop_modes[stop]) & modes:
            continue
        match = places.match_stop(stop) if grouped else None
        leader = stop if match is None or match.stop is None else match.stop
        if leader not in shown:
            shown[leader] = stop_place(view, words, leader)
    return list(shown.values())
