"""Compiled loops over arrays. They import numpy, numba and math only; each has a slow twin in tests/naive."""
