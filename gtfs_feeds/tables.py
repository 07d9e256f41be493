"""A feed as checked tables: what the reader and the checks hand to the compiler.

Each table is a pandas DataFrame (or empty, with its columns, when the file is absent), with GTFS's own column
names, every column of `COLUMNS` present, and these types, so that nobody after the checks guesses again:

* ids and texts: `str`, absent is `""`; stripped of blanks. The three long columns `stop_times.trip_id`,
  `stop_times.stop_id` and `shapes.shape_id` are pandas categoricals of such strings
* enumerations and integers: a numpy integer type, absent is GTFS's own default (`pickup_type` 0, ...) or -1 where
  it has none
* `*_lat`, `*_lon`, distances: float64, absent is NaN
* times: int32 seconds since noon - 12 h of the service day (`arrival_time`, `departure_time`, `start_time`, ...); no
  absent ones: missing stop times are interpolated by the checks, and reported
* dates: int32 days since 1970-01-01 (proleptic Gregorian, as numpy's datetime64[D]);
  -1 where feed_info gives none
* `line`: int32, the physical line in the file the row starts at, for findings raised later

References hold (no orphan rows), keys are unique, `stop_times` is sorted by (trip, stop_sequence) and every
trip in it has at least two calls.

The categories of `stop_times.trip_id` are exactly `trips.trip_id` and those of `stop_times.stop_id` exactly
`stops.stop_id`, in the order of those tables: a row's category code is its trip's or stop's row. `stop_times` lists
the trips in that order too. `shapes` is sorted by (shape, sequence); its categories are in that order.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from on_demand.service import Service
from ticketing.fares.tables import FeedFares


@dataclass(frozen=True)
class FeedTables:
    """Tables by file stem. `feed_id` prefixes every identifier once feeds are merged (`{feed_id}_{stop_id}`)."""

    feed_id: str
    agency: pd.DataFrame
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    calendar: pd.DataFrame
    calendar_dates: pd.DataFrame
    frequencies: pd.DataFrame
    transfers: pd.DataFrame
    pathways: pd.DataFrame
    levels: pd.DataFrame
    shapes: pd.DataFrame
    translations: pd.DataFrame
    attributions: pd.DataFrame
    feed_info: pd.DataFrame
    extra_files: tuple[str, ...] = field(default=())
    """Names of files in the archive that are not read (the publisher's own)."""
    flex: tuple[Service, ...] = field(default=())
    """What it says about on-demand services (GTFS-Flex), one a route, under the feed's own ids."""
    fares: FeedFares | None = None
    """What it says about its prices (GTFS-Fares), under the feed's own ids; None: nothing that can be used."""


COLUMNS: dict[str, tuple[str, ...]] = {
    # trips.route_type is not GTFS: the mode of this trip alone, where corrections tell it; -1 means the route's own
    "agency": (
        "agency_id",
        "agency_name",
        "agency_url",
        "agency_timezone",
        "agency_lang",
        "agency_phone",
        "agency_fare_url",
        "agency_email",
    ),
    "stops": (
        "stop_id",
        "stop_code",
        "stop_name",
        "stop_desc",
        "stop_lat",
        "stop_lon",
        "zone_id",
        "location_type",
        "parent_station",
        "stop_timezone",
        "wheelchair_boarding",
        "level_id",
        "platform_code",
    ),
    "routes": (
        "route_id",
        "agency_id",
        "route_short_name",
        "route_long_name",
        "route_desc",
        "route_type",
        "route_url",
        "route_color",
        "route_text_color",
    ),
    "trips": (
        "route_id",
        "service_id",
        "trip_id",
        "trip_headsign",
        "trip_short_name",
        "direction_id",
        "block_id",
        "shape_id",
        "wheelchair_accessible",
        "bikes_allowed",
        "route_type",
    ),
    "stop_times": (
        "trip_id",
        "arrival_time",
        "departure_time",
        "stop_id",
        "stop_sequence",
        "stop_headsign",
        "pickup_type",
        "drop_off_type",
        "shape_dist_traveled",
        "timepoint",
    ),
    "calendar": (
        "service_id",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "start_date",
        "end_date",
    ),
    "calendar_dates": ("service_id", "date", "exception_type"),
    "frequencies": ("trip_id", "start_time", "end_time", "headway_secs", "exact_times"),
    "transfers": (
        "from_stop_id",
        "to_stop_id",
        "from_route_id",
        "to_route_id",
        "from_trip_id",
        "to_trip_id",
        "transfer_type",
        "min_transfer_time",
    ),
    "pathways": (
        "pathway_id",
        "from_stop_id",
        "to_stop_id",
        "pathway_mode",
        "is_bidirectional",
        "length",
        "traversal_time",
        "stair_count",
    ),
    "levels": ("level_id", "level_index", "level_name"),
    "shapes": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence", "shape_dist_traveled"),
    "translations": (
        "table_name",
        "field_name",
        "language",
        "translation",
        "record_id",
        "record_sub_id",
        "field_value",
    ),
    "attributions": (
        "attribution_id",
        "agency_id",
        "route_id",
        "trip_id",
        "organization_name",
        "is_producer",
        "is_operator",
        "is_authority",
        "attribution_url",
        "attribution_email",
        "attribution_phone",
    ),
    "feed_info": (
        "feed_publisher_name",
        "feed_publisher_url",
        "feed_lang",
        "default_lang",
        "feed_start_date",
        "feed_end_date",
        "feed_version",
        "feed_contact_email",
        "feed_contact_url",
    ),
}

FLEX_COLUMNS: dict[str, tuple[str, ...]] = {
    "booking_rules": (
        "booking_rule_id",
        "booking_type",
        "prior_notice_duration_min",
        "prior_notice_duration_max",
        "prior_notice_last_day",
        "prior_notice_last_time",
        "prior_notice_start_day",
        "prior_notice_start_time",
        "prior_notice_service_id",
        "message",
        "pickup_message",
        "drop_off_message",
        "phone_number",
        "info_url",
        "booking_url",
    ),
    # location_id: members of a group in GTFS-Flex before its adoption
    "location_groups": ("location_group_id", "location_group_name", "location_id"),
    "location_group_stops": ("location_group_id", "stop_id"),
    # GTFS-Flex before its adoption used areas as groups
    "areas": ("area_id", "area_name"),
    "stop_areas": ("area_id", "stop_id"),
}
"""The tables of GTFS-Flex, which are read for `FeedTables.flex` when a call refers to them."""

FARE_COLUMNS: dict[str, tuple[str, ...]] = {
    "fare_attributes": (
        "fare_id",
        "price",
        "currency_type",
        "payment_method",
        "transfers",
        "agency_id",
        "transfer_duration",
    ),
    "fare_rules": ("fare_id", "route_id", "origin_id", "destination_id", "contains_id"),
    "timeframes": ("timeframe_group_id", "start_time", "end_time", "service_id"),
    "rider_categories": (
        "rider_category_id",
        "rider_category_name",
        "is_default_fare_category",
        "eligibility_url",
    ),
    "fare_media": ("fare_media_id", "fare_media_name", "fare_media_type"),
    "fare_products": (
        "fare_product_id",
        "fare_product_name",
        "rider_category_id",
        "fare_media_id",
        "amount",
        "currency",
    ),
    "fare_leg_rules": (
        "leg_group_id",
        "network_id",
        "from_area_id",
        "to_area_id",
        "from_timeframe_group_id",
        "to_timeframe_group_id",
        "fare_product_id",
        "rule_priority",
    ),
    "fare_leg_join_rules": ("from_network_id", "to_network_id", "from_stop_id", "to_stop_id"),
    "fare_transfer_rules": (
        "from_leg_group_id",
        "to_leg_group_id",
        "transfer_count",
        "duration_limit",
        "duration_limit_type",
        "fare_transfer_type",
        "fare_product_id",
    ),
    "areas": FLEX_COLUMNS["areas"],
    "stop_areas": FLEX_COLUMNS["stop_areas"],
    "networks": ("network_id", "network_name"),
    "route_networks": ("network_id", "route_id"),
}
"""The tables of GTFS-Fares, v1 and v2, which are read for `FeedTables.fares`: all texts, as they are written."""

FLEX_CALL_COLUMNS: dict[str, tuple[str, ...]] = {
    "location_id": (),
    "location_group_id": (),
    "start_pickup_drop_off_window": ("start_pickup_dropoff_window",),
    "end_pickup_drop_off_window": ("end_pickup_dropoff_window",),
    "pickup_booking_rule_id": (),
    "drop_off_booking_rule_id": ("dropoff_booking_rule_id",),
    "mean_duration_factor": (),
    "mean_duration_offset": (),
    "safe_duration_factor": (),
    "safe_duration_offset": (),
}
"""Columns of stop_times that flexible calls alone have, and how else they were spelled before GTFS-Flex was adopted.
The four durations belonged here then, with offsets in minutes."""

FLEX_TRIP_COLUMNS = (
    "mean_duration_factor",
    "mean_duration_offset",
    "safe_duration_factor",
    "safe_duration_offset",
)
"""Columns of trips, offsets in seconds. GTFS has the safe ones; the mean ones are our own."""
