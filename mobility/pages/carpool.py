"""Pages of the carpool lines: a line with its next rides, booking a seat, my bookings, offering a ride.

They work without JavaScript. Whoever books without signing in is asked to, and comes back.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path
from starlette.requests import Request
from starlette.responses import Response

from carpool.booking import Booking, BookingStatus
from carpool.line import FareVersion, Line, find_fare
from carpool.ride import Ride, RideStatus
from ground.paris import PARIS, paris_day, paris_instant
from ground.refusal import RefusedError
from mobility.accounts.caller import Caller
from mobility.acts import find_rides
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.carpool_lines import get_line
from mobility.acts.change_booking import cancel_booking
from mobility.acts.find_rides import RideOffer
from mobility.acts.ports import ActPorts
from mobility.acts.publish_ride import RideDraft, publish_ride
from mobility.pages.carpool_wording import CARPOOL_WORDS
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import PageSessions, TypedWrongError
from mobility.pages.refusals import REFUSALS, refusal_words
from mobility.pages.wording import Wording

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
NEXT_DAYS, RIDES_MAX = 7, 30
_OPEN = (BookingStatus.WAITING_CONFIRMATION, BookingStatus.CONFIRMED)

_PAGES = PageSet(CARPOOL_WORDS)
_words, _page = _PAGES.words, _PAGES.page


def carpool_pages(ports: ActPorts, sessions: PageSessions, phone: str) -> APIRouter:
    """The routes. `phone`: whom travellers without a smartphone call; "" nobody."""
    router = APIRouter(include_in_schema=False)
    _add_public(router, ports, sessions, phone)
    _add_booking(router, ports, sessions)
    _add_bookings(router, ports, sessions)
    _add_publishing(router, ports, sessions)
    return router


def _add_public(router: APIRouter, ports: ActPorts, sessions: PageSessions, phone: str) -> None:
    @router.get("/carpool")
    def show_lines(request: Request) -> Response:
        words = _words(request)
        with ports.unit_of_work(read_only=True) as work:
            lines = work.rides.list_lines()
        return _page(request, sessions, "carpool_lines.html", words("lines"), lines=lines)

    @router.get("/carpool/lines/{line_id}")
    def show_line(request: Request, line_id: Id) -> Response:
        words, now = _words(request), ports.now()
        try:
            line, fare = _line_and_fare(ports, line_id)
            found = find_rides.search_rides(ports, now, now + dt.timedelta(days=NEXT_DAYS), line_id, seats=0)
        except RefusedError as error:
            return _refused(request, sessions, words("lines"), error)
        return _page(
            request,
            sessions,
            "carpool_line.html",
            line.name,
            line=line,
            fare="" if fare is None else words.money(fare.fare_cents, fare.currency),
            phone=phone,
            rides=[_offer(offer, words, now) for offer in found[:RIDES_MAX]],
        )


def _add_booking(router: APIRouter, ports: ActPorts, sessions: PageSessions) -> None:
    def show(request: Request, ride_id: str, error: str = "", status: int = 200) -> Response:
        words, now = _words(request), ports.now()
        try:
            offer = find_rides.show_ride(ports, ride_id)
        except RefusedError as refusal:
            return _refused(request, sessions, words("book_title"), refusal)
        return _page(
            request,
            sessions,
            "carpool_ride.html",
            words("book_title"),
            status,
            errors={"": error} if error else {},
            ride=offer.ride,
            shown=_offer(offer, words, now),
            line=offer.line,
            names=_names(offer.line),
            is_cancelled=offer.ride.status is RideStatus.CANCELLED,
        )

    @router.get("/carpool/rides/{ride_id}")
    def show_ride(request: Request, ride_id: Id) -> Response:
        return show(request, ride_id)

    @router.post("/carpool/rides/{ride_id}")
    def book(
        request: Request,
        ride_id: Id,
        from_stop: str = Form(""),
        to_stop: str = Form(""),
        seats: str = Form("1"),
        form_token: str = Form(""),
    ) -> Response:
        words = _words(request)

        def book_them(caller: Caller) -> None:
            book_seat(ports, caller, BookingRequest(ride_id, from_stop, to_stop, _seats(seats, words)))

        def again(_: Caller, error: Exception) -> Response:
            return show(request, ride_id, refusal_words(error, words), 422)

        done = f"/carpool/bookings?done=1&lang={words.language}"
        return sessions.take_form(request, form_token, request.url.path, book_them, again, done, REFUSALS)


def _add_bookings(router: APIRouter, ports: ActPorts, sessions: PageSessions) -> None:
    def show(request: Request, caller: Caller, error: str = "", status: int = 200) -> Response:
        words = _words(request)
        mine = find_rides.list_my_bookings(ports, caller)
        drivers = find_rides.names_of(ports, {ride.driver_id for _, ride in mine})
        with ports.unit_of_work(read_only=True) as work:
            lines = {line.id: line for line in work.rides.list_lines()}
            rules = find_rides.rules_of(work, ports.now())
        return _page(
            request,
            sessions,
            "carpool_bookings.html",
            words("my_bookings"),
            status,
            errors={"": error} if error else {},
            notice=words("booked") if request.query_params.get("done") else "",
            minutes=rules.passenger_free_until_s // 60,
            bookings=[_booking(one, ride, lines[ride.line_id], drivers, words) for one, ride in mine],
        )

    @router.get("/carpool/bookings")
    def show_bookings(request: Request) -> Response:
        caller = sessions.caller(request)
        return sessions.ask_to_sign_in(request) if caller is None else show(request, caller)

    @router.post("/carpool/bookings/{booking_id}/cancel")
    def cancel(request: Request, booking_id: Id, form_token: str = Form("")) -> Response:
        words = _words(request)
        return sessions.take_form(
            request,
            form_token,
            "/carpool/bookings",
            lambda caller: cancel_booking(ports, caller, booking_id),
            lambda caller, error: show(request, caller, refusal_words(error, words), 422),
            f"/carpool/bookings?done=1&lang={words.language}",
            REFUSALS,
        )


def _add_publishing(router: APIRouter, ports: ActPorts, sessions: PageSessions) -> None:
    def show(
        request: Request, line_id: str, asked: dict[str, str], error: str = "", status: int = 200
    ) -> Response:
        words = _words(request)
        try:
            line, _ = _line_and_fare(ports, line_id)
        except RefusedError as refusal:
            return _refused(request, sessions, words("publish"), refusal)
        return _page(
            request,
            sessions,
            "carpool_publish.html",
            words("publish"),
            status,
            errors={"": error} if error else {},
            notice=words("published") if request.query_params.get("done") else "",
            line=line,
            asked=asked,
        )

    @router.get("/carpool/lines/{line_id}/publish")
    def show_form(request: Request, line_id: Id) -> Response:
        if sessions.caller(request) is None:
            return sessions.ask_to_sign_in(request)
        tomorrow = paris_day(ports.now()) + dt.timedelta(days=1)
        asked = {"date": tomorrow.isoformat(), "time": "07:30", "seats": "3", "vehicle": ""}
        return show(request, line_id, asked)

    @router.post("/carpool/lines/{line_id}/publish")
    def publish(
        request: Request,
        line_id: Id,
        from_stop: str = Form(""),
        to_stop: str = Form(""),
        date: str = Form(""),
        time: str = Form(""),
        seats: str = Form(""),
        vehicle: str = Form(""),
        form_token: str = Form(""),
    ) -> Response:
        words = _words(request)
        asked = {"date": date, "time": time, "seats": seats, "vehicle": vehicle}

        def publish_it(caller: Caller) -> None:
            stops = _between(_line_and_fare(ports, line_id)[0], from_stop, to_stop)
            starts_at = _starts_at(date, time, words)
            draft = RideDraft(line_id, stops, starts_at, _seats(seats, words), vehicle=vehicle)
            publish_ride(ports, caller, draft)

        def again(_: Caller, error: Exception) -> Response:
            return show(request, line_id, asked, refusal_words(error, words), 422)

        done = f"/carpool/lines/{line_id}/publish?done=1&lang={words.language}"
        return sessions.take_form(request, form_token, request.url.path, publish_it, again, done, REFUSALS)


def _line_and_fare(ports: ActPorts, line_id: str) -> tuple[Line, FareVersion | None]:
    with ports.unit_of_work(read_only=True) as work:
        line, fares = get_line(work, line_id), tuple(work.rides.list_fares())
    return line, find_fare(fares, line.id, paris_day(ports.now()).isoformat())


def _between(line: Line, from_stop: str, to_stop: str) -> tuple[str, ...]:
    """All stops of a line from one to another, in driving order; as they are where they are none of it."""
    ids = [one.stop.id for one in line.stops]
    if from_stop not in ids or to_stop not in ids:
        return from_stop, to_stop
    first, last = ids.index(from_stop), ids.index(to_stop)
    return tuple(ids[first : last + 1] if first <= last else reversed(ids[last : first + 1]))


def _names(line: Line) -> dict[str, str]:
    return {one.stop.id: one.stop.name for one in line.stops}


def _offer(offer: RideOffer, words: Wording, now: dt.datetime) -> dict[str, Any]:
    free = offer.seats_free
    return {
        "id": offer.ride.id,
        "title": _way(offer.ride, offer.board, offer.alight, _names(offer.line), words),
        "seats": words.count("seats", free) if free > 0 else words("seats_none"),
        "is_open": max(offer.free) > 0 and now <= offer.book_until,
        "until": words("book_until", time=f"{offer.book_until.astimezone(PARIS):%H:%M}"),
        "asks": offer.ride.needs_confirmation,
    }


def _booking(
    booking: Booking, ride: Ride, line: Line, drivers: dict[str, str], words: Wording
) -> dict[str, Any]:
    board, alight = ride.position(booking.from_stop), ride.position(booking.to_stop)
    is_sure = booking.status not in (BookingStatus.WAITING_CONFIRMATION, BookingStatus.CANCELLED)
    return {
        "id": booking.id,
        "title": _way(ride, board, alight, _names(line), words),
        "status": words(booking.status.value),
        "fare": words.money(booking.fare_cents, "EUR"),
        "driver": drivers[ride.driver_id] if is_sure else "",
        "vehicle": ride.vehicle if is_sure else "",
        "is_open": booking.status in _OPEN,
    }


def _way(ride: Ride, board: int, alight: int, names: dict[str, str], words: Wording) -> str:
    first, last = ride.calls[board], ride.calls[alight]
    return words(
        "ride",
        day=words.day(paris_day(first.at)),
        time=f"{first.at.astimezone(PARIS):%H:%M}",
        origin=names.get(first.stop_id, first.stop_id),
        destination=names.get(last.stop_id, last.stop_id),
        arrival=f"{last.at.astimezone(PARIS):%H:%M}",
    )


def _seats(typed: str, words: Wording) -> int:
    """How many; raises TypedWrongError."""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 3):
        raise TypedWrongError(words("seats_wrong"))
    return int(typed)


def _starts_at(date: str, time: str, words: Wording) -> dt.datetime:
    """When, in Paris; raises TypedWrongError."""
    try:
        day, clock = dt.date.fromisoformat(date), dt.time.fromisoformat(time)
    except ValueError:
        raise TypedWrongError(words("when_wrong")) from None
    if not 2000 <= day.year < 2200:
        raise TypedWrongError(words("when_wrong"))
    return paris_instant(day, clock)


def _refused(request: Request, sessions: PageSessions, heading: str, error: RefusedError) -> Response:
    errors = {"": refusal_words(error, _words(request))}
    return _page(request, sessions, "carpool_lines.html", heading, 404, errors=errors, lines=())
