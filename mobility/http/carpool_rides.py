"""`/v1/carpool/rides` and `regular-rides`: anybody searches, drivers publish, change and cancel."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from carpool.booking import Booking
from carpool.ride import Call, Ride
from mobility.accounts.caller import Caller
from mobility.acts import find_rides
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import RideChange, RideDraft, cancel_ride, change_ride, publish_ride
from mobility.acts.regular_rides import RegularDraft, end_regular, publish_regular, skip_day
from mobility.http.carpool_lines import PREFIX
from mobility.http.carpool_schemas import (
    At,
    BookingAnswered,
    DayAsked,
    FoundAnswered,
    OwnRideAnswered,
    PathId,
    QueryId,
    ReasonAsked,
    RegularAnswered,
    RegularAsked,
    RideAnswered,
    RideAsked,
    RideChangeAsked,
    booking_answer,
    found_answer,
    regular_answer,
    ride_answer,
)
from mobility.http.entity_tags import IfMatch, entity_tag, wanted_tag
from mobility.http.who import Who

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="Of your choice, unique: the same again gives the same, and does nothing anew.",
    ),
]
FOUND_MAX = 500


def carpool_rides_router(ports: ActPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["carpool"])
    _add_search(router, ports, who)
    _add_rides(router, ports, who)
    _add_regular_rides(router, ports, who)
    return router


def _add_search(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.get("/rides", summary="Rides with free seats, by departure; nobody's name is in it")
    def search(
        line: QueryId = "",
        from_stop: Annotated[QueryId, Query(alias="from", description="A stop.")] = "",
        to_stop: Annotated[QueryId, Query(alias="to", description="A stop.")] = "",
        after: Annotated[At | None, Query(description="Leaving at or after; now.")] = None,
        before: Annotated[At | None, Query(description="Leaving before; a day after `after`.")] = None,
        seats: Annotated[int, Query(ge=0, le=8, description="So many free all the way.")] = 1,
        limit: Annotated[int, Query(ge=1, le=FOUND_MAX)] = 100,
    ) -> list[FoundAnswered]:
        after = after or ports.now()
        before = before or after + dt.timedelta(days=1)
        found = find_rides.search_rides(ports, after, before, line, from_stop, to_stop, seats)
        return [found_answer(offer) for offer in found[:limit]]

    @router.get("/rides/{ride}", summary="A ride")
    def show(ride: PathId, response: Response) -> RideAnswered:
        offer = find_rides.show_ride(ports, ride)
        response.headers.update(entity_tag(offer.ride))
        return ride_answer(offer)

    @router.get("/my-rides", summary="The rides I drive, with who rides along")
    def my_rides(
        after: Annotated[At | None, Query(description="Under way at or after; now.")] = None,
        before: Annotated[At | None, Query(description="Four weeks after `after`.")] = None,
        caller: Caller = Depends(who),
    ) -> list[OwnRideAnswered]:
        after = after or ports.now()
        before = before or after + dt.timedelta(days=29)
        mine = find_rides.list_my_rides(ports, caller, after, before)
        return _own_answers(ports, mine)


def _add_rides(router: APIRouter, ports: ActPorts, who: Who) -> None:
    def answer(ride: Ride, response: Response) -> RideAnswered:
        response.headers.update(entity_tag(ride) | {"Location": f"{PREFIX}/rides/{ride.id}"})
        return ride_answer(find_rides.show_ride(ports, ride.id))

    @router.post("/rides", status_code=201, summary="Publish a ride")
    def publish(
        asked: RideAsked, response: Response, caller: Caller = Depends(who), key: Key = ""
    ) -> RideAnswered:
        """Seen by travellers within two seconds, in the journey planner too."""
        draft = RideDraft(
            asked.line,
            tuple(asked.stops),
            asked.leaves_at,
            asked.seats,
            tuple(asked.calls_at or ()),
            asked.notice_s,
            asked.vehicle,
            asked.note,
            asked.needs_confirmation,
        )
        return answer(publish_ride(ports, caller, draft, key), response)

    @router.patch("/rides/{ride}", summary="Change a ride to come")
    def change(
        ride: PathId,
        asked: RideChangeAsked,
        response: Response,
        caller: Caller = Depends(who),
        if_match: IfMatch = "",
    ) -> RideAnswered:
        """Who has booked keeps their seats and stops, and their times but for a few minutes; they are told."""
        values = asked.model_dump(exclude={"calls"})
        calls = None if asked.calls is None else tuple(Call(call.stop, call.at) for call in asked.calls)
        wanted = RideChange(calls=calls, **values)
        return answer(change_ride(ports, caller, ride, wanted, wanted_tag(if_match)), response)

    @router.post("/rides/{ride}/cancel", summary="Cancel a ride, and tell whoever has booked")
    def cancel(
        ride: PathId, asked: ReasonAsked, response: Response, caller: Caller = Depends(who)
    ) -> RideAnswered:
        return answer(cancel_ride(ports, caller, ride, asked.reason), response)


def _add_regular_rides(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.get("/regular-rides", summary="My regular rides")
    def list_regular(caller: Caller = Depends(who)) -> list[RegularAnswered]:
        return [regular_answer(regular) for regular in find_rides.list_my_regulars(ports, caller)]

    @router.post("/regular-rides", status_code=201, summary="Publish a regular ride")
    def publish(
        asked: RegularAsked, response: Response, caller: Caller = Depends(who), key: Key = ""
    ) -> RegularAnswered:
        """Its rides are there four weeks ahead, from now on every day."""
        values = asked.model_dump(exclude={"line", "stops", "weekdays"})
        draft = RegularDraft(
            line_id=asked.line, stop_ids=tuple(asked.stops), weekdays=frozenset(asked.weekdays), **values
        )
        regular = publish_regular(ports, caller, draft, key)
        response.headers["Location"] = f"{PREFIX}/regular-rides/{regular.id}"
        return regular_answer(regular)

    @router.get("/regular-rides/{regular}", summary="One of my regular rides")
    def show(regular: PathId, caller: Caller = Depends(who)) -> RegularAnswered:
        with ports.unit_of_work(read_only=True) as work:
            return regular_answer(find_rides.get_own_regular(work, caller, regular))

    @router.post("/regular-rides/{regular}/skip", summary="It does not run on one day")
    def skip(regular: PathId, asked: DayAsked, caller: Caller = Depends(who)) -> RegularAnswered:
        return regular_answer(skip_day(ports, caller, regular, asked.day, asked.reason))

    @router.post("/regular-rides/{regular}/end", summary="It does not run from a day on")
    def end(regular: PathId, asked: DayAsked, caller: Caller = Depends(who)) -> RegularAnswered:
        return regular_answer(end_regular(ports, caller, regular, asked.day, asked.reason))


def _own_answers(ports: ActPorts, mine: list[tuple[Ride, list[Booking]]]) -> list[OwnRideAnswered]:
    names = find_rides.names_of(ports, {booking.passenger_id for _, bookings in mine for booking in bookings})
    with ports.unit_of_work(read_only=True) as work:
        offers = {offer.ride.id: offer for offer in find_rides.offers_of(work, [ride for ride, _ in mine])}

    def shown(ride: Ride, bookings: list[Booking]) -> list[BookingAnswered]:
        return [booking_answer(booking, ride, names) for booking in bookings]

    return [
        OwnRideAnswered(
            ride=ride_answer(offers[ride.id]),
            vehicle=ride.vehicle,
            note=ride.note,
            bookings=shown(ride, bookings),
        )
        for ride, bookings in mine
    ]
