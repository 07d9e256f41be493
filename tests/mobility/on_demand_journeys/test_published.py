"""On-demand services of feeds in journeys: a zone and a group of stops beside the test region, and two real feeds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ground.paris import PARIS
from gtfs_feeds.flex.write import Publisher, write_flex
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.open_snapshot import open_snapshot
from mobility.bootstrap import build_services
from mobility.journeys.flexible import FlexAsk, FlexOffers
from mobility.journeys.on_demand.published import PublishedLegs, ride_s
from mobility.journeys.plan import plan
from mobility.journeys.question import Question
from mobility.journeys.serving import Serving
from mobility.settings import Settings
from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.service import FlexRow, FlexTrip, Promise, Service
from tests.mobility.region_feed import write_feed

H = 3600
HAMLET, FARM = Point(47.4700, 5.5100), Point(47.4200, 5.4600)
SHARED = Path(__file__).parents[4] / "shared" / "data" / "flex"


def opened(folder: Path, now: dt.datetime, *feeds: tuple[Path, str]) -> Iterator[Serving]:
    """A network of feeds, imported and opened as a server does."""
    settings = Settings(data_dir=folder / "data", log_level="error", warm_up_days=0, worker="separate")
    with build_services(settings, now=lambda: now) as services:
        for path, feed_id in feeds:
            published = import_feed(services.feeds, FeedSource(str(path), feed_id=feed_id)).published
        assert published.snapshot is not None
        yield open_snapshot(services.feeds, published.snapshot)


def ask(
    serving: Serving, start: Point, end: Point, at: dt.datetime, booked: dt.datetime, **more: Any
) -> dict[str, Any]:
    return plan(
        serving,
        Question(
            f"{start.lat},{start.lon}", f"{end.lat},{end.lon}", int(at.timestamp()),
            booked_s=int(booked.timestamp()), **more,
        ),
    )  # fmt: skip


def offers(
    serving: Serving, start: Point, end: Point, at: dt.datetime, *, wheelchair: bool = False
) -> FlexOffers:
    at_s = int(at.timestamp())
    return serving.flexible.list_offers(FlexAsk(start, end, at_s, at_s + 24 * H, at_s, wheelchair))


def flex_of(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [way for way in answer["direct"] if way["legs"][0]["mode"] == "FLEX"]


# ── beside the test region ─────────────────────────────────────────────────────────────────────────────


WEEK = Calendar("week", frozenset(range(5)), dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def tad() -> Service:
    """A zone around Cluny, Le Hameau and the farm, booked by the eve at 17:00."""
    low, high = Point(47.35, 5.35), Point(47.55, 5.60)
    ring = (low, Point(low.lat, high.lon), high, Point(high.lat, low.lon), low)
    eve = BookingRule(
        "eve", BookingType.PRIOR_DAYS, last_s=17 * H, phone="+33 3 80 00 00 00", message="La veille"
    )
    zone = FlexRow("val", 8 * H, 18 * H, pickup_rule_id="eve", drop_off_rule_id="eve")
    return Service(
        "tad", "TAD du Val", operator="Val", phone="+33 3 80 11 11 11", url="https://example.org/tad",
        zones=(Zone("val", "Val de Cluny", ((ring,),)),), calendars=(WEEK,), rules=(eve,),
        trips=(FlexTrip("day", "week", (zone, zone), safe_factor=2.0, safe_offset_s=300.0),),
    )  # fmt: skip


def evening() -> Service:
    """From stop to stop, an hour before."""
    hour = BookingRule("hour", BookingType.SAME_DAY, duration_s_min=H, info_url="https://example.org/hour")
    towns = FlexRow("towns", 19 * H, 22 * H, pickup_rule_id="hour", drop_off_rule_id="hour")
    return Service(
        "evening", "TAD du soir", operator="Val", phone="+33 3 80 11 11 11", url="https://example.org/tad",
        stops=(Stop("place", "Place", Point(47.4702, 5.5101)), Stop("moulin", "Moulin", Point(47.4203, 5.4601))),
        groups=(StopGroup("towns", "Bourgs", ("place", "moulin")),), calendars=(WEEK,), rules=(hour,),
        trips=(FlexTrip("soir", "week", (towns, towns)),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("valley")
    write_flex(
        [tad(), evening()], folder / "tad.zip", Publisher("Région", "https://example.org"), lambda _: False
    )
    now = dt.datetime(2026, 6, 1, tzinfo=PARIS)
    yield from opened(folder, now, (write_feed(folder / "r.zip"), "r"), (folder / "tad.zip", "tad"))


def june(day: int, clock: str) -> dt.datetime:
    hour, minute = map(int, clock.split(":"))
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=PARIS)


def test_a_ride_says_how_it_is_booked(valley: Serving) -> None:
    way, *_ = ask(valley, HAMLET, FARM, june(16, "10:00"), june(15, "16:59"))["direct"]
    (leg,) = way["legs"]
    assert (leg["mode"], leg["startTime"], leg["reservation"]) == (
        "FLEX",
        "2026-06-16T08:00:00Z",
        "COMPULSORY",
    )
    assert leg["booking"] == {
        "service": "TAD du Val", "deadline": "2026-06-15T15:00:00Z", "price": "unknown", "live": False,
        "phone": "+33 3 80 00 00 00", "url": "https://example.org/tad", "message": "La veille",
    }  # fmt: skip
    assert (leg["from"]["flex"], leg["from"]["flexId"]) == ("Val de Cluny", "tad_val")
    assert leg["from"]["flexStartPickupDropOffWindow"] == "2026-06-16T06:00:00Z"


def test_once_the_deadline_is_over_the_next_possible_one_is_shown(valley: Serving) -> None:
    first = ask(valley, HAMLET, FARM, june(16, "10:00"), june(15, "17:01"))["direct"][0]
    assert first["legs"][0]["displayName"] == "TAD du soir"
    assert "2026-06-16T16:58" < first["startTime"] <= "2026-06-16T17:00:00Z", "at 19:00, less the walk"
    weekend = flex_of(ask(valley, HAMLET, FARM, june(20, "10:00"), june(19, "12:00")))
    assert {way["startTime"][:10] for way in weekend} == {"2026-06-22"}, "it is Monday's"


def test_stops_are_walked_to_and_named(valley: Serving) -> None:
    way, *_ = ask(valley, HAMLET, FARM, june(16, "20:00"), june(16, "19:30"))["direct"]
    booking = way["legs"][0]["booking"]
    assert booking["message"].startswith("Place → Moulin.")
    assert booking["url"] == "https://example.org/hour"
    leaves = dt.datetime.fromisoformat(way["startTime"])
    assert june(16, "20:29") <= leaves <= june(16, "20:30"), "an hour after it is booked, at the stop"
    deadline = dt.datetime.fromisoformat(booking["deadline"])
    assert dt.timedelta(minutes=58) < leaves - deadline <= dt.timedelta(hours=1)


def test_it_leads_to_the_train(valley: Serving) -> None:
    """Its stops of the network are those in its zone, each offered with its platforms."""
    found = offers(valley, HAMLET, Point(47.4012, 5.4012), june(16, "07:00"))
    assert found.access
    assert {offer.service for offer in found.access} == {"TAD du Val"}
    count = valley.network.info.boardable_count
    assert all(0 <= offer.stop < count for offer in (*found.access, *found.egress))
    journeys = ask(valley, HAMLET, Point(47.0, 5.0), june(16, "07:00"), june(15, "12:00"))["itineraries"]
    modes = [[leg["mode"] for leg in journey["legs"]] for journey in journeys]
    assert any(legs[0] == "FLEX" and len(legs) > 1 for legs in modes), modes


def test_nothing_far_away_nor_for_a_wheelchair(valley: Serving) -> None:
    away = Point(48.8, 2.3)
    assert offers(valley, away, away, june(16, "10:00")) == FlexOffers()
    assert offers(valley, HAMLET, FARM, june(16, "10:00"), wheelchair=True) == FlexOffers()


def test_how_long_a_ride_takes() -> None:
    trip = tad().trips[0]
    assert ride_s(trip, 600) == 1500
    assert ride_s(evening().trips[0], 600) == Promise().ride_s_max(600)
    assert ride_s(FlexTrip("t", "c", (), mean_factor=0.5, mean_offset_s=60.0), 600) == 600, (
        "never less than driving"
    )


# ── real feeds ─────────────────────────────────────────────────────────────────────────────────────────

BERLIN, BOSTON = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    if not SHARED.exists():
        pytest.skip("the real feeds are not beside the project (../shared/data/flex)")
    now = dt.datetime(2023, 3, 1, tzinfo=dt.UTC)
    yield from opened(
        tmp_path_factory.mktemp("real"), now,
        (SHARED / "bbnavi-rufbus-flex.zip", "bbnavi"), (SHARED / "brockton-flex.zip", "brockton"),
    )  # fmt: skip


def march(day: int, clock: str, zone: ZoneInfo) -> dt.datetime:
    hour, minute = map(int, clock.split(":"))
    return dt.datetime(2023, 3, day, hour, minute, tzinfo=zone)


@pytest.mark.shared
def test_brockton_before_and_after_the_eve(real: Serving) -> None:
    """Dial-a-BAT: zones, booked by the day before, at no particular time of it (an area id in stop_id)."""
    start, end = Point(42.0834, -71.0184), Point(42.12, -71.05)
    ten = march(7, "10:00", BOSTON)
    in_time = flex_of(ask(real, start, end, ten, march(6, "23:30", BOSTON)))
    assert {"Dial-A-Bat ADA Service", "Dial-A-Bat Senior Service"} == {
        way["legs"][0]["displayName"] for way in in_time
    }
    first = in_time[0]["legs"][0]
    assert first["startTime"] == "2023-03-07T15:00:00Z"
    assert first["booking"]["deadline"] == "2023-03-07T04:59:59Z", "the end of Monday"
    assert first["booking"]["phone"] == "508-584-5530"
    assert first["booking"]["live"] is False
    assert first["duration"] > 45 * 60, "45 minutes more than driving is what 95 % of rides keep"
    late = flex_of(ask(real, start, end, ten, march(7, "00:30", BOSTON)))
    assert {way["startTime"][:10] for way in late} == {"2023-03-08"}, "the next day's"


@pytest.mark.shared
def test_the_rufbus_an_hour_ahead(real: Serving) -> None:
    """A group of stops in a single row, on weekdays from 17:30, an hour's notice."""
    stops = {stop.name: stop.at for service in real.network.flex for stop in service.stops}
    start, end = stops["Angermünde, Bahnhof"], stops["Parstein"]
    (way, *_) = flex_of(ask(real, start, end, march(7, "18:00", BERLIN), march(7, "17:30", BERLIN)))
    booking = way["legs"][0]["booking"]
    assert way["startTime"].startswith("2023-03-07T17:"), (
        "18:30 by the clock there, less the walk to the stop"
    )
    assert booking["service"].startswith("RufBus 47")
    assert booking["phone"] == "+49 3332 442 755"
    assert "Anmeldung mind. 60min vorher" in booking["message"]
    early = flex_of(ask(real, start, end, march(7, "10:00", BERLIN), march(7, "09:00", BERLIN)))
    assert early[0]["startTime"] >= "2023-03-07T16:2", "not before 17:30"
    late = ask(
        real, start, end, march(7, "21:30", BERLIN), march(7, "21:10", BERLIN), max_travel_time_s=2 * H
    )
    assert all(way["startTime"] >= "2023-03-08T16" for way in flex_of(late))


@pytest.mark.shared
def test_real_services_are_near_what_they_serve(real: Serving) -> None:
    assert isinstance(real.flexible, PublishedLegs)
    assert len(real.network.flex) == 8
    assert offers(real, Point(47.2, 6.0), Point(47.3, 6.1), march(7, "10:00", BERLIN)) == FlexOffers()
