"""Messages one after the other: what holds, what is read again, what is stale."""

from __future__ import annotations

import pytest

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.merge import merge
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.state import OVER_S, Freshness, LiveFeed, is_stale, live_at, receive, rematch
from tests.gtfs_feeds.readback import trip_id
from tests.gtfs_feeds.realtime.small_feed import (
    FEED,
    hear,
    instant,
    message,
    rules,
    small_index,
    small_network,
    told,
    updates,
)
from tests.gtfs_feeds.sketch import sketch

NOW_S = instant("2026-06-03 08:05")
DAY = "08:11-08:13 08:21 08:31"


def late(trip: str, seconds: int, more: str = "") -> str:
    first = {"day": 3}.get(trip, 1)
    return (
        f'trip {{ trip_id: "{trip}" start_date: "20260603" }} {more}'
        f" stop_time_update {{ stop_sequence: {first} departure {{ delay: {seconds} }} }}"
    )


def entity(name: str, text: str) -> str:
    return f'entity {{ id: "{name}" trip_update {{ {text} }} }}'


def test_a_full_message_takes_the_place_of_all_before_it() -> None:
    live = hear(updates(late("day", 60), late("loop", 60)), NOW_S)
    assert len(live.trips) == 2
    live = receive(live, small_index(), message(updates(late("day", 120)), NOW_S + 30), NOW_S + 30)
    assert told(live) == ["day 08:02 08:12-08:14 08:22 08:32"]
    live = receive(live, small_index(), message("", NOW_S + 60), NOW_S + 60)
    assert (told(live), live.stale) == ([], False)


def test_a_differential_message_adds_replaces_and_deletes() -> None:
    differential = "incrementality: DIFFERENTIAL"
    live = hear(entity("a", late("day", 60)) + entity("b", late("loop", 60)), NOW_S)
    more = message(entity("c", late("late", 60)) + entity("a", late("day", 0)), NOW_S + 1, differential)
    live = receive(live, small_index(), more, NOW_S + 1)
    assert sorted(line.split()[0] for line in told(live)) == ["day", "late", "loop"]
    assert "day 08:00 08:10-08:12 08:20 08:30" in told(live)
    gone = message(
        'entity { id: "b" is_deleted: true } entity { id: "x" is_deleted: true }', NOW_S + 2, differential
    )
    live = receive(live, small_index(), gone, NOW_S + 2)
    assert sorted(line.split()[0] for line in told(live)) == ["day", "late"]
    after_s = instant("2026-06-03 08:31") + OVER_S
    live = receive(live, small_index(), message("", after_s, differential), after_s)
    assert [line.split()[0] for line in told(live)] == ["late"], "what is long over is forgotten"


def test_deleting_makes_no_sense_in_a_full_message() -> None:
    live = hear('entity { id: "b" is_deleted: true }', NOW_S)
    assert rules(live.findings) == ["deleted_entity_in_full_dataset"]


def test_what_has_not_changed_is_not_read_again() -> None:
    live = hear(entity("a", late("day", 60)) + entity("b", late("loop", 60)), NOW_S)
    text = entity("b", late("loop", 60)) + entity("a", late("day", 90))
    later = receive(live, small_index(), message(text, NOW_S + 30), NOW_S + 30)
    (day, loop), (loop_later, day_later) = live.trips.values(), later.trips.values()
    assert loop_later is loop
    assert day_later is not day
    again = message(text, NOW_S + 30)
    assert receive(later, small_index(), again, NOW_S + 40) is later


def test_a_run_without_its_date_is_looked_for_again() -> None:
    """The same words mean yesterday's trip in the night and today's in the afternoon."""
    text = updates('trip { trip_id: "late" } stop_time_update { stop_sequence: 1 departure { delay: 60 } }')
    night_s, noon_s = instant("2026-06-04 00:30"), instant("2026-06-04 16:00")
    live = hear(text, night_s)
    assert told(live) == ["late 23:31 24:31-24:36 25:31"]
    live = receive(live, small_index(), message(text, noon_s), noon_s)
    assert told(live, "2026-06-04") == ["late 23:31 24:31-24:36 25:31"]


