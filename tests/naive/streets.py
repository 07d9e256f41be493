"""Streets as slowly and obviously as can be: every OSM node a node of a networkx graph, every segment looked at.

Shares with the engine what tags mean (`routing.street.tagging`, tested by tables) and nothing else.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import networkx as nx

from routing.street.tagging import NodeRule, judge_node, judge_way

MODES = ("WALK", "WHEELCHAIR", "BIKE", "CAR")
USUAL_M_S = {"WALK": 1.25, "WHEELCHAIR": 0.8, "BIKE": 4.0}
OFF_M_S = {"WALK": 1.25, "WHEELCHAIR": 0.8, "BIKE": 1.25, "CAR": 1.25}
EARTH_M = 6_371_008.8
ISLAND_M = 10_000.0
LIFT_S, SIGNALS_S = 60.0, 8.0


def haversine_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    phi, to_phi = math.radians(a[0]), math.radians(b[0])
    half = math.sin((to_phi - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(to_phi) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(half))


@dataclass
class Segment:
    """Between two neighbouring nodes of a way. `forward_s`, `backward_s` None: closed."""

    a: Any
    b: Any
    a_at: tuple[float, float]
    b_at: tuple[float, float]
    length_m: float
    forward_s: float | None
    backward_s: float | None
    passing: bool


@dataclass
class Spot:
    """A point on segments (all those equally near), and how far from them the point is."""

    off_m: float
    at: list[tuple[Segment, float]] = field(default_factory=list)


class NaiveStreets:
    """One mode's streets of an OSM XML text."""

    def __init__(self, xml: str, mode: str) -> None:
        self.mode = mode
        self.segments: list[Segment] = []
        self.graph = nx.MultiDiGraph()
        root = ElementTree.fromstring(xml)
        self.where = {int(n.get("id")): (float(n.get("lat")), float(n.get("lon"))) for n in root.iter("node")}
        self.rules = {int(n.get("id")): judge_node(_tags(n)) for n in root.iter("node")}
        for way in root.iter("way"):
            self._add_way([int(nd.get("ref")) for nd in way.iter("nd")], _tags(way))
        self.begins = self._snappable()

    def _add_way(self, nodes: list[int], tags: dict[str, str]) -> None:
        street = judge_way(tags)
        nodes = [node for node in nodes if node in self.where]
        if street is None or len(nodes) < 2:
            return
        forward, backward = street.speeds_m_s[2 * MODES.index(self.mode) :][:2]
        for a, b in pairwise(nodes):
            length = round(haversine_m(self.where[a], self.where[b]) * 1000) / 1000
            lights = (self.rules[a].has_signals + self.rules[b].has_signals) / 2
            extra = lights * SIGNALS_S if self.mode == "CAR" else 0.0
            segment = Segment(
                self._end(a, street.is_footway),
                self._end(b, street.is_footway),
                self.where[a],
                self.where[b],
                length,
                length / forward + extra if forward else None,
                length / backward + extra if backward else None,
                bool(street.flags & (4 | 2 | 16384)),
            )
            self.segments.append(segment)
            if segment.forward_s is not None:
                self.graph.add_edge(segment.a, segment.b, s=segment.forward_s, m=length)
            if segment.backward_s is not None:
                self.graph.add_edge(segment.b, segment.a, s=segment.backward_s, m=length)

    def _end(self, node: int, is_footway: bool) -> Any:
        """The node itself; where something stands on it, a copy for this end, joined to it if one gets through."""
        rule: NodeRule = self.rules[node]
        if not (rule.blocked or rule.kerb or rule.is_lift):
            return node
        copy = (node, len(self.segments), self.graph.number_of_nodes())
        bit = 1 << MODES.index(self.mode)
        blocked = rule.blocked | (rule.kerb if is_footway else 0)
        self.graph.add_node(copy)
        if not blocked & bit and not (rule.is_lift and self.mode == "CAR"):
            wait_s = LIFT_S / 2 if rule.is_lift else 0.0
            self.graph.add_edge(copy, node, s=wait_s, m=0.0)
            self.graph.add_edge(node, copy, s=wait_s, m=0.0)
        return copy

    def _snappable(self) -> list[Segment]:
        """Segments of the largest strongly connected component, and of any with 10 km of streets."""
        of_node = {
            node: number
            for number, nodes in enumerate(nx.strongly_connected_components(self.graph))
            for node in nodes
        }
        open_ = [s for s in self.segments if s.forward_s is not None or s.backward_s is not None]
        inside = [s for s in open_ if of_node[s.a] == of_node[s.b]]
        length: dict[int, float] = {}
        for segment in inside:
            length[of_node[segment.a]] = length.get(of_node[segment.a], 0.0) + segment.length_m
        largest = max(length.values(), default=0.0)
        large = {n for n, metres in length.items() if metres >= ISLAND_M or metres > largest - 1e-6}
        self.component = {node: number for node, number in of_node.items() if number in large}
        return [s for s in inside if of_node[s.a] in large and not s.passing]

    def snap(self, lat: float, lon: float, radius_m: float = 250.0) -> Spot | None:
        """All places on the streets that are nearest to a point, by looking at every segment."""
        found: list[tuple[float, Segment, float]] = []
        scale = math.cos(math.radians(lat))
        for segment in self.begins:
            ay, ax = segment.a_at[0] - lat, (segment.a_at[1] - lon) * scale
            by, bx = segment.b_at[0] - lat, (segment.b_at[1] - lon) * scale
            square = (bx - ax) ** 2 + (by - ay) ** 2
            share = 0.0 if square == 0 else -(ax * (bx - ax) + ay * (by - ay)) / square
            share = min(1.0, max(0.0, share))
            y, x = ay + share * (by - ay), ax + share * (bx - ax)
            found.append((math.hypot(x, y) * math.radians(EARTH_M), segment, share))
        nearest = min((distance for distance, _, _ in found), default=math.inf)
        if nearest > radius_m:
            return None
        return Spot(nearest, [(s, share) for distance, s, share in found if distance < nearest + 1e-4])

    def times_s(self, spot: Spot, to: list[Spot | None], reverse: bool = False) -> list[float | None]:
        """Seconds at the usual speed from one spot to others (or from them to it), None where there is no way."""
        graph = self.graph.copy()
        for name, other in [("origin", spot), *((i, other) for i, other in enumerate(to))]:
            if other is not None:
                self._attach(graph, name, other, leaves=(name == "origin") != reverse)
        self._attach_between(graph, spot, to, reverse)
        side = graph.reverse() if reverse else graph
        best = nx.single_source_dijkstra_path_length(side, "origin", weight="s") if "origin" in side else {}
        off = OFF_M_S[self.mode]
        return [
            None if other is None or i not in best else best[i] + (spot.off_m + other.off_m) / off
            for i, other in enumerate(to)
        ]

    def _attach(self, graph: Any, name: Any, spot: Spot, leaves: bool) -> None:
        """Join a spot to the ends of its segments; at the very end of one it is at the node, oneway or not."""
        graph.add_node(name)
        for segment, share in spot.at:
            for node, part, against in ((segment.a, share, True), (segment.b, 1 - share, False)):
                # to a one goes backward when leaving, and comes forward from it when arriving
                seconds = segment.backward_s if against == leaves else segment.forward_s
                if part * segment.length_m < 0.0005:
                    seconds = 0.0
                if seconds is None:
                    continue
                ends = (name, node) if leaves else (node, name)
                graph.add_edge(*ends, s=seconds * part, m=segment.length_m * part)

    def _attach_between(self, graph: Any, spot: Spot, to: list[Spot | None], reverse: bool) -> None:
        """Along one segment, without going to its end."""
        for i, other in enumerate(to):
            for segment, share in spot.at:
                for to_segment, to_share in other.at if other is not None else []:
                    if segment is not to_segment:
                        continue
                    move = (share - to_share) if reverse else (to_share - share)
                    seconds = segment.forward_s if move >= 0 else segment.backward_s
                    if seconds is not None or abs(move) * segment.length_m < 0.0005:
                        ends = (i, "origin") if reverse else ("origin", i)
                        graph.add_edge(*ends, s=abs(move) * (seconds or 0.0), m=abs(move) * segment.length_m)


def _tags(element: ElementTree.Element) -> dict[str, str]:
    return {tag.get("k", ""): tag.get("v", "") for tag in element.iter("tag")}
