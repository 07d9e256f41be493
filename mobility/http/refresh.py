"""`/api/v6/refresh-itinerary`: a journey that was kept, as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import anyio.to_thread
import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.http.parameters import Parameter, bad, parse, read_pairs
from mobility.http.plan import read_body
from mobility.http.plan_parameters import PARAMETERS
from mobility.http.problems import Problem
from mobility.http.rider_parameters import CATEGORIES, naming_riders, read_riders
from mobility.journeys.refresh import ItineraryGoneError, RefreshQuestion, refresh
from mobility.journeys.saved import SavedItineraryError, read_itinerary_id, read_leg_ids
from mobility.journeys.serving import Serving
from on_demand.booking import Party

PATH = "/api/v6/refresh-itinerary"

ID_MAX = 8000

_AS_PLAN = {parameter.name: parameter for parameter in PARAMETERS}
_SHOWN = (
    "joinInterlinedLegs",
    "detailedLegs",
    "detailedTransfers",
    "withFares",
    "riderCategories",
    "riderCards",
    "withScheduledSkippedStops",
    "language",
)
_IGNORED = (
    *("numLegAlternatives", "transitModes", "preTransitModes", "postTransitModes", "pedestrianProfile"),
    *("useRoutedTransfers", "requireBikeTransport", "requireCarTransport", "noCompulsoryReservation"),
    *("pedestrianSpeed", "cyclingSpeed", "elevationCosts", "maxMatchingDistance"),
    *("maxPreTransitTime", "maxPostTransitTime"),
    *(
        f"{stage}Rental{what}"
        for what in ("FormFactors", "PropulsionTypes", "Providers", "ProviderGroups")
        for stage in ("preTransit", "postTransit")
    ),
    *("ignorePreTransitRentalReturnConstraints", "ignorePostTransitRentalReturnConstraints"),
)

REFRESH: tuple[Parameter, ...] = (
    Parameter(
        "itineraryId",
        "long text",
        "The `id` of an itinerary, as it was answered; or send it by POST.",
        example="20260615_07:12_demo_T1~demo_A~demo_B~1781500320-1781503200",
    ),
    Parameter("requireDisplayNameMatch", "boolean", "Trips are known by their ids.", ignored=True),
    *(_AS_PLAN[name] for name in _SHOWN),
    *(
        Parameter(name, _AS_PLAN[name].kind, "The journey is kept as it was.", ignored=True)
        for name in _IGNORED
    ),
)


def refresh_routes(current: Callable[[], Serving]) -> list[Route]:
    """GET and POST."""

    async def answer_refresh(request: Request) -> Response:
        body = await read_body(request) if request.method == "POST" else None
        content = await anyio.to_thread.run_sync(
            partial(answer, current, request.scope["query_string"], body)
        )
        return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})

    return [Route(PATH, answer_refresh, methods=["GET", "POST"])]


def answer(current: Callable[[], Serving], query_string: bytes, body: Mapping[str, Any] | None) -> bytes:
    """The answer's bytes. Raises Problem and NothingToServeError."""
    values = parse(REFRESH, read_pairs(query_string))
    details = values["detailedLegs"]
    try:
        question = RefreshQuestion(
            legs=_read_legs(values, body),
            details=details,
            transfer_details=details if values["detailedTransfers"] is None else values["detailedTransfers"],
            join_interlined=values["joinInterlinedLegs"],
            skipped_stops=values["withScheduledSkippedStops"],
            with_fares=values["withFares"],
            riders=read_riders(values, Party(adults=max(1, len(values[CATEGORIES.name])))),
            languages=values["language"],
        )
        with naming_riders():
            return orjson.dumps(refresh(current(), question))
    except SavedItineraryError as error:
        raise Problem(
            400,
            "bad-parameter",
            "L’itinéraire ne peut pas être relu : envoyez son « id » tel qu’il a été répondu.",
            f"The itinerary cannot be read: {error}.",
            field="itineraryId",
        ) from error
    except ItineraryGoneError as error:
        raise Problem(
            404,
            "not-found",
            f"Ce trajet n’est plus possible. {error.reason['fr']} Cherchez à nouveau.",
            f"This journey is not possible any more. {error.reason['en']} Plan again.",
            field="itineraryId",
            reasons=[error.reason],
        ) from error


def _read_legs(values: Mapping[str, Any], body: Mapping[str, Any] | None) -> Any:
    identifier = values["itineraryId"]
    if body:
        given = body.get("id")
        if isinstance(given, dict):
            return read_leg_ids(given.get("legs"))
        identifier = body.get("itineraryId", identifier)
    if not isinstance(identifier, str) or not identifier.strip():
        raise bad(
            REFRESH[0], "the id of an itinerary", "l’identifiant d’un itinéraire", str(identifier or "")
        )
    if len(identifier) > ID_MAX:
        raise bad(REFRESH[0], f"at most {ID_MAX} letters", f"au plus {ID_MAX} caractères", "too long")
    return read_itinerary_id(identifier)
