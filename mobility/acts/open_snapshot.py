"""Open a published snapshot, ready to answer."""

from __future__ import annotations

from gtfs_feeds.network import Network
from mobility.acts.link_streets import open_streets
from mobility.acts.open_planner import open_planner
from mobility.acts.ports import FeedPorts
from mobility.journeys.map_streets import MapStreets
from mobility.journeys.on_demand.published import publish_services
from mobility.journeys.places import Places
from mobility.journeys.public_holidays import is_holiday
from mobility.journeys.serving import Serving
from mobility.journeys.street_times import CrowFlyStreets, StreetTimes


def open_snapshot(ports: FeedPorts, snapshot: str) -> Serving:
    """Map a snapshot's network and streets and make its first days ready.

    The caller holds the snapshot's folder as long as the answer is used (see ports.NetworkFolders.hold).
    """
    folder = ports.folders.snapshot_folder(snapshot)
    network = Network.open(folder)
    planner = open_planner(network, folder, ports.now(), ports.warm_up_days)
    with ports.unit_of_work(read_only=True) as work:
        places = Places(network, work.places.list_places())
    times: StreetTimes = CrowFlyStreets(places)
    streets = open_streets(network, folder)
    if streets is not None:
        streets.warm_up()
        times = MapStreets(streets, CrowFlyStreets(places))
    serving = Serving(snapshot, network, planner, places, times)
    published = publish_services(serving.view, is_holiday)
    return serving if published is None else serving.with_on_demand(published, {})
