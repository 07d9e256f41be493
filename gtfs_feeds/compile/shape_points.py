"""The shapes that trips run along, as points; those no trip uses are left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.tables import FeedTables


def shape_arrays(tables: FeedTables, shape_ids: pd.Series[str]) -> tuple[dict[str, NDArray[Any]], int]:
    """`shape_*` and `trip_shape` of the catalogue for trips with these `shape_ids`; and how many shapes are unused."""
    column = tables.shapes["shape_id"].cat
    present = np.unique(column.codes.to_numpy())
    published = column.categories[present]
    number = np.full(len(column.categories), -1, np.int64)
    used = published.isin(pd.unique(shape_ids))
    number[present[used]] = np.arange(used.sum())
    point_shape = number[column.codes.to_numpy()]
    kept = np.flatnonzero(point_shape >= 0)
    order = kept[np.lexsort((tables.shapes["shape_pt_sequence"].to_numpy()[kept], point_shape[kept]))]
    counts = np.bincount(point_shape[order], minlength=int(used.sum()))
    arrays = {
        "shape_first": np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        "shape_lat": tables.shapes["shape_pt_lat"].to_numpy(np.float64)[order],
        "shape_lon": tables.shapes["shape_pt_lon"].to_numpy(np.float64)[order],
        "trip_shape": published[used].get_indexer(pd.Index(shape_ids)).astype(np.int32),
    }
    return arrays, int((~used).sum())
