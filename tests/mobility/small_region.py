"""A small region as a feed in text and a list of towns, read and compiled as any feed is."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping
from pathlib import Path

from gtfs_feeds.compile import compile_feed
from gtfs_feeds.network import Network
from gtfs_feeds.reader import read_feed
from mobility.journeys.place import Place

TODAY = dt.date(2026, 6, 15)

FEED: dict[str, str] = {
    "agency.txt": """\
agency_id,agency_name,agency_url,agency_timezone,agency_phone
A,Trains & Cars,https://example.org,Europe/Paris,03 80 00 00 00
""",
    "stops.txt": """\
stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,platform_code
BES,Besançon Viotte,47.2470,6.0220,1,,
BES1,Besançon Viotte,47.2471,6.0221,0,BES,1
BES2,Besançon Viotte,47.2472,6.0222,0,BES,2
BESIN,Entrée nord,47.2473,6.0222,2,BES,
MOU,Besançon Mouillère,47.2400,6.0300,0,,
DIJ,Dijon Ville,47.3234,5.0272,1,,
DIJ1,Dijon Ville,47.3235,5.0273,0,DIJ,A
DOL,Dole,47.0961,5.4880,0,,
CHA,Chalon s/ Saône,46.7818,4.8430,0,,
STC,St-Claude,46.3870,5.8640,0,,
MON,Montbéliard,47.5097,6.8003,0,,
ISL,L'Isle-sur-le-Doubs,47.4500,6.5900,0,,
REP1,République,47.3280,5.0450,0,,
REP2,République,47.3283,5.0453,0,,
REP3,République,47.2430,6.0250,0,,
HOP,Hôpital,47.0900,5.5000,0,,
BAD,"<script>alert(""x"")</script>",47.3300,5.0500,0,,
CLO,Gare fermée de Gray,47.4500,5.5900,0,,
""",
    "routes.txt": """\
route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color
T,A,TER 1,Besançon - Dijon,2,FFFF00,FFFFFF
C,A,<b>9</b>,Dijon - Saint-Claude,3,,
V,A,L5,République - Hôpital,3,0749FF,FFFFFF
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign
T,ALL,T1,Dijon
T,ALL,T2,<i>Dijon</i>
T,ALL,T3,Besançon
T,ALL,T4,Dijon
C,ALL,C1,Saint-Claude
C,ALL,C2,Montbéliard
V,ALL,V1,Hôpital
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type
T1,08:00:00,08:00:00,BES1,1,0
T1,08:10:00,08:11:00,MOU,2,0
T1,08:30:00,08:31:00,DOL,3,0
T1,09:00:00,09:00:00,DIJ1,4,0
T2,10:00:00,10:00:00,BES2,1,0
T2,11:00:00,11:00:00,DIJ1,2,0
T3,17:00:00,17:00:00,DIJ1,1,0
T3,18:00:00,18:00:00,BES1,2,0
T4,02:15:00,02:15:00,BES1,1,0
T4,03:45:00,03:45:00,DIJ1,2,0
C1,23:00:00,23:00:00,DIJ1,1,2
C1,23:50:00,23:51:00,CHA,2,0
C1,25:10:00,25:10:00,STC,3,0
C2,12:00:00,12:00:00,BES1,1,0
C2,13:00:00,13:00:00,ISL,2,0
C2,14:00:00,14:00:00,MON,3,0
V1,09:20:00,09:20:00,REP1,1,0
V1,09:25:00,09:25:00,REP2,2,0
V1,09:30:00,09:30:00,BAD,3,0
V1,09:59:00,09:59:00,REP3,4,0
V1,10:30:00,10:30:00,HOP,5,0
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
ALL,1,1,1,1,1,1,1,20260101,20261231
""",
    "translations.txt": """\
table_name,field_name,language,translation,record_id
stops,stop_name,de,Bisanz Hauptbahnhof,BES
stops,stop_name,de,Mömpelgard,MON
""",
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_version
Région <essai>,https://example.org,fr,synthetic 1
""",
}

BFC = "Bourgogne-Franche-Comté"

TOWNS = (
    Place("t:besancon", "commune", "Besançon", 47.2488, 6.0182, 118_000, BFC),
    Place("t:dijon", "commune", "Dijon", 47.3134, 5.0139, 159_000, BFC),
    Place("t:dole", "commune", "Dole", 47.0923, 5.4897, 23_800, BFC),
    Place("t:chalon", "commune", "Chalon-sur-Saône", 46.7811, 4.8539, 45_000, BFC),
    Place("t:claude", "commune", "Saint-Claude", 46.3868, 5.8647, 9_300, BFC),
    Place("t:diray", "commune", "Saint-Claude-de-Diray", 47.6165, 1.4180, 1_637, "Centre-Val de Loire"),
    Place("t:montbeliard", "commune", "Montbéliard", 47.5100, 6.7980, 25_800, BFC),
    Place("t:martin1", "commune", "Saint-Martin", 47.3000, 6.5000, 900, BFC),
    Place("t:martin2", "commune", "Saint-Martin", 46.6000, 5.0000, 850, BFC),
    Place("t:field", "commune", "Le Champ-Vide", 47.6000, 5.9000, 300, BFC),
    Place("t:bordeaux", "commune", "Bordeaux", 44.8404, -0.5805, 260_000, "Nouvelle-Aquitaine"),
    Place("t:chu", "poi", "Musée du Temps", 47.2340, 6.0270, 0, BFC),
)


def build_network(folder: Path, changes: Mapping[str, str] | None = None) -> Network:
    """The network of the feed with some of its files written differently."""
    path = folder / "feed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**FEED, **(changes or {})}.items():
            archive.writestr(name, text)
    tables, _ = read_feed(path, "r", today=TODAY)
    network, _ = compile_feed(tables)
    return network
