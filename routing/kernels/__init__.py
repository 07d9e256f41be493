"""Compiled loops over arrays. They import numpy, numba and math only; each has a slow twin in tests/naive.

numba keeps compiled code by the age of one file and does not see that a function it calls in another file has changed.
So the code is kept in a folder named after all kernels' text: below NUMBA_CACHE_DIR if set, else beside the kernels.
"""

import hashlib
import os
from pathlib import Path

import numba

_HERE = Path(__file__).parent
_TEXT = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(_HERE.glob("*.py")))).hexdigest()[:16]
_BASE = os.environ.get("NUMBA_CACHE_DIR") or _HERE / "__pycache__"
setattr(numba.config, "CACHE_DIR", str(Path(_BASE) / f"kernels-{_TEXT}"))  # noqa: B010 - numba makes its settings at run time
