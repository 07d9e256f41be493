"""Open a published snapshot, ready to answer."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from gtfs_feeds.network import Network
from mobility.acts.ports import FeedPorts
from mobility.journeys.places import Places
from mobility.journeys.serving import Serving
from routing.planner import Planner

PLANNER_FOLDER = "days"
"""Where in a snapshot's folder the planner keeps the service days it compiled, shared between processes."""


def open_snapshot(ports: FeedPorts, snapshot: str, warm_up_days: int) -> Serving:
    """Map a snapshot's network and make this many days, from today on, ready.

    The caller holds the snapshot's folder as long as the answer is used (see ports.NetworkFolders.hold).
    """
    folder = ports.folders.snapshot_folder(snapshot)
    network = Network.open(folder)
    planner = Planner(network.timetable, network.info, folder / PLANNER_FOLDER)
    today = ports.now().astimezone(ZoneInfo(network.info.zones[0])).date()
    if warm_up_days:
        planner.warm_up([today + dt.timedelta(days) for days in range(warm_up_days)])
    with ports.unit_of_work(read_only=True) as work:
        places = work.places.list_places()
    return Serving(snapshot, network, planner, Places(network, places))
