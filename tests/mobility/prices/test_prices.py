"""Prices on itineraries: GET and POST, refreshed and by the terminal, with what is bought and how it is ordered."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from ground.signed import read
from mobility.accounts.caller import SYSTEM
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.sales.tariffs import publish_tariff
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from mobility.storage.key_files import KeyFolder, open_vault
from tests.mobility.http.asking import AVALLON, CLUNY, HAMLET, MONDAY, ask, get, problem
from tests.mobility.prices.small_tariff import by_distance, flat, write_tariff
from tests.mobility.region_feed import write_feed
from tests.mobility.seen import wait_until, was_prompt
from ticketing.fares.leg import FareMode
from ticketing.orders.journey import OfferedJourney
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import Price
from ticketing.pricing.rider import Rider
from ticketing.tariff.read_tariff import read_tariff

TODAY = dt.datetime(2026, 6, 10, 8, tzinfo=dt.UTC)
WEDNESDAY = "2026-06-17T05:00:00Z"
RAIL = by_distance("rail", [(0, "0.5", "0.1")], is_joined=True, within_min=60)
NETWORKS = {"rail": {"feed": "r", "agency": "RAIL"}, "coach": {"feed": "r", "mode": "city"}}
ALSO_BY_COACH = {
    "id": "both",
    "kind": "transfer",
    "base": "rail-single",
    "free_networks": ["coach"],
    "within_min": 240,
    "surcharge_cents": 20,
}
CARD = {"id": "card", "kind": "card", "valid_days": 365, "fare": {"kind": "flat", "cents": 2000}}
WITH_CARD = {"id": "with-card", "name_fr": "Carte", "name_en": "Card", "cards": ["card"], "off_permille": 300}


def written(rail: dict[str, Any] = RAIL, **more: Any) -> dict[str, Any]:
    half = {
        "id": "half",
        "name_fr": "Moitié",
        "name_en": "Half",
        "categories": ["youth"],
        "off_permille": 500,
    }
    products = [rail, flat("coach", 150), ALSO_BY_COACH, CARD]
    return write_tariff(NETWORKS, products, reductions=[half, WITH_CARD], **more)


TARIFF = read_tariff(written())


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The region with a tariff for its trains and coaches; rides on demand have none."""
    folder = tmp_path_factory.mktemp("prices")
    settings = Settings(
        data_dir=folder / "data",
        log_level="error",
        warm_up_days=1,
        watch_interval_s=0.1,
    )
    with build_services(settings, now=lambda: TODAY) as built:
        import_feed(built.feeds, FeedSource(str(write_feed(folder / "region.zip")), feed_id="r"))
        publish_tariff(built.acts, SYSTEM, written())
        built.start()
        yield built


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services), raise_server_exceptions=False) as opened:
        yield opened


def first(client: TestClient, origin: str, destination: str, at: str, **more: Any) -> dict[str, Any]:
    return dict(ask(client, origin, destination, at, **more)["itineraries"][0])


def journey_of(services: Services, itinerary: dict[str, Any]) -> Any:
    key = open_vault(KeyFolder(services.settings.keys_dir)).derive("offered journeys")
    return read(OfferedJourney, itinerary["price"]["offer"], key)


