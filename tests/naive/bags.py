"""The slow twin of the search with bags: every way to ride, by rounds, with nothing left out but what is plainly
worse at the same stop after as many rides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from routing.overlay import ExtraTrip, TripChange
from routing.query import Cost, Offset, Query
from routing.timetable import NO_CHANGE_S, Timetable, TimetableInfo
from tests.naive.planner import End, Run, _is_closed, _suits, _walk_s, _wish, list_runs

Way = tuple[End, int, int]
"""Between the place and a stop, the stop asked for or -1, and what it costs."""

Being = tuple[int, int, int]
"""At a stop: since when, what it cost, and how many vias were passed."""

Found = tuple[int, int, int, int]
"""Departure, arrival, transfers, cost."""


class Twin:
    def __init__(
        self,
        timetable: Timetable,
        info: TimetableInfo,
        query: Query,
        changes: Sequence[TripChange] = (),
        extras: Sequence[ExtraTrip] = (),
    ) -> None:
        self.timetable, self.query, self.cost = timetable, query, query.cost or Cost()
        self.runs = [run for run in list_runs(timetable, info, changes, extras) if _suits(run, query)]
        self.out, self.into = self._ways(query.origins, True), self._ways(query.destinations, False)

    def answer(self) -> set[Found]:
        """What the planner should answer; 0 for a departure (arrival) that is not optimised."""
        query = self.query
        if not query.arrive_by and not query.window_s:
            found = {(0, *rest) for rest in self.leave(query.time_s)}
            return restrict(front(found), found, query)
        found = {(leaves_s, *rest) for leaves_s in self._departures() for rest in self.leave(leaves_s)}
        if query.arrive_by and not query.window_s:
            earliest_s = query.time_s - query.max_travel_time_s
            found = {
                (leaves_s, 0, *rest)
                for leaves_s, at_s, *rest in found
                if at_s <= query.time_s and leaves_s >= earliest_s
            }
            return restrict(front(found), found, query)
        told = {j for j in front(found) if 0 <= j[query.arrive_by] - query.time_s <= query.window_s}
        return restrict(told, found, query)

    def leave(self, departure_s: int) -> set[tuple[int, int, int]]:
        """(arrival, transfers, cost) of every journey that leaves at `departure_s`, but for plainly worse ones."""
        found = set()
        latest_s = departure_s + self.query.max_travel_time_s
        ready: dict[int, set[Being]] = {}
        for way, at, cost in self.out:
            if departure_s <= way.close_s:
                be = (max(departure_s, way.open_s) + way.duration_s, cost, self._free(at, 0))
                ready.setdefault(way.stop, set()).update(being for being, _ in self._stays(way.stop, be))
        for transfers in range(self.query.max_transfers + 1):
            arrived = self._ride(ready)
            for way, at, way_cost in self.into:
                for being in arrived.get(way.stop, ()):
                    for (since_s, cost, vias), _ in self._stays(way.stop, being):
                        there_s = max(since_s, way.open_s) + way.duration_s
                        if self._free(at, vias) == len(self.query.via) and since_s <= way.close_s:
                            found.add((there_s, transfers, cost + way_cost))
            ready = self._change(arrived)
        return {j for j in found if j[0] <= latest_s}

    def _ride(self, ready: dict[int, set[Being]]) -> dict[int, set[Being]]:
        arrived: dict[int, set[Being]] = {}
        for run in self.runs:
            for board, call in enumerate(run.calls):
                for since_s, cost, vias in ready.get(call.stop, ()) if call.can_board else ():
                    if since_s <= call.departure_s:
                        for stop, at_s, ride_cost, passed in self._along(run, board, vias):
                            arrived.setdefault(stop, set()).add((at_s, cost + ride_cost, passed))
        return {stop: _best(beings) for stop, beings in arrived.items()}

    def _along(self, run: Run, board: int, vias: int) -> Iterator[tuple[int, int, int, int]]:
        """Where one can get off, when, for what and with which vias passed, seated as long as the vehicle goes on."""
        thousandths, first = self._boarding(run) * 1000, board
        vehicle: Run | None = run
        while vehicle is not None and vehicle.calls and _suits(vehicle, self.query):
            price = self._per_km(vehicle)
            for position in range(first, len(vehicle.calls)):
                call = vehicle.calls[position]
                vias = self._pass(call.stop, vias)
                if position > first:
                    thousandths += price * self._metres(vehicle.calls[position - 1].stop, call.stop)
                if call.can_alight and (vehicle is not run or position > board):
                    yield call.stop, call.arrival_s, thousandths // 1000, vias
            onward = vehicle.then
            if onward and onward.calls and vehicle.calls[-1].arrival_s > onward.calls[0].departure_s:
                onward = None  # it does not wait
            vehicle, first = onward, 0

    def _boarding(self, run: Run) -> int:
        if run.pattern >= 0:
            own = int(self.cost.by_pattern.per_ride[run.pattern]) if self.cost.by_pattern else 0
        else:
            by_mode = self.cost.per_ride_by_extra_mode
            own = by_mode[run.flags[0]] if by_mode else 0
        return self.cost.per_ride + own

    def _per_km(self, run: Run) -> int:
        by_mode, by_pattern = self.cost.per_km_by_mode, self.cost.by_pattern
        own = int(by_pattern.per_km[run.pattern]) if by_pattern and run.pattern >= 0 else 0
        return (by_mode[run.flags[0]] if by_mode else 0) + own

    def _change(self, arrived: dict[int, set[Being]]) -> dict[int, set[Being]]:
        ready: dict[int, set[Being]] = {}
        timetable, query = self.timetable, self.query
        for stop, beings in arrived.items():
            if _is_closed(timetable, stop, query):
                continue
            change_s = int(timetable.change_time_s[stop])
            for being in beings:
                for (since_s, cost, vias), _ in self._stays(stop, being):
                    if change_s < NO_CHANGE_S:
                        at_s = max(since_s, being[0] + _wish(change_s, query))
                        ready.setdefault(stop, set()).add((at_s, cost, vias))
                    for to, duration_s in self._footpaths(stop):
                        walk_s = _wish(duration_s, query)
                        there = (since_s + walk_s, cost + walk_s * self.cost.per_walked_s, vias)
                        ready.setdefault(to, set()).update(being for being, _ in self._stays(to, there))
        return {stop: _best(beings) for stop, beings in ready.items()}

    def _footpaths(self, stop: int) -> Iterator[tuple[int, int]]:
        timetable = self.timetable
        for path in range(timetable.footpath_first[stop], timetable.footpath_first[stop + 1]):
            to = int(timetable.footpath_to[path])
            walk_s = _walk_s(timetable, path, self.query)
            closed = _is_closed(timetable, to, self.query) or _is_closed(timetable, stop, self.query)
            if not closed and walk_s < NO_CHANGE_S:
                yield to, walk_s

    def _ways(self, offsets: tuple[Offset, ...], out: bool) -> list[Way]:
        """Where one is at a stop, its footpaths count."""
        ways: list[Way] = []
        price = self.cost.per_walked_s
        for offset in offsets:
            stop, walk_s = offset.stop, offset.duration_s
            if _is_closed(self.timetable, stop, self.query):
                continue
            if offset.open_s is not None and offset.close_s is not None:
                ways.append(
                    (
                        End(stop, walk_s, offset.open_s, offset.close_s),
                        -1,
                        offset.cost if self.query.cost else 0,
                    )
                )
                continue
            ways.append((End(stop, walk_s), -1 if walk_s else stop, walk_s * price))
            for other in range(len(self.timetable.change_time_s)) if not walk_s else ():
                source, end = (stop, other) if out else (other, stop)
                ways += [(End(other, s), stop, s * price) for to, s in self._footpaths(source) if to == end]
        return ways

    def _departures(self) -> list[int]:
        """Every instant at which leaving just catches something, however long one stays at the first stop."""
        found = set()
        for run in self.runs:
            for call in run.calls:
                for way, at, _ in self.out:
                    if way.stop == call.stop and call.can_board:
                        for _, stay_s in self._stays(way.stop, (0, 0, self._free(at, 0))):
                            leaves_s = call.departure_s - way.duration_s - stay_s
                            if leaves_s >= way.open_s:
                                found.add(min(leaves_s, way.close_s))
        return sorted(found)

    def _pass(self, stop: int, vias: int) -> int:
        """Vias passed after being at a stop for no time."""
        via = self.query.via
        while vias < len(via) and stop in via[vias].stops and via[vias].stay_s == 0:
            vias += 1
        return vias

    def _free(self, at: int, vias: int) -> int:
        """Vias passed where the journey begins or ends: there one is as long as one likes."""
        while vias < len(self.query.via) and at in self.query.via[vias].stops:
            vias += 1
        return vias

    def _stays(self, stop: int, being: Being) -> Iterator[tuple[Being, int]]:
        """Going on at once, or after staying for the next via, and the next; and how long that is."""
        since_s, cost, vias = being
        vias, stayed_s = self._pass(stop, vias), 0
        while True:
            yield (since_s + stayed_s, cost, vias), stayed_s
            if vias == len(self.query.via) or stop not in self.query.via[vias].stops:
                return
            stayed_s += self.query.via[vias].stay_s
            vias = self._pass(stop, vias + 1)

    def _metres(self, a: int, b: int) -> int:
        (lat_a, lon_a), (lat_b, lon_b) = (
            (math.radians(self.timetable.stop_lat[s]), math.radians(self.timetable.stop_lon[s]))
            for s in (a, b)
        )
        if math.isnan(lat_a + lat_b):
            return 0
        h = math.sin((lat_b - lat_a) / 2) ** 2
        h += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
        return round(2 * 6_371_009 * math.asin(math.sqrt(h)))


def _best(beings: set[Being]) -> set[Being]:
    """Those that no other beats in time, cost and vias."""
    return {
        b
        for b in beings
        if not any(o != b and o[0] <= b[0] and o[1] <= b[1] and o[2] >= b[2] for o in beings)
    }


def front(journeys: set[Found]) -> set[Found]:
    """Those that no other beats in departure, arrival, transfers and cost."""
    return {
        j
        for j in journeys
        if not any(
            o != j and o[0] >= j[0] and o[1] <= j[1] and o[2] <= j[2] and o[3] <= j[3] for o in journeys
        )
    }


def restrict(journeys: set[Found], all_found: set[Found], query: Query) -> set[Found]:
    """Those that an anchor, a journey best by arrival (arrive-by: departure) and transfers of those that leave no
    earlier (arrive no later) and do so within the travel time, beats by no more than the slack."""
    if query.cost is None:
        return journeys
    kept = set()
    for journey in journeys:
        if query.arrive_by:
            earliest_s = (journey[1] or query.time_s) - query.max_travel_time_s
            beside = {(-o[0], o[2]) for o in all_found if o[1] <= journey[1] and o[0] >= earliest_s}
            late_s = -journey[0]
        else:
            latest_s = (journey[0] or query.time_s) + query.max_travel_time_s
            beside = {(o[1], o[2]) for o in all_found if o[0] >= journey[0] and o[1] <= latest_s}
            late_s = journey[1]
        anchors = [a for a in beside if not any(o != a and o[0] <= a[0] and o[1] <= a[1] for o in beside)]
        if any(
            late_s <= at_s + query.cost.slack_s and journey[2] <= transfers + query.cost.slack_transfers
            for at_s, transfers in anchors
        ):
            kept.add(journey)
    return kept
