"""`/api/v6/one-to-all`, `/v1/isochrones` and `/v1/last-return`: how far one gets, and how one gets home."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.http.parameters import Parameter, parse, read_pairs
from mobility.http.plan import body_pairs, naming_places, read_body
from mobility.http.plan_parameters import PARAMETERS, PlanLimits, read_question
from mobility.journeys.isochrones import present_isochrones
from mobility.journeys.last_return import present_last_return
from mobility.journeys.question import Question
from mobility.journeys.reachable import find_reachable, present_reachable
from mobility.journeys.serving import Serving
from mobility.journeys.words import Json

ONE_TO_ALL_PATH, ISOCHRONES_PATH, LAST_RETURN_PATH = "/api/v6/one-to-all", "/v1/isochrones", "/v1/last-return"

MINUTES_MAX = 240
BANDS_MAX = 6

_AS_PLAN = {parameter.name: parameter for parameter in PARAMETERS}
_ONE = Parameter(
    "one",
    "text",
    "`latitude,longitude[,level]`, or the id of a stop or place.",
    required=True,
    example="47.247,6.022",
)
_WISHES = (
    *("time", "arriveBy", "maxTransfers", "minTransferTime", "additionalTransferTime", "transferTimeFactor"),
    *("pedestrianProfile", "pedestrianSpeed", "cyclingSpeed", "transitModes", "preTransitModes"),
    *("postTransitModes", "requireBikeTransport", "requireCarTransport", "maxPreTransitTime"),
    *("maxPostTransitTime", "maxMatchingDistance", "useRoutedTransfers", "elevationCosts"),
)
_REACH = (
    *(_AS_PLAN[name] for name in _WISHES),
    Parameter("noCompulsoryReservation", "boolean", "No flexible leg is looked at.", False, ignored=True),
    *(parameter for name, parameter in _AS_PLAN.items() if name.startswith("vehicle")),
)

ONE_TO_ALL: tuple[Parameter, ...] = (
    _ONE,
    Parameter("maxTravelTime", "integer", "In minutes.", None, 0, MINUTES_MAX, required=True, example=45),
    *_REACH,
)
ISOCHRONES: tuple[Parameter, ...] = (
    _ONE,
    Parameter(
        "minutes",
        "integers",
        "One area for each.",
        (15, 30, 45),
        1,
        MINUTES_MAX,
        items_max=BANDS_MAX,
        example="15,30",
    ),
    *_REACH,
)
LAST_RETURN: tuple[Parameter, ...] = (
    Parameter("fromPlace", "text", "Where one is.", required=True, example="47.3234,5.0272"),
    Parameter("toPlace", "text", "Where one wants back to.", required=True, example="47.2470,6.0219"),
    Parameter("time", "instant", "From when on; else now.", example="2026-06-15T16:00:00Z"),
    *(
        _AS_PLAN[name]
        for name in (
            *(
                "maxTransfers",
                "minTransferTime",
                "additionalTransferTime",
                "transferTimeFactor",
                "transitModes",
            ),
            *(
                "excludedTransitModes",
                "pedestrianProfile",
                "pedestrianSpeed",
                "maxWalkDistance",
                "preTransitModes",
            ),
            *(
                "postTransitModes",
                "maxPreTransitTime",
                "maxPostTransitTime",
                "requireBikeTransport",
                "language",
            ),
        )
    ),
)

Present = Callable[[Serving, dict[str, Any], Question], Json]


def reach_routes(current: Callable[[], Serving], limits: PlanLimits, threads: int) -> list[Route]:
    """GET and POST. `current` is asked once a request; at most `threads` are searched at a time."""
    limiter: list[anyio.CapacityLimiter] = []

    def route(path: str, parameters: tuple[Parameter, ...], present: Present, media_type: str) -> Route:
        async def answer_reach(request: Request) -> Response:
            body = await read_body(request) if request.method == "POST" else {}
            if not limiter:
                limiter.append(anyio.CapacityLimiter(threads))
            pairs = read_pairs(request.scope["query_string"]) + body_pairs(body)
            content = await anyio.to_thread.run_sync(
                partial(_answer, current, limits, parameters, present, pairs), limiter=limiter[0]
            )
            return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})

        return Route(path, answer_reach, methods=["GET", "POST"])

    return [
        route(ONE_TO_ALL_PATH, ONE_TO_ALL, _one_to_all, "application/json"),
        route(ISOCHRONES_PATH, ISOCHRONES, _isochrones, "application/geo+json"),
        route(LAST_RETURN_PATH, LAST_RETURN, _last_return, "application/json"),
    ]


def _answer(
    current: Callable[[], Serving],
    limits: PlanLimits,
    parameters: tuple[Parameter, ...],
    present: Present,
    pairs: list[tuple[str, str]],
) -> bytes:
    values = parse(parameters, pairs)
    known = {parameter.name for parameter in parameters} - {"one", "minutes"}
    asked = [(name, value) for name, value in pairs if name in known]
    fields: Mapping[str, str] = {"from": "fromPlace", "to": "toPlace"}
    if "one" in values:
        fields = {"from": "one", "to": "one"}
        asked += [("fromPlace", values["one"]), ("toPlace", values["one"])]
    if "minutes" in values:
        asked.append(("maxTravelTime", str(max(values["minutes"], default=1))))
    question = read_question(asked, int(time.time()), limits)
    with naming_places(fields):
        return orjson.dumps(present(current(), values, question))


def _one_to_all(serving: Serving, values: dict[str, Any], question: Question) -> Json:
    return present_reachable(find_reachable(serving, question), question)


def _isochrones(serving: Serving, values: dict[str, Any], question: Question) -> Json:
    bands_s = [minutes * 60 for minutes in values["minutes"]]
    return present_isochrones(find_reachable(serving, question), question, bands_s)


def _last_return(serving: Serving, values: dict[str, Any], question: Question) -> Json:
    return present_last_return(serving, question)
