"""Three commands book a ride to a train."""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mobility.accounts.caller import SYSTEM, Role
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.bootstrap import build_services
from mobility.cli.instants import WEEKDAYS
from mobility.cli.on_demand_demo import load_on_demand
from mobility.cli.tickets_demo import load_tariff
from mobility.demo.on_demand import FEED_ID
from mobility.demo.rail import station_id, station_point
from mobility.journeys.public_holidays import is_holiday
from mobility.settings import Settings
from tests.mobility.cli.conftest import Run

STATIONS = ("Besançon Viotte", "Dijon Ville")
VERA = ("--as", "vera@example.org")


def write_trains(path: Path, first: dt.date) -> Path:
    """Two trains an hour from Besançon to Dijon, every day, in the demo's names: a TER, and a TGV that no tariff
    of the region knows."""
    stops = [
        f"{station_id(name)},{name},{station_point(name).lat},{station_point(name).lon}" for name in STATIONS
    ]
    ends = [station_id(name) for name in STATIONS]
    hours = range(6, 21)
    calls = [
        f"{trip},{at},{at},{stop},{number}"
        for hour in hours
        for trip, times in (
            (f"t{hour}", (f"{hour:02}:00:00", f"{hour:02}:45:00")),
            (f"g{hour}", (f"{hour:02}:20:00", f"{hour:02}:50:00")),
        )
        for number, (at, stop) in enumerate(zip(times, ends, strict=True))
    ]
    last = first + dt.timedelta(days=30)
    files = {
        "agency": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "TER,Trains,https://example.org,Europe/Paris",
            "TGV,Trains,https://example.org,Europe/Paris",
        ],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon", *stops],
        "routes": ["route_id,agency_id,route_short_name,route_type", "R,TER,TER,2", "G,TGV,TGV,101"],
        "calendar": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            f"S,1,1,1,1,1,1,1,{first:%Y%m%d},{last:%Y%m%d}",
        ],
        "trips": [
            "route_id,service_id,trip_id",
            *(f"{route},S,{trip}{hour}" for hour in hours for route, trip in ("Rt", "Gg")),
        ],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *calls],
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in files.items():
            archive.writestr(f"{name}.txt", "\n".join(lines))
    return path


def a_day() -> str:
    """The name of a day after tomorrow on which the service runs."""
    today = dt.datetime.now(dt.UTC).date()
    ahead = (today + dt.timedelta(days=number) for number in range(2, 7))
    return next(WEEKDAYS[day.weekday()] for day in ahead if day.weekday() < 5 and not is_holiday(day))


@pytest.fixture
def vera(tmp_path: Path, run: Run) -> Path:
    """Somebody who travels."""
    with build_services(Settings(data_dir=tmp_path / "data", log_level="error")) as services:
        details = Details("vera@example.org", "Vera", "Vera", "Voyage", "0612345678")
        add_person(services.accounts, SYSTEM, details, frozenset((Role.TRAVELLER,)))
    return tmp_path


def put_in_place(folder: Path) -> None:
    """A region with trains and the demo's services."""
    with build_services(Settings(data_dir=folder / "data", log_level="error")) as services:
        today = dt.datetime.now(dt.UTC).date()
        archive = write_trains(folder / "trains.zip", today - dt.timedelta(days=1))
        import_feed(services.feeds, FeedSource(str(archive), FEED_ID))
        driver = Details("anna@example.org")
        anna = add_person(services.accounts, SYSTEM, driver, frozenset((Role.VEHICLE_DRIVER,)))
        load_on_demand(services, services.acts.now(), anna.id)
        load_tariff(services)


def test_three_commands_book_a_ride_to_a_train(vera: Path, run: Run) -> None:
    put_in_place(vera)
    quoted = run("on-demand", "quote", "Nancray", "Dijon Ville", "--arrive", f"{a_day()} 12:00")
    assert quoted.code == 0, quoted.err
    assert re.search(r"Nancray  —  Tadou \(démo\), on demand: comes \d\d:\d\d to \d\d:\d\d", quoted.out)
    assert "TER" in quoted.out
    assert "mobility on-demand hold 1 --as E-MAIL" in quoted.out

    held = run("on-demand", "hold", "1", *VERA, "--note", "two bags")
    assert held.code == 0, held.err
    assert "in time for the departure at" in held.out
    (command,) = re.findall(r"mobility (on-demand confirm \S+ --as \S+)", held.out)

    confirmed = run(*command.split())
    assert (confirmed.code, "confirmed" in confirmed.out) == (0, True), confirmed.err
    (ride,) = json.loads(run("on-demand", "rides", *VERA, "--json").out)
    assert (ride["status"], ride["note"]) == ("confirmed", "two bags")
    assert ride["connection"]["kind"] == "onto"

    moved = run("on-demand", "change", ride["id"], *VERA, "--arrive", f"{a_day()} 16:00")
    assert (moved.code, "there before 16:00" in moved.out) == (0, True), moved.err
    ended = run("on-demand", "cancel", ride["id"], *VERA)
    assert (ended.code, "cancelled" in ended.out) == (0, True), ended.err
    assert "no rides to come" in run("on-demand", "rides", *VERA).out
    assert "cancelled" in run("on-demand", "rides", *VERA, "--past").out


def test_a_journey_costs_what_tickets_say_it_costs(vera: Path, run: Run) -> None:
    """And what has no price, `tickets` names instead of leaving one to look for it."""
    put_in_place(vera)
    ask = "Nancray", "Dijon Ville", "--arrive", f"{a_day()} 12:00"
    quoted = [one["journey"] for one in json.loads(run("on-demand", "quote", *ask, "--json").out)["journeys"]]
    offered = json.loads(run("tickets", "offer", *ask, "--json").out)["journeys"]
    costs = {_ways_of(one): one["price"]["cents"] for one in offered}
    sold = [one for one in quoted if _ways_of(one) in costs]
    assert [one["price"]["cents"] for one in sold] == [costs[_ways_of(one)] for one in sold]
    unknown = [one for one in quoted if one["price"] == "unknown"]
    assert len(sold) >= 1
    assert len(unknown) >= 1
    assert len(sold) + len(unknown) == len(quoted)
    assert all("TGV" in one["priceUnknown"]["en"] for one in unknown)

    told = run("tickets", "offer", *ask).out
    _, listed = told.split("\nNot sold here:\n")
    assert listed.count("The price of a part of the journey is not known. (TGV)") >= len(unknown)
    assert "price unknown" not in told
    assert "Not sold here" not in run("on-demand", "quote", *ask).out


def _ways_of(journey: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((leg["mode"], leg["startTime"]) for leg in journey["legs"])


def test_what_cannot_be_done_says_what_to_do(vera: Path, run: Run) -> None:
    nothing = run("on-demand", "hold", "1", *VERA)
    assert (nothing.code, "ask for quotes first" in nothing.err) == (1, True)
    assert "nothing is held" in run("on-demand", "confirm", *VERA).err
    assert run("on-demand", "hold", "nonsense", *VERA).code == 1
    both = run("on-demand", "quote", "Nancray", "Dijon Ville", "--arrive", "12:00", "--leave", "10:00")
    assert both.code == 2
    nobody = run("on-demand", "rides", "--as", "nobody@example.org")
    assert (nobody.code, "nobody@example.org" in nobody.err) == (1, True)
