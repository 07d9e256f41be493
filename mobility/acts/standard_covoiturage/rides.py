"""Our rides, searched and booked by other platforms. A partner sees and changes its own bookings alone: what is
somebody else's is missing, in the same words as what never was.

What a partner may do to a booking: cancel it. The driver confirms, evidence validates; both are read by GET.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from carpool.booking import Booking, BookingStatus
from carpool.line import Line
from carpool.nearness import apart_m
from carpool.ride import Ride, RideStatus
from ground.refusal import RefusedError
from mobility.accounts.caller import Caller, Permission
from mobility.acts.book_seat import BookingRequest, book_seat
from mobility.acts.change_booking import cancel_booking
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.standard_covoiturage.offers import (
    Shown,
    Way,
    price_of,
    ride_url,
    search_regular,
    search_rides,
    show_driver,
    show_way,
)
from mobility.acts.standard_covoiturage.ports import (
    Collection,
    PartnerBooking,
    PartnerMessage,
    already_set,
    missing,
    refused,
)
from mobility.acts.standard_covoiturage.search import JourneySearch, Json, TripSearch, take

ENDED = frozenset((BookingStatus.CANCELLED.value, BookingStatus.VALIDATED.value))

STOP_RADIUS_M = 1000
"""A booking's pick-up and drop are the ride's stops nearest to them, within this."""

TIME_DELTA_S = 900
"""A booking's pick-up is at the ride's time, give or take this: the standard's own default margin."""


