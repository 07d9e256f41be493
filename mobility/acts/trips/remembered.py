"""What was found is reused while what it was found in is there: by network or streets, gone with them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Found = TypeVar("Found")

REMEMBERED_MAX = 10_000
"""Of one owner; the one not asked for longest goes first."""


class Remembered(Generic[Found]):
    """Answers by owner (an object that can be referred to weakly) and key. Any thread may ask."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[object, OrderedDict[Hashable, Found]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def get(self, owner: object, key: Hashable, find: Callable[[], Found]) -> Found:
        """The answer for a key, found at the first time."""
        with self._lock:
            known = self._of.setdefault(owner, OrderedDict())
            if key in known:
                known.move_to_end(key)
                return known[key]
        found = find()
        with self._lock:
            known[key] = found
            if len(known) > REMEMBERED_MAX:
                known.popitem(last=False)
        return found
