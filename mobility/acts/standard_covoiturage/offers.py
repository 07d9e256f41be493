"""Our rides as standard covoiturage writes them: journeys of the type LINE between the stops nearest to a search."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from carpool.booking import Booking
from carpool.line import FareVersion, Line, Stop, find_fare
from carpool.ride import RegularRide, Ride, RideStatus
from carpool.seats import free_seats
from ground.paris import PARIS, paris_day, paris_instant
from mobility.acts.ports import UnitOfWork
from mobility.acts.standard_covoiturage.search import WEEKDAYS, JourneySearch, Json, TripSearch

AHEAD_DAYS = 60
"""No ride is published farther ahead."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How we present ourselves. `user_id` gives an account's id for other platforms: stable, and of no other use."""

    operator: str
    """Our domain name."""
    public_url: str
    user_id: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Way:
    """A ride between two of its calls (places among them), for one passenger."""

    ride: Ride
    line: Line
    board: int
    alight: int

    @property
    def pickup(self) -> Stop:
        return _stop(self.line, self.ride.calls[self.board].stop_id)

    @property
    def drop(self) -> Stop:
        return _stop(self.line, self.ride.calls[self.alight].stop_id)

    @property
    def at(self) -> dt.datetime:
        """When the passenger is picked up."""
        return self.ride.calls[self.board].at


def search_rides(work: UnitOfWork, search: JourneySearch, now: dt.datetime, shown: Shown) -> list[Json]:
    """The rides that can still be booked and match, each once, on the way with the least walking; the nearest in time
    first."""
    first_s = max(search.at_s - search.delta_s, int(now.timestamp()))
    last_s = min(search.at_s + search.delta_s, int(now.timestamp()) + AHEAD_DAYS * 86_400)
    if first_s > last_s:
        return []
    begin = dt.datetime.fromtimestamp(first_s, dt.UTC)
    end = dt.datetime.fromtimestamp(last_s, dt.UTC) + dt.timedelta(seconds=1)
    rides = [ride for ride in work.rides.list_rides(begin, end) if ride.status is RideStatus.PUBLISHED]
    lines = {line.id: line for line in work.rides.list_lines()}
    fares = tuple(work.rides.list_fares())
    free = _free_seats(rides, work.rides.list_bookings([ride.id for ride in rides]))
    found = []
    for ride in rides:
        ways = _matching(ride, lines[ride.line_id], free[ride.id], search, now)
        best = min(ways, default=None, key=lambda way: (_walk_km(way, search), way.board, way.alight))
        if best is not None:
            seats = min(free[ride.id][best.board : best.alight])
            near = abs(int(best.at.timestamp()) - search.at_s)
            found.append((near, ride.id, show_ride(work, best, seats, fares, shown)))
    return [journey for _, _, journey in sorted(found, key=lambda one: one[:2])]


def search_regular(work: UnitOfWork, search: TripSearch, now: dt.datetime, shown: Shown) -> list[Json]:
    """The regular rides that match, each on the way with the least walking, with its dates so far."""
    lines = {line.id: line for line in work.rides.list_lines()}
    found = []
    for regular in work.rides.list_regulars():
        if regular.valid_to < paris_day(now):
            continue
        line = lines[regular.line_id]
        ways = [
            (
                search.departure.apart_km(*_place(line, one)) + search.arrival.apart_km(*_place(line, other)),
                pair,
            )
            for pair in combinations(range(len(regular.stop_ids)), 2)
            for one, other in [(regular.stop_ids[pair[0]], regular.stop_ids[pair[1]])]
            if search.departure.has(*_place(line, one)) and search.arrival.has(*_place(line, other))
        ]
        for _, (board, alight) in sorted(ways):
            trip = search.find_match(_show_regular(work, regular, line, board, alight, now, shown))
            if trip is not None:
                found.append(trip)
                break
    return found


def show_ride(work: UnitOfWork, way: Way, seats: int, fares: Sequence[FareVersion], shown: Shown) -> Json:
    """A DriverJourney."""
    return {
        "id": way.ride.id,
        "type": "LINE",
        "passengerPickupDate": int(way.at.timestamp()),
        "driverDepartureDate": int(way.ride.starts_at.timestamp()),
        "availableSeats": seats,
        "price": price_of(fares, way.line.id, way.at),
        "webUrl": ride_url(shown, way),
        "driver": show_driver(work, way.ride.driver_id, shown),
        **show_way(way.line, [call.stop_id for call in way.ride.calls], way.board, way.alight, shown),
    }


def show_way(line: Line, stop_ids: Sequence[str], board: int, alight: int, shown: Shown) -> Json:
    """The places of a Trip, its distance and duration."""
    pickup, drop = _stop(line, stop_ids[board]), _stop(line, stop_ids[alight])
    start, end = _stop(line, stop_ids[0]), _stop(line, stop_ids[-1])
    distance_m, drive_s = line.between(pickup.id, drop.id)
    return {
        "operator": shown.operator,
        "passengerPickupLat": pickup.lat,
        "passengerPickupLng": pickup.lon,
        "passengerPickupAddress": address_of(pickup),
        "passengerDropLat": drop.lat,
        "passengerDropLng": drop.lon,
        "passengerDropAddress": address_of(drop),
        "driverDepartureLat": start.lat,
        "driverDepartureLng": start.lon,
        "driverDepartureAddress": address_of(start),
        "driverArrivalLat": end.lat,
        "driverArrivalLng": end.lon,
        "driverArrivalAddress": address_of(end),
        "distance": distance_m,
        "duration": drive_s,
    }


