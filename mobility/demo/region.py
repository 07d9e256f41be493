"""The synthetic region as a GTFS feed: real towns and railways, invented timetables. Same arguments, same bytes."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from pathlib import Path

from gtfs_feeds.writer import write_gtfs
from mobility.demo.calendars import Calendars
from mobility.demo.cities import add_cities
from mobility.demo.coaches import add_coaches
from mobility.demo.draft import WEBSITE, FeedDraft
from mobility.demo.rail import add_rail

DEFAULT_SEED = 27
DEFAULT_DAYS = 240


@dataclass(frozen=True)
class DemoSummary:
    """What `generate` wrote. `sample_day` is the span's first Tuesday of term, or its first day if there is none."""

    path: Path
    first_day: dt.date
    last_day: dt.date
    agencies: int
    routes: int
    stations: int
    stops: int
    trips: int
    stop_times: int
    sample_day: dt.date
    sample_trips: int
    sample_frequency_departures: int
    """Departures of that day which frequencies.txt adds to `sample_trips`."""


def generate(
    path: Path, *, seed: int = DEFAULT_SEED, first_day: dt.date, days: int = DEFAULT_DAYS
) -> DemoSummary:
    """Write the synthetic region's GTFS to `path`, valid for `days` days from `first_day`.

    `seed` varies what is drawn by lot (names, courses of city lines, small shifts of departures). Services that
    do not run within the days are left out with their trips. Raises ValueError when `days` is not positive.
    """
    if days < 1:
        raise ValueError(f"days is {days}: the demo needs at least one day of service")
    draft = FeedDraft(Calendars(first_day, days))
    lots = random.Random(seed)
    _add_agencies(draft)
    add_rail(draft)
    add_coaches(draft, lots)
    add_cities(draft, lots)
    _add_words(draft)
    write_gtfs(draft.tables(), path)
    return _summarise(draft, path)


def default_first_day(today: dt.date) -> dt.date:
    """The first of the month before: what was driven a month ago had its timetable too."""
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _add_agencies(draft: FeedDraft) -> None:
    names = {
        "TER": "TER Bourgogne-Franche-Comté (démo)",
        "TGV": "Trains à grande vitesse (démo)",
        "INTERCITES": "Trains d'équilibre du territoire (démo)",
        "CARS": "Cars régionaux (démo)",
    }
    for agency_id, name in names.items():
        draft.add_agency(agency_id, name)


def _add_words(draft: FeedDraft) -> None:
    """Translations of what travellers read, and who is to be named for the data."""
    english = {
        "Besançon Viotte": "Besançon Viotte (main station)",
        "Dijon Ville": "Dijon main station",
        "Genève": "Geneva",
        "Bern": "Berne",
        "Neuchâtel": "Neuchatel",
    }
    for french, translation in english.items():
        draft.translations.append(("stops", "stop_name", "en", translation, french))
    for agency_id, name in (("TGV", "High-speed trains (demo)"), ("CARS", "Regional coaches (demo)")):
        original = draft.agency_names[agency_id]
        draft.translations.append(("agency", "agency_name", "en", name, original))
    draft.attributions += [
        ("demo", "mobility demo: synthetic timetables", 1, 0, 0, WEBSITE),
        ("geonames", "GeoNames (places, CC BY 4.0)", 1, 0, 0, "https://www.geonames.org/"),
    ]


def _summarise(draft: FeedDraft, path: Path) -> DemoSummary:
    calendars = draft.calendars
    days = [calendars.first_day + dt.timedelta(days=i) for i in range(calendars.days)]
    ordinary = set(calendars.list_days("school"))
    sample_day = next((day for day in days if day.weekday() == 1 and day in ordinary), days[0])
    rows, further = draft.count_trips(sample_day)
    stations = sum(1 for row in draft.stops.values() if row[5] == 1)
    return DemoSummary(
        path=path,
        first_day=calendars.first_day,
        last_day=calendars.last_day,
        agencies=len(draft.agency_names),
        routes=len(draft.routes),
        stations=stations,
        stops=len(draft.stops) - stations,
        trips=len(draft.trips),
        stop_times=sum(len(trip.run.calls) for trip in draft.trips),
        sample_day=sample_day,
        sample_trips=rows,
        sample_frequency_departures=further,
    )
