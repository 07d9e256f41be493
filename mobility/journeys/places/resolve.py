"""What a traveller's word for a place stands for: one place, several to choose from, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from mobility.journeys.places.match import Match
from mobility.journeys.places.name_index import typos_allowed
from mobility.journeys.places.normalise import list_squeezed, list_words, squeeze_key
from mobility.journeys.places.stop_groups import flat_distance_m

_CLEARLY_BETTER = 0.2
_NEARLY_AS_GOOD = 0.3
_SURE_SCORE = 1.0
_UNLIKE = 3
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
    """The matches whose whole name was typed, else those of which only words like "gare" are missing, else those
    whose name was misspelled, else all."""
    ranked = [(_unlikeness(match, text), match) for match in matches]
    nearest = min((rank for rank, _ in ranked), default=_UNLIKE)
    meant = [match for rank, match in ranked if rank == nearest]
    if meant and all(match.stop is None for match in meant):
        # Far from every stop, while something served is called almost so: better ask.
        worst = meant[0].score - _NEARLY_AS_GOOD
        return [
            match for match in matches if match in meant or (match.stop is not None and match.score >= worst)
        ]
    return meant


def is_guess(match: Match, text: str) -> bool:
    """Whether a match has so little to do with the text that one must ask, even if there is no other."""
    return _unlikeness(match, text) == _UNLIKE and match.score < _SURE_SCORE


def _unlikeness(match: Match, text: str) -> int:
    """0: the whole name was typed; 1: but for words like "gare"; 2: misspelled; 3: neither."""
    words, name = list_words(text), list_words(match.name)
    if list_squeezed(name)[-1] == list_squeezed(words)[-1]:
        return 0
    key, typed = squeeze_key(name), squeeze_key(words)
    if key == typed:
        return 1
    allowed = typos_allowed(typed)
    unfinished = key.startswith(typed)
    return 2 if not unfinished and OSA.distance(key, typed, score_cutoff=allowed) <= allowed else _UNLIKE


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
