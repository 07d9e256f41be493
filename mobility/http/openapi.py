"""The OpenAPI document, made from the tables that read the parameters and the schemas the tests hold answers against;
and `/docs`, the same for people, without anything from other servers."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mobility.http import boards, feeds, health, plan, reach, refresh, vehicles
from mobility.http.live_schemas import LIVE_SCHEMAS
from mobility.http.parameters import Parameter
from mobility.http.place_schemas import PLACE_SCHEMAS
from mobility.http.plan_parameters import PARAMETERS
from mobility.http.problems import MEDIA_TYPE
from mobility.http.reach_schemas import REACH_SCHEMAS
from mobility.http.schemas import SCHEMAS, Schema, listed, ref

DESCRIPTION = """\
Journeys, departures and places, in the shape of the MOTIS API v6: its clients work unchanged. Beside its fields stand
emissions, reasons whenever a list is empty, and whose data it is. Instants are UTC (RFC 3339), distances metres,
coordinates degrees WGS84. Errors are `application/problem+json` (RFC 9457), in French and English; every answer
carries `X-Request-Id`, which a client may choose. Unknown parameters are left out of account.
"""

_PROBLEMS = {
    400: "A parameter cannot be understood; `field` names it.",
    401: "Not signed in, or not any more.",
    403: "Not allowed; the answer is the same whether or not the thing exists.",
    404: "No such place, trip, thing or address.",
    409: "Not as things are; the words say why.",
    413: "The body is too large.",
    414: "The address is too long.",
    422: "Understood, but not offered, or beyond a limit.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "No timetable is loaded.",
}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """The document of everything the application answers."""
    document: dict[str, Any] = get_openapi(
        title="mobility",
        version="v6",
        description=DESCRIPTION,
        routes=app.routes,
        license_info={"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
    )
    paths = document.setdefault("paths", {})
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["apiKey"] = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    for path, operations in _PATHS.items():
        paths[path] = {method: make() for method, make in operations.items()}
    document.setdefault("components", {}).setdefault("schemas", {}).update(
        SCHEMAS | LIVE_SCHEMAS | PLACE_SCHEMAS | REACH_SCHEMAS
    )
    for operations in paths.values():
        for operation in operations.values():
            _finish(operation)
    return document


def operation_id(route: APIRoute) -> str:
    """The name of an operation: its method and path, "getAccountsPersonRoles"; unique as those are."""
    words = re.findall(r"[A-Za-z0-9]+", route.path_format.removeprefix("/v1"))
    return min(route.methods or {"get"}).lower() + "".join(word[0].upper() + word[1:] for word in words)


def _finish(operation: dict[str, Any]) -> None:
    """What all answers have in common."""
    if "security" in operation:  # whoever may bring an access token may bring a partner's key
        operation["security"].append({"apiKey": []})
    responses = operation["responses"]
    for status, description in _PROBLEMS.items():
        responses[str(status)] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
        }
    responses["default"] = {"description": "An error.", "content": {MEDIA_TYPE: {"schema": ref("Problem")}}}
    for response in responses.values():
        response["headers"] = {
            "X-Request-Id": {"schema": {"type": "string"}, "description": "This request's id."}
        }


def _operation(
    name: str,
    tag: str,
    summary: str,
    parameters: tuple[Parameter, ...],
    answer: Schema,
    body: Schema | None = None,
    media_type: str = "application/json",
) -> Callable[[], dict[str, Any]]:
    def make() -> dict[str, Any]:
        shown = [parameter.document() for parameter in parameters]
        if body is not None:  # everything may come in the body instead
            shown = [parameter | {"required": False} for parameter in shown]
        operation: dict[str, Any] = {
            "operationId": name,
            "tags": [tag],
            "summary": summary,
            "parameters": shown,
            "responses": {"200": {"description": summary, "content": {media_type: {"schema": answer}}}},
        }
        if body is not None:
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        return operation

    return make


def _get_and_post(
    name: str,
    summary: str,
    parameters: tuple[Parameter, ...],
    answer: Schema,
    media_type: str = "application/json",
) -> dict[str, Callable[[], dict[str, Any]]]:
    """The parameters in the address, or in the body."""
    return {
        "get": _operation(name, "routing", summary, parameters, answer, media_type=media_type),
        "post": _operation(
            f"{name}Post", "routing", summary, parameters, answer, ref("ParametersBody"), media_type
        ),
    }


_PATHS: dict[str, dict[str, Callable[[], dict[str, Any]]]] = {
    plan.PATH: {
        "get": _operation("plan", "routing", "Journeys from one place to another", PARAMETERS, ref("Plan")),
        "post": _operation(
            "planPost",
            "routing",
            "The same, with parameters or computed offsets in the body",
            PARAMETERS,
            ref("Plan"),
            ref("PlanPostBody"),
        ),
    },
    reach.ONE_TO_ALL_PATH: _get_and_post(
        "oneToAll", "The stops within reach of a place", reach.ONE_TO_ALL, ref("Reachable")
    ),
    reach.ISOCHRONES_PATH: _get_and_post(
        *("isochrones", "The areas within reach of a place", reach.ISOCHRONES, ref("Isochrones")),
        media_type="application/geo+json",
    ),
    reach.LAST_RETURN_PATH: _get_and_post(
        "lastReturn", "The last ways back home of a day", reach.LAST_RETURN, ref("LastReturn")
    ),
    "/api/v6/stoptimes": {
        "get": _operation(
            "stoptimes", "timetable", "Departures or arrivals at a stop", boards.STOPTIMES, ref("StopTimes")
        )
    },
    "/api/v6/trip": {
        "get": _operation(
            "trip", "timetable", "A trip from its first stop to its last", boards.TRIP, ref("Itinerary")
        )
    },
    "/api/v6/stop": {
        "get": _operation("stopInfo", "timetable", "A stop and its lines", boards.STOP, ref("Stop"))
    },
    "/api/v6/map/stops": {
        "get": _operation(
            "stops", "map", "The stops of a piece of the map", boards.MAP_STOPS, listed(ref("Place"))
        )
    },
    refresh.PATH: {
        "get": _operation(
            "refreshItinerary", "timetable", "A kept journey, as it is now", refresh.REFRESH, ref("Itinerary")
        ),
        "post": _operation(
            "refreshItineraryPost",
            "timetable",
            "The same, with the journey in the body",
            refresh.REFRESH,
            ref("Itinerary"),
            ref("RefreshItineraryPostBody"),
        ),
    },
    vehicles.MAP_TRIPS_PATH: {
        "get": _operation(
            "trips", "map", "What runs on a piece of the map", vehicles.MAP_TRIPS, listed(ref("TripSegment"))
        )
    },
    vehicles.VEHICLES_PATH: {
        "get": _operation(
            "vehicles",
            "map",
            "Where vehicles are (GeoJSON)",
            vehicles.VEHICLES,
            ref("Vehicles"),
            media_type="application/geo+json",
        )
    },
    feeds.PATH: {
        "get": _operation("feeds", "operation", "The feeds that are served", (), listed(ref("ServedFeed")))
    },
    health.PATH: {
        "get": _operation(
            "health", "operation", "Whether this process answers, and from what", (), ref("Health")
        )
    },
}


def openapi_routes(app: FastAPI) -> list[Route]:
    """`/openapi.json` and `/docs`; the document is made at the first question."""
    made: list[tuple[bytes, str]] = []

    def get() -> tuple[bytes, str]:
        if not made:
            document = openapi_document(app)
            made.append((orjson.dumps(document), render_docs(document)))
        return made[0]

    def show_document(request: Request) -> Response:
        return Response(get()[0], media_type="application/json")

    def show_docs(request: Request) -> Response:
        return HTMLResponse(get()[1])

    return [Route("/openapi.json", show_document), Route("/docs", show_docs)]


_STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h2{margin-top:2.5rem;border-top:1px solid #ccc;padding-top:1rem}code{background:#f2f2f2;padding:.1em .3em}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;
border-bottom:1px solid #e5e5e5}
"""


