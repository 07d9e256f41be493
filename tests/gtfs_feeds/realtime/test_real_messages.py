"""Messages of other people: Google's samples, and the alerts of Brest."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as rt

from gtfs_feeds.realtime.state import Freshness, LiveFeed, receive
from tests.gtfs_feeds.feed_texts import explained_rules
from tests.gtfs_feeds.realtime.small_feed import rules, small_index

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "realtime"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not beside the project (../shared)"),
]


@pytest.mark.parametrize(
    "name", ["google-trip-updates-full.asciipb", "google-alerts.asciipb", "bibus-brest-gtfs-rt-alerts.pb"]
)
def test_they_are_read(name: str) -> None:
    """None is about the small feed: every identifier is said to be unknown, and nothing else is wrong."""
    path = SAMPLES / name
    message = rt.FeedMessage()
    if path.suffix == ".pb":
        message.ParseFromString(path.read_bytes())
    else:
        text_format.Parse(path.read_text(encoding="utf-8"), message)
    time_s = message.header.timestamp
    live = receive(
        LiveFeed.empty("f", Freshness(message_s=10**9)), small_index(), message.SerializeToString(), time_s
    )
    assert live.timestamp_s == time_s
    assert {*rules(live.findings)} <= explained_rules()
    assert {*rules(live.findings)} <= {
        "unknown_trip",
        "unknown_informed_entity",
        "alert_without_informed_entity",
    }
    assert len(live.findings) + len(live.alerts) > 0
