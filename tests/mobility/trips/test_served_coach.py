"""Two phones on a coach of the timetable that is served: uploaded over HTTP, judged, and held with the coach's name."""

from __future__ import annotations

import datetime as dt
import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from carpool.line import Line
from carpool.phone import Phone
from carpool.rehearsal import Drive, PhonePassenger, rehearse
from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.acts.carpool_lines import seed_lines
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.trips.judge import judge_due
from mobility.acts.trips.ports import TripPorts
from mobility.acts.trips.road_times import StreetRoads
from mobility.acts.trips.vehicle_tracks import TimetableVehicles
from mobility.acts.trips_ports import TripState
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.mobility.small_region import FEED, TODAY

LINE = "besancon-fuans"
EIGHT = dt.datetime.combine(TODAY, dt.time(8), ZoneInfo("Europe/Paris")).astimezone(dt.UTC)
PEOPLE = {
    "dora": (Role.DRIVER, Role.TRAVELLER),
    "theo": (Role.TRAVELLER,),
    "dirk": (Role.DRIVER, Role.TRAVELLER),
    "tina": (Role.TRAVELLER,),
    "olga": (Role.OPERATOR,),
}


@dataclass
class Region:
    """A server with a coach on the road of a carpool line."""

    services: Services
    client: TestClient
    line: Line
    now: dt.datetime
    people: dict[str, str] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)

    def ask(self, method: str, path: str, who: str, body: Any = None) -> Any:
        with self.services.accounts.unit_of_work() as work:
            tokens = begin_session(self.services.accounts, work, self.people[who], TokenKind.REFRESH)
            work.commit()
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        answer = self.client.request(method, f"/v1/carpool{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def drive(self, driver: str, rider: str, starts_at: dt.datetime, pace_permille: int = 1000) -> str:
        """Somebody drives the whole line with somebody else, and both phones send it over HTTP."""
        for name in (driver, rider):
            seed = hashlib.sha256(f"key of {name}".encode()).digest()
            self.phones[name] = Phone(seed, lambda: self.now, f"phone of {name}")
        ends = self.line.stops[0].stop.id, self.line.stops[-1].stop.id
        way = Drive(self.line, *ends, starts_at, pace_permille)
        passenger = PhonePassenger(self.phones[rider], *ends)
        trip = rehearse(way, self.phones[driver], [passenger], hashlib.md5(driver.encode()).hexdigest())
        self.now = max(self.now, way.ends_at + dt.timedelta(minutes=1))
        for name in (driver, rider):
            phone = self.phones[name]
            self.ask("POST", "/devices", name, {"registration": phone.registration().decode()})
            pieces = [{"statement": data.decode()} for data in phone.outbox]
            sent = {"sentAt": int(self.now.timestamp()), "evidence": pieces}
            receipts = self.ask("POST", "/evidence", name, sent)["receipts"]
            assert {receipt["outcome"] for receipt in receipts} == {"stored"}
        return trip

    def judged(self, ports: TripPorts, trip: str) -> TripState:
        """The trip, judged anew."""
        with ports.unit_of_work() as work:
            work.trips.mark_due([trip], self.now)
            work.commit()
        while judge_due(ports):
            pass
        with ports.unit_of_work(read_only=True) as work:
            state = work.trips.find_trip(trip)
        assert state is not None
        return state


def _feed(path: Path, line: Line, leaves_s: int) -> Path:
    """A coach that calls at the line's stops and takes as long as the line says."""
    stops = "\n".join(f"S{n},Stop {n},{on.stop.lat},{on.stop.lon}" for n, on in enumerate(line.stops))
    times = []
    for n, on in enumerate(line.stops):
        at = leaves_s + on.drive_s
        clock = f"{at // 3600:02}:{at % 3600 // 60:02}:{at % 60:02}"
        times.append(f"T8,{clock},{clock},S{n},{n}")
    files = FEED | {
        "stops.txt": f"stop_id,stop_name,stop_lat,stop_lon\n{stops}\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_long_name,route_type\nC,A,LR 206,,200\n",
        "trips.txt": "route_id,service_id,trip_id,trip_headsign\nC,ALL,T8,Fuans\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + "\n".join(times),
    }
    files.pop("translations.txt")
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    settings = Settings(
        data_dir=tmp_path / "data",
        log_level="error",
        warm_up_days=0,
        watch_interval_s=0.05,
        worker="separate",
    )
    made = Region(None, None, None, EIGHT)  # type: ignore[arg-type]
    with build_services(settings, now=lambda: made.now) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
        seed_lines(services.acts)
        with services.unit_of_work(read_only=True) as work:
            line = work.rides.find_line(LINE)
        assert line is not None
        made.services, made.line = services, line
        for name, roles in PEOPLE.items():
            details = Details(f"{name}@example.org", name.title(), name.title(), "Durand", "0612345678")
            person = add_person(services.accounts, SYSTEM, details, frozenset(roles), "correct horse battery")
            made.people[name] = person.id
        import_feed(services.feeds, FeedSource(str(_feed(tmp_path / "a.zip", line, 8 * 3600)), feed_id="r"))
        services.start()
        made.client = TestClient(create_app(services), raise_server_exceptions=False)
        yield made


def test_phones_on_a_coach_are_held_with_its_name_and_a_car_is_not(region: Region, tmp_path: Path) -> None:
    coach = region.drive("dora", "theo", EIGHT + dt.timedelta(seconds=90))
    car = region.drive("dirk", "tina", EIGHT + dt.timedelta(minutes=7), pace_permille=700)
    while judge_due(region.services.trips):
        pass
    (held,) = region.ask("GET", "/queue", "olga")
    assert held["id"] == coach
    (found,) = [one for one in held["findings"] if one["check"] == "public_transport"]
    assert "LR 206 to Fuans, planned to leave at 08:00" in found["words"]
    assert found["facts"]["calls_made"] == found["facts"]["calls"] == len(region.line.stops)
    proven = region.ask("GET", f"/trips/{car}", "olga")
    assert proven["status"] == "proven", proven

    for trip in (coach, car):  # what is reused is what is found anew
        services = region.services
        fresh = replace(
            services.trips,
            roads=StreetRoads(services.watch.newest),
            vehicles=TimetableVehicles(services.watch.newest),
        )
        assert region.judged(services.trips, trip) == region.judged(fresh, trip)

    later = _feed(tmp_path / "later.zip", region.line, 15 * 3600)  # another timetable is found at once
    import_feed(region.services.feeds, FeedSource(str(later), feed_id="r"))
    region.services.watch.look()
    with region.services.unit_of_work(read_only=True) as work:
        before = work.trips.find_trip(coach)
    after = region.judged(region.services.trips, coach)
    assert before is not None
    assert "public_transport" in {finding.check for finding in before.findings}
    assert "public_transport" not in {finding.check for finding in after.findings}
    assert after.status is before.status  # and a person still decides
