"""A planner on a network's files, with the first days ready."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from gtfs_feeds.network import Network
from routing.planner import Planner

PLANNER_FOLDER = "days"
"""Where in a snapshot's folder the planner keeps the service days it compiled, shared between processes."""


def open_planner(network: Network, folder: Path, now: dt.datetime, warm_up_days: int) -> Planner:
    """The planner of the network in `folder`, with this many service days, from the one of `now` on, made ready."""
    planner = Planner(network.timetable, network.info, folder / PLANNER_FOLDER)
    today = now.astimezone(ZoneInfo(network.info.zones[0])).date()
    planner.warm_up([today + dt.timedelta(days) for days in range(warm_up_days)])
    return planner
