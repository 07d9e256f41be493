"""Named tuples of arrays as folders of `.npy` files: written once, mapped read-only, shared by every process."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

Arrays = TypeVar("Arrays", bound=tuple[Any, ...])
"""A NamedTuple class whose fields are all arrays."""

_HEADERS = threading.Lock()
"""Held while headers are read. numpy parses them with `ast`, and of two threads that do so at once CPython 3.11 may
break one off (SystemError: AST constructor recursion depth mismatch), when garbage is collected in between."""


def write_arrays(arrays: Any, folder: Path) -> None:
    """Write each field of a named tuple of arrays as `FIELD.npy` into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays._asdict().items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)


def map_arrays(kind: type[Arrays], folder: Path) -> Arrays:
    """Map the arrays of a `kind` from `folder`, read-only and without reading them.

    Empty arrays cannot be mapped and are made anew; all come back as plain read-only ndarrays, because the
    kernels are compiled for those.
    """
    fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    with _HEADERS:
        return kind(*(_map(folder / f"{name}.npy") for name in fields))


def read_only(arrays: Arrays) -> Arrays:
    """The same arrays in memory as the kernels expect them: contiguous and read-only."""
    return type(arrays)(*(_read_only(array) for array in arrays))


def _map(file: Path) -> np.ndarray[Any, Any]:
    with file.open("rb") as head:
        np.lib.format.read_magic(head)
        shape, _, _ = np.lib.format.read_array_header_1_0(head)
    if 0 in shape:
        return _read_only(np.load(file, allow_pickle=False))
    mapped: np.ndarray[Any, Any] = np.load(file, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return mapped


def _read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
