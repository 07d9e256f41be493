"""Places by name and by nearness: stops, stations, communes, found as people type them and as they stand."""

from mobility.journeys.places.match import Match, MatchArea
from mobility.journeys.places.places import Places
from mobility.journeys.places.resolve import Ambiguous, Resolved, Unknown, parse_coordinates
from mobility.journeys.places.search import Bias

__all__ = ["Ambiguous", "Bias", "Match", "MatchArea", "Places", "Resolved", "Unknown", "parse_coordinates"]
