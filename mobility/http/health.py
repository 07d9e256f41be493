"""`/api/v1/health`: whether this process answers, and from what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.acts.records import LiveStatus
from mobility.journeys.networks import describe_network
from mobility.journeys.serving import NothingToServeError, Serving

PATH = "/api/v1/health"


def health_routes(
    current: Callable[[], Serving], list_live: Callable[[], Sequence[LiveStatus]]
) -> list[Route]:
    """As MOTIS has it (400 while it cannot answer), and with what is served and how live it is."""

    def show(request: Request) -> Response:
        # no shared-vehicle feed is consumed yet
        health: dict[str, Any] = {"rt": False, "gbfs": False}
        try:
            serving = current()
            health |= {"status": "ok", **describe_network(serving)}
            health["rt"] = any(source.stamped_s is not None for source in serving.live.sources)
            health["liveData"] = serving.live.describe()
            health["liveErrors"] = {status.source: status.error for status in list_live() if status.error}
        except NothingToServeError as error:
            health |= {
                "status": "empty",
                "fr": "Aucun horaire chargé : « mobility feed import FICHIER ».",
                "en": "No timetable is loaded: 'mobility feed import FILE'.",
                "error": str(error) or "no timetable is loaded",
            }
        return Response(
            orjson.dumps(health), 200 if health["status"] == "ok" else 400, media_type="application/json"
        )

    return [Route(PATH, show)]
