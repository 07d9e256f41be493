"""Greenhouse gases of legs and itineraries (Code des transports, D1115-21): factors as data, the method in the answer.

A leg counts its distance times its vehicle's factor; an itinerary is known only when all its legs are.
NOx and PM10 are `null`, unknown, until there is a sourced figure.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Factors:
    """One edition of the factors. `use_g` and `manufacture_g` by mode, grams of CO2e a passenger-kilometre."""

    version: str
    source: str
    source_url: str
    valid_from: str
    article: str
    pollutants: str
    by_mode: dict[str, tuple[str, float, float]]
    """Mode → vehicle it is counted as, use, manufacture."""


@cache
def load_factors(file: Path | None = None) -> Factors:
    """The edition in a file; by default the one that comes with the package."""
    data = tomllib.loads(
        (file or Path(__file__).with_name("emission_factors.toml")).read_text(encoding="utf-8")
    )
    vehicles = data["vehicle"]
    return Factors(
        version=data["version"],
        source=data["source"],
        source_url=data["source_url"],
        valid_from=data["valid_from"].isoformat(),
        article=data["article"],
        pollutants=data["pollutants"],
        by_mode={
            mode: (vehicle, float(vehicles[vehicle]["use_g"]), float(vehicles[vehicle]["manufacture_g"]))
            for mode, vehicle in data["mode"].items()
        },
    )


def leg_emissions(mode: str, distance_m: float) -> Json:
    """Emissions of one passenger on one leg. Grams; `co2e_g` null: no factor for this mode."""
    factor = load_factors().by_mode.get(mode)
    if factor is None:
        return {"co2e_g": None, "use_g": None, "manufacture_g": None, "nox_g": None, "pm10_g": None}
    vehicle, use, manufacture = factor
    kilometres = distance_m / 1000
    return {
        "vehicle": vehicle,
        "co2e_g": round(kilometres * (use + manufacture), 1),
        "use_g": round(kilometres * use, 1),
        "manufacture_g": round(kilometres * manufacture, 1),
        "nox_g": None,
        "pm10_g": None,
    }


def total_emissions(legs: list[Json]) -> Json:
    """Emissions of an itinerary from its presented legs: null as soon as one leg's are unknown."""
    total: Json = {"lowest": False}
    for name in ("co2e_g", "use_g", "manufacture_g"):
        amounts = [leg["emissions"][name] for leg in legs]
        total[name] = None if None in amounts else round(sum(amounts), 1)
    return total | {"nox_g": None, "pm10_g": None}


def mark_lowest(itineraries: list[Json]) -> None:
    """Mark the least emitting of all suggestions (all of them when they tie); those unknown cannot be."""
    known = [
        itinerary["emissions"] for itinerary in itineraries if itinerary["emissions"]["co2e_g"] is not None
    ]
    least = min((emissions["co2e_g"] for emissions in known), default=None)
    for emissions in known:
        emissions["lowest"] = emissions["co2e_g"] == least


def describe_method() -> Json:
    """The method, for the answer: it must be published with the figures."""
    factors = load_factors()
    return {
        "version": factors.version,
        "validFrom": factors.valid_from,
        "source": factors.source,
        "sourceUrl": factors.source_url,
        "article": factors.article,
        "unit": "g CO2e per passenger: energy use with its upstream, and manufacture of the vehicle",
        "distance": "along the published shape, else between calls as the crow flies (a lower bound)",
        "pollutants": factors.pollutants,
    }
