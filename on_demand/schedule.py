"""When a vehicle is where: the earliest times of a tour that keep every promise, or why there are none.

Every rule of a tour bounds the difference of two times: one drives from stop to stop, a ride is not longer than its
maximum, the vehicle is not under way longer than it may. Of such rules the solutions have a least one, in which every
stop is served as early as in any: times start at their lower bounds and are raised until all rules hold. It exists
unless a time is raised past its upper bound; so this is exact, where times that only ever go forward are not (a pick-up
may have to wait, for the ride not to become too long).

**Riders aboard never wait needlessly.** Where the vehicle would stand with riders aboard until a later window opens,
the stops before are put off instead, so that it waits empty; as far as their own windows and rides allow. What is left
then is `Schedule.aboard_wait_s`. This changes times, never whether there are any; an insertion must not add to it
(`on_demand.insertion`).

**Silence is a promise kept.** A stop nobody reported served is taken to be still ahead, at `now_s` or later; but if its
tour could not keep its promises so, its driver forgot to report, and it is taken to be served as planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from on_demand.area import Point
from on_demand.fleet import Seats
from on_demand.tour import DayBreak, Request, StopKind, TourStop, VehicleDay

FROZEN_S = 120
"""What a driver sets out for within so long from now stays as it is; what is new is set out for after it."""


class Broken(StrEnum):
    """Which rule a tour breaks."""

    ORDER = "order"
    """A stop is missing, twice there, out of order, or after one that was served."""
    CAPACITY = "capacity"
    """Whoever is aboard fits into no configuration."""
    BREAK = "break"
    """A break with riders aboard."""
    LATE = "late"
    """A window closes before the vehicle comes."""
    RIDE_TOO_LONG = "ride-too-long"
    ROUTE_TOO_LONG = "route-too-long"
    OUT_OF_SERVICE = "out-of-service"
    """It broke down and still has riders to serve."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a tour cannot be driven. `stop_index` is the stop where it shows; the number of stops: back at the end."""

    broken: Broken
    stop_index: int
    request_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When everything of a tour begins."""

    begin_s: tuple[int, ...]
    """Of service, at each stop."""
    leave_s: int
    """When it leaves the start at the latest, for these times."""
    back_s: int
    """When it is back at the end."""
    aboard_wait_s: int = 0
    """How long it stands still with riders aboard, all stops together."""


class Arc(NamedTuple):
    """`time[to] >= time[of] + least_s`."""

    of: int
    to: int
    least_s: int


class Node(NamedTuple):
    """One time of a tour: leaving the start, a stop, or being back at the end."""

    lo_s: int
    hi_s: int
    """It begins within these, inclusive; both are when it did, of what was served."""
    stand_s: int = 0
    drive_s: int = 0
    leave_s_min: int = 0
    pick: int = -1
    """Of a drop-off, the node of the pick-up."""
    limit_s: int = 0
    """Of a drop-off: begun so long after its pick-up began, at most."""
    aboard: int = 0
    """Rides aboard on leaving it, and what they take."""
    seats: int = 0
    wheelchairs: int = 0
    is_break: bool = False


def break_stops(breaks: Sequence[DayBreak]) -> tuple[TourStop, ...]:
    """The stops of a tour without rides: its breaks, in order."""
    order = sorted(range(len(breaks)), key=lambda i: (breaks[i].open_s, i))
    return tuple(TourStop(StopKind.BREAK, "", 0, break_index=i) for i in order)


def schedule(day: VehicleDay, now_s: int) -> Schedule | Violation:
    """The earliest times of a tour with the least waiting aboard, or the first rule it breaks.

    `now_s`: epoch seconds; nothing that is not reported is taken to be earlier if the promises allow."""
    violation = find_disorder(day)
    if violation is not None:
        return violation
    nodes = list_nodes(day)
    ahead = find_ahead(day)
    if ahead is not None and nodes[ahead].lo_s < now_s:
        late = nodes[ahead]._replace(lo_s=now_s)
        solved = _solve(day, [*nodes[:ahead], late, *nodes[ahead + 1 :]])
        if isinstance(solved, Schedule):
            return solved
    return _solve(day, nodes)


def check(day: VehicleDay) -> Violation | None:
    """The first rule a tour breaks, whatever the time."""
    solved = schedule(day, 0)
    return solved if isinstance(solved, Violation) else None


def fits(configurations: Sequence[Seats], seats: int, wheelchairs: int) -> bool:
    """Whether riders fit into one of a vehicle's configurations."""
    return any(c.seats >= seats and c.wheelchairs >= wheelchairs for c in configurations)


