"""Blocks: trips one vehicle runs one after the other, which it cannot when they overlap."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.findings import Severity
from gtfs_feeds.service_days import ServiceDays


@numba.njit(cache=True, nogil=True)
def find_overlaps(block, start_s, end_s, service, service_days, out_other):  # type: ignore[no-untyped-def]
    """For each trip, one that runs on a common day in the same block before this one has ended.

    Trips are sorted by block and start: `block` (int32), `start_s`, `end_s` (int32 seconds), `service` (int32), each
    per trip; `service_days` (uint64, one bit a day) has a row a service. Fills `out_other` (int32) with the other
    trip, or -1.
    """
    for trip in range(len(block)):
        out_other[trip] = -1
        other = trip + 1
        while other < len(block) and block[other] == block[trip] and start_s[other] < end_s[trip]:
            common = False
            for word in range(service_days.shape[1]):
                if service_days[service[trip], word] & service_days[service[other], word]:
                    common = True
                    break
            if common:
                out_other[trip] = other
                break
            other += 1


def check_blocks(draft: Draft, days: ServiceDays) -> None:
    """Ignore the blocks whose trips overlap in time on one service day: nobody stays seated there."""
    trips = draft.tables["trips"]
    blocks = draft.array("trips", "block_id")
    repeated = draft.is_among("trips", "trip_id", set(draft.tables["frequencies"]["trip_id"]))
    rows = np.flatnonzero((blocks != "") & ~repeated)
    if not len(rows):
        return
    start, end = _spans(draft)
    block = pd.factorize(blocks[rows])[0].astype(np.int32)
    order = np.lexsort((start[rows], block))
    rows, block = rows[order], block[order]
    service = (
        pd.Index(days.service_ids).get_indexer(pd.Index(trips["service_id"].iloc[rows])).astype(np.int32)
    )
    other = np.empty(len(rows), np.int32)
    find_overlaps(block, start[rows], end[rows], service, _pack(days.active), other)
    hit = np.flatnonzero(other >= 0)
    first = np.zeros(len(trips), np.bool_)
    first[rows[hit[np.unique(block[hit], return_index=True)[1]]]] = True
    draft.note(
        "trips",
        first,
        "block_trips_with_overlapping_stop_times",
        "Trips of the block “{value}” overlap in time on a common day.",
        severity=Severity.WARNING,
        action="block ignored: nobody stays seated between its trips",
        field="block_id",
    )
    bad = np.isin(block, block[hit])
    ignored = np.zeros(len(trips), np.bool_)
    ignored[rows[bad]] = True
    draft.assign("trips", "block_id", ignored, "")


def _spans(draft: Draft) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """First departure and last arrival of each trip. `stop_times` is sorted by `trip`, and every trip has calls."""
    calls = draft.tables["stop_times"]
    trip = calls["trip"].to_numpy()
    first = np.flatnonzero(np.concatenate(([True], trip[1:] != trip[:-1])))
    last = np.append(first[1:], len(trip)) - 1
    return calls["departure_time"].to_numpy()[first], calls["arrival_time"].to_numpy()[last]


def _pack(active: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """One bit a day, in words of 64."""
    width = -(-active.shape[1] // 64) * 64
    padded = np.zeros((len(active), width), np.uint8)
    padded[:, : active.shape[1]] = active
    return np.packbits(padded, axis=1).view(np.uint64)
