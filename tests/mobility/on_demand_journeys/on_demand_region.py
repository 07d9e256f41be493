"""A coach, a service on demand and a train, one after the other, as GTFS text and as a service with two vehicles.

    Aligny --coach--> Belin        TAD        Dampierre --train--> Épinal
                      (zone Belin)  ⇄  (zone Dampierre, with the village and the farm)

Trains and coaches run every hour. Times are easy to read, nothing is meant to be true.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

from on_demand.area import Point, Stop, StopGroup, Zone
from on_demand.booking_rules import BookingRule, BookingType
from on_demand.calendar import Calendar
from on_demand.fleet import Seats, Shift, Vehicle
from on_demand.service import Fare, FlexRow, FlexTrip, Promise, Service

PARIS = ZoneInfo("Europe/Paris")
ALL_DAYS = frozenset(range(7))
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2028, 12, 31)

VILLAGE, FARM, TOWN_HALL = "47.3400,4.2600", "47.2700,4.3500", "47.3010,4.3010"
"""Addresses in the zone of Dampierre, the last beside the station."""
HAMLET = "47.1300,4.0700"
"""An address in the zone of Belin."""
FAR_AWAY = "47.9000,4.9000"

FEED: dict[str, str] = {
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_version
Région d’essai (synthetic),https://example.org/data,fr,synthetic-1
""",
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone
X,Cars et trains d’essai,https://example.org,Europe/Paris
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
ALI,Aligny,47.0000,4.0000,0,
BEL,Belin gare routière,47.1000,4.1000,0,
DAM,Dampierre gare,47.3000,4.3000,1,
DAM1,Dampierre voie 1,47.3000,4.3000,0,DAM
DAM2,Dampierre voie 2,47.3001,4.3001,0,DAM
EPI,Épinal,47.6000,4.6000,0,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type
C,X,LR 1,Aligny - Belin,200
T,X,TER,Dampierre - Épinal,106
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
DAILY,1,1,1,1,1,1,1,20260101,20281231
""",
}


def _trips() -> tuple[str, str]:
    trips = ["route_id,service_id,trip_id,trip_headsign"]
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]

    def add(route: str, trip: str, headsign: str, *calls: tuple[str, str]) -> None:
        trips.append(f"{route},DAILY,{trip},{headsign}")
        times.extend(f"{trip},{at}:00,{at}:00,{stop},{n}" for n, (stop, at) in enumerate(calls))

    for hour in range(5, 24):
        add("C", f"C-{hour:02}", "Belin", ("ALI", f"{hour:02}:00"), ("BEL", f"{hour:02}:30"))
        add("C", f"D-{hour:02}", "Aligny", ("BEL", f"{hour:02}:40"), ("ALI", f"{hour + 1:02}:10"))
        add("T", f"T-{hour:02}", "Épinal", ("DAM1", f"{hour:02}:10"), ("EPI", f"{hour:02}:55"))
        add("T", f"U-{hour:02}", "Dampierre", ("EPI", f"{hour:02}:05"), ("DAM2", f"{hour:02}:50"))
    return "\n".join(trips) + "\n", "\n".join(times) + "\n"


FEED["trips.txt"], FEED["stop_times.txt"] = _trips()


def square(lat: float, lon: float, half: float) -> tuple[tuple[tuple[Point, ...], ...], ...]:
    """A polygon around a point."""
    corners = ((-1, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))
    return ((tuple(Point(lat + half * north, lon + half * east) for north, east in corners),),)


BELIN_ZONE = Zone("z-belin", "Pays de Belin", square(47.10, 4.10, 0.06))
DAMPIERRE_ZONE = Zone("z-dampierre", "Val de Dampierre", square(47.30, 4.30, 0.07))
DAILY = Calendar("tous", ALL_DAYS, FIRST, LAST)
TWO_HOURS = BookingRule(
    "2h", BookingType.SAME_DAY, duration_s_min=7200, phone="03 80 22 22 22", message="Deux heures avant."
)


def make_service(open_s: int = 6 * 3600, close_s: int = 26 * 3600, rule: BookingRule = TWO_HOURS) -> Service:
    """From any address of either zone to any other, and to both stations."""

    def trip(start: Zone, end: Zone) -> FlexTrip:
        return FlexTrip(
            f"{start.id}-{end.id}",
            DAILY.id,
            (
                FlexRow(start.id, open_s, close_s, can_alight=False, pickup_rule_id=rule.id),
                FlexRow(end.id, open_s, close_s, can_board=False, drop_off_rule_id=rule.id),
            ),
        )

    zones = (BELIN_ZONE, DAMPIERRE_ZONE)
    return Service(
        id="val",
        name="TAD du Val",
        operator="Communauté du Val",
        phone="03 80 22 22 00",
        url="https://example.org/val",
        zones=zones,
        calendars=(DAILY,),
        rules=(rule,),
        trips=tuple(trip(start, end) for start in zones for end in zones),
        promise=Promise(window_s=600, ride_factor=1.5, ride_extra_s=600, stop_s=60, connection_s=300),
        fare=Fare(200, 100),
        connection_stop_ids=("r_BEL", "r_DAM"),
        is_dispatched=True,
    )


def make_stop_service() -> Service:
    """From stop to stop: two in the village, one at the station."""
    stops = (
        Stop("vil-1", "Village, Mairie", Point(47.3410, 4.2600)),
        Stop("vil-2", "Village, École", Point(47.3460, 4.2610)),
        Stop("r_DAM", "Dampierre gare", Point(47.3000, 4.3000)),
    )
    group, hub = StopGroup("g-vil", "Village", ("vil-1", "vil-2")), StopGroup("g-gare", "Gare", ("r_DAM",))
    rows = tuple(
        FlexRow(area, 6 * 3600, 22 * 3600, pickup_rule_id="2h", drop_off_rule_id="2h")
        for area in (group.id, hub.id, group.id)
    )
    return Service(
        id="arrets",
        name="TAD d’arrêt en arrêt",
        phone="03 80 22 22 01",
        stops=stops,
        groups=(group, hub),
        calendars=(DAILY,),
        rules=(TWO_HOURS,),
        trips=(FlexTrip("arrets", DAILY.id, rows),),
        connection_stop_ids=("r_DAM",),
        is_dispatched=True,
    )


DEPOT = Point(47.3005, 4.3005)


def make_vehicle(
    vehicle_id: str = "bus-1", *configurations: Seats, service_ids: tuple[str, ...] = ("val",)
) -> Vehicle:
    """With four seats, or two and a wheelchair."""
    return Vehicle(
        vehicle_id, vehicle_id, service_ids, configurations or (Seats(4, 0), Seats(2, 1)), DEPOT, "Dépôt"
    )


def make_shift(vehicle_id: str = "bus-1", start_s: int = 5 * 3600, end_s: int = 28 * 3600) -> Shift:
    """All day, into the night."""
    return Shift(f"{vehicle_id}-jour", vehicle_id, DAILY, start_s, end_s)


def paris(day: dt.date, clock: str) -> int:
    """An instant by the clock of Paris."""
    hour, minute = map(int, clock.split(":"))
    return int(dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).timestamp())


def write_feed(path: Path) -> Path:
    """The GTFS archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in FEED.items():
            archive.writestr(name, text)
    return path
