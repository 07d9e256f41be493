"""GTFS-Flex in and out: on-demand services of a feed, and feeds of on-demand services."""
