"""`/api/v6/plan`: the hot path. No framework between the query string and the answer's bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.http.metrics import Metrics
from mobility.http.parameters import read_pairs
from mobility.http.plan_parameters import PlanLimits, read_question
from mobility.http.problems import Problem
from mobility.http.rider_parameters import naming_riders
from mobility.journeys.ends import CoordinatesError, PlaceNotFoundError
from mobility.journeys.plan import plan
from mobility.journeys.reasons import place_not_found
from mobility.journeys.serving import Serving

PATH = "/api/v6/plan"

_FIELD = {"from": "fromPlace", "to": "toPlace", "offset": "fromOffsets, toOffsets", "via": "via"}


def plan_routes(
    current: Callable[[], Serving], limits: PlanLimits, metrics: Metrics, threads: int
) -> list[Route]:
    """GET and POST `/api/v6/plan`. `current` is asked once a request; at most `threads` are planned at a time."""
    limiter: list[anyio.CapacityLimiter] = []

    async def answer_plan(request: Request) -> Response:
        body = await read_body(request) if request.method == "POST" else None
        if not limiter:
            limiter.append(anyio.CapacityLimiter(threads))
        content = await anyio.to_thread.run_sync(
            partial(answer, current, limits, metrics, request.scope["query_string"], body), limiter=limiter[0]
        )
        return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})

    return [Route(PATH, answer_plan, methods=["GET", "POST"])]


def answer(
    current: Callable[[], Serving],
    limits: PlanLimits,
    metrics: Metrics,
    query_string: bytes,
    body: Mapping[str, Any] | None,
) -> bytes:
    """The answer's bytes. Raises Problem and NothingToServeError."""
    pairs = read_pairs(query_string)
    if body:
        pairs += body_pairs(body)
    question = read_question(pairs, int(time.time()), limits, body)
    serving = current()
    with naming_places(_FIELD), naming_riders():
        answered = plan(serving, question)
    reasons = answered.get("reasons")
    metrics.observe_plan(
        serving.version,
        answered["debugOutput"]["searchMicroseconds"] / 1e6,
        reasons[0]["code"] if reasons and not answered["itineraries"] else None,
    )
    return orjson.dumps(answered)


@contextmanager
def naming_places(fields: Mapping[str, str]) -> Iterator[None]:
    """Places that are not known become problems (Problem) that name the parameter: `fields` by end."""
    try:
        yield
    except PlaceNotFoundError as error:
        reason = place_not_found(error.wanted, error.side)
        hint = "/api/v1/geocode?text=…"
        raise Problem(
            404,
            "place-not-found",
            f"{reason['fr']} Cherchez son identifiant avec {hint}, ou donnez latitude,longitude.",
            f"{reason['en']} Look its id up with {hint}, or give latitude,longitude.",
            field=fields[error.side],
            reasons=[reason],
        ) from error
    except CoordinatesError as error:
        raise Problem(400, "bad-parameter", f"Coordonnées hors limites : {error}", str(error)) from error


def body_pairs(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters in a body: coordinates in an address end up in logs on the way here."""
    return [
        (name, _as_text(value)) for name, value in body.items() if name not in ("fromOffsets", "toOffsets")
    ]


async def read_body(request: Request) -> Mapping[str, Any]:
    """The JSON object of a request; empty when there is no body. Raises Problem."""
    raw = await request.body()
    try:
        body = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as error:
        raise Problem(
            400,
            "bad-parameter",
            "Le corps n’est pas du JSON.",
            f"The body is not JSON: {error}.",
            field="body",
        ) from error
    if not isinstance(body, dict):
        raise Problem(
            400,
            "bad-parameter",
            "Le corps doit être un objet JSON.",
            "The body must be a JSON object.",
            field="body",
        )
    return body


def _as_text(value: object) -> str:
    """A parameter's value in a body as it would be in a query string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_as_text, value))
    return str(value)
