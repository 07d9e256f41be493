"""What must be true of rides and tours after every step, whatever happened before: counted again from scratch."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from mobility.storage.unit_of_work import SqlUnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.schedule import check
from on_demand.tour import Request, StopKind, VehicleDay

NOT_ABOARD = (RideStatus.NO_SHOW, RideStatus.CANCELLED, RideStatus.LATE_CANCEL)
"""Where the vehicle stood there already, the tour keeps that it did: a pick-up that is served, and nothing after it."""

FOLLOWS: dict[RideStatus, tuple[RideStatus, ...]] = {
    RideStatus.HELD: (RideStatus.CONFIRMED, RideStatus.EXPIRED, RideStatus.CANCELLED),
    RideStatus.CONFIRMED: (
        RideStatus.ABOARD,
        RideStatus.CANCELLED,
        RideStatus.LATE_CANCEL,
        RideStatus.NO_SHOW,
    ),
    RideStatus.ABOARD: (RideStatus.DONE, RideStatus.CANCELLED, RideStatus.CONFIRMED),
}
"""What may become of a ride; what is over stays so. Aboard, it is cancelled, or waits for another vehicle, by a
breakdown alone."""

Promise = tuple[int, int, int, int, int]


@dataclass
class Truths:
    """Remembers what was promised, so that it can be seen to be kept."""

    days: tuple[dt.date, ...]
    """Service days that are looked at."""
    promised: dict[str, Promise] = field(default_factory=dict)
    versions: dict[tuple[str, dt.date], int] = field(default_factory=dict)
    histories: dict[str, list[tuple[dt.datetime, RideStatus, str]]] = field(default_factory=dict)
    seen: dict[str, OnDemandRide] = field(default_factory=dict)
    tours_checked: int = 0

    def look_at(self, *days: dt.date) -> None:
        """Other service days from now on; what is remembered of others is let go of."""
        self.days = days
        kept = {id_ for id_, ride in self.seen.items() if ride.day in days}
        for memory in (self.promised, self.histories, self.seen):
            for id_ in memory.keys() - kept:
                del memory[id_]

    def check(self, work: SqlUnitOfWork, renewed: Iterable[str] = ()) -> None:
        """Everything. `renewed`: rides that were changed by their travellers, or moved for their trains, since the last
        time: what they are promised now is new."""
        rides = {ride.id: ride for day in self.days for ride in work.on_demand.list_rides_on(day)}
        tours = [tour for day in self.days for tour in work.on_demand.list_days(day)]
        check_tours(rides, tours)
        self.tours_checked += len(tours)
        for tour in tours:
            key = tour.shift_id, tour.day
            assert tour.version >= self.versions.get(key, 0), "a tour went back to an older version"
            self.versions[key] = tour.version
        for id_ in renewed:
            self.promised.pop(id_, None)
        for ride in rides.values():
            if self.seen.get(ride.id) != ride:
                self._check_promise(ride)
                self._check_history(ride, work.on_demand.list_history(ride.id))
                self.seen[ride.id] = ride
        assert self.histories.keys() <= rides.keys(), "a ride is gone"

    def _check_promise(self, ride: OnDemandRide) -> None:
        promise = (
            ride.pickup_open_s,
            ride.pickup_close_s,
            ride.drop_open_s,
            ride.drop_close_s,
            ride.ride_s_max,
        )
        if ride.holds_seats:
            assert self.promised.setdefault(ride.id, promise) == promise, f"{ride.id} is promised otherwise"

    def _check_history(self, ride: OnDemandRide, history: list[tuple[dt.datetime, RideStatus, str]]) -> None:
        before = self.histories.get(ride.id, [])
        assert history[: len(before)] == before, "history is written anew"
        statuses = [status for _, status, _ in history]
        assert statuses[-1] is ride.status
        assert statuses[0] in (RideStatus.HELD, RideStatus.CONFIRMED)
        for one, other in pairwise(statuses):
            assert other in FOLLOWS.get(one, ()), f"{ride.id} became {other} after {one}"
        self.histories[ride.id] = history


def check_tours(rides: dict[str, OnDemandRide], tours: Iterable[VehicleDay]) -> None:
    """Every ride that holds seats is in exactly one tour, its own, with both stops; every request belongs to such a
    ride, or to one that took place; and every tour can be driven as it stands."""
    found: dict[str, list[VehicleDay]] = defaultdict(list)
    for tour in tours:
        assert len({request.id for request in tour.requests}) == len(tour.requests), "twice in one tour"
        for request in tour.requests:
            found[request.id].append(tour)
            assert request.id in rides, f"{tour.shift_id} has {request.id}, which nobody booked: a leak"
            check_request(rides[request.id], request, tour)
        violation = check(tour)
        assert violation is None, f"{tour.shift_id} on {tour.day} cannot be driven: {violation}"
    for ride in rides.values():
        if ride.holds_seats:
            assert len(found[ride.id]) == 1, f"{ride.id} is {ride.status} and in {len(found[ride.id])} tours"
        assert len(found[ride.id]) <= 1


def check_request(ride: OnDemandRide, request: Request, tour: VehicleDay) -> None:
    """A tour says of a ride what was promised, and where it stands."""
    assert (ride.shift_id, ride.day) == (tour.shift_id, tour.day), "in another tour than its own"
    assert (request.seats, request.wheelchairs) == (ride.party.seats, ride.party.wheelchairs)
    promised = (
        ride.pickup_open_s,
        ride.pickup_close_s,
        ride.drop_open_s,
        ride.drop_close_s,
        ride.ride_s_max,
    )
    kept = (
        request.pickup_open_s,
        request.pickup_close_s,
        request.drop_open_s,
        request.drop_close_s,
        request.ride_s_max,
    )
    assert kept == promised, f"{ride.id} is promised {promised}, and the tour has {kept}"
    stops = [stop for stop in tour.stops if stop.request_id == ride.id]
    served = [stop.served_at_s is not None for stop in stops]
    kinds = [stop.kind for stop in stops]
    if ride.status in NOT_ABOARD:
        assert (kinds, served) == ([StopKind.PICKUP], [True]), f"{ride.id} is {ride.status}: its seat leaks"
        return
    assert kinds == [StopKind.PICKUP, StopKind.DROP_OFF]
    expected = {
        RideStatus.HELD: ([False, False],),
        RideStatus.CONFIRMED: ([False, False], [True, False]),  # the vehicle stands there
        RideStatus.ABOARD: ([True, False],),
        RideStatus.DONE: ([True, True],),
    }
    assert served in expected.get(ride.status, ()), (
        f"{ride.id} is {ride.status}, and its stops are served: {served}"
    )
