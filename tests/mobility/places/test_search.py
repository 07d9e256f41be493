"""Searches on a small region: what people type, and what they mean by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gtfs_feeds.network import Network
from mobility.journeys.places import Bias, Places
from mobility.journeys.places.highlight import list_tokens
from mobility.journeys.places.normalise import list_spans, list_words
from routing.timetable import Mode
from tests.mobility.small_region import TOWNS

texts = st.text(max_size=60) | st.text("saintedijobçé-'/. 12", max_size=30)


def names(places: Places, text: str, **options: object) -> list[str]:
    return [match.name for match in places.search(text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("besancon", "Besançon"),
        ("BESANÇON", "Besançon"),
        ("bescançon", "Besançon"),
        ("besanco", "Besançon"),
        ("besnacon", "Besançon"),
        ("dijon", "Dijon"),
        ("dijon ville", "Dijon Ville"),
        ("ville dijon", "Dijon Ville"),
        ("dijjon", "Dijon"),
        ("gare de dole", "Dole"),
        ("chalon s saone", "Chalon-sur-Saône"),
        ("chalon s/ saône", "Chalon-sur-Saône"),
        ("chalonsursaone", "Chalon-sur-Saône"),
        ("chalon-sur-saone", "Chalon-sur-Saône"),
        ("st claude", "Saint-Claude"),
        ("saint claude", "Saint-Claude"),
        ("saintclaude", "Saint-Claude"),
        ("St-Claude", "Saint-Claude"),
        ("montbelliard", "Montbéliard"),
        ("montbeliard", "Montbéliard"),
        ("mont beliard", "Montbéliard"),
        ("lisle sur le doubs", "L'Isle-sur-le-Doubs"),
        ("l’isle", "L'Isle-sur-le-Doubs"),
        ("isle doubs", "L'Isle-sur-le-Doubs"),
        ("mouillere besancon", "Besançon Mouillère"),
        ("republique dijon", "République"),
        ("besançon xyzzy", "Besançon"),
        ("hopital dole", "Hôpital"),
    ],
)
def test_what_is_typed_is_found_first(places: Places, typed: str, first: str) -> None:
    assert names(places, typed)[0] == first


@pytest.mark.parametrize("typed", ["", "   ", "-", "''", "qqqqqq", "9999"])
def test_nothing_is_found_for_nothing(places: Places, typed: str) -> None:
    assert places.search(typed) == []


def test_a_station_is_asked_for(places: Places) -> None:
    assert places.search("dole")[0].kind == "commune"
    assert places.search("gare dole")[0].kind == "stop"


def test_platforms_are_their_station_and_entrances_nothing(places: Places) -> None:
    found = places.search("besancon viotte", kinds=["stop"])
    assert [match.id for match in found] == ["r_BES"]
    assert names(places, "entree nord") == []


def test_stops_of_one_name_side_by_side_are_one(places: Places, network: Network) -> None:
    found = places.search("republique", kinds=["stop"])
    assert sorted(area.name for match in found for area in match.areas if area.is_commune) == [
        "Besançon",
        "Dijon",
    ]
    dijon = next(match for match in found if match.areas[0].name == "Dijon")
    assert dijon.stop is not None
    lat = {round(float(network.timetable.stop_lat[stop]), 4) for stop in places.stops_of(dijon.stop)}
    assert lat == {47.3280, 47.3283}


def test_the_commune_a_stop_is_in_tells_it_from_its_namesakes(places: Places) -> None:
    first = places.search("republique besancon")[0]
    assert (first.name, first.areas[0].name, first.areas[0].matched) == ("République", "Besançon", True)


def test_an_unserved_stop_is_known(places: Places) -> None:
    match = places.search("gray gare fermee")[0]
    assert (match.name, match.importance) == ("Gare fermée de Gray", 0)


def test_far_towns_come_after_those_that_are_served(places: Places) -> None:
    found = names(places, "b")
    assert found.index("Besançon") < found.index("Bordeaux")


def test_a_point_prefers_what_is_near_to_it(places: Places) -> None:
    near_diray = Bias(47.6165, 1.4180, weight=3)
    assert places.search("saint claude", bias=near_diray)[0].name == "Saint-Claude-de-Diray"
    assert places.search("saint claude", bias=Bias(46.39, 5.86, weight=3))[0].name == "Saint-Claude"


def test_filters(places: Places) -> None:
    assert {match.kind for match in places.search("dole", kinds=["stop"])} == {"stop"}
    assert {match.kind for match in places.search("musee", kinds=["poi"])} == {"poi"}
    assert names(places, "republique", modes=1 << Mode.REGIONAL_RAIL) == []
    assert len(places.search("republique", modes=1 << Mode.BUS)) == 2
    boxed = places.search("republique", box=(47.2, 6.0, 47.3, 6.1))
    assert [match.areas[0].name for match in boxed] == ["Besançon"]


def test_names_in_another_language(places: Places) -> None:
    assert places.search("mompelgard")[0].name == "Montbéliard"
    assert places.search("mompelgard", lang="de")[0].name == "Mömpelgard"
    assert places.search("bisanz", lang="de-CH")[0].name == "Bisanz Hauptbahnhof"


def test_a_town_is_its_station_not_a_field(places: Places, network: Network) -> None:
    for town, stop_id in (("Besançon", "r_BES"), ("Dijon", "r_DIJ"), ("Saint-Claude", "r_STC")):
        match = next(match for match in places.search(town) if match.kind == "commune")
        stop = places.find_match(stop_id)
        assert stop is not None
        assert (match.stop, match.lat, match.lon) == (stop.stop, stop.lat, stop.lon)


def test_a_town_without_stops_is_its_centre(places: Places) -> None:
    match = places.search("champ vide")[0]
    assert (match.stop, match.lat, match.lon) == (None, 47.6, 5.9)


def test_what_matched_is_marked(places: Places) -> None:
    match = places.search("chalon s saone")[0]
    marked = [match.name[first : first + length] for first, length in match.tokens]
    assert marked == ["Chalon", "s", "Saône"]
    assert list_tokens("Saint-Claude", "st clau") == ((0, 5), (6, 4))
    assert list_tokens("Saint-Claude", "saintcl") == ((0, 5), (6, 2))
    assert list_tokens("Besançon Viotte", "besnacon") == ((0, 8),)
    assert list_tokens("Dole", "xyz") == ()


def test_every_further_letter_keeps_the_wanted_match(places: Places) -> None:
    """«Autocomplete loses a letter's match»: whatever name is typed, once found it stays found."""
    everything = 200
    for wanted in {match.name for letter in "abcdefghijklmnopqrstuvwxyz" for match in places.search(letter)}:
        typed = [wanted[:length] for length in range(1, len(wanted) + 1)]
        for text in filter(list_words, typed):
            assert wanted in names(places, text, limit=everything), text


def test_every_further_letter_keeps_it_among_the_first_ten(places: Places) -> None:
    for town in TOWNS:
        found = [town.name in names(places, town.name[:length]) for length in range(1, len(town.name) + 1)]
        assert found == sorted(found), town.name
        assert found[-1]


@given(text=texts)
def test_any_text_is_answered(places: Places, text: str) -> None:
    found = places.search(text, limit=5)
    assert len(found) <= 5
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)
    for match in found:
        assert 0 <= match.importance <= 1
        edge = 0
        for first, length in match.tokens:
            assert edge <= first < first + length <= len(match.name)
            edge = first + length
    places.resolve(text)


@given(text=texts)
def test_words_and_their_spans_agree(text: str) -> None:
    spans = list_spans(text)
    assert [word for word, _, _ in spans] == list_words(text)
    assert all(0 <= first < last <= len(text) for _, first, last in spans)


@given(name=texts, text=texts)
def test_tokens_are_ranges_of_the_name(name: str, text: str) -> None:
    edge = 0
    for first, length in list_tokens(name, text):
        assert edge <= first < first + length <= len(name)
        edge = first + length
