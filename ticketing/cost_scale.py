"""What a trip costs its driver, by the tax scale: the legal ceiling of what a driver may receive for it.

Code des transports, R.3132-1: costs may be reckoned by the scale of article 83, 3° of the code général des impôts, and
tolls come on top. R.3132-3: what an authority pays may not exceed them, less what passengers paid to the driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from ticketing.canonical_json import to_canonical
from ticketing.facts import TripFacts
from ticketing.policy_fields import REQUIRED, day, read_fields, text, whole
from ticketing.subsidy_policy import parse_document


@dataclass(frozen=True, slots=True)
class CostScale:
    """One version of the scale, in force from a day on (Europe/Paris) until the next begins; made by `read_scale`."""

    title: str
    valid_from: str
    """YYYY-MM-DD."""
    millieuros_per_km: int
    """370 is 0.370 € a kilometre."""
    hash: str
    """SHA-256 (hex) of the canonical form."""
    canonical: bytes

    def ceiling_cents(self, trip: TripFacts) -> int:
        """The most a driver may receive for a trip, rounded down: half a cent beyond the law is beyond it."""
        costs = trip.distance_m * self.millieuros_per_km // 10_000 + trip.tolls_cents
        return max(costs - sum(one.paid_to_driver_cents for one in trip.passengers), 0)


def read_scale(written: Any) -> CostScale:
    """A scale from plain data. Raises PolicyError, whose words name the field."""
    values = read_fields(written, "", _SCALE, dict.fromkeys(_SCALE, REQUIRED))
    canonical = to_canonical(values)
    return CostScale(**values, hash=sha256(canonical).hexdigest(), canonical=canonical)


def read_scale_text(content: str, is_json: bool = False) -> CostScale:
    """A scale from TOML or JSON. Raises PolicyError."""
    return read_scale(parse_document(content, is_json))


@cache
def default_scale() -> CostScale:
    """The lowest rate of 2025: `ticketing/scales/2025.toml`."""
    return read_scale_text((files("ticketing") / "scales" / "2025.toml").read_text(encoding="utf-8"))


def scale_in_force(scales: Sequence[CostScale], on_day: str) -> CostScale | None:
    """The last scale that has begun on a day (YYYY-MM-DD), of scales in the order of `valid_from`. None: none has."""
    begun = [scale for scale in scales if scale.valid_from <= on_day]
    return begun[-1] if begun else None


_SCALE = {"title": text, "valid_from": day, "millieuros_per_km": whole(1, 10_000, "thousandths of a euro")}