def render_docs(document: dict[str, Any]) -> str:
    """The document as one page: what can be asked, with which parameters."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>mobility: the API</title>',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<style>{_STYLE}</style></head><body><h1>The API</h1><p>{escape(document['info']['description'])}</p>",
        '<p>For programs: <a href="/openapi.json">openapi.json</a></p><ul>',
    ]
    operations = [
        (path, method.upper(), operation)
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    ]
    for path, method, operation in operations:
        anchor = escape(operation["operationId"])
        parts.append(
            f'<li><a href="#{anchor}">{method} {escape(path)}</a> {escape(operation["summary"])}</li>'
        )
    parts.append("</ul>")
    for path, method, operation in operations:
        parts += _render_operation(path, method, operation)
    return "".join([*parts, "</body></html>"])


def _render_operation(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    parts = [
        f'<h2 id="{escape(operation["operationId"])}"><code>{method} {escape(path)}</code></h2>',
        f"<p>{escape(operation['summary'])}</p>",
    ]
    if operation.get("parameters"):
        parts.append("<table><tr><th>Parameter</th><th>Default</th><th>Meaning</th></tr>")
        for parameter in operation["parameters"]:
            default = parameter["schema"].get("default", "required" if parameter["required"] else "")
            parts.append(
                f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{escape(str(default))}</td>"
                f"<td>{escape(parameter.get('description', ''))}</td></tr>"
            )
        parts.append("</table>")
    return parts
