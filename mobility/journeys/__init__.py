"""Journeys: what is asked in a traveller's words becomes a query, what the router answers becomes an itinerary."""
