"""`mobility carpool …`: lines, fares and rides; publish, book and cancel as somebody with an account."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

import typer

from carpool.booking import Booking, BookingStatus
from carpool.line import FareVersion, Line, find_fare
from carpool.ride import Ride
from ground.paris import PARIS, paris_day, shown
from mobility.accounts.caller import SYSTEM, Caller
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.carpool_lines import get_line, put_fare
from mobility.acts.change_booking import cancel_booking
from mobility.acts.find_rides import RideOffer, list_my_bookings, search_rides
from mobility.acts.publish_ride import RideDraft, cancel_ride, publish_ride
from mobility.acts.regular_rides import RegularDraft, publish_regular
from mobility.bootstrap import Services
from mobility.cli import carpool_grants, carpool_trips, national_register
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.instants import read_instant
from mobility.cli.services import open_services

app = typer.Typer(no_args_is_help=True, help="Carpool lines: rides, bookings, trips and what they earn.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
As = Annotated[str, typer.Option("--as", metavar="E-MAIL", help="Whose account does it.")]
KEY_HELP = "Of your choice: the same again does nothing anew."

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@app.command("lines")
def lines(
    line_id: Annotated[str, typer.Argument(metavar="[LINE]", help="One line with its stops; else all.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the lines, or the stops of one: kilometres and minutes along the road, and where one waits."""
    with open_services() as services, services.unit_of_work(read_only=True) as work:
        found = [get_line(work, line_id)] if line_id else work.rides.list_lines()
        fares, today = tuple(work.rides.list_fares()), paris_day(services.acts.now()).isoformat()
    if as_json:
        print_json([asdict(line) for line in found])
        return
    if line_id:
        rows = [
            (one.stop.id, one.stop.name, one.distance_m / 1000, one.drive_s // 60, one.stop.place)
            for one in found[0].stops
        ]
        print_table(("stop", "name", "km", "min", "where one waits"), rows)
        return
    print_table(
        ("line", "name", "km", "stops", "min", "a seat today", ""),
        [(*_line_row(line), _fare(fares, line, today), "" if line.is_open else "closed") for line in found],
    )


@app.command("fares")
def fares(
    new: Annotated[str, typer.Option("--set", metavar="FARE", help="Make or change this fare version.")] = "",
    valid_from: Annotated[
        str, typer.Option("--from", metavar="DAY", help="With --set: tomorrow or later.")
    ] = "",
    cents: Annotated[int, typer.Option("--cents", min=0, help="With --set: of a seat.")] = 150,
    line_id: Annotated[str, typer.Option("--line", help="With --set: of this line alone.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the fare versions, or make one that begins tomorrow or later. What has begun never changes."""
    with open_services() as services:
        if new:
            put_fare(services.acts, SYSTEM, FareVersion(new, valid_from, cents, line_id))
        with services.unit_of_work(read_only=True) as work:
            found = work.rides.list_fares()
    if as_json:
        print_json([asdict(fare) for fare in found])
        return
    rows = [
        (
            fare.id,
            fare.valid_from,
            f"{fare.fare_cents / 100:.2f} {fare.currency}",
            fare.line_id or "all lines",
        )
        for fare in found
    ]
    print_table(("fare", "from", "a seat", "of"), rows)


@app.command("rides")
def rides(
    line_id: Annotated[str, typer.Argument(metavar="[LINE]", help="Of one line; else of all.")] = "",
    from_stop: Annotated[str, typer.Option("--from", metavar="STOP", help="Where to get on.")] = "",
    to_stop: Annotated[str, typer.Option("--to", metavar="STOP", help="Where to get off.")] = "",
    after: Annotated[str, typer.Option("--after", help="'HH:MM', 'YYYY-MM-DD HH:MM' or ISO 8601; now.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=31, help="So many days.")] = 2,
    seats: Annotated[int, typer.Option("--seats", min=0, max=8, help="So many free; 0: also full ones.")] = 1,
    as_json: AsJson = False,
) -> None:
    """List the rides to come with free seats, by departure."""
    begins = read_instant(after, PARIS)
    with open_services() as services:
        ends = begins + dt.timedelta(days=days)
        found = search_rides(services.acts, begins, ends, line_id, from_stop, to_stop, seats)
    if as_json:
        print_json([_offer(offer) for offer in found])
        return
    if not found:
        out.print("no ride with free seats: mobility carpool publish LINE STOP STOP --at TIME --as E-MAIL")
        return
    print_table(
        ("ride", "line", "leaves", "from", "arrives", "to", "seats", "book until"),
        [_row(offer) for offer in found],
    )


@app.command("publish")
def publish(
    line_id: Annotated[str, typer.Argument(metavar="LINE", help="See `mobility carpool lines`.")],
    stops: Annotated[list[str], typer.Argument(metavar="STOP...", help="Where you stop, in driving order.")],
    at: Annotated[
        str,
        typer.Option(
            "--at", help="When you leave the first: 'HH:MM', 'tomorrow HH:MM' or 'YYYY-MM-DD HH:MM'."
        ),
    ],
    who: As,
    seats: Annotated[int, typer.Option("--seats", help="1 to 8, without yours.")] = 3,
    vehicle: Annotated[str, typer.Option("--vehicle", help="Shown to who has booked.")] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="You confirm each booking.")] = False,
    every: Annotated[str, typer.Option("--every", help="Regularly, on these days: mon,tue,fri.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="With --every: the last day.")] = "",
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Publish a ride, or a regular one, as a driver. Times at the stops follow from the line."""
    leaves_at = read_instant(at, PARIS)
    with open_services() as services:
        caller = caller_of(services, who)
        if every:
            regular = publish_regular(
                services.acts,
                caller,
                RegularDraft(
                    line_id,
                    tuple(stops),
                    leaves_at.astimezone(PARIS).time(),
                    _weekdays(every),
                    leaves_at.astimezone(PARIS).date(),
                    _day(until) if until else leaves_at.date() + dt.timedelta(days=365),
                    seats,
                    vehicle=vehicle,
                    needs_confirmation=confirm,
                ),
                key,
            )
            if as_json:
                print_json(asdict(regular) | {"weekdays": sorted(regular.weekdays), "except_days": []})
            else:
                out.print(f"regular ride {regular.id}, until {regular.valid_to}", markup=False)
            return
        draft = RideDraft(
            line_id, tuple(stops), leaves_at, seats, vehicle=vehicle, needs_confirmation=confirm
        )
        ride = publish_ride(services.acts, caller, draft, key)
    if as_json:
        print_json(asdict(ride))
    else:
        out.print(f"ride {ride.id}: {_way(ride)}, {ride.seats} seats", markup=False)


@app.command("book")
def book(
    ride_id: Annotated[str, typer.Argument(metavar="RIDE", help="See `mobility carpool rides`.")],
    from_stop: Annotated[str, typer.Argument(metavar="FROM", help="The stop to get on at.")],
    to_stop: Annotated[str, typer.Argument(metavar="TO", help="The stop to get off at.")],
    who: As,
    seats: Annotated[int, typer.Option("--seats", help="So many.")] = 1,
    key: Annotated[str, typer.Option("--key", help=KEY_HELP)] = "",
    as_json: AsJson = False,
) -> None:
    """Book seats on a ride, as a traveller."""
    with open_services() as services:
        request = BookingRequest(ride_id, from_stop, to_stop, seats)
        booking = book_seat(services.acts, caller_of(services, who), request, key)
    _print_booking(booking, as_json)


@app.command("bookings")
def bookings(who: As, as_json: AsJson = False) -> None:
    """List somebody's bookings, the newest first."""
    with open_services() as services:
        found = list_my_bookings(services.acts, caller_of(services, who))
    if as_json:
        print_json([asdict(booking) for booking, _ in found])
        return
    rows = [
        (
            one.id,
            _way(ride, one.from_stop, one.to_stop),
            one.seats,
            f"{one.fare_cents / 100:.2f} €",
            _status(one),
        )
        for one, ride in found
    ]
    print_table(("booking", "ride", "seats", "fare", ""), rows)


@app.command("cancel")
def cancel(
    thing: Annotated[str, typer.Argument(metavar="RIDE_OR_BOOKING", help="The id of a ride or a booking.")],
    who: As,
    reason: Annotated[str, typer.Option("--reason", help="For the others concerned.")] = "",
    as_json: AsJson = False,
) -> None:
    """Cancel a ride, as its driver, or a booking, as its passenger or driver; the others are told."""
    with open_services() as services:
        caller = caller_of(services, who)
        with services.unit_of_work(read_only=True) as work:
            is_ride = work.rides.find_ride(thing) is not None
        if is_ride:
            ride = cancel_ride(services.acts, caller, thing, reason)
            if as_json:
                print_json(asdict(ride))
            else:
                out.print(f"ride {ride.id} is cancelled", markup=False)
            return
        booking = cancel_booking(services.acts, caller, thing, reason)
    _print_booking(booking, as_json)


carpool_trips.add_to(app)
carpool_grants.add_to(app)
app.add_typer(national_register.app, name="national-register")


def caller_of(services: Services, email: str) -> Caller:
    """Somebody with an account, with the roles they have."""
    with services.unit_of_work(read_only=True) as work:
        person = work.accounts.find_by_email(email)
    if person is None:
        raise fail(f"nobody here has the e-mail address {email}")
    return Caller(person.id, person.roles)


def _line_row(line: Line) -> tuple[Any, ...]:
    last = line.stops[-1]
    return line.id, line.name, last.distance_m / 1000, len(line.stops), last.drive_s // 60


def _fare(versions: tuple[FareVersion, ...], line: Line, day: str) -> str:
    fare = find_fare(versions, line.id, day)
    return "no fare" if fare is None else f"{fare.fare_cents / 100:.2f} {fare.currency}"


def _row(offer: RideOffer) -> tuple[Any, ...]:
    board, alight = offer.ride.calls[offer.board], offer.ride.calls[offer.alight]
    return (
        offer.ride.id,
        offer.ride.line_id,
        shown(board.at),
        board.stop_id,
        f"{alight.at.astimezone(PARIS):%H:%M}",
        alight.stop_id,
        offer.seats_free,
        f"{offer.book_until.astimezone(PARIS):%H:%M}",
    )


def _offer(offer: RideOffer) -> dict[str, Any]:
    board, alight = offer.ride.calls[offer.board], offer.ride.calls[offer.alight]
    return {
        "ride": offer.ride.id,
        "line": offer.ride.line_id,
        "from": board.stop_id,
        "leaves_at": board.at.isoformat(),
        "to": alight.stop_id,
        "arrives_at": alight.at.isoformat(),
        "seats_free": offer.seats_free,
        "book_until": offer.book_until.isoformat(),
        "fare_cents": None if offer.fare is None else offer.fare.fare_cents,
    }


def _way(ride: Ride, from_stop: str = "", to_stop: str = "") -> str:
    first = next(call for call in ride.calls if call.stop_id == (from_stop or ride.calls[0].stop_id))
    last = next(call for call in ride.calls if call.stop_id == (to_stop or ride.calls[-1].stop_id))
    return f"{shown(first.at)} {first.stop_id} → {last.at.astimezone(PARIS):%H:%M} {last.stop_id}"


def _status(booking: Booking) -> str:
    words = booking.status.value.lower().replace("_", " ")
    if booking.status is BookingStatus.WAITING_CONFIRMATION and booking.expires_at is not None:
        return f"{words} until {shown(booking.expires_at)}"
    ended = f" by {booking.ending.value.replace('_', ' ')}" if booking.ending else ""
    return f"{words}{ended}{', late' if booking.is_late else ''}"


def _print_booking(booking: Booking, as_json: bool) -> None:
    if as_json:
        print_json(asdict(booking))
        return
    out.print(
        f"booking {booking.id}: {booking.from_stop} → {booking.to_stop}, {booking.seats} seat(s), "
        f"{booking.fare_cents / 100:.2f} €, {_status(booking)}",
        markup=False,
    )


def _weekdays(words: str) -> frozenset[int]:
    named = [word.strip().lower()[:3] for word in words.split(",")]
    unknown = [word for word in named if word not in DAYS]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: no weekday; there are {', '.join(DAYS)}")
    return frozenset(DAYS.index(word) for word in named)


def _day(words: str) -> dt.date:
    try:
        return dt.date.fromisoformat(words)
    except ValueError:
        raise typer.BadParameter(f"{words!r} is no day: YYYY-MM-DD") from None
