"""Small islands of lines, far from each other: each is one complaint, in as few vehicles as that takes.

A line of text is a run: its line, its mode, and its calls.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

STOPS = """\
W1 48.0000 2.0000 Le Puits
W2 48.0040 2.0000 Le Pont
W3 48.1000 2.0000 La Ville
B0 48.3000 2.3000 Départ
B1 48.2000 2.2000 Croix
B2 48.2200 2.2200 Gare des deux lignes
B3 48.2030 2.2000 Croix Haute
B4 48.4000 2.4000 Arrivée
C1 47.0010 3.0000 Coin de la rue
C2 47.0072 3.0000 Gare
C3 47.2000 3.2000 Loin
D1 47.0000 4.0000 Ici
D2 47.3000 4.3000 Là-bas
E1 46.0000 3.0000 Bourg
E2 46.3000 3.3000 Chef-lieu
V1 46.0000 1.0000 Un
V2 46.0500 1.0500 Deux
V3 46.1000 1.1000 Trois
V4 46.0500 1.1500 Quatre
F1 45.0000 2.0000 Tout près
F2 45.0050 2.0000 Juste là
"""

RUNS = """\
W BUS  W1 08:00 W2 08:12 W3 08:30
B1 BUS B0 07:40 B1 08:10 B2 08:20
B2 BUS B3 08:25 B2 08:30 B4 08:50
C1 BUS C1 08:00 C2 08:05
C2 RAIL C2 08:25 C3 08:55
D1 BUS D1 08:00 D2 08:30
D2 RAIL D1 08:00 D2 08:40
E BUS E1 23:30 E2 24:40
V1 BUS V1 08:00 V2 08:10 V3 08:20
V1 BUS V1 09:00 V2 09:10 V3 09:20
V2 BUS V1 08:00 V4 08:20 V3 08:40
F BUS F1 08:00 F2 08:30
"""

ROUTE_TYPES = {"BUS": 3, "RAIL": 106}


def write_islands(archive: Path) -> Path:
    """The islands as a GTFS feed, every day of 2026."""
    stops = ["stop_id,stop_lat,stop_lon,stop_name"]
    for row in STOPS.splitlines():
        identifier, lat, lon, name = row.split(maxsplit=3)
        stops.append(f"{identifier},{lat},{lon},{name}")
    routes, trips = {"": "route_id,agency_id,route_short_name,route_type"}, ["route_id,service_id,trip_id"]
    times = ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"]
    for number, row in enumerate(RUNS.splitlines()):
        route, mode, *calls = row.split()
        routes[route] = f"{route},A,{route},{ROUTE_TYPES[mode]}"
        trips.append(f"{route},S,{route}-{number}")
        times += [
            f"{route}-{number},{clock}:00,{clock}:00,{stop},{sequence}"
            for sequence, (stop, clock) in enumerate(zip(calls[::2], calls[1::2], strict=True))
        ]
    files = {
        "agency.txt": [
            "agency_id,agency_name,agency_url,agency_timezone",
            "A,Cars,https://example.org,Europe/Paris",
        ],
        "stops.txt": stops,
        "routes.txt": list(routes.values()),
        "trips.txt": trips,
        "stop_times.txt": times,
        "calendar.txt": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "S,1,1,1,1,1,1,1,20260101,20261231",
        ],
    }
    with zipfile.ZipFile(archive, "w") as written:
        for name, rows in files.items():
            written.writestr(name, "\n".join(rows) + "\n")
    return archive
