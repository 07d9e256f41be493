"""Journeys by a third criterion, and by way of somewhere: the planner's answer where two criteria are not enough.

With `Query.cost`, the restricted Pareto set: the anchors (journeys by arrival and transfers), what is beside them
within the slack, and nothing that another journey beats in departure, arrival, transfers and cost. With `Query.via`,
the same questions among the journeys that pass there. A window is many departures, each with its own anchors.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.bag_journeys import read_journeys
from routing.clock import service_day_of
from routing.ends import Entry, list_entries
from routing.journey import Answer, Journey
from routing.kernels.bag_limits import bound_ready, find_limits
from routing.kernels.bag_search import search_bags
from routing.kernels.bags import ABOARD_FIELDS, HOW_FIELDS, LABEL_FIELDS, Bags, Ends, Setting, Wish, empty
from routing.kernels.search import NEVER, TOWARD_RIDE, Ask, Departures, Labels, Walking, reset
from routing.kernels.trace import (
    JOURNEY_ARRIVAL,
    JOURNEY_DEPARTURE,
    JOURNEY_FIELDS,
    JOURNEY_RIDES,
    LEG_FIELDS,
    legs_max,
    search_departures,
)
from routing.layer import Layer
from routing.query import Cost, Query
from routing.route_costs import price_routes
from routing.route_lengths import measure_routes
from routing.search import Search, SearchedDay, list_first_s, prepare
from routing.timetable import INACCESSIBLE
from routing.workbench import Workbench

Instants = NDArray[np.int32]

VIAS_MAX = 16
CHUNK_S = 1200
"""Of a window: departures so close share one search for their limits."""

CHUNKS_MAX = 16
ANCHORS_PER_CALL = 256
PORTION = 64
"""Departures between two looks at the clock."""

POOL_ROWS, POOL_ROWS_MAX = 1 << 18, 1 << 21
"""Labels: 88 bytes each, touched only as they are written. A larger pool is not kept for the next query."""

NO_COST = Cost()


@dataclass(frozen=True)
class Task:
    """One query, with all that the kernels need of it."""

    bench: Workbench
    search: Search
    ends: Ends
    metres: tuple[Instants, ...]
    departures: Departures
    mirror: tuple[tuple[Layer, ...], Walking, Ask]
    labels: Labels
    """Of the two-criteria search."""
    scratch: Labels
    """For the limits, and as working memory."""


def plan_in_bags(bench: Workbench, query: Query) -> Answer:
    """The answer to a query with `via` or `cost`. Raises ValueError for more than VIAS_MAX vias."""
    if len(query.via) > VIAS_MAX:
        raise ValueError(f"{len(query.via)} places to pass; at most {VIAS_MAX}")
    first_s, last_s = query.time_s, query.time_s + query.window_s
    search = bench.prepare(query)
    if query.via:
        search = _with_all_entries(bench, search)
    if not search.origins or not search.destinations:
        return Answer((), first_s, last_s)
    task = _prepare(bench, query, search)
    if not len(task.departures.at_s):
        return Answer((), first_s, last_s)
    journeys, done = _answer(task)
    journeys.sort(key=lambda j: (j.departure_s, j.arrival_s, j.transfers, j.cost))
    cut_off = done < len(task.departures.at_s)
    if cut_off:
        reached_s = task.search.base_s + (-1 if query.arrive_by else 1) * int(
            task.departures.at_s[max(done, 1) - 1]
        )
        first_s, last_s = (first_s, reached_s) if query.arrive_by else (reached_s, last_s)
    return Answer(tuple(journeys), first_s, last_s, cut_off)


def compile_kernels(bench: Workbench, search: Search) -> None:
    """Compile all that a search over so many layers can need, on layers in which nothing runs."""
    query = replace(search.query, cost=NO_COST, window_s=0)
    days = (SearchedDay(service_day_of(query.time_s, bench.info.zones[0]), bench.nothing, 0),) * (
        len(search.layers) - 1
    )
    task = _prepare(bench, query, replace(search, query=query, days=days))
    reset(task.search.ask, task.labels)
    always = np.full((1, search.ask.rides_max + 2), task.departures.at_s[0], np.int32)
    left_s = np.zeros(len(task.labels.rows), np.int32)
    bound_ready(task.search.walking, task.labels.toward, left_s)
    anchors = Anchors(always, [task.labels.rows], left_s)
    Run(task, query.cost or NO_COST, always, always).go([(0, 1)], math.inf, anchors)


def _with_all_entries(bench: Workbench, search: Search) -> Search:
    """The search with every way at its ends, not only the quickest to each stop: another may pass somewhere."""
    query = search.query
    closed = bench.timetable.stop_wheelchair == INACCESSIBLE if query.wheelchair else None
    ends = []
    for offsets, into in ((query.origins, False), (query.destinations, True)):
        walking = bench.walking(0, 0, 1.0, into, query.wheelchair)
        ends.append(
            sorted(
                entry._replace(offer=number) if entry.offer >= 0 else entry
                for number, offset in enumerate(offsets)
                for entry in list_entries((offset,), walking, closed)
            )
        )
    return prepare(query, search.base_s, search.days, search.overlay, search.walking, (ends[0], ends[1]))


def _prepare(bench: Workbench, query: Query, search: Search) -> Task:
    wish = _make_wish(bench.info.boardable_count, query, query.cost or NO_COST)
    search, ends = _make_ends(bench.info.boardable_count, search, wish)
    walking = bench.walking(
        query.min_transfer_time_s,
        query.additional_transfer_time_s,
        query.transfer_time_factor,
        not query.arrive_by,
        query.wheelchair,
    )
    days = [day.arrays for day in search.days]
    if query.arrive_by:
        layers = (*[day.layer for day in days], search.overlay.layer)
    else:
        layers = (*[day.mirror for day in days], search.overlay.mirror)
    turned_s = -search.ask.layer_offset_s
    back = search.ask._replace(layer_offset_s=turned_s, layer_first_s=list_first_s(layers, turned_s.tolist()))
    own = bench.own("bags")
    labels = bench.get_labels(search)
    scratch = own.get(labels.rows.shape)
    if scratch is None or len(scratch.queue) < len(labels.queue) or scratch.seated.size < labels.seated.size:
        scratch = own[labels.rows.shape] = Labels(*(np.empty_like(part) for part in labels))
    return Task(
        bench,
        search,
        ends,
        tuple(measure_routes(bench.timetable, layer) for layer in search.layers),
        bench.list_departures(search),
        (layers, walking, back),
        labels,
        scratch,
    )


def _make_wish(stops: int, query: Query, cost: Cost) -> Wish:
    vias = query.via[::-1] if query.arrive_by else query.via
    via_bits = np.zeros(stops + 1, np.int64)
    for place, via in enumerate(vias):
        via_bits[list(via.stops)] |= 1 << place
    return Wish(
        cost.per_walked_s,
        via_bits,
        np.array([via.stay_s for via in vias], np.int64),
    )


def _make_ends(stops: int, search: Search, wish: Wish) -> tuple[Search, Ends]:
    """The ways at the ends as the kernels read them, and the search with one entry for each way to begin: at once, or
    having stayed at the first stop for vias."""
    ask, arrive_by = search.ask, search.query.arrive_by
    start, target = (
        (search.destinations, search.origins) if arrive_by else (search.origins, search.destinations)
    )
    stays = [(i, *stay) for i, entry in enumerate(start) for stay in _list_stays(entry, wish)]
    which = np.array([i for i, _, _ in stays], np.int64)
    origin_stay_s = np.array([stay_s for _, stay_s, _ in stays], np.int32)
    origin_walk_s = ask.origin_offset_s[which]
    target_first = np.full(stops, -1, np.int32)
    target_first[ask.target_stop[::-1]] = np.arange(len(target), dtype=np.int32)[::-1]
    ends = Ends(
        origin_stop=ask.origin_stop[which],
        origin_walk_s=origin_walk_s,
        origin_stay_s=origin_stay_s,
        origin_open_s=ask.origin_open_s[which],
        origin_close_s=ask.origin_close_s[which],
        origin_vias=np.array([vias for _, _, vias in stays], np.int32),
        origin_cost=_list_costs(search, start, wish)[which],
        target_first=target_first,
        target_stop=ask.target_stop,
        target_walk_s=ask.target_offset_s,
        target_open_s=ask.target_open_s,
        target_close_s=ask.target_close_s,
        target_at=np.array([e.from_stop if e.from_stop >= 0 else stops for e in target], np.int32),
        target_cost=_list_costs(search, target, wish),
    )
    own = [start[i] for i in which]
    ask = ask._replace(
        origin_stop=ends.origin_stop,
        origin_offset_s=ends.origin_walk_s + ends.origin_stay_s,
        origin_open_s=ends.origin_open_s,
        origin_close_s=ends.origin_close_s,
    )
    if arrive_by:
        return replace(search, ask=ask, destinations=own), ends
    return replace(search, ask=ask, origins=own), ends


def _list_costs(search: Search, entries: list[Entry], wish: Wish) -> NDArray[np.int64]:
    """Of each way at one end: what is walked has a price a second, a flexible leg its own."""
    query = search.query
    offsets = query.origins if entries is search.origins else query.destinations
    costs = [
        entry.duration_s * wish.per_walked_s if entry.offer < 0 else offsets[entry.offer].cost
        for entry in entries
    ]
    return np.array(costs, np.int64)


def _list_stays(way: Entry, wish: Wish) -> Iterator[tuple[int, int]]:
    """How long one may stay at the first stop, and the vias passed then. Where one starts, one was as long as one
    likes."""
    count, stay_s, vias = len(wish.via_stay_s), 0, 0
    here, there = (
        int(wish.via_bits[way.stop]),
        int(wish.via_bits[way.from_stop]),
    )  # no stop is the last, with no bits
    while vias < count and there >> vias & 1:
        vias += 1
    while True:
        while vias < count and here >> vias & 1 and not wish.via_stay_s[vias]:
            vias += 1
        yield stay_s, vias
        if vias == count or not here >> vias & 1:
            return
        stay_s += int(wish.via_stay_s[vias])
        vias += 1


def _answer(task: Task) -> tuple[list[Journey], int]:
    """The journeys, and how many departures were searched before the time was up."""
    query = task.search.query
    limit_s, now_s = query.time_limit_s, time.monotonic()
    anchors_end_s, end_s = (now_s + limit_s / 2, now_s + limit_s) if limit_s else (math.inf, math.inf)
    count = len(task.departures.at_s)
    if not query.via:
        anchors = _find_anchors(task, anchors_end_s)
    else:
        reset(task.search.ask, task.labels)
        task.scratch.rows[:] = -NEVER
        latest_s = task.departures.at_s + np.int32(task.search.ask.travel_s_max)
        always = np.full((count, task.search.ask.rides_max + 2), -NEVER, np.int32)
        always[:, :-1] = latest_s[:, None]
        if query.cost is None:
            return Run(task, NO_COST, always, _told(task, always)).go([(0, count)], end_s, None)
        run = Run(task, NO_COST, always, np.full_like(always, -NEVER))
        _, done = run.go([(0, count)], anchors_end_s, None)
        anchors = Anchors(run.best[:done], [], np.zeros(len(task.labels.rows), np.int32))
    assert query.cost is not None
    deadlines = find_deadlines(task, anchors.best, query.cost)
    searched = np.maximum.accumulate(deadlines[::-1])[::-1]
    run = Run(task, query.cost, searched, _told(task, deadlines))
    return run.go(_list_chunks(task.departures, len(anchors.best)), end_s, anchors)


class Anchors(NamedTuple):
    """By departure (and those after it), and what was known after each chunk of departures."""

    best: Instants
    """[n, K+2] earliest arrival with at most 0..K rides, of the departures searched in time."""
    earliest: list[Instants]
    """[S, 2K] for each chunk, the labels when all its departures were searched; empty: not known."""
    left_s: Instants
    """[S] what is left when ready to board (`bound_ready`)."""


def _find_anchors(task: Task, end_s: float) -> Anchors:
    """Search the departures by two criteria, and keep the labels between chunks."""
    search, labels, departures = task.search, task.labels, task.departures
    rides_max, count = search.ask.rides_max, len(departures.at_s)
    best = np.full((count, rides_max + 2), NEVER, np.int32)
    out_journeys = np.empty((ANCHORS_PER_CALL + rides_max, JOURNEY_FIELDS), np.int32)
    out_legs = np.empty((4 * ANCHORS_PER_CALL + rides_max * legs_max(rides_max), LEG_FIELDS), np.int32)
    chunks = _list_chunks(departures, count)
    earliest: list[Instants] = []
    number = {at_s: nth for nth, at_s in enumerate(departures.at_s.tolist())}
    done = 0
    for _, end in chunks:
        while done < end:
            done, found, _ = search_departures(
                search.layers,
                search.walking,
                search.ask,
                labels,
                departures,
                done,
                min(end, done + PORTION),
                0,
                out_journeys,
                out_legs,
            )
            for row in out_journeys[:found].tolist():
                nth = number[row[JOURNEY_DEPARTURE]]
                best[nth, row[JOURNEY_RIDES] : -1] = np.minimum(
                    best[nth, row[JOURNEY_RIDES] : -1], row[JOURNEY_ARRIVAL]
                )
            if time.monotonic() > end_s and done < count:
                break
        if done < end:
            return Anchors(_settle(best[:done]), [*earliest, labels.rows], _find_left(task))
        earliest.append(labels.rows if end == count else labels.rows.copy())
    return Anchors(_settle(best), earliest, _find_left(task))


def _find_left(task: Task) -> Instants:
    toward = task.labels.toward
    left_s = np.zeros(len(toward), np.int32)
    if toward[:, TOWARD_RIDE].any():  # the search had a bound
        bound_ready(task.search.walking, toward, left_s)
    return left_s


def _settle(best: Instants) -> Instants:
    """What leaving later and riding less allows counts as well; with more rides than may be, nothing."""
    best = np.minimum.accumulate(best)
    best[:, -1] = -NEVER
    return best


def _list_chunks(departures: Departures, count: int) -> list[tuple[int, int]]:
    """Portions of the first `count` departures, each with departures that are close: (first, end)."""
    at_s = departures.at_s[:count]
    if len(at_s) == 1:
        return [(0, 1)]
    span_s = max(CHUNK_S, 1 + int(departures.at_s[0] - departures.at_s[-1]) // CHUNKS_MAX)
    starts = np.flatnonzero(np.diff((departures.at_s[0] - at_s) // span_s, prepend=-1)).tolist()
    return list(zip(starts, [*starts[1:], count], strict=True))


def find_deadlines(task: Task, best: Instants, cost: Cost) -> Instants:
    """[n, K+2] by departure: until when a journey with so many rides may arrive to be kept beside the anchors, whose
    best arrivals with at most so many rides are `best`, and in the travel time from that departure; -NEVER: no anchor
    has about as many."""
    travel_s_max = task.search.ask.travel_s_max
    latest_s = [at_s + travel_s_max for at_s in task.departures.at_s[: len(best)].tolist()]
    rows = [
        _list_deadlines(arrivals, last_s, cost)
        for arrivals, last_s in zip(best.tolist(), latest_s, strict=True)
    ]
    return np.array(rows, np.int32).reshape(best.shape)


def _list_deadlines(best: list[int], latest_s: int, cost: Cost) -> list[int]:
    rides_max = len(best) - 2
    arrival_s = [-int(NEVER)] * (rides_max + 2)  # of the anchors with at least so many rides, the latest
    for k in range(rides_max, 0, -1):
        arrival_s[k] = best[k] if best[k] < best[k - 1] and best[k] <= latest_s else arrival_s[k + 1]
    deadlines = [-int(NEVER)] * (rides_max + 2)
    for k in range(1, rides_max + 1):
        anchor_s = arrival_s[max(1, k - cost.slack_transfers)]
        if anchor_s > -NEVER:
            deadlines[k] = min(anchor_s + cost.slack_s, latest_s)
    return deadlines


def _told(task: Task, until: Instants) -> Instants:
    """A window's first departure only raises the bar for those before it."""
    told = until.copy()
    if task.search.query.window_s:
        told[0] = -NEVER
    return told


