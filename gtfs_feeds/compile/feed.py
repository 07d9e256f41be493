"""One feed: checked tables in, a network out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.catalogue import Catalogue, order_by_text
from gtfs_feeds.compile import routes as route_parts
from gtfs_feeds.compile import stops as stop_parts
from gtfs_feeds.compile import trips as trip_parts
from gtfs_feeds.compile.options import CompileOptions
from gtfs_feeds.compile.shape_points import shape_arrays
from gtfs_feeds.compile.texts import TextPool, VisibleTexts
from gtfs_feeds.fares.prefix import with_prefix as fares_with_prefix
from gtfs_feeds.findings import Finding, Severity
from gtfs_feeds.flex.prefix import with_prefix
from gtfs_feeds.footpaths import find_footpaths
from gtfs_feeds.network import Network
from gtfs_feeds.service_days import active_days
from gtfs_feeds.tables import FeedTables
from routing.snapshot import read_only
from routing.timetable import Timetable, TimetableInfo

_DEFAULT_OPTIONS = CompileOptions()


def compile_feed(
    tables: FeedTables, options: CompileOptions = _DEFAULT_OPTIONS
) -> tuple[Network, list[Finding]]:
    """The network of one feed, and what was left out of it. `tables` are as the checks hand them over."""
    stops = stop_parts.order_stops(tables)
    trips = trip_parts.order_trips(tables)
    services = active_days(tables.calendar, tables.calendar_dates)
    zones = tuple(dict.fromkeys(tables.agency["agency_timezone"]))
    pool = TextPool()
    visible = VisibleTexts(pool, tables.translations)
    agencies = route_parts.agency_arrays(tables, pool, visible)
    routes = route_parts.route_arrays(tables, pool, visible)
    headsigns = visible.column(tables.stop_times, "stop_times", "stop_headsign", "trip_id", "stop_sequence")
    calls = trip_parts.find_calls(tables, trips, stops, headsigns)

    agency_zone = pd.Index(zones).get_indexer(pd.Index(tables.agency["agency_timezone"])).astype(np.uint8)
    service = pd.Index(services.service_ids).get_indexer(pd.Index(trips.table["service_id"])).astype(np.int32)
    trip_arrays = trip_parts.timetable_arrays(
        tables, trips, calls, agency_zone[routes["route_agency"]], service
    )
    frequencies = trip_parts.frequency_arrays(tables, trips)
    stop_arrays = stop_parts.timetable_arrays(stops)
    walks = find_footpaths(
        tables,
        stops.index,
        stops.parent,
        stop_arrays["stop_lat"],
        stop_arrays["stop_lon"],
        stops.boardable_count,
        options.walk_m_max,
    )
    timetable = Timetable(
        **stop_arrays,
        **trip_arrays,
        **frequencies,
        **trip_parts.seated_arrays(tables, trips),
        change_time_s=walks.change_time_s,
        footpath_first=walks.first,
        footpath_to=walks.to,
        footpath_duration_s=walks.duration_s,
        footpath_wheelchair_s=walks.duration_s,
        service_active=services.active,
    )
    shapes, unused_shapes = shape_arrays(tables, trips.table["shape_id"])
    called_zone = pool.add_column(zones)[_called_zone(stops, calls, trip_arrays["trip_zone"])]
    read_by_people = (
        route_parts.feed_arrays(tables, pool, visible)
        | agencies
        | routes
        | stop_parts.catalogue_arrays(tables, stops, pool, visible, called_zone)
        | trip_parts.catalogue_arrays(tables, trips, calls, pool, visible, headsigns)
        | visible.arrays()
        | {"footpath_estimated": walks.estimated}
    )
    texts = pool.arrays()
    catalogue = Catalogue(
        **read_by_people,
        **shapes,
        **texts,
        stop_by_id=order_by_text(texts["text_first"], texts["text_bytes"], read_by_people["stop_id_text"]),
        trip_by_id=order_by_text(texts["text_first"], texts["text_bytes"], read_by_people["trip_id_text"]),
        stop_departures_per_day=trip_parts.mean_departures(stops, trip_arrays | frequencies, services.active),
    )
    info = TimetableInfo(zones, services.first_day, stops.boardable_count)
    flex = tuple(with_prefix(service, tables.feed_id) for service in tables.flex)
    fares = () if tables.fares is None else (fares_with_prefix(tables.fares),)
    network = Network(read_only(timetable), info, read_only(catalogue), flex, fares)
    return network, _findings(unused_shapes)


def _called_zone(
    stops: stop_parts.Stops, calls: trip_parts.Calls, trip_zone: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """The zone of the agency that calls at each stop or in each station, the feed's first of several, or of none."""
    never = np.iinfo(np.uint8).max
    pattern_zone = np.full(len(calls.pattern_first) - 1, never, np.int64)
    np.minimum.at(pattern_zone, calls.pattern, trip_zone)
    zone = np.full(len(stops.index), never, np.int64)
    np.minimum.at(
        zone, calls.stop[calls.pattern_event], np.repeat(pattern_zone, np.diff(calls.pattern_first))
    )
    inside = np.flatnonzero(stops.parent >= 0)
    np.minimum.at(zone, stops.parent[inside], zone[inside])
    zone[inside] = np.where(zone[inside] == never, zone[stops.parent[inside]], zone[inside])  # entrances
    return np.where(zone == never, 0, zone)


def _findings(unused_shapes: int) -> list[Finding]:
    if not unused_shapes:
        return []
    return [
        Finding(
            Severity.INFO,
            "unused_shape",
            "shapes.txt",
            f"{unused_shapes} shapes belong to no trip.",
            "left out",
            field="shape_id",
            count=unused_shapes,
        )
    ]
