"""OpenStreetMap files as tables of ways, with pyosmium."""

from __future__ import annotations


class BrokenExtractError(ValueError):
    """The file is no readable OSM extract; the message names it and says what to do."""
