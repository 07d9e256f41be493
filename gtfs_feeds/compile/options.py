"""What may be chosen when feeds are compiled and merged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """`walk_m_max`: stops at most so far apart as the crow flies are linked on foot, unless transfers.txt forbids."""

    walk_m_max: float = 400.0
