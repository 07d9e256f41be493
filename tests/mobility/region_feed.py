"""A small region as GTFS text: what a journey can meet, in as few trips as that takes.

Railway Avallon → Beaune → Cluny (stations with platforms), a bus of the countryside twice a week, a metro by
frequencies, a vehicle that becomes another line, a taxi on demand, a bus of the night. Avallon stands for itself:
times are easy to read, places are apart by what the test needs, nothing is meant to be true.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

FEED: dict[str, str] = {
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_version
Région d’essai (synthetic),https://example.org/data,fr,synthetic-1
""",
    "attributions.txt": """\
attribution_id,organization_name,is_producer,attribution_url
X1,Cars d’essai,1,https://example.org/cars
""",
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone,agency_phone,agency_fare_url
RAIL,Trains d’essai,https://example.org/rail,Europe/Paris,,https://example.org/fares
BUS,Cars d’essai,https://example.org/bus,Europe/Paris,0380000000,
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code,wheelchair_boarding,stop_code
AVA,Avallon,47.0000,5.0000,1,,,1,AVA
AVA1,,47.0001,5.0001,0,AVA,1,,
AVA2,,47.0002,5.0002,0,AVA,2,,
BEA,Beaune,47.2000,5.2000,1,,,1,
BEA1,,47.2001,5.2001,0,BEA,1,,
CLU,Cluny,47.4000,5.4000,1,,,,
CLU1,,47.4001,5.4001,0,CLU,1,,
CLUB,Cluny Gare routière,47.4010,5.4010,0,,,2,
HAM,Le Hameau,47.4800,5.5200,0,,,,
M1,Métro Un,46.8000,4.8000,0,,,,
M2,Métro Deux,46.8100,4.8100,0,,,,
M3,Métro Trois,46.8200,4.8200,0,,,,
S1,Souche,46.6000,4.6000,0,,,,
S2,Milieu,46.6500,4.6500,0,,,,
S3,Terme,46.7000,4.7000,0,,,,
T1,Mairie du Val,46.4000,4.4000,0,,,,
T2,Marché du Val,46.4500,4.4500,0,,,,
N1,Nuit Un,46.2000,4.2000,0,,,,
N2,Nuit Deux,46.2500,4.2500,0,,,,
X1,Jamais Desservi,46.9000,5.9000,0,,,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
R,RAIL,TER 1,Avallon - Cluny,106,0749FF,FFFFFF
B,BUS,B7,Cluny - Le Hameau,700,,
M,BUS,M,Métro,401,FF0000,
I1,BUS,10,Souche - Milieu,700,,
I2,BUS,20,Milieu - Terme,700,,
D,BUS,TAD,Le Val à la demande,715,,
N,BUS,N,Nuit,700,,
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
DAILY,1,1,1,1,1,1,1,20260101,20261231
WEEK,1,1,1,1,1,0,0,20260101,20261231
MARKET,0,0,1,0,0,1,0,20260101,20261231
""",
    "frequencies.txt": """\
trip_id,start_time,end_time,headway_secs,exact_times
M-A,06:00:00,10:00:00,600,1
M-A,10:00:00,20:00:00,900,0
""",
    "translations.txt": """\
table_name,field_name,language,translation,record_id
stops,stop_name,en,Aval Town,AVA
stops,stop_name,en,The Hamlet,HAM
""",
    "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence
SR,47.0001,5.0001,1
SR,47.1000,5.1500,2
SR,47.2001,5.2001,3
SR,47.3000,5.3500,4
SR,47.4001,5.4001,5
""",
}

_TRIPS = [
    "route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id,wheelchair_accessible,bikes_allowed"
]
_TIMES = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type"]


def _trip(fields: str, *calls: str) -> None:
    """`fields` as in trips.txt; a call is 'STOP 08:00' or 'STOP 08:00-08:05', then '!2' for pickup_type 2, '?1' for
    drop_off_type 1."""
    _TRIPS.append(fields)
    for sequence, call in enumerate(calls):
        stop, times, *flags = call.split()
        arrival, _, departure = times.partition("-")
        pickup = next((flag[1:] for flag in flags if flag[0] == "!"), "0")
        dropoff = next((flag[1:] for flag in flags if flag[0] == "?"), "0")
        _TIMES.append(
            f"{fields.split(',')[2]},{arrival}:00,{departure or arrival}:00,{stop},{sequence},{pickup},{dropoff}"
        )


for _hour in range(6, 21):
    # even hours are known to take wheelchairs and bicycles, odd ones are known not to
    _flag = 2 - (_hour % 2 == 0)
    _trip(
        f"R,DAILY,R-{_hour:02},Cluny,0,,SR,{_flag},{_flag}",
        f"AVA1 {_hour:02}:00",
        f"BEA1 {_hour:02}:20-{_hour:02}:22",
        f"CLU1 {_hour:02}:45",
    )
    _trip(
        f"R,DAILY,Q-{_hour:02},Avallon,1,,,,",
        f"CLU1 {_hour:02}:10",
        f"BEA1 {_hour:02}:33-{_hour:02}:35",
        f"AVA2 {_hour:02}:55",
    )
_trip("R,DAILY,R-LATE,Cluny,0,,SR,,", "AVA1 23:50", "BEA1 24:10-24:12", "CLU1 24:35")
_trip("B,MARKET,B-1,Le Hameau,0,,,,", "CLUB 12:00", "HAM 12:40")
_trip("B,MARKET,B-2,Cluny,1,,,,", "HAM 07:00", "CLUB 07:30")
_trip("M,DAILY,M-A,Métro Trois,0,,,,", "M1 05:00", "M2 05:04", "M3 05:09")
_trip("I1,WEEK,I-1,Milieu,0,BLOCK,,,", "S1 09:00", "S2 09:20")
_trip("I2,WEEK,I-2,Terme,0,BLOCK,,,", "S2 09:25", "S3 09:50")
_trip("D,WEEK,D-1,Marché,0,,,,", "T1 10:00 !2", "T2 10:30 ?3")
_trip("N,DAILY,N-1,Nuit Deux,0,,,,", "N1 25:30", "N2 27:30")
_trip("N,DAILY,N-2,Nuit Deux,0,,,,", "N1 01:30", "N2 03:30")

FEED["trips.txt"] = "\n".join(_TRIPS) + "\n"
FEED["stop_times.txt"] = "\n".join(_TIMES) + "\n"


def write_feed(archive: Path, changed: dict[str, str] | None = None) -> Path:
    """Write the region's feed, some of its files changed."""
    with zipfile.ZipFile(archive, "w") as written:
        for name, content in (FEED | (changed or {})).items():
            written.writestr(name, content)
    return archive
