"""What a rider is promised: the one function that makes a request of a wish, for planners, quotes and simulations.

A ride that is promised for an instant `t` comes within `[t, t + window_s]` and arrives by `t + duration_s(...)`. So a
rider who must be somewhere by an instant is promised a ride for `duration_s` before.
"""

from __future__ import annotations

from dataclasses import replace

from on_demand.booking import Party, Place
from on_demand.service import Promise, Service
from on_demand.service_windows import TravelWindow
from on_demand.tour import Request


def stop_s(promise: Promise, party: Party) -> int:
    """How long the vehicle stands where a party gets on or off, seconds."""
    return promise.stop_s + promise.wheelchair_s * party.wheelchairs


def duration_s(promise: Promise, party: Party, direct_s: int) -> int:
    """From the instant a ride is promised for until it has arrived at the latest, seconds."""
    return promise.window_s + stop_s(promise, party) + promise.ride_s_max(direct_s)


def make_request(
    service: Service,
    origin: Place,
    destination: Place,
    party: Party,
    direct_s: int,
    *,
    leave_s: int | None = None,
    arrive_s: int | None = None,
    request_id: str = "",
) -> Request:
    """The request of a party that is promised a ride for `leave_s`, or that arrives by `arrive_s` (one of the two;
    instants, seconds since the epoch). `direct_s`: driving there without others.

    Raises ValueError when both or neither are given, or nobody rides.
    """
    if (leave_s is None) == (arrive_s is None):
        raise ValueError("a ride either leaves or arrives at an instant")
    if party.seats + party.wheelchairs < 1 or direct_s < 0:
        raise ValueError("a ride has somebody aboard and takes no negative time")
    promise = service.promise
    all_s = duration_s(promise, party, direct_s)
    open_s = leave_s if leave_s is not None else (arrive_s or 0) - all_s
    stands_s = stop_s(promise, party)
    return Request(
        id=request_id,
        origin=origin.at,
        destination=destination.at,
        pickup_open_s=open_s,
        pickup_close_s=open_s + promise.window_s,
        drop_open_s=open_s,
        drop_close_s=open_s + all_s,
        ride_s_max=promise.ride_s_max(direct_s),
        seats=party.seats,
        wheelchairs=party.wheelchairs,
        pickup_stop_s=stands_s,
        drop_stop_s=stands_s,
    )


def within(request: Request, window: TravelWindow) -> Request | None:
    """The request as far as it keeps to the hours of the service; None: not at all."""
    cut = replace(
        request,
        pickup_open_s=max(request.pickup_open_s, window.pickup_open_s),
        pickup_close_s=min(request.pickup_close_s, window.pickup_close_s),
        drop_open_s=max(request.drop_open_s, window.drop_open_s),
        drop_close_s=min(request.drop_close_s, window.drop_close_s),
    )
    is_empty = cut.pickup_open_s > cut.pickup_close_s or cut.drop_open_s > cut.drop_close_s
    return None if is_empty else cut