def count_frozen(day: VehicleDay, times: Schedule, now_s: int) -> int:
    """How many of the first stops stay as they are: the served ones, and those set out for by now and a little."""
    count = last_served(day)
    while count < len(day.stops) and times.begin_s[count] - day.stops[count].drive_s <= now_s + FROZEN_S:
        count += 1
    return count


def last_served(day: VehicleDay) -> int:
    """The number of stops up to the last served one. A break among them is over, reported or not."""
    return max((i for i, stop in enumerate(day.stops, 1) if stop.served_at_s is not None), default=0)


def list_points(day: VehicleDay) -> list[Point]:
    """Where the vehicle is: at the start, at each stop (at a break, where it was before), at the end."""
    requests = {request.id: request for request in day.requests}
    points = [day.start]
    for stop in day.stops:
        if stop.kind is StopKind.BREAK:
            points.append(points[-1])
        else:
            request = requests[stop.request_id]
            points.append(request.origin if stop.kind is StopKind.PICKUP else request.destination)
    return [*points, day.end]


def find_ahead(day: VehicleDay) -> int | None:
    """The node of the first ride's stop nobody reported served (node i is stop i - 1)."""
    served = last_served(day)
    rides = (i for i, stop in enumerate(day.stops, 1) if i > served and stop.kind is not StopKind.BREAK)
    return next(rides, None)


def find_disorder(day: VehicleDay) -> Violation | None:
    """What is wrong with a tour whatever its times are."""
    requests = {request.id: request for request in day.requests}
    dropped = {stop.request_id for stop in day.stops if stop.kind is StopKind.DROP_OFF}
    served = last_served(day)
    met: set[str] = set()
    aboard: set[str] = set()
    breaks: set[int] = set()
    for i, stop in enumerate(day.stops):

        def wrong(broken: Broken, detail: str, i: int = i, stop: TourStop = stop) -> Violation:
            return Violation(broken, i, stop.request_id, detail)

        if stop.kind is StopKind.BREAK:
            if not 0 <= stop.break_index < len(day.breaks) or stop.break_index in breaks or stop.drive_s:
                return wrong(Broken.ORDER, f"break {stop.break_index} is unknown, twice there or driven to")
            if aboard:
                return wrong(Broken.BREAK, "riders are aboard: " + ", ".join(sorted(aboard)))
            breaks.add(stop.break_index)
            continue
        if i < served and stop.served_at_s is None:
            return wrong(Broken.ORDER, "stops after it are served")
        if day.out_of_service_s is not None and stop.served_at_s is None:
            return wrong(Broken.OUT_OF_SERVICE, "the vehicle broke down")
        if stop.request_id not in requests or stop.drive_s < 0:
            return wrong(Broken.ORDER, f"no request {stop.request_id} in this tour, or no way to it")
        if stop.kind is StopKind.DROP_OFF:
            if stop.request_id not in aboard:
                return wrong(Broken.ORDER, "not aboard")
            aboard.remove(stop.request_id)
            continue
        if stop.request_id in met or not (stop.request_id in dropped or stop.served_at_s is not None):
            return wrong(Broken.ORDER, "picked up twice, or never set down")
        met.add(stop.request_id)
        if stop.request_id in dropped:
            aboard.add(stop.request_id)
        riders = [requests[id_] for id_ in aboard]
        seats, wheelchairs = sum(r.seats for r in riders), sum(r.wheelchairs for r in riders)
        if stop.served_at_s is None and not fits(day.configurations, seats, wheelchairs):
            return wrong(Broken.CAPACITY, f"{seats} seats and {wheelchairs} wheelchair places are needed")
    if len(met) < len(requests) or len(breaks) < len(day.breaks) or aboard:
        missing = sorted(set(requests) - met) or sorted(aboard) or ["a break"]
        return Violation(Broken.ORDER, len(day.stops), missing[0], "not in the tour")
    return None


def list_nodes(day: VehicleDay) -> list[Node]:
    """The times of a tour that is in order: leaving the start, each stop, being back at the end."""
    requests = {request.id: request for request in day.requests}
    dropped = {stop.request_id for stop in day.stops if stop.kind is StopKind.DROP_OFF}
    served = last_served(day)
    nodes = [Node(day.open_s, day.close_s)]
    picked: dict[str, int] = {}
    aboard = seats = wheelchairs = 0
    for i, stop in enumerate(day.stops, 1):
        lo_s, hi_s = _window(day, requests, stop)
        if i <= served:
            # A break nobody reported began when it could.
            at_s = stop.served_at_s
            lo_s = hi_s = max(lo_s, nodes[-1].lo_s + nodes[-1].stand_s) if at_s is None else at_s
        pick, limit_s, sign = -1, 0, 0
        if stop.kind is StopKind.PICKUP and stop.request_id in dropped:
            picked[stop.request_id] = i
            sign = 1
        elif stop.kind is StopKind.DROP_OFF:
            pick, sign = picked[stop.request_id], -1
            limit_s = requests[stop.request_id].ride_s_max + requests[stop.request_id].pickup_stop_s
        if sign:
            aboard += sign
            seats += sign * requests[stop.request_id].seats
            wheelchairs += sign * requests[stop.request_id].wheelchairs
        stand_s, is_break = _stand_s(day, requests, stop), stop.kind is StopKind.BREAK
        nodes.append(
            Node(
                lo_s,
                hi_s,
                stand_s,
                stop.drive_s,
                stop.leave_s_min,
                pick,
                limit_s,
                aboard,
                seats,
                wheelchairs,
                is_break,
            )
        )
    if served:
        left_s = nodes[1].lo_s - nodes[1].drive_s
        nodes[0] = Node(left_s, left_s)
    return [*nodes, Node(nodes[-1].lo_s, day.close_s, 0, day.home_s)]


