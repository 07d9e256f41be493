"""`/v1/carpool/bookings`: passengers book and cancel, drivers confirm, both say who did not turn up."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from carpool.booking import Booking, Ending
from carpool.ride import Ride
from mobility.accounts.caller import Caller
from mobility.acts import find_rides
from mobility.acts.book_seat import BookingRequest, board_spontaneously, book_seat
from mobility.acts.change_booking import cancel_booking, confirm_booking, excuse, report_no_show
from mobility.acts.ports import ActPorts
from mobility.http.carpool_lines import PREFIX
from mobility.http.carpool_rides import Key
from mobility.http.carpool_schemas import (
    BoardAsked,
    BookingAnswered,
    BookingAsked,
    NoShowAsked,
    PathId,
    ReasonAsked,
    StandingsAnswered,
    booking_answer,
    standing_answer,
)
from mobility.http.entity_tags import IfMatch, entity_tag, wanted_tag
from mobility.http.who import Who

_MISSING = {"passenger": Ending.NO_SHOW, "driver": Ending.DRIVER_NO_SHOW}


def carpool_bookings_router(ports: ActPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["carpool"])
    _add_bookings(router, ports, who)
    _add_changes(router, ports, who)
    return router


def _answers(ports: ActPorts, pairs: list[tuple[Booking, Ride]]) -> list[BookingAnswered]:
    people = {person for booking, ride in pairs for person in (booking.passenger_id, ride.driver_id)}
    names = find_rides.names_of(ports, people)
    return [booking_answer(booking, ride, names) for booking, ride in pairs]


def _answer(ports: ActPorts, caller: Caller, booking: Booking, response: Response) -> BookingAnswered:
    response.headers.update(entity_tag(booking) | {"Location": f"{PREFIX}/bookings/{booking.id}"})
    return _answers(ports, [find_rides.find_booking(ports, caller, booking.id)])[0]


def _add_bookings(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.get("/bookings", summary="My bookings, the newest first")
    def list_bookings(caller: Caller = Depends(who)) -> list[BookingAnswered]:
        return _answers(ports, find_rides.list_my_bookings(ports, caller))

    @router.post("/bookings", status_code=201, summary="Book seats")
    def book(
        asked: BookingAsked, response: Response, caller: Caller = Depends(who), key: Key = ""
    ) -> BookingAnswered:
        """CONFIRMED at once, or WAITING_CONFIRMATION until `expiresAt` where the driver wants to be asked."""
        request = BookingRequest(asked.ride, asked.from_stop, asked.to_stop, asked.seats, asked.passenger)
        return _answer(ports, caller, book_seat(ports, caller, request, key), response)

    @router.post("/rides/{ride}/board", status_code=201, summary="Board at a stop without having booked")
    def board(
        ride: PathId, asked: BoardAsked, response: Response, caller: Caller = Depends(who)
    ) -> BookingAnswered:
        """Takes a seat at once if there is one. Who has booked rides on their booking."""
        request = BookingRequest(ride, asked.from_stop, asked.to_stop, asked.seats)
        return _answer(ports, caller, board_spontaneously(ports, caller, request), response)

    @router.get("/bookings/{booking}", summary="A booking of mine, or on a ride of mine")
    def show(booking: PathId, response: Response, caller: Caller = Depends(who)) -> BookingAnswered:
        return _answer(ports, caller, find_rides.find_booking(ports, caller, booking)[0], response)

    @router.get("/standing", summary="My late cancellations and no-shows, and what follows from them")
    def show_standing(caller: Caller = Depends(who)) -> StandingsAnswered:
        as_passenger, as_driver = find_rides.find_standing(ports, caller)
        return StandingsAnswered(
            as_passenger=standing_answer(as_passenger), as_driver=standing_answer(as_driver)
        )


def _add_changes(router: APIRouter, ports: ActPorts, who: Who) -> None:
    @router.post("/bookings/{booking}/confirm", summary="Take somebody along")
    def confirm(booking: PathId, response: Response, caller: Caller = Depends(who)) -> BookingAnswered:
        return _answer(ports, caller, confirm_booking(ports, caller, booking), response)

    @router.post("/bookings/{booking}/cancel", summary="Give seats back; decline or drop a passenger")
    def cancel(
        booking: PathId,
        asked: ReasonAsked,
        response: Response,
        caller: Caller = Depends(who),
        if_match: IfMatch = "",
    ) -> BookingAnswered:
        """Free until so long before departure (see /v1/carpool/rules); later it is counted."""
        ended = cancel_booking(ports, caller, booking, asked.reason, wanted_tag(if_match))
        return _answer(ports, caller, ended, response)

    @router.post("/bookings/{booking}/no-show", summary="Say that somebody did not turn up")
    def no_show(
        booking: PathId, asked: NoShowAsked, response: Response, caller: Caller = Depends(who)
    ) -> BookingAnswered:
        ended = report_no_show(ports, caller, booking, _MISSING[asked.missing], asked.reason)
        return _answer(ports, caller, ended, response)

    @router.post("/bookings/{booking}/excuse", summary="Take back what follows from how a booking ended")
    def excuse_booking(booking: PathId, response: Response, caller: Caller = Depends(who)) -> BookingAnswered:
        """Operators only; the booking stays cancelled."""
        return _answer(ports, caller, excuse(ports, caller, booking), response)
