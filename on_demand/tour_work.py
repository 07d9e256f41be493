"""Tours to be changed as arrays for the kernels (`on_demand.kernels.tours`), and changed ones read back.

What is served, or set out for within `FROZEN_S`, is not in the arrays: each tour begins where that ends, with whoever
is aboard then. Their limits (how long they ride, how long the vehicle is under way) have become times by which they get
off, and by which it is back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from on_demand.area import Point
from on_demand.insertion import DayKey
from on_demand.kernels.tours import FAR, NONE, Work
from on_demand.ports import Drives
from on_demand.schedule import FROZEN_S, Schedule, count_frozen
from on_demand.tour import Request, StopKind, TourStop, VehicleDay

NEAR_MAX = 40
NO_WAY = 1 << 28
"""Longer than any tour, and three of them still fit into int32."""


@dataclass(slots=True)
class _Node:
    """A stop to be. `at` None: a break, wherever the vehicle is."""

    at: Point | None
    open_s: int
    close_s: int
    stand_s: int = 0
    seats: int = 0
    wheelchairs: int = 0
    ride_of: int = NONE
    ride_s_max: int = 0
    task: int = NONE
    stop: TourStop | None = None


@dataclass(frozen=True, slots=True)
class TourWork:
    """The arrays, and what they were made of."""

    days: tuple[VehicleDay, ...]
    frozen: tuple[int, ...]
    """How many stops of each tour stay as they are."""
    requests: tuple[Request, ...]
    """Those with nobody yet come last."""
    arrays: Work
    orders: tuple[tuple[int, ...], ...]
    """The tours as they are: nodes from start to end."""
    stops: tuple[TourStop | None, ...]
    """What is done at each node."""
    task_requests: tuple[Request | None, ...]
    """Whose each task is; None: a break."""

    def read(self, v: int, order: Sequence[int]) -> VehicleDay:
        """The day of vehicle v with its stops in another order; `version` is one more."""
        day, drive = self.days[v], self.arrays.drive
        kept = day.stops[: self.frozen[v]]
        stops, place = [], order[0]
        for node in order[1:-1]:
            stop = self.stops[node]
            assert stop is not None, "starts and ends do not move"
            is_break = bool(self.arrays.is_break[node])
            stops.append(replace(stop, drive_s=0 if is_break else int(drive[place, node]), leave_s_min=0))
            place = place if is_break else node
        if stops:
            stops[0] = replace(stops[0], leave_s_min=int(self.arrays.open[order[0]]))
        known = {request.id: request for request in (*self.requests, *day.requests)}
        here = dict.fromkeys(stop.request_id for stop in (*kept, *stops) if stop.request_id)
        return replace(
            day,
            version=day.version + 1,
            requests=tuple(known[id_] for id_ in here),
            stops=(*kept, *stops),
            home_s=int(drive[place, order[-1]]),
        )


class _Builder:
    """Collects nodes and tasks."""

    def __init__(self, vehicles: int) -> None:
        self.nodes: list[_Node] = []
        self.tasks: list[tuple[int, int]] = []
        self.task_requests: list[Request | None] = []
        self.pinned: list[int] = []
        self.orders: list[tuple[int, ...]] = []
        self.vehicles = vehicles

    def add_node(self, node: _Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def add_task(self, first: int, second: int, request: Request | None, pinned: int = NONE) -> None:
        for node in (first, second):
            if node != NONE:
                self.nodes[node].task = len(self.tasks)
        self.tasks.append((first, second))
        self.task_requests.append(request)
        self.pinned.append(pinned)

    def add_request(self, request: Request) -> tuple[int, int]:
        """Both stops of a ride, their times narrowed to those the other stop allows."""
        ride = request.ride_s_max
        pickup = _Node(
            request.origin,
            max(request.pickup_open_s, request.drop_open_s - ride - request.pickup_stop_s),
            min(request.pickup_close_s, request.drop_close_s - request.pickup_stop_s),
            request.pickup_stop_s,
            request.seats,
            request.wheelchairs,
            stop=TourStop(StopKind.PICKUP, request.id, 0),
        )
        first = self.add_node(pickup)
        drop = _Node(
            request.destination,
            max(request.drop_open_s, request.pickup_open_s + request.pickup_stop_s),
            min(request.drop_close_s, request.pickup_close_s + request.pickup_stop_s + ride),
            request.drop_stop_s,
            -request.seats,
            -request.wheelchairs,
            first,
            ride,
            stop=TourStop(StopKind.DROP_OFF, request.id, 0),
        )
        second = self.add_node(drop)
        self.add_task(first, second, request)
        return first, second

    def add_day(self, v: int, day: VehicleDay, times: Schedule, frozen: int, now_s: int) -> None:
        """A tour from where its frozen part ends."""
        requests = {request.id: request for request in day.requests}
        leave_s, place = max(day.open_s, now_s + FROZEN_S), day.start
        start = self.add_node(_Node(place, leave_s, day.close_s))
        end = self.add_node(_Node(day.end, day.open_s, day.close_s))
        drops = {stop.request_id for stop in day.stops if stop.kind is StopKind.DROP_OFF}
        nodes: dict[str, tuple[int, int]] = {}
        picked_s: dict[str, int] = {}
        order = [start]
        for i, stop in enumerate(day.stops):
            if i < frozen:
                ends_s = times.begin_s[i] + _stand_s(day, requests, stop)
                if stop.kind is StopKind.PICKUP and stop.request_id in drops:
                    picked_s[stop.request_id] = ends_s
                elif stop.kind is StopKind.DROP_OFF:
                    del picked_s[stop.request_id]
                if stop.request_id:
                    request = requests[stop.request_id]
                    place = request.origin if stop.kind is StopKind.PICKUP else request.destination
                leave_s = max(ends_s, now_s + FROZEN_S)
            elif stop.kind is StopKind.BREAK:
                order.append(self._add_break(v, day, stop))
            elif stop.kind is StopKind.PICKUP:
                nodes[stop.request_id] = self.add_request(requests[stop.request_id])
                order.append(nodes[stop.request_id][0])
            elif stop.request_id in picked_s:
                order.append(self._add_drop_off(v, requests[stop.request_id], picked_s[stop.request_id]))
            else:
                order.append(nodes[stop.request_id][1])
        self.orders.append((*order, end))
        if frozen:
            aboard = [requests[id_] for id_ in picked_s]
            self.nodes[start] = _Node(
                place, leave_s, leave_s, 0, sum(r.seats for r in aboard), sum(r.wheelchairs for r in aboard)
            )
            if day.route_s_max is not None:
                self.nodes[end].close_s = min(day.close_s, times.leave_s + day.route_s_max)

    def _add_break(self, v: int, day: VehicleDay, stop: TourStop) -> int:
        one = day.breaks[stop.break_index]
        node = self.add_node(_Node(None, one.open_s, one.close_s, one.duration_s, stop=stop))
        self.add_task(node, NONE, None, v)
        return node

    def _add_drop_off(self, v: int, request: Request, picked_s: int) -> int:
        drop = _Node(
            request.destination,
            request.drop_open_s,
            min(request.drop_close_s, picked_s + request.ride_s_max),
            request.drop_stop_s,
            -request.seats,
            -request.wheelchairs,
            stop=TourStop(StopKind.DROP_OFF, request.id, 0),
        )
        node = self.add_node(drop)
        self.add_task(node, NONE, request, v)
        return node


def build(
    days: Sequence[VehicleDay],
    times: Sequence[Schedule],
    drives: Drives,
    now_s: int,
    more: Sequence[Request] = (),
    among: Mapping[str, Collection[DayKey]] | None = None,
    may_wait_aboard: bool = False,
) -> TourWork:
    """The arrays for these tours, whose schedules at `now_s` are `times`, and for more requests nobody has yet.

    among: for each ride the vehicle-days that may take it; who is not in it may go with any."""
    builder = _Builder(len(days))
    frozen = tuple(count_frozen(day, time, now_s) for day, time in zip(days, times, strict=True))
    for v, (day, time) in enumerate(zip(days, times, strict=True)):
        builder.add_day(v, day, time, frozen[v], now_s)
    for request in more:
        builder.add_request(request)
    nodes, tasks = builder.nodes, len(builder.tasks)
    drive = _drive_matrix(nodes, drives)
    first, second = (np.array([t[k] for t in builder.tasks], np.int32) for k in (0, 1))
    opens = np.array([n.open_s for n in nodes], np.int64)
    holds = [not may_wait_aboard and time.aboard_wait_s == 0 for time in times]
    allowed = _allowed(days, builder, among or {})
    for v, (start, *ahead, end) in enumerate(builder.orders):
        if not ahead and nodes[start].open_s + drive[start, end] > nodes[end].close_s:
            # On its way home, or there: nobody fits any more, and the others are bettered all the same.
            allowed[:, v] = False
            nodes[start].close_s = nodes[end].close_s = int(FAR)
    arrays = Work(
        open=opens,
        close=np.array([n.close_s for n in nodes], np.int64),
        stand=np.array([n.stand_s for n in nodes], np.int64),
        drive=drive,
        seats=np.array([n.seats for n in nodes], np.int32),
        wheelchairs=np.array([n.wheelchairs for n in nodes], np.int32),
        ride_of=np.array([n.ride_of for n in nodes], np.int32),
        ride_max=np.array([n.ride_s_max for n in nodes], np.int64),
        is_break=np.array([n.at is None for n in nodes], np.bool_),
        task=np.array([n.task for n in nodes], np.int32),
        first=first,
        second=second,
        allowed=allowed,
        worth=np.array([tasks + 1] * (tasks - len(more)) + [1] * len(more), np.int64),
        near=_near(first, second, drive, opens),
        room=_room(days),
        route_max=np.array(
            [FAR if d.route_s_max is None or f else d.route_s_max for d, f in zip(days, frozen, strict=True)],
            np.int64,
        ),
        holds=np.array(holds, np.bool_),
        home=np.array([order[-1] for order in builder.orders], np.int32),
    )
    return TourWork(
        days=tuple(days),
        frozen=frozen,
        requests=tuple({r.id: r for r in builder.task_requests if r is not None}.values()),
        arrays=arrays,
        orders=tuple(builder.orders),
        stops=tuple(n.stop for n in nodes),
        task_requests=tuple(builder.task_requests),
    )


def _stand_s(day: VehicleDay, requests: Mapping[str, Request], stop: TourStop) -> int:
    if stop.kind is StopKind.BREAK:
        return day.breaks[stop.break_index].duration_s
    request = requests[stop.request_id]
    return request.pickup_stop_s if stop.kind is StopKind.PICKUP else request.drop_stop_s


def _drive_matrix(nodes: Sequence[_Node], drives: Drives) -> NDArray[np.int32]:
    points = list(dict.fromkeys(node.at for node in nodes if node.at is not None))
    numbers = {point: i for i, point in enumerate(points)}
    index = np.array([0 if node.at is None else numbers[node.at] for node in nodes], np.intp)
    times = np.asarray(drives.times_s(points, points), np.int32)
    times = np.where(times < 0, np.int32(NO_WAY), np.minimum(times, np.int32(NO_WAY)))
    return np.ascontiguousarray(times[np.ix_(index, index)])


def _allowed(
    days: Sequence[VehicleDay], builder: _Builder, among: Mapping[str, Collection[DayKey]]
) -> NDArray[np.bool_]:
    may = np.ones((len(builder.tasks), len(days)), np.bool_)
    for t, (request, pinned) in enumerate(zip(builder.task_requests, builder.pinned, strict=True)):
        if pinned != NONE:
            may[t] = False
            may[t, pinned] = True
        elif request is not None and request.id in among:
            may[t] = [(day.shift_id, day.day) in among[request.id] for day in days]
    return may


def _room(days: Sequence[VehicleDay]) -> NDArray[np.int32]:
    """Seats beside each number of wheelchairs, int32[V,W+1]."""
    widest = max((c.wheelchairs for day in days for c in day.configurations), default=0)
    room = np.full((len(days), widest + 1), NONE, np.int32)
    for v, day in enumerate(days):
        for wheelchairs in range(widest + 1):
            seats = [c.seats for c in day.configurations if c.wheelchairs >= wheelchairs]
            room[v, wheelchairs] = max(seats, default=NONE)
    return room


def _near(
    first: NDArray[np.int32], second: NDArray[np.int32], drive: NDArray[np.int32], opens: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Of each ride with both stops ahead, the others that are most like it: near in space, at about the same time
    (Shaw 1998). int32[T,K]."""
    tasks = len(first)
    near = np.full((tasks, max(min(NEAR_MAX, tasks - 1), 0)), NONE, np.int32)
    pairs = np.flatnonzero(second != NONE)
    if len(pairs) < 2:
        return near
    pick, drop = first[pairs], second[pairs]
    distance = drive[np.ix_(pick, pick)].astype(np.int64) + drive[np.ix_(drop, drop)]
    for node in (pick, drop):
        distance += np.abs(opens[node][:, None] - opens[node][None, :])
    np.fill_diagonal(distance, np.iinfo(np.int64).max)
    order = np.argsort(distance, axis=1, kind="stable")[:, : min(near.shape[1], len(pairs) - 1)]
    near[pairs[:, None], np.arange(order.shape[1])[None, :]] = pairs[order]
    return near
