"""The cheapest price again, slowly: every set of tickets that covers the journey is tried, and priced from scratch.

Of the tariff only the data is used. What a ticket may cover is asked of every set of legs, one product at a time, and a
price is a fraction that is rounded once. Nothing is remembered, ordered or left out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, combinations
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareLeg
from ticketing.fares.tables import FeedFares
from ticketing.pricing.rider import Rider
from ticketing.tariff.tariff import Product, Tariff

Legs = tuple[int, ...]
Ticket = tuple[Legs, int, tuple[Any, ...] | None]
"""Legs, cents, and what it takes one use of."""

FRANCE = holidays.country_holidays("FR", years=range(2024, 2030))


class Naive:
    """One question."""

    def __init__(
        self,
        legs: Sequence[FareLeg],
        riders: Sequence[Rider],
        tariff: Tariff,
        feed_fares: Mapping[str, FeedFares],
        bought_s: int,
    ) -> None:
        self.legs, self.riders, self.tariff = legs, riders, tariff
        self.feed_fares, self.bought_s = feed_fares, bought_s
        self.prices: dict[tuple[Any, ...], tuple[str, int, int, int]] = {}
        """Of each thing tickets take from: (who counts, uses for a price, cents, limit or -1)."""

    def least(self) -> int | None:
        """The least of all; None: nothing covers it."""
        tickets = [list(dict.fromkeys(self.list_tickets(n))) for n in range(len(self.riders))]
        best: int | None = None
        for chosen in self._coverings(tickets, 0, frozenset(range(len(self.legs)))):
            cents = self._sum(chosen)
            if cents is not None and (best is None or cents < best):
                best = cents
        return best

    def _coverings(
        self, tickets: list[list[Ticket]], rider: int, left: frozenset[int]
    ) -> Iterator[list[tuple[int, Ticket]]]:
        """All: the lowest leg that is left is covered by each ticket that can."""
        if rider == len(tickets):
            yield []
        elif not left:
            yield from self._coverings(tickets, rider + 1, frozenset(range(len(self.legs))))
        else:
            for ticket in tickets[rider]:
                if min(left) in ticket[0]:
                    for rest in self._coverings(tickets, rider, left - set(ticket[0])):
                        yield [(rider, ticket), *rest]

    def _sum(self, chosen: list[tuple[int, Ticket]]) -> int | None:
        uses = Counter(ticket[2] for _, ticket in chosen if ticket[2] is not None)
        heads = {key: len({n for n, ticket in chosen if ticket[2] == key}) for key in uses}
        cents = sum(ticket[1] for _, ticket in chosen)
        for key, count in uses.items():
            counts, size, price, limit = self.prices[key]
            n = heads[key] if counts == "riders" else count
            if 0 <= limit < n:
                return None
            cents += price if size == 0 else price * -(-n // size)
        return cents

    # ── tickets ──────────────────────────────────────────────────────────────────────────────────────────

    def list_tickets(self, n: int) -> Iterator[Ticket]:
        """Each product over each set of legs it may cover."""
        rider = self.riders[n]
        every = range(len(self.legs))
        for legs in chain.from_iterable(combinations(every, size) for size in range(1, len(self.legs) + 1)):
            for product in self.tariff.products:
                if not product.categories or rider.category in product.categories:
                    yield from getattr(self, f"_{product.kind.name.lower()}", self._nothing)(product, n, legs)
            for held in rider.passes:
                if self._is_held(held, legs):
                    yield legs, 0, None
            yield from self._units(n, legs)
            yield from self._feed(rider, legs)
        for i, leg in enumerate(self.legs):
            if leg.fixed_cents is not None:
                yield from self._asked(i)

    def _nothing(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        yield from ()

    def _asked(self, i: int) -> Iterator[Ticket]:
        cents = self.legs[i].fixed_cents
        assert cents is not None
        if self.legs[i].mode == "on-demand":
            self.prices["party", i] = ("uses", 0, cents, -1)
            yield (i,), 0, ("party", i)
        else:
            yield (i,), cents, None

    def _single(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        full = self._full(product, legs)
        if full is not None and product.fare.kind != "asked":
            yield legs, self._price(product, full, n, legs[0]), None

    def _full(self, product: Product, legs: Legs) -> int | None:
        """The price of a single over exactly these legs."""
        fare = product.fare
        assert fare is not None
        if not all(self._rides(product, i) for i in legs):
            return None
        if fare.kind == "asked":
            return self.legs[legs[0]].fixed_cents if len(legs) == 1 else None
        if product.is_joined:
            fits = legs[-1] - legs[0] == len(legs) - 1 and all(self.legs[i].fixed_cents is None for i in legs)
            for i in legs[1:]:
                wait_s = self.legs[i].departure_s - self.legs[i - 1].arrival_s
                back = _place(self.legs[i].destination) == _place(self.legs[legs[0]].origin)
                fits = fits and wait_s < 60 * product.within_min and not back
        elif product.within_min:
            last_s = self.legs[legs[0]].departure_s + 60 * product.within_min
            fits = self.legs[legs[0]].fixed_cents is None and all(
                self.legs[i].departure_s < last_s for i in legs
            )
        else:
            fits = len(legs) == 1 and self.legs[legs[0]].fixed_cents is None
        return self._fare(product, legs) if fits else None

    def _fare(self, product: Product, legs: Legs) -> int | None:
        fare = product.fare
        assert fare is not None
        if fare.kind == "flat":
            return fare.cents
        if fare.kind == "bands":
            km = max(1, -(-sum(self.legs[i].distance_m for i in legs) // 1000))
            band = max((one for one in fare.bands if one.from_km <= km), key=lambda one: one.from_km)
            cents = Fraction(band.a_micro + band.b_micro * km, 10_000)
            cents = Fraction(cents.__floor__(), fare.step_cents)
            return max(cents.__ceil__() * fare.step_cents, fare.minimum_cents)
        zones = set()
        for i in legs:
            leg = self.legs[i]
            ends = [
                self._zone(stop.id, stop.station_id, stop.zone_id) for stop in (leg.origin, leg.destination)
            ]
            if "" in ends:
                return None
            zones |= {*ends, *(zone for zone in leg.zone_ids if zone)}
        return [*fare.zone_cents, *[fare.zone_cents[-1]] * 20][len(zones) - 1]

    def _zone(self, stop: str, station: str, zone: str) -> str:
        for wanted in (stop, station):
            for one, stops in self.tariff.zones:
                if wanted in stops:
                    return one
        return zone

    def _transfer(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        for size in range(1, len(legs)):
            for base in combinations(legs, size):
                if not {base[0] - 1, base[-1] + 1}.issuperset(set(legs) - set(base)):
                    continue
                full = self._base(product, base)
                if full is None or not all(self._is_free(product, base, i) for i in legs if i not in base):
                    continue
                single = self.tariff.get_product(product.base)
                if single.fare.kind != "asked":
                    cents = self._price(product, full, n, base[0], Fraction(1), single.networks)
                    yield legs, cents + product.surcharge_cents, None
                elif self.legs[base[0]].mode == "on-demand":
                    self.prices["party", base[0]] = ("uses", 0, full, -1)
                    yield legs, product.surcharge_cents, ("party", base[0])
                else:
                    yield legs, full + product.surcharge_cents, None

    def _base(self, product: Product, legs: Legs) -> int | None:
        """The price of the single a product is based on, at the hours of both."""
        single = self.tariff.get_product(product.base)
        if not all(self._is_at(product.times, self.legs[i].departure_s) for i in legs):
            return None
        return self._full(single, legs)

    def _is_free(self, product: Product, base: Legs, i: int) -> bool:
        one, other = (
            (self.legs[i], self.legs[base[0]]) if i < base[0] else (self.legs[base[-1]], self.legs[i])
        )
        wait_s = other.departure_s - one.arrival_s
        return self._network(self.legs[i]) in product.free_networks and wait_s < 60 * product.within_min

    def _return(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        single = self.tariff.get_product(product.base)
        share = Fraction(product.permille, 1000)
        for cut in range(1, len(legs)):
            there, back = legs[:cut], legs[cut:]
            prices = self._base(product, there), self._base(product, back)
            a, b = self.legs[there[0]], self.legs[back[0]]
            if (
                None not in prices
                and _place(self.legs[there[-1]].destination) == _place(b.origin)
                and _place(a.origin) == _place(self.legs[back[-1]].destination)
                and self._day(a.departure_s) == self._day(b.departure_s)
            ):
                yield legs, self._price(product, sum(prices), n, legs[0], share, single.networks), None
        full = self._base(product, legs)
        if full is None:
            return
        first_s, rider = self.legs[legs[0]].departure_s, self.riders[n]
        alone = self._price(single, full, n, legs[0])
        today = [
            one
            for one in rider.spent
            if one.departure_s < first_s and self._day(one.departure_s) == self._day(first_s)
        ]
        here, there = _place(self.legs[legs[0]].origin), _place(self.legs[legs[-1]].destination)
        outward = [one for one in today if (one.from_place, one.to_place) == (there, here)]
        left = [one.product_id == single.id and one.cents == alone for one in outward].count(True)
        left -= [(one.product_id, one.from_place, one.to_place) for one in today].count(
            (product.id, here, there)
        )
        if left > 0:
            key = ("second half", product.id, n, self._day(first_s), here, there, alone)
            self.prices[key] = ("uses", 0, 0, left)
            both = self._price(product, 2 * full, n, legs[0], share, single.networks)
            yield legs, max(both - alone, 0), key

    def _carnet(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        last_day = self._day(self.bought_s) + dt.timedelta(days=product.valid_days)
        if self._base(product, legs) is not None and self._day(self.legs[legs[-1]].departure_s) < last_day:
            key = ("carnet", product.id, "party" if product.is_shared else n)
            self.prices[key] = ("uses", product.units, product.fare.cents, -1)
            yield legs, 0, key

    def _units(self, n: int, legs: Legs) -> Iterator[Ticket]:
        for owner, rider in enumerate(self.riders):
            for number, held in enumerate(rider.units):
                product = self.tariff.find_product(held.product_id)
                if product is None or product.kind != "carnet" or held.units < 1:
                    continue
                if owner != n and not product.is_shared:
                    continue
                if product.categories and self.riders[n].category not in product.categories:
                    continue
                if (
                    self.legs[legs[-1]].departure_s < held.valid_until_s
                    and self._base(product, legs) is not None
                ):
                    self.prices["held", owner, number] = ("uses", 0, 0, held.units)
                    yield legs, 0, ("held", owner, number)

    def _pass(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        if not all(self._rides(product, i) for i in legs):
            return
        full = self._fare(product, legs)
        starts = [i for i in range(len(self.legs)) if self._rides(product, i)]
        if full is not None and any(self._spans(product, i, legs) for i in starts):
            yield legs, self._price(product, full, n, None), None

    def _spans(self, product: Product, first: int, legs: Legs) -> bool:
        """Whether a pass that begins with a ride is valid for all these."""
        if product.hours:
            start_s = self.legs[first].departure_s
            return all(start_s <= self.legs[i].departure_s < start_s + 3600 * product.hours for i in legs)
        of_first = self._period(product.period, self.legs[first].departure_s)
        if product.period == "year":
            day = self._day(self.legs[first].departure_s)
            return all(day <= self._day(self.legs[i].departure_s) < _next_year(day) for i in legs)
        return all(self._period(product.period, self.legs[i].departure_s) == of_first for i in legs)

    def _group(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        here = [
            i for i in range(len(self.legs)) if self._rides(product, i) and self.legs[i].fixed_cents is None
        ]
        if len(self.riders) < product.riders_min or not set(legs).issubset(here):
            return
        seen = set()
        for first in here:
            start_s = self.legs[first].departure_s
            if product.within_min:
                until_s = start_s + 60 * product.within_min
                fits = all(start_s <= self.legs[i].departure_s < until_s for i in legs)
                key = ("group", product.id, start_s)
            else:
                period = self._period(product.period, start_s)
                fits = all(self._period(product.period, self.legs[i].departure_s) == period for i in legs)
                key = ("group", product.id, period)
            if fits and key not in seen:
                seen.add(key)
                self.prices[key] = ("riders", product.riders_max, product.fare.cents, -1)
                yield legs, 0, key

    def _cap(self, product: Product, n: int, legs: Legs) -> Iterator[Ticket]:
        periods = {self._period(product.period, self.legs[i].departure_s) for i in legs}
        if len(periods) != 1 or not all(self._rides(product, i) for i in legs):
            return
        limit = dict(product.cents_of).get(self.riders[n].category, product.fare.cents)
        for one in self.riders[n].spent:
            sold = self.tariff.find_product(one.product_id)
            if sold is not None and sold.kind in ("pass", "carnet", "card"):
                continue
            if (
                one.network_id in product.networks
                and {self._period(product.period, one.departure_s)} == periods
            ):
                limit -= one.cents
        yield legs, max(limit, 0), None

    def _is_held(self, held: Any, legs: Legs) -> bool:
        product = self.tariff.find_product(held.product_id)
        if product is None or product.kind != "pass":
            return False
        for i in legs:
            leg = self.legs[i]
            if not self._rides(product, i) or not held.valid_from_s <= leg.departure_s < held.valid_until_s:
                return False
            zones = self.tariff.zones_of(leg)
            where = not held.zones or self._network(leg) in held.zones
            if not where and not (zones and zones <= set(held.zones)):
                return False
        return True

    def _feed(self, rider: Rider, legs: Legs) -> Iterator[Ticket]:
        """A run of rides on one feed that nobody else prices, whole."""
        for i in legs:
            if (
                self._network(self.legs[i])
                or self.legs[i].fixed_cents is not None
                or not self.legs[i].feed_id
            ):
                return
        feeds = {self.legs[i].feed_id for i in legs}
        if len(feeds) != 1 or legs[-1] - legs[0] != len(legs) - 1:
            return
        for i in (legs[0] - 1, legs[-1] + 1):
            if 0 <= i < len(self.legs):
                beside = self.legs[i]
                if beside.feed_id in feeds and not self._network(beside) and beside.fixed_cents is None:
                    return
        fares = self.feed_fares.get(feeds.pop())
        price = feed_price([self.legs[i] for i in legs], fares, rider.category) if fares else None
        if price is not None and price.currency == "EUR":
            yield legs, price.cents, None

    # ── the small questions ──────────────────────────────────────────────────────────────────────────────

    def _price(
        self,
        product: Product,
        full: int,
        n: int,
        first: int | None,
        share: Fraction = Fraction(1),
        networks: tuple[str, ...] = (),
    ) -> int:
        rider, exact, changed = self.riders[n], full * share, share != 1
        own = dict(product.cents_of)
        if rider.category in own:
            return own[rider.category]
        slots: set[str] = set()
        for one in self.tariff.reductions if product.is_reduced else ():
            if (
                (one.slot and one.slot in slots)
                or (one.categories and rider.category not in one.categories)
                or (one.cards and not set(one.cards) & set(rider.cards))
                or len(self.riders) < one.party_min
                or (one.products and product.id not in one.products)
                or (one.networks and not set(networks or product.networks) <= set(one.networks))
                or (one.times and (first is None or not self._is_at(one.times, self.legs[first].departure_s)))
            ):
                continue
            slots.add(one.slot)
            if one.off_permille:
                exact *= 1 - Fraction(one.off_permille, 1000)
                changed = True
            if one.cents is not None and exact > one.cents:
                exact = Fraction(one.cents)
                changed = True
        if not changed:
            return full
        steps = exact / self.tariff.round_to_cents
        down, up = steps.__floor__(), steps.__ceil__()
        nearest = up if steps - down >= Fraction(1, 2) else down
        chosen = {"down": down, "up": up, "nearest": nearest}[self.tariff.round_direction]
        return min(chosen * self.tariff.round_to_cents, full)

    def _rides(self, product: Product, i: int) -> bool:
        leg = self.legs[i]
        return self._network(leg) in product.networks and self._is_at(product.times, leg.departure_s)

    def _network(self, leg: FareLeg) -> str:
        for network in self.tariff.networks:
            for one in network.select:
                pairs = (
                    (one.feed, leg.feed_id),
                    (one.mode, leg.mode),
                    (one.agency, leg.agency_id),
                    (one.route, leg.route_id),
                )
                if all(not wanted or wanted == found for wanted, found in pairs):
                    return network.id
        return ""

    def _is_at(self, names: Sequence[str], instant_s: int) -> bool:
        if not names:
            return True
        clock = dt.datetime.fromtimestamp(instant_s, ZoneInfo("Europe/Paris"))
        for one in self.tariff.times:
            day = "holiday" if clock.date() in FRANCE else clock.strftime("%a").lower()
            minute = 60 * clock.hour + clock.minute
            spans = not one.spans or any(a <= clock.date() <= b for a, b in one.spans)
            if one.id in names and day in one.days and one.from_min <= minute < one.until_min and spans:
                return True
        return False

    def _day(self, instant_s: int) -> dt.date:
        """The fare day: by the clock, as if it were set back."""
        clock = dt.datetime.fromtimestamp(instant_s, ZoneInfo(self.tariff.time_zone)).replace(tzinfo=None)
        return (clock - dt.timedelta(minutes=self.tariff.fare_day_begins_min)).date()

    def _period(self, period: Any, instant_s: int) -> tuple[Any, ...]:
        day = self._day(instant_s)
        match period:
            case "day":
                return ("day", day)
            case "week":
                return ("week", *day.isocalendar()[:2])
            case "month":
                return ("month", day.year, day.month)
            case "school-year":
                return ("school-year", day.year - (day.month < 9))
        return ("year", day)


def _place(stop: Any) -> str:
    return stop.station_id or stop.id


def _next_year(day: dt.date) -> dt.date:
    return dt.date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)
