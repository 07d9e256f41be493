"""A tour as its operator and driver look at it: every stop with its times, who gets on and off, and what is free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from mobility.acts.ports import UnitOfWork
from mobility.journeys.street_times import distance_between_m
from on_demand.area import Point
from on_demand.booking import OnDemandRide, Place, RideStatus
from on_demand.fleet import Seats, Shift, Vehicle
from on_demand.schedule import Schedule, Violation, list_points, schedule
from on_demand.tour import Request, StopKind, TourStop, VehicleDay

GAP_S_MIN = 600
"""A vehicle is free when it has nothing to do for so long."""


class TourStatus(StrEnum):
    """How far a tour is."""

    EMPTY = "empty"
    """Nobody rides yet."""
    PLANNED = "planned"
    UNDER_WAY = "under-way"
    DONE = "done"
    OUT_OF_SERVICE = "out-of-service"


@dataclass(frozen=True, slots=True)
class Rider:
    """Who rides, for whoever drives them."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class StopView:
    """One stop. Instants in seconds since the epoch."""

    kind: StopKind
    place: Place
    """Of a break "": wherever the vehicle is."""
    open_s: int
    close_s: int
    """The promised window: service begins in it."""
    expected_s: int
    """When service begins as things stand."""
    stands_s: int
    served_at_s: int | None
    drive_s: int
    """From the stop before."""
    aboard: Seats
    """Seats and wheelchair places taken when it leaves."""
    ride: OnDemandRide | None = None
    rider: Rider | None = None

    @property
    def late_s(self) -> int:
        """How much later than promised it begins, or began."""
        return max(0, (self.expected_s if self.served_at_s is None else self.served_at_s) - self.close_s)


@dataclass(frozen=True, slots=True)
class Gap:
    """The vehicle is empty and has nothing to do."""

    from_s: int
    until_s: int
    at: Point


@dataclass(frozen=True, slots=True)
class TourView:
    """One shift of one vehicle on one day."""

    tour: VehicleDay
    vehicle_name: str
    plate: str
    depot_name: str
    driver: str
    """The account; "": nobody is named."""
    driver_name: str
    status: TourStatus
    stops: tuple[StopView, ...]
    gaps: tuple[Gap, ...]
    leave_s: int
    back_s: int
    drive_s: int
    crow_m: int
    """The way as the crow flies: it is longer along the road."""
    heads: int
    trouble: str = ""
    """Which rule it breaks as things stand; "": none."""


def view_tour(
    tour: VehicleDay,
    vehicle: Vehicle,
    driver: tuple[str, str],
    rides: Mapping[str, OnDemandRide],
    riders: Mapping[str, Rider],
    now_s: int,
) -> TourView:
    """A tour with all there is to say of it. `driver`: account and name. `rides` by id, `riders` by ride."""
    solved = schedule(tour, now_s)
    if isinstance(solved, Violation):  # times as promised, then: nobody knows better
        trouble = f"{solved.broken.value} {solved.detail}".strip()
        begins = tuple(_window(tour, stop)[0] for stop in tour.stops)
        solved = Schedule(begins, tour.open_s, tour.close_s)
    else:
        trouble = ""
    stops = _stops(tour, solved, rides, riders)
    points = list_points(tour)
    return TourView(
        tour=tour,
        vehicle_name=vehicle.name,
        plate=vehicle.plate,
        depot_name=vehicle.depot_name,
        driver=driver[0],
        driver_name=driver[1],
        status=_status(tour, solved, now_s),
        stops=stops,
        gaps=() if tour.out_of_service_s is not None else _gaps(tour, solved, stops, points),
        leave_s=solved.leave_s,
        back_s=solved.back_s,
        drive_s=sum(stop.drive_s for stop in tour.stops) + tour.home_s,
        crow_m=round(sum(distance_between_m(*a, *b) for a, b in pairwise(points))),
        heads=sum(
            rides[request.id].party.seats + rides[request.id].party.wheelchairs
            for request in tour.requests
            if request.id in rides and rides[request.id].status is not RideStatus.NO_SHOW
        ),
        trouble=trouble,
    )


def find_riders(work: UnitOfWork, rides: Mapping[str, OnDemandRide]) -> dict[str, Rider]:
    """Who rides, by ride: as said when it was booked, else as the account says."""
    found = {}
    for ride in rides.values():
        name, phone = ride.rider_name, ride.rider_phone
        person = None if name and phone else work.accounts.find_person(ride.person_id)
        if person is not None:
            name = name or f"{person.given_name} {person.family_name}".strip() or person.display_name
            phone = phone or person.phone
        found[ride.id] = Rider(name, phone)
    return found


