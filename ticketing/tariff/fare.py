"""What a ride costs before reductions: always the same, by distance, by zones, or what the service itself asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MICRO = 1_000_000


class FareKind(StrEnum):
    """How a fare is found."""

    FLAT = "flat"
    BANDS = "bands"
    """By distance: A + B·km of the band the distance lies in."""
    ZONES = "zones"
    """By how many zones are touched."""
    ASKED = "asked"
    """What the service asks for (`FareLeg.fixed_cents`)."""


@dataclass(frozen=True, slots=True)
class Band:
    """From `from_km` on until the next band: `a` + `b` times the kilometres, in millionths of a euro."""

    from_km: int
    a_micro: int
    b_micro: int


@dataclass(frozen=True, slots=True)
class Fare:
    """One of the kinds; the fields of the others are empty."""

    kind: FareKind
    cents: int = 0
    """Flat."""
    bands: tuple[Band, ...] = ()
    step_cents: int = 1
    """Bands: up to a multiple of this, after rounding down to the cent."""
    minimum_cents: int = 0
    """Bands: at least that."""
    zone_cents: tuple[int, ...] = ()
    """Zones: for one, two, … zones; for more than there are, the last."""

    def distance_cents(self, distance_m: int) -> int:
        """By distance: kilometres begun count whole; down to the cent, up to the step, at least the minimum."""
        km = max(-(-distance_m // 1000), 1)
        band = self.bands[0]
        for one in self.bands:
            if one.from_km <= km:
                band = one
        micro = band.a_micro + band.b_micro * km
        cents = micro * 100 // MICRO
        return max(-(-cents // self.step_cents) * self.step_cents, self.minimum_cents)

    def zones_cents(self, zones: int) -> int:
        """By zones, of which there is at least one."""
        return self.zone_cents[min(zones, len(self.zone_cents)) - 1]

    def words(self) -> str:
        """Itself, for the rule of a price."""
        match self.kind:
            case FareKind.FLAT:
                return f"flat {self.cents}"
            case FareKind.BANDS:
                return f"by distance, in steps of {self.step_cents}, at least {self.minimum_cents}"
            case FareKind.ZONES:
                return f"by zones {list(self.zone_cents)}"
            case FareKind.ASKED:
                return "as the service asks"
