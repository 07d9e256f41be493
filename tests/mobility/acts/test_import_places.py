"""Places from whatever table a region has."""

from __future__ import annotations

from pathlib import Path

import pytest

from mobility.acts.import_places import PlacesRefusedError, import_places, list_places, seed_places
from mobility.acts.ports import FeedPorts
from mobility.journeys.place import Place


def _import(
    ports: FeedPorts, folder: Path, content: str, encoding: str = "utf-8"
) -> tuple[list[Place], tuple[str, ...]]:
    table = folder / "communes.csv"
    table.write_text(content, encoding=encoding)
    outcome = import_places(ports, table)
    return [place for place in list_places(ports) if place.id.startswith("communes:")], outcome.skipped


def test_french_headings(ports: FeedPorts, tmp_path: Path) -> None:
    content = "insee,nom,departement,population,lat,lon\n25056,Besançon,25,119198,47.2378,6.0241\n"
    (place,), skipped = _import(ports, tmp_path, content)
    assert place == Place("communes:25056", "commune", "Besançon", 47.2378, 6.0241, 119198, "25", "FR")
    assert skipped == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_semicolons_commas_in_numbers_and_encodings(ports: FeedPorts, tmp_path: Path, encoding: str) -> None:
    content = "Nom;Latitude;Longitude;Pop\nÉpoisses;47,5061;4,1722;1 234\n"
    (place,), _ = _import(ports, tmp_path, content, encoding)
    assert (place.name, place.lat, place.population, place.id) == ("Époisses", 47.5061, 1234, "communes:2")


def test_rows_that_cannot_be_used_are_said(ports: FeedPorts, tmp_path: Path) -> None:
    content = "name,lat,lon,population\n,47,6,1\nA,north,6,1\nB,97,6,1\nC,47,6,many\nD,47,nan,1\nE,47,6,\n"
    places, skipped = _import(ports, tmp_path, content)
    assert [place.name for place in places] == ["E"]
    assert [sentence.split(": ")[0] for sentence in skipped] == [
        f"communes.csv, line {n}" for n in range(2, 7)
    ]
    assert "'north' is not a number" in skipped[1]


def test_the_same_file_again_replaces_its_places(ports: FeedPorts, tmp_path: Path) -> None:
    _import(ports, tmp_path, "name,lat,lon\nA,47,6\nB,47,6\n")
    places, _ = _import(ports, tmp_path, "name,lat,lon\nC,47,6\n")
    assert [place.name for place in places] == ["C"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("nom,latitude\nA,47\n", "has no column for lon: name it one of lon, lng"),
        ("name,lat,lon\n", "has no usable row"),
        ("", "has no column for name"),
        ("name,lat,lon\nA,x,6\n", "line 2: lat 'x' is not"),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    ports: FeedPorts, tmp_path: Path, content: str, words: str
) -> None:
    with pytest.raises(PlacesRefusedError, match=words):
        _import(ports, tmp_path, content)
    assert list_places(ports) == []


def test_a_new_database_gets_the_towns_of_france_once(ports: FeedPorts) -> None:
    count = seed_places(ports)
    towns = {place.name: place for place in list_places(ports)}
    assert count > 10_000
    assert towns["Besançon"].area == "Bourgogne-Franche-Comté"
    assert seed_places(ports) == 0


def test_a_town_gives_way_to_the_same_place_from_a_table(ports: FeedPorts, tmp_path: Path) -> None:
    seed_places(ports)
    table = tmp_path / "communes.csv"
    table.write_text("insee,nom,lat,lon\n25056,BESANCON,47.2378,6.0241\n21231,Dijon,0,0\n", encoding="utf-8")
    assert import_places(ports, table).replaced == 1
    names = [place.name for place in list_places(ports)]
    assert "Besançon" not in names, "the table's stands for it"
    assert names.count("Dijon") == 2, "another place of that name, far away"
