"""Feeds in and out: read GTFS, check it, compile it into the router's timetable, write it."""
