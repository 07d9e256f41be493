"""What riding costs at least, as the router adds it up: so much for boarding, so much a kilometre.

The router knows no tariff. It is given a bound for each pattern, in hundredths of a cent, found by asking the tariff
itself: what does one ride of so many kilometres cost at least, at any of the day's hours? A price that grows with the
distance costs at least its least rate a kilometre, however the rides are joined; a flat price counts where nothing in
the tariff lets one ride again, or change from something else, without paying it anew. All else counts nothing.

So no journey costs less than its bound, unless a pass, a cap or a group ticket is cheaper than all its tickets.

Where the bound counts nothing, a dear journey looks like a cheap one. So journeys are looked for a second time by an
estimate: what each ride costs by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gtfs_feeds.catalogue import text
from mobility.journeys.fare_legs import FARE_MODES
from mobility.journeys.prices import Prices
from mobility.journeys.view import View
from mobility.journeys.words import feed_of_route
from routing.query import Cost, PatternCost
from routing.timetable import Mode
from ticketing.fares.leg import FareLeg, FareStop
from ticketing.pricing.cheapest import cheapest
from ticketing.pricing.price import PriceUnknown
from ticketing.pricing.rider import Rider
from ticketing.tariff.days import calendar_day, local
from ticketing.tariff.fare import FareKind
from ticketing.tariff.tariff import FareNetwork, Kind, Tariff

UNITS_PER_CENT = 100

KM_MAX = 1500
STEP = 1.15
"""Distances that are asked for grow by so much: a bound is at most so much too low."""

ESTIMATED_KM = 20
"""An estimate grows with the distance as prices do over so much."""

RIDE_S = 600
SPEED_M_S = 40.0

Bound = tuple[int, int]
"""Units a boarding, and a kilometre."""

NOTHING: Bound = (0, 0)


def find_price_cost(view: View, prices: Prices, riders: tuple[Rider, ...], time_s: int) -> Cost:
    """What to keep low for journeys of that day to be cheap."""
    return _find_costs(view, prices, riders, time_s)[0]


def find_price_estimate(view: View, prices: Prices, riders: tuple[Rider, ...], time_s: int) -> Cost | None:
    """What each ride costs by itself; None: that is the bound."""
    return _find_costs(view, prices, riders, time_s)[1]


def _find_costs(
    view: View, prices: Prices, riders: tuple[Rider, ...], time_s: int
) -> tuple[Cost, Cost | None]:
    tariff = prices.tariff_of(time_s)
    day = calendar_day(time_s, tariff.time_zone) if tariff else None
    return prices.remember_costs(
        (tariff.hash if tariff else "", riders, day), lambda: _find(view, tariff, riders, time_s)
    )


def _find(
    view: View, tariff: Tariff | None, riders: tuple[Rider, ...], time_s: int
) -> tuple[Cost, Cost | None]:
    carpool = [0] * len(Mode)
    carpool[Mode.RIDE_SHARING] = _carpool_cents(view) * UNITS_PER_CENT * len(riders)
    if tariff is None:
        return Cost(per_ride_by_extra_mode=tuple(carpool)), None
    asked = PriceBounds(tariff, riders, time_s)
    rows, first = view.lookups.routes_by_pattern
    templates = list(_list_templates(view, rows.tolist()))
    bound = _of_patterns([asked.of_route(leg) for leg in templates], first)
    alone = _of_patterns([asked.alone(leg) for leg in templates], first)
    is_paid = asked.is_always_paid(FARE_MODES[Mode.RIDE_SHARING])
    is_same = (
        is_paid
        and np.array_equal(bound.per_ride, alone.per_ride)
        and np.array_equal(bound.per_km, alone.per_km)
    )
    return (
        Cost(by_pattern=bound, per_ride_by_extra_mode=tuple(carpool if is_paid else [0] * len(Mode))),
        None if is_same else Cost(by_pattern=alone, per_ride_by_extra_mode=tuple(carpool)),
    )


def _of_patterns(of_row: list[Bound], first: NDArray[np.int64]) -> PatternCost:
    """The least of each pattern's (route, mode)s. `first`: where each pattern's rows begin, and their count."""
    least = np.zeros((len(first) - 1, 2), np.int64)
    served = np.flatnonzero(np.diff(first))
    if len(served):
        least[served] = np.minimum.reduceat(np.array(of_row, np.int64).reshape(-1, 2), first[served])
    return PatternCost(np.ascontiguousarray(least[:, 0]), np.ascontiguousarray(least[:, 1]))


def _carpool_cents(view: View) -> int:
    """The least that a seat costs in any of the rides that are published; 0: somebody's price is unknown."""
    fares = [offered.fare(0) for offered in view.live.carpool.rides]
    return min((fare.fare_cents if fare is not None else 0 for fare in fares), default=0)


