"""Loops over a message and a network: numba only, arrays in, caller-allocated arrays out (house rules)."""
