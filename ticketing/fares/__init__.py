"""What feeds say a journey costs: GTFS-Fares v2 and v1, with the exact semantics of the standard."""
