"""The peer: nigiri (the router of MOTIS) through pynigiri, set up so that both engines are asked the same question."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from routing.query import Query


class Peer:
    """nigiri on a folder of GTFS written by `write_single_day`. Needs the extra `bench`."""

    def __init__(self, folder: Path, day: dt.date) -> None:
        import pynigiri

        self._ng: Any = pynigiri
        source = pynigiri.TimetableSource("x", str(folder))
        config = pynigiri.LoaderConfig()
        config.link_stop_distance = 0
        config.default_tz = "Etc/UTC"
        source.loader_config = config
        options = pynigiri.FinalizeOptions()
        options.adjust_footpaths = False
        options.max_footpath_length = 16  # exclusive: up to 15 minutes
        options.merge_dupes_intra_src = options.merge_dupes_inter_src = False
        last = day + dt.timedelta(days=3)  # journeys may end on the days after
        self._timetable: Any = pynigiri.load_timetable([source], day.isoformat(), last.isoformat(), options)

    def prepare(self, query: Query) -> Any:
        """The same question in the peer's terms: stops at both ends, walking from them, whole minutes."""
        asked = self._ng.Query()
        minute = query.time_s // 60
        # Its windows end before their end.
        asked.start_time = (minute, minute + query.window_s // 60 + 1) if query.window_s else minute
        start, end = (
            (query.destinations, query.origins) if query.arrive_by else (query.origins, query.destinations)
        )
        asked.start = [self._ng.Offset(self._timetable.find_location(str(o.stop)), 0, 0) for o in start]
        asked.destination = [self._ng.Offset(self._timetable.find_location(str(o.stop)), 0, 0) for o in end]
        asked.use_start_footpaths = True
        asked.max_transfers = query.max_transfers
        asked.max_travel_time = query.max_travel_time_s // 60
        return asked

    def route(self, asked: Any) -> Any:
        return self._ng.route(self._timetable, asked)

    def pareto(self, journeys: Any, query: Query) -> set[tuple[int, int, int]]:
        """As `measure.pareto`: (departure, arrival, transfers); 0 for what the question does not optimise."""
        return {
            (
                _seconds(journey.start_time) if query.window_s else 0,
                _seconds(journey.dest_time),
                int(journey.transfers),
            )
            for journey in journeys
            if len(journey.legs) > 0
        }


def _seconds(moment: Any) -> int:
    return int(moment) * 60
