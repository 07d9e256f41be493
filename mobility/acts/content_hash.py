"""What a version and a snapshot are called: by their content: the same is never made twice."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from importlib import resources
from pathlib import Path

from gtfs_feeds.catalogue import Catalogue
from mobility.acts.records import Members
from on_demand.booking_rules import BookingRule
from on_demand.calendar import Calendar
from on_demand.service import Fare, FlexRow, FlexTrip, Promise, Service
from routing.street import StreetGraph
from routing.timetable import Timetable
from ticketing.fares.tables import (
    FareAttribute,
    FareCalendar,
    FareRule,
    FeedFares,
    JoinRule,
    LegRule,
    Medium,
    Pair,
    ProductRow,
    Timeframe,
    TransferRule,
)

COMPILER = 4
"""Add one when the reader, the checks or the compiler make something else of the same feed."""

GRAPH_BUILDER = 1
"""Add one when another graph is built of the same extract, or other walks between stops."""

_DIGITS = 32

_FLEX = [
    field.name
    for kind in (Service, FlexTrip, FlexRow, Promise, Fare, BookingRule, Calendar)
    for field in fields(kind)
]
"""What networks keep of on-demand services."""

_FARES = [
    field.name
    for kind in (
        *(FeedFares, LegRule, ProductRow, TransferRule, JoinRule, Timeframe),
        *(FareCalendar, Pair, Medium, FareAttribute, FareRule),
    )
    for field in fields(kind)
]
"""What they keep of prices."""


def network_format() -> str:
    """Changes when a network compiled before can no longer be opened, or would come out otherwise now."""
    columns = (Timetable._fields, Catalogue._fields, _FLEX, _FARES)
    arrays = "|".join([str(COMPILER), *map(",".join, columns)])
    files = sorted(
        (resources.files("gtfs_feeds") / "known_corrections").iterdir(), key=lambda file: file.name
    )
    corrections = [file.read_bytes() for file in files if file.name.endswith(".toml")]
    return _hash(b"|".join([arrays.encode(), *corrections]))[:12]


def streets_format() -> str:
    """Changes when a street graph made before can no longer be opened, or would come out otherwise now."""
    return _hash(f"{GRAPH_BUILDER}|{','.join(StreetGraph._fields)}".encode())[:12]


def feed_version_hash(archive: Path, corrections: str, since: str = "") -> str:
    """The version of a feed: its archive, byte for byte, its corrections, and the network format.

    `since`: the day it was compiled anew, of the same bytes, because its calendar is longer than a network's.
    """
    with archive.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return _hash(f"{content}|{_hash(corrections.encode())}|{network_format()}|{since}".encode())


def streets_version_hash(extract: Path) -> str:
    """The version of the streets of an extract: its bytes and the format of graphs."""
    with extract.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return _hash(f"{content}|{streets_format()}".encode())


def snapshot_hash(members: Members, streets: str | None = None) -> str:
    """The name of the network merged from these versions, on these streets."""
    named = [f"{feed_id}={version}" for feed_id, version in sorted(members)]
    return _hash("|".join([*named, *([] if streets is None else [f"streets {streets}"])]).encode())


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGITS]
