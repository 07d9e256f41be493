"""Our database and our files: they implement the ports the acts declare."""
