"""The checks: from raw tables to tables one can rely on. docs/findings.md lists what is noted, and what is done."""

from gtfs_feeds.checks.feed import check_feed

__all__ = ["check_feed"]
