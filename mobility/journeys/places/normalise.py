"""Names as people type them: without accents, case, hyphens or apostrophes, with the usual abbreviations."""

from __future__ import annotations

import unicodedata

KINDS_OF_PLACES = frozenset(("gare", "sncf", "arret", "station", "halte", "bus", "train", "stop", "ville"))
"""Words that say what a place is: its name need not have them, but may."""

GENERIC = KINDS_OF_PLACES | frozenset(
    ("l", "d", "le", "la", "les", "de", "du", "des", "a", "au", "aux", "en", "et", "the", "of")
)
"""Words that say little about which place is meant: a name need not have them."""

ABBREVIATIONS: dict[str, tuple[str, ...]] = {
    "av": ("avenue",),
    "bd": ("boulevard",),
    "bld": ("boulevard",),
    "blvd": ("boulevard",),
    "dr": ("docteur",),
    "fbg": ("faubourg",),
    "fg": ("faubourg",),
    "gal": ("general",),
    "gd": ("grand",),
    "gde": ("grande",),
    "mal": ("marechal",),
    "mt": ("mont",),
    "pt": ("pont", "petit"),
    "pte": ("porte", "petite"),
    "rte": ("route",),
    "s": ("sur", "sous"),
    "st": ("saint",),
    "ste": ("sainte",),
    "stes": ("saintes",),
    "sts": ("saints",),
}

_ABBREVIATED = frozenset(ABBREVIATIONS)
_SHORT = max(map(len, ABBREVIATIONS))

# Letters that Unicode does not take apart into a letter and an accent.
_WHOLE = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ŋ": "n"}
_CACHED_BELOW = 0x3000


class _Folding(dict[int, str]):
    """What a character becomes, for `str.translate`; characters of most scripts are worked out once."""

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
        if code < _CACHED_BELOW:
            self[code] = folded
        return folded


def fold_character(character: str) -> str:
    """A character as the index knows it: lower case letters and digits, "" for an accent, else a blank."""
    folded = ""
    for part in unicodedata.normalize("NFKD", character.casefold()):
        part = _WHOLE.get(part, part)
        if part.isalnum():
            folded += part
        elif not unicodedata.category(part).startswith("M"):
            folded += " "
    return folded.casefold()


_FOLDING = _Folding()


def list_words(text: str) -> list[str]:
    """The words of a text: "Chalon-s/-Saône" is chalon, s, saone."""
    return text.translate(_FOLDING).split()


def list_spans(text: str) -> list[tuple[str, int, int]]:
    """The words of a text and where in it they stand: (word, first character, character after the last)."""
    folded, origin = "", []
    for place, character in enumerate(text):
        piece = _FOLDING[ord(character)]
        folded += piece
        origin += [place] * len(piece)
    spans, first = [], 0
    for word in folded.split():
        first = folded.index(word, first)
        last = first + len(word)
        spans.append((word, origin[first], origin[last - 1] + 1))
        first = last
    return spans


def list_indexed_words(words: list[str]) -> list[str]:
    """The words under which a name is found: its own, what its abbreviations stand for, and elisions joined
    to what follows ("l'isle" is l, isle and lisle)."""
    if not any(map(_SHORT.__ge__, map(len, words))):
        return words
    indexed = list(words)
    for place, word in enumerate(words):
        if word in ABBREVIATIONS:
            indexed += ABBREVIATIONS[word]
        if len(word) == 1 and word.isalpha() and place + 1 < len(words):
            indexed.append(word + words[place + 1])
    return indexed


def list_squeezed(words: list[str]) -> list[str]:
    """The words run together, as typed and with abbreviations spelled out: what prefixes of whole names are
    compared by, so that blanks and hyphens in the wrong place do no harm."""
    plain = "".join(words)
    if _ABBREVIATED.isdisjoint(words):
        return [plain]
    return [plain, "".join(ABBREVIATIONS[word][0] if word in ABBREVIATIONS else word for word in words)]


def squeeze_key(words: list[str]) -> str:
    """The telling words, spelled out and run together: equal for two ways of writing one name."""
    telling = [word for word in words if word not in GENERIC] or words
    return "".join(ABBREVIATIONS[word][0] if word in ABBREVIATIONS else word for word in telling)
