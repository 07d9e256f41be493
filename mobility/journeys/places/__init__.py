"""Places by name and by nearness: stops, stations, communes, found as people type them and as they stand."""

from mobility.journeys.places.places import Places

__all__ = ["Places"]
