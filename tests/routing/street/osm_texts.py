"""Little street networks as OSM XML."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

from routing.street import BuildReport, StreetGraph, build_graph

Node = tuple[float, float] | tuple[float, float, dict[str, str]]
Way = tuple[list[int], dict[str, str]]


def osm_text(nodes: dict[int, Node], ways: list[Way]) -> str:
    """OSM XML of nodes (id: lat, lon and perhaps tags) and ways (nodes, tags), numbered from 1."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
    for node, (lat, lon, *tags) in sorted(nodes.items()):
        lines.append(f'<node id="{node}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">')
        lines += [*_tag_lines(tags[0] if tags else {}), "</node>"]
    for number, (refs, tags) in enumerate(ways, 1):
        lines.append(f'<way id="{number}" version="1">')
        lines += [*(f'<nd ref="{ref}"/>' for ref in refs), *_tag_lines(tags), "</way>"]
    return "\n".join([*lines, "</osm>"])


def _tag_lines(tags: dict[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]


def graph_of(text: str, folder: Path) -> tuple[StreetGraph, BuildReport]:
    """The graph built from an OSM XML text."""
    file = folder / "streets.osm"
    file.write_text(text, encoding="utf-8")
    return build_graph(file)
