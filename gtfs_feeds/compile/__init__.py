"""Compile a feed's checked tables into a network: the router's timetable and what people read about it."""

from __future__ import annotations

from gtfs_feeds.compile.feed import compile_feed
from gtfs_feeds.compile.options import CompileOptions

__all__ = ["CompileOptions", "compile_feed"]