@dataclass(frozen=True, slots=True)
class StandardRides:
    """Fills `StandardSource` from our rides."""

    ports: ActPorts
    shown: Shown

    def search_journeys(self, caller: Caller, collection: Collection, search: JourneySearch) -> list[Json]:
        caller.require(Permission.SEARCH_RIDES)
        if collection is not Collection.DRIVER_JOURNEYS:
            return []  # nobody waits here for a driver to offer a ride
        with self.ports.unit_of_work(read_only=True) as work:
            return take(search_rides(work, search, self.ports.now(), self.shown), search.count)

    def search_trips(self, caller: Caller, collection: Collection, search: TripSearch) -> list[Json]:
        caller.require(Permission.SEARCH_RIDES)
        if collection is not Collection.DRIVER_TRIPS:
            return []
        with self.ports.unit_of_work(read_only=True) as work:
            return take(search_regular(work, search, self.ports.now(), self.shown), search.count)

    def find_booking(self, caller: Caller, booking_id: str) -> Json:
        caller.require(Permission.BOOK_FOR_OTHERS)
        with self.ports.unit_of_work(read_only=True) as work:
            known, booking = self._get(work, caller, booking_id)
            return self._show(work, known, booking)

    def add_booking(self, caller: Caller, booking: Json) -> Json:
        """Book a seat. The same booking posted again is the same; its status in the answer is what it is by now.

        Two transactions: the partner's id is taken first, then the seat, with that id as its idempotency key; a crash
        in between leaves an id that holds nothing, and posting again completes it.
        """
        caller.require(Permission.BOOK_FOR_OTHERS)
        self._check(caller, booking)
        with self.ports.unit_of_work(read_only=True) as work:
            way = self._find_way(work, booking)
            self._check_price(work, way, booking)
        self._take_id(caller, booking)
        request = BookingRequest(
            way.ride.id, way.pickup.id, way.drop.id, 1, f"{caller.operator}:{booking['passenger']['id']}"
        )
        try:
            made = book_seat(self.ports, caller, request, key=booking["id"])
        except RefusedError as error:
            raise refused(error.english) from None
        with self.ports.unit_of_work() as work:
            work.standard.put_booking(PartnerBooking(booking["id"], caller.operator, made.id, booking))
            work.commit()
        return self.find_booking(caller, booking["id"])

    def change_booking(self, caller: Caller, booking_id: str, status: str, message: str) -> None:
        caller.require(Permission.BOOK_FOR_OTHERS)
        with self.ports.unit_of_work(read_only=True) as work:
            _, booking = self._get(work, caller, booking_id)
        if booking.status.value == status:
            raise already_set(status)
        if status != BookingStatus.CANCELLED.value:
            raise refused(
                f"a booking that is {booking.status.value} does not become {status} by a partner's word: "
                "the driver confirms, evidence of the ride validates"
            )
        try:
            cancel_booking(self.ports, caller, booking.id, message)
        except RefusedError as error:
            with self.ports.unit_of_work(read_only=True) as work:
                _, now_is = self._get(work, caller, booking_id)
            raise already_set(status) if now_is.status.value == status else refused(error.english) from None

    def add_message(self, caller: Caller, message: Json) -> None:
        """Keep a message for one of our people. They are found by the ride or the booking it is about, or among those
        who drive."""
        caller.require(Permission.BOOK_FOR_OTHERS)
        if message["from"]["operator"] != caller.operator:
            raise refused(f"from.operator: messages of this key come from {caller.operator}")
        now = self.ports.now()
        with self.ports.unit_of_work() as work:
            ride, booking_id = self._subject(work, caller, message)
            person = self._find_driver(work, message["to"], ride, now)
            sender = f"{message['from']['alias']} ({caller.operator})"
            identifier = self.ports.new_id()
            work.standard.add_message(
                PartnerMessage(
                    identifier,
                    now,
                    caller.operator,
                    _plain(sender),
                    person,
                    "" if ride is None else ride.id,
                    booking_id,
                    _plain(message["message"]),
                )
            )
            work.events.add("message.received", {"message_id": identifier, "person_id": person}, now)
            work.commit()

    def add_event(self, caller: Caller, event: Json) -> None:
        """Keep what a partner says of a booking one of our people made with it. The token that says whose it is, is
        not kept: what is told of a booking moves nothing here. What is told late of one that ended changes nothing."""
        caller.require(Permission.BOOK_FOR_OTHERS)
        kept = {name: value for name, value in event.items() if name != "idToken"}
        with self.ports.unit_of_work() as work:
            work.lock(f"partner event {caller.operator}")
            known = work.standard.find_event(caller.operator, event["data"]["id"])
            if known is None or known["data"]["status"] not in ENDED:
                work.standard.put_event(caller.operator, kept, self.ports.now())
                work.commit()

    # ── what a booking says ────────────────────────────────────────────────────────────────────────────

    def _check(self, caller: Caller, booking: Json) -> None:
        if booking["status"] != BookingStatus.WAITING_CONFIRMATION.value:
            raise refused("status: a new booking is WAITING_CONFIRMATION")
        if booking["passenger"]["operator"] != caller.operator:
            raise refused(f"passenger.operator: passengers of this key are of {caller.operator}")
        if not booking["passenger"]["id"]:
            raise refused("passenger.id: it is empty")
        if booking["driver"]["operator"] != self.shown.operator:
            raise refused(f"missing_journey: drivers here are of {self.shown.operator}")

    def _find_way(self, work: UnitOfWork, booking: Json) -> Way:
        """The ride and its two stops. Raises StandardError."""
        lines = {line.id: line for line in work.rides.list_lines()}
        for ride in self._candidates(work, booking):
            if self.shown.user_id(ride.driver_id) != booking["driver"]["id"]:
                continue
            way = _nearest_way(ride, lines[ride.line_id], booking)
            if way is not None:
                return way
        raise refused(
            "missing_journey: no ride of that driver calls there within "
            f"{STOP_RADIUS_M} m and {TIME_DELTA_S} s, or not any more"
        )

    def _candidates(self, work: UnitOfWork, booking: Json) -> Iterator[Ride]:
        if "driverJourneyId" in booking:
            ride = work.rides.find_ride(booking["driverJourneyId"])
            rides = [] if ride is None else [ride]
        else:
            at = _instant(booking["passengerPickupDate"])
            delta = dt.timedelta(seconds=TIME_DELTA_S + 1)
            rides = [] if at is None else work.rides.list_rides(at - delta, at + delta)
        yield from (ride for ride in rides if ride.status is RideStatus.PUBLISHED)

    def _check_price(self, work: UnitOfWork, way: Way, booking: Json) -> None:
        fare, said = price_of(work.rides.list_fares(), way.line.id, way.at), booking["price"]
        kind, amount = said.get("type", "UNKNOWN"), said.get("amount")
        is_other = amount is not None and round(amount * 100) != round(fare.get("amount", 0) * 100)
        if kind != "UNKNOWN" and (is_other or kind != fare["type"]):
            raise refused(
                f"price: it is {fare.get('amount', 'not known')} {fare.get('currency', '')}".strip()
            )

    def _take_id(self, caller: Caller, booking: Json) -> None:
        """The id is this booking's from now on. Raises StandardError when it is another one's."""
        with self.ports.unit_of_work() as work:
            work.lock(f"partner booking {booking['id']}")
            known = work.standard.find_booking(booking["id"])
            if known is not None and (known.operator, known.body) != (caller.operator, booking):
                raise refused("id: another booking has it")
            if known is None:
                work.standard.put_booking(PartnerBooking(booking["id"], caller.operator, "", booking))
                work.commit()

    def _get(self, work: UnitOfWork, caller: Caller, booking_id: str) -> tuple[PartnerBooking, Booking]:
        known = work.standard.find_booking(booking_id)
        if known is None or known.operator != caller.operator or not known.booking_id:
            raise missing("booking")
        booking = work.rides.find_booking(known.booking_id)
        if booking is None:
            raise missing("booking")
        return known, booking

    def _show(self, work: UnitOfWork, known: PartnerBooking, booking: Booking) -> Json:
        """The booking as it was posted, with what is true by now."""
        ride = work.rides.find_ride(booking.ride_id)
        assert ride is not None
        line = work.rides.find_line(ride.line_id)
        assert line is not None
        way = Way(ride, line, ride.position(booking.from_stop), ride.position(booking.to_stop))
        places = show_way(line, [call.stop_id for call in ride.calls], way.board, way.alight, self.shown)
        wanted = ("passengerPickup", "passengerDrop", "distance", "duration")
        return (
            known.body
            | {name: value for name, value in places.items() if name.startswith(wanted)}
            | {
                "status": booking.status.value,
                "driver": show_driver(work, ride.driver_id, self.shown),
                "driverJourneyId": ride.id,
                "passengerPickupDate": int(way.at.timestamp()),
                "price": {"type": "PAYING", "amount": booking.fare_cents / 100, "currency": "EUR"},
                "webUrl": ride_url(self.shown, way),
            }
            | ({"car": {"model": ride.vehicle}} if ride.vehicle else {})
        )

    # ── whom a message is for ──────────────────────────────────────────────────────────────────────────

    def _subject(self, work: UnitOfWork, caller: Caller, message: Json) -> tuple[Ride | None, str]:
        """The ride and the booking (ours) a message is about. Raises StandardError where what it names is missing."""
        if "bookingId" in message:
            _, booking = self._get(work, caller, message["bookingId"])
            return work.rides.find_ride(booking.ride_id), booking.id
        if "driverJourneyId" in message:
            ride = work.rides.find_ride(message["driverJourneyId"])
            if ride is None:
                raise missing("journey")
            return ride, ""
        if "passengerJourneyId" in message:
            raise missing("journey")
        return None, ""

    def _find_driver(self, work: UnitOfWork, to: Json, ride: Ride | None, now: dt.datetime) -> str:
        rides = [ride] if ride is not None else work.rides.list_rides(now, now + dt.timedelta(days=60))
        for driver_id in sorted({one.driver_id for one in rides}):
            if (to["operator"], to["id"]) == (self.shown.operator, self.shown.user_id(driver_id)):
                return driver_id
        raise missing("user")


