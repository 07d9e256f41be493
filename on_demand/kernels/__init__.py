"""Arrays in, caller-allocated arrays out: numpy, numba and math only.

numba keeps compiled code by the age of one file and does not see that a function it calls in another file has changed.
So the code is kept in a folder named after all kernels' text: below NUMBA_CACHE_DIR if set, else beside the kernels.
All are imported here, while numba keeps code there; others' kernels are kept where they were.
"""

import hashlib
import os
from importlib import import_module
from pathlib import Path

import numba

_HERE = Path(__file__).parent
_FILES = sorted(_HERE.glob("*.py"))
_TEXT = hashlib.sha256(b"".join(file.read_bytes() for file in _FILES)).hexdigest()[:16]
_BASE = os.environ.get("NUMBA_CACHE_DIR") or _HERE / "__pycache__"
_BEFORE = getattr(numba.config, "CACHE_DIR")  # noqa: B009 - numba makes its settings at run time


def _keep_in(folder: str) -> None:
    setattr(numba.config, "CACHE_DIR", folder)  # noqa: B010 - numba makes its settings at run time


_keep_in(str(Path(_BASE) / f"kernels-{_TEXT}"))
for _file in _FILES:
    if _file.stem != "__init__":
        import_module(f"{__name__}.{_file.stem}")
_keep_in(_BEFORE)
