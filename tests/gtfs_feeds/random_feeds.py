"""Small feeds of every kind, drawn from a seed: quicker by far than drawing every field by hypothesis."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from gtfs_feeds.tables import FeedTables
from tests.gtfs_feeds.readback import clock
from tests.gtfs_feeds.sketch import sketch

STOPS = ["A", "B", "C", "D", "E"]
ZONES = ["Europe/Paris", "Europe/Lisbon", "America/Montreal"]


def random_feeds(feed_id: str = "f") -> st.SearchStrategy[FeedTables]:
    return st.integers(0, 2**32).map(lambda seed: random_feed(Random(seed), feed_id))


def random_feed(draw: Random, feed_id: str) -> FeedTables:
    """Up to eight trips on five stops near 47° N 5° E, with services, blocks, frequencies, links, shapes, headsigns."""
    count = draw.randint(0, 8)
    blocks = {
        "agency: agency_id agency_name agency_timezone": [
            f"G Gondola {draw.choice(ZONES)}",
            "H Hill Asia/Tokyo",
        ],
        "routes: route_id agency_id route_short_name route_type": ["R G 1 3", "Q H 2 100"],
        "stops: stop_id stop_name stop_lat stop_lon parent_station location_type": [
            *_stops(draw),
            "S Station 47 5 - 1",
        ],
        "calendar: service_id monday tuesday wednesday thursday friday saturday sunday start_date end_date": [
            _service(draw, "v1"),
            _service(draw, "v2"),
        ],
        "calendar_dates: service_id date exception_type": _exceptions(draw),
        "trips: route_id service_id trip_id trip_headsign block_id shape_id": [
            f"{draw.choice('QR')} {draw.choice(['v1', 'v2', 'v3'])} t{trip} Head{trip % 2}"
            f" {draw.choice(['-', 'b1', 'b2'])} {draw.choice(['-', 'north', 'south'])}"
            for trip in draw.sample(range(count), count)
        ],
        "stop_times: trip_id stop_id stop_sequence arrival_time departure_time pickup_type drop_off_type"
        " stop_headsign": [line for trip in range(count) for line in _calls(draw, trip)],
        "frequencies: trip_id start_time end_time headway_secs exact_times": [
            f"t{trip} {hour}:00 {hour + draw.randint(1, 5)}:30 {draw.randint(60, 4000)} {draw.choice('01')}"
            for trip in range(count)
            for hour in draw.sample(range(20), draw.choice([0, 0, 0, 1, 2]))
        ],
        "transfers: from_stop_id to_stop_id from_trip_id to_trip_id transfer_type": [
            f"A A t{draw.randrange(count)} t{draw.randrange(count)} {draw.choice('45')}"
            for _ in range(draw.randint(0, 4) if count else 0)
        ],
        "shapes: shape_id shape_pt_sequence shape_pt_lat shape_pt_lon": [
            *("south 1 47 5", "south 2 46.99 5", "north 1 47 5", "north 2 47.01 5", "north 3 47.01 5.01")
        ],
        "translations: table_name field_name language translation field_value": [
            "stops stop_name en Able AAA"
        ],
    }
    return sketch("\n".join([line for head, lines in blocks.items() for line in [head, *lines]]), feed_id)


def _stops(draw: Random) -> list[str]:
    places = [(47 + draw.randint(0, 90) / 10_000, 5 + draw.randint(0, 90) / 10_000) for _ in STOPS]
    return [
        f"{stop} {stop * 3} {lat} {lon} {draw.choice('-S')}"
        for stop, (lat, lon) in zip(STOPS, places, strict=True)
    ]


def _service(draw: Random, name: str) -> str:
    first = draw.randint(1, 20)
    weekdays = " ".join(draw.choice("01") for _ in range(7))
    return f"{name} {weekdays} 202606{first:02} 202606{first + draw.randint(0, 8):02}"


def _exceptions(draw: Random) -> list[str]:
    dates = draw.sample(
        [(service, day) for service in ("v1", "v3") for day in range(1, 31)], draw.randint(0, 6)
    )
    return ["v3 20260531 2", *(f"{service} 202606{day:02} {draw.choice('12')}" for service, day in dates)]


def _calls(draw: Random, trip: int) -> list[str]:
    """Every other trip runs along A B C, so that patterns are shared, or differ in one small thing."""
    time, lines = draw.randint(0, 100_000), []
    stops = list("ABC") if trip % 2 else draw.choices(STOPS, k=draw.randint(2, 5))
    rare = (
        draw.choice(["0", "0", "1", "2"]),
        draw.choice(["0", "0", "1", "3"]),
        draw.choice(["-", "-", "Via"]),
    )
    odd = draw.randrange(len(stops))
    number, step = draw.choice([(0, 1), (1, 1), (1, 10), (7, 5)])
    for position, stop in enumerate(stops):
        leave = time + draw.choice([0, 0, 30, 300])
        may = " ".join(rare) if position == odd else "0 0 -"
        lines.append(f"t{trip} {stop} {number + position * step} {clock(time)} {clock(leave)} {may}")
        time = leave + draw.randint(0, 1000)
    return lines
