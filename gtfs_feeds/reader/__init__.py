"""Reading a published feed, whatever state it is in: `read_feed` is the way in."""

from gtfs_feeds.reader.archive import ArchiveLimits
from gtfs_feeds.reader.feed import read_feed

__all__ = ["ArchiveLimits", "read_feed"]
