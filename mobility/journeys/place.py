"""A place that is not a stop: a commune, a hamlet, a hospital, whatever people want to go to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`kind`: 'commune', 'locality' or 'poi'. `area` says to people where it is ('Bourgogne-Franche-Comté')."""

    id: str
    kind: str
    name: str
    lat: float
    lon: float
    population: int = 0
    area: str = ""
    country: str = "FR"