def test_two_entities_about_one_run() -> None:
    older, newer = (f"timestamp: {NOW_S - age}" for age in (60, 5))
    live = hear(updates(late("day", 120, newer), late("day", 60, older)), NOW_S)
    assert (told(live), rules(live.findings)) == (
        ["day 08:02 08:12-08:14 08:22 08:32"],
        ["trip_described_twice"],
    )


# ── growing old ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_silent_source_is_not_live() -> None:
    live = hear(updates(late("day", 60)), NOW_S)
    assert not is_stale(live, NOW_S + 300)
    assert live_at(live, NOW_S + 300) is live
    stale = live_at(live, NOW_S + 301)
    assert is_stale(live, NOW_S + 301)
    assert (stale.stale, told(stale), rules(stale.findings)) == (True, [], ["stale_message"])
    assert live_at(stale, NOW_S + 400) is stale
    back = receive(stale, small_index(), message(updates(late("day", 90)), NOW_S + 500), NOW_S + 500)
    assert (back.stale, told(back)) == (False, ["day 08:01:30 08:11:30-08:13:30 08:21:30 08:31:30"])


def test_a_message_that_arrives_old_shows_nothing() -> None:
    live = receive(LiveFeed.empty("f"), small_index(), message(updates(late("day", 60)), NOW_S - 400), NOW_S)
    assert (live.stale, told(live), rules(live.findings)) == (True, [], ["stale_message"])


def test_before_any_message_there_is_nothing() -> None:
    live = LiveFeed.empty("f")
    assert is_stale(live, NOW_S)
    assert live_at(live, NOW_S) is live
    assert rematch(live, small_index(), NOW_S) is live
    assert (live.changes, live.extras, live.timestamp_s) == ([], [], None)


@pytest.mark.parametrize(("trip", "wanted"), [("day", []), ("loop", ["loop"])])
def test_a_trip_not_measured_for_long_keeps_its_plan(trip: str, wanted: list[str]) -> None:
    """Counted from its departure, when that comes later: the loop leaves at ten."""
    live = hear(updates(late(trip, 60, f"timestamp: {NOW_S - 100}")), NOW_S, Freshness(trip_s=120))
    assert [line.split()[0] for line in told(live)] == [trip]
    text = updates(late(trip, 60, f"timestamp: {NOW_S - 100}"))
    live = receive(live, small_index(), message(text, NOW_S + 60), NOW_S + 60)
    assert [line.split()[0] for line in told(live)] == wanted
    assert rules(live.findings) == ([] if wanted else ["stale_trip_update"])


@pytest.mark.parametrize(("stamp", "wanted"), [(f"timestamp: {NOW_S}", []), ("", ["day"])])
def test_a_source_that_repeats_itself_does_not_make_it_newer(stamp: str, wanted: list[str]) -> None:
    """Measured when its first message was made, and never again; what says no time is as old as its message."""
    live = hear(updates(late("day", 60, stamp)), NOW_S, Freshness(trip_s=120))
    for age_s in (60, 120, 180):
        live = receive(
            live, small_index(), message(updates(late("day", 60, stamp)), NOW_S + age_s), NOW_S + age_s
        )
    assert [line.split()[0] for line in told(live)] == wanted


def test_a_cancellation_does_not_age() -> None:
    text = f'trip {{ trip_id: "day" schedule_relationship: CANCELED }} timestamp: {NOW_S - 9999}'
    assert told(hear(updates(text), NOW_S)) == ["day cancelled"]


def test_a_cancelled_trip_with_a_lost_vehicle_stays_cancelled() -> None:
    both = (
        f'trip_update {{ trip {{ trip_id: "day" schedule_relationship: CANCELED }} timestamp: {NOW_S - 9999} }}'
        f" vehicle {{ position {{ latitude: 47 longitude: 5 }} timestamp: {NOW_S - 9999} }}"
    )
    live = hear(f'entity {{ id: "1" {both} }}', NOW_S)
    assert (told(live), live.vehicles, rules(live.findings)) == (
        ["day cancelled"],
        (),
        ["stale_vehicle_position"],
    )


