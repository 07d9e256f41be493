"""All times of a small tour, one integer after the other."""

from __future__ import annotations

from on_demand.tour import StopKind, VehicleDay


def list_times(day: VehicleDay) -> list[tuple[int, ...]]:
    """Every (leaving the start, beginnings of service, being back) that keeps every rule of a tour in order. Where
    something was served, leaving the start is a fact: in time for the first."""
    requests = {request.id: request for request in day.requests}
    served = max((i for i, stop in enumerate(day.stops, 1) if stop.served_at_s is not None), default=0)
    found: list[tuple[int, ...]] = []

    def stands(i: int) -> int:
        if i == 0:
            return 0
        stop = day.stops[i - 1]
        if stop.kind is StopKind.BREAK:
            return day.breaks[stop.break_index].duration_s
        request = requests[stop.request_id]
        return request.pickup_stop_s if stop.kind is StopKind.PICKUP else request.drop_stop_s

    def window(i: int) -> tuple[int, int]:
        stop = day.stops[i - 1]
        if stop.kind is StopKind.BREAK:
            one = day.breaks[stop.break_index]
            return one.open_s, one.close_s
        request = requests[stop.request_id]
        if stop.kind is StopKind.PICKUP:
            return request.pickup_open_s, request.pickup_close_s
        return request.drop_open_s, request.drop_close_s

    def on_board_too_long(times: list[int], i: int) -> bool:
        stop = day.stops[i - 1]
        if stop.kind is not StopKind.DROP_OFF:
            return False
        pick = next(
            k
            for k, other in enumerate(day.stops, 1)
            if other.request_id == stop.request_id and other.kind is StopKind.PICKUP
        )
        return times[i] - times[pick] - stands(pick) > requests[stop.request_id].ride_s_max

    def go_on(times: list[int]) -> None:
        i = len(times)
        if i == len(day.stops) + 1:
            for back in range(times[-1] + stands(i - 1) + day.home_s, day.close_s + 1):
                if day.route_s_max is None or back - times[0] <= day.route_s_max:
                    found.append((*times, back))
            return
        stop = day.stops[i - 1]
        if i <= served:
            at = stop.served_at_s
            could_s = max(window(i)[0], times[-1] + stands(i - 1), day.open_s if i == 1 else 0)
            go_on([*times, could_s if at is None else at])
            return
        open_s, close_s = window(i)
        first = max(open_s, times[-1] + stands(i - 1) + stop.drive_s, stop.leave_s_min + stop.drive_s)
        for at in range(first, close_s + 1):
            if not on_board_too_long([*times, at], i):
                go_on([*times, at])

    if served:
        first = day.stops[0]
        at = first.served_at_s
        if at is None:  # a break nobody reported began when it could
            at = max(day.breaks[first.break_index].open_s, day.open_s)
        go_on([at - first.drive_s])
    else:
        for leave in range(day.open_s, day.close_s + 1):
            go_on([leave])
    return found


def least_waiting(day: VehicleDay, every: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Of these times, the earliest in which riders aboard wait only after stops that cannot begin later."""
    latest = [max(column) for column in zip(*every, strict=True)]
    served = max((i for i, stop in enumerate(day.stops, 1) if stop.served_at_s is not None), default=0)
    dropped = {stop.request_id for stop in day.stops if stop.kind is StopKind.DROP_OFF}
    requests = {request.id: request for request in day.requests}
    aboard, loaded = 0, []
    for i, stop in enumerate(day.stops, 1):
        if aboard and i > served:
            before = day.stops[i - 2]
            request = requests[before.request_id]
            stand_s = request.pickup_stop_s if before.kind is StopKind.PICKUP else request.drop_stop_s
            loaded.append((i, stand_s + stop.drive_s))
        if stop.kind is StopKind.PICKUP and stop.request_id in dropped:
            aboard += 1
        elif stop.kind is StopKind.DROP_OFF:
            aboard -= 1
    good = [
        times
        for times in every
        if all(times[i] - times[i - 1] == step or times[i - 1] == latest[i - 1] for i, step in loaded)
    ]
    least = tuple(min(column) for column in zip(*good, strict=True))
    assert least in good, "the least of all is one of them"
    return least
