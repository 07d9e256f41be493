"""What is no message is refused, by its name."""

from __future__ import annotations

import pytest
from google.transit import gtfs_realtime_pb2 as rt
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.realtime.message import MessageRefusedError, read_message
from gtfs_feeds.realtime.state import LiveFeed, live_at, receive
from tests.gtfs_feeds.feed_texts import explained_rules
from tests.gtfs_feeds.realtime.small_feed import hear, instant, message, rules, small_index, told, updates

NOW_S = instant("2026-06-03 08:05")
LATE = updates('trip { trip_id: "day" } stop_time_update { stop_sequence: 7 arrival { delay: 60 } }')


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        (b"", "empty_message", "0 bytes"),
        (b"<!DOCTYPE html><html>", "unreadable_message", "web page"),
        (b"\r\n  <?xml version='1.0'?>", "unreadable_message", "web page or XML"),
        (b'{"entity": []}', "unreadable_message", "JSON"),
        (b"\x1f\x8b\x08\x00abc", "unreadable_message", "gzip"),
        (b"PK\x03\x04abc", "unreadable_message", "zip"),
        (message(LATE, NOW_S)[:-3], "unreadable_message", "truncated"),
        (b"Not Found", "unreadable_message", "no protobuf"),
        (b"\x12\x03\n\x011", "missing_header", "no header"),
        (b"\x0a\x02\x18\x05", "missing_header", "no header with a version"),
        (message("", NOW_S).replace(b"2.0", b"9.0"), "invalid_realtime_version", "'9.0'"),
        (message("", NOW_S + 3600), "timestamp_in_future", "3600 s from now"),
        (message("", NOW_S * 1000), "timestamp_not_posix_time", "seconds since 1970"),
        (message("", 2**64 - 1), "timestamp_not_posix_time", "seconds since 1970"),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, rule: str, words: str) -> None:
    with pytest.raises(MessageRefusedError, match=words) as refused:
        read_message(data, NOW_S)
    assert refused.value.rule == rule
    assert rule in explained_rules()


def test_a_bad_message_changes_nothing() -> None:
    live = hear(LATE, NOW_S)
    for data in (b"", b"<html>", message(LATE, NOW_S)[:-3], message("", NOW_S - 1), message("", NOW_S)):
        with pytest.raises(MessageRefusedError):
            receive(live, small_index(), data, NOW_S + 10)
    assert told(live) == ["day 08:00? 08:11-08:13 08:21 08:31"]


def test_messages_come_in_order() -> None:
    for time_s, rule in (
        (NOW_S - 1, "header_timestamp_decreased"),
        (NOW_S, "content_changed_with_same_timestamp"),
    ):
        with pytest.raises(MessageRefusedError) as refused:
            read_message(message("", time_s), NOW_S, NOW_S)
        assert refused.value.rule == rule
    assert read_message(message("", NOW_S, "incrementality: DIFFERENTIAL"), NOW_S, NOW_S).differential
    assert read_message(message("", NOW_S + 60), NOW_S).timestamp_s == NOW_S + 60, (
        "clocks may differ a little"
    )


def test_a_message_without_timestamp_is_as_old_as_its_arrival_and_stays_it() -> None:
    plain = rt.FeedMessage.FromString(message(LATE, NOW_S))
    plain.header.ClearField("timestamp")
    data = plain.SerializeToString()
    live = receive(LiveFeed.empty("f"), small_index(), data, NOW_S)
    assert live.timestamp_s == NOW_S
    assert "header_timestamp_missing" in rules(live.findings)
    assert receive(live, small_index(), data, NOW_S + 60) is live, "the same bytes are no sign of life"


def test_one_bad_entity_never_spoils_the_others() -> None:
    good = rt.FeedMessage.FromString(message(LATE, NOW_S))
    broken = b"\x12\x05\n\x012\x1a\x07"  # its trip_update is longer than itself
    nameless = b"\x12\x02\x1a\x00"
    data = good.SerializeToString() + broken + nameless
    live = receive(LiveFeed.empty("f"), small_index(), data, NOW_S)
    assert told(live) == ["day 08:00? 08:11-08:13 08:21 08:31"]
    assert sorted(rules(live.findings)) == ["entity_without_id", "unreadable_entity"]


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_whatever_comes_is_refused_or_read(data: bytes) -> None:
    header = b"\x0a\x0b\x0a\x032.0\x18" + b"\x88\x88\xff\xd0\x06"
    for whole in (data, header + data):
        try:
            live = receive(LiveFeed.empty("f"), small_index(), whole, NOW_S)
            found = {*rules(live.findings)}
            live_at(live, NOW_S)
        except MessageRefusedError as refused:
            found = {refused.rule}
        assert found <= explained_rules()
