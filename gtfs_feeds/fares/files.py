"""What a feed says about its prices, as it is written, before anything refers to anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class FareFiles:
    """The tables of `gtfs_feeds.tables.FARE_COLUMNS`, all texts as they are written, "" where there is none."""

    tables: Mapping[str, pd.DataFrame]
    """By stem, with `line`; those of absent files are empty."""
    has_priority: bool
    """fare_leg_rules.txt has a column rule_priority, empty or not: it changes what an empty field means."""
    network_by_route: Mapping[str, str]
    """`routes.network_id`, where a route has one."""
    unreadable: frozenset[str]
    """The files that are there and no tables."""
