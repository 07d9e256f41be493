"""What a traveller's word for a place stands for: one place, several to choose from, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from mobility.journeys.places.match import Match
from mobility.journeys.places.name_index import typos_allowed
from mobility.journeys.places.normalise import list_words, squeeze_key
from mobility.journeys.places.stop_groups import flat_distance_m

_CLEARLY_BETTER = 0.2
_MOST_CHOICES = 6
_SAME_WITHIN_M = 3_000.0

_COORDINATES = re.compile(
    r"\s*(?P<lat>[+-]?\d{1,3}(?:\.\d+)?)\s*[,;]\s*(?P<lon>[+-]?\d{1,3}(?:\.\d+)?)\s*(?:,\s*[+-]?\d+(?:\.\d+)?\s*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """One place, at a point in degrees WGS84. A town's point is its station, for whoever walks to all stops around
    it; `stop` is only set where a stop itself is meant."""

    name: str
    lat: float
    lon: float
    stop: int | None
    word: str
    """How the journey API writes it: the stop's merged identifier, or `lat,lon`."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several places, best first."""

    choices: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is called so."""


def parse_coordinates(text: str) -> tuple[float, float] | None:
    """`lat,lon` in degrees, with MOTIS's optional `,level` ignored; None when it is something else or no
    point on Earth."""
    found = _COORDINATES.fullmatch(text)
    if found is None:
        return None
    lat, lon = float(found["lat"]), float(found["lon"])
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def list_meant(matches: list[Match], text: str) -> list[Match]:
    """The matches whose whole name was typed, else those whose whole name was misspelled, else all."""
    typed = squeeze_key(list_words(text))
    names = [squeeze_key(list_words(match.name)) for match in matches]
    exact = [match for match, name in zip(matches, names, strict=True) if name == typed]
    allowed = typos_allowed(typed)
    alike = [
        match
        for match, name in zip(matches, names, strict=True)
        if OSA.distance(typed, name, score_cutoff=allowed) <= allowed
    ]
    return exact or alike or matches


def choose(matches: list[Match]) -> list[Match]:
    """The one match that is meant, or those a person must choose from, best first.

    A town and its station are one place, and a match that is far better than the next is the one.
    """
    different: list[Match] = []
    for match in matches:
        if not any(_same_place(match, other) for other in different):
            different.append(match)
    if len(different) > 1 and different[0].score - different[1].score >= _CLEARLY_BETTER:
        return different[:1]
    return different[:_MOST_CHOICES]


def _same_place(one: Match, other: Match) -> bool:
    if one.stop is not None and one.stop == other.stop:
        return True
    named_alike = squeeze_key(list_words(one.name)) == squeeze_key(list_words(other.name))
    return named_alike and flat_distance_m(one.lat, one.lon, other.lat, other.lon) <= _SAME_WITHIN_M
