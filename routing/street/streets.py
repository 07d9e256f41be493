"""The streets as the application asks them."""

from __future__ import annotations

import math
import threading
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from routing.kernels.street_search import (
    Arcs,
    Positions,
    Work,
    reach,
    reach_between,
    reach_each_other,
    spread_from_all,
)
from routing.snapshot import read_only
from routing.street.build import cell_size_e7
from routing.street.geometry import METRES_A_DEGREE, flat_distance_m
from routing.street.graph import FORBIDDEN, MODES, USUAL_SPEED_M_S, StreetGraph
from routing.street.links import KeptLinks, Link, find_link, grid_of, link_all
from routing.street.many_to_many import CarHierarchy
from routing.street.path import PathFinder
from routing.street.paths import NoPath, Reached, ReachedNodes, Reason, StreetPath, Transfers, TravelTimes

SNAP_M_MAX = 250.0
"""A point farther than this from every street of its mode is off the streets."""

DETOUR_FACTOR = 1.3
"""To stops with no street near: the crow's way times this, at the usual speed (of a car: CROW_CAR_M_S)."""
CROW_CAR_M_S = 9.0

STOPS_AT_ONCE = 256
"""Transfers are searched for so many stops in one call of the kernel: it cannot be stopped meanwhile."""


class Streets:
    """A street graph and the stops linked to it. Thread-safe: searches hold no lock and release the GIL.

    Modes are WALK, WHEELCHAIR, BIKE and CAR; `speed_m_s` None is the usual speed (`USUAL_SPEED_M_S`); of a CAR it must
    be None: the streets say how fast (ValueError). The fastest way does not depend on the speed: a slower person is
    slower everywhere alike. Durations are whole seconds, rounded up. Off the street one walks straight to it.
    """

    graph: StreetGraph
    unlinked_stops: NDArray[np.int32]
    """Stops with no walkable street near: reached as the crow flies times a detour factor, and `Reached.estimated`."""

    def __init__(
        self, graph: StreetGraph, stop_lat: ArrayLike, stop_lon: ArrayLike, snap_m_max: float = SNAP_M_MAX
    ) -> None:
        """Link the stops (float degrees, shape [S]; nan = no position, never reached) to the graph, for every mode."""
        self.graph = read_only(graph)
        self.snap_m_max = snap_m_max
        self._bounds = graph.bounds()
        self._grid = grid_of(self.graph, cell_size_e7(graph))
        self._stop_lat = np.ascontiguousarray(stop_lat, np.float64)
        self._stop_lon = np.ascontiguousarray(stop_lon, np.float64)
        self._stops = {mode: self._link_all(mode, self._stop_lat, self._stop_lon) for mode in MODES}
        unlinked = (self._stops["WALK"].edge < 0) & np.isfinite(self._stop_lat + self._stop_lon)
        self.unlinked_stops = np.flatnonzero(unlinked).astype(np.int32)
        self._arcs = {mode: self._arcs_of(mode) for mode in MODES}
        self._car_links = KeptLinks(partial(self._link_all, "CAR"))
        self._path_finder = PathFinder(self.graph, self._arcs)
        self._threads = threading.local()
        self._opening = threading.Lock()
        self._hierarchy: CarHierarchy | None = None

    def warm_up(self) -> None:
        """Compile (or load from the cache) every kernel that a question can need."""
        south, west, north, east = self._bounds
        lat, lon = (south + north) / 2, (west + east) / 2
        node_lat, node_lon = self.graph.node_lat_e7 / 1e7, self.graph.node_lon_e7 / 1e7
        ends = [(float(node_lat[at]), float(node_lon[at])) for at in (0, len(node_lat) - 1)]
        for point in (*ends, (lat, lon)):
            self.reach("WALK", *point, 60)
        self.path("WALK", *ends[0], *ends[1])
        self.path("WALK", *ends[0], *ends[0])
        self.travel_times("WALK", [ends[0]], [ends[0]])
        self.spread("WALK", [ends[0][0]], [ends[0][1]], [0], 60)

    def reach(
        self,
        mode: str,
        lat: float,
        lon: float,
        max_duration_s: int,
        speed_m_s: float | None = None,
        egress: bool = False,
    ) -> list[Reached] | NoPath:
        """The stops within `max_duration_s` of a point, nearest in time first; `egress`: from the stops to the point.

        NoPath when the point itself is on no street (`end` is 'from', or 'to' with `egress`).
        """
        slowness = _slowness(mode, speed_m_s)
        link = self._link(mode, lat, lon, "to" if egress else "from")
        if isinstance(link, NoPath):
            return link
        ms, mm = np.empty(len(self._stop_lat), np.int64), np.empty(len(self._stop_lat), np.int64)
        limit_ms = _limit_ms(max_duration_s, slowness)
        reach(
            self._arcs[mode],
            self._work(),
            int(egress),
            link.edge,
            link.along_mm,
            link.off_ms,
            link.off_mm,
            limit_ms,
            self._stops[mode],
            ms,
            mm,
        )
        stop = np.flatnonzero(ms >= 0)
        stop = stop[np.argsort(ms[stop], kind="stable")]
        duration_s = np.minimum(_seconds(ms[stop], slowness), max_duration_s)
        found = zip(stop.tolist(), duration_s.tolist(), (mm[stop] / 1000).tolist(), strict=True)
        reached = [Reached(*row) for row in found]
        if len(self.unlinked_stops):
            reached += self._crow_reach(mode, lat, lon, max_duration_s, slowness)
            reached.sort(key=lambda row: row.duration_s)
        return reached

    def path(
        self, mode: str, lat: float, lon: float, to_lat: float, to_lon: float, speed_m_s: float | None = None
    ) -> StreetPath | NoPath:
        """The fastest way between two points, with its steps; or why there is none."""
        slowness = _slowness(mode, speed_m_s)
        origin = self._link(mode, lat, lon, "from")
        if isinstance(origin, NoPath):
            return origin
        target = self._link(mode, to_lat, to_lon, "to")
        if isinstance(target, NoPath):
            return target
        way = self._path_finder.find(mode, origin, target, self._work())
        if way is None:
            return NoPath(Reason.NOT_CONNECTED, mode)
        return self._path_finder.present(mode, way, origin, target, (lat, lon), (to_lat, to_lon), slowness)

    def travel_times(
        self,
        mode: str,
        origins: ArrayLike,
        destinations: ArrayLike,
        speed_m_s: float | None = None,
        with_distances: bool = True,
    ) -> TravelTimes:
        """Fastest travel between all pairs of `origins` [O, 2] and `destinations` [D, 2] (lat, lon in degrees).

        Without distances (all nan) a CAR is answered by a contraction hierarchy, many times faster on a large network;
        the first such question opens it (a second for a million nodes).
        """
        slowness = _slowness(mode, speed_m_s)
        from_points = np.asarray(origins, np.float64).reshape(-1, 2)
        to_points = np.asarray(destinations, np.float64).reshape(-1, 2)
        mm = np.zeros((len(from_points), len(to_points)), np.int64)
        if mode == "CAR" and not with_distances and len(self.graph.car_order):
            starts, ends = self._car_links.link(from_points), self._car_links.link(to_points)
            ms = self._open_hierarchy().times_ms(starts, ends)
        else:
            starts = self._link_all(mode, from_points[:, 0], from_points[:, 1])
            ends = self._link_all(mode, to_points[:, 0], to_points[:, 1])
            ms = np.empty_like(mm)
            for row in range(len(from_points)):
                reach_between(self._arcs[mode], self._work(), starts, ends, row, row + 1, ms, mm)
        duration_s = np.where(ms >= 0, _seconds(ms, slowness), -1).astype(np.int32)
        return TravelTimes(duration_s, np.where((ms >= 0) & with_distances, mm / 1000, np.nan))

    def transfers(self, max_duration_s: int, mode: str = "WALK", speed_m_s: float | None = None) -> Transfers:
        """All pairs of stops within `max_duration_s` of each other; unlinked stops have none."""
        slowness = _slowness(mode, speed_m_s)
        limit_ms, stops = _limit_ms(max_duration_s, slowness), self._stops[mode]
        found: list[tuple[NDArray[Any], ...]] = []
        for begin in range(0, len(stops.edge), STOPS_AT_ONCE):
            end = min(begin + STOPS_AT_ONCE, len(stops.edge))
            found.append(reach_each_other(self._arcs[mode], self._work(), stops, begin, end, limit_ms))
        columns = [np.concatenate(parts) for parts in zip(*found, strict=True)] or [np.zeros(0, np.int64)] * 4
        from_stop, to_stop, ms, mm = columns
        order = np.lexsort((to_stop, ms, from_stop))
        return Transfers(
            from_stop=from_stop[order].astype(np.int32),
            to_stop=to_stop[order].astype(np.int32),
            duration_s=np.minimum(_seconds(ms[order], slowness), max_duration_s).astype(np.int32),
            distance_m=mm[order] / 1000,
        )

    def spread(
        self,
        mode: str,
        lat: ArrayLike,
        lon: ArrayLike,
        offset_s: ArrayLike,
        max_duration_s: int,
        speed_m_s: float | None = None,
        egress: bool = False,
    ) -> ReachedNodes:
        """The street nodes reached within `max_duration_s`, where one sets out from seed i at `offset_s[i]` seconds.

        Each node has its earliest time over all seeds. Seeds off the streets reach nothing.
        """
        slowness = _slowness(mode, speed_m_s)
        seeds = self._link_all(mode, np.asarray(lat, np.float64), np.asarray(lon, np.float64))
        offset_ms = np.rint(np.asarray(offset_s, np.float64) * 1000 / slowness).astype(np.int64)
        node = np.empty(len(self.graph.node_osm), np.int32)
        ms = np.empty(len(node), np.int64)
        limit_ms = _limit_ms(max_duration_s, slowness)
        work = self._work(2 * len(seeds.edge))
        count = spread_from_all(self._arcs[mode], work, int(egress), seeds, offset_ms, limit_ms, node, ms)
        return ReachedNodes(
            lat=self.graph.node_lat_e7[node[:count]] / 1e7,
            lon=self.graph.node_lon_e7[node[:count]] / 1e7,
            duration_s=np.minimum(_seconds(ms[:count], slowness), max_duration_s).astype(np.int32),
        )

    def locate(self, mode: str, lat: float, lon: float) -> tuple[float, float] | NoPath:
        """Where a point meets the streets, in degrees; or why it does not."""
        link = self._link(mode, lat, lon, "from")
        return link if isinstance(link, NoPath) else (link.lat, link.lon)

    def _link(self, mode: str, lat: float, lon: float, end: str) -> Link | NoPath:
        if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
            raise ValueError(f"{lat}, {lon} are no coordinates on Earth")
        south, west, north, east = self._bounds
        margin = self.snap_m_max / METRES_A_DEGREE
        wide = margin / max(0.01, math.cos(math.radians(lat)))
        if not (south - margin <= lat <= north + margin and west - wide <= lon <= east + wide):
            return NoPath(Reason.OUTSIDE, mode, end)
        link = find_link(self.graph, self._grid, mode, lat, lon, self.snap_m_max)
        return NoPath(Reason.OFF_STREETS, mode, end) if link is None else link

    def _link_all(self, mode: str, lat: NDArray[Any], lon: NDArray[Any]) -> Positions:
        found = link_all(self._grid, mode, lat, lon, self.snap_m_max)
        return Positions(*(_frozen(array) for array in found))

    def _arcs_of(self, mode: str) -> Arcs:
        graph = self.graph
        cost_ms, length_mm = graph.cost_ms(mode), graph.edge_length_mm
        return Arcs(graph.first_out, graph.out_half, graph.half_head, cost_ms, length_mm)

    def _work(self, seeds: int = 2) -> Work:
        """This thread's own working memory, with room on the heap for so many seeds."""
        work: Work | None = getattr(self._threads, "work", None)
        nodes, halves = len(self.graph.node_osm), len(self.graph.half_head)
        if work is None or len(work.heap) < halves + seeds:
            work = Work(
                label_ms=np.full(nodes, FORBIDDEN, np.int32),
                label_mm=np.empty(nodes, np.int64),
                parent=np.empty(nodes, np.int32),
                touched=np.empty(nodes, np.int32),
                mark=np.zeros(nodes, np.uint8),
                heap=np.empty(halves + max(seeds, 4096), np.int64),
            )
            self._threads.work = work
        return work

    def _open_hierarchy(self) -> CarHierarchy:
        with self._opening:
            if self._hierarchy is None:
                self._hierarchy = CarHierarchy(self.graph, self._arcs["CAR"])
            return self._hierarchy

    def _crow_reach(
        self, mode: str, lat: float, lon: float, max_duration_s: int, slowness: float
    ) -> list[Reached]:
        """Stops with no street near, as the crow flies."""
        stop = self.unlinked_stops
        speed_m_s = USUAL_SPEED_M_S.get(mode, CROW_CAR_M_S) / slowness
        distance_m = flat_distance_m(lat, lon, self._stop_lat[stop], self._stop_lon[stop]) * DETOUR_FACTOR
        duration_s = np.ceil(distance_m / speed_m_s).astype(np.int64)
        near = duration_s <= max_duration_s
        found = zip(stop[near].tolist(), duration_s[near].tolist(), distance_m[near].tolist(), strict=True)
        return [Reached(*row, estimated=True) for row in found]


def _slowness(mode: str, speed_m_s: float | None) -> float:
    """How many times the usual duration; ValueError for a mode that is none and a speed that cannot be."""
    if mode not in MODES:
        raise ValueError(f"'{mode}' is no street mode; there are {', '.join(MODES)}")
    if speed_m_s is None:
        return 1.0
    if mode == "CAR":
        raise ValueError("a car is as fast as the streets allow: it takes no speed")
    if not (math.isfinite(speed_m_s) and speed_m_s > 0):
        raise ValueError(f"nobody moves at {speed_m_s} m/s; the speed must be above 0")
    return USUAL_SPEED_M_S[mode] / speed_m_s


def _limit_ms(max_duration_s: int, slowness: float) -> int:
    return max(-1, min(int(max_duration_s * 1000 / slowness), int(FORBIDDEN) - 1))


def _seconds(ms: NDArray[Any], slowness: float) -> NDArray[np.int64]:
    return np.ceil(ms * (slowness / 1000)).astype(np.int64)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
