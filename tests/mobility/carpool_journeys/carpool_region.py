"""A coach, a carpool line and a train, one after the other, as GTFS text and as a line; and rides on it.

    Aligny --coach--> Belin --carpool line--> Corsy --…--> Dampierre --train--> Épinal
                      (beside the coach's stop)             (beside the station)

The line goes on from Dampierre to Fontaine. Times are easy to read, nothing is meant to be true.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

from carpool.line import FareVersion, Line, LineStop, Stop
from carpool.ride import Call, Ride, RideStatus
from ground.paris import PARIS

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
stop_id,stop_name,stop_lat,stop_lon
ALI,Aligny,47.0000,4.0000
BEL,Belin gare routière,47.1000,4.1000
DAM,Dampierre gare,47.3000,4.3000
EPI,Épinal,47.6000,4.6000
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type
C,X,LR 1,Aligny - Belin,200
T,X,TER,Dampierre - Épinal,106
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign
C,DAILY,C-08,Belin
C,DAILY,C-23,Belin
T,DAILY,T-09,Épinal
T,DAILY,T-12,Épinal
T,DAILY,T-06,Épinal
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence
C-08,08:00:00,08:00:00,ALI,1
C-08,08:30:00,08:30:00,BEL,2
C-23,23:00:00,23:00:00,ALI,1
C-23,23:30:00,23:30:00,BEL,2
T-09,09:40:00,09:40:00,DAM,1
T-09,10:30:00,10:30:00,EPI,2
T-12,12:00:00,12:00:00,DAM,1
T-12,12:50:00,12:50:00,EPI,2
T-06,06:00:00,06:00:00,DAM,1
T-06,06:50:00,06:50:00,EPI,2
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
DAILY,1,1,1,1,1,1,1,20260101,20281231
""",
}

STOPS = (
    LineStop(Stop("belin", "Belin, covoiturage", 47.1004, 4.1000, "21001", "Parvis"), 0, 0),
    LineStop(Stop("corsy", "Corsy, mairie", 47.2000, 4.2000, "21002"), 15_000, 1200),
    LineStop(Stop("dampierre", "Dampierre, covoiturage", 47.3004, 4.3000, "21003"), 31_000, 2400),
    LineStop(Stop("fontaine", "Fontaine, bourg", 47.4000, 4.4000, "21004"), 46_000, 3600),
)
LINE = Line("belin-fontaine", "Belin – Fontaine", STOPS, "0B5FA5")
FARE = FareVersion("unique", "2024-01-01", 150)


def paris(day: dt.date, clock: str) -> dt.datetime:
    """An instant by the clock of Paris, UTC."""
    hour, minute = map(int, clock.split(":"))
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS).astimezone(dt.UTC)


def ride(
    ride_id: str, leaves_at: dt.datetime, stops: str = "belin corsy dampierre fontaine", seats: int = 3
) -> Ride:
    """A ride that leaves its first stop at an instant and drives as the line says."""
    named = stops.split()
    calls = tuple(
        Call(stop, leaves_at + dt.timedelta(seconds=LINE.between(named[0], stop)[1])) for stop in named
    )
    published = leaves_at - dt.timedelta(days=7)
    return Ride(ride_id, LINE.id, "driver-1", calls, seats, RideStatus.PUBLISHED, published, notice_s=900)


def write_feed(path: Path) -> Path:
    """The GTFS archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in FEED.items():
            archive.writestr(name, text)
    return path
