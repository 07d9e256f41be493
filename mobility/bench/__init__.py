"""Measurements beside a peer: agreement first, then speed, both engines in turn in one run."""
