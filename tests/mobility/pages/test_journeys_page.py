"""The travellers' page, asked and read as people do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from mobility.journeys.prices import Prices
from mobility.journeys.serving import NothingToServeError
from tests.mobility.pages.conftest import OneNetwork
from tests.mobility.pages.page_reader import Element, read_fields, read_page
from ticketing.tariff.read_tariff import parse_tariff, read_tariff

MORNING = {"from": "besancon", "to": "dijon", "date": "2026-06-15", "time": "07:30"}


def ask(browser: TestClient, status: int = 200, **fields: str) -> Element:
    answer = browser.get("/", params=fields)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return read_page(answer.text)


def headings(page: Element) -> list[str]:
    return [heading.text() for heading in page.find_all("h4")]


ALONE = {"adults": "1", "children": "0", "wheelchairs": "0", "companions": "0"}


def test_the_first_visit_is_an_empty_form(browser: TestClient) -> None:
    page = ask(browser)
    assert page.get("html").attributes["lang"] == "fr"
    empty = {"from": "", "to": "", "by": "depart", "date": "2026-06-15", "time": "07:42"}
    assert read_fields(page) == empty | ALONE
    assert page.find_all("section") == []
    assert page.find_all("div", class_="errors") == []


def test_itineraries_as_people_read_them(browser: TestClient) -> None:
    page = ask(browser, **MORNING)
    assert page.get("h1").text() == "Besançon → Dijon"
    assert page.get("h2", id="results").text() == "3 itinéraires"
    assert [day.text() for day in page.find_all("h3")] == ["lundi 15 juin 2026", "mardi 16 juin 2026"]
    assert headings(page)[:2] == ["08:00 → 09:00", "10:00 → 11:00"]
    first = page.find_all("li", class_="itinerary")[0]
    facts = first.get("p", class_="facts").text()
    assert facts.startswith("1 h · direct")
    assert re.search(r"\d,\d kg CO₂e", facts)
    ride = first.find_all("li", class_="ride")[0]
    assert "Train régional" in ride.get("p", class_="mode").text()
    assert "vers Dijon" in ride.get("p", class_="mode").text()
    assert [call.text() for call in ride.find_all("p", class_="call")] == [
        "08:00 Besançon Viotte , voie 1",
        "09:00 Dijon Ville , voie A",
    ]
    assert ride.get("summary").text() == "2 arrêts intermédiaires"
    assert [stop.text() for stop in ride.get("details").find_all("li")] == [
        "08:11 Besançon Mouillère",
        "08:31 Dole",
    ]


def test_in_english(browser: TestClient) -> None:
    page = ask(browser, **MORNING, lang="en")
    assert page.get("html").attributes["lang"] == "en"
    assert page.get("h2", id="results").text() == "3 journeys"
    assert page.find_all("h3")[0].text() == "Monday 15 June 2026"
    assert "Regional train" in page.text()
    assert "Train régional" not in page.text()
    assert read_fields(page)["lang"] == "en"


def test_the_language_stays_in_every_link(browser: TestClient) -> None:
    page = ask(browser, **MORNING, lang="en")
    own = [link.attributes["href"] for link in page.find_all("a") if link.attributes["href"].startswith("/?")]
    french = [link.attributes["href"] for link in page.find_all("a", hreflang="fr")]
    assert all("lang=en" in link for link in own if link not in french)
    assert read_page(browser.get(french[0]).text).get("html").attributes["lang"] == "fr"


def test_the_badge_can_be_read(browser: TestClient) -> None:
    """The feed asks for white on yellow."""
    badge = ask(browser, **MORNING).find_all("svg", class_="badge")[0]
    assert badge.attributes["aria-label"] == "Ligne TER 1"
    assert badge.get("rect").attributes["fill"] == "#FFFF00"
    assert badge.get("text").attributes["fill"] == "#000000"


def test_the_lowest_emissions_are_named_not_only_coloured(browser: TestClient) -> None:
    page = ask(browser, **MORNING)
    assert "Émissions les plus basses" in page.find_all("strong", class_="lowest")[0].text()


def test_past_midnight(browser: TestClient) -> None:
    page = ask(
        browser, **{"from": "dijon ville", "to": "saint claude", "date": "2026-06-15", "time": "22:00"}
    )
    assert headings(page)[0].startswith("23:00 → 01:10 +1 j")
    note = page.find_all("abbr", class_="later")[0]
    assert note.attributes["title"] == "arrivée 1 jour(s) plus tard"
    assert "Sur réservation auprès de Trains & Cars" in page.text()
    assert "Téléphone : 03 80 00 00 00" in page.text().replace("\u00a0", " ")


def test_arrive_by(browser: TestClient) -> None:
    page = ask(browser, **MORNING | {"by": "arrive", "time": "09:30"})
    assert "08:00 → 09:00" in headings(page)
    arrivals = [heading.find_all("time")[1].attributes["datetime"] for heading in page.find_all("h4")]
    assert max(arrivals) == "2026-06-15T09:00:00+02:00"
    assert read_fields(page)["by"] == "arrive"


def test_earlier_and_later_join(browser: TestClient) -> None:
    page = ask(browser, **MORNING)
    seen = [time.attributes["datetime"] for time in page.find_all("time")]
    later = read_page(browser.get(page.get("a", rel="next").attributes["href"]).text)
    first_later = later.find_all("h4")[0].find_all("time")[0].attributes["datetime"]
    assert first_later > page.find_all("h4")[-1].find_all("time")[0].attributes["datetime"]
    back = read_page(browser.get(later.get("a", rel="prev").attributes["href"]).text)
    assert back.find_all("h4")[-1].find_all("time")[0].attributes["datetime"] in seen


def test_synthetic_data_is_labelled(browser: TestClient) -> None:
    page = ask(browser, **MORNING)
    assert "Données synthétiques" in page.get("p", class_="synthetic").text()
    assert "données synthétiques" not in page.find_all("li", class_="ride")[0].text()
    assert "Région <essai> (données synthétiques)" in page.get("footer").text()
    assert "Synthetic data" in ask(browser, lang="en").get("p", class_="synthetic").text()


def test_a_way_on_foot(browser: TestClient) -> None:
    page = ask(browser, **MORNING | {"from": "47.2500,6.0220"})
    walk = page.find_all("li", class_="way")[0]
    assert re.fullmatch(r"À pied jusqu’à Besançon Viotte \d min · 420 m", walk.text())
    assert re.search(r"\d min à pied", page.find_all("p", class_="facts")[0].text())


def test_from_a_town_nobody_walks_within_its_station(browser: TestClient) -> None:
    page = ask(browser, **MORNING)
    assert page.find_all("li", class_="way") == []
    assert "à pied" not in page.find_all("p", class_="facts")[0].text()


def test_nothing_is_explained(browser: TestClient) -> None:
    page = ask(browser, **MORNING | {"date": "2030-01-07"})
    assert page.get("h2", id="results").text() == "Aucun itinéraire"
    assert "hors de la période" in page.get("ul", class_="reasons").text()
    english = ask(browser, **MORNING | {"date": "2030-01-07", "lang": "en"})
    assert "outside the timetable" in english.get("ul", class_="reasons").text()


def test_a_place_far_from_stops_is_explained(browser: TestClient) -> None:
    page = ask(browser, **MORNING | {"from": "Le Champ-Vide"})
    assert page.get("ul", class_="reasons").find_all("li")
    assert page.find_all("li", class_="itinerary") == []


# ── errors, beside their fields ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "wrong", "words"),
    [
        ({"from": ""}, "from", "Indiquez un lieu de départ."),
        ({"to": "  "}, "to", "Indiquez un lieu d’arrivée."),
        ({"from": "qqqqqq"}, "from", "Aucun arrêt ni commune ne correspond à « qqqqqq »"),
        ({"date": "2026-02-30"}, "date", "Cette date n’existe pas"),
        ({"date": "31/04/2026"}, "date", "Cette date n’existe pas"),
        ({"date": "0001-01-01"}, "date", "Cette date n’existe pas"),
        ({"time": "25:00"}, "time", "Cette heure n’existe pas"),
        ({"time": "soon"}, "time", "Cette heure n’existe pas"),
    ],
)
def test_an_error_stands_beside_its_field(
    browser: TestClient, changes: dict[str, str], wrong: str, words: str
) -> None:
    page = ask(browser, 422, **MORNING | changes)
    entry = page.get("input", id=wrong)
    assert entry.attributes["aria-invalid"] == "true"
    beside = page.get("span", id=f"{wrong}-error")
    assert beside.attributes["id"] in entry.attributes["aria-describedby"].split()
    assert beside.text().replace("\u00a0", " ").startswith(words)
    summary = page.get("div", class_="errors")
    assert summary.get("a").attributes["href"] == f"#{wrong}"
    assert page.get("title").text().startswith("Le formulaire contient une erreur")
    assert page.find_all("section") == []


def test_what_was_typed_is_kept(browser: TestClient) -> None:
    page = ask(browser, 422, **MORNING | {"to": "qqqqqq", "by": "arrive"})
    assert read_fields(page) == MORNING | {"to": "qqqqqq", "by": "arrive"} | ALONE


@pytest.mark.parametrize(
    ("date", "time"), [("15/06/2026", "7h30"), ("2026-06-15", "07:30:00"), ("15.06.2026", "7:30")]
)
def test_dates_and_times_as_people_write_them(browser: TestClient, date: str, time: str) -> None:
    page = ask(browser, **MORNING | {"date": date, "time": time})
    assert read_fields(page)["date"] == "2026-06-15"
    assert read_fields(page)["time"] == "07:30"
    assert headings(page)[0] == "08:00 → 09:00"


def test_a_bad_page_link_is_said(browser: TestClient) -> None:
    page = ask(browser, 422, **MORNING | {"page": "LATER|soon"})
    assert "n’est pas valable" in page.get("div", class_="errors").text()


# ── choices ────────────────────────────────────────────────────────────────────────────────────────────


def test_namesakes_are_chosen_from_and_stay_chosen(browser: TestClient) -> None:
    page = ask(browser, 422, **MORNING | {"to": "saint-martin"})
    choices = page.get("fieldset", class_="choices")
    assert "saint-martin" in choices.get("legend").text()
    radios = choices.find_all("input", type="radio")
    assert {radio.attributes["value"] for radio in radios} == {"t:martin1", "t:martin2"}
    assert page.get("span", id="to-error").text() == "Précisez l’arrivée."

    chosen = ask(browser, **read_fields(page) | {"to_id": "t:martin2"})
    assert chosen.get("h1").text() == "Besançon → Saint-Martin"
    again = read_fields(chosen)
    assert (again["to"], again["to_id"], again["to_name"]) == ("Saint-Martin", "t:martin2", "Saint-Martin")
    assert ask(browser, **again).get("h1").text() == "Besançon → Saint-Martin"
    later = read_page(browser.get(chosen.get("a", rel="next").attributes["href"]).text)
    assert later.get("h1").text() == "Besançon → Saint-Martin"


def test_a_guess_is_asked_about(browser: TestClient) -> None:
    page = ask(browser, 422, **MORNING | {"from": "montbelird xyzw"})
    choices = page.get("fieldset", class_="choices")
    assert "vouliez-vous dire" in choices.get("legend").text()
    assert [label.text() for label in choices.find_all("label")] == [
        "Montbéliard (commune, Bourgogne-Franche-Comté)"
    ]


def test_what_was_understood_is_said_where_it_is_not_what_was_typed(browser: TestClient) -> None:
    page = ask(browser, **MORNING | {"from": "bescançon", "to": "DIJON"})
    assert page.get("span", id="from-understood").text() == "Compris comme : Besançon"
    assert "from-understood" in page.get("input", id="from").attributes["aria-describedby"]
    assert page.find_all("span", id="to-understood") == []


def test_writing_over_a_choice_undoes_it(browser: TestClient) -> None:
    fields = MORNING | {"to": "dijon ville", "to_id": "t:martin2", "to_name": "Saint-Martin"}
    assert ask(browser, **fields).get("h1").text() == "Besançon → Dijon Ville"


# ── days with 23 and 25 hours ──────────────────────────────────────────────────────────────────────────


def test_an_hour_that_is_skipped_is_explained(browser: TestClient) -> None:
    page = ask(browser, 422, **MORNING | {"date": "2026-03-29", "time": "02:30"})
    words = page.get("span", id="time-error").text()
    assert "on passe à l’heure d’été" in words
    assert "03:30" in words


def test_an_hour_that_comes_twice_is_explained_and_both_can_be_seen(browser: TestClient) -> None:
    page = ask(browser, **MORNING | {"date": "2026-10-25", "time": "02:10"})
    notice = page.get("p", class_="notice")
    assert "vient deux fois" in notice.text()
    assert "la première (UTC+2)" in notice.text()
    other = read_page(browser.get(notice.get("a").attributes["href"]).text)
    assert "la seconde (UTC+1)" in other.get("p", class_="notice").text()
    back = other.get("p", class_="notice").get("a").attributes["href"]
    assert "la première (UTC+2)" in read_page(browser.get(back).text).get("p", class_="notice").text()


def test_a_departure_in_that_hour_says_which(browser: TestClient) -> None:
    """GTFS counts from noon minus 12 h: 02:15 on the day clocks go back is the second one."""
    page = ask(browser, **MORNING | {"date": "2026-10-25", "time": "01:00"})
    assert headings(page)[0].startswith("02:15 (UTC+1) → 03:45")


# ── what an attacker types ─────────────────────────────────────────────────────────────────────────────

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onfocus='alert(1)",
    "{{7*7}}",
    "%00\x00",
    "\ud800",
]


@pytest.mark.parametrize("attack", ATTACKS[:5])
@pytest.mark.parametrize(
    "name", ["from", "to", "date", "time", "by", "page", "lang", "from_id", "to_name", "hour"]
)
def test_what_is_typed_is_never_markup(browser: TestClient, name: str, attack: str) -> None:
    answer = browser.get("/", params=MORNING | {name: attack})
    assert answer.status_code in (200, 422)
    page = read_page(answer.text)
    assert page.find_all("script") == []
    assert page.find_all("img") == []
    for tag in ("input", "a", "form", "label"):
        for element in page.find_all(tag):
            assert not any(attribute.startswith("on") for attribute in element.attributes)
    assert "49" not in page.get("h1").text()


def test_names_in_the_feed_are_never_markup(browser: TestClient) -> None:
    page = ask(
        browser, **{"from": "republique dijon", "to": "hopital", "date": "2026-06-15", "time": "08:00"}
    )
    assert page.find_all("script") == []
    assert '<script>alert("x")</script>' in page.text()
    trains = ask(browser, **MORNING)
    assert page.find_all("i") == trains.find_all("i") == []
    assert "vers <i>Dijon</i>" in trains.text()


def test_the_page_needs_nothing_but_its_style(browser: TestClient) -> None:
    answer = browser.get("/", params=MORNING)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = read_page(answer.text)
    for tag in ("script", "style", "iframe", "object"):
        assert page.find_all(tag) == []
    assert "style=" not in answer.text
    style = next(link for link in page.find_all("link") if link.attributes["rel"] == "stylesheet")
    css = browser.get(style.attributes["href"])
    assert (css.status_code, css.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in css.text
    assert "@import" not in css.text
    assert len(answer.content) + len(css.content) < 30_000


# ── accessibility ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fields", [{}, MORNING, MORNING | {"to": "saint-martin"}, MORNING | {"from": "", "time": "x"}]
)
def test_landmarks_labels_and_headings(browser: TestClient, fields: dict[str, str]) -> None:
    page = read_page(browser.get("/", params=fields).text)
    for landmark in ("header", "main", "footer", "h1", "title"):
        assert len(page.find_all(landmark)) == 1
    identifiers = re.findall(r' id="([^"]*)"', browser.get("/", params=fields).text)
    assert len(identifiers) == len(set(identifiers))
    labels = {label.attributes.get("for") for label in page.find_all("label")}
    for entry in page.find_all("input"):
        if entry.attributes["type"] in ("text", "date", "time"):
            assert entry.attributes["id"] in labels
        for described in entry.attributes.get("aria-describedby", "").split():
            assert described in identifiers
    assert all(fieldset.children and fieldset.find_all("legend") for fieldset in page.find_all("fieldset"))
    levels = [int(tag) for tag in re.findall(r"<h([1-6])", browser.get("/", params=fields).text)]
    assert levels[0] == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert page.get("a", class_="skip").attributes["href"] == f"#{page.get('main').attributes['id']}"


def test_nothing_served_is_said(browser: TestClient, services: OneNetwork) -> None:
    kept, services.serving = services.serving, None
    try:
        with pytest.raises(NothingToServeError):
            services.current()
        page = ask(browser, 503)
        assert "Aucun horaire n’est chargé" in page.text()
        assert "No timetable is loaded" in ask(browser, 503, lang="en").text()
    finally:
        services.serving = kept


anything = st.text(max_size=40)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    fields=st.dictionaries(
        st.sampled_from(
            ["from", "to", "date", "time", "by", "page", "lang", "hour", "from_id", "from_name", "to_id"]
        ),
        anything | st.sampled_from(["dijon", "besancon", "2026-06-15", "08:00", "LATER|99999999", "second"]),
    )
)
def test_any_request_is_a_page(browser: TestClient, fields: dict[str, str]) -> None:
    encodable = {name: text.encode("utf-8", "ignore").decode() for name, text in fields.items()}
    answer = browser.get("/", params=encodable)
    assert answer.status_code in (200, 422)
    read_page(answer.text)


def test_who_travels_is_kept_and_must_make_sense(browser: TestClient) -> None:
    """What is booked must have room for all of them."""
    two = {"adults": "2", "wheelchairs": "1"}
    page = read_page(browser.get("/", params=MORNING | two).text)
    assert read_fields(page) == MORNING | {"by": "depart"} | ALONE | two
    later = next(link for link in page.find_all("a", rel="next"))
    assert "adults=2&wheelchairs=1" in later.attributes["href"]
    for wrong, field in (
        ({"adults": "0"}, "adults"),
        ({"children": "many"}, "children"),
        ({"adults": "21"}, "adults"),
        ({"companions": "1"}, "companions"),
    ):
        answer = browser.get("/", params=MORNING | wrong)
        assert answer.status_code == 422
        (alert,) = read_page(answer.text).find_all("div", role="alert")
        assert [link.attributes["href"] for link in alert.find_all("a")] == [f"#{field}"]


def test_grown_ups_say_what_they_pay_as(services: OneNetwork, browser: TestClient) -> None:
    """Where a tariff has categories; it is on in the search, in links, and in what is bought."""
    assert ask(browser).find_all("select", name="category") == []
    with with_tariff(services):
        page = ask(browser, **MORNING, category="youth", lang="en")
        options = page.get("select", name="category").find_all("option")
        assert options[1].text() == "Youth"
        assert "Child" not in [option.text() for option in options]
        assert [one.attributes["value"] for one in options if "selected" in one.attributes] == ["youth"]
        assert "category=youth" in page.get("a", rel="next").attributes["href"]
        unknown = ask(browser, 422, **MORNING, category="dragon", lang="en")
        assert (
            unknown.get("span", id="category-error").text() == "There is no such fare: choose from the list."
        )


@contextmanager
def with_tariff(services: OneNetwork) -> Iterator[None]:
    """The demo's."""
    written = files("mobility.demo").joinpath("tariff.toml").read_text(encoding="utf-8")
    before = services.serving
    assert before is not None
    services.serving = before.with_prices(Prices((read_tariff(parse_tariff(written)),), (), b"k" * 32))
    try:
        yield
    finally:
        services.serving = before


