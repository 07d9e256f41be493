"""Carpool lines: what is offered, who rides along, and what proves that a trip was made. Knows no web, no database."""
