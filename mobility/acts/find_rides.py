"""Look up lines' rides and bookings: what anybody may see, and what is somebody's own."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from carpool.booking import Booking
from carpool.booking_rules import BookingRules, rules_on
from carpool.conduct import Standing, list_driver_faults, list_passenger_faults, standing
from carpool.line import FareVersion, Line, find_fare
from carpool.refusal import CarpoolRefusedError, Reason
from carpool.ride import RegularRide, Ride, RideStatus
from carpool.seats import free_seats
from ground.paris import paris_day
from mobility.accounts.caller import Caller, Permission
from mobility.acts.carpool_lines import get_line, unknown
from mobility.acts.ports import ActPorts, UnitOfWork

SEARCH_DAYS_MAX = 31


@dataclass(frozen=True, slots=True)
class RideOffer:
    """A ride as anybody may see it between two of its calls. Who drives is not for everybody."""

    ride: Ride
    line: Line
    board: int
    alight: int
    """Places among the calls."""
    free: tuple[int, ...]
    """Seats, by section."""
    fare: FareVersion | None
    """Of one seat on its day; None: no fare is known, and nothing can be booked."""

    @property
    def seats_free(self) -> int:
        """Seats to be had all the way."""
        return min(self.free[self.board : self.alight])

    @property
    def book_until(self) -> dt.datetime:
        """The last instant at which it can be booked."""
        return self.ride.calls[self.board].at - dt.timedelta(seconds=self.ride.notice_s)


def search_rides(
    ports: ActPorts,
    from_at: dt.datetime,
    to_at: dt.datetime,
    line_id: str = "",
    from_stop: str = "",
    to_stop: str = "",
    seats: int = 1,
) -> list[RideOffer]:
    """The rides that leave `from_stop` ("": their first stop) in [from_at, to_at) and call at `to_stop` ("": their
    last) later, with so many seats free all the way; by departure. Raises CarpoolRefusedError."""
    if not dt.timedelta(0) <= to_at - from_at <= dt.timedelta(days=SEARCH_DAYS_MAX):
        raise CarpoolRefusedError(
            Reason.INVALID,
            f"La recherche porte sur 0 à {SEARCH_DAYS_MAX} jours.",
            f"A search spans 0 to {SEARCH_DAYS_MAX} days.",
            "to",
        )
    with ports.unit_of_work(read_only=True) as work:
        if line_id:
            get_line(work, line_id)
        for stop_id in (from_stop, to_stop):
            if stop_id and work.rides.find_stop(stop_id) is None:
                raise unknown("arrêt", "stop", stop_id)
        rides = [
            ride
            for ride in work.rides.list_rides(from_at, to_at, line_id=line_id)
            if ride.status is RideStatus.PUBLISHED
        ]
        offers = [
            offer
            for offer in offers_of(work, rides, from_stop, to_stop)
            if offer.seats_free >= seats and from_at <= offer.ride.calls[offer.board].at < to_at
        ]
    return sorted(offers, key=lambda offer: (offer.ride.calls[offer.board].at, offer.ride.id))


def offers_of(work: UnitOfWork, rides: list[Ride], from_stop: str = "", to_stop: str = "") -> list[RideOffer]:
    """The offers rides are from a stop ("": their first) to another ("": their last), where they call at both."""
    lines = {line.id: line for line in work.rides.list_lines()}
    fares = tuple(work.rides.list_fares())
    bookings: dict[str, list[Booking]] = defaultdict(list)
    for booking in work.rides.list_bookings([ride.id for ride in rides]):
        bookings[booking.ride_id].append(booking)
    found = []
    for ride in rides:
        stop_ids = [call.stop_id for call in ride.calls]
        board = 0 if not from_stop else stop_ids.index(from_stop) if from_stop in stop_ids else -1
        last = len(stop_ids) - 1
        alight = last if not to_stop else stop_ids.index(to_stop) if to_stop in stop_ids else -1
        if not 0 <= board < alight:
            continue
        free = free_seats(ride, bookings[ride.id])
        fare = find_fare(fares, ride.line_id, paris_day(ride.calls[board].at).isoformat())
        found.append(RideOffer(ride, lines[ride.line_id], board, alight, free, fare))
    return found


def show_ride(ports: ActPorts, ride_id: str) -> RideOffer:
    """A ride from its first call to its last, whatever became of it. Raises CarpoolRefusedError."""
    with ports.unit_of_work(read_only=True) as work:
        return offers_of(work, [get_ride(work, ride_id)])[0]


def names_of(ports: ActPorts, person_ids: set[str]) -> dict[str, str]:
    """How people are called, for those who ride with them; "" whoever has no account here."""
    with ports.unit_of_work(read_only=True) as work:
        people = {person_id: work.accounts.find_person(person_id) for person_id in person_ids}
    return {person_id: "" if person is None else person.display_name for person_id, person in people.items()}


def get_ride(work: UnitOfWork, ride_id: str) -> Ride:
    """A ride. Raises CarpoolRefusedError."""
    ride = work.rides.find_ride(ride_id)
    if ride is None:
        raise unknown("trajet", "ride", ride_id)
    return ride


def get_own_ride(work: UnitOfWork, caller: Caller, ride_id: str) -> Ride:
    """A ride its driver or an operator changes. Raises ForbiddenError and CarpoolRefusedError."""
    _require_any(caller, Permission.PUBLISH_RIDES)
    ride = get_ride(work, ride_id)  # that there is a ride is public
    caller.require_self_or(ride.driver_id, Permission.MANAGE_LINES)
    return ride


def get_own_regular(work: UnitOfWork, caller: Caller, regular_id: str) -> RegularRide:
    """A regular ride its driver or an operator changes; to others it is as if it were not there. Raises
    ForbiddenError and CarpoolRefusedError."""
    _require_any(caller, Permission.PUBLISH_RIDES)
    regular = work.rides.find_regular(regular_id)
    if regular is None or not (regular.driver_id == caller.person or caller.may(Permission.MANAGE_LINES)):
        raise unknown("trajet régulier", "regular ride", regular_id)
    return regular


def _require_any(caller: Caller, *permissions: Permission) -> None:
    """Raises ForbiddenError for those who neither have one of these permissions nor are operators."""
    if not any(caller.may(permission) for permission in permissions):
        caller.require(Permission.MANAGE_LINES)


def is_passenger(caller: Caller, booking: Booking) -> bool:
    """Whether a booking is the caller's own, or of the people of a partner system."""
    is_partner = bool(caller.operator) and caller.may(Permission.BOOK_FOR_OTHERS)
    return booking.passenger_id == caller.person or (
        is_partner and booking.passenger_id.startswith(f"{caller.operator}:")
    )


