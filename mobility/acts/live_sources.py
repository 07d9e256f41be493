"""Say where the real time of a feed comes from, look that up, and stop it. Servers take notice by themselves."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.generate import generate_message
from gtfs_feeds.realtime.state import LiveFeed, receive
from mobility.acts.find_feed import get_feed
from mobility.acts.ports import FeedPorts
from mobility.acts.records import FeedVersion, LiveSource, LiveStatus
from routing.compile_overlay import compile_overlay
from routing.service_days import ServiceDays

INTERVAL_S = 20.0
"""Of an address, when nothing is said: publishers renew every 10 to 60 s."""

FILE_INTERVAL_S = 1.0
"""Of a file: a look at it costs nothing."""

INTERVAL_S_MIN, INTERVAL_S_MAX = 0.2, 3600.0

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


class LiveSourceError(Exception):
    """A source cannot be added or is not known; the message says why and what to do."""


def add_source(
    ports: FeedPorts, name: str, address: str, feed_id: str, interval_s: float | None = None
) -> LiveSource:
    """Remember a source, instead of the one of its name. Raises LiveSourceError and UnknownFeedError."""
    if not _NAME.fullmatch(name):
        raise LiveSourceError(
            f"{name!r} cannot name a source: small letters, digits and hyphens, at most 63 of them"
        )
    feed = get_feed(ports, feed_id)
    scheme = urlsplit(address).scheme
    is_address = scheme in ("http", "https")
    if is_address and not urlsplit(address).hostname:
        raise LiveSourceError(f"{address!r} names no host: https://HOST/PATH")
    if not is_address and "://" in address:
        raise LiveSourceError(f"{address!r} is neither a file nor an http(s) address: {scheme} is not read")
    if not is_address:
        path = Path(address).expanduser().resolve()
        if path.is_dir():
            raise LiveSourceError(f"{path} is a folder: name the file the messages are written to")
        address = str(path)
    if interval_s is None:
        interval_s = INTERVAL_S if is_address else FILE_INTERVAL_S
    if not INTERVAL_S_MIN <= interval_s <= INTERVAL_S_MAX:
        raise LiveSourceError(
            f"an interval of {interval_s:g} s cannot be kept: {INTERVAL_S_MIN:g} s to {INTERVAL_S_MAX:g} s"
        )
    if feed.active is not None:
        _warm_up(ports, feed.active)
    source = LiveSource(name, feed_id, address, interval_s, ports.now())
    with ports.unit_of_work() as work:
        work.live.put_source(source)
        work.commit()
    return source


def _warm_up(ports: FeedPorts, version: FeedVersion) -> None:
    """Compile what reads messages, once on a machine, so that no server's first message waits for it."""
    folder = ports.folders.version_folder(version.feed_id, version.version)
    with ports.folders.hold(folder):
        network, now_s = Network.open(folder), int(ports.now().timestamp())
        message = generate_message(network, now_s, vehicles=False, alerts=False, runs_max=2)
        index = FeedIndex(network, version.feed_id)
        said = receive(LiveFeed.empty(version.feed_id), index, message, now_s)
        days = ServiceDays(network.timetable, network.info, None)
        compile_overlay(network.timetable, network.info, days, said.changes, said.extras)


def list_sources(ports: FeedPorts) -> list[tuple[LiveSource, LiveStatus | None]]:
    """All sources by name, each with how it was when a server looked at it last; None: none did yet."""
    with ports.unit_of_work(read_only=True) as work:
        statuses = {status.source: status for status in work.live.list_statuses()}
        return [(source, statuses.get(source.name)) for source in work.live.list_sources()]


def remove_source(ports: FeedPorts, name: str) -> LiveSource:
    """Forget a source; servers stop showing what it said. Raises LiveSourceError."""
    with ports.unit_of_work() as work:
        source = work.live.find_source(name)
        if source is None:
            known = ", ".join(one.name for one in work.live.list_sources()) or "none yet"
            raise LiveSourceError(f"there is no source {name!r}; there is: {known}")
        work.live.remove_source(name)
        work.commit()
    return source
