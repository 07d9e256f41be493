"""The vehicle stands where somebody is to get on: the driver says so, and waits."""

from __future__ import annotations

import datetime as dt

from mobility.accounts.caller import Caller, Permission
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.locked import lock_rides, swap_all, until_locked
from mobility.acts.on_demand.ride_events import tell_ride
from mobility.acts.on_demand.services import unknown
from mobility.acts.ports import UnitOfWork
from on_demand.booking import OnDemandRide, RideStatus
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.ride_life import BOARD_EARLY_S
from on_demand.served import serve
from on_demand.tour import StopKind


def arrive(ports: OnDemandPorts, caller: Caller, ride_id: str, at: dt.datetime | None = None) -> OnDemandRide:
    """The vehicle stands at the pick-up of a ride since an instant (None: now; never in the future). Said again, the
    first time holds. The driver of the shift says so, or an operator.

    Raises ForbiddenError and OnDemandRefusedError.
    """
    if not caller.may(Permission.MANAGE_ON_DEMAND):
        caller.require(Permission.DRIVE_ON_DEMAND)
    drives = ports.drives()

    def once() -> OnDemandRide:
        with ports.acts.unit_of_work() as work:
            now = ports.acts.now()
            asked = _get_driven(work, caller, ride_id)
            rides, days = lock_rides(work, asked.person_id, lambda: work.on_demand.list_rides([ride_id]))
            (ride,) = rides
            if ride.status is RideStatus.ABOARD:
                return ride
            when_s = int(min(at or now, now).timestamp())
            if ride.status is not RideStatus.CONFIRMED:
                raise OnDemandRefusedError(
                    Reason.STATE,
                    "Ce trajet n'attend pas de véhicule.",
                    "This ride waits for no vehicle.",
                )
            if when_s < ride.pickup_open_s - BOARD_EARLY_S:
                raise OnDemandRefusedError(
                    Reason.TOO_EARLY, "Ce n'est pas encore le moment.", "It is too early for that."
                )
            tour = days[ride.shift_id, ride.day]
            if any(stop.request_id == ride_id and stop.served_at_s is not None for stop in tour.stops):
                return ride
            swap_all(work, [serve(tour, ride_id, StopKind.PICKUP, when_s, drives)])
            tell_ride(work, "arrived", ride, now)
            work.commit()
        return ride

    return until_locked(once)


def _get_driven(work: UnitOfWork, caller: Caller, ride_id: str) -> OnDemandRide:
    """A ride on the caller's shift; to operators any. What is not theirs drivers learn nothing of."""
    ride = work.on_demand.find_ride(ride_id)
    shift = None if ride is None else work.on_demand.find_shift(ride.shift_id)
    is_mine = shift is not None and bool(shift.driver) and shift.driver == caller.person
    if ride is None or not (is_mine or caller.may(Permission.MANAGE_ON_DEMAND)):
        raise unknown("trajet", "ride", ride_id)
    return ride
