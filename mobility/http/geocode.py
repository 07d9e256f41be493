"""`/api/v1/geocode` and `/api/v1/reverse-geocode`: names to places and points to places, as MOTIS's API has them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Protocol

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mobility.http.modes import MODES, read_modes
from mobility.http.parameters import Parameter, parse, read_pairs
from mobility.http.problems import Problem
from mobility.journeys.place import Place
from mobility.journeys.places import Bias, Match, Places, parse_coordinates
from mobility.journeys.serving import Serving
from mobility.journeys.view import list_mode_names

RESULTS_MAX = 100

STOPS_WITHIN_M = 5_000.0
TOWNS_WITHIN_M = 20_000.0
"""How far from a point its stops and towns are looked for."""

_TYPES = ("ADDRESS", "PLACE", "STOP")
_PLACE_KINDS = ("commune", "locality", "poi")
_COMMUNE_LEVEL, _REGION_LEVEL = 8, 4
"""OpenStreetMap's admin_level of French communes and regions."""

_TYPE = Parameter(
    "type", "choices", "Only these types of places. No addresses are known here.", None, choices=_TYPES
)
_LANGUAGE = Parameter("language", "texts", "Languages names are wanted in, the best first.", (), items_max=10)

GEOCODE: tuple[Parameter, ...] = (
    Parameter("text", "text", "What was typed so far of a stop or town.", required=True, example="besancon"),
    _LANGUAGE,
    _TYPE,
    Parameter("mode", "choices", "Only stops where one of these modes calls.", None, choices=MODES),
    Parameter("place", "coordinates", "Places near to this `latitude,longitude` are preferred."),
    Parameter("placeBias", "number", "How much they are preferred.", 1.0, 0.0, 100.0),
    Parameter("numResults", "integer", "At most so many results.", 10, 1, RESULTS_MAX),
    Parameter(
        "min", "coordinates", "With `max`: one corner of a box all results are in, `latitude,longitude`."
    ),
    Parameter("max", "coordinates", "With `min`: the opposite corner."),
)

REVERSE_GEOCODE: tuple[Parameter, ...] = (
    Parameter(
        "place", "coordinates", "`latitude,longitude` in degrees.", required=True, example="47.2470,6.0219"
    ),
    _TYPE,
    _LANGUAGE,
    Parameter("numResults", "integer", "At most so many results.", 5, 1, RESULTS_MAX),
)


class NearbyPlaces(Protocol):
    """The towns around a point."""

    def near(self, lat: float, lon: float, radius_m: float, limit: int) -> list[tuple[Place, float]]:
        """The places within `radius_m` metres as the crow flies, nearest first, with their distances in metres."""
        ...


class GeocodeServices(Protocol):
    """What geocoding needs (`mobility.bootstrap.Services` is one)."""

    @property
    def nearby_places(self) -> NearbyPlaces: ...

    def current(self) -> Serving:
        """What a request answers from. Raises NothingToServeError."""
        ...


def geocode_router(services: GeocodeServices) -> APIRouter:
    """The routes of geocoding."""
    router = APIRouter(tags=["geocode"])

    @router.get(
        "/api/v1/geocode",
        operation_id="geocode",
        summary="Find stops and towns by what was typed of their names so far",
        **_documented(GEOCODE, _EXAMPLE),
    )
    def geocode(request: Request) -> Response:
        values = parse(GEOCODE, read_pairs(request.scope["query_string"]))
        return _answer(_geocode(services.current().places, values))

    @router.get(
        "/api/v1/reverse-geocode",
        operation_id="reverseGeocode",
        summary="Find the stops and towns nearest to a point",
        **_documented(REVERSE_GEOCODE, _EXAMPLE),
    )
    def reverse_geocode(request: Request) -> Response:
        values = parse(REVERSE_GEOCODE, read_pairs(request.scope["query_string"]))
        return _answer(_reverse_geocode(services.current().places, services.nearby_places, values))

    return router


def _geocode(places: Places, values: dict[str, Any]) -> list[dict[str, Any]]:
    point = parse_coordinates(values["text"])
    if point is not None:
        return [_point(values["text"].strip(), *point)] if _wants(values, "PLACE") else []
    modes = None if values["mode"] is None else read_modes(values["mode"])[0]
    bias = None
    if values["place"] is not None:
        lat, lon = values["place"]
        bias = Bias(lat, lon, values["placeBias"])
    found = places.search(
        values["text"],
        limit=values["numResults"],
        lang=next(iter(values["language"]), ""),
        bias=bias,
        kinds=_kinds(values),
        modes=modes,
        box=_box(values),
    )
    return [_present(match) for match in found if math.isfinite(match.lat) and math.isfinite(match.lon)]


