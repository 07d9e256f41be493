"""Bytes as they come from a source, into a message that can be used, or a clear refusal.

GTFS-RT reference, messages FeedMessage and FeedHeader; rules named after those of the MobilityData GTFS-RT validator.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from gtfs_feeds.findings import Finding, Severity
from gtfs_feeds.realtime.kernels import wire

BYTES_MAX = 64 << 20
"""A message as large as this is none: 100,000 trips take some 50 MB."""

AHEAD_S_MAX = 60
"""How far clocks may be apart: a header's timestamp later than now by more is wrong (validator: E050)."""

_HEADER, _ENTITY = 1, 2
_VERSION = re.compile(r"[12](\.\d+)?")
_MILLISECONDS = 100_000_000_000
"""Timestamps from here on (the year 5138) are in milliseconds."""


class MessageRefusedError(Exception):
    """The whole message cannot be used, and nothing changes. `rule` as in `Finding`; the message says what is wrong."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """A message that may be used. Its entities lie in `data` from `entity_start` to `entity_end`, not yet read."""

    data: bytes
    timestamp_s: int
    """The header's; without one, when it was read."""
    differential: bool
    """It adds to what was said before, instead of taking its place."""
    entity_start: wire.Rows
    entity_end: wire.Rows
    findings: tuple[Finding, ...]


def read_message(data: bytes, now_s: int, last_s: int | None = None) -> Message:
    """The message in `data`, received at `now_s` (epoch seconds), the one before having been of `last_s`.

    Raises MessageRefusedError when it is empty, truncated or something else altogether, of a version there is not,
    of a time to come, or not newer than the last (a DIFFERENTIAL one may be of the same second).
    """
    _check_looks(data)
    fields = wire.split(np.frombuffer(data, np.uint8))
    if fields is None:
        raise MessageRefusedError(
            "unreadable_message", f"It is no protobuf message, or a truncated one ({len(data)} bytes)."
        )
    header = _read_header(data, fields)
    if not _VERSION.fullmatch(header.gtfs_realtime_version):
        raise MessageRefusedError(
            "invalid_realtime_version",
            f"Its header says version {header.gtfs_realtime_version[:20]!r}: valid are '1.0' and '2.0'.",
        )
    findings = _timestamp_findings(header)
    timestamp_s = int(header.timestamp) or now_s
    differential = header.incrementality == gtfs_rt.FeedHeader.DIFFERENTIAL
    _check_time(timestamp_s, now_s, last_s, differential)
    entities = fields.number == _ENTITY
    return Message(
        data, timestamp_s, differential, fields.start[entities], fields.end[entities], tuple(findings)
    )


def _check_looks(data: bytes) -> None:
    if not data:
        raise MessageRefusedError("empty_message", "It is empty: 0 bytes. A message has a header at least.")
    if len(data) > BYTES_MAX:
        raise MessageRefusedError(
            "message_too_large",
            f"It has {len(data) >> 20} MiB: more than {BYTES_MAX >> 20} MiB is no message.",
        )
    start = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, what in (
        (b"<", "a web page or XML"),
        (b"{", "JSON"),
        (b"\x1f\x8b", "gzip"),
        (b"pk\x03\x04", "a zip"),
    ):
        if start.startswith(mark):
            raise MessageRefusedError(
                "unreadable_message",
                f"It is {what}, not a GTFS-RT message (protobuf): is the address that of the feed itself?",
            )


def _read_header(data: bytes, fields: wire.Fields) -> gtfs_rt.FeedHeader:
    header = gtfs_rt.FeedHeader()
    places = np.flatnonzero(fields.number == _HEADER)
    try:
        for place in places:
            header.MergeFromString(data[fields.start[place] : fields.end[place]])
    except DecodeError as error:
        raise MessageRefusedError("unreadable_message", "Its header cannot be read.") from error
    if not len(places) or not header.IsInitialized():
        raise MessageRefusedError(
            "missing_header", "It has no header with a version: it is no GTFS-RT message, or a part of one."
        )
    return header


def _timestamp_findings(header: gtfs_rt.FeedHeader) -> list[Finding]:
    if header.timestamp:
        return []
    return [
        Finding(
            Severity.WARNING,
            "header_timestamp_missing",
            "FeedHeader",
            "The header has no timestamp: how old the data is cannot be known.",
            "taken to be as old as the message's arrival",
            field="timestamp",
        )
    ]


def _check_time(timestamp_s: int, now_s: int, last_s: int | None, differential: bool) -> None:
    if timestamp_s >= _MILLISECONDS:
        raise MessageRefusedError(
            "timestamp_not_posix_time", f"Its timestamp is {timestamp_s}: not in seconds since 1970."
        )
    if timestamp_s > now_s + AHEAD_S_MAX:
        raise MessageRefusedError(
            "timestamp_in_future",
            f"Its timestamp is {_utc(timestamp_s)}, {timestamp_s - now_s} s from now: is a clock wrong?",
        )
    if last_s is None:
        return
    if timestamp_s < last_s:
        raise MessageRefusedError(
            "header_timestamp_decreased",
            f"It is of {_utc(timestamp_s)}, older than the one before it, of {_utc(last_s)}.",
        )
    if timestamp_s == last_s and not differential:
        raise MessageRefusedError(
            "content_changed_with_same_timestamp",
            f"It says something else than the one before it, and is of the same time, {_utc(timestamp_s)}.",
        )


def _utc(time_s: int) -> str:
    return dt.datetime.fromtimestamp(time_s, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