def show_driver(work: UnitOfWork, person_id: str, shown: Shown) -> Json:
    """A User: who drives, by their display name."""
    person = work.accounts.find_person(person_id)
    alias = "" if person is None else person.display_name
    return {"id": shown.user_id(person_id), "operator": shown.operator, "alias": alias}


def price_of(fares: Sequence[FareVersion], line_id: str, at: dt.datetime) -> Json:
    """A Price: of one seat."""
    fare = find_fare(tuple(fares), line_id, paris_day(at).isoformat())
    if fare is None:
        return {"type": "UNKNOWN"}
    kind = "PAYING" if fare.fare_cents else "FREE"
    return {"type": kind, "amount": fare.fare_cents / 100, "currency": fare.currency}


def ride_url(shown: Shown, way: Way) -> str:
    """The page where the ride is booked."""
    return f"{shown.public_url}/carpool/rides/{way.ride.id}?from={way.pickup.id}&to={way.drop.id}"


def address_of(stop: Stop) -> str:
    """The stop in words."""
    return f"{stop.name}, {stop.place}" if stop.place else stop.name


def _matching(
    ride: Ride, line: Line, free: tuple[int, ...], search: JourneySearch, now: dt.datetime
) -> Iterator[Way]:
    for board, alight in combinations(range(len(ride.calls)), 2):
        way = Way(ride, line, board, alight)
        if (
            search.is_time(int(way.at.timestamp()))
            and now <= way.at - dt.timedelta(seconds=ride.notice_s)
            and min(free[board:alight]) > 0
            and search.departure.has(way.pickup.lat, way.pickup.lon)
            and search.arrival.has(way.drop.lat, way.drop.lon)
        ):
            yield way


def _walk_km(way: Way, search: JourneySearch) -> float:
    return search.departure.apart_km(way.pickup.lat, way.pickup.lon) + search.arrival.apart_km(
        way.drop.lat, way.drop.lon
    )


def _free_seats(rides: Iterable[Ride], bookings: Iterable[Booking]) -> dict[str, tuple[int, ...]]:
    held: dict[str, list[Booking]] = defaultdict(list)
    for booking in bookings:
        held[booking.ride_id].append(booking)
    return {ride.id: free_seats(ride, held[ride.id]) for ride in rides}


def _show_regular(
    work: UnitOfWork,
    regular: RegularRide,
    line: Line,
    board: int,
    alight: int,
    now: dt.datetime,
    shown: Shown,
) -> Json:
    """A DriverTrip with its schedules; each day's clock is that of the stop where the passenger gets in."""
    offset_s = line.between(regular.stop_ids[0], regular.stop_ids[board])[1]
    rides = [
        ride
        for ride in work.rides.list_rides(now, now + dt.timedelta(days=AHEAD_DAYS), regular_id=regular.id)
        if ride.status is RideStatus.PUBLISHED
    ]
    dates: dict[str, list[Json]] = defaultdict(list)
    for ride in rides:
        way = _way_between(ride, line, regular.stop_ids[board], regular.stop_ids[alight])
        if way is not None and way.at > now:
            dates[WEEKDAYS[way.at.astimezone(PARIS).weekday()]].append(
                {
                    "id": ride.id,
                    "type": "LINE",
                    "passengerPickupDate": int(way.at.timestamp()),
                    "driverDepartureDate": int(ride.starts_at.timestamp()),
                    "webUrl": ride_url(shown, way),
                }
            )
    schedules = []
    for weekday in sorted(regular.weekdays):
        monday = dt.date(2026, 1, 5) + dt.timedelta(days=weekday)  # any week without a change of clocks
        at = (paris_instant(monday, regular.leaves_at) + dt.timedelta(seconds=offset_s)).astimezone(PARIS)
        day = WEEKDAYS[at.weekday()]
        schedules.append(
            {
                "passengerPickupDay": day,
                "passengerPickupTimeOfDay": f"{at:%H:%M:%S}",
                "journeySchedules": dates[day],
            }
        )
    return {
        "driver": show_driver(work, regular.driver_id, shown),
        "schedules": schedules,
        **show_way(line, regular.stop_ids, board, alight, shown),
    }


def _way_between(ride: Ride, line: Line, from_stop: str, to_stop: str) -> Way | None:
    stop_ids = [call.stop_id for call in ride.calls]
    if from_stop not in stop_ids or to_stop not in stop_ids:
        return None
    board, alight = stop_ids.index(from_stop), stop_ids.index(to_stop)
    return Way(ride, line, board, alight) if board < alight else None


def _stop(line: Line, stop_id: str) -> Stop:
    return line.stops[line.position(stop_id)].stop


def _place(line: Line, stop_id: str) -> tuple[float, float]:
    stop = _stop(line, stop_id)
    return stop.lat, stop.lon