def test_a_train_costs_what_its_legs_cost_and_can_be_ordered(services: Services, client: TestClient) -> None:
    one = first(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z")
    (ride,) = [leg for leg in one["legs"] if "tripId" in leg]
    journey = journey_of(services, one)
    (leg,) = journey.legs
    assert (leg.mode, leg.feed_id, leg.agency_id, leg.route_id) == (FareMode.RAIL, "r", "r_RAIL", "r_R")
    assert (leg.origin.id, leg.origin.station_id) == ("r_AVA1", "r_AVA")
    assert leg.destination.name == "Cluny"
    assert leg.service_day == MONDAY
    assert leg.departure_s == dt.datetime.fromisoformat(ride["scheduledStartTime"]).timestamp()
    assert leg.arrival_s == dt.datetime.fromisoformat(ride["scheduledEndTime"]).timestamp()
    assert abs(leg.distance_m - ride["distance"]) <= 0.5
    price = one["price"]
    assert price["cents"] == 50 + 10 * -(-leg.distance_m // 1000)
    assert (price["currency"], price["tariff"]) == ("EUR", TARIFF.version)
    (line,) = price["lines"]
    assert line["legs"] == [one["legs"].index(ride)]
    assert (line["product"], line["kind"], line["travellers"]) == ("rail-single", "single", [0])
    expires_s = dt.datetime.fromisoformat(price["offerExpires"]).timestamp()
    assert time.time() < expires_s == journey.expires_s <= time.time() + 1800
    assert "alternatives" not in price


def test_a_train_and_a_coach_are_one_ticket(services: Services, client: TestClient) -> None:
    one = first(client, AVALLON, HAMLET, WEDNESDAY)
    rides = [number for number, leg in enumerate(one["legs"]) if "tripId" in leg]
    assert len(rides) == 2
    assert [line["legs"] for line in one["price"]["lines"]] == [rides]
    legs = journey_of(services, one).legs
    expected = cheapest(legs, (Rider(),), TARIFF, {}, int(time.time()))
    assert isinstance(expected, Price)
    assert one["price"]["cents"] == expected.cents
    assert expected.lines[0].product_id == "both"


def test_one_vehicle_is_one_ride_however_it_is_shown(services: Services, client: TestClient) -> None:
    at = f"{MONDAY}T06:00:00Z"
    joined, apart = (
        first(client, "r_S1", "r_S3", at, joinInterlinedLegs=joins, maxTransfers=0)
        for joins in ("true", "false")
    )
    assert joined["price"]["cents"] == apart["price"]["cents"] == 150
    (whole,), (parts,) = joined["price"]["lines"], apart["price"]["lines"]
    assert len(whole["legs"]) == 1
    assert [apart["legs"][number]["displayName"] for number in parts["legs"]] == ["10", "20"]
    (leg,) = journey_of(services, apart).legs
    assert (leg.origin.id, leg.destination.id) == ("r_S1", "r_S3")


def test_what_no_tariff_prices_is_unknown_and_says_why(client: TestClient) -> None:
    one = first(client, "r_T1", "r_T2", f"{MONDAY}T06:00:00Z")
    assert one["price"] == "unknown"
    reason = one["priceUnknown"]
    assert [one["legs"][number]["displayName"] for number in reason["legs"]] == ["TAD"]
    assert "n’est pas connu" in reason["fr"]
    assert "(TAD)" in reason["en"]


def test_travellers_pay_by_category_and_card(client: TestClient) -> None:
    at = f"{MONDAY}T06:00:00Z"

    def cents(**more: Any) -> int:
        return int(first(client, AVALLON, CLUNY, at, **more)["price"]["cents"])

    alone = cents()
    half = cents(riderCategories="youth")
    assert abs(half - alone / 2) <= 2.5
    assert cents(passengers=2) == 2 * alone
    assert cents(riderCategories="adult,youth") == alone + half
    assert cents(passengers=3, riderCategories="youth") == half + 2 * alone
    reduced = cents(riderCards="card")
    assert abs(reduced - 0.7 * alone) <= 2.5
    assert cents(passengers=2, riderCards="2:card") == alone + reduced


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ({"riderCategories": "knight"}, "riderCategories", "Known: adult, child, youth"),
        ({"riderCards": "gold"}, "riderCards", "Known: card"),
        ({"riderCards": "3:card"}, "riderCards", "1 to 1"),
        ({"riderCards": ":card"}, "riderCards", "a colon"),
    ],
)
def test_travellers_nobody_knows_are_refused(
    client: TestClient, query: dict[str, str], field: str, said: str
) -> None:
    where = {"fromPlace": AVALLON, "toPlace": CLUNY, "time": f"{MONDAY}T06:00:00Z"}
    refused = problem(client, "/api/v6/plan", **where, **query)
    assert refused["field"] == field
    assert said in refused["en"]


