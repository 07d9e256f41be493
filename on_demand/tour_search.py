"""A search for tours that drive less (`on_demand.kernels.reoptimise`), with the memory it needs, step by step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from on_demand.kernels import reoptimise as kernel
from on_demand.kernels.places import Memory
from on_demand.kernels.ruin import Todo
from on_demand.kernels.tours import NONE, Sheet, Tours
from on_demand.tour import Request, VehicleDay
from on_demand.tour_work import TourWork

Spent = Callable[[int], float]
"""Which share of the budget so many iterations have spent; from 1.0 on it is over."""

STEP_ITERATIONS_MIN, STEP_ITERATIONS_MAX = 20, 1000
WARM, COLD = 0.5, 0.005
"""The warmth at the beginning and the end, in drives per ride on average."""

MEMORY_CELLS = 1 << 18


def _empty_tours(vehicles: int, positions: int, tasks: int) -> Tours:
    def of(dtype: type) -> NDArray[np.generic]:
        return np.zeros((vehicles, positions), dtype)

    return Tours(
        node=of(np.int32),
        size=np.zeros(vehicles, np.int32),
        at=of(np.int64),
        latest=of(np.int64),
        place=of(np.int32),
        seats=of(np.int32),
        wheelchairs=of(np.int32),
        cost=np.zeros(vehicles, np.int64),
        mark=np.zeros(vehicles, np.int64),
        vehicle=np.full(tasks, NONE, np.int32),
    )


class TourSearch:
    """One search with its arrays."""

    def __init__(self, work: TourWork, seed: int) -> None:
        self._work = work
        arrays = work.arrays
        nodes, tasks, vehicles = len(arrays.open), len(arrays.first), len(work.days)
        positions = nodes - 2 * (vehicles - 1)
        self.kept, self._draft, self._best = (_empty_tours(vehicles, positions, tasks) for _ in range(3))
        self.sheet = Sheet(
            np.zeros(positions, np.int32),
            np.zeros(positions, np.int64),
            np.zeros(positions, np.int64),
            np.zeros(positions, np.bool_),
            np.zeros(nodes, np.int32),
        )
        self._memory = Memory(
            np.full(MEMORY_CELLS, -1, np.int64),
            np.full(MEMORY_CELLS, -1, np.int32),
            np.zeros(MEMORY_CELLS, np.int64),
            np.zeros(MEMORY_CELLS, np.int32),
            np.zeros(MEMORY_CELLS, np.int32),
        )
        self._todo = Todo(
            np.zeros(tasks, np.int32),
            np.zeros(tasks, np.int64),
            np.zeros(1, np.int64),
            np.zeros(vehicles, np.bool_),
            np.array([(seed * 2_654_435_761 + 88_675_123) % 0xFFFF_FFFF + 1], np.int64),
        )
        self._standing = np.zeros((2, 2), np.int64)
        for v, order in enumerate(work.orders):
            self.kept.node[v, : len(order)] = order
            self.kept.size[v] = len(order)
            for node in order[1:-1]:
                self.kept.vehicle[arrays.task[node]] = v

    def begin(self) -> bool:
        """Whether the tours can be driven as they are."""
        return bool(
            kernel.begin(self._work.arrays, self.kept, self._draft, self._best, self.sheet, self._standing)
        )

    def search(self, spent: Spent) -> int:
        """Search until the budget is spent; how many iterations that were."""
        done, step, share = 0, STEP_ITERATIONS_MIN, spent(0)
        while share < 1.0:
            kernel.search(
                self._work.arrays,
                self.kept,
                self._draft,
                self._best,
                self._todo,
                self._memory,
                self.sheet,
                step,
                self._warmth(share),
                self._standing,
            )
            done += step
            share, before = spent(done), share
            # Some hundred steps in all, each short enough to end in time.
            step = int(
                np.clip(step * 0.005 / max(share - before, 1e-6), STEP_ITERATIONS_MIN, STEP_ITERATIONS_MAX)
            )
        return done

    def _warmth(self, share: float) -> float:
        drives = float(self._standing[kernel.NOW, kernel.COST]) / max(len(self.kept.vehicle), 1)
        return float(drives * WARM * (COLD / WARM) ** share)

    def changed(self) -> list[VehicleDay]:
        """The days whose order is another one now."""
        best = self._best
        orders = [tuple(int(k) for k in best.node[v, : best.size[v]]) for v in range(len(self._work.days))]
        return [self._work.read(v, order) for v, order in enumerate(orders) if order != self._work.orders[v]]

    def left(self) -> tuple[Request, ...]:
        """Whose tasks nobody does."""
        tasks = self._work.task_requests
        return tuple(r for t in np.flatnonzero(self._best.vehicle == NONE) if (r := tasks[t]) is not None)
