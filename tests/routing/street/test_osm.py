"""Extracts that are whole, and those that are not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from routing.street import BrokenExtractError, build_graph
from routing.street.osm import read_extract
from tests.routing.street.osm_texts import Node, osm_text

SQUARE: dict[int, Node] = {1: (47.0, 6.0), 2: (47.0, 6.001), 3: (47.001, 6.001), 4: (47.001, 6.0)}
STREET = {"highway": "residential", "name": "Rue de l'Église"}


def _written(folder: Path, text: str | bytes, name: str = "town.osm") -> Path:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_ways_nodes_and_what_stands_on_them(tmp_path: Path) -> None:
    nodes: dict[int, Node] = {
        **SQUARE,
        2: (47.0, 6.001, {"barrier": "bollard"}),
        5: (47.0, 6.0, {"amenity": "bench"}),
    }
    extract = read_extract(
        _written(tmp_path, osm_text(nodes, [([1, 2, 3], STREET), ([3, 4], {"building": "yes"})]))
    )
    assert extract.way_osm.tolist() == [1]
    assert extract.way_tags == [STREET]
    assert extract.ref_node.tolist() == [1, 2, 3]
    assert extract.ref_lat_e7.tolist() == [470000000, 470000000, 470010000]
    assert extract.node_tags == {2: {"barrier": "bollard"}}
    assert extract.cut_ways == 0


def test_a_compressed_file_is_read_alike(tmp_path: Path) -> None:
    text = osm_text(SQUARE, [([1, 2, 3, 4, 1], STREET)])
    plain, _ = build_graph(_written(tmp_path, text))
    packed, _ = build_graph(_written(tmp_path, gzip.compress(text.encode()), "town.osm.gz"))
    assert all((a == b).all() for a, b in zip(plain, packed, strict=True))


def test_a_way_that_leaves_the_extract_is_cut_there(tmp_path: Path) -> None:
    text = osm_text(SQUARE, [([1, 2, 99, 3, 4], STREET), ([99, 1], STREET)])
    extract = read_extract(_written(tmp_path, text))
    assert extract.way_osm.tolist() == [1, 1]
    assert extract.ref_node.tolist() == [1, 2, 3, 4]
    assert extract.first_ref.tolist() == [0, 2, 4]
    assert extract.cut_ways == 2
    _, report = build_graph(tmp_path / "town.osm")
    assert any("outside the extract" in note for note in report.notes)


GOOD = osm_text(SQUARE, [([1, 2, 3, 4, 1], STREET)])
BAD: dict[str, tuple[str | bytes, str, str]] = {
    "cut short": (GOOD[: len(GOOD) // 2], "town.osm", "cut short"),
    "cut short, compressed": (gzip.compress(GOOD.encode())[:-20], "town.osm.gz", "cut short"),
    "a page of the web": ("<html><body>404</body></html>", "town.osm", "broken"),
    "no pbf": (b"\x00\x00\x10not at all", "town.osm.pbf", "broken"),
    "empty": (b"", "town.osm.pbf", "broken"),
    "another format": (b"PK", "town.zip", "broken"),
    "nothing in it": (osm_text({}, []), "town.osm", "no street"),
    "no street in it": (osm_text(SQUARE, [([1, 2], {"building": "yes"})]), "town.osm", "no street"),
    "only what nobody may use": (
        osm_text(SQUARE, [([1, 2], {"highway": "construction"})]),
        "town.osm",
        "none of its",
    ),
    "without nodes": (osm_text({}, [([1, 2, 3], STREET)]), "town.osm", "complete"),
    "no number": (GOOD.replace('lat="47.0000000"', 'lat="north"'), "town.osm", "broken"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_named_and_what_to_do_is_said(case: str, tmp_path: Path) -> None:
    content, name, says = BAD[case]
    file = _written(tmp_path, content, name)
    with pytest.raises(BrokenExtractError, match=says) as caught:
        build_graph(file)
    assert str(file) in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenExtractError, match="no such file"):
        build_graph(tmp_path / "nothing.osm.pbf")


def test_a_file_with_its_ways_first(tmp_path: Path) -> None:
    begin, end = GOOD.index("<way"), GOOD.index("</osm>")
    head = GOOD.index("<node")
    text = GOOD[:head] + GOOD[begin:end] + GOOD[head:begin] + GOOD[end:]
    with pytest.raises(BrokenExtractError, match="sort"):
        build_graph(_written(tmp_path, text))


def test_progress_only_goes_on(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    build_graph(_written(tmp_path, GOOD), lambda stage, share: told.append((stage, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(stage for stage, _ in told)) == ["read", "cut", "join", "index", "order"]
