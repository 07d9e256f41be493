"""Agreement between two engines on seeded questions, then their times, question for question in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from routing.clock import day_start_s
from routing.layer import COLUMN_STOP
from routing.planner import Planner
from routing.query import Offset, Query

if TYPE_CHECKING:
    from mobility.bench.peer import Peer

BLOCK = 20
"""Questions one engine answers before the other's turn."""

Pareto = set[tuple[int, int, int]]


@dataclass(frozen=True)
class Difference:
    """One question the engines answer differently: (departure, arrival, transfers) that only one of them has."""

    query: Query
    only_ours: Pareto
    only_peers: Pareto


@dataclass
class Agreement:
    asked: int = 0
    same: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.same / self.asked if self.asked else 1.0


@dataclass(frozen=True)
class Times:
    """Milliseconds by question, in the order asked; `peer_ms` is empty when there is no peer."""

    ours_ms: tuple[float, ...]
    peer_ms: tuple[float, ...]

    def ratio(self, quantile: float) -> float:
        """Ours over the peer's at one quantile."""
        return float(np.quantile(self.ours_ms, quantile) / np.quantile(self.peer_ms, quantile))


def draw_queries(planner: Planner, count: int, seed: int, window_s: int = 0) -> list[Query]:
    """Questions between random stops served that day, leaving at a random minute between 07:00 and 09:00.

    Stops joined by a footpath are drawn anew: there the peer counts walking all the way as a journey that beats rides.
    """
    day = planner.info.first_day
    served = np.unique(planner.days.get(day).layer.columns[:, COLUMN_STOP])
    random = np.random.default_rng(seed)
    start_s = day_start_s(day, planner.info.zones[0])
    queries: list[Query] = []
    while len(queries) < count:
        a, b = random.choice(served, 2, replace=False)
        if b in planner.timetable.footpath_to[slice(*planner.timetable.footpath_first[a : a + 2])]:
            continue
        minute = int(random.integers(7 * 60, 9 * 60))
        ends = (Offset(int(a), 0),), (Offset(int(b), 0),)
        queries.append(Query(*ends, time_s=start_s + minute * 60, window_s=window_s))
    return queries


def pareto(planner: Planner, query: Query) -> Pareto:
    """Our answer as {(departure, arrival, transfers)}; departure 0 where the question does not optimise it."""
    answer = planner.plan(query)
    return {(j.departure_s if query.window_s else 0, j.arrival_s, j.transfers) for j in answer.journeys}


def agree(planner: Planner, peer: Peer, queries: Sequence[Query]) -> Agreement:
    """Compare whole Pareto sets."""
    result = Agreement()
    for query in queries:
        ours, theirs = pareto(planner, query), peer.pareto(peer.route(peer.prepare(query)), query)
        result.asked += 1
        if ours == theirs:
            result.same += 1
        else:
            result.differences.append(Difference(query, ours - theirs, theirs - ours))
    return result


def time_both(planner: Planner, peer: Peer | None, queries: Sequence[Query], seed: int) -> Times:
    """Time both engines, journeys with all their legs included, in shuffled blocks by turns after a warm-up."""
    ours_ms, peer_ms = [], []
    order = np.random.default_rng(seed).permutation(len(queries))
    for query in queries[:BLOCK]:
        planner.plan(query)
        if peer:
            peer.route(peer.prepare(query))
    for first in range(0, len(order), BLOCK):
        block = [queries[i] for i in order[first : first + BLOCK]]
        ours_ms += [_milliseconds(planner.plan, query) for query in block]
        if peer:
            peer_ms += [_milliseconds(peer.route, peer.prepare(query)) for query in block]
    return Times(tuple(ours_ms), tuple(peer_ms))


def _milliseconds(answer: Callable[..., object], question: object) -> float:
    start = time.perf_counter()
    answer(question)
    return (time.perf_counter() - start) * 1e3
