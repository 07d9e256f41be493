"""A network: a timetable and what people read about it. One feed compiles to one; several merge into one."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from gtfs_feeds.catalogue import Catalogue
from routing.snapshot import map_arrays, write_arrays
from routing.timetable import Timetable, TimetableInfo


@dataclass(frozen=True, eq=False)
class Network:
    """`timetable` and `catalogue` share their indices. Two networks are equal only when they are the same one."""

    timetable: Timetable
    info: TimetableInfo
    catalogue: Catalogue

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

    @staticmethod
    def open(folder: Path) -> Network:
        """Map a network that `write` wrote: read-only, nothing is read until it is used."""
        info = json.loads((folder / "info.json").read_text(encoding="utf-8"))
        return Network(
            timetable=map_arrays(Timetable, folder / "timetable"),
            info=TimetableInfo(
                tuple(info["zones"]), dt.date.fromisoformat(info["first_day"]), info["boardable_count"]
            ),
            catalogue=map_arrays(Catalogue, folder / "catalogue"),
        )
