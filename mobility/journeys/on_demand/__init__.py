"""Demand-responsive transport as a traveller sees it: legs that the live fleet can serve."""
