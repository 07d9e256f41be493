"""A network: a timetable and what people read about it. One feed compiles to one; several merge into one."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from ground.document import read_document, write_document
from gtfs_feeds.catalogue import Catalogue
from on_demand.service import Service
from routing.snapshot import map_arrays, write_arrays
from routing.timetable import Timetable, TimetableInfo
from ticketing.fares.tables import FeedFares

_FLEX = "flex.json"
_FARES = "fares.json"


@dataclass(frozen=True, slots=True)
class _Flex:
    """What the file of on-demand services holds."""

    services: tuple[Service, ...]


@dataclass(frozen=True, slots=True)
class _Fares:
    """What the file of prices holds."""

    feeds: tuple[FeedFares, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """`timetable` and `catalogue` share their indices. Two networks are equal only when they are the same one."""

    timetable: Timetable
    info: TimetableInfo
    catalogue: Catalogue
    flex: tuple[Service, ...] = ()
    """On-demand services that feeds tell of (GTFS-Flex), with the feeds' prefixes: they are booked with others."""
    fares: tuple[FeedFares, ...] = ()
    """What feeds ask by their own fares (GTFS-Fares), one a feed that has any."""

    def write(self, folder: Path) -> None:
        """Write the network into `folder` (new or empty)."""
        write_arrays(self.timetable, folder / "timetable")
        write_arrays(self.catalogue, folder / "catalogue")
        info = {
            "zones": list(self.info.zones),
            "first_day": self.info.first_day.isoformat(),
            "boardable_count": self.info.boardable_count,
        }
        (folder / "info.json").write_text(json.dumps(info), encoding="utf-8")
        (folder / _FLEX).write_bytes(write_document(_Flex(self.flex)))
        (folder / _FARES).write_bytes(write_document(_Fares(self.fares)))

    @staticmethod
    def open(folder: Path) -> Network:
        """Map a network that `write` wrote: read-only, nothing is read until it is used but for on-demand services and
        prices; where these are not told (networks written before there were any), there are none."""
        info = json.loads((folder / "info.json").read_text(encoding="utf-8"))
        return Network(
            timetable=map_arrays(Timetable, folder / "timetable"),
            info=TimetableInfo(
                tuple(info["zones"]), dt.date.fromisoformat(info["first_day"]), info["boardable_count"]
            ),
            catalogue=map_arrays(Catalogue, folder / "catalogue"),
            flex=_read_flex(folder / _FLEX),
            fares=_read_fares(folder / _FARES),
        )


def _read_flex(path: Path) -> tuple[Service, ...]:
    return read_document(_Flex, path.read_bytes()).services if path.exists() else ()


def _read_fares(path: Path) -> tuple[FeedFares, ...]:
    return read_document(_Fares, path.read_bytes()).feeds if path.exists() else ()
