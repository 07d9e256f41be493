"""Open a published snapshot, ready to answer."""

from __future__ import annotations

from gtfs_feeds.network import Network
from mobility.acts.open_planner import open_planner
from mobility.acts.ports import FeedPorts
from mobility.journeys.places import Places
from mobility.journeys.serving import Serving


def open_snapshot(ports: FeedPorts, snapshot: str) -> Serving:
    """Map a snapshot's network and make its first days ready.

    The caller holds the snapshot's folder as long as the answer is used (see ports.NetworkFolders.hold).
    """
    folder = ports.folders.snapshot_folder(snapshot)
    network = Network.open(folder)
    planner = open_planner(network, folder, ports.now(), ports.warm_up_days)
    with ports.unit_of_work(read_only=True) as work:
        places = work.places.list_places()
    return Serving(snapshot, network, planner, Places(network, places))