def name_driver(work: UnitOfWork, shift: Shift | None) -> tuple[str, str]:
    """The account that drives a shift, and its name."""
    person = None if shift is None or not shift.driver else work.accounts.find_person(shift.driver)
    if person is None:
        return "", ""
    return person.id, f"{person.given_name} {person.family_name}".strip() or person.email


def _stops(
    tour: VehicleDay, times: Schedule, rides: Mapping[str, OnDemandRide], riders: Mapping[str, Rider]
) -> tuple[StopView, ...]:
    requests = {request.id: request for request in tour.requests}
    dropped = {stop.request_id for stop in tour.stops if stop.kind is StopKind.DROP_OFF}
    seats = wheelchairs = 0
    views = []
    for stop, begin_s in zip(tour.stops, times.begin_s, strict=True):
        request, ride = requests.get(stop.request_id), rides.get(stop.request_id)
        if request is not None and stop.request_id in dropped:
            sign = 1 if stop.kind is StopKind.PICKUP else -1
            seats += sign * request.seats
            wheelchairs += sign * request.wheelchairs
        open_s, close_s = _window(tour, stop)
        views.append(
            StopView(
                kind=stop.kind,
                place=_place(stop, request, ride),
                open_s=open_s,
                close_s=close_s,
                expected_s=begin_s,
                stands_s=_stands_s(tour, stop, request),
                served_at_s=stop.served_at_s,
                drive_s=stop.drive_s,
                aboard=Seats(seats, wheelchairs),
                ride=ride,
                rider=riders.get(stop.request_id),
            )
        )
    return tuple(views)


def _gaps(
    tour: VehicleDay, times: Schedule, stops: tuple[StopView, ...], points: list[Point]
) -> tuple[Gap, ...]:
    if not tour.requests:
        return (Gap(tour.open_s, tour.close_s, tour.start),)
    found = [Gap(tour.open_s, times.leave_s, tour.start)]
    free_s, at, is_empty = times.leave_s, tour.start, True
    for number, stop in enumerate(stops):
        if is_empty and number:
            found.append(Gap(free_s, stop.expected_s - stop.drive_s, at))
        free_s, at = stop.expected_s + stop.stands_s, points[number + 1]
        is_empty = stop.aboard == Seats(0, 0)
    found.append(Gap(max(free_s + tour.home_s, times.back_s), tour.close_s, tour.end))
    return tuple(gap for gap in found if gap.until_s - gap.from_s >= GAP_S_MIN)


def _status(tour: VehicleDay, times: Schedule, now_s: int) -> TourStatus:
    if tour.out_of_service_s is not None:
        return TourStatus.OUT_OF_SERVICE
    open_stops = [stop for stop in tour.stops if stop.kind is not StopKind.BREAK]
    if not open_stops:
        return TourStatus.EMPTY
    if all(stop.served_at_s is not None for stop in open_stops) or now_s > times.back_s:
        return TourStatus.DONE
    begun = any(stop.served_at_s is not None for stop in tour.stops) or now_s >= times.leave_s
    return TourStatus.UNDER_WAY if begun else TourStatus.PLANNED


def _window(tour: VehicleDay, stop: TourStop) -> tuple[int, int]:
    if stop.kind is StopKind.BREAK:
        return tour.breaks[stop.break_index].open_s, tour.breaks[stop.break_index].close_s
    request = next(request for request in tour.requests if request.id == stop.request_id)
    if stop.kind is StopKind.PICKUP:
        return request.pickup_open_s, request.pickup_close_s
    return request.drop_open_s, request.drop_close_s


def _stands_s(tour: VehicleDay, stop: TourStop, request: Request | None) -> int:
    if request is None:
        return tour.breaks[stop.break_index].duration_s
    return request.pickup_stop_s if stop.kind is StopKind.PICKUP else request.drop_stop_s


def _place(stop: TourStop, request: Request | None, ride: OnDemandRide | None) -> Place:
    if request is None:
        return Place("", Point(0.0, 0.0))
    if ride is not None:
        return ride.origin if stop.kind is StopKind.PICKUP else ride.destination
    return Place("", request.origin if stop.kind is StopKind.PICKUP else request.destination)
