"""What a driver reports: a stop was served, or nobody was there."""

from __future__ import annotations

from dataclasses import replace

from on_demand.insertion import driven, remove
from on_demand.ports import Drives
from on_demand.schedule import Schedule, last_served, schedule
from on_demand.tour import StopKind, VehicleDay


def serve(day: VehicleDay, request_id: str, kind: StopKind, at_s: int, drives: Drives) -> VehicleDay:
    """A tour in which service of a stop began at an instant, one version later. It comes right after what was served
    before, whatever was planned between: that is what happened. Reported twice, the first holds.

    Raises KeyError when the tour has no such stop, ValueError when there is no way there.
    """
    index = next(
        (i for i, stop in enumerate(day.stops) if (stop.kind, stop.request_id) == (kind, request_id)), None
    )
    if index is None:
        raise KeyError(request_id)
    if day.stops[index].served_at_s is not None:
        return replace(day, version=day.version + 1)
    first = last_served(day)
    between = day.stops[first:index]
    breaks = [stop for stop in between if stop.kind is StopKind.BREAK]
    skipped = [stop for stop in between if stop.kind is not StopKind.BREAK]
    before_s = max((stop.served_at_s or 0 for stop in day.stops[:first]), default=0)
    served = replace(day.stops[index], served_at_s=max(at_s, before_s))
    # A break that was planned before is over; whoever was to come before is still to come.
    stops = [*day.stops[:first], *breaks, served, *skipped, *day.stops[index + 1 :]]
    at = first + len(breaks)
    changed = {at, at + 1, index + 1} if skipped else set()
    after = driven(replace(day, version=day.version + 1), stops, changed, drives)
    if after is None:
        raise ValueError(f"{day.shift_id} {day.day}: no way to {request_id}")
    return after


def leave_behind(day: VehicleDay, request_id: str, at_s: int, drives: Drives) -> VehicleDay:
    """A tour whose vehicle was there for somebody who was not, one version later: the pick-up was served, nobody got on
    (`on_demand.insertion.remove`). Raises as `serve` does."""
    served = serve(day, request_id, StopKind.PICKUP, at_s, drives)
    return replace(remove(served, request_id, drives), version=day.version + 1)


def serve_as_planned(day: VehicleDay) -> VehicleDay:
    """A tour of which nothing more was reported: all was served when it was planned for, one version later."""
    times = schedule(day, 0)
    requests = {request.id: request for request in day.requests}
    stops = []
    last_s = day.open_s
    for index, stop in enumerate(day.stops):
        if stop.served_at_s is None and isinstance(times, Schedule):
            planned_s = times.begin_s[index]
        elif stop.served_at_s is None and stop.kind is not StopKind.BREAK:
            request = requests[stop.request_id]
            planned_s = request.pickup_close_s if stop.kind is StopKind.PICKUP else request.drop_close_s
        else:
            planned_s = stop.served_at_s or last_s
        last_s = max(last_s, planned_s)
        stops.append(stop if stop.served_at_s is not None else replace(stop, served_at_s=last_s))
    return replace(day, version=day.version + 1, stops=tuple(stops))
