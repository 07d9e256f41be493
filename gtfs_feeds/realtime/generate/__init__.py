"""Consistent real time for any network, from a seed: for tests, measurements and the demo. It is invented, and says so.

Every run's story (how late it gets, where it catches up, whether it is cancelled, ...) is drawn from the seed, the run
and the service day alone, so that messages of successive instants tell the same stories.
"""

from __future__ import annotations

from gtfs_feeds.realtime.generate.message import generate_message
from gtfs_feeds.realtime.generate.stories import Happenings

__all__ = ["Happenings", "generate_message"]
