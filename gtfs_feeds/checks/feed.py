"""All checks of a feed, in the order in which its tables refer to each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gtfs_feeds.checks.agencies import check_agencies
from gtfs_feeds.checks.blocks import check_blocks
from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.checks.frequencies import check_frequencies
from gtfs_feeds.checks.pathways import check_pathways
from gtfs_feeds.checks.routes import check_routes
from gtfs_feeds.checks.services import check_services
from gtfs_feeds.checks.shapes import check_shapes
from gtfs_feeds.checks.stop_times import check_calls, check_distances
from gtfs_feeds.checks.stops import check_stops
from gtfs_feeds.checks.texts import check_texts
from gtfs_feeds.checks.times import check_speeds, check_times
from gtfs_feeds.checks.transfers import check_transfers
from gtfs_feeds.checks.trips import check_trips, drop_unusable
from gtfs_feeds.fares.read import read_fares
from gtfs_feeds.flex.read import read_services
from gtfs_feeds.tables import COLUMNS, FeedTables
from on_demand.service import Service
from ticketing.fares.tables import FeedFares


def check_feed(draft: Draft) -> FeedTables:
    """Check every table of the draft, in their order. Raises FeedRefusedError when nothing can be used."""
    known_trips = set(draft.tables["trips"]["trip_id"])
    check_agencies(draft)
    check_stops(draft)
    check_routes(draft)
    days = check_services(draft)
    check_shapes(draft)
    dropped = check_trips(draft, days)
    services = () if draft.flex is None else read_services(draft.flex, draft.tables, draft.log)
    flexible = check_calls(draft, dropped, {stop.id for service in services for stop in service.stops})
    check_distances(draft)
    check_times(draft)
    drop_unusable(draft, flexible, {trip.id for service in services for trip in service.trips})
    check_speeds(draft)
    check_frequencies(draft, known_trips)
    check_blocks(draft, days)
    check_transfers(draft, known_trips)
    check_pathways(draft)
    check_texts(draft, known_trips)
    fares = None if draft.fares is None else read_fares(draft.feed_id, draft.fares, draft.tables, draft.log)
    return _finish(draft, services, fares)


def _finish(draft: Draft, services: tuple[Service, ...], fares: FeedFares | None) -> FeedTables:
    calls = draft.tables["stop_times"]
    for column, stem in (("trip", "trips"), ("stop", "stops")):
        ids = pd.Index(draft.tables[stem][f"{column}_id"])
        calls[f"{column}_id"] = pd.Categorical.from_codes(calls[column].to_numpy(), ids)
    shapes = draft.tables["shapes"]
    shapes["shape_id"] = shapes["shape_id"].cat.remove_unused_categories()
    tables = {stem: draft.tables[stem][[*columns, "line"]] for stem, columns in COLUMNS.items()}
    for table in tables.values():
        table.index = pd.RangeIndex(len(table))
        assert table["line"].dtype == np.int32
    return FeedTables(
        feed_id=draft.feed_id, extra_files=draft.other_files, flex=services, fares=fares, **tables
    )