def test_what_else_there_was_is_told_who_asks(client: TestClient) -> None:
    one = first(client, AVALLON, HAMLET, WEDNESDAY, withFares="true")
    others = {tuple(other["products"]): other for other in one["price"]["alternatives"]}
    assert others[("rail-single", "coach-single")]["cents"] > one["price"]["cents"]
    for other in others.values():
        assert other["fr"]
        assert other["en"]


def test_posted_and_refreshed_it_costs_the_same(client: TestClient) -> None:
    query = {
        "fromPlace": AVALLON,
        "toPlace": CLUNY,
        "time": f"{MONDAY}T06:00:00Z",
        "riderCategories": ["youth"],
    }
    posted = client.post("/api/v6/plan", json=query)
    assert posted.status_code == 200, posted.text
    one = posted.json()["itineraries"][0]
    again = get(client, "/api/v6/refresh-itinerary", itineraryId=one["id"], riderCategories="youth")
    got = first(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z", riderCategories="youth")
    assert one["price"]["cents"] == again["price"]["cents"] == got["price"]["cents"]
    full = get(client, "/api/v6/refresh-itinerary", itineraryId=one["id"])
    assert full["price"]["cents"] > again["price"]["cents"]


def test_ways_along_the_streets_cost_nothing_but_for_a_car(client: TestClient) -> None:
    answer = ask(client, "46.8,4.8", "46.805,4.805", f"{MONDAY}T06:00:00Z", directModes="WALK,BIKE,CAR")
    prices = {one["legs"][0]["mode"]: one["price"] for one in answer["direct"]}
    assert prices["WALK"]["cents"] == prices["BIKE"]["cents"] == 0
    assert "offer" not in prices["WALK"]
    assert prices["CAR"] == "unknown"


def test_the_cheapest_is_tagged(client: TestClient) -> None:
    answer = ask(client, "r_S1", "r_S3", f"{MONDAY}T05:00:00Z", searchWindow=14_400)
    tags = {tag["code"] for one in answer["itineraries"] for tag in one["tags"]}
    prices = {one["price"]["cents"] for one in answer["itineraries"]}
    assert ("LOWEST_PRICE" in tags) == (len(prices) > 1)


def test_price_is_a_wish(client: TestClient) -> None:
    for arrive_by in ("false", "true"):
        answer = ask(
            client,
            AVALLON,
            HAMLET,
            "2026-06-17T12:00:00Z",
            optimize="price",
            arriveBy=arrive_by,
            searchWindow=36_000,
        )
        assert all(one["price"] != "unknown" for one in answer["itineraries"])


def test_the_page_shows_the_price_and_what_is_bought(client: TestClient) -> None:
    where = {"from": "Avallon", "to": "Cluny", "date": MONDAY, "time": "08:00"}
    cents = first(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z")["price"]["cents"]
    french = client.get("/", params=where).text
    assert f"{cents // 100},{cents % 100:02}" in french
    assert "Rail-Single" in french
    english = client.get("/", params=where | {"lang": "en"}).text
    assert f"€{cents // 100}.{cents % 100:02}" in english
    unknown = client.get(
        "/", params=where | {"from": "Mairie du Val", "to": "Marché du Val", "lang": "en"}
    ).text
    assert "price unknown" in unknown
    assert "The price of a part of the journey is not known. (TAD)" in unknown


def test_a_new_tariff_is_served_within_two_seconds(services: Services, client: TestClient) -> None:
    at, took = "2026-07-06T06:00:00Z", []

    def cents() -> int:
        return int(first(client, AVALLON, CLUNY, at)["price"]["cents"])

    before = cents()
    for euros in (10, 20, 30):
        dearer = by_distance("rail", [(0, f"{euros}.5", "0.1")], is_joined=True, within_min=60)
        publish_tariff(services.acts, SYSTEM, written(dearer, id=f"dearer-{euros}", valid_from="2026-07-01"))
        took.append(wait_until(lambda wanted=before + 100 * euros: cents() == wanted))  # type: ignore[misc]
    assert was_prompt(took), took
    june = first(client, AVALLON, CLUNY, "2026-06-29T06:00:00Z")["price"]
    assert (june["cents"], june["tariff"]) == (before, TARIFF.version)
