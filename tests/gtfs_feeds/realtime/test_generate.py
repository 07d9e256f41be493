"""Invented real time is valid, the same again, and tells one story from message to message."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pytest
from google.transit import gtfs_realtime_pb2 as rt
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.generate import Happenings, generate_message
from gtfs_feeds.realtime.state import LiveFeed, receive
from tests.gtfs_feeds.random_feeds import random_feeds
from tests.gtfs_feeds.realtime.small_feed import instant, small_index, small_network
from tests.gtfs_feeds.sketch import sketch

NOW_S = instant("2026-06-03 08:05")
EVENTFUL = Happenings(
    late=0.5, cancelled=0.1, skipping=0.3, platform=0.5, duplicated=0.2, added=0.2, silent=0.1
)


@cache
def busy_network() -> Network:
    """A line with a train every ten minutes, all day."""
    lines = []
    for number in range(100):
        minute = 300 + number * 10
        for position, stop in enumerate(("A", "B", "C1", "D", "E")):
            at = minute + position * 12
            lines.append(
                f"t{number} {stop} {position * 3 + 1} {at // 60:02}:{at % 60:02} {at // 60:02}:{at % 60:02}:30"
            )
    return compile_feed(
        sketch(
            "\n".join(
                [
                    *(
                        "stops: stop_id stop_name stop_lat stop_lon parent_station location_type",
                        "A Alpha 47.0 5.0",
                    ),
                    *(
                        "B Beta 47.1 5.0",
                        "GARE Gare 47.2 5.0 - 1",
                        "C1 - 47.2 5.0 GARE",
                        "C2 - 47.2 5.001 GARE",
                    ),
                    *("D Delta 47.3 5.0", "E Epsilon 47.4 5.0", "trips: route_id service_id trip_id"),
                    *(f"R daily t{number}" for number in range(100)),
                    *("R daily other",),
                    "stop_times: trip_id stop_id stop_sequence arrival_time departure_time",
                    *lines,
                    *("other C2 1 06:00 06:00", "other D 2 06:20 06:20"),
                ]
            )
        )
    )[0]


def read(network: Network, now_s: int, seed: int, happenings: Happenings = EVENTFUL) -> LiveFeed:
    data = generate_message(network, now_s, seed=seed, happenings=happenings)
    return receive(LiveFeed.empty("f"), FeedIndex(network, "f"), data, now_s)


@settings(max_examples=25)
@given(random_feeds(), st.integers(0, 2**32), st.integers(0, 29), st.integers(0, 86_399))
def test_it_is_understood_without_a_finding(tables: object, seed: int, day: int, second: int) -> None:
    """Of any feed, at any time; a vehicle of a feed without places is the one thing that cannot be told."""
    network, _ = compile_feed(tables)
    now_s = int(dt.datetime(2026, 6, 1, tzinfo=dt.UTC).timestamp()) + day * 86_400 + second
    live = read(network, now_s, seed)
    assert [finding for finding in live.findings if finding.rule != "trip_described_twice"] == []


def test_the_same_again() -> None:
    one, other, different = (generate_message(busy_network(), NOW_S, seed=seed) for seed in (1, 1, 2))
    assert one == other
    assert one != different


def test_everything_happens() -> None:
    live = read(busy_network(), NOW_S, 6)
    assert {str(trip.standing) for trip in live.trips.values()} == {"running", "cancelled"}
    running = [trip for trip in live.trips.values() if trip.standing == "running"]
    assert any(trip.change.skipped is not None for trip in running)
    assert any(trip.assigned_stop is not None for trip in running)
    assert {extra.model >= 0 for extra in live.extra_trips.values()} == {True, False}
    assert live.vehicles
    assert all(vehicle.run is not None for vehicle in live.vehicles)
    assert {lang for alert in live.alerts for lang in alert.header} == {"fr", "en"}
    assert all("Invented" in alert.description["en"] for alert in live.alerts), "it says that it is invented"


def test_a_trip_keeps_its_story() -> None:
    """What has happened stays so; what is cancelled stays cancelled; trips do not vanish while under way."""
    network = busy_network()
    before = read(network, NOW_S, 5)
    for minutes in range(1, 30):
        now_s = NOW_S + minutes * 60
        after = read(network, now_s, 5)
        for run, trip in before.trips.items():
            then = after.trips.get(run)
            if then is None:
                assert trip.change.departure_s[-1] < now_s
                continue
            if trip.standing == "cancelled":
                assert then.standing == "cancelled"
                continue
            both = trip.known & then.known & (trip.change.departure_s < now_s - 60)
            assert (trip.change.departure_s[both] == then.change.departure_s[both]).all()
        before = after


def test_delays_are_made_up_for() -> None:
    """Over a day some trips end less late than they were in between, and none is ever more than an hour late."""
    network, recovered = busy_network(), 0
    for hour in range(6, 22):
        live = read(network, instant(f"2026-06-03 {hour:02}:00"), 7, Happenings(late=1.0))
        for run, trip in live.trips.items():
            if trip.standing == "running":
                event = network.timetable.trip_first_event[run.trip]
                events = slice(event, event + len(trip.known))
                planned = network.timetable.event_departure_s[events] + instant("2026-06-03 00:00")
                late_s = trip.change.departure_s - planned
                assert late_s.max() < 3600
                recovered += bool(late_s[-1] < late_s.max() - 30)
    assert recovered > 5


def test_what_is_asked_for() -> None:
    def kinds(**asked: bool) -> set[str]:
        message = rt.FeedMessage.FromString(generate_message(busy_network(), NOW_S, **asked))
        return {field.name for entity in message.entity for field, _ in entity.ListFields()} - {"id"}

    assert kinds() == {"trip_update", "vehicle", "alert"}
    assert kinds(trip_updates=False, alerts=False) == {"vehicle"}
    assert kinds(vehicles=False, alerts=False) == {"trip_update"}
    few = rt.FeedMessage.FromString(
        generate_message(busy_network(), NOW_S, runs_max=4, vehicles=False, alerts=False)
    )
    assert 0 < len(few.entity) <= 8


def test_one_feed_of_several_is_named() -> None:
    network = merge([compile_feed(sketch("trips: route_id service_id trip_id", "other"))[0], small_network()])
    with pytest.raises(ValueError, match="name one of other, f"):
        generate_message(network, NOW_S)
    data = generate_message(network, NOW_S, feed_id="f")
    assert receive(LiveFeed.empty("f"), small_index(), data, NOW_S).findings == ()


def test_after_midnight_and_when_clocks_change() -> None:
    for now in ("2026-06-03 24:40", "2026-03-28 25:10", "2026-10-24 25:10"):
        live = receive(
            LiveFeed.empty("f"),
            small_index(),
            generate_message(small_network(), instant(now), happenings=Happenings(silent=0, cancelled=0)),
            instant(now),
        )
        assert [str(run.service_day) for run in live.trips] == [now[:10]], "yesterday's late trip"
        assert live.findings == ()
