"""What a feed says about on-demand services, as it is written, before anything refers to anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class FlexFiles:
    """The calls of trips with zones or windows of time, and the tables these refer to, typed as the others are
    (`gtfs_feeds.tables`) but with `NO_TIME` where there is none."""

    calls: pd.DataFrame
    """All calls of such trips: `COLUMNS` and `FLEX_CALL_COLUMNS`, with `flexible` and `line`."""
    durations: pd.DataFrame
    """`FLEX_TRIP_COLUMNS` of trips.txt, by trip_id."""
    tables: Mapping[str, pd.DataFrame]
    """`FLEX_COLUMNS`, by stem; those of absent files are empty."""
    locations: bytes | None
    """locations.geojson; None: absent."""
