"""Which names have which words: a sorted vocabulary with postings, and whole names for prefixes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from mobility.journeys.places.normalise import ABBREVIATIONS, list_indexed_words, list_squeezed

EXACT, SPELLED, PREFIX, ONE_TYPO, TWO_TYPOS = 1.0, 0.95, 0.8, 0.6, 0.45
"""How well a word of the text is matched by a word of a name. The beginning of a word is as good as the whole for the
last word of a text, which may still be being typed: else a name would be lost on the way to it."""

_AFTER_LAST = "\U0010ffff"


class NameIndex(NamedTuple):
    """`N` names, `W` different words."""

    vocabulary: list[str]  # [W] sorted
    letters: NDArray[np.uint64]  # [W] which letters a word has: a bit each
    first_letters: NDArray[np.uint64]  # [W] the same of its first two letters
    initial: NDArray[np.uint64]  # [W] the same of its first letter
    posting_first: NDArray[np.int32]  # [W+1] into posting
    posting: NDArray[np.int32]  # names, by word
    whole: list[str]  # names without blanks, sorted
    whole_name: NDArray[np.int32]  # their names
    length: NDArray[np.float32]  # [N] letters
    first_word: NDArray[np.int32]  # [N] in the vocabulary; -1 of a name without words

    @staticmethod
    def build(names: Sequence[list[str]]) -> NameIndex:
        """Index names, each given as its words."""
        numbers: dict[str, int] = {}
        words: list[int] = []
        counts: list[int] = []
        wholes: list[tuple[str, int]] = []
        for name, own in enumerate(names):
            indexed = list_indexed_words(own)
            counts.append(len(indexed))
            words += [numbers.setdefault(word, len(numbers)) for word in indexed]
            wholes += [(squeezed, name) for squeezed in list_squeezed(own)]
        vocabulary = sorted(numbers)
        rank = np.empty(len(numbers) + 1, np.int32)
        rank[[numbers[word] for word in vocabulary]] = np.arange(len(vocabulary), dtype=np.int32)
        rank[-1] = -1
        word_of = rank[np.array(words, np.int64)]
        name_of = np.repeat(np.arange(len(names), dtype=np.int32), counts)
        length = np.zeros(len(names), np.float32)
        length[[name for _, name in wholes]] = [len(squeezed) for squeezed, _ in wholes]
        first_word = np.full(len(names), -1, np.int32)
        first_word[name_of[::-1]] = word_of[::-1]
        wholes.sort()
        return NameIndex(
            vocabulary=vocabulary,
            letters=_letters(vocabulary),
            first_letters=_letters([word[:2] for word in vocabulary]),
            initial=_letters([word[:1] for word in vocabulary]),
            posting_first=np.concatenate(
                ([0], np.cumsum(np.bincount(word_of, minlength=len(vocabulary))))
            ).astype(np.int32),
            posting=name_of[np.argsort(word_of, kind="stable")],
            whole=[squeezed for squeezed, _ in wholes],
            whole_name=np.array([name for _, name in wholes], np.int32),
            length=length,
            first_word=first_word,
        )

    def prefixed(self, prefix: str) -> tuple[int, int]:
        """The words that begin so: a range of the vocabulary."""
        return bisect_left(self.vocabulary, prefix), bisect_left(self.vocabulary, prefix + _AFTER_LAST)

    def names_of(self, first: int, last: int) -> NDArray[np.int32]:
        """The names with a word of this range of the vocabulary; one that has several comes several times."""
        return self.posting[self.posting_first[first] : self.posting_first[last]]

    def names_beginning(self, squeezed: str) -> NDArray[np.int32]:
        """The names that begin so when blanks are ignored."""
        first = bisect_left(self.whole, squeezed)
        return self.whole_name[first : bisect_left(self.whole, squeezed + _AFTER_LAST)]

    def names_called(self, squeezed: str) -> NDArray[np.int32]:
        """The names that are this when blanks are ignored."""
        first = bisect_left(self.whole, squeezed)
        return self.whole_name[first : bisect_right(self.whole, squeezed)]

    def score_word(self, word: str, *, is_last: bool, typos: bool) -> NDArray[np.float32]:
        """[N] how well each name matches one word of a text; 0: not at all."""
        score = np.zeros(len(self.length), np.float32)
        if typos:
            for other, quality in sorted(self._misspelled(word), key=lambda found: found[1]):
                score[self.names_of(other, other + 1)] = quality
        first, last = self.prefixed(word)
        score[self.names_of(first, last)] = EXACT if is_last else PREFIX
        for spelled in ABBREVIATIONS.get(word, ()):
            self._score_exact(score, spelled, SPELLED)
        self._score_exact(score, word, EXACT)
        return score

    def _score_exact(self, score: NDArray[np.float32], word: str, quality: float) -> None:
        place = bisect_left(self.vocabulary, word)
        if place < len(self.vocabulary) and self.vocabulary[place] == word:
            score[self.names_of(place, place + 1)] = quality

    def _misspelled(self, word: str) -> Iterator[tuple[int, float]]:
        """Words of which `word` may be a misspelling, or the misspelled beginning, with their quality."""
        allowed = typos_allowed(word)
        if not allowed:
            return
        likely = np.bitwise_count(_letters([word])[0] & ~self.letters) <= allowed
        # One of the first two letters is right, the very first in a short word: else too many words are near.
        trusted = 1 if len(word) < 6 else 2
        likely &= (
            _letters([word[:trusted]])[0] & (self.first_letters if trusted == 2 else self.initial)
        ) != 0
        for place in np.flatnonzero(likely).tolist():
            typos = count_typos(word, self.vocabulary[place], allowed)
            if 0 < typos <= allowed:
                yield place, (ONE_TYPO, TWO_TYPOS)[typos - 1]


def typos_allowed(word: str) -> int:
    """How many letters of a word may be wrong: none below 4 letters or in numbers, one below 8, else two."""
    if len(word) < 4 or not word.isalpha():
        return 0
    return 1 if len(word) < 8 else 2


def count_typos(typed: str, word: str, allowed: int) -> int:
    """Letters too many, too few, wrong or swapped between what was typed and the word or a beginning of it;
    `allowed + 1` when more than allowed (optimal string alignment distance)."""
    least = allowed + 1
    for length in range(max(1, len(typed) - allowed), min(len(word), len(typed) + allowed) + 1):
        least = min(least, OSA.distance(typed, word[:length], score_cutoff=allowed))
    return least


def _letters(words: list[str]) -> NDArray[np.uint64]:
    """For each word the set of its letters; characters share the 64 bits by their code."""
    if not words:
        return np.empty(0, np.uint64)
    codes = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    lengths = np.array([len(word) for word in words])
    first = np.concatenate(([0], np.cumsum(lengths)[:-1]))
    return np.bitwise_or.reduceat(np.uint64(1) << (codes % 64).astype(np.uint64), first)
