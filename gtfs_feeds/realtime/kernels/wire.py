"""TripUpdates off the wire, into tables: protobuf's encoding (https://protobuf.dev/programming-guides/encoding/) of
FeedMessage, FeedEntity and TripUpdate, as the published gtfs-realtime.proto numbers their fields.

The bindings read a message of 2,000 trips in some 80 ms, nearly all of it in handing fields to Python one by one; here
it takes one. Entities are told apart before they are read, so that a broken one is dropped alone. What is rare (alerts,
vehicles) is read by the bindings. `tests/gtfs_feeds/realtime/test_wire.py` compares the two on anything.

Rows are int64. A text is two columns, where it starts in the message and how long it is; absent: start -1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

OK, BROKEN = 0, 1

ABSENT = -(1 << 40)
"""Of numbers that need not be there."""

# ── columns of an entity ───────────────────────────────────────────────────────────────────────────────────
STATUS = 0
ENTITY_ID = 1  # text
IS_DELETED = 3
HAS_TRIP_UPDATE, HAS_VEHICLE, HAS_ALERT, HAS_OTHER = 4, 5, 6, 7
HAS_TRIP = 8
TRIP_ID, ROUTE_ID, START_TIME, START_DATE = 9, 11, 13, 15  # texts
DIRECTION, RELATIONSHIP, HAS_MODIFIED_TRIP = 17, 18, 19
VEHICLE_ID, VEHICLE_LABEL = 20, 22  # texts
WHEELCHAIR = 24
TIMESTAMP, DELAY = 25, 26
NEW_TRIP_ID, NEW_START_DATE, NEW_START_TIME, NEW_HEADSIGN, NEW_SHORT_NAME = 27, 29, 31, 33, 35  # texts
FIRST_UPDATE, UPDATE_COUNT = 37, 38
ENTITY_COLUMNS = 39

# ── columns of a StopTimeUpdate ────────────────────────────────────────────────────────────────────────────
SEQUENCE = 0
STOP_ID = 1  # text
ARRIVAL = 3  # DELAY, TIME, SCHEDULED of the event
DEPARTURE = 6  # likewise
STOP_RELATIONSHIP = 9
ASSIGNED_STOP_ID = 10  # text
PICKUP, DROPOFF = 12, 13
UPDATE_COLUMNS = 14
EVENT_DELAY, EVENT_TIME, EVENT_SCHEDULED = 0, 1, 2

_VARINT, _FIXED64, _BYTES, _GROUP, _GROUP_END, _FIXED32 = 0, 1, 2, 3, 4, 5

Buffer = NDArray[np.uint8]
Rows = NDArray[np.int64]


class Fields(NamedTuple):
    """The fields of a message at its outermost level."""

    number: NDArray[np.int64]  # [k] field numbers, of length-delimited fields
    start: NDArray[np.int64]  # [k] in the message
    end: NDArray[np.int64]


def split(buffer: Buffer) -> Fields | None:
    """A FeedMessage's header (field 1) and entities (field 2), not yet looked into; None when it is none."""
    out = np.empty((3, len(buffer) // 2 + 1), np.int64)
    count = _split(buffer, out)
    return None if count < 0 else Fields(out[0, :count], out[1, :count], out[2, :count])


def read_entities(buffer: Buffer, start: Rows, end: Rows) -> tuple[Rows, Rows]:
    """The entities at these places: [k, ENTITY_COLUMNS] and, of all of them, [m, UPDATE_COLUMNS]. A BROKEN one has a
    STATUS and nothing else."""
    entities = np.empty((len(start), ENTITY_COLUMNS), np.int64)
    room = int((end - start).sum()) // 16 + 64
    while True:
        updates = np.empty((room, UPDATE_COLUMNS), np.int64)
        count = _read_entities(buffer, start, end, entities, updates)
        if count <= room:
            return entities, updates[:count]
        room = count


@njit(cache=True, nogil=True)
def _varint(buffer, at, end):
    """A number and where the next thing starts; -1 there: broken."""
    value = np.uint64(0)
    for i in range(10):
        if at >= end:
            return value, -1
        byte = buffer[at]
        at += 1
        value |= np.uint64(byte & 127) << np.uint64(7 * i)
        if byte < 128:
            return value, at
    return value, -1


@njit(cache=True, nogil=True)
def _tag(buffer, at, end):
    """A field's number and wire type as one number, and where its value starts."""
    value, at = _varint(buffer, at, end)
    if at < 0 or value < 8 or value > 0xFFFFFFFF:
        return 0, -1
    return np.int64(value), at


@njit(cache=True, nogil=True)
def _skip(buffer, at, end, wire_type):
    """Where the value of a field that is not read ends."""
    depth = 0
    while True:
        if wire_type == _VARINT:
            _, at = _varint(buffer, at, end)
        elif wire_type == _FIXED64:
            at += 8
        elif wire_type == _FIXED32:
            at += 4
        elif wire_type == _BYTES:
            _, at = _bytes(buffer, at, end)
        elif wire_type == _GROUP:
            depth += 1
        elif wire_type == _GROUP_END and depth:
            depth -= 1
        else:
            return -1
        if at < 0 or at > end:
            return -1
        if not depth:
            return at
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return -1
        wire_type = tag & 7


@njit(cache=True, nogil=True)
def _bytes(buffer, at, end):
    """Where a length-delimited value starts and ends."""
    length, at = _varint(buffer, at, end)
    if at < 0 or length > np.uint64(end - at):
        return at, -1
    return at, at + np.int64(length)


@njit(cache=True, nogil=True)
def _int32(value):
    low = np.int64(value & np.uint64(0xFFFFFFFF))
    return low - (1 << 32) if low >= 1 << 31 else low


@njit(cache=True, nogil=True)
def _split(buffer, out):
    at, end, count = 0, len(buffer), 0
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return -1
        if tag & 7 == _BYTES:
            start, at = _bytes(buffer, at, end)
            out[0, count], out[1, count], out[2, count] = tag >> 3, start, at
            count += 1
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return -1
    return count


@njit(cache=True, nogil=True)
def _read_entities(buffer, start, end, out_entities, out_updates):
    """All entities; how many StopTimeUpdates there are, more than `out_updates` has room for being counted only."""
    count = 0
    for i in range(len(start)):
        row = out_entities[i]
        row[:] = ABSENT
        row[STATUS] = OK
        row[IS_DELETED] = row[HAS_TRIP_UPDATE] = row[HAS_VEHICLE] = row[HAS_ALERT] = row[HAS_OTHER] = 0
        row[HAS_TRIP] = row[HAS_MODIFIED_TRIP] = 0
        row[FIRST_UPDATE], row[UPDATE_COUNT] = count, 0
        if _read_entity(buffer, start[i], end[i], row, out_updates):
            count += row[UPDATE_COUNT]
        else:
            row[STATUS], row[UPDATE_COUNT] = BROKEN, 0
    return count


@njit(cache=True, nogil=True)
def _read_entity(buffer, at, end, row, out_updates):
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag == 2 << 3:
            value, at = _varint(buffer, at, end)
            row[IS_DELETED] = value != 0
        elif tag & 7 == _BYTES:
            start, at = _bytes(buffer, at, end)
            if at < 0:
                return False
            number = tag >> 3
            if number == 1:
                row[ENTITY_ID], row[ENTITY_ID + 1] = start, at - start
            elif number == 3:
                row[HAS_TRIP_UPDATE] = 1
                if not _read_trip_update(buffer, start, at, row, out_updates):
                    return False
            elif number == 4:
                row[HAS_VEHICLE] = 1
            elif number == 5:
                row[HAS_ALERT] = 1
            elif 6 <= number <= 8:
                row[HAS_OTHER] = number
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _read_trip_update(buffer, at, end, row, out_updates):
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag == 4 << 3:
            value, at = _varint(buffer, at, end)
            row[TIMESTAMP] = np.int64(value)
        elif tag == 5 << 3:
            value, at = _varint(buffer, at, end)
            row[DELAY] = _int32(value)
        elif tag & 7 == _BYTES:
            start, at = _bytes(buffer, at, end)
            if at < 0:
                return False
            number, read = tag >> 3, True
            if number == 1:
                row[HAS_TRIP] = 1
                read = _read_trip(buffer, start, at, row)
            elif number == 2:
                read = _read_update(buffer, start, at, row, out_updates)
            elif number == 3:
                read = _read_vehicle(buffer, start, at, row)
            elif number == 6:
                read = _read_properties(buffer, start, at, row)
            if not read:
                return False
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _read_trip(buffer, at, end, row):
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag == 4 << 3:
            value, at = _varint(buffer, at, end)
            row[RELATIONSHIP] = _int32(value)
        elif tag == 6 << 3:
            value, at = _varint(buffer, at, end)
            row[DIRECTION] = np.int64(value & np.uint64(0xFFFFFFFF))
        elif tag & 7 == _BYTES:
            start, at = _bytes(buffer, at, end)
            number = tag >> 3
            column = -1
            if number == 1:
                column = TRIP_ID
            elif number == 2:
                column = START_TIME
            elif number == 3:
                column = START_DATE
            elif number == 5:
                column = ROUTE_ID
            elif number == 7:
                row[HAS_MODIFIED_TRIP] = 1
            if column >= 0:
                row[column], row[column + 1] = start, at - start
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _read_vehicle(buffer, at, end, row):
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag == 4 << 3:
            value, at = _varint(buffer, at, end)
            row[WHEELCHAIR] = _int32(value)
        elif tag == 1 << 3 | _BYTES or tag == 2 << 3 | _BYTES:
            start, at = _bytes(buffer, at, end)
            column = VEHICLE_ID if tag >> 3 == 1 else VEHICLE_LABEL
            row[column], row[column + 1] = start, at - start
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _read_properties(buffer, at, end, row):
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag & 7 == _BYTES:
            start, at = _bytes(buffer, at, end)
            number = tag >> 3
            column = -1
            if number <= 3:
                column = NEW_TRIP_ID + 2 * (number - 1)
            elif number == 5:
                column = NEW_HEADSIGN
            elif number == 6:
                column = NEW_SHORT_NAME
            if column >= 0:
                row[column], row[column + 1] = start, at - start
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _read_update(buffer, at, end, row, out_updates):
    nth = row[FIRST_UPDATE] + row[UPDATE_COUNT]
    row[UPDATE_COUNT] += 1
    update = out_updates[min(nth, len(out_updates) - 1)]  # beyond the room it is only counted
    update[:] = ABSENT
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag == 1 << 3:
            value, at = _varint(buffer, at, end)
            update[SEQUENCE] = np.int64(value & np.uint64(0xFFFFFFFF))
        elif tag == 5 << 3:
            value, at = _varint(buffer, at, end)
            update[STOP_RELATIONSHIP] = _int32(value)
        elif tag & 7 == _BYTES:
            start, at = _bytes(buffer, at, end)
            if at < 0:
                return False
            number, read = tag >> 3, True
            if number == 2:
                read = _read_event(buffer, start, at, update, ARRIVAL)
            elif number == 3:
                read = _read_event(buffer, start, at, update, DEPARTURE)
            elif number == 4:
                update[STOP_ID], update[STOP_ID + 1] = start, at - start
            elif number == 6:
                read = _read_stop_properties(buffer, start, at, update)
            if not read:
                return False
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _read_event(buffer, at, end, update, first_column):
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag == 1 << 3:
            value, at = _varint(buffer, at, end)
            update[first_column + EVENT_DELAY] = _int32(value)
        elif tag == 2 << 3:
            value, at = _varint(buffer, at, end)
            update[first_column + EVENT_TIME] = np.int64(value)
        elif tag == 4 << 3:
            value, at = _varint(buffer, at, end)
            update[first_column + EVENT_SCHEDULED] = np.int64(value)
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _read_stop_properties(buffer, at, end, update):
    while at < end:
        tag, at = _tag(buffer, at, end)
        if at < 0:
            return False
        if tag == 1 << 3 | _BYTES:
            start, at = _bytes(buffer, at, end)
            update[ASSIGNED_STOP_ID], update[ASSIGNED_STOP_ID + 1] = start, at - start
        elif tag == 3 << 3:
            value, at = _varint(buffer, at, end)
            update[PICKUP] = _int32(value)
        elif tag == 4 << 3:
            value, at = _varint(buffer, at, end)
            update[DROPOFF] = _int32(value)
        else:
            at = _skip(buffer, at, end, tag & 7)
        if at < 0:
            return False
    return True
