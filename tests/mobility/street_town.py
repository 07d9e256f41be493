"""A town small enough to reckon by hand: its streets as an OpenStreetMap file, its two buses as a feed.

Metres from the corner of Rue Haute and Avenue Ouest, x to the east and y to the north:

      x = 0        200        400   500  600        800       1000
            A                        B
    y = 0   +----------- Rue Haute --+------------------------+       one way for cars, eastwards
            |                        :                        |
            | Avenue Ouest           : steps                  | Avenue Est
            |                        :                        |
    y=-300  +----------- Rue Basse --+------------------------+
                                     C                            E   nothing but a field around E
    y=-3000 ------------ Chemin du Lac -----------------------        a lake between, without a street

Line 1 runs from A to B, line 2 from C to D, which is ten kilometres to the east, off the map.
"""

from __future__ import annotations

import gzip
import math
import zipfile
from pathlib import Path

LAT, LON = 47.0, 5.0
M_A_DEGREE = 111_195.0

Point = tuple[float, float]

CORNERS: dict[int, Point] = {
    1: (0, 0),
    2: (500, 0),
    3: (1000, 0),
    4: (0, -300),
    5: (500, -300),
    6: (1000, -300),
    7: (500, -100),
    8: (500, -200),
    9: (0, -3000),
    10: (1000, -3000),
}

WAYS: dict[int, tuple[list[int], dict[str, str]]] = {
    101: ([1, 2, 3], {"highway": "residential", "name": "Rue Haute", "oneway": "yes", "maxspeed": "30"}),
    102: ([4, 5, 6], {"highway": "residential", "name": "Rue Basse", "maxspeed": "30"}),
    103: ([1, 4], {"highway": "residential", "name": "Avenue Ouest", "maxspeed": "30"}),
    104: ([3, 6], {"highway": "residential", "name": "Avenue Est", "maxspeed": "30"}),
    105: ([2, 7], {"highway": "footway", "name": "Passage du Château"}),
    106: ([7, 8], {"highway": "steps", "name": "Passage du Château"}),
    107: ([8, 5], {"highway": "footway", "name": "Passage du Château"}),
    108: ([9, 10], {"highway": "residential", "name": "Chemin du Lac", "maxspeed": "30"}),
}

STOPS: dict[str, Point] = {"A": (0, 8), "B": (500, 8), "C": (500, -308), "D": (10_000, 0), "E": (1700, -300)}

IN_THE_LAKE: Point = (500, -1500)


def at(point: Point) -> tuple[float, float]:
    """Latitude and longitude, in degrees."""
    x, y = point
    return LAT + y / M_A_DEGREE, LON + x / (M_A_DEGREE * math.cos(math.radians(LAT)))


def spell(point: Point) -> str:
    """As the API's `fromPlace`."""
    lat, lon = at(point)
    return f"{lat:.7f},{lon:.7f}"


def write_extract(path: Path, left_out: tuple[int, ...] = ()) -> Path:
    """Write the streets but for some ways; `path` ends in .osm.gz."""
    lines = ['<osm version="0.6" generator="test">']
    for node, point in CORNERS.items():
        lat, lon = at(point)
        lines.append(f'<node id="{node}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>')
    for way, (nodes, tags) in WAYS.items():
        if way not in left_out:
            refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
            words = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
            lines.append(f'<way id="{way}" version="1">{refs}{words}</way>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join([*lines, "</osm>"]).encode(), mtime=0))
    return path


def write_feed(path: Path, transfers: str = "") -> Path:
    """Write the buses' feed. `transfers`: rows of transfers.txt."""
    stops = [f"{stop},Arrêt {stop},{at(point)[0]:.7f},{at(point)[1]:.7f}" for stop, point in STOPS.items()]
    times = [
        *("1,08:00:00,08:00:00,A,1", "1,08:05:00,08:05:00,B,2"),
        *("2,08:30:00,08:30:00,C,1", "2,08:50:00,08:50:00,D,2"),
        *("3,18:00:00,18:00:00,D,1", "3,18:20:00,18:20:00,E,2"),
    ]
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nT,Cars,https://example.org,Europe/Paris\n",
        "stops.txt": "\n".join(["stop_id,stop_name,stop_lat,stop_lon", *stops]),
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nL1,T,1,3\nL2,T,2,3\n",
        "trips.txt": "route_id,service_id,trip_id,wheelchair_accessible\nL1,S,1,1\nL2,S,2,1\nL2,S,3,1\n",
        "stop_times.txt": "\n".join(["trip_id,arrival_time,departure_time,stop_id,stop_sequence", *times]),
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "S,1,1,1,1,1,1,1,20260101,20261231\n",
    }
    if transfers:
        files["transfers.txt"] = f"from_stop_id,to_stop_id,transfer_type,min_transfer_time\n{transfers}"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path
