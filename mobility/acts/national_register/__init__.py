"""Journeys of proven trips are told to the national register of proof (Registre de preuve de covoiturage, API v3.3)."""
