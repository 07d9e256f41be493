"""A vehicle breaks down: what of its tour has happened, who waits for it in vain, and who stands beside it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from on_demand.area import Point
from on_demand.schedule import Schedule, schedule
from on_demand.tour import DayBreak, Request, StopKind, TourStop, VehicleDay

STRANDED_S = 3600
"""Whoever was aboard is fetched within so long, and arrives that much later than promised at most."""


@dataclass(frozen=True, slots=True)
class BrokenDown:
    """A tour after its vehicle broke down."""

    day: VehicleDay
    """What has been served and nothing else; one version later."""
    waiting: tuple[Request, ...]
    """Who was not picked up yet, as promised."""
    stranded: tuple[Request, ...]
    """Who was aboard: from where the vehicle stands on, as soon as somebody can."""


def break_down(day: VehicleDay, since_s: int, where: Point) -> BrokenDown:
    """The tour of a vehicle that stands at `where` since an instant and goes no further.

    Silence is a promise kept: a stop nobody reported whose window closed before then was served as planned.
    """
    served = _served_stops(day, since_s)
    picked = {stop.request_id for stop in served if stop.kind is StopKind.PICKUP}
    dropped = {stop.request_id for stop in served if stop.kind is StopKind.DROP_OFF}
    to_drop = {stop.request_id for stop in day.stops if stop.kind is StopKind.DROP_OFF}
    aboard = (picked & to_drop) - dropped
    stops, breaks = _renumbered(_without(served, aboard), day.breaks)
    after = replace(
        day,
        version=day.version + 1,
        stops=stops,
        breaks=breaks,
        requests=tuple(request for request in day.requests if request.id in picked - aboard),
        close_s=max(day.close_s, since_s + max((_stands_s(day, stop) for stop in stops), default=0)),
        end=where,
        home_s=0,
        route_s_max=None,
        out_of_service_s=since_s,
    )
    return BrokenDown(
        after,
        waiting=tuple(request for request in day.requests if request.id not in picked),
        stranded=tuple(
            replace(
                request,
                origin=where,
                pickup_open_s=since_s,
                pickup_close_s=since_s + STRANDED_S,
                drop_open_s=since_s,
                drop_close_s=max(request.drop_close_s, since_s) + STRANDED_S,
            )
            for request in day.requests
            if request.id in aboard
        ),
    )


def stands_at(day: VehicleDay, since_s: int) -> Point:
    """Where a vehicle stopped last, as far as was reported or promised until then."""
    served = [stop for stop in _served_stops(day, since_s) if stop.kind is not StopKind.BREAK]
    if not served:
        return day.start
    request = next(request for request in day.requests if request.id == served[-1].request_id)
    return request.origin if served[-1].kind is StopKind.PICKUP else request.destination


def repair(day: VehicleDay, fresh: VehicleDay, at_s: int, where: Point) -> VehicleDay:
    """The tour of a vehicle that is back in service at `where` from an instant on: it begins anew there, nobody aboard.
    `fresh`: the day of its shift before anybody rides. What it did before the breakdown is over and no longer in it."""
    breaks = tuple(one for one in fresh.breaks if one.open_s >= at_s)
    order = sorted(range(len(breaks)), key=lambda number: breaks[number].open_s)
    return replace(
        fresh,
        version=day.version + 1,
        open_s=max(fresh.open_s, at_s),
        start=where,
        breaks=breaks,
        stops=tuple(TourStop(StopKind.BREAK, "", 0, break_index=number) for number in order),
    )


def _served_stops(day: VehicleDay, since_s: int) -> list[TourStop]:
    """What has been done until then, each stop with when."""
    planned = schedule(day, day.open_s)
    begin_s = (
        planned.begin_s if isinstance(planned, Schedule) else tuple(_closes_s(day, s) for s in day.stops)
    )
    count = 0
    for number, stop in enumerate(day.stops, 1):
        if stop.served_at_s is not None or (stop.request_id and _closes_s(day, stop) <= since_s):
            count = number
    served = []
    for stop, at_s in zip(day.stops[:count], begin_s[:count], strict=True):
        known_s = stop.served_at_s
        served.append(replace(stop, served_at_s=min(at_s, since_s) if known_s is None else known_s))
    return served


def _without(stops: list[TourStop], request_ids: Collection[str]) -> list[TourStop]:
    """Stops without those of some rides, the driving done all the same."""
    kept: list[TourStop] = []
    driven_s = 0
    for stop in stops:
        driven_s += stop.drive_s
        if stop.request_id not in request_ids and stop.kind is not StopKind.BREAK:
            kept.append(replace(stop, drive_s=driven_s))
            driven_s = 0
        elif stop.kind is StopKind.BREAK:
            kept.append(stop)
    return kept


def _stands_s(day: VehicleDay, stop: TourStop) -> int:
    if stop.kind is StopKind.BREAK:
        return max(one.duration_s for one in day.breaks)
    request = next(request for request in day.requests if request.id == stop.request_id)
    return request.pickup_stop_s if stop.kind is StopKind.PICKUP else request.drop_stop_s


def _closes_s(day: VehicleDay, stop: TourStop) -> int:
    if stop.kind is StopKind.BREAK:
        return day.breaks[stop.break_index].close_s
    request = next(request for request in day.requests if request.id == stop.request_id)
    return request.pickup_close_s if stop.kind is StopKind.PICKUP else request.drop_close_s


def _renumbered(
    stops: list[TourStop], breaks: tuple[DayBreak, ...]
) -> tuple[tuple[TourStop, ...], tuple[DayBreak, ...]]:
    """Stops with the breaks among them alone."""
    kept = [stop.break_index for stop in stops if stop.kind is StopKind.BREAK]
    numbered = tuple(
        replace(stop, break_index=kept.index(stop.break_index)) if stop.kind is StopKind.BREAK else stop
        for stop in stops
    )
    return numbered, tuple(breaks[number] for number in kept)
