"""Arrays in folders: written once, mapped by many."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from routing import snapshot
from routing.snapshot import map_arrays, write_arrays


class Pair(NamedTuple):
    """Two arrays, one of them empty."""

    some: np.ndarray[Any, Any]
    none: np.ndarray[Any, Any]


def test_arrays_come_back_read_only(tmp_path: Path) -> None:
    write_arrays(Pair(np.arange(5), np.empty((0, 2))), tmp_path)
    mapped = map_arrays(Pair, tmp_path)
    assert mapped.some.tolist() == [0, 1, 2, 3, 4]
    assert mapped.none.shape == (0, 2)
    assert not any(array.flags.writeable for array in mapped)


def test_threads_read_headers_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_arrays(Pair(np.arange(5), np.empty(0)), tmp_path)
    inside, met, load = threading.Semaphore(1), [], np.load

    def watched(*arguments: Any, **more: Any) -> Any:
        met.append(inside.acquire(blocking=False))
        threading.Event().wait(0.02)  # time for another thread to come in
        inside.release()
        return load(*arguments, **more)

    monkeypatch.setattr(snapshot.np, "load", watched)
    threads = [threading.Thread(target=map_arrays, args=(Pair, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [True] * 8
