"""Two phones on a bus follow its timetable; a car on the same road does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from carpool.checks.thresholds import default_thresholds
from carpool.trip import Fix
from ground.paris import PARIS
from gtfs_feeds.network import Network
from mobility.acts.trips.vehicle_tracks import TimetableVehicles, list_followed
from mobility.journeys.serving import NothingToServeError, Serving
from tests.mobility.small_region import TODAY, build_network
from tests.naive import vehicle_tracks as naive

VALUES = default_thresholds().values["public_transport"]
STOPS, LEG_S = 9, 300
EIGHT = dt.datetime.combine(TODAY, dt.time(8), PARIS).astimezone(dt.UTC)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"


def _feed() -> dict[str, str]:
    """A coach every hour from 8:00 to 10:00, up a road of 9 stops, 3 km and 5 minutes apart; and one a half hour after
    midnight, of the service day before. A bus every 20 minutes by frequency, on another road."""
    stops = "\n".join(f"S{n},Stop {n},{47.0 + 0.027 * n:.4f},6.0" for n in range(STOPS))
    other = "\n".join(f"F{n},Far {n},{47.0 + 0.027 * n:.4f},6.5" for n in range(STOPS))
    trips, times = [], []
    for trip, start, road in (
        ("T8", 8 * 3600, "S"),
        ("T9", 9 * 3600, "S"),
        ("T10", 10 * 3600, "S"),
        ("N", 24 * 3600 + 1800, "S"),
        ("F", 6 * 3600, "F"),
    ):
        trips.append(f"C,ALL,{trip},")
        for n in range(STOPS):
            at = _clock(start + LEG_S * n)
            times.append(f"{trip},{at},{at},{road}{n},{n}")
    return {
        "stops.txt": f"stop_id,stop_name,stop_lat,stop_lon\n{stops}\n{other}\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\nC,A,LR 200,,200\n",
        "trips.txt": "route_id,service_id,trip_id,trip_headsign\n" + "\n".join(trips) + "\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        + "\n".join(times)
        + "\n",
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nF,06:00:00,22:00:00,1200\n",
    }


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    folder: Path = tmp_path_factory.mktemp("coaches")
    return build_network(folder, _feed())


def _track(
    start: dt.datetime,
    leg_s: Sequence[float] = (LEG_S,) * (STOPS - 1),
    lon: float = 6.0,
    every_s: int = 60,
    down: bool = False,
) -> list[Fix]:
    """From stop to stop with so many seconds between them."""
    times = [0.0]
    for one in leg_s:
        times.append(times[-1] + one)
    fixes = []
    for second in [*range(0, int(times[-1]), every_s), int(times[-1])]:
        leg = max(n for n in range(len(leg_s)) if times[n] <= second)
        place = leg + (second - times[leg]) / leg_s[leg]
        lat = 47.0 + 0.027 * (len(leg_s) - place if down else place)
        fixes.append(Fix(start + dt.timedelta(seconds=second), lat, lon))
    return fixes


@pytest.mark.parametrize("late_s", [-1200, 0, 400, 1200])
def test_phones_on_a_coach_follow_it_also_when_it_is_late(network: Network, late_s: int) -> None:
    found = list_followed(network, _track(EIGHT + dt.timedelta(seconds=late_s)), VALUES)
    assert found
    assert (found[0].calls, found[0].calls_made) == (STOPS, STOPS)
    assert abs(found[0].delay_s - late_s) <= 1
    assert found[0].vehicle == "LR 200 to Stop 8, planned to leave at 08:00"


@pytest.mark.parametrize("late_s", [-1202, 1202, 1800])
def test_nothing_runs_so_late_or_early(network: Network, late_s: int) -> None:
    assert list_followed(network, _track(EIGHT + dt.timedelta(seconds=late_s)), VALUES) == ()


def test_a_car_on_the_same_road_does_not(network: Network) -> None:
    """A third faster: it passes every stop, and keeps no timetable."""
    found = list_followed(network, _track(EIGHT, [200.0] * (STOPS - 1)), VALUES)
    assert all(one.calls_made * 1000 // one.calls <= VALUES["share_permille_max"] for one in found)
    assert list_followed(network, _track(EIGHT, down=True), VALUES) == ()
    assert list_followed(network, _track(EIGHT, lon=6.01), VALUES) == ()


def test_a_night_coach_is_of_the_service_day_before(network: Network) -> None:
    half_past = dt.datetime.combine(TODAY + dt.timedelta(days=1), dt.time(0, 30), PARIS).astimezone(dt.UTC)
    found = list_followed(network, _track(half_past), VALUES)
    assert found
    assert found[0].calls_made == STOPS


def test_a_bus_that_comes_every_so_often(network: Network) -> None:
    third = EIGHT - dt.timedelta(hours=2) + dt.timedelta(seconds=3 * 1200 + 100)
    found = list_followed(network, _track(third, lon=6.5), VALUES)
    assert (found[0].calls_made, found[0].delay_s) == (STOPS, 100)


def test_part_of_a_coachs_way_is_enough(network: Network) -> None:
    track = _track(EIGHT)[10:31]
    found = list_followed(network, track, VALUES)
    assert found[0].calls_made == found[0].calls
    assert found[0].calls >= 4


def test_a_day_no_timetable_reaches_to_cannot_be_told(network: Network) -> None:
    assert list_followed(network, _track(EIGHT + dt.timedelta(days=4000)), VALUES) is None
    assert list_followed(network, _track(EIGHT - dt.timedelta(days=4000)), VALUES) is None

    def nothing() -> Serving:
        raise NothingToServeError("none")

    assert TimetableVehicles(nothing).list_followed(_track(EIGHT), VALUES) is None


CLEAR = {**VALUES, "spread_s_max": 153, "delay_s_max": 1203, "track_share_permille_min": 507}
"""Thresholds no multiple of ten seconds is at: the twin looks once a second, and may be a second off."""


@given(
    st.integers(-150, 150),
    st.lists(st.integers(12, 50), min_size=3, max_size=STOPS - 1),
    st.sampled_from([20, 60, 150]),
    st.booleans(),
)
@settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_it_agrees_with_its_slow_twin(
    network: Network, late_10s: int, legs_10s: list[int], every_s: int, down: bool
) -> None:
    late = dt.timedelta(seconds=10 * late_10s)
    track = _track(EIGHT + late, [10.0 * leg for leg in legs_10s], every_s=every_s, down=down)
    days = [TODAY + dt.timedelta(days=n) for n in (-1, 0)]
    slow = {(calls, made) for _, calls, made, _ in naive.list_followed(network, track, CLEAR, days)}
    assert {(one.calls, one.calls_made) for one in list_followed(network, track, CLEAR) or ()} == slow
