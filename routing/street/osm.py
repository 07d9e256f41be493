"""OpenStreetMap files as tables of ways, with pyosmium.

What a node or way means is not judged here: see `routing.street.tagging`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

WAY_KEYS = ("highway", "railway", "public_transport")
"""A way without one of these is no street."""

NODE_KEYS = ("barrier", "kerb", "highway")
"""A node without one of these is only a point of a way."""

REPORT_EVERY = 20_000
BYTES_A_WAY = 250
"""Of an extract, roughly, for each way of the kinds above: only to guess how far reading has come."""

Progress = Callable[[str, float], None]


class BrokenExtractError(ValueError):
    """The file is no readable OSM extract; the message names it and says what to do."""


@dataclass(slots=True)
class Extract:
    """Ways as rows of references to nodes. A way with a gap (nodes outside the extract) is a row for each part."""

    way_osm: NDArray[np.int64]  # [W]
    way_tags: list[dict[str, str]]  # [W]
    first_ref: NDArray[np.int64]  # [W + 1]
    ref_node: NDArray[np.int64]  # [R] OSM node id
    ref_lat_e7: NDArray[np.int32]  # [R] degrees × 10⁷
    ref_lon_e7: NDArray[np.int32]  # [R]
    node_tags: dict[int, dict[str, str]]  # by OSM node id, of the nodes with one of NODE_KEYS
    cut_ways: int


@dataclass(slots=True)
class _Rows:
    way_osm: list[int] = field(default_factory=list)
    way_tags: list[dict[str, str]] = field(default_factory=list)
    first_ref: list[int] = field(default_factory=lambda: [0])
    ref_node: array[int] = field(default_factory=lambda: array("q"))
    ref_lat_e7: array[int] = field(default_factory=lambda: array("i"))
    ref_lon_e7: array[int] = field(default_factory=lambda: array("i"))
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    cut_ways: int = 0
    way_count: int = 0
    missing_refs: int = 0

    def add_way(self, way: osmium.osm.Way) -> None:
        """Add a way, in parts where its nodes are missing; a single node is no part."""
        tags = dict(way.tags)
        begin, cut = len(self.ref_node), False
        for node in way.nodes:
            if node.location.valid():
                self.ref_node.append(node.ref)
                self.ref_lat_e7.append(node.y)
                self.ref_lon_e7.append(node.x)
            else:
                cut = True
                self.missing_refs += 1
                begin = self._end_part(way.id, tags, begin)
        self._end_part(way.id, tags, begin)
        self.way_count += 1
        self.cut_ways += cut

    def _end_part(self, way_osm: int, tags: dict[str, str], begin: int) -> int:
        if len(self.ref_node) - begin < 2:
            for column in (self.ref_node, self.ref_lat_e7, self.ref_lon_e7):
                del column[begin:]
        else:
            self.way_osm.append(way_osm)
            self.way_tags.append(tags)
            self.first_ref.append(len(self.ref_node))
        return len(self.ref_node)

    def extract(self) -> Extract:
        return Extract(
            way_osm=np.array(self.way_osm, np.int64),
            way_tags=self.way_tags,
            first_ref=np.array(self.first_ref, np.int64),
            ref_node=np.array(self.ref_node, np.int64),
            ref_lat_e7=np.array(self.ref_lat_e7, np.int32),
            ref_lon_e7=np.array(self.ref_lon_e7, np.int32),
            node_tags=self.node_tags,
            cut_ways=self.cut_ways,
        )


def read_extract(path: Path, progress: Progress | None = None) -> Extract:
    """The streets of an OSM file (.osm.pbf, .osm.gz, .osm.bz2, .osm) and the nodes on them that say something.

    Ways of the keys WAY_KEYS with two nodes or more, nodes of NODE_KEYS. `progress("read", share)`: how much, roughly.
    Raises BrokenExtractError where the file is missing, broken, cut short, unsorted, or has no such way.
    """
    if not path.is_file():
        raise BrokenExtractError(
            f"{path}: there is no such file; name an OpenStreetMap extract (.osm.pbf or .osm.gz)"
        )
    rows = _Rows()
    expected = max(1, path.stat().st_size // BYTES_A_WAY)
    try:
        for thing in _streets_of(path):
            if isinstance(thing, osmium.osm.Node):
                rows.node_tags[thing.id] = dict(thing.tags)
            elif isinstance(thing, osmium.osm.Way):
                rows.add_way(thing)
                if progress is not None and rows.way_count % REPORT_EVERY == 0:
                    progress("read", min(0.95, rows.way_count / expected))
    except (
        RuntimeError,
        ValueError,
        osmium.InvalidLocationError,
    ) as error:  # what pyosmium raises for broken files
        raise BrokenExtractError(
            f"{path}: the file is broken or was cut short ({error}). Download it again and compare its checksum; "
            "it must be an OpenStreetMap extract as .osm.pbf, .osm.gz, .osm.bz2 or .osm"
        ) from error
    _check(path, rows)
    return rows.extract()


def _streets_of(path: Path) -> osmium.FileProcessor:
    wanted = osmium.filter.KeyFilter(*dict.fromkeys(WAY_KEYS + NODE_KEYS))
    kinds = osmium.osm.NODE | osmium.osm.WAY
    return osmium.FileProcessor(str(path), kinds).with_locations().with_filter(wanted)


def _check(path: Path, rows: _Rows) -> None:
    if rows.way_count == 0:
        raise BrokenExtractError(
            f"{path}: there is no street (way with a highway tag) in it. Take an extract of your region that holds "
            "ways and their nodes"
        )
    if rows.missing_refs > len(rows.ref_node):
        raise BrokenExtractError(
            f"{path}: most nodes of its streets are not in it, or come after the ways. Take an extract with complete "
            "ways, sorted by type and id (`osmium sort`)"
        )
