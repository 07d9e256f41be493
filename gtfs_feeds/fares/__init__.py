"""Fares of feeds: GTFS-Fares v2 and v1, read with a finding for each odd row."""
