"""The lines of a price: who pays what, for which legs, by which rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from ticketing.fares.leg import FareMode
from ticketing.money import apportion
from ticketing.pricing.case import NO_POOL, Case, Pool, bits
from ticketing.pricing.cover import Part
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.pricing.ways import FEED_FARE, FIXED, Way
from ticketing.tariff.tariff import Kind

NO_LEG = -1
"""In weights: of a product without legs, each operator weighs the same."""

ACCOUNT_NAME_MAX = 80
"""Characters of the name of an account (`ticketing.ledger`)."""

Users = list[tuple[int, Way]]
"""Riders and their ways."""


class Lines:
    """Makes them of the parts that were chosen. `ways`: all there are, of each rider."""

    def __init__(self, case: Case, riders: Sequence[Rider], ways: Mapping[Rider, Sequence[Way]]) -> None:
        self._case = case
        self._riders = riders
        self._ways = ways
        self._known_alone: dict[tuple[Rider, int], int] = {}

    def make(self, chosen: Sequence[Part]) -> tuple[PriceLine, ...]:
        """First what is paid for several uses at once, then each rider's, leg by leg."""
        users: dict[int, Users] = {}
        own: list[PriceLine] = []
        for index, part in enumerate(chosen):
            for way in sorted(part.ways, key=lambda one: bits(one.mask)):
                if way.pool != NO_POOL:
                    users.setdefault(way.pool, []).append((index, way))
                if way.pool == NO_POOL or way.kind not in (FIXED, Kind.GROUP):
                    own.append(self._own_line(index, way))
        of_pools = [
            line for pool, each in users.items() for line in self._of_pool(self._case.pools[pool], each)
        ]
        return (*of_pools, *own)

    def _own_line(self, index: int, way: Way) -> PriceLine:
        paid = self._case.pools[way.pool].mask if way.pool != NO_POOL else 0
        legs = bits(way.mask & ~paid)
        full = sum(self._alone(index, leg) for leg in legs) if way.kind == Kind.CAP else way.full_cents
        span = way.from_s, way.until_s
        return self._line(way.product_id, way.kind, legs, (index,), way.cents, full, way.rule, span)

    def _of_pool(self, pool: Pool, users: Users) -> list[PriceLine]:
        riders = sorted({index for index, _ in users})
        legs = bits(pool.mask)
        groups: list[Sequence[int]] = []
        if pool.kind == FIXED:
            groups = [riders]
        elif pool.kind == Kind.GROUP:
            groups = [riders[i : i + pool.size] for i in range(0, len(riders), pool.size)]
        elif pool.kind == Kind.CARNET and pool.is_personal:
            groups = [
                (rider,)
                for rider in riders
                for _ in range(-(-sum(index == rider for index, _ in users) // pool.size))
            ]
        elif pool.kind == Kind.CARNET:
            groups = [riders[:1]] * -(-len(users) // pool.size)
        span = pool.from_s, pool.until_s
        return [
            self._line(pool.product_id, pool.kind, legs, group, pool.cents, pool.cents, pool.rule, span)
            for group in groups
        ]

    def _line(
        self,
        product_id: str,
        kind: str,
        legs: Sequence[int],
        riders: Sequence[int],
        cents: int,
        full_cents: int,
        rule: str,
        span: tuple[int, int],
    ) -> PriceLine:
        tariff = self._case.tariff
        product = tariff.find_product(product_id)
        name_fr, name_en = (product.name_fr, product.name_en) if product else _names(product_id, kind)
        weights = [
            (leg, self._operator(leg), sum(self._alone(rider, leg) for rider in riders)) for leg in legs
        ]
        networks = tuple(self._case.networks[leg] for leg in legs)
        if product and not legs:
            weights = [(NO_LEG, operator, 1) for operator in tariff.operators_of(product)]
            networks = tariff.networks_of(product)
        return PriceLine(
            product_id=product_id,
            name_fr=name_fr,
            name_en=name_en,
            kind=str(kind),
            legs=tuple(legs),
            riders=tuple(riders),
            cents=cents,
            full_cents=full_cents,
            rule=rule,
            vat_permille=tariff.vat_of(product_id),
            weights=tuple(weights),
            valid_from_s=span[0],
            valid_until_s=span[1],
            networks=networks,
        )

    def _operator(self, leg: int) -> str:
        network = self._case.tariff.find_network(self._case.legs[leg])
        if network is not None:
            return network.operator
        ride = self._case.legs[leg]
        # Feeds call agencies as they like; the books take what a name of an account can hold.
        return quote(ride.agency_id or ride.feed_id or ride.route_id or ride.mode)[:ACCOUNT_NAME_MAX]

    def _alone(self, rider: int, leg: int) -> int:
        """What a leg costs a rider by itself, before reductions; of a leg that is only sold with others, its part by
        distance of the least of these."""
        key = self._riders[rider], leg
        if key not in self._known_alone:
            self._known_alone[key] = self._find_alone(self._riders[rider], leg)
        return self._known_alone[key]

    def _find_alone(self, rider: Rider, leg: int) -> int:
        ride = self._case.legs[leg]
        if ride.fixed_cents is not None:
            return (
                ride.fixed_cents // self._case.party if ride.mode == FareMode.ON_DEMAND else ride.fixed_cents
            )
        priced = [
            way for way in self._ways[rider] if way.mask >> leg & 1 and way.kind in (Kind.SINGLE, FEED_FARE)
        ]
        if not priced:
            return 0
        way = min(priced, key=lambda one: (one.mask.bit_count(), one.full_cents))
        legs = bits(way.mask)
        if len(legs) == 1:
            return way.full_cents
        shares = apportion(way.full_cents, [self._case.legs[i].distance_m for i in legs])
        return shares[legs.index(leg)]


def _names(product_id: str, kind: str) -> tuple[str, str]:
    """Of what is no product of the tariff."""
    if kind == FEED_FARE:
        name = product_id.partition(":")[2] or product_id
        return name, name
    return "Prix du service", "Price of the service"
