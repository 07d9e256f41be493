"""The fast reading of TripUpdates, against the published bindings, on good messages and on anything."""

from __future__ import annotations

from random import Random

import numpy as np
from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as rt
from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.realtime.kernels import wire

TEXTS = ["", "a", "trip-1", "Besançon", "x" * 200]
NUMBERS = [0, 1, 127, 128, 86_400, 2**31 - 1]
INSTANTS = [0, 1_773_000_000, 2**33]


def random_message(draw: Random) -> rt.FeedMessage:
    """Every field a TripUpdate may have, there or not, and entities of other kinds between."""
    message = rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    for _ in range(draw.randint(0, 4)):
        entity = message.entity.add(id=draw.choice(TEXTS))
        if draw.random() < 0.2:
            entity.is_deleted = draw.random() < 0.5
        if draw.random() < 0.2:
            entity.alert.header_text.translation.add(text="x")
        if draw.random() < 0.2:
            entity.vehicle.position.latitude = entity.vehicle.position.longitude = 1.5
        if draw.random() < 0.8:
            _fill_trip_update(draw, entity.trip_update)
    return message


def _fill_trip_update(draw: Random, update: rt.TripUpdate) -> None:
    update.trip.SetInParent()
    _fill(draw, update.trip, ("trip_id", "route_id", "start_time", "start_date"), TEXTS)
    _fill(draw, update.trip, ("direction_id",), NUMBERS)
    _fill(draw, update.trip, ("schedule_relationship",), [0, 1, 2, 3, 5, 6, 7, 8])
    _fill(draw, update.vehicle, ("id", "label", "license_plate"), TEXTS)
    _fill(draw, update, ("timestamp",), INSTANTS)
    _fill(draw, update, ("delay",), [-1, *NUMBERS])
    names = ("trip_id", "start_date", "start_time", "shape_id", "trip_headsign", "trip_short_name")
    _fill(draw, update.trip_properties, names, TEXTS)
    for _ in range(draw.randint(0, 5)):
        stop = update.stop_time_update.add()
        _fill(draw, stop, ("stop_sequence",), NUMBERS)
        _fill(draw, stop, ("stop_id",), TEXTS)
        _fill(draw, stop, ("schedule_relationship",), [0, 1, 2, 3])
        for event in (stop.arrival, stop.departure):
            if draw.random() < 0.7:
                event.SetInParent()
                _fill(draw, event, ("delay",), [-60, *NUMBERS])
                _fill(draw, event, ("time", "scheduled_time"), [-1, *INSTANTS])
                _fill(draw, event, ("uncertainty",), NUMBERS)
        if draw.random() < 0.4:
            _fill(draw, stop.stop_time_properties, ("assigned_stop_id",), TEXTS)
            _fill(draw, stop.stop_time_properties, ("pickup_type", "drop_off_type"), [0, 1, 2, 3])


def _fill(draw: Random, message: object, names: tuple[str, ...], values: list) -> None:
    for name in names:
        if draw.random() < 0.5:
            setattr(message, name, draw.choice(values))


def read(data: bytes) -> list[tuple | None] | None:
    """What the fast reading says of a message's entities (None: a broken one); None: no message."""
    buffer = np.frombuffer(data, np.uint8)
    fields = wire.split(buffer)
    if fields is None:
        return None
    chosen = fields.number == 2
    entities, updates = wire.read_entities(buffer, fields.start[chosen], fields.end[chosen])
    return [None if row[wire.STATUS] == wire.BROKEN else _row(data, row, updates) for row in entities]


def _row(data: bytes, row: np.ndarray, updates: np.ndarray) -> tuple:
    texts = (
        wire.ENTITY_ID,
        *(wire.TRIP_ID, wire.ROUTE_ID, wire.START_TIME, wire.START_DATE),
        *(wire.VEHICLE_ID, wire.VEHICLE_LABEL),
        *(wire.NEW_TRIP_ID, wire.NEW_START_DATE, wire.NEW_START_TIME, wire.NEW_HEADSIGN, wire.NEW_SHORT_NAME),
    )
    numbers = (wire.DIRECTION, wire.RELATIONSHIP, wire.TIMESTAMP, wire.DELAY, wire.WHEELCHAIR)
    flags = (wire.IS_DELETED, wire.HAS_TRIP_UPDATE, wire.HAS_VEHICLE, wire.HAS_ALERT)
    stops = updates[row[wire.FIRST_UPDATE] :][: row[wire.UPDATE_COUNT]]
    return (
        tuple(_text(data, row, column) for column in texts),
        tuple(_number(row[column]) for column in numbers),
        tuple(bool(row[column]) for column in flags),
        tuple(
            (
                _number(stop[wire.SEQUENCE]),
                _text(data, stop, wire.STOP_ID),
                tuple(_number(value) for value in stop[wire.ARRIVAL : wire.ARRIVAL + 6]),
                _number(stop[wire.STOP_RELATIONSHIP]),
                _text(data, stop, wire.ASSIGNED_STOP_ID),
                (_number(stop[wire.PICKUP]), _number(stop[wire.DROPOFF])),
            )
            for stop in stops
        ),
    )


