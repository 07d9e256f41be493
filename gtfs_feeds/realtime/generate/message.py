"""A whole message of invented real time."""

from __future__ import annotations

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from gtfs_feeds.catalogue import text
from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.generate.alerts import add_alerts
from gtfs_feeds.realtime.generate.stories import Happenings, list_stories
from gtfs_feeds.realtime.generate.trip_updates import add_trip_updates
from gtfs_feeds.realtime.generate.vehicles import add_vehicle


def generate_message(
    network: Network,
    now_s: int,
    *,
    seed: int = 0,
    feed_id: str | None = None,
    happenings: Happenings | None = None,
    trip_updates: bool = True,
    vehicles: bool = True,
    alerts: bool = True,
    runs_max: int | None = None,
) -> bytes:
    """A FULL_DATASET FeedMessage, as of `now_s`, about one feed of the network (None: the only one).

    It speaks of the runs that are under way or leave within two hours, so its size is that of real ones; of `runs_max`
    of them at most. Identifiers are the feed's own. Raises ValueError when the network has several feeds and none is
    named, KeyError when it has not the one named.
    """
    index = FeedIndex(network, feed_id if feed_id is not None else _only_feed(network))
    message = gtfs_rt.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = gtfs_rt.FeedHeader.FULL_DATASET
    message.header.timestamp = now_s
    for story in list_stories(network, index, now_s, seed, happenings or Happenings(), runs_max):
        if trip_updates:
            add_trip_updates(message, network, index, story, now_s)
        if vehicles:
            add_vehicle(message, network, index, story, now_s)
    if alerts:
        add_alerts(message, network, index, now_s, seed)
    data: bytes = message.SerializeToString()
    return data


def _only_feed(network: Network) -> str:
    feeds = [text(network.catalogue, index) for index in network.catalogue.feed_id_text]
    if len(feeds) != 1:
        raise ValueError(f"The network has several feeds: name one of {', '.join(feeds)}.")
    return feeds[0]
