"""Where one arrives in a town: its station, else its busiest stop. A town must never resolve to a field."""

from __future__ import annotations

import math

import numpy as np

from mobility.journeys.places.gazetteer import COMMUNE, LOCALITY, Gazetteer
from mobility.journeys.places.normalise import list_words
from mobility.journeys.places.stop_groups import RAIL, flat_distance_m

_NAMED_ALIKE_WITHIN_M = 6_000.0
_LEAST_REACH_M = 2_000.0
_REACH_M_PER_ROOT_OF_POPULATION = 10.0
_RAIL_BONUS, _NAME_BONUS, _FAR_MALUS = 0.25, 0.3, 0.2


class MainStops:
    """Worked out when a town is first asked for, then kept."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        within = gazetteer.within[: gazetteer.stop_count]
        self._by_commune = np.argsort(within, kind="stable")
        self._communes = within[self._by_commune]
        self._found: dict[int, int | None] = {}

    def find(self, entry: int) -> int | None:
        """The entry of a commune's or locality's main station or stop; None where there is none within reach,
        and for everything else."""
        if self._gazetteer.kind[entry] not in (COMMUNE, LOCALITY):
            return None
        if entry not in self._found:
            self._found[entry] = self._choose(entry)
        return self._found[entry]

    def _choose(self, entry: int) -> int | None:
        gazetteer = self._gazetteer
        place = gazetteer.places[entry - gazetteer.stop_count]
        first, last = self._communes.searchsorted((entry, entry + 1))
        words = gazetteer.groups.words
        own = list_words(place.name)
        named = gazetteer.texts.names_beginning("".join(own)) if own else np.empty(0, np.int32)
        candidates = {*self._by_commune[first:last].tolist(), *named[named < gazetteer.stop_count].tolist()}
        reach_m = _LEAST_REACH_M + _REACH_M_PER_ROOT_OF_POPULATION * math.sqrt(max(place.population, 0))
        best: tuple[float, int] | None = None
        for stop in sorted(candidates):
            distance_m = flat_distance_m(place.lat, place.lon, gazetteer.lat[stop], gazetteer.lon[stop])
            alike = words[stop][: len(own)] == own
            if not gazetteer.modes[stop]:
                continue
            if not distance_m <= (max(reach_m, _NAMED_ALIKE_WITHIN_M) if alike else reach_m):
                continue
            worth = float(gazetteer.importance[stop]) + _NAME_BONUS * alike
            worth += _RAIL_BONUS * bool(gazetteer.modes[stop] & RAIL) - _FAR_MALUS * distance_m / reach_m
            if best is None or worth > best[0]:
                best = (worth, stop)
        return None if best is None else best[1]