def test_grown_ups_say_which_cards_they_have(services: OneNetwork, browser: TestClient) -> None:
    """Boxes with names, on in links and in what is bought; one the tariff does not know any more is not there."""
    assert ask(browser).find_all("input", type="checkbox") == []
    with with_tariff(services):
        two = {"card_card": "1", "adults": "2", "children": "1"}
        page = ask(browser, **MORNING, **two, card_gone="1", lang="en")
        (box,) = page.find_all("input", type="checkbox")
        assert (box.attributes["name"], "checked" in box.attributes) == ("card_card", True)
        (label,) = [one for one in page.find_all("label") if box in one.find_all("input")]
        assert label.text().strip() == "Discount card"
        later = page.get("a", rel="next").attributes["href"]
        assert "card_card=1" in later
        assert "gone" not in later
        (box,) = ask(browser, **MORNING, lang="en").find_all("input", type="checkbox")
        assert "checked" not in box.attributes


def test_a_wish_is_searched_for_and_kept(browser: TestClient) -> None:
    page = ask(browser, **MORNING, wish="walking", lang="en")
    (chosen,) = [
        one for one in page.get("select", name="wish").find_all("option") if "selected" in one.attributes
    ]
    assert chosen.text() == "to walk less"
    assert "wish=walking" in page.get("a", rel="next").attributes["href"]
    wrong = ask(browser, 422, **MORNING, wish="dragon", lang="en")
    assert wrong.get("span", id="wish-error").text() == "There is no such wish: choose from the list."
    assert "wish=" not in ask(browser, **MORNING, wish="", lang="en").get("a", rel="next").attributes["href"]
