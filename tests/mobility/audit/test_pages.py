"""The driver's pages: without JavaScript, in French and English, nobody else's, nothing of the register guessed."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from mobility.pages.earnings_wording import EARNINGS_WORDS
from tests.mobility.audit.conftest import Audited
from tests.ticketing.months import person


class _Checker(HTMLParser):
    """What every page must have: labels for fields, a heading, a language, and no script."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def _check(html: str, language: str) -> None:
    checker = _Checker()
    checker.feed(html)
    names = [tag for tag, _ in checker.tags]
    assert "script" not in names
    assert names.count("h1") == 1
    assert ("html", {"lang": language}) in checker.tags
    labels = {attrs.get("for") for tag, attrs in checker.tags if tag == "label"}
    fields = {
        attrs["id"]
        for tag, attrs in checker.tags
        if tag == "input" and attrs.get("type") not in ("hidden", None)
    }
    assert fields <= labels
    assert not any(name.startswith("on") for _, attrs in checker.tags for name in attrs)


def test_both_languages_say_the_same_things() -> None:
    assert EARNINGS_WORDS["fr"].keys() == EARNINGS_WORDS["en"].keys()
    for key, text in EARNINGS_WORDS["fr"].items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", EARNINGS_WORDS["en"][key])), (
            key
        )


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_month_with_where_each_amount_comes_from(audited: Audited, language: str) -> None:
    audited.client.cookies = audited.cookies(0)  # type: ignore[assignment]
    answer = audited.client.get(f"/earnings?month=2026-10&lang={language}")
    assert answer.status_code == 200
    _check(answer.text, language)
    assert {"fr": "Kilomètres parcourus", "en": "Kilometres driven"}[language] in answer.text
    assert {"fr": "Vos trajets du jour", "en": "Your trips of the day"}[language] in answer.text
    assert answer.headers["cache-control"] == "no-store"
    mine = [trip for trip in audited.trips if trip.driver == person(0)]
    assert answer.text.count('<li class="itinerary">') == len(mine)
    now = audited.client.get(f"/earnings?lang={language}")
    assert {"fr": "Une estimation", "en": "An estimate"}[language] in now.text


def test_who_is_not_signed_in_is_asked_to(audited: Audited) -> None:
    audited.client.cookies.clear()
    for path in ("/earnings?month=2026-10", "/earnings/attestation/AAAA"):
        answer = audited.client.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=")


def test_a_month_that_is_none_is_said_so(audited: Audited) -> None:
    audited.client.cookies = audited.cookies(0)  # type: ignore[assignment]
    answer = audited.client.get("/earnings?month=<script>")
    assert answer.status_code == 422
    assert "Ce mois n’existe pas" in answer.text
    assert "<script>" not in answer.text


def test_an_attestation_on_paper_and_its_public_check(audited: Audited) -> None:
    client = audited.client
    client.cookies = audited.cookies(2)  # type: ignore[assignment]
    token = re.search(r'name="form_token" value="([^"]+)"', client.get("/earnings").text)
    assert token is not None
    sent = {"first": "2026-10", "last": "2026-10", "form_token": token[1]}
    made = client.post("/earnings/attestation", data=sent, follow_redirects=False)
    assert made.status_code == 303
    page = client.get(made.headers["location"])
    _check(page.text, "fr")
    assert "Zoé N2&lt;b&gt;" in page.text
    assert "sur l’honneur" in page.text
    address = re.search(r"/attestations/[A-Z2-7-]+", page.text)
    assert address is not None
    client.cookies = audited.cookies(3)  # type: ignore[assignment]
    assert client.get(made.headers["location"]).status_code == 404, "it is somebody else's"
    client.cookies.clear()
    public = client.get(address[0])
    assert public.status_code == 200
    assert "Ces chiffres sont ceux du registre" in public.text
    assert "Zoé" not in public.text
    assert person(2) not in public.text
    forged = client.post("/earnings/attestation", data=sent | {"form_token": "x"}, follow_redirects=False)
    assert forged.headers["location"].startswith("/login")
    assert client.get("/attestations/AAAA").status_code == 404