class Run:
    """A search with bags over the departures, in a pool as large as it takes."""

    def __init__(self, task: Task, cost: Cost, searched: Instants, told: Instants) -> None:
        self.task, self.searched, self.until_s = task, searched, np.stack([searched, told])
        self.wish = _make_wish(task.bench.info.boardable_count, task.search.query, cost)
        self.prices = price_routes(task.bench.timetable, task.search, cost)
        self.best = np.full_like(searched, NEVER)
        self.ends = task.ends
        if cost is NO_COST:
            free = [np.zeros_like(prices) for prices in (task.ends.origin_cost, task.ends.target_cost)]
            self.ends = task.ends._replace(origin_cost=free[0], target_cost=free[1])
        self.own = task.bench.own("bags")

    def go(
        self, chunks: list[tuple[int, int]], end_s: float, anchors: Anchors | None
    ) -> tuple[list[Journey], int]:
        """The journeys, and how many departures were searched. Without anchors nothing is out of bounds."""
        stops = self.task.bench.info.boardable_count
        bags = self.own.get("pool") or _make_bags(stops, POOL_ROWS)
        while True:
            journeys, done, full = self._search(bags, chunks, end_s, anchors)
            rows = 8 * len(bags.label)
            if not full or rows > POOL_ROWS_MAX:
                break
            bags = _make_bags(stops, rows)
        if len(bags.label) <= POOL_ROWS:
            self.own["pool"] = bags
        return journeys, done

    def _search(
        self, bags: Bags, chunks: list[tuple[int, int]], end_s: float, anchors: Anchors | None
    ) -> tuple[list[Journey], int, bool]:
        """Journeys, departures searched, and whether the pool was too small for the next."""
        task, search = self.task, self.task.search
        empty(bags, task.scratch)
        setting = Setting(
            search.ask, self.wish, self.ends, bags, task.scratch, task.scratch.rows, task.labels.toward
        )
        rounds, count, found, done = search.ask.rides_max, 0, 0, 0
        for number, (first, end) in enumerate(chunks):
            if anchors is not None:
                rounds = int(np.count_nonzero(self.searched[first] > -NEVER))
                if rounds:
                    self._find_limits(anchors, number, (first, end), rounds)
            for start in range(first, end if rounds else first, PORTION):
                if start and time.monotonic() > end_s:
                    return self._read(bags, found), start, False
                count, found = search_bags(
                    search.layers,
                    task.metres,
                    self.prices,
                    search.walking,
                    setting,
                    rounds,
                    task.departures,
                    start,
                    min(start + PORTION, end),
                    self.until_s,
                    count,
                    found,
                    self.best,
                )
                if count == len(bags.label):
                    return self._read(bags, found), start, True
            done = end
        return self._read(bags, found), done, False

    def _read(self, bags: Bags, found: int) -> list[Journey]:
        return read_journeys(self.task.search, self.task.ends, bags, bags.found[:found])

    def _find_limits(self, anchors: Anchors, number: int, chunk: tuple[int, int], rounds: int) -> None:
        task = self.task
        layers, walking, ask = task.mirror
        from_s = int(task.departures.at_s[chunk[1] - 1])
        earliest, best = task.scratch.rows, np.full(ask.rides_max + 2, -NEVER, np.int32)
        if anchors.earliest:
            earliest = anchors.earliest[number]
            best = np.minimum(anchors.best[chunk[1] - 1], np.int32(from_s + ask.travel_s_max + 1))
        bounds = (earliest, task.labels.toward, anchors.left_s, best)
        deadline_s = self.searched[chunk[0]]
        find_limits(layers, walking, ask, task.ends, task.scratch, bounds, deadline_s, rounds, from_s)


def _make_bags(stops: int, rows: int) -> Bags:
    return Bags(
        label=np.empty((rows, LABEL_FIELDS), np.int64),
        how=np.empty((rows, HOW_FIELDS), np.int32),
        arrived=np.empty(stops + 1, np.int32),
        ready=np.empty(stops, np.int32),
        new_arrived=np.empty(stops + 1, np.int32),
        new_ready=np.empty(stops, np.int32),
        aboard=np.empty((rows // 16, ABOARD_FIELDS), np.int64),
        onward=np.empty((rows // 16, ABOARD_FIELDS), np.int64),
        found=np.empty((rows // 8, 2), np.int32),
    )