def test_what_a_differential_message_said_once_grows_old() -> None:
    differential = "incrementality: DIFFERENTIAL"
    live = LiveFeed.empty("f", Freshness(trip_s=120))
    live = receive(live, small_index(), message(entity("a", late("day", 60)), NOW_S, differential), NOW_S)
    later_s = NOW_S + 121
    live = receive(live, small_index(), message("", later_s, differential), later_s)
    assert (told(live), rules(live.findings)) == ([], ["stale_trip_update"])


def test_vehicles_that_were_there_long_ago_are_not_shown() -> None:
    text = f'entity {{ id: "v" vehicle {{ position {{ latitude: 47 longitude: 5 }} timestamp: {NOW_S - 200} }} }}'
    live = hear(text, NOW_S)
    assert len(live.vehicles) == 1
    later = live_at(live, NOW_S + 101)
    assert (later.vehicles, rules(later.findings)) == ((), ["stale_vehicle_position"])
    assert live_at(later, NOW_S + 102) is later


def test_times_to_come_are_no_measurements() -> None:
    live = hear(updates(late("day", 60, f"timestamp: {NOW_S + 3600}")), NOW_S)
    assert (told(live), rules(live.findings)) == ([f"day 08:01 {DAY}"], ["timestamp_in_future"])
    assert next(iter(live.trips.values())).timestamp_s == NOW_S


# ── networks ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_network_has_other_indices() -> None:
    text = (
        FEED.replace("T daily train 0", "T daily aaa 0")
        .replace("train C2", "aaa C2")
        .replace("train D", "aaa D")
    )
    first = compile_feed(sketch("trips: route_id service_id trip_id", "other"))[0]
    both = merge([first, compile_feed(sketch(FEED))[0]])
    other = compile_feed(sketch(text))[0]
    live = hear(updates(late("day", 60), late("train", 60)) + entity("x", late("nowhere", 0)), NOW_S)
    for network, wanted in ((both, {"f_day", "f_train"}), (other, {"f_day"})):
        moved = rematch(live, FeedIndex(network, "f"), NOW_S + 5)
        assert {trip_id(network, run.trip) for run in moved.trips} == wanted
        assert moved.timestamp_s == live.timestamp_s
        assert rules(moved.findings) == ["unknown_trip"] * (3 - len(wanted))
        again = receive(
            moved, FeedIndex(network, "f"), message(updates(late("day", 90)), NOW_S + 9), NOW_S + 9
        )
        assert {trip_id(network, run.trip) for run in again.trips} == {"f_day"}


def test_feeds_that_begin_alike_are_told_apart() -> None:
    """`f_h_day` is trip `h_day` of feed `f`, or trip `day` of feed `f_h`."""
    network = merge([small_network(), compile_feed(sketch(FEED, "f_h"))[0]])
    vehicle = (
        'entity { id: "v" vehicle { position { latitude: 47 longitude: 5 } trip { trip_id: "h_day" } } }'
    )
    alert = 'entity { id: "a" alert { header_text { translation { text: "x" } } informed_entity { %s } } }'
    text = (
        updates(late("h_day", 60)) + vehicle + alert % 'stop_id: "h_A"' + alert % 'trip { trip_id: "h_day" }'
    )
    live = receive(LiveFeed.empty("f"), FeedIndex(network, "f"), message(text, NOW_S), NOW_S)
    assert (list(live.trips), live.alerts, live.vehicles[0].run) == ([], (), None)
    assert sorted(rules(live.findings)) == ["unknown_informed_entity"] * 2 + ["unknown_trip"] * 2


def test_there_must_be_such_a_feed() -> None:
    with pytest.raises(KeyError, match="no feed 'x' in the network; there are: f"):
        FeedIndex(small_network(), "x")
