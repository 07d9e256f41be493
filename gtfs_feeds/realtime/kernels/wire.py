"""TripUpdates off the wire, into tables: protobuf's encoding (https://protobuf.dev/programming-guides/encoding/) of
FeedMessage, FeedEntity and TripUpdate, as the published gtfs-realtime.proto numbers their fields.

The bindings read a message of 2,000 trips in some 80 ms, nearly all of it in handing fields to Python one by one; here
it takes two. Entities are told apart before they are read, so that a broken one is dropped alone. What is rare
(alerts, vehicles) is read by the bindings. `tests/gtfs_feeds/realtime/test_wire.py` compares the two on anything.

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
HAS_TRIP_UPDATE, HAS_VEHICLE, HAS_ALERT, HAS_OTHER = 4, 5, 6, 7  # 0, or the number of its field
TRIP_ID, ROUTE_ID, START_TIME, START_DATE = 8, 10, 12, 14  # texts
DIRECTION, RELATIONSHIP, HAS_MODIFIED_TRIP = 16, 17, 18
VEHICLE_ID, VEHICLE_LABEL = 19, 21  # texts
WHEELCHAIR = 23
TIMESTAMP, DELAY = 24, 25
NEW_TRIP_ID, NEW_START_DATE, NEW_START_TIME, NEW_HEADSIGN, NEW_SHORT_NAME = 26, 28, 30, 32, 34  # texts
FIRST_UPDATE, UPDATE_COUNT = 36, 37
ENTITY_COLUMNS = 38

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

Buffer = NDArray[np.uint8]
Rows = NDArray[np.int64]

# ── the schema, as data: what to do with each field of each message ────────────────────────────────────────
_VARINT, _FIXED64, _BYTES, _GROUP, _GROUP_END, _FIXED32 = range(6)
"""Wire types."""

_ENTITY, _TRIP_UPDATE, _TRIP, _VEHICLE, _PROPERTIES, _UPDATE, _ARRIVAL, _DEPARTURE, _STOP_PROPERTIES = range(
    9
)
"""Messages that are read; from _UPDATE on, into the row of a StopTimeUpdate."""

_INT32, _UINT32, _INT64, _BOOL, _TEXT, _FLAG, _MESSAGE = range(1, 8)
"""What to do; the number beside it in the schema is a column, or which message begins. _FLAG: it is there."""

_FIELDS = {
    _ENTITY: {
        1: (_TEXT, ENTITY_ID),
        2: (_BOOL, IS_DELETED),
        3: (_MESSAGE, _TRIP_UPDATE),
        4: (_FLAG, HAS_VEHICLE),
        5: (_FLAG, HAS_ALERT),
        **dict.fromkeys((6, 7, 8), (_FLAG, HAS_OTHER)),
    },
    _TRIP_UPDATE: {
        1: (_MESSAGE, _TRIP),
        2: (_MESSAGE, _UPDATE),
        3: (_MESSAGE, _VEHICLE),
        4: (_INT64, TIMESTAMP),
        5: (_INT32, DELAY),
        6: (_MESSAGE, _PROPERTIES),
    },
    _TRIP: {
        1: (_TEXT, TRIP_ID),
        2: (_TEXT, START_TIME),
        3: (_TEXT, START_DATE),
        4: (_INT32, RELATIONSHIP),
        5: (_TEXT, ROUTE_ID),
        6: (_UINT32, DIRECTION),
        7: (_FLAG, HAS_MODIFIED_TRIP),
    },
    _VEHICLE: {1: (_TEXT, VEHICLE_ID), 2: (_TEXT, VEHICLE_LABEL), 4: (_INT32, WHEELCHAIR)},
    _PROPERTIES: {
        1: (_TEXT, NEW_TRIP_ID),
        2: (_TEXT, NEW_START_DATE),
        3: (_TEXT, NEW_START_TIME),
        5: (_TEXT, NEW_HEADSIGN),
        6: (_TEXT, NEW_SHORT_NAME),
    },
    _UPDATE: {
        1: (_UINT32, SEQUENCE),
        2: (_MESSAGE, _ARRIVAL),
        3: (_MESSAGE, _DEPARTURE),
        4: (_TEXT, STOP_ID),
        5: (_INT32, STOP_RELATIONSHIP),
        6: (_MESSAGE, _STOP_PROPERTIES),
    },
    **{
        event: {
            1: (_INT32, column + EVENT_DELAY),
            2: (_INT64, column + EVENT_TIME),
            4: (_INT64, column + EVENT_SCHEDULED),
        }
        for event, column in ((_ARRIVAL, ARRIVAL), (_DEPARTURE, DEPARTURE))
    },
    _STOP_PROPERTIES: {1: (_TEXT, ASSIGNED_STOP_ID), 3: (_INT32, PICKUP), 4: (_INT32, DROPOFF)},
}
"""By message and field number, as gtfs-realtime.proto has them."""

_FIELD_COUNT = 16
_SCHEMA = np.zeros(
    (len(_FIELDS) + 1, _FIELD_COUNT, 2), np.int64
)  # the last: groups, of which nothing is read
for _message, _fields in _FIELDS.items():
    for _number, _what in _fields.items():
        _SCHEMA[_message, _number] = _what

_DEPTH_MAX = 64
"""Messages and groups within each other; the bindings stop at 100."""


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
    STATUS and nothing else that counts."""
    entities = np.empty((len(start), ENTITY_COLUMNS), np.int64)
    room = int((end - start).sum()) // 16 + 64
    while True:
        updates = np.empty((room, UPDATE_COLUMNS), np.int64)
        count = _read_entities(buffer, start, end, _SCHEMA, entities, updates)
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
def _to_number(value, action):
    """A varint as a field's number."""
    if action == _BOOL:
        return np.int64(value != 0)
    if action == _INT64:
        return np.int64(value)
    low = np.int64(value & np.uint64(0xFFFFFFFF))
    return low - (1 << 32) if action == _INT32 and low >= 1 << 31 else low


