"""From what a feed says about its prices to its fares, under the feed's own ids."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gtfs_feeds.fares.files import FareFiles
from gtfs_feeds.fares.leg_rules import read_join_rules, read_leg_rules
from gtfs_feeds.fares.places import read_areas, read_networks, read_stop_areas
from gtfs_feeds.fares.products import read_media, read_products
from gtfs_feeds.fares.timeframes import read_timeframes
from gtfs_feeds.fares.transfer_rules import read_transfer_rules
from gtfs_feeds.fares.v1 import read_v1
from gtfs_feeds.findings import FindingLog, Severity
from ticketing.fares.tables import FeedFares

V1_STEMS = ("fare_attributes", "fare_rules")


def read_fares(
    feed_id: str, files: FareFiles, tables: Mapping[str, pd.DataFrame], log: FindingLog
) -> FeedFares | None:
    """The fares; None: there are none that can be used. `tables`: agency, stops, routes and both calendars, checked.

    GTFS-Fares v2 where the feed has a leg rule, else v1, never both. What is odd costs a row or a price, never a
    price that is wrong: what refers to nothing is kept, and matches nothing. A file that is no table costs all fares
    of its standard.
    """
    has_v2 = not files.tables["fare_leg_rules"].empty
    if not has_v2 or files.unreadable - {f"{stem}.txt" for stem in V1_STEMS}:
        return read_v1(feed_id, files, tables, log)
    if not files.tables["fare_attributes"].empty:
        log.add(
            Severity.INFO,
            "fares_v1_beside_v2",
            "fare_attributes.txt",
            "The feed has prices as GTFS-Fares v2, too, and both together are not to be used.",
            "file ignored",
        )
    return _read_v2(feed_id, files, tables, log)


def _read_v2(
    feed_id: str, files: FareFiles, tables: Mapping[str, pd.DataFrame], log: FindingLog
) -> FeedFares:
    areas = read_areas(files.tables["areas"], log)
    stop_ids = set(tables["stops"]["stop_id"])
    networks, of_routes = read_networks(files, set(tables["routes"]["route_id"]), log)
    timeframes, calendars = read_timeframes(files.tables["timeframes"], tables, log)
    media = read_media(files.tables["fare_media"], log)
    products = read_products(files.tables, {medium.id for medium in media}, log)
    product_ids = {row.product_id for row in products}
    leg_rules = read_leg_rules(
        files.tables["fare_leg_rules"],
        areas,
        networks,
        {timeframe.group_id for timeframe in timeframes},
        product_ids,
        log,
    )
    groups = {rule.leg_group_id for rule in leg_rules} - {""}
    return FeedFares(
        feed_id=feed_id,
        leg_rules=leg_rules,
        has_priority=files.has_priority,
        products=products,
        transfer_rules=read_transfer_rules(files.tables["fare_transfer_rules"], groups, product_ids, log),
        join_rules=read_join_rules(files.tables["fare_leg_join_rules"], networks, stop_ids, log),
        timeframes=timeframes,
        calendars=calendars,
        stop_areas=read_stop_areas(files.tables["stop_areas"], areas, stop_ids, log),
        route_networks=of_routes,
        media=media,
    )
