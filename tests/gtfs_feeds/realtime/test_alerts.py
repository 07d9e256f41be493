"""Alerts: whom they concern, when, and in which words."""

from __future__ import annotations

import pytest

from gtfs_feeds.catalogue import find_stop, find_trip
from gtfs_feeds.realtime.alerts import Alert, Informed, text_in
from tests.gtfs_feeds.realtime.small_feed import hear, instant, rules, small_network

NOW_S = instant("2026-06-03 08:05")
TEXT = 'header_text { translation { text: "Travaux" language: "fr" } }'


def hear_alert(text: str) -> tuple[list[Alert], list[str]]:
    live = hear(f'entity {{ id: "a" alert {{ {text} }} }}', NOW_S)
    return list(live.alerts), rules(live.findings)


def get_informed(selector: str) -> tuple[list[Informed], list[str]]:
    alerts, found = hear_alert(f"{TEXT} informed_entity {{ {selector} }}")
    return [informed for alert in alerts for informed in alert.informed], found


def test_selectors_become_indices() -> None:
    catalogue = small_network().catalogue
    stop, trip = find_stop(catalogue, "f_GARE"), find_trip(catalogue, "f_day")
    assert get_informed('stop_id: "GARE"') == ([Informed(stop=stop)], [])
    assert get_informed('agency_id: "G"') == ([Informed(agency=0)], [])
    assert get_informed('route_id: "T" direction_id: 1') == ([Informed(route=1, direction=1)], [])
    assert get_informed("route_type: 2") == ([Informed(route_type=2)], [])
    assert get_informed('trip { trip_id: "day" }') == ([Informed(trip=trip)], [])
    assert get_informed('trip { route_id: "T" }') == ([Informed(route=1)], [])
    ((run,), found) = get_informed('stop_id: "GARE" trip { trip_id: "day" start_date: "20260604" }')
    assert (run.stop, run.trip, str(run.run.service_day), found) == (stop, trip, "2026-06-04", [])


@pytest.mark.parametrize(
    ("selector", "rule"),
    [
        ('stop_id: "X"', "unknown_informed_entity"),
        ('agency_id: "X"', "unknown_informed_entity"),
        ('route_id: "T" stop_id: "X"', "unknown_informed_entity"),
        ('trip { trip_id: "X" }', "unknown_informed_entity"),
        ('trip { trip_id: "sunday" start_date: "20260603" }', "trip_not_running"),
        ("", "unknown_informed_entity"),
    ],
)
def test_an_alert_about_nobody_knows_what_is_dropped(selector: str, rule: str) -> None:
    assert hear_alert(f"{TEXT} informed_entity {{ {selector} }}") == ([], [rule])
    (alert,), found = hear_alert(
        f'{TEXT} informed_entity {{ {selector} }} informed_entity {{ stop_id: "A" }}'
    )
    assert (len(alert.informed), found) == (1, [rule]), "what is left is kept"


def test_an_alert_that_names_nothing_is_about_the_whole_feed() -> None:
    (alert,), found = hear_alert(TEXT)
    assert (alert.informed, found) == ((Informed(feed_wide=True),), ["alert_without_informed_entity"])


def test_an_alert_without_words_is_dropped() -> None:
    assert hear_alert('informed_entity { stop_id: "A" }') == ([], ["alert_without_text"])


def test_cause_effect_severity_and_periods() -> None:
    (alert,), found = hear_alert(
        f'{TEXT} informed_entity {{ stop_id: "A" }} cause: STRIKE effect: NO_SERVICE severity_level: SEVERE'
        " active_period { start: 100 end: 200 } active_period { start: 300 } active_period { start: 9 end: 5 }"
    )
    assert (alert.cause, alert.effect, alert.severity) == ("STRIKE", "NO_SERVICE", "SEVERE")
    assert alert.periods == alert.shown == ((100, 200), (300, None))
    assert found == ["invalid_alert_period"]


def test_newer_periods_count_before_active_period() -> None:
    """The reference's migration guide: active_period is neither where one of the two is said."""
    (alert,), _ = hear_alert(
        f'{TEXT} informed_entity {{ stop_id: "A" }} active_period {{ start: 1 end: 2 }} impact_period {{ start: 5 }}'
    )
    assert (alert.periods, alert.shown) == (((5, None),), ())
    (alert,), _ = hear_alert(
        f'{TEXT} informed_entity {{ stop_id: "A" }} active_period {{ start: 1 }} communication_period {{ end: 5 }}'
    )
    assert (alert.periods, alert.shown) == ((), ((None, 5),))


@pytest.mark.parametrize(
    ("texts", "lang", "wanted"),
    [
        ({"fr": "un", "en": "one"}, "en", "one"),
        ({"fr": "un", "en-GB": "one"}, "en", "one"),
        ({"fr": "un", "en-GB": "one"}, "EN-gb", "one"),
        ({"fr": "un", "": "eins"}, "en", "eins"),
        ({"fr": "un", "de": "eins"}, "en", "un"),
        ({"fr": "un", "de": "eins"}, "", "un"),
        ({}, "en", ""),
    ],
)
def test_texts_in_a_language(texts: dict[str, str], lang: str, wanted: str) -> None:
    assert text_in(texts, lang) == wanted