def _reverse_geocode(places: Places, nearby: NearbyPlaces, values: dict[str, Any]) -> list[dict[str, Any]]:
    (lat, lon), limit = values["place"], values["numResults"]
    lang = next(iter(values["language"]), "")
    found: dict[str, tuple[float, Match]] = {}
    if _wants(values, "STOP"):
        # A station's platforms are one result: look at more of them than are wanted.
        for stop, distance_m in places.nearest_stops(lat, lon, STOPS_WITHIN_M, 8 * limit):
            match = places.match_stop(stop, lang=lang)
            if match is not None:
                found.setdefault(match.id, (distance_m, match))
    if _wants(values, "PLACE"):
        for place, distance_m in nearby.near(lat, lon, TOWNS_WITHIN_M, limit):
            match = places.find_match(place.id, lang=lang)
            if match is not None:
                # Asked what is here: the town where it lies, not where one arrives in it.
                found.setdefault(match.id, (distance_m, replace(match, lat=place.lat, lon=place.lon)))
    nearest = sorted(found.values(), key=lambda one: (one[0], one[1].id))[:limit]
    return [_present(match) | {"score": 1 / (1 + distance_m / 1000)} for distance_m, match in nearest]


def _wants(values: dict[str, Any], kind: str) -> bool:
    return values["type"] is None or kind in values["type"]


def _kinds(values: dict[str, Any]) -> list[str] | None:
    if values["type"] is None:
        return None
    return [
        *(("stop",) if "STOP" in values["type"] else ()),
        *(_PLACE_KINDS if "PLACE" in values["type"] else ()),
    ]


def _box(values: dict[str, Any]) -> tuple[float, float, float, float] | None:
    corners = values["min"], values["max"]
    if None not in corners:
        (lat, lon), (other_lat, other_lon) = corners
        return min(lat, other_lat), min(lon, other_lon), max(lat, other_lat), max(lon, other_lon)
    if corners == (None, None):
        return None
    missing = "min" if values["min"] is None else "max"
    raise Problem(
        400,
        "bad-parameter",
        f"Le paramètre « {missing} » manque : « min » et « max » vont ensemble.",
        f"The parameter '{missing}' is missing: 'min' and 'max' go together.",
        field=missing,
    )


def _present(match: Match) -> dict[str, Any]:
    """A match as the API's Match."""
    shown: dict[str, Any] = {
        "type": "STOP" if match.kind == "stop" else "PLACE",
        "name": match.name,
        "id": match.id,
        "lat": match.lat,
        "lon": match.lon,
        "tokens": match.tokens,
        "areas": [
            {
                "name": area.name,
                "adminLevel": _COMMUNE_LEVEL if area.is_commune else _REGION_LEVEL,
                "matched": area.matched,
                # What the place is shown with: the innermost area.
                **({"default": True} if number == 0 else {}),
            }
            for number, area in enumerate(match.areas)
        ],
        "score": match.score,
        "importance": match.importance,
    }
    if match.kind == "stop":
        shown["modes"] = list_mode_names(match.modes)
    if match.zone:
        shown["tz"] = match.zone
    if match.country:
        shown["country"] = match.country
    if match.level is not None:
        shown["level"] = match.level
    return shown


def _point(text: str, lat: float, lon: float) -> dict[str, Any]:
    return {
        "type": "PLACE",
        "name": text,
        "id": f"{lat},{lon}",
        "lat": lat,
        "lon": lon,
        "tokens": [[0, len(text)]],
        "areas": [],
        "score": 1.0,
    }


def _answer(matches: list[dict[str, Any]]) -> Response:
    return Response(orjson.dumps(matches), media_type="application/json")


_EXAMPLE = [
    {
        "type": "PLACE",
        "name": "Besançon",
        "id": "geonames:3033123",
        "lat": 47.24705,
        "lon": 6.02194,
        "tokens": [[0, 8]],
        "areas": [{"name": "Bourgogne-Franche-Comté", "adminLevel": 4, "matched": False, "default": True}],
        "score": 1.6,
        "importance": 0.78,
        "tz": "Europe/Paris",
        "country": "FR",
    }
]


def _documented(parameters: tuple[Parameter, ...], example: Any) -> dict[str, Any]:
    """What the OpenAPI document says of a route that reads its parameters itself."""
    content = {
        "application/json": {
            "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Match"}},
            "example": example,
        }
    }
    return {
        "openapi_extra": {"parameters": [parameter.document() for parameter in parameters]},
        "responses": {200: {"description": "Matches, the best first", "content": content}},
        "response_class": Response,
    }
