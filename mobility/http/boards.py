"""`/api/v6/stoptimes`, `/api/v6/trip`, `/api/v6/stop` and `/api/v6/map/stops`: the timetable, as it is published."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.http.modes import MODES, read_modes
from mobility.http.parameters import Parameter, bad, parse, read_pairs
from mobility.http.plan_parameters import REALTIME_MODES, read_cursor
from mobility.http.problems import Problem
from mobility.journeys.departures import BoardQuestion, present_board
from mobility.journeys.ends import PlaceNotFoundError
from mobility.journeys.question import Cursor
from mobility.journeys.serving import Serving
from mobility.journeys.stop_sets import StopSet, get_stop_set
from mobility.journeys.stops import list_map_stops, present_stop
from mobility.journeys.trip_tokens import TripNotFoundError, TripTokenError
from mobility.journeys.trips import present_trip
from mobility.journeys.view import View

RADIUS_M_MAX = 10_000
COUNT_DEFAULT = 20

_LANGUAGE = Parameter("language", "texts", "Languages names are wanted in, the best first.", (), items_max=10)
_STOP = (
    Parameter(
        "stopId",
        "text",
        "A stop or station; it stands for its platforms and same-named stops beside it.",
        example="ter_StopArea:OCE87713040",
    ),
    Parameter("center", "coordinates", "Instead of a stop, or should its id be unknown; with `radius`."),
    Parameter("radius", "integer", "Also what is so near, in metres.", None, 0, RADIUS_M_MAX),
    Parameter("exactRadius", "boolean", "With `radius`: only what lies within it.", False),
)

STOPTIMES: tuple[Parameter, ...] = (
    *_STOP,
    Parameter("time", "instant", "From when on; else now.", example="2026-06-15T07:00:00Z"),
    Parameter("arriveBy", "boolean", "Arrivals, and by default those before `time`.", False),
    Parameter("both", "boolean", "Arrivals and departures.", False),
    Parameter(
        "direction", "choice", "Default: LATER, EARLIER with `arriveBy`.", choices=("EARLIER", "LATER")
    ),
    Parameter("window", "integer", "All within so many seconds.", None, 0, 86400),
    Parameter("n", "integer", "At least so many; of `n` and `window` the one that gives more.", None, 0, 500),
    Parameter("mode", "choices", "Only these vehicles.", ("TRANSIT",), choices=MODES),
    Parameter("fetchStops", "boolean", "With the stops that follow (arrivals: that came before).", False),
    Parameter("pageCursor", "text", "A cursor of the answer before, with the same other parameters."),
    _LANGUAGE,
    Parameter("withScheduledSkippedStops", "boolean", "Only what one can board is listed.", ignored=True),
    Parameter("withAlerts", "boolean", "With what is wrong at the stops and with the trips.", True),
    Parameter(
        "realtimeMode",
        "choice",
        "OFF: as planned; REALTIME_ANNOTATION_ONLY: in planned order, shown with what is known.",
        "REALTIME",
        choices=REALTIME_MODES,
    ),
)

TRIP: tuple[Parameter, ...] = (
    Parameter(
        "tripId", "text", "As a leg or a departure names it.", required=True, example="20260615_07:12_demo_T1"
    ),
    Parameter("detailedLegs", "boolean", "Show the geometry.", True),
    Parameter(
        "withScheduledSkippedStops", "boolean", "Show stops where one can neither get on nor off.", False
    ),
    Parameter("joinInterlinedLegs", "boolean", "A trip is shown alone.", ignored=True),
    _LANGUAGE,
)

STOP: tuple[Parameter, ...] = (*_STOP, _LANGUAGE)

MAP_STOPS: tuple[Parameter, ...] = (
    Parameter("min", "coordinates", "One corner, `latitude,longitude`.", required=True, example="47.2,6.1"),
    Parameter("max", "coordinates", "The opposite corner.", required=True, example="47.3,5.9"),
    Parameter("grouped", "boolean", "A station instead of its platforms.", False),
    Parameter("modes", "choices", "Only stops where one of these calls.", ("TRANSIT",), choices=MODES),
    _LANGUAGE,
)


def board_routes(current: Callable[[], Serving]) -> list[Route]:
    """The routes that read the timetable."""

    def answers(parameters: tuple[Parameter, ...], present: Callable[[View, dict[str, Any]], Any]) -> Any:
        def answer(request: Request) -> Response:
            values = parse(parameters, read_pairs(request.scope["query_string"]))
            # A board says what passes: also a ride that is too late to book, for who stands at the stop.
            serving = current().booked_at(None, spontaneous=True)
            serving = serving.in_mode(values.get("realtimeMode", "REALTIME"))
            return Response(orjson.dumps(present(serving.view, values)), media_type="application/json")

        return answer

    return [
        Route("/api/v6/stoptimes", answers(STOPTIMES, _stoptimes)),
        Route("/api/v6/trip", answers(TRIP, _trip)),
        Route("/api/v6/stop", answers(STOP, _stop)),
        Route("/api/v6/map/stops", answers(MAP_STOPS, _map_stops)),
    ]


def _stoptimes(view: View, values: dict[str, Any]) -> Any:
    stops = _read_stops(view, values)
    count = values["n"]
    if count is None:
        count = 0 if values["window"] else COUNT_DEFAULT
    modes, _ = read_modes(values["mode"])
    return present_board(
        view,
        stops,
        BoardQuestion(
            start=_read_start(values),
            arrivals=values["arriveBy"],
            both=values["both"],
            count=count,
            window_s=values["window"] or 0,
            modes=modes,
            fetch_stops=values["fetchStops"],
            alerts=values["withAlerts"],
            languages=values["language"],
        ),
    )


def _read_start(values: dict[str, Any]) -> Cursor:
    cursor = read_cursor(values["pageCursor"])
    if cursor is not None:
        return cursor
    time_s = int(time.time()) if values["time"] is None else values["time"]
    direction = values["direction"] or ("EARLIER" if values["arriveBy"] and not values["both"] else "LATER")
    return Cursor(direction == "LATER", time_s)


def _read_stops(view: View, values: dict[str, Any]) -> StopSet:
    if values["stopId"] is None and (values["center"] is None or values["radius"] is None):
        raise Problem(
            400,
            "bad-parameter",
            "Donnez « stopId », ou « center » avec « radius ».",
            "Give 'stopId', or 'center' with 'radius'.",
            field="stopId",
        )
    try:
        return get_stop_set(view, values["stopId"], values["center"], values["radius"], values["exactRadius"])
    except PlaceNotFoundError as error:
        raise Problem(
            404,
            "place-not-found",
            f"Aucun arrêt n’a l’identifiant « {error.wanted[:80]} ». Cherchez-le avec /api/v1/geocode?text=…",
            f"No stop has the id '{error.wanted[:80]}'. Look it up with /api/v1/geocode?text=…",
            field="stopId",
        ) from error


def _trip(view: View, values: dict[str, Any]) -> Any:
    try:
        return present_trip(
            view,
            values["tripId"],
            values["language"],
            details=values["detailedLegs"],
            skipped_stops=values["withScheduledSkippedStops"],
        )
    except TripTokenError as error:
        raise bad(
            TRIP[0],
            "a trip id such as 20260615_07:12_FEED_TRIP",
            "un identifiant de course",
            values["tripId"],
        ) from error
    except TripNotFoundError as error:
        raise Problem(
            404,
            "not-found",
            "Aucune course ne circule sous cet identifiant ce jour-là : les horaires ont pu changer.",
            f"There is no such trip: {error}. The timetable may have changed; plan again.",
            field="tripId",
        ) from error


def _stop(view: View, values: dict[str, Any]) -> Any:
    return present_stop(view, _read_stops(view, values), values["language"])


def _map_stops(view: View, values: dict[str, Any]) -> Any:
    (lat, lon), (other_lat, other_lon) = values["min"], values["max"]
    box = min(lat, other_lat), min(lon, other_lon), max(lat, other_lat), max(lon, other_lon)
    modes, _ = read_modes(values["modes"])
    return list_map_stops(view, box, values["language"], modes, grouped=values["grouped"])
