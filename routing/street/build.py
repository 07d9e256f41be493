"""From an OpenStreetMap extract to the street graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from routing.street.graph import StreetGraph


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What came of the extract."""

    node_count: int
    edge_count: int
    way_count: int
    length_km: dict[str, float]
    """By mode, of what one may use."""
    island_km: dict[str, float]
    """By mode, of it what lies on small islands, where no journey begins or ends."""
    cut_ways: int
    """Ways that go on outside the extract: they end where it does."""
    notes: list[str] = field(default_factory=list)
    """What an operator should know, in English."""


def build_graph(
    osm_path: Path, progress: Callable[[str, float], None] | None = None
) -> tuple[StreetGraph, BuildReport]:
    """The street graph of an extract (.osm.pbf, .osm.gz, .osm.bz2, .osm).

    `progress(stage, share)` is called now and then with the stage ('read', 'build', …) and the share of the whole done,
    0 to 1. Raises BrokenExtractError for a file that is missing, broken, cut short, or has no streets.
    """
    raise NotImplementedError