def _text(data: bytes, row: np.ndarray, column: int) -> bytes | None:
    return data[row[column] : row[column] + row[column + 1]] if row[column] >= 0 else None


def _number(value: np.int64) -> int | None:
    return None if value == wire.ABSENT else int(value)


def expected(entity: rt.FeedEntity) -> tuple:
    """The same, as the bindings read it."""
    update = entity.trip_update
    return (
        (
            _get(entity, "id"),
            *(_get(update.trip, name) for name in ("trip_id", "route_id", "start_time", "start_date")),
            *(_get(update.vehicle, name) for name in ("id", "label")),
            *(
                _get(update.trip_properties, name)
                for name in ("trip_id", "start_date", "start_time", "trip_headsign", "trip_short_name")
            ),
        ),
        (
            _get(update.trip, "direction_id"),
            _get(update.trip, "schedule_relationship"),
            _get(update, "timestamp"),
            _get(update, "delay"),
            _get(update.vehicle, "wheelchair_accessible"),
        ),
        (entity.is_deleted, *(entity.HasField(name) for name in ("trip_update", "vehicle", "alert"))),
        tuple(
            (
                _get(stop, "stop_sequence"),
                _get(stop, "stop_id"),
                tuple(
                    _get(event, name)
                    for event in (stop.arrival, stop.departure)
                    for name in ("delay", "time", "scheduled_time")
                ),
                _get(stop, "schedule_relationship"),
                _get(stop.stop_time_properties, "assigned_stop_id"),
                tuple(_get(stop.stop_time_properties, name) for name in ("pickup_type", "drop_off_type")),
            )
            for stop in update.stop_time_update
        ),
    )


def _get(message: object, name: str) -> object:
    if not message.HasField(name):
        return None
    value = getattr(message, name)
    return value.encode() if isinstance(value, str) else value


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_it_reads_what_the_bindings_read(seed: int) -> None:
    message = random_message(Random(seed))
    assert read(message.SerializeToString()) == [expected(entity) for entity in message.entity]


@settings(max_examples=400)
@given(st.integers(0, 2**32))
def test_whatever_comes_it_ends_and_a_broken_entity_is_broken_alone(seed: int) -> None:
    """Bytes are changed at random: what is read without complaint is what the bindings read, entity by entity."""
    draw = Random(seed)
    data = bytearray(random_message(draw).SerializeToString())
    for _ in range(draw.randint(1, 4)):
        kind = draw.randrange(3)
        if kind == 0 and data:
            data[draw.randrange(len(data))] = draw.randrange(256)
        elif kind == 1:
            del data[draw.randrange(len(data) + 1) :]
        else:
            data.insert(draw.randrange(len(data) + 1), draw.randrange(256))
    buffer = np.frombuffer(bytes(data), np.uint8)
    fields = wire.split(buffer)
    if fields is None:
        with_bindings = rt.FeedMessage()
        try:
            with_bindings.MergeFromString(bytes(data))
        except DecodeError:
            return
        raise AssertionError("the bindings can read it")
    for found, number, start, end in zip(
        _every(bytes(data), fields), fields.number, fields.start, fields.end, strict=True
    ):
        entity = rt.FeedEntity()
        if number != 2:
            continue
        try:
            entity.MergeFromString(bytes(data[start:end]))
        except DecodeError:  # of a part the fast reading does not look into, perhaps
            continue
        try:
            wanted = expected(entity)
        except UnicodeDecodeError:
            continue
        assert found is not None
        assert _known_enums(found) == _known_enums(wanted)


def _every(data: bytes, fields: wire.Fields) -> list[tuple | None]:
    buffer = np.frombuffer(data, np.uint8)
    entities, updates = wire.read_entities(buffer, fields.start, fields.end)
    return [None if row[wire.STATUS] == wire.BROKEN else _row(data, row, updates) for row in entities]


def _known_enums(row: tuple) -> tuple:
    """Values an enum does not have are absent for the bindings; the fast reading hands them on: not compared."""
    texts, (direction, _, timestamp, delay, _), flags, stops = row
    timestamp = None if timestamp is None else timestamp % 2**64
    known = tuple((sequence, stop, events, assigned) for sequence, stop, events, _, assigned, _ in stops)
    return texts, (direction, timestamp, delay), flags, known


def test_groups_and_unknown_fields_are_passed_over() -> None:
    entity = rt.FeedEntity(id="1")
    entity.trip_update.trip.trip_id = "t"
    plain = entity.SerializeToString()
    unknown = bytes([0xC3, 0x3E, 0x08, 0x05, 0xC4, 0x3E])  # group 1000 { 1: 5 }
    data = bytes([0x12, len(plain) + len(unknown)]) + unknown + plain
    assert read(data) == [expected(entity)]
    assert read(bytes([0x12, 2, 0xC3, 0x3E])) == [None], "a group that does not end"