def _list_templates(view: View, rows: Sequence[Sequence[int]]) -> Iterable[FareLeg | None]:
    """A leg for each (route, mode); None: no tariff knows such vehicles."""
    catalogue = view.catalogue
    for route, number in rows:
        mode = FARE_MODES.get(Mode(number))
        if mode is None:
            yield None
            continue
        agency = int(catalogue.route_agency[route])
        feed = feed_of_route(catalogue, route)
        yield FareLeg(
            mode,
            FareStop(""),
            FareStop(""),
            0,
            0,
            0,
            text(catalogue, int(catalogue.feed_id_text[feed])),
            text(catalogue, int(catalogue.agency_id_text[agency])),
            text(catalogue, int(catalogue.route_id_text[route])),
        )


class PriceBounds:
    """Of one tariff for one party, on the day of an instant and the next."""

    def __init__(self, tariff: Tariff, riders: tuple[Rider, ...], time_s: int) -> None:
        self._tariff, self._riders = tariff, riders
        self._instants = _list_instants(tariff, time_s)
        self._known: dict[str, Bound] = {}
        self._known_alone: dict[str, Bound] = {}

    def of_route(self, leg: FareLeg | None) -> Bound:
        """What rides like this leg cost at least."""
        network = None if leg is None else self._tariff.find_network(leg)
        if leg is None or network is None:
            return NOTHING
        if network.id not in self._known:
            self._known[network.id] = self._of_network(network, leg)
        return self._known[network.id]

    def alone(self, leg: FareLeg | None) -> Bound:
        """About what one ride like this leg costs by itself."""
        network = None if leg is None else self._tariff.find_network(leg)
        if leg is None or network is None:
            return NOTHING
        if network.id not in self._known_alone:
            near, far = (UNITS_PER_CENT * self._least_cents(leg, km) for km in (1, 1 + ESTIMATED_KM))
            per_km = max(far - near, 0) // ESTIMATED_KM
            self._known_alone[network.id] = max(near - per_km, 0), per_km
        return self._known_alone[network.id]

    def is_always_paid(self, mode: str) -> bool:
        """Whether what services of this mode ask is paid whatever else one rides."""
        networks = [
            network.id
            for network in self._tariff.networks
            if any(selector.mode in ("", mode) for selector in network.select)
        ]
        return all(self._is_paid_anew(network) for network in networks)

    def _of_network(self, network: FareNetwork, leg: FareLeg) -> Bound:
        kinds = {
            product.fare.kind
            for product in self._tariff.products
            if product.kind is Kind.SINGLE and network.id in product.networks and product.fare is not None
        }
        if kinds <= {FareKind.FLAT} and kinds and self._is_paid_anew(network.id):
            return UNITS_PER_CENT * self._least_cents(leg, 1), 0
        if kinds == {FareKind.BANDS} and not self._is_free_beside(network.id):
            return 0, self._per_km(leg)
        return NOTHING

    def _per_km(self, leg: FareLeg) -> int:
        """The least rate: a longer ride costs no less, so one that is shorter than the next asked for costs at least
        what the one before does."""
        kms = [1]
        while kms[-1] < KM_MAX:
            kms.append(max(kms[-1] + 1, math.floor(kms[-1] * STEP)))
        least = [self._least_cents(leg, km) for km in kms[:-1]]
        return min(UNITS_PER_CENT * cents // after for cents, after in zip(least, kms[1:], strict=True))

    def _least_cents(self, leg: FareLeg, km: int) -> int:
        return min((self._cents(leg, km, at_s) for at_s in self._instants), default=0)

    def _cents(self, leg: FareLeg, km: int, at_s: int) -> int:
        ride = FareLeg(
            leg.mode,
            leg.origin,
            leg.destination,
            at_s,
            at_s + RIDE_S + round(1000 * km / SPEED_M_S),
            1000 * km,
            leg.feed_id,
            leg.agency_id,
            leg.route_id,
        )
        price = cheapest((ride,), self._riders, self._tariff, {}, at_s, is_explained=False)
        return 0 if isinstance(price, PriceUnknown) else price.cents

    def _is_paid_anew(self, network_id: str) -> bool:
        """Whether each ride on a network is paid by itself."""
        return not self._is_free_beside(network_id) and not any(
            product.within_min is not None or product.is_joined
            for product in self._tariff.products
            if product.kind in (Kind.SINGLE, Kind.GROUP) and network_id in product.networks
        )

    def _is_free_beside(self, network_id: str) -> bool:
        """Whether rides of something else bring it for nothing."""
        return any(network_id in product.free_networks for product in self._tariff.products)


def _list_instants(tariff: Tariff, time_s: int) -> list[int]:
    """The beginnings of the tariff's hours on the day of an instant and the next, and a morning."""
    midnight = local(time_s, tariff.time_zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start_s = int(midnight.timestamp())
    minutes = sorted({8 * 60, *(hours.from_min for hours in tariff.times)})
    return [start_s + 60 * minute + 86_400 * day for day in (0, 1) for minute in minutes]
