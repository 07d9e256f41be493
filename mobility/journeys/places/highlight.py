"""Which characters of a name a text matches."""

from __future__ import annotations

from mobility.journeys.places.name_index import count_typos, typos_allowed
from mobility.journeys.places.normalise import ABBREVIATIONS, list_spans, list_words


def list_tokens(name: str, text: str) -> tuple[tuple[int, int], ...]:
    """Ranges of `name` (first character, length) that words of `text` match: in order, never overlapping."""
    spans = list_spans(name)
    ends: dict[int, int] = {}
    for typed in list_words(text):
        best = max(
            ((_matched_letters(typed, word), place) for place, (word, _, _) in enumerate(spans)),
            key=lambda found: (found[0], -found[1]),
            default=(0, 0),
        )
        if best[0]:
            word, first, last = spans[best[1]]
            end = last if best[0] >= len(word) else min(first + best[0], last)
            ends[first] = max(end, ends.get(first, 0))
    if not ends and spans:
        ends = _squeezed(spans, "".join(list_words(text)))
    tokens: list[tuple[int, int]] = []
    for first, end in sorted(ends.items()):
        if not tokens or first >= sum(tokens[-1]):
            tokens.append((first, end - first))
    return tuple(tokens)


def _matched_letters(typed: str, word: str) -> int:
    """How many letters of `word` the typed one matches, from its beginning."""
    if word.startswith(typed):
        return len(typed)
    if word in ABBREVIATIONS.get(typed, ()) or typed in ABBREVIATIONS.get(word, ()):
        return len(word)
    allowed = typos_allowed(typed)
    return min(len(word), len(typed)) if allowed and count_typos(typed, word, allowed) <= allowed else 0


def _squeezed(spans: list[tuple[str, int, int]], typed: str) -> dict[int, int]:
    """The words a text without their blanks runs through."""
    ends: dict[int, int] = {}
    for word, first, last in spans:
        if typed.startswith(word):
            ends[first], typed = last, typed[len(word) :]
        elif typed and word.startswith(typed):
            return ends | {first: first + len(typed)}
        else:
            break
    return ends
