"""The journeys page while a ticket is exchanged: it carries along what for, and leads to what the exchange costs."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from starlette.testclient import TestClient

from tests.mobility.http.asking import MONDAY
from tests.mobility.pages.page_reader import read_fields, read_page
from tests.mobility.prices.test_prices import client, services

__all__ = ["client", "services"]

ASKED = {"from": "Avallon", "to": "Cluny", "date": MONDAY, "time": "08:00", "lang": "en"}


def test_journeys_are_for_the_exchange_and_so_is_whatever_is_searched_next(client: TestClient) -> None:
    exchange = "0194-ab:2:guest.0194-ab.Zx_9"
    page = read_page(client.get("/", params=ASKED | {"exchange": exchange}).text)
    links = [
        one for one in page.find_all("a") if one.text() == "Exchange for this journey: see the difference"
    ]
    assert links
    for one in links:
        address = urlsplit(one.attributes["href"])
        asked = parse_qs(address.query)
        assert address.path == "/tickets/orders/0194-ab/exchange"
        assert (asked["item"], asked["access"], asked["lang"]) == (["2"], ["guest.0194-ab.Zx_9"], ["en"])
        assert asked["journey"][0]
    assert not [one for one in page.find_all("a") if "/tickets/offer" in one.attributes["href"]]
    assert read_fields(page)["exchange"] == exchange
    back = next(one for one in page.find_all("a") if one.text() == "Back to the order")
    assert back.attributes["href"] == "/tickets/orders/0194-ab?lang=en&access=guest.0194-ab.Zx_9"
    later = next(one for one in page.find_all("a", rel="next"))
    assert parse_qs(urlsplit(later.attributes["href"]).query)["exchange"] == [exchange]


def test_without_an_exchange_nothing_speaks_of_one(client: TestClient) -> None:
    page = read_page(client.get("/", params=ASKED).text)
    assert "xchang" not in page.get("main").text()
    assert "exchange" not in read_fields(page)


def test_a_broken_link_is_said_in_words(client: TestClient) -> None:
    for broken in ("nonsense", "a:b:c:d", "//evil.example:1", "a b:1"):
        answer = client.get("/", params=ASKED | {"exchange": broken})
        assert answer.status_code == 422
        assert (
            "This link of an exchange is incomplete"
            in read_page(answer.text).get("div", class_="errors").text()
        )
