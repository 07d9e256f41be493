"""The street graph: a NamedTuple of arrays, memory-mapped through `routing.snapshot`.

Nodes are junctions, ends of ways and barriers. An **edge** is a piece of a way between two nodes, with its geometry;
its two **halves** are its two directions: half 2e runs as edge e is drawn, half 2e + 1 against it, so `half ^ 1` turns
round and `half >> 1` is the edge. What a mode may not use costs FORBIDDEN, so oneways need nothing else.

    node n ──out_half[first_out[n] : first_out[n + 1]]──▶ half ──half_head[half]──▶ node
                                                           │
                           half >> 1 = edge ──edge_way──▶ way ──way_name──▶ text

Nodes are in Z-order, edges in the order of their first node: what is near is near in memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MODES = ("WALK", "WHEELCHAIR", "BIKE", "CAR")
"""Bit m of a mask of modes is `1 << MODES.index(mode)`."""

USUAL_SPEED_M_S = {"WALK": 1.25, "WHEELCHAIR": 0.8, "BIKE": 4.0}
"""On a plain street. Costs are kept at these speeds and scale as a whole with the speed asked for."""

FORBIDDEN = np.int32(2**31 - 1)
"""Cost of what a mode may not use."""

# Edge flags.
STEPS = 1
ELEVATOR = 2
ESCALATOR = 4
CROSSING = 8
ROUNDABOUT = 16
AREA = 32
TOLL = 64
CYCLEWAY = 128
ROUGH = 256  # a surface or smoothness known to be bad
STEEP = 512  # an incline known to exceed 6 %
WHEELCHAIR_NO = 1024  # tagged so
CLOCKWISE = 2048  # a roundabout driven clockwise
CONNECTOR = 4096  # of no length: through a barrier, a kerb or a lift
LINK = 8192  # a ramp
PASSING = 16384  # nobody begins or ends here: a tunnel, a motorway


class StreetGraph(NamedTuple):
    """N nodes, E edges, 2E halves, P geometry points, W ways, T texts, C grid cells, K entries in them."""

    node_lat_e7: NDArray[np.int32]  # [N] degrees × 10⁷, WGS84
    node_lon_e7: NDArray[np.int32]  # [N]
    node_osm: NDArray[np.int64]  # [N] OSM node id
    node_component: NDArray[
        np.uint16
    ]  # [4 × N] by mode, then node: strongly connected component, 0 = a small island
    first_out: NDArray[np.int32]  # [N + 1]
    out_half: NDArray[np.int32]  # [2E] halves that leave a node
    half_head: NDArray[np.int32]  # [2E] the node a half leads to
    walk_ms: NDArray[np.int32]  # [2E] at the usual speed, or FORBIDDEN
    wheelchair_ms: NDArray[np.int32]  # [2E]
    bike_ms: NDArray[np.int32]  # [2E] pushing where one may only walk
    car_ms: NDArray[np.int32]  # [2E]
    edge_length_mm: NDArray[np.int32]  # [E]
    edge_way: NDArray[np.int32]  # [E]
    edge_flags: NDArray[np.uint16]  # [E]
    edge_modes: NDArray[np.uint8]  # [E] modes that may begin or end here: allowed, and on no small island
    first_point: NDArray[np.int32]  # [E + 1]
    point_lat_e7: NDArray[np.int32]  # [P] geometry as drawn, both ends included
    point_lon_e7: NDArray[np.int32]  # [P]
    way_osm: NDArray[np.int64]  # [W] OSM way id
    way_name: NDArray[np.int32]  # [W] text, -1 = unnamed
    way_restriction: NDArray[np.int32]  # [W] text of a conditional access restriction, -1 = none
    way_level: NDArray[np.float32]  # [2W] level where the way begins and where it ends, 0 = street level
    text_first: NDArray[np.int64]  # [T + 1]
    text_bytes: NDArray[np.uint8]  # UTF-8
    cell_key: NDArray[np.int64]  # [C] row × 2³² + column, ascending
    cell_first: NDArray[np.int32]  # [C + 1]
    cell_segment: NDArray[np.int32]  # [K] first point of a segment that touches the cell
    cell_edge: NDArray[np.int32]  # [K] its edge
    car_order: NDArray[
        np.int32
    ]  # nodes with a large component for cars, as `many_to_many` orders them; may be empty

    def cost_ms(self, mode: str) -> NDArray[np.int32]:
        """Costs of the halves for a mode, int32[2E]; KeyError for a mode that is none."""
        return {
            "WALK": self.walk_ms,
            "WHEELCHAIR": self.wheelchair_ms,
            "BIKE": self.bike_ms,
            "CAR": self.car_ms,
        }[mode]

    def component(self, mode: str) -> NDArray[np.uint16]:
        """Strongly connected components of the nodes for a mode, uint16[N]."""
        nodes = len(self.node_osm)
        first = MODES.index(mode) * nodes
        return self.node_component[first : first + nodes]

    def find_text(self, index: int) -> str | None:
        """A text by its index, None for -1."""
        if index < 0:
            return None
        begin, end = int(self.text_first[index]), int(self.text_first[index + 1])
        return bytes(self.text_bytes[begin:end]).decode("utf-8")

    def bounds(self) -> tuple[float, float, float, float]:
        """South, west, north, east of the streets, in degrees; an empty graph has none: ValueError."""
        lat, lon = self.point_lat_e7, self.point_lon_e7
        if len(lat) == 0:
            raise ValueError("the street graph is empty")
        return (
            float(lat.min()) / 1e7,
            float(lon.min()) / 1e7,
            float(lat.max()) / 1e7,
            float(lon.max()) / 1e7,
        )


def pack_texts(texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Texts as one run of UTF-8 bytes and where each begins."""
    encoded = [text.encode("utf-8") for text in texts]
    first = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=first[1:])
    return first, np.frombuffer(b"".join(encoded), np.uint8).copy()
