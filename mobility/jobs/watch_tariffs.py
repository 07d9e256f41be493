"""Read the versions of the tariff from the database whenever one is published, so that prices are those in force."""

from __future__ import annotations

import threading
import time

from mobility.acts.ports import UnitsOfWork
from mobility.acts.sales.tariffs import list_versions
from mobility.journeys.prices import NO_PRICES, Prices
from mobility.journeys.serving import Serving

LOOK_EVERY_S = 0.4
"""How often it is looked whether a version was published."""


class TariffsWatch:
    """Keeps the versions that were read last, and their prices on the network that is served. One thread looks, any may
    put prices on a network. `journey_key`: signs the journeys that are shown."""

    def __init__(self, begin: UnitsOfWork, journey_key: bytes) -> None:
        self._begin, self._journey_key = begin, journey_key
        self._reading = threading.Lock()
        self._count = -1
        self._looked_at = float("-inf")
        self._tariffs = NO_PRICES.tariffs
        self._priced: tuple[Serving, Serving] | None = None

    def look(self, clock_s: float) -> bool:
        """Whether a version was published since. `clock_s`: any clock that only goes forward."""
        with self._reading:
            if clock_s - self._looked_at < LOOK_EVERY_S:
                return False
            self._looked_at = clock_s
            with self._begin(read_only=True) as work:
                count = work.tariffs.count()
                if count == self._count:
                    return False
                self._tariffs, self._count = tuple(list_versions(work)), count
            self._priced = None
            return True

    def price(self, base: Serving) -> Serving:
        """The network with its prices: the same one as long as neither changes, so that whatever is remembered of it
        stays."""
        if self._count < 0:
            self.look(time.monotonic())
        with self._reading:
            priced = self._priced
            if priced is None or priced[0] is not base:
                prices = Prices(self._tariffs, base.network.fares, self._journey_key)
                priced = self._priced = base, base.with_prices(prices)
            return priced[1]
