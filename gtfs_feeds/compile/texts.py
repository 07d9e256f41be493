"""The pool of texts a catalogue reads from, and the translations of texts people see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Translations = tuple[tuple[str, str], ...]
"""(language, translation), sorted."""


class TextPool:
    """Texts by index, each kept once; index 0 is the empty one."""

    def __init__(self) -> None:
        self._texts = [""]
        self._index = {"": 0}

    def add(self, text: str) -> int:
        """The index of `text`, new or known."""
        index = self._index.setdefault(text, len(self._texts))
        if index == len(self._texts):
            self._texts.append(text)
        return index

    def add_own(self, text: str) -> int:
        """A new index for `text`, shared with no other use of it."""
        self._texts.append(text)
        return len(self._texts) - 1

    def add_column(self, values: pd.Series[Any] | Sequence[str]) -> NDArray[np.int32]:
        """The index of each value of a column of texts."""
        codes, uniques = pd.factorize(pd.Series(values, dtype="str"))
        return np.fromiter((self.add(text) for text in uniques), np.int32, len(uniques))[codes]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """`text_first` and `text_bytes` as in the catalogue."""
        return pool_arrays(text.encode() for text in self._texts)


def pool_arrays(texts: Iterable[bytes]) -> dict[str, NDArray[Any]]:
    """`text_first` and `text_bytes` of a catalogue."""
    encoded = list(texts)
    first = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=first[1:])
    return {"text_first": first, "text_bytes": np.frombuffer(b"".join(encoded), np.uint8)}


class VisibleTexts:
    """Columns people read. A translated text (GTFS reference, translations.txt) gets an index of its own for each
    set of translations, so that one stop's translation never becomes another's of the same name."""

    def __init__(self, pool: TextPool, translations: pd.DataFrame) -> None:
        self._pool = pool
        self._rows: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
        names = (
            "table_name",
            "field_name",
            "record_id",
            "record_sub_id",
            "field_value",
            "language",
            "translation",
        )
        for table, field, *row in zip(*(translations[name].tolist() for name in names), strict=True):
            self._rows[table, field].append(tuple(row))
        self._own: dict[tuple[str, Translations], int] = {}

    def column(
        self,
        table: pd.DataFrame,
        table_name: str,
        field_name: str,
        record_id: str = "",
        record_sub_id: str = "",
    ) -> NDArray[np.int32]:
        """Text indices of `table[field_name]`; `record_id`, `record_sub_id`: the columns translations refer to."""
        values = table[field_name]
        texts = self._pool.add_column(values)
        by_value: dict[str, dict[str, str]] = defaultdict(dict)
        by_record: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for record, sub_record, value, language, translation in self._rows.get((table_name, field_name), ()):
            if record:
                by_record[record, sub_record if record_sub_id else ""][language] = translation
            elif value or table_name == "feed_info":  # the only table whose one row needs no reference
                by_value[value or values.iloc[0]][language] = translation
        touched = values.isin(list(by_value))
        if record_id and by_record:
            touched |= table[record_id].isin([record for record, _ in by_record])
        for position in np.flatnonzero(touched.to_numpy()):
            text = values.iloc[position]
            row_id = (
                str(table[record_id].iloc[position]) if record_id else "",
                str(table[record_sub_id].iloc[position]) if record_sub_id else "",
            )
            found = by_value.get(text, {}) | by_record.get(row_id, {})  # a record's own wins: GTFS reference
            if text and found:
                texts[position] = self._own_text(text, tuple(sorted(found.items())))
        return texts

    def _own_text(self, text: str, translations: Translations) -> int:
        key = (text, translations)
        if key not in self._own:
            self._own[key] = self._pool.add_own(text)
        return self._own[key]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """`translation_*` as in the catalogue. To be called before the pool's arrays: it adds texts to the pool."""
        rows = sorted(
            (text, self._pool.add(language), self._pool.add(translation))
            for (_, translations), text in self._own.items()
            for language, translation in translations
        )
        columns = np.array(rows, np.int32).reshape(-1, 3)
        return {
            "translation_text": columns[:, 0].copy(),
            "translation_lang_text": columns[:, 1].copy(),
            "translation_to_text": columns[:, 2].copy(),
        }
