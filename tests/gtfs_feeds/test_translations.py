"""Texts in the reader's language (GTFS reference, translations.txt)."""

from __future__ import annotations

import pytest

from gtfs_feeds.catalogue import find_stop, headsign, stop_name, text, translated
from gtfs_feeds.compile import compile_feed
from tests.gtfs_feeds.sketch import sketch

FEED = """
    stops: stop_id stop_name stop_lat stop_lon parent_station location_type
    S  Gare      47.0 5.0 - 1
    A  -         47.0 5.0 S
    B  Marché    47.1 5.0
    B2 Marché    47.1 5.1
    C  Tunnel    47.2 5.0
    trips: route_id service_id trip_id trip_headsign
    R daily t1 Marché
    R daily t2 Gare
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time stop_headsign
    t1 A 1 08:00 08:00 Par~la~ville
    t1 B 2 08:10 08:10 Par~la~ville
    t1 C 3 08:20 08:20
    t2 C 1 09:00 09:00
    t2 B2 2 09:10 09:10
    feed_info: feed_publisher_name feed_publisher_url feed_lang
    Région https://example.org fr
    translations: table_name field_name language translation record_id record_sub_id field_value
    stops stop_name de Bahnhof S
    stops stop_name en Station S
    stops stop_name en Market - - Marché
    stops stop_name en Old~Market B2
    stops stop_name nl Markt - - Marché
    stop_times stop_headsign en Through~the~city t1 1
    feed_info feed_publisher_name en Region
"""


@pytest.fixture(name="network", scope="module")
def _network():
    return compile_feed(sketch(FEED))[0]


@pytest.mark.parametrize(
    ("stop", "lang", "name"),
    [
        ("f_S", "de", "Bahnhof"),
        ("f_S", "en-GB", "Station"),
        ("f_S", "EN", "Station"),
        ("f_S", "nl", "Gare"),
        ("f_S", "", "Gare"),
        ("f_A", "de", "Bahnhof"),
        ("f_B", "en", "Market"),
        ("f_B", "nl", "Markt"),
        ("f_B2", "en", "Old Market"),
        ("f_B2", "nl", "Markt"),
        ("f_C", "en", "Tunnel"),
    ],
)
def test_stop_names(network, stop: str, lang: str, name: str) -> None:
    assert stop_name(network.catalogue, find_stop(network.catalogue, stop), lang) == name


def test_a_translation_of_stops_is_none_of_headsigns(network) -> None:
    assert translated(network.catalogue, int(network.catalogue.trip_headsign_text[0]), "en") == "Marché"
    assert translated(network.catalogue, int(network.catalogue.trip_headsign_text[1]), "en") == "Gare"


def test_one_call_of_a_trip_is_translated_alone(network) -> None:
    shown = [headsign(network.catalogue, trip=0, position=p, last_stop=2, lang="en") for p in range(3)]
    assert shown == ["Through the city", "Par la ville", "Marché"]


def test_feed_info_needs_no_reference(network) -> None:
    name = int(network.catalogue.feed_publisher_name_text[0])
    assert (text(network.catalogue, name), translated(network.catalogue, name, "en")) == ("Région", "Region")
