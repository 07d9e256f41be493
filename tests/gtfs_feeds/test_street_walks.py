"""Walks between stops by the streets: what was guessed is replaced, what the feed says is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.footpaths import WALK_S_MIN
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.street_walks import NO_WAY_S, UNKNOWN_S, WalkTimes, walk_by_streets
from routing.timetable import NO_CHANGE_S
from tests.gtfs_feeds.readback import footpaths, stop_id
from tests.gtfs_feeds.sketch import sketch

# A degree of latitude is 111.2 km: 0.001 is 111 m. P and Q are one station, A B C D a street.
TOWN = """
    stops: stop_id stop_lat stop_lon parent_station location_type
    S 47.000 5.0 - 1
    P 47.000 5.0 S
    Q 47.001 5.0 S
    A 47.100 5.0
    B 47.102 5.0
    C 47.104 5.0
    D 47.106 5.0
    trips: route_id service_id trip_id
    R daily t1
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time
    t1 P 1 08:00 08:00
    t1 Q 2 08:10 08:10
    t1 A 3 08:20 08:20
    t1 B 4 08:30 08:30
    t1 C 5 08:40 08:40
    t1 D 6 08:50 08:50
    transfers: from_stop_id to_stop_id transfer_type min_transfer_time
    A B 2 500
    B A 0 -
    B C 1 -
"""


OTHER = """
    stops: stop_id stop_lat stop_lon
    X 47.1045 5.0
    Y 47.2 5.0
    trips: route_id service_id trip_id
    R daily t1
    stop_times: trip_id stop_id stop_sequence arrival_time departure_time
    t1 X 1 08:00 08:00
    t1 Y 2 08:10 08:10
"""


@pytest.fixture(name="town", scope="module")
def _town() -> Network:
    return compile_feed(sketch(TOWN))[0]


def estimated(network: Network) -> list[str]:
    timetable, count = network.timetable, network.info.boardable_count
    start = np.repeat(np.arange(count), np.diff(timetable.footpath_first))
    return [
        f"{stop_id(network, start[edge])} > {stop_id(network, timetable.footpath_to[edge])}"
        for edge in np.flatnonzero(network.catalogue.footpath_estimated)
    ]


def test_estimated_is_what_neither_the_feed_nor_a_station_says(town: Network) -> None:
    assert estimated(town) == ["f_B > f_A", "f_C > f_B", "f_C > f_D", "f_D > f_C"]


def test_walks_between_feeds_are_estimated(town: Network) -> None:
    other, _ = compile_feed(sketch(OTHER, "g"))
    both = merge([other, town])
    between = {f"{a} > {b}" for stop in ("f_B", "f_C", "f_D") for a, b in ((stop, "g_X"), ("g_X", stop))}
    assert set(estimated(both)) == set(estimated(town)) | between


def test_the_streets_replace_what_was_estimated_and_nothing_else(town: Network) -> None:
    asked = []

    def answering(*answers: int) -> WalkTimes:
        def walk_times(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int32]:
            asked.append(
                [f"{stop_id(town, a)} > {stop_id(town, b)}" for a, b in zip(start, end, strict=True)]
            )
            return np.array(answers, np.int32)

        return walk_times

    # of B > A, C > B, C > D and D > C
    on_foot = answering(321, NO_WAY_S, UNKNOWN_S, 7)
    rolling = answering(NO_WAY_S, 900, UNKNOWN_S, 450)
    walked = walk_by_streets(town, on_foot, rolling)
    assert asked == [estimated(town)] * 2
    before, after = (dict(line.rsplit(" ", 1) for line in footpaths(network)) for network in (town, walked))
    expected = before | {"f_B > f_A": "321", "f_D > f_C": str(WALK_S_MIN)}
    del expected["f_C > f_B"]
    assert after == expected
    assert estimated(walked) == ["f_C > f_D"]
    in_a_wheelchair = dict(zip(after, walked.timetable.footpath_wheelchair_s.tolist(), strict=True))
    changed = {"f_B > f_A": NO_CHANGE_S, "f_D > f_C": 450}
    assert in_a_wheelchair == {pair: int(seconds) for pair, seconds in after.items()} | changed