def _window(day: VehicleDay, requests: dict[str, Request], stop: TourStop) -> tuple[int, int]:
    if stop.kind is StopKind.BREAK:
        return day.breaks[stop.break_index].open_s, day.breaks[stop.break_index].close_s
    request = requests[stop.request_id]
    if stop.kind is StopKind.PICKUP:
        return request.pickup_open_s, request.pickup_close_s
    return request.drop_open_s, request.drop_close_s


def _stand_s(day: VehicleDay, requests: dict[str, Request], stop: TourStop) -> int:
    if stop.kind is StopKind.BREAK:
        return day.breaks[stop.break_index].duration_s
    request = requests[stop.request_id]
    return request.pickup_stop_s if stop.kind is StopKind.PICKUP else request.drop_stop_s


def _solve(day: VehicleDay, nodes: list[Node]) -> Schedule | Violation:
    """Rules are added one kind after the other, to say which cannot be kept."""
    ahead = range(last_served(day) + 1, len(nodes))
    lo = [node.lo_s for node in nodes]
    hi = [node.hi_s for node in nodes]
    drives = [Arc(i - 1, i, nodes[i - 1].stand_s + nodes[i].drive_s) for i in ahead]
    loaded = [Arc(i, i - 1, -nodes[i - 1].stand_s - nodes[i].drive_s) for i in ahead if nodes[i - 1].aboard]
    rides = [Arc(i, nodes[i].pick, -nodes[i].limit_s) for i in ahead if nodes[i].pick >= 0]
    route = [] if day.route_s_max is None else [Arc(len(nodes) - 1, 0, -day.route_s_max)]
    for i in ahead:
        lo[i] = max(lo[i], nodes[i].leave_s_min + nodes[i].drive_s)
    arcs: list[Arc] = []
    kinds = (Broken.LATE, drives), (Broken.RIDE_TOO_LONG, rides[::-1]), (Broken.ROUTE_TOO_LONG, route)
    for broken, more in kinds:
        arcs += more
        times = _least(lo, hi, arcs)
        if isinstance(times, int):
            stop = day.stops[times - 1] if 0 < times <= len(day.stops) else None
            return Violation(
                broken, max(times - 1, 0), stop.request_id if stop else "", "too late to keep it"
            )
    times = _least(lo, _greatest(hi, arcs), arcs, loaded[::-1])
    assert not isinstance(times, int), "the latest times keep every rule"
    waits = sum(times[arc.of] - times[arc.to] + arc.least_s for arc in loaded)
    leave_s = times[1] - day.stops[0].drive_s if day.stops else times[0]
    return Schedule(tuple(times[1:-1]), leave_s, times[-1], waits)


def _least(lo: list[int], hi: list[int], arcs: Sequence[Arc], soft: Sequence[Arc] = ()) -> list[int] | int:
    """The least times within the bounds that keep all arcs, and the soft ones as far as the upper bounds allow; or a
    node whose upper bound does not. More rounds than nodes: the rules contradict each other in a circle."""
    times = list(lo)
    for node, time in enumerate(times):
        if time > hi[node]:
            return node
    for _ in range(len(times) + 1):
        before = list(times)
        for of, to, least_s in arcs:
            if times[of] + least_s > times[to]:
                times[to] = times[of] + least_s
                if times[to] > hi[to]:
                    return to
        for of, to, least_s in soft:
            times[to] = max(times[to], min(hi[to], times[of] + least_s))
        if times == before:
            return times
    return arcs[-1].to


def _greatest(hi: list[int], arcs: Sequence[Arc]) -> list[int]:
    """The greatest times up to the upper bounds that keep all arcs; there must be some."""
    times = list(hi)
    while True:
        before = list(times)
        for of, to, least_s in reversed(arcs):
            times[of] = min(times[of], times[to] - least_s)
        if times == before:
            return times
