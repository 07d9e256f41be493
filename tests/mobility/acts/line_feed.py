"""A feed of one line between two stops: the least that is a network. `minute` makes it another one."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

TODAY = dt.datetime.now(dt.UTC).date()
FIRST_DAY, LAST_DAY = TODAY - dt.timedelta(30), TODAY + dt.timedelta(60)


def write_line_feed(path: Path, name: str = "Ligne", minute: int = 0, days: str = "") -> Path:
    """Write the feed: `name` A to `name` B at 08:`minute` every day, around today unless `days` says otherwise."""
    days = days or f"{FIRST_DAY:%Y%m%d},{LAST_DAY:%Y%m%d}"
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        "A,Cars,https://example.org,Europe/Paris\n",
        "stops.txt": f"stop_id,stop_name,stop_lat,stop_lon\n{name}-a,{name} A,47.1,5.1\n{name}-b,{name} B,47.2,5.2\n",
        "routes.txt": "route_id,agency_id,route_short_name,route_type\nR,A,1,3\n",
        "trips.txt": "route_id,service_id,trip_id\nR,S,T\n",
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        f"T,08:{minute:02}:00,08:{minute:02}:00,{name}-a,1\nT,09:00:00,09:00:00,{name}-b,2\n",
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        f"S,1,1,1,1,1,1,1,{days}\n",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(zipfile.ZipInfo(file), content)
    return path