def _nearest_way(ride: Ride, line: Line, booking: Json) -> Way | None:
    """The way between the ride's calls nearest to the booking's places; None: they are too far, or at other times."""
    board = _nearest(ride, line, booking["passengerPickupLat"], booking["passengerPickupLng"])
    alight = _nearest(ride, line, booking["passengerDropLat"], booking["passengerDropLng"])
    if board is None or alight is None or board >= alight:
        return None
    way = Way(ride, line, board, alight)
    is_then = abs(int(way.at.timestamp()) - booking["passengerPickupDate"]) <= TIME_DELTA_S
    return way if is_then else None


def _nearest(ride: Ride, line: Line, lat: float, lon: float) -> int | None:
    if abs(lat) > 90 or abs(lon) > 180:
        return None
    stops = [line.stops[line.position(call.stop_id)].stop for call in ride.calls]
    distances = [apart_m(lat, lon, stop.lat, stop.lon) for stop in stops]
    nearest = min(range(len(stops)), key=distances.__getitem__)
    return nearest if distances[nearest] <= STOP_RADIUS_M else None


def _instant(unix_s: int) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(unix_s, dt.UTC) if 0 < unix_s < 1 << 36 else None
    except (OverflowError, OSError, ValueError):
        return None


def _plain(text: str) -> str:
    """Text a database keeps: without halves of characters and without NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
