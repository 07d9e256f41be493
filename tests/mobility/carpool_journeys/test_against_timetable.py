"""Rides laid over a network are found as if they had been printed in the timetable.

The slow, obvious way: every pair of calls of every ride that can be booked is a scheduled trip of two stops, compiled
like any other feed.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carpool.ride import Ride, RideStatus
from ground.paris import PARIS
from gtfs_feeds.catalogue import find_stop
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.merge import merge
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from mobility.acts.carpool_gtfs import write_carpool_gtfs
from routing.clock import day_start_s, service_day_of
from routing.planner import Planner
from routing.query import Offset, Query
from tests.mobility.carpool_journeys.carpool_region import LINE, paris, ride, write_feed
from tests.mobility.carpool_journeys.conftest import OPERATOR, Rides

DAYS = (dt.date(2026, 10, 24), dt.date(2026, 10, 25), dt.date(2026, 11, 24))
"""The night clocks go back is among them."""

STOPS = ("r_ALI", "r_BEL", "r_DAM", "r_EPI", *(f"carpool_{at.stop.id}" for at in LINE.stops))


@dataclass(frozen=True)
class Published:
    """A ride, the seats that are free on its sections."""

    ride: Ride
    free: tuple[int, ...]


@st.composite
def published(draw: st.DrawFn, number: int, day: dt.date) -> Published:
    names = [at.stop.id for at in LINE.stops]
    stops = draw(st.lists(st.sampled_from(range(4)), min_size=2, max_size=4, unique=True).map(sorted))
    if draw(st.booleans()):
        stops.reverse()
    clock = f"{draw(st.sampled_from([0, 2, 5, 8, 9, 11, 23])):02}:{draw(st.integers(0, 59)):02}"
    made = ride(f"ride-{number}", paris(day, clock), " ".join(names[at] for at in stops))
    made = replace(
        made,
        notice_s=draw(st.sampled_from([0, 900, 3600])),
        status=draw(st.sampled_from([RideStatus.PUBLISHED] * 5 + [RideStatus.CANCELLED])),
    )
    return Published(made, tuple(draw(st.integers(0, 2)) for _ in range(len(stops) - 1)))


@st.composite
def many(draw: st.DrawFn) -> tuple[list[Published], dt.datetime, dt.date]:
    day = draw(st.sampled_from(DAYS))
    rides = [draw(published(number, day)) for number in range(draw(st.integers(1, 8)))]
    one = draw(st.sampled_from(rides)).ride
    deadline = draw(st.sampled_from(one.calls[:-1])).at - dt.timedelta(seconds=one.notice_s)
    booked = deadline + dt.timedelta(seconds=draw(st.sampled_from([0, 1, -1, 600, -7200])))
    return rides, booked, day


def print_timetable(rides: list[Published], booked: dt.datetime, folder: Path) -> Network:
    """The carpool feed with a trip for each pair of calls one may book from and to, beside coach and train."""
    trips, times, dates = [], [], []
    for one in rides:
        calls = one.ride.calls
        day = service_day_of(int(calls[0].at.timestamp()), PARIS.key)
        start_s = day_start_s(day, PARIS.key)
        for board in range(len(calls)):
            for alight in range(board + 1, len(calls)):
                if one.ride.status is RideStatus.CANCELLED or min(one.free[board:alight]) < 1:
                    continue
                if booked > calls[board].at - dt.timedelta(seconds=one.ride.notice_s):
                    continue
                trip = f"{one.ride.id}-{board}-{alight}"
                trips.append(f"{LINE.id},{trip},{trip},0,")
                dates.append(f"{trip},{day:%Y%m%d},1")
                for number, call in enumerate((calls[board], calls[alight])):
                    at_s = int(call.at.timestamp()) - start_s
                    clock = f"{at_s // 3600:02}:{at_s // 60 % 60:02}:{at_s % 60:02}"
                    times.append(f"{trip},{clock},{clock},{call.stop_id},{number},3,3,,")
    plain, printed = folder / "plain.zip", folder / "printed.zip"
    write_carpool_gtfs(OPERATOR, [LINE], (), "1", plain)
    more = {"trips.txt": trips, "stop_times.txt": times, "calendar_dates.txt": dates}
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(printed, "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            target.writestr(name, text + "".join(f"{line}\r\n" for line in more.get(name, ())))
    networks = []
    for path, feed in ((printed, "carpool"), (write_feed(folder / "r.zip"), "r")):
        tables, findings = read_feed(path, feed, today=dt.date(2026, 10, 24))
        assert not [finding for finding in findings if finding.severity.value == "error"]
        networks.append(compile_feed(tables)[0])
    return merge(networks)


def journeys(
    planner: Planner, network: Network, origin: str, destination: str, query: Query
) -> list[tuple[int, int, int]]:
    """What is best: departure, arrival, changes."""
    ends = [find_stop(network.catalogue, stop) for stop in (origin, destination)]
    assert None not in ends
    first, last = ((Offset(int(stop or 0), 0),) for stop in ends)
    found = planner.plan(replace(query, origins=first, destinations=last)).journeys
    return sorted((one.departure_s, one.arrival_s, one.transfers) for one in found)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(given_rides=many(), ends=st.permutations(STOPS), arrive_by=st.booleans(), hours=st.integers(1, 20))
def test_as_if_printed(
    rides: Rides,
    given_rides: tuple[list[Published], dt.datetime, dt.date],
    ends: list[str],
    arrive_by: bool,
    hours: int,
) -> None:
    offered, booked, day = given_rides
    laid = rides(*((one.ride, one.free) for one in offered), booked=booked)
    with TemporaryDirectory() as folder:
        printed = print_timetable(offered, booked, Path(folder))
        planner = Planner(printed.timetable, printed.info)
        for origin, destination, leaves in (
            (*ends[:2], "00:00"),
            (*ends[2:4], "07:30"),
            ("r_ALI", "r_EPI", "07:00"),
        ):
            query = Query(
                (), (), int(paris(day, leaves).timestamp()), window_s=hours * 3600, arrive_by=arrive_by
            )
            as_laid = journeys(laid.planner, laid.network, origin, destination, query)
            assert as_laid == journeys(planner, printed, origin, destination, query)