@njit(cache=True, nogil=True)
def _split(buffer, out):
    """`out` int64[3, n]: numbers, starts and ends of the fields; how many, or -1."""
    at, end, count, depth = 0, len(buffer), 0, 0
    while at < end:
        tag, at = _varint(buffer, at, end)
        if at < 0 or tag < 8 or tag > 0xFFFFFFFF:
            return -1
        kind = tag & np.uint64(7)
        if kind == _VARINT:
            _, at = _varint(buffer, at, end)
        elif kind == _BYTES:
            length, at = _varint(buffer, at, end)
            if at < 0 or length > np.uint64(end - at):
                return -1
            if not depth:
                out[0, count], out[1, count], out[2, count] = tag >> np.uint64(3), at, at + np.int64(length)
                count += 1
            at += np.int64(length)
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        elif kind == _GROUP:
            depth += 1
        elif kind == _GROUP_END and depth:
            depth -= 1
        else:
            return -1
        if at < 0 or at > end:
            return -1
    return -1 if depth else count


@njit(cache=True, nogil=True)
def _read_entities(buffer, start, end, schema, out_entities, out_updates):
    """All entities; how many StopTimeUpdates there are, more than `out_updates` has room for being counted only."""
    count = 0
    ends, kinds = np.empty(_DEPTH_MAX, np.int64), np.empty(_DEPTH_MAX, np.int64)
    for i in range(len(start)):
        for column in range(ENTITY_COLUMNS):
            out_entities[i, column] = ABSENT
        for column in range(IS_DELETED, HAS_OTHER + 1):
            out_entities[i, column] = 0
        out_entities[i, STATUS], out_entities[i, HAS_MODIFIED_TRIP] = OK, 0
        out_entities[i, FIRST_UPDATE] = count
        read = _read_entity(
            buffer, start[i], end[i], schema, out_entities, i, out_updates, count, ends, kinds
        )
        out_entities[i, UPDATE_COUNT] = max(read, 0)
        if read < 0:
            out_entities[i, STATUS] = BROKEN
        count += max(read, 0)
    return count


@njit(cache=True, nogil=True)
def _read_entity(buffer, at, end, schema, out_entities, i, out_updates, first, ends, kinds):
    """One entity into row `i`, its StopTimeUpdates from row `first` on; how many there are, or -1: it is broken.

    `ends` and `kinds`: the messages it is within, outermost first. Numbers are read here and not by `_varint`, for
    calls with arrays are dear: five times the time.
    """
    ends[0], kinds[0] = end, _ENTITY
    depth, count, nth = 0, 0, 0
    group = len(schema) - 1
    while True:
        while at == ends[depth] and kinds[depth] != group:
            if depth == 0:
                return count
            depth -= 1
        end, kind, wire_type, number, value = ends[depth], kinds[depth], 0, 0, np.uint64(0)
        for is_value in range(2):  # the field's tag, then its number or its length
            value, shift, byte = np.uint64(0), np.uint64(0), 128
            while byte >= 128:
                if at >= end or shift > 63:
                    return -1
                byte = np.int64(buffer[at])
                at += 1
                value |= np.uint64(byte & 127) << shift
                shift += np.uint64(7)
            if not is_value:
                if value < 8 or value > 0xFFFFFFFF:
                    return -1
                wire_type, number = np.int64(value & np.uint64(7)), np.int64(value >> np.uint64(3))
                if wire_type not in (_VARINT, _BYTES):
                    break
        action = schema[kind, number, 0] if number < _FIELD_COUNT else 0
        column = schema[kind, number, 1] if number < _FIELD_COUNT else 0
        if wire_type == _VARINT and _INT32 <= action <= _BOOL:
            if kind >= _UPDATE:
                out_updates[nth, column] = _to_number(value, action)
            else:
                out_entities[i, column] = _to_number(value, action)
        elif wire_type == _BYTES:
            if value > np.uint64(end - at):
                return -1
            length = np.int64(value)
            if action == _MESSAGE:
                depth += 1
                ends[depth], kinds[depth] = at + length, column
                if column == _UPDATE:
                    nth = min(first + count, len(out_updates) - 1)  # beyond the room they are counted only
                    count += 1
                    out_updates[nth, :] = ABSENT
                elif column == _TRIP_UPDATE:
                    out_entities[i, HAS_TRIP_UPDATE] = 1
                length = 0
            elif action == _TEXT and kind >= _UPDATE:
                out_updates[nth, column], out_updates[nth, column + 1] = at, length
            elif action == _TEXT:
                out_entities[i, column], out_entities[i, column + 1] = at, length
            elif action == _FLAG:
                out_entities[i, column] = number
            at += length
        elif wire_type in (_FIXED64, _FIXED32) and end - at >= (8 if wire_type == _FIXED64 else 4):
            at += 8 if wire_type == _FIXED64 else 4
        elif wire_type == _GROUP and depth < _DEPTH_MAX - 1:
            depth += 1
            ends[depth], kinds[depth] = end, group
        elif wire_type == _GROUP_END and kind == group:
            depth -= 1
        elif wire_type != _VARINT:
            return -1
