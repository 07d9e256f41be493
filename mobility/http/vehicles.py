"""`/v1/vehicles` and `/api/v6/map/trips`: what moves on the map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.http.parameters import Parameter, parse, read_pairs
from mobility.http.problems import Problem
from mobility.journeys.map_trips import MapQuestion, list_segments
from mobility.journeys.serving import Serving
from mobility.journeys.vehicles import Box, list_vehicles

VEHICLES_PATH = "/v1/vehicles"
MAP_TRIPS_PATH = "/api/v6/map/trips"

SPAN_S_MAX = 6 * 3600

_LANGUAGE = Parameter("language", "texts", "Languages names are wanted in, the best first.", (), items_max=10)

VEHICLES: tuple[Parameter, ...] = (
    Parameter("min", "coordinates", "One corner, `latitude,longitude`; with `max`: only there."),
    Parameter("max", "coordinates", "The opposite corner."),
    Parameter("routeId", "texts", "Only vehicles of these routes.", ()),
    _LANGUAGE,
)

MAP_TRIPS: tuple[Parameter, ...] = (
    Parameter(
        "zoom",
        "number",
        "Of the map: from far only trains are shown.",
        None,
        0,
        30,
        required=True,
        example=12,
    ),
    Parameter("min", "coordinates", "One corner, `latitude,longitude`.", required=True, example="47.2,6.1"),
    Parameter("max", "coordinates", "The opposite corner.", required=True, example="47.3,5.9"),
    Parameter("startTime", "instant", "From when.", required=True, example="2026-06-15T07:00:00Z"),
    Parameter("endTime", "instant", "Until when.", required=True, example="2026-06-15T07:05:00Z"),
    Parameter("precision", "integer", "Of the polylines.", 5, 0, 6),
    _LANGUAGE,
)


def vehicle_routes(current: Callable[[], Serving]) -> list[Route]:
    """The routes of what moves."""

    def show_vehicles(request: Request) -> Response:
        values = parse(VEHICLES, read_pairs(request.scope["query_string"]))
        box = _box(values) if values["min"] and values["max"] else None
        shown = list_vehicles(current().view, box, frozenset(values["routeId"]), values["language"])
        headers = {"Cache-Control": "no-store"}
        return Response(orjson.dumps(shown), media_type="application/geo+json", headers=headers)

    def show_trips(request: Request) -> Response:
        values = parse(MAP_TRIPS, read_pairs(request.scope["query_string"]))
        span_s = values["endTime"] - values["startTime"]
        if not 0 <= span_s <= SPAN_S_MAX:
            raise Problem(
                422,
                "too-large",
                f"De « startTime » à « endTime », 0 à {SPAN_S_MAX} secondes.",
                f"From 'startTime' to 'endTime' may be 0 to {SPAN_S_MAX} seconds.",
                field="endTime",
            )
        question = MapQuestion(
            box=_box(values),
            from_s=values["startTime"],
            to_s=values["endTime"],
            zoom=values["zoom"],
            precision=values["precision"],
            languages=values["language"],
        )
        return Response(orjson.dumps(list_segments(current().view, question)), media_type="application/json")

    return [Route(VEHICLES_PATH, show_vehicles), Route(MAP_TRIPS_PATH, show_trips)]


def _box(values: dict[str, Any]) -> Box:
    (lat, lon), (other_lat, other_lon) = values["min"], values["max"]
    return min(lat, other_lat), min(lon, other_lon), max(lat, other_lat), max(lon, other_lon)
