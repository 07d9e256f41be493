"""Feeds, agencies and routes as people read them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.compile.texts import TextPool, VisibleTexts
from gtfs_feeds.tables import FeedTables

_SYNTHETIC = ("synthetic", "synthétique", "synthetique")

_ROLES = {"is_producer": "producer", "is_operator": "operator", "is_authority": "authority"}


def feed_arrays(tables: FeedTables, pool: TextPool, visible: VisibleTexts) -> dict[str, NDArray[Any]]:
    """`feed_*` of the catalogue, one row."""
    info = tables.feed_info.head(1)

    def column(name: str) -> NDArray[np.int32]:
        return visible.column(info, "feed_info", name) if len(info) else np.zeros(1, np.int32)

    said = " ".join([*info["feed_publisher_name"], *info["feed_version"]]).lower()
    return {
        "feed_id_text": pool.add_column([tables.feed_id]),
        "feed_publisher_name_text": column("feed_publisher_name"),
        "feed_publisher_url_text": column("feed_publisher_url"),
        "feed_lang_text": column("feed_lang"),
        "feed_version_text": column("feed_version"),
        "feed_attributions_text": pool.add_column([_attributions(tables.attributions)]),
        "feed_synthetic": np.array([any(word in said for word in _SYNTHETIC)], np.uint8),
    }


def _attributions(table: pd.DataFrame) -> str:
    """Who is to be named for the data, each once, whichever route or agency it was said for."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in table.to_dict("records"):
        entry = found.setdefault(
            (row["organization_name"], row["attribution_url"]),
            {
                "name": row["organization_name"],
                "url": row["attribution_url"],
                "email": row["attribution_email"],
                "phone": row["attribution_phone"],
                "roles": [],
            },
        )
        roles = [role for field, role in _ROLES.items() if row[field] == 1]
        entry["roles"] += [role for role in roles if role not in entry["roles"]]
    return json.dumps(list(found.values()), ensure_ascii=False) if found else ""


def agency_arrays(tables: FeedTables, pool: TextPool, visible: VisibleTexts) -> dict[str, NDArray[Any]]:
    """`agency_*` of the catalogue."""
    table = tables.agency

    def column(name: str) -> NDArray[np.int32]:
        return visible.column(table, "agency", name, "agency_id")

    return {
        "agency_id_text": pool.add_column(tables.feed_id + "_" + table["agency_id"]),
        "agency_name_text": column("agency_name"),
        "agency_url_text": column("agency_url"),
        "agency_phone_text": column("agency_phone"),
        "agency_fare_url_text": column("agency_fare_url"),
        "agency_zone_text": pool.add_column(table["agency_timezone"]),
        "agency_feed": np.zeros(len(table), np.int32),
    }


def route_arrays(tables: FeedTables, pool: TextPool, visible: VisibleTexts) -> dict[str, NDArray[Any]]:
    """`route_*` of the catalogue. A route that names no agency is the first one's."""
    table = tables.routes
    agency = pd.Index(tables.agency["agency_id"]).get_indexer(pd.Index(table["agency_id"]))
    return {
        "route_id_text": pool.add_column(tables.feed_id + "_" + table["route_id"]),
        "route_agency": np.maximum(agency, 0).astype(np.int32),
        "route_short_name_text": visible.column(table, "routes", "route_short_name", "route_id"),
        "route_long_name_text": visible.column(table, "routes", "route_long_name", "route_id"),
        "route_type": table["route_type"].to_numpy(np.int32),
        "route_color": _colors(table["route_color"]),
        "route_text_color": _colors(table["route_text_color"]),
    }


def _colors(column: pd.Series[str]) -> NDArray[np.int32]:
    hexadecimal = column.str.lstrip("#")
    good = hexadecimal.str.fullmatch(r"[0-9A-Fa-f]{6}")
    return np.array(
        [int(text, 16) if ok else -1 for text, ok in zip(hexadecimal, good, strict=True)], np.int32
    )
