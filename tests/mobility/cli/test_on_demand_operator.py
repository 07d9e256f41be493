"""`mobility on-demand services|vehicles|shifts|import|export|day|manifest|breakdown|repair|callers|book-for`."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mobility.accounts.caller import SYSTEM
from mobility.acts.on_demand.fleet import put_shift, put_vehicle
from mobility.acts.on_demand.quote import Ask, quote
from mobility.acts.on_demand.services import put_service
from mobility.bootstrap import build_services, load_settings
from mobility.cli.last_quotes import keep_quotes
from mobility.http.on_demand_fleet_schemas import ShiftAnswered, VehicleAnswered, shift_of, vehicle_of
from mobility.http.on_demand_service_schemas import ServiceAnswered, service_of
from mobility.settings import Settings
from on_demand.area import Point
from on_demand.booking import Party, Place
from tests.migrated import seed
from tests.mobility.cli.conftest import Run

SERVICE: dict[str, Any] = {
    "id": "town",
    "name": "Allô la ville",
    "phone": "+33381000000",
    "zones": [
        {
            "id": "square",
            "name": "La ville",
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[5.9, 47.1], [6.2, 47.1], [6.2, 47.3], [5.9, 47.3], [5.9, 47.1]]],
            },
        }
    ],
    "calendars": [
        {"id": "daily", "weekdays": list(range(7)), "fromDay": "2026-01-01", "untilDay": "2099-12-31"}
    ],
    "trips": [
        {
            "id": "day",
            "calendarId": "daily",
            "rows": [{"areaId": "square", "open": "00:00", "close": "24:00"}] * 2,
        }
    ],
    "fare": {"adultCents": 300, "childCents": 150},
}
VEHICLE: dict[str, Any] = {
    "id": "bus",
    "name": "Minibus 1",
    "serviceIds": ["town"],
    "configurations": [{"seats": 8}, {"seats": 6, "wheelchairs": 1}],
    "depot": {"lat": 47.2, "lon": 6.0},
    "depotName": "Dépôt",
    "plate": "AB-123-CD",
}
SHIFT: dict[str, Any] = {
    "id": "bus-day",
    "vehicleId": "bus",
    "calendar": {"weekdays": list(range(7)), "fromDay": "2026-01-01", "untilDay": "2099-12-31"},
    "start": "00:00",
    "end": "24:00",
}


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Writes something as a JSON file and gives its path."""

    def write(thing: Any) -> str:
        path = tmp_path / "described.json"
        path.write_text(json.dumps(thing), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the fleet."""
    folder = tmp_path_factory.mktemp("fleet")
    seed(folder)
    with build_services(Settings(data_dir=folder, worker="separate", log_level="error")) as services:
        service = ServiceAnswered.model_validate(SERVICE)
        put_service(services.acts, SYSTEM, service_of("town", service))
        put_vehicle(services.on_demand, SYSTEM, vehicle_of("bus", VehicleAnswered.model_validate(VEHICLE)))
        put_shift(services.on_demand, SYSTEM, shift_of("bus-day", ShiftAnswered.model_validate(SHIFT)))
    return folder


@pytest.fixture
def fleet(run: Run, made_once: Path, tmp_path: Path) -> None:
    shutil.copytree(made_once, tmp_path / "data", dirs_exist_ok=True)


DAY = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
"""Not today, even if it is midnight meanwhile, or tomorrow where the vehicles are."""


def quote_a_ride() -> list[str]:
    """Quotes of a ride on the DAY at ten, as `quote` keeps them."""
    noon = dt.datetime.combine(DAY, dt.time(9), dt.UTC)
    places = Place("Ouest", Point(47.2, 5.96)), Place("Est", Point(47.2, 6.08))
    with build_services(load_settings()) as services:
        found = quote(services.on_demand, SYSTEM, Ask(*places, Party(), int(noon.timestamp()), None, "town"))
        tokens = [offer.token for offer in found.offers]
        keep_quotes(services.settings.data_dir, [tokens])
    assert len(tokens) == 1
    return tokens


def test_a_service_is_shown_as_it_is_put(run: Run, fleet: None, file: Any) -> None:
    shown = json.loads(run("on-demand", "services", "town").out)
    assert shown["zones"] == SERVICE["zones"]
    assert run("on-demand", "services", "--set", file(shown | {"name": "Renamed"})).code == 0
    (listed,) = json.loads(run("on-demand", "services", "--json").out)
    assert listed == shown | {"name": "Renamed"}
    assert "Renamed" in run("on-demand", "services").out
    for kind, thing in (("vehicles", VEHICLE), ("shifts", SHIFT)):
        one = json.loads(run("on-demand", kind, thing["id"]).out)
        assert {name: one[name] for name in thing if name != "calendar"} | {"calendar": 0} == {
            **thing,
            "calendar": 0,
            **({"configurations": one["configurations"]} if kind == "vehicles" else {}),
        }
        assert json.loads(run("on-demand", kind, "--json").out) == [one]
        assert run("on-demand", kind).code == 0


def test_all_that_is_wrong_is_said(run: Run, fleet: None, file: Any) -> None:
    ended = run("on-demand", "shifts", "--set", file(SHIFT | {"vehicleId": "car", "end": "00:00"}))
    assert ended.code == 1
    assert "vehicleId: no such vehicle: 'car' (there are: bus)" in ended.err
    assert "start, end: from 00:00 to 00:00" in ended.err
    for wrong, said in (
        (SHIFT | {"end": "25:99"}, "end: "),
        (SHIFT | {"colour": "red"}, "colour"),
        ([], ""),
        ("text", "describes nothing of this kind"),
    ):
        ended = run("on-demand", "shifts", "--set", file(wrong))
        assert said in ended.err
    assert "No such file" in run("on-demand", "shifts", "--set", "/nowhere.json").err
    assert "No such service: 'moon'" in run("on-demand", "services", "moon").err


def test_a_service_leaves_as_gtfs_flex_and_comes_back(run: Run, fleet: None, tmp_path: Path) -> None:
    archive = str(tmp_path / "flex.zip")
    assert run("on-demand", "export", "town", archive).code == 0
    again = run("on-demand", "import", archive)
    assert again.code == 1
    assert "There is already: town" in again.err
    made = json.loads(run("on-demand", "import", archive, "--id", "copy", "--booked-elsewhere", "--json").out)
    assert made["services"] == ["copy"]
    town, copy = (json.loads(run("on-demand", "services", one).out) for one in ("town", "copy"))
    for name in ("name", "zones", "trips", "phone", "rules"):
        assert town[name] == copy[name], name
    assert (copy["isDispatched"], copy["fare"]) == (False, None)
    assert "town" in run("on-demand", "import", archive, "--replace").out
    (tmp_path / "no.zip").write_text("no zip", encoding="ascii")
    assert "neither a zip nor a folder" in run("on-demand", "import", str(tmp_path / "no.zip")).err


def test_a_ride_on_the_phone_is_in_the_day_and_on_the_manifest(run: Run, fleet: None) -> None:
    quote_a_ride()
    words = ("--name", "Mme Martin", "--phone", "06 12 34 56 78", "--note", "volets bleus")
    booked = json.loads(run("on-demand", "book-for", "1", *words, "--json").out)
    assert booked[0]["status"] == "confirmed"
    day = json.loads(run("on-demand", "day", "town", "--day", str(DAY), "--json").out)
    (tour,) = day["tours"]
    assert [stop["kind"] for stop in tour["stops"]] == ["pickup", "drop-off"]
    assert tour["stops"][0]["ride"]["phone"] == "+33612345678"
    shown = run("on-demand", "manifest", "bus-day", "--day", str(DAY))
    assert shown.code == 0, shown.err
    for word in ("Mme Martin", "+33612345678", "volets bleus", "Ouest", "Est", "1 adults"):
        assert word in shown.out
    found = run("on-demand", "callers", "0612345678")
    assert "Mme Martin" in found.out
    assert booked[0]["id"] in found.out
    assert "free" in run("on-demand", "day", "--day", str(DAY)).out
    assert run("on-demand", "day", "--day", "tomorrow").code == 0


def test_a_breakdown_names_whom_to_call(run: Run, fleet: None) -> None:
    quote_a_ride()
    run("on-demand", "book-for", "1", "--name", "Mme Martin", "--phone", "0612345678")
    refused = run("on-demand", "shifts", "bus-day", "--remove")
    assert refused.code == 1
    assert "Mme Martin  +33612345678" in refused.err
    broken = run("on-demand", "breakdown", "bus-day", "--day", str(DAY), "--where", "47.2,6.0")
    assert broken.code == 0, broken.err
    assert "to be called: Mme Martin +33612345678" in broken.out
    assert "to be called: Mme Martin" in run("on-demand", "day", "--day", str(DAY)).out
    again = run("on-demand", "breakdown", "bus-day", "--day", str(DAY))
    assert (again.code, "already" in again.err) == (1, True)
    assert "back in service" in run("on-demand", "repair", "bus-day", "--day", str(DAY)).out
    assert run("on-demand", "breakdown", "bus-day", "--where", "here").code == 2
    assert run("on-demand", "day", "--day", "someday").code == 2
    weekday = f"{DAY:%A}".lower()
    named = json.loads(run("on-demand", "day", "--day", weekday, "--json").out)
    assert named["day"] == str(DAY)


def test_things_are_forgotten(run: Run, fleet: None) -> None:
    assert "still ride for town: bus" in run("on-demand", "services", "town", "--remove").err
    for kind, thing in (("shifts", "bus-day"), ("vehicles", "bus"), ("services", "town")):
        ended = run("on-demand", kind, thing, "--remove")
        assert (ended.code, ended.out) == (0, f"{thing} is forgotten\n"), ended.err
    assert "no services" in run("on-demand", "services").out


def test_agents_may_what_the_command_does(run: Run, fleet: None) -> None:
    assert run("account", "add", "agent@example.org", "--role", "agent", "--no-password").code == 0
    assert run("account", "add", "anne@example.org", "--role", "traveller", "--no-password").code == 0
    assert run("on-demand", "callers", "0612345678", "--as", "agent@example.org").code == 0
    ended = run("on-demand", "callers", "0612345678", "--as", "anne@example.org")
    assert (ended.code, "permission" in ended.err) == (1, True)


def test_who_finds_no_room_waits(run: Run, fleet: None) -> None:
    assert run("account", "add", "anne@example.org", "--role", "traveller", "--no-password").code == 0
    anne = ("--as", "anne@example.org")
    quote_a_ride()
    room = run("on-demand", "wait", "1", *anne)
    assert (room.code, "There is room" in room.err) == (1, True)
    assert run("on-demand", "shifts", "bus-day", "--remove").code == 0
    joined = json.loads(run("on-demand", "wait", "1", *anne, "--json").out)
    assert (joined["service"], joined["status"]) == ("town", "waiting")
    line = run("on-demand", "waiting", "town")
    assert (line.code, "Ouest → Est, from" in line.out) == (0, True), line.err
    assert [one["id"] for one in json.loads(run("on-demand", "waiting", "--json").out)] == [joined["id"]]
    assert run("on-demand", "waiting", "moon").code == 1
    refused = run("on-demand", "waiting", *anne)
    assert (refused.code, "permission" in refused.err) == (1, True)
    assert "left" in run("on-demand", "leave", joined["id"], *anne).out
    assert "nobody waits" in run("on-demand", "waiting").out
