"""What one word for a place stands for."""

from __future__ import annotations

import pytest

from gtfs_feeds.catalogue import find_stop
from gtfs_feeds.network import Network
from mobility.journeys.places import Ambiguous, Places, Resolved, Unknown, parse_coordinates
from tests.mobility.small_region import TOWNS


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("47.3,5.0", (47.3, 5.0)),
        (" 47.3 , 5.0 ", (47.3, 5.0)),
        ("-47.3;+5", (-47.3, 5.0)),
        ("47.3,5.0,1", (47.3, 5.0)),
        ("47,3", (47.0, 3.0)),
        ("90,180", (90.0, 180.0)),
        ("91,5", None),
        ("47.3,181", None),
        ("47.3", None),
        ("47.3,5.0,1,2", None),
        ("nan,inf", None),
        ("٤٧,٥", None),
        ("1e5,5", None),
        ("", None),
    ],
)
def test_coordinates(text: str, point: tuple[float, float] | None) -> None:
    assert parse_coordinates(text) == point


def test_a_point_is_itself(places: Places) -> None:
    assert places.resolve("47.3,5.0") == Resolved("47.3,5.0", 47.3, 5.0, stop=None, word="47.3,5.0")


def test_an_identifier_is_its_stop(places: Places, network: Network) -> None:
    found = places.resolve("r_BES2")
    assert isinstance(found, Resolved)
    assert (found.stop, found.word, found.name) == (
        find_stop(network.catalogue, "r_BES2"),
        "r_BES2",
        "Besançon Viotte",
    )


def test_an_identifier_of_a_place_is_it(places: Places) -> None:
    found = places.resolve("t:field")
    assert isinstance(found, Resolved)
    assert (found.name, found.word) == ("Le Champ-Vide", "47.6,5.9")


@pytest.mark.parametrize("text", ["Dijon Ville", "dijon ville", "dijn ville", "dijonville"])
def test_a_station_by_name(places: Places, text: str) -> None:
    found = places.resolve(text)
    assert isinstance(found, Resolved)
    assert found.word == "r_DIJ"


@pytest.mark.parametrize("text", ["Dijon", "dijon", "djon"])
def test_a_town_is_the_point_of_its_station(places: Places, text: str) -> None:
    """So that whoever starts in a town may take any stop around its station."""
    found = places.resolve(text)
    assert found == Resolved("Dijon", 47.3234, 5.0272, stop=None, word="47.3234,5.0272")


def test_a_town_and_its_station_of_one_name_are_not_a_choice(places: Places) -> None:
    assert isinstance(places.resolve("dole"), Resolved)
    assert isinstance(places.resolve("montbéliard"), Resolved)


def test_namesakes_are_a_choice(places: Places) -> None:
    found = places.resolve("saint-martin")
    assert isinstance(found, Ambiguous)
    assert {match.id for match in found.choices} == {"t:martin1", "t:martin2"}
    for match in found.choices:
        settled = places.settle(match)
        assert (settled.name, settled.stop) == ("Saint-Martin", None)


def test_stops_side_by_side_are_left_from_either(places: Places) -> None:
    match = next(match for match in places.search("republique") if match.areas[0].name == "Dijon")
    assert places.settle(match).stop is None


def test_an_unknown_name(places: Places) -> None:
    assert places.resolve("qqqqqq") == Unknown()
    assert places.resolve("") == Unknown()


def test_places_without_towns(network: Network) -> None:
    bare = Places(network)
    assert bare.search("besancon")[0].id == "r_BES"
    assert bare.search("besancon")[0].areas == ()


def test_towns_with_odd_values(network: Network) -> None:
    from dataclasses import replace

    odd = [
        replace(TOWNS[0], id="x", population=-5, kind="castle", area=""),
        replace(TOWNS[1], id="y", name="-"),
    ]
    found = Places(network, odd).find_match("x")
    assert found is not None
    assert (found.kind, found.areas) == ("poi", ())
