"""Identifiers are found by their bytes, in two ways that agree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.realtime.feed_index import FeedIndex
from tests.gtfs_feeds.sketch import sketch

IDS = st.text(st.sampled_from("ab_é1"), min_size=1, max_size=4)


@settings(max_examples=25)
@given(st.lists(IDS, min_size=1, max_size=8, unique=True), st.lists(IDS, max_size=8))
def test_every_identifier_is_found_and_no_other(trip_ids: list[str], others: list[str]) -> None:
    text = "\n".join(
        [
            *("stops: stop_id stop_name stop_lat stop_lon", "A Alpha 47 5", "B Beta 47.1 5"),
            "trips: route_id service_id trip_id",
            *(f"R daily {name}" for name in trip_ids),
            "stop_times: trip_id stop_id stop_sequence arrival_time departure_time",
            *(
                f"{name} {stop} {nth} 08:0{nth} 08:0{nth}"
                for name in trip_ids
                for nth, stop in enumerate("AB")
            ),
        ]
    )
    network, _ = compile_feed(sketch(text, "a"))
    index = FeedIndex(network, "a")
    asked = [*trip_ids, *others, "", "a", "a_", *(name + "a" for name in trip_ids)]
    found = index.find_trips(asked)
    for name, trip in zip(asked, found, strict=True):
        assert (trip >= 0) == (name in trip_ids), name
        assert index.find_trip(name) == (trip if trip >= 0 else None)
        assert trip < 0 or index.own_trip_id(trip) == name
    assert index.find_stops(["A", "B", "C", "a_A"]) == [index.find_stop("A"), index.find_stop("B"), -1, -1]
