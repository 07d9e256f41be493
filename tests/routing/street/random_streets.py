"""Random little towns: a bent grid of nodes, streets of all kinds over it, things standing on nodes."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.routing.street.osm_texts import Node, Way, osm_text

SOUTH, WEST, STEP = 47.2, 6.0, 0.001

WAY_TAGS: list[dict[str, str]] = [
    {"highway": "residential"},
    {"highway": "residential", "name": "Rue des Granges"},
    {"highway": "residential", "oneway": "yes"},
    {"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"},
    {"highway": "residential", "oneway": "-1"},
    {"highway": "tertiary", "maxspeed": "30", "oneway": "yes", "cycleway": "opposite_lane"},
    {"highway": "primary", "maxspeed": "FR:rural"},
    {"highway": "footway"},
    {"highway": "footway", "kerb": "raised"},
    {"highway": "steps"},
    {"highway": "steps", "conveying": "forward"},
    {"highway": "path", "surface": "gravel", "incline": "8%"},
    {"highway": "cycleway", "oneway": "yes"},
    {"highway": "cycleway", "foot": "no"},
    {"highway": "pedestrian", "bicycle": "dismount"},
    {"highway": "service", "access": "private"},
    {"highway": "service", "access": "customers"},
    {"highway": "track", "tracktype": "grade4"},
    {"highway": "motorway"},
    {"highway": "residential", "junction": "roundabout"},
    {"highway": "residential", "tunnel": "yes"},
    {"waterway": "river"},
]

NODE_TAGS: list[dict[str, str]] = [
    {"barrier": "bollard"},
    {"barrier": "gate", "access": "private"},
    {"barrier": "kissing_gate"},
    {"barrier": "kerb", "kerb": "raised"},
    {"kerb": "lowered", "barrier": "kerb"},
    {"highway": "traffic_signals"},
    {"highway": "elevator"},
    {"highway": "crossing", "kerb": "raised"},
]


@dataclass(frozen=True)
class Town:
    text: str
    special: list[tuple[float, float]]
    """Where something stands: nobody should ask for a way from just there, as either side is right."""
    size: int


@st.composite
def towns(draw: st.DrawFn) -> Town:
    size = draw(st.integers(2, 4))
    jitter = st.integers(-3000, 3000)
    nodes: dict[int, Node] = {}
    special = []
    for row in range(size):
        for column in range(size):
            at = (SOUTH + row * STEP + draw(jitter) * 1e-7, WEST + column * STEP + draw(jitter) * 1e-7)
            tags = draw(st.sampled_from(NODE_TAGS)) if draw(st.integers(0, 4)) == 0 else {}
            nodes[100 + row * size + column] = (*at, tags)
            if tags:
                special.append(at)
    used: set[frozenset[int]] = set()
    ways: list[Way] = []
    for _ in range(draw(st.integers(2, 10))):
        refs = _walk(draw, size, used)
        if len(refs) > 1:
            ways.append((refs, draw(st.sampled_from(WAY_TAGS))))
    return Town(osm_text(nodes, ways), special, size)


def _walk(draw: st.DrawFn, size: int, used: set[frozenset[int]]) -> list[int]:
    """A walk over neighbours on the grid, diagonals too, no segment twice: not by an earlier way either."""
    row, column = draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))
    refs = [100 + row * size + column]
    for _ in range(draw(st.integers(1, 6))):
        row = min(size - 1, max(0, row + draw(st.integers(-1, 1))))
        column = min(size - 1, max(0, column + draw(st.integers(-1, 1))))
        node = 100 + row * size + column
        pair = frozenset((node, refs[-1]))
        if len(pair) < 2 or pair in used:
            continue
        used.add(pair)
        refs.append(node)
    return refs


def points(size: int) -> st.SearchStrategy[tuple[float, float]]:
    """Anywhere in the town, and a little outside."""
    span = st.floats(-0.0015, size * STEP + 0.0005, allow_nan=False)
    return st.tuples(span.map(lambda d: SOUTH + d), span.map(lambda d: WEST + d))
