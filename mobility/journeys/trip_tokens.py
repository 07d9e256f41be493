"""The API's trip ids: `20260615_07:12_sncf_TRIP`, one run of one trip on one service day, as MOTIS writes them.

Service day, departure from the trip's first stop on that day's clock (beyond 24:00 after midnight; with seconds when
they are not 0), and the merged GTFS trip id. The departure tells the runs of a frequency trip apart.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from gtfs_feeds.catalogue import find_trip, text
from gtfs_feeds.network import Network

_TOKEN = re.compile(r"(\d{8})_(\d{2,3}):(\d{2})(?::(\d{2}))?_(.+)", re.DOTALL)


class TripTokenError(ValueError):
    """The text is not a trip id of this API; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class TripRun:
    """A trip on a service day, `shift_s` later than its own times (0 unless repeated by frequencies)."""

    trip: int
    service_day: dt.date
    shift_s: int


def write_token(network: Network, trip: int, service_day: dt.date, shift_s: int) -> str:
    """The API's id of one run of a trip."""
    timetable, catalogue = network.timetable, network.catalogue
    departure_s = int(timetable.event_departure_s[timetable.trip_first_event[trip]]) + shift_s
    minute, second = divmod(departure_s, 60)
    clock = f"{minute // 60:02}:{minute % 60:02}" + (f":{second:02}" if second else "")
    return f"{service_day:%Y%m%d}_{clock}_{text(catalogue, int(catalogue.trip_id_text[trip]))}"


def find_run(network: Network, token: str) -> TripRun | None:
    """The run an id names; None when no such trip is in the network. Raises TripTokenError."""
    parsed = _TOKEN.fullmatch(token)
    if parsed is None:
        raise TripTokenError(
            f"'{token[:80]}' is not a trip id: expected YYYYMMDD_HH:MM_FEED_TRIP, as in a leg's tripId"
        )
    date, hour, minute, second, trip_id = parsed.groups()
    try:
        service_day = dt.datetime.strptime(date, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise TripTokenError(f"'{date}' at the start of the trip id is not a date (YYYYMMDD)") from error
    trip = find_trip(network.catalogue, trip_id)
    if trip is None:
        return None
    timetable = network.timetable
    own_s = int(timetable.event_departure_s[timetable.trip_first_event[trip]])
    return TripRun(trip, service_day, int(hour) * 3600 + int(minute) * 60 + int(second or 0) - own_s)
