"""A small feed, and messages about it written as protobuf's text format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as rt

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.findings import Finding
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.state import Freshness, LiveFeed, receive
from routing.clock import day_start_s
from tests.gtfs_feeds.readback import clock, stop_id
from tests.gtfs_feeds.sketch import sketch

FEED = """
    agency: agency_id agency_name agency_timezone
    G Gondola Europe/Paris
    routes: route_id agency_id route_short_name route_type
    R G 1 3
    T G TER 2
    stops: stop_id stop_name stop_lat stop_lon parent_station location_type
    A Alpha 47.00 5.0
    B Beta  47.10 5.0
    GARE Gare 47.20 5.0 - 1
    C1 - 47.20 5.0 GARE
    C2 - 47.20 5.001 GARE
    C3 - 47.20 5.002 GARE
    D Delta 47.30 5.0
    calendar: service_id monday tuesday wednesday thursday friday saturday sunday start_date end_date
    daily 1 1 1 1 1 1 1 20260301 20261130
    weekend 0 0 0 0 0 1 1 20260301 20261130
    trips: route_id service_id trip_id direction_id
    R daily day 0
    R daily late 1
    R daily loop 0
    R weekend sunday 0
    T daily train 0
    R daily shuttle 0
    R daily exact 0
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time
    day A 3 08:00 08:00
    day B 7 08:10 08:12
    day C1 8 08:20 08:20
    day D 20 08:30 08:30
    late A 1 23:30 23:30
    late B 2 24:30 24:35
    late D 3 25:30 25:30
    loop A 1 10:00 10:00
    loop B 2 10:10 10:10
    loop A 3 10:20 10:20
    loop B 4 10:30 10:30
    sunday A 1 09:00 09:00
    sunday D 2 09:30 09:30
    train C2 1 07:00 07:00
    train D 2 07:15 07:15
    shuttle A 1 00:00 00:00
    shuttle B 2 00:10 00:10
    exact A 1 00:00 00:00
    exact B 2 00:10 00:10
    frequencies: trip_id start_time end_time headway_secs exact_times
    shuttle 12:00 13:00 1200 0
    exact 12:00 13:00 1200 1
"""


@cache
def small_network() -> Network:
    return compile_feed(sketch(FEED))[0]


@cache
def small_index() -> FeedIndex:
    return FeedIndex(small_network(), "f")


def instant(text: str, zone: str = "Europe/Paris") -> int:
    """`2026-06-03 08:05`, on a clock that counts from noon minus 12 h: 25:00 is one in the morning."""
    day, time = text.split()
    hours, minutes, *rest = (int(part) for part in time.split(":"))
    return day_start_s(dt.date.fromisoformat(day), zone) + hours * 3600 + minutes * 60 + sum(rest)


def message(text: str, now_s: int, more: str = "") -> bytes:
    """Entities (`trip_update {...}`, one after the other: ids are given), or whole `entity {...}`s."""
    parsed = text_format.Parse(
        f'header {{ gtfs_realtime_version: "2.0" timestamp: {now_s} {more} }} {text}', rt.FeedMessage()
    )
    return parsed.SerializeToString()


def updates(*texts: str) -> str:
    """TripUpdates as entities."""
    return " ".join(
        f'entity {{ id: "{number}" trip_update {{ {text} }} }}' for number, text in enumerate(texts, 1)
    )


def hear(text: str, now_s: int, freshness: Freshness | None = None) -> LiveFeed:
    """What a first message makes of the small feed."""
    return receive(LiveFeed.empty("f", freshness), small_index(), message(text, now_s), now_s)


def told(live: LiveFeed, day: str = "2026-06-03") -> list[str]:
    """A line a run: `day 08:00? 08:12-08:14 08:22 08:32`; `?` not known, `(..)` skipped, `>C2` another platform."""
    network, lines = live.kept.index.network, []
    catalogue = network.catalogue
    for run, trip in live.trips.items():
        start_s = day_start_s(run.service_day, "Europe/Paris")
        words = [live.kept.index.own_trip_id(run.trip)]
        if f"{run.service_day}" != day:
            words.append(f"{run.service_day}")
        if run.shift_s:
            words.append(f"+{clock(run.shift_s)}")
        if trip.standing != "running":
            lines.append(" ".join([*words, str(trip.standing)]))
            continue
        change = trip.change
        for p, (arrival, departure) in enumerate(zip(change.arrival_s, change.departure_s, strict=True)):
            word = "-".join(dict.fromkeys(clock(int(at) - start_s) for at in (arrival, departure)))
            skipped = change.skipped is not None and change.skipped[p]
            word = f"({word})" if skipped else word + "?" * (not trip.known[p])
            if trip.assigned_stop is not None and trip.assigned_stop[p] >= 0:
                word += ">" + stop_id(network, trip.assigned_stop[p])[2:]
            words.append(word)
        lines.append(" ".join(words))
    assert catalogue is network.catalogue
    return lines


def told_extras(live: LiveFeed) -> list[str]:
    """A line an added trip: `f_n|20260603 A 09:00 D 09:30`."""
    lines = []
    for key, one in live.extra_trips.items():
        start_s = day_start_s(one.extra.service_day, "Europe/Paris")
        words = [key]
        for p, stop in enumerate(one.extra.stop):
            times = (one.extra.arrival_s[p], one.extra.departure_s[p])
            word = "-".join(dict.fromkeys(clock(int(at) - start_s) for at in times))
            if one.assigned_stop is not None and one.assigned_stop[p] >= 0:
                word += ">" + stop_id(live.kept.index.network, one.assigned_stop[p])[2:]
            words.append(f"{stop_id(live.kept.index.network, stop)[2:]} {word}")
        lines.append(" ".join(words))
    return lines


def rules(findings: Sequence[Finding]) -> list[str]:
    return [finding.rule for finding in findings]
