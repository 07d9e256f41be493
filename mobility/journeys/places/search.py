"""Which entries a text may mean, and in which order: each word of it is looked up, the rest is arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobility.journeys.places.gazetteer import AREA, STOP, Gazetteer
from mobility.journeys.places.normalise import GENERIC, KINDS_OF_PLACES, list_squeezed, list_words
from mobility.journeys.places.stop_groups import RAIL

_LONGEST_TEXT = 200
_MOST_WORDS = 12

_OF_ITS_AREA = 0.5
_WHOLE_BEGINNING = 0.9
_GENERIC_WEIGHT = 0.15
_ENOUGH_EXPLAINED = 0.4
_ENOUGH_FOUND = 5

_IMPORTANCE, _COVERAGE, _FIRST_WORD, _WHOLE_NAME, _KIND_NAMED = 0.45, 0.15, 0.1, 0.2, 0.15
_RAIL_ASKED, _NEARNESS = 0.25, 0.3
_NEAR_DEGREES = 0.1

_RAIL_WORDS = frozenset(("gare", "train", "sncf", "station"))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries may be found; None: all."""

    kinds: frozenset[int] | None = None
    modes: int | None = None
    """Bit set of `Mode`: only stops that one of these calls at."""
    box: tuple[float, float, float, float] | None = None
    """South, west, north, east in degrees, edges included."""


@dataclass(frozen=True, slots=True)
class Bias:
    """A point that results near to it are preferred by; `weight` 1 is usual, 0 is none."""

    lat: float
    lon: float
    weight: float = 1.0


def search_entries(
    gazetteer: Gazetteer, text: str, limit: int, only: Filter, bias: Bias | None
) -> list[tuple[int, float]]:
    """The entries that match a text best: (entry, score), best first. Higher scores are better; 1 is good.

    Words may be incomplete. Misspelled ones are tried when few entries match without, and entries that match
    only a part of the words when none matches all.
    """
    words = list_words(text[:_LONGEST_TEXT])[:_MOST_WORDS]
    if not words or limit <= 0:
        return []
    allowed = _allowed(gazetteer, only)
    beginning = _beginning(gazetteer, words)
    telling = np.array([word not in GENERIC for word in words])
    if not telling.any():
        telling[:] = True
    for typos in (False, True):
        matched = np.stack(
            [
                _match_word(gazetteer, word, is_last=place == len(words) - 1, typos=typos)
                for place, word in enumerate(words)
            ]
        )
        full = (matched[telling] > 0).all(axis=0)
        full[beginning] = True
        found = np.flatnonzero(full & allowed)
        if len(found) >= min(limit, _ENOUGH_FOUND):
            break
    lengths = np.array([len(word) for word in words])
    weights = np.maximum(lengths, 2) * np.where(telling, 1, _GENERIC_WEIGHT)
    explained = np.asarray(weights @ matched / weights.sum())
    explained[beginning] = np.maximum(explained[beginning], _WHOLE_BEGINNING)
    if not len(found):
        found = np.flatnonzero((explained >= _ENOUGH_EXPLAINED) & allowed)
    said = np.where(np.isin(found, beginning), lengths.sum(), lengths @ (matched[:, found] > _OF_ITS_AREA))
    score = explained[found] + _merits(gazetteer, found, words, said)
    score += _WHOLE_NAME * np.isin(found, _whole(gazetteer, words))
    kinds = np.array([word in KINDS_OF_PLACES for word in words])
    score += _KIND_NAMED * (matched[:, found][kinds] > _OF_ITS_AREA).any(axis=0)
    if bias is not None:
        score += bias.weight * _NEARNESS * _nearness(gazetteer, found, bias)
    if len(found) > limit:
        best = np.argpartition(-score, limit - 1)[:limit]
        found, score = found[best], score[best]
    order = np.lexsort((found, -score))
    return list(zip(found[order].tolist(), score[order].tolist(), strict=True))


def _match_word(gazetteer: Gazetteer, word: str, *, is_last: bool, typos: bool) -> NDArray[np.float32]:
    """[E] how well one word matches each entry: its name, in any language, or less so the area it is in."""
    score = gazetteer.texts.score_word(word, is_last=is_last, typos=typos)
    count = len(gazetteer.kind)
    if len(score) > count:
        np.maximum.at(score, gazetteer.translated, score[count:])
        score = score[:count]
    around = np.where(gazetteer.within >= 0, score[gazetteer.within], 0)
    around = np.maximum(around, np.where(gazetteer.within >= 0, around[gazetteer.within], 0))
    return np.maximum(score, _OF_ITS_AREA * around)


def _beginning(gazetteer: Gazetteer, words: list[str]) -> NDArray[np.int32]:
    """Entries whose name begins with the whole text, wherever its blanks are."""
    found = np.concatenate([gazetteer.texts.names_beginning(squeezed) for squeezed in list_squeezed(words)])
    return found[found < len(gazetteer.kind)]


def _whole(gazetteer: Gazetteer, words: list[str]) -> NDArray[np.int32]:
    """Entries whose name is the whole text, wherever its blanks are."""
    return np.concatenate([gazetteer.texts.names_called(squeezed) for squeezed in list_squeezed(words)])


def _allowed(gazetteer: Gazetteer, only: Filter) -> NDArray[np.bool_]:
    allowed: NDArray[np.bool_] = np.not_equal(gazetteer.kind, AREA)
    if only.kinds is not None:
        allowed &= np.isin(gazetteer.kind, list(only.kinds))
    if only.modes is not None:
        allowed &= (gazetteer.kind != STOP) | ((gazetteer.modes & only.modes) != 0)
    if only.box is not None:
        south, west, north, east = only.box
        allowed &= (gazetteer.lat >= south) & (gazetteer.lat <= north)
        allowed &= (gazetteer.lon >= west) & (gazetteer.lon <= east)
    return allowed


def _merits(
    gazetteer: Gazetteer, found: NDArray[np.int64], words: list[str], said: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What speaks for an entry beside how well words match: traffic or people, that little of its name is
    left unsaid, that the text begins as it does, and that it is a railway station where one is asked for."""
    texts = gazetteer.texts
    begins = np.zeros(len(found), np.bool_)
    for word in words:
        first, last = texts.prefixed(word)
        begins |= (texts.first_word[found] >= first) & (texts.first_word[found] < last)
        if word not in GENERIC:
            break
    merits = _IMPORTANCE * gazetteer.importance[found].astype(np.float64)
    merits += _COVERAGE * np.minimum(said / np.maximum(texts.length[found], 1), 1)
    merits += _FIRST_WORD * begins
    if not _RAIL_WORDS.isdisjoint(words):
        merits += _RAIL_ASKED * ((gazetteer.modes[found] & RAIL) != 0)
    return merits


def _nearness(gazetteer: Gazetteer, found: NDArray[np.int64], bias: Bias) -> NDArray[np.float64]:
    """1 at the point, a half 11 km away."""
    aside = (gazetteer.lon[found] - bias.lon) * np.cos(np.radians(bias.lat))
    apart = np.hypot(aside, gazetteer.lat[found] - bias.lat)
    return np.asarray(np.nan_to_num(1 / (1 + apart / _NEAR_DEGREES)))
