"""What a search finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchArea:
    """Where a match is, for people. `is_commune`: a town or village; else what the town is in."""

    name: str
    is_commune: bool
    matched: bool
    """Whether the text names it."""


@dataclass(frozen=True, slots=True)
class Match:
    """One thing a text may mean. `kind`: 'stop', 'commune', 'locality' or 'poi'."""

    kind: str
    id: str
    """A stop's merged identifier, or a place's."""
    name: str
    lat: float
    lon: float
    """Where to go: of a commune with a station, the station; degrees WGS84."""
    score: float
    importance: float
    """0 to 1, from traffic or population."""
    stop: int | None = None
    """The stop to go to: the match itself, or a commune's main station; None where there is none."""
    modes: int = 0
    """Bit set of `routing.timetable.Mode`, of a stop."""
    tokens: tuple[tuple[int, int], ...] = ()
    """What of the name the text matches: (first character, length)."""
    areas: tuple[MatchArea, ...] = ()
    zone: str = ""
    """IANA name of the time zone, "" when unknown."""
    country: str = ""
    level: float | None = None