def find_booking(ports: ActPorts, caller: Caller, booking_id: str) -> tuple[Booking, Ride]:
    """A booking its passenger, its driver or an operator looks at. To others it is as if it were not there."""
    with ports.unit_of_work(read_only=True) as work:
        return get_booking(work, caller, booking_id)


def get_booking(
    work: UnitOfWork, caller: Caller, booking_id: str, as_driver: bool = False
) -> tuple[Booking, Ride]:
    """The same, in a unit of work; `as_driver`: for what only its driver or an operator does. Raises ForbiddenError
    and CarpoolRefusedError."""
    _require_any(
        caller,
        Permission.PUBLISH_RIDES,
        *(() if as_driver else (Permission.BOOK_SEATS, Permission.BOOK_FOR_OTHERS)),
    )
    booking = work.rides.find_booking(booking_id)
    if booking is not None:
        ride = get_ride(work, booking.ride_id)
        is_driver = ride.driver_id == caller.person or caller.may(Permission.MANAGE_LINES)
        if is_driver or (is_passenger(caller, booking) and not as_driver):
            return booking, ride
    raise unknown("réservation", "booking", booking_id)


def list_my_bookings(ports: ActPorts, caller: Caller) -> list[tuple[Booking, Ride]]:
    """The caller's bookings, the newest first."""
    with ports.unit_of_work(read_only=True) as work:
        found = [(one, get_ride(work, one.ride_id)) for one in work.rides.list_bookings_of(caller.person)]
    return sorted(found, key=lambda pair: (pair[1].starts_at, pair[0].id), reverse=True)


def list_my_rides(
    ports: ActPorts, caller: Caller, from_at: dt.datetime, to_at: dt.datetime
) -> list[tuple[Ride, list[Booking]]]:
    """The rides the caller drives, each with its bookings."""
    with ports.unit_of_work(read_only=True) as work:
        rides = work.rides.list_rides(from_at, to_at, driver_id=caller.person)
        return [(ride, work.rides.list_bookings([ride.id])) for ride in rides]


def list_my_regulars(ports: ActPorts, caller: Caller) -> list[RegularRide]:
    """The regular rides of the caller that go on."""
    with ports.unit_of_work(read_only=True) as work:
        return work.rides.list_regulars(driver_id=caller.person)


def find_standing(ports: ActPorts, caller: Caller, person_id: str = "") -> tuple[Standing, Standing]:
    """Where somebody ("": the caller) stands as a passenger and as a driver."""
    person_id = person_id or caller.person
    caller.require_self_or(person_id, Permission.MANAGE_LINES)
    now = ports.now()
    with ports.unit_of_work(read_only=True) as work:
        return passenger_standing(work, person_id, now), driver_standing(work, person_id, now)


def passenger_standing(work: UnitOfWork, person_id: str, now: dt.datetime) -> Standing:
    """Where somebody stands as a passenger."""
    return standing(list_passenger_faults(work.rides.list_bookings_of(person_id)), rules_of(work, now), now)


def driver_standing(work: UnitOfWork, person_id: str, now: dt.datetime) -> Standing:
    """Where somebody stands as a driver."""
    return standing(list_driver_faults(work.rides.list_bookings_with(person_id)), rules_of(work, now), now)


def rules_of(work: UnitOfWork, now: dt.datetime) -> BookingRules:
    """The booking rules of today."""
    return rules_on(tuple(work.rides.list_rules()), paris_day(now).isoformat())
