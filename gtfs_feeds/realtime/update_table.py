"""The TripUpdates of a message as tables, with their texts."""

from __future__ import annotations

import numpy as np

from gtfs_feeds.realtime.kernels import wire
from gtfs_feeds.realtime.match import Descriptor


class UpdateTable:
    """Entities and StopTimeUpdates as `gtfs_feeds.realtime.kernels.wire` reads them, and the bytes of their texts."""

    def __init__(self, data: bytes, start: wire.Rows, end: wire.Rows) -> None:
        self.data = data
        self.buffer = np.frombuffer(data, np.uint8)
        self.entities, self.updates = wire.read_entities(self.buffer, start, end)

    def text(self, row: wire.Rows, column: int) -> str:
        """The text at `column` of a row, "" where there is none. What is not UTF-8 shows as what it is not."""
        start = int(row[column])
        if start < 0:
            return ""
        return self.data[start : start + int(row[column + 1])].decode(errors="replace")

    def number(self, row: wire.Rows, column: int) -> int | None:
        """The number at `column` of a row, if it is there."""
        value = int(row[column])
        return None if value == wire.ABSENT else value

    def descriptor(self, row: wire.Rows) -> Descriptor:
        """The TripDescriptor of an entity."""
        direction = self.number(row, wire.DIRECTION)
        return Descriptor(
            self.text(row, wire.TRIP_ID),
            self.text(row, wire.ROUTE_ID),
            -1 if direction is None else direction,
            self.text(row, wire.START_TIME),
            self.text(row, wire.START_DATE),
        )

    def updates_of(self, row: wire.Rows) -> wire.Rows:
        """The StopTimeUpdates of an entity."""
        first = int(row[wire.FIRST_UPDATE])
        return self.updates[first : first + int(row[wire.UPDATE_COUNT])]
