"""The line a leg runs on the map."""

from __future__ import annotations

import gc
import math
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.network import Network
from gtfs_feeds.shapes import leg_geometry, project
from tests.gtfs_feeds.sketch import sketch


def network_of(stops: str, shape: str, shape_id: str = "line") -> Network:
    """One trip along `stops`, "x,y x,y ..." in thousandths of a degree around 0° N 0° E, with such a shape."""
    places = [pair.split(",") for pair in stops.split()]
    points = [pair.split(",") for pair in shape.split()]
    lines = ["stops: stop_id stop_lat stop_lon"]
    lines += [
        f"S{i} {float(y) / 1000} {float(x) / 1000}" if x else f"S{i}" for i, (x, y) in enumerate(places)
    ]
    lines += ["trips: route_id service_id trip_id shape_id", f"R daily t1 {shape_id}"]
    lines += ["stop_times: trip_id stop_id stop_sequence arrival_time departure_time"]
    lines += [f"t1 S{i} {i} 08:{i:02} 08:{i:02}" for i in range(len(places))]
    lines += ["shapes: shape_id shape_pt_sequence shape_pt_lat shape_pt_lon"]
    lines += [f"line {i} {float(y) / 1000} {float(x) / 1000}" for i, (x, y) in enumerate(points)]
    return compile_feed(sketch("\n".join(lines)))[0]


def drawn(network: Network, board: int, alight: int) -> str:
    lats, lons = leg_geometry(network, 0, board, alight)
    return " ".join(
        f"{x * 1000:.4g},{y * 1000:.4g}"
        for x, y in zip(lons.round(9) + 0.0, lats.round(9) + 0.0, strict=True)
    )


def test_the_part_of_the_shape_between_two_stops() -> None:
    network = network_of("1,0.1 4,0 6,2.9", "0,0 2,0 2,1 5,1 5,3 9,3")
    assert drawn(network, 0, 2) == "1,0 2,0 2,1 5,1 5,3 6,3"
    assert drawn(network, 0, 1) == "1,0 2,0 2,1 4,1"
    assert drawn(network, 1, 2) == "4,1 5,1 5,3 6,3"


def test_without_a_shape_straight_from_stop_to_stop() -> None:
    network = network_of("1,0 4,0 6,3", "0,0 9,3", shape_id="-")
    assert drawn(network, 0, 2) == "1,0 4,0 6,3"
    assert drawn(network, 1, 2) == "4,0 6,3"


def test_a_loop_starts_and_ends_at_one_stop() -> None:
    square = "0,0 5,0 5,5 0,5 0,0"
    network = network_of("0,0 5,2 2,5 0,0", square)
    assert drawn(network, 0, 3) == square.replace("5,0 5,5", "5,0 5,5")
    assert drawn(network, 0, 1) == "0,0 5,0 5,2"
    assert drawn(network, 2, 3) == "2,5 0,5 0,0"


def test_out_and_back_on_one_street() -> None:
    network = network_of("0,0 3,0 9,0 4,0 0,0", "0,0 10,0 0,0")
    assert drawn(network, 1, 3) == "3,0 10,0 4,0", "the far end may be on either way, the stops around it not"
    assert drawn(network, 3, 4) == "4,0 0,0"


def test_stops_on_one_segment_keep_their_order() -> None:
    network = network_of("4,0 3,0 8,0", "0,0 10,0")
    assert drawn(network, 0, 1) == "4,0 4,0", "a shape never runs backwards"
    assert drawn(network, 1, 2) == "4,0 8,0"


def test_a_shape_far_from_the_stops_is_not_believed() -> None:
    network = network_of("0,0 10,0", "0,50 10,50")
    assert drawn(network, 0, 1) == "0,0 10,0"


def test_a_shape_of_one_point_is_none() -> None:
    assert drawn(network_of("0,0 10,0", "5,0"), 0, 1) == "0,0 10,0"


def test_repeated_points_do_no_harm() -> None:
    assert drawn(network_of("0,0 10,0", "0,0 0,0 5,0 5,0 10,0 10,0"), 0, 1) in (
        "0,0 0,0 5,0 5,0 10,0",
        "0,0 5,0 5,0 10,0",
        "0,0 0,0 5,0 5,0 10,0 10,0",
    )


def test_projections_do_not_keep_a_network_alive() -> None:
    network = network_of("0,0 10,0", "0,0 10,0")
    leg_geometry(network, 0, 0, 1)
    kept = weakref.ref(network)
    del network
    gc.collect()
    assert kept() is None


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=5),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=5),
)
def test_no_other_order_of_segments_strays_less(
    stops: list[tuple[int, int]], shape: list[tuple[int, int]]
) -> None:
    lat, lon = (np.array(column) / 1000 for column in zip(*stops, strict=True))
    shape_lat, shape_lon = (np.array(column) / 1000 for column in zip(*shape, strict=True))
    found = project(lat, lon, shape_lat, shape_lon)
    assert (np.diff(found.segment + found.part) >= -1e-12).all()
    assert math.isclose(float((found.stray_m**2).sum()), _least(stops, shape), rel_tol=1e-6, abs_tol=1e-3)


def _least(stops: list[tuple[int, int]], shape: list[tuple[int, int]]) -> float:
    """The least sum of squared distances of stops to segments that never go back, all choices tried."""
    scale = math.cos(math.radians(sum(y for y, _ in shape) / len(shape) / 1000))

    def strayed(stop: tuple[int, int], segment: int) -> float:
        (y1, x1), (y2, x2) = shape[segment], shape[segment + 1]
        x, y, x1, x2 = stop[1] * scale, stop[0], x1 * scale, x2 * scale
        length2 = (x2 - x1) ** 2 + (y2 - y1) ** 2
        part = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length2 if length2 else 0.0
        part = min(1.0, max(0.0, part))
        return ((x - x1 - part * (x2 - x1)) ** 2 + (y - y1 - part * (y2 - y1)) ** 2) * 111.195**2

    def least(stop: int, segment: int) -> float:
        if stop == len(stops):
            return 0.0
        return min(strayed(stops[stop], s) + least(stop + 1, s) for s in range(segment, len(shape) - 1))

    return least(0, 0)


@pytest.mark.parametrize(("board", "alight"), [(0, 1), (1, 2), (0, 2)])
def test_a_stop_without_a_place_is_left_out(board: int, alight: int) -> None:
    network = network_of("0,0 , 10,0", "0,0 10,0", shape_id="-")
    assert drawn(network, board, alight) == {(0, 1): "0,0", (1, 2): "10,0", (0, 2): "0,0 10,0"}[board, alight]
