"""`standard covoiturage` 0.0.1 as a server: what other platforms search and book here. The standard is the contract:
its paths under ROOT, its statuses, and errors as it writes them, `{"error": …}`."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError

from mobility.accounts.caller import Caller, ForbiddenError
from mobility.acts.standard_covoiturage.ports import Collection, StandardError, StandardSource, refused
from mobility.acts.standard_covoiturage.search import Json
from mobility.http.problems import Problem
from mobility.http.standard_schemas import (
    Booking,
    BookingEvent,
    DriverCarpoolBooking,
    JourneyQuery,
    Message,
    PassengerCarpoolBooking,
    StatusQuery,
    TripQuery,
    Uuid,
)
from mobility.http.who import Who

ROOT = "/standard-covoiturage/v1"

Query = TypeVar("Query", bound=BaseModel)

_UUID: TypeAdapter[str] = TypeAdapter(Uuid)


class _Route(APIRoute):
    """Errors as the standard has them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except StandardError as error:
                return _error(error.status, str(error))
            except ForbiddenError as error:
                return _error(403, str(error))
            except Problem as problem:
                return _error(problem.status, problem.english, problem.headers)

        return answer


def standard_covoiturage_router(source: StandardSource, who: Who) -> APIRouter:
    """Every path of the standard. `who` is asked before anything is read, but for /status."""
    router = APIRouter(
        prefix=ROOT, route_class=_Route, tags=["standard covoiturage"], include_in_schema=False
    )

    def search(path: str, collection: Collection) -> None:
        is_trip = collection in (Collection.DRIVER_TRIPS, Collection.PASSENGER_TRIPS)

        @router.get(path)
        def find(request: Request) -> Response:
            caller = who(request)
            if is_trip:
                return _answer(source.search_trips(caller, collection, _query(request, TripQuery).read()))
            return _answer(source.search_journeys(caller, collection, _query(request, JourneyQuery).read()))

    search("/driver_journeys", Collection.DRIVER_JOURNEYS)
    search("/passenger_journeys", Collection.PASSENGER_JOURNEYS)
    search("/driver_regular_trips", Collection.DRIVER_TRIPS)
    search("/passenger_regular_trips", Collection.PASSENGER_TRIPS)

    @router.get("/status")
    def status() -> Response:
        return Response(status_code=200)

    @router.api_route("/bookings/{booking_id}", methods=["GET", "PATCH"])
    def booking(request: Request, booking_id: str) -> Response:
        caller, identifier = who(request), _read_id(booking_id)
        if request.method == "GET":
            return _answer(source.find_booking(caller, identifier))
        asked = _query(request, StatusQuery)
        source.change_booking(caller, identifier, asked.status, asked.message)
        return Response(status_code=200)

    _add_posts(router, source, who)
    return router


def _add_posts(router: APIRouter, source: StandardSource, who: Who) -> None:
    async def read(request: Request, kind: type[BaseModel]) -> tuple[Caller, Json]:
        caller = await run_in_threadpool(who, request)
        return caller, _body(await request.body(), kind)

    @router.post("/bookings")
    async def add_booking(request: Request) -> Response:
        caller, booking = await read(request, Booking)
        return _answer(await run_in_threadpool(source.add_booking, caller, booking), 201)

    @router.post("/booking_events")
    async def add_event(request: Request) -> Response:
        caller, event = await read(request, BookingEvent)
        event["data"] = _one_of(event["data"], DriverCarpoolBooking, PassengerCarpoolBooking)
        await run_in_threadpool(source.add_event, caller, event)
        return Response(status_code=200)

    @router.post("/messages")
    async def add_message(request: Request) -> Response:
        caller, message = await read(request, Message)
        await run_in_threadpool(source.add_message, caller, message)
        return Response(status_code=201)


def _query(request: Request, kind: type[Query]) -> Query:
    """The query of a request. Raises StandardError 400; also where a parameter comes twice."""
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"), keep_blank_values=True, errors="strict"
        )
    except UnicodeDecodeError:
        raise refused("the query is not UTF-8") from None
    values = dict(pairs)
    twice = [name for name in values if sum(one == name for one, _ in pairs) > 1]
    if twice and twice[0] in kind.model_fields:
        raise refused(f"{twice[0]}: it comes twice")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise refused(_words(error)) from None


def _body(content: bytes, kind: type[BaseModel]) -> Json:
    try:
        thing = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise refused("the body is not JSON") from None
    if not isinstance(thing, dict):
        raise refused("the body is not an object")
    return _checked(thing, kind)


def _checked(thing: Json, kind: type[BaseModel]) -> Json:
    """The thing as it came, its id in small letters. Raises StandardError 400."""
    try:
        read = kind.model_validate(thing)
    except ValidationError as error:
        raise refused(_words(error)) from None
    if "id" in kind.model_fields:
        thing["id"] = read.id  # type: ignore[attr-defined]
    if "bookingId" in thing and "bookingId" in kind.model_fields:
        thing["bookingId"] = read.bookingId  # type: ignore[attr-defined]
    return thing


def _one_of(thing: Json, *kinds: type[BaseModel]) -> Json:
    """A thing that is of exactly one kind (`oneOf`). Raises StandardError 400."""
    fitting, words = [], ""
    for kind in kinds:
        try:
            kind.model_validate(thing)
        except ValidationError as error:
            words = words or _words(error)
        else:
            fitting.append(kind)
    if len(fitting) != 1:
        raise refused(f"data: {words}" if words else "data: it names both a driver and a passenger")
    return _checked(thing, fitting[0])


def _read_id(text: str) -> str:
    try:
        return _UUID.validate_python(text)
    except ValidationError:
        raise refused("bookingId: a UUID is wanted") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _answer(content: object, status: int = 200) -> Response:
    # ASCII, since what came in may hold half of a character that UTF-8 cannot carry
    return Response(json.dumps(content, allow_nan=False), status, media_type="application/json")


def _error(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps({"error": words}), status, headers, media_type="application/json")
