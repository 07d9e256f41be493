"""The tariff of a region as data: which rides it prices, what is sold, to whom, and at what price.

`docs/tariffs.md` is the manual of the format, `ticketing.tariff.read_tariff` makes it of TOML. One version is in force
from one day on until the next begins, and is never altered; `hash` names it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import holidays

from ticketing.fares.leg import FareLeg, FareStop
from ticketing.tariff.days import Period, calendar_day, local
from ticketing.tariff.fare import Fare

T = TypeVar("T")

KNOWN_MAX = 100_000
"""What one version remembers of what follows from it; then it begins anew."""


class Kind(StrEnum):
    """What a product is."""

    SINGLE = "single"
    """One ride; with `within_min` all rides that begin so soon after the first; with `is_joined` rides one after
    another that do not lead back are priced as one."""
    RETURN = "return"
    """There and back, of the single `base`."""
    TRANSFER = "transfer"
    """The single `base`, and the ride right before or after it on `free_networks`."""
    CARNET = "carnet"
    """`units` times the flat single `base`."""
    PASS = "pass"
    CARD = "card"
    """Gives reductions."""
    GROUP = "group"
    """One price for up to `riders_max` who travel together."""
    CAP = "cap"
    """Who has paid that much within the period rides free for the rest of it."""


class Direction(StrEnum):
    """Where what is reduced is rounded to."""

    DOWN = "down"
    UP = "up"
    NEAREST = "nearest"
    """Half upwards."""


class VatMode(StrEnum):
    """What VAT is rounded on."""

    LINE = "line"
    TOTAL = "total"
    """The sum of all lines of a rate."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Rides; what is "" is not looked at."""

    feed: str = ""
    agency: str = ""
    mode: str = ""
    route: str = ""

    def selects(self, leg: FareLeg) -> bool:
        """Whether a leg is one of them. Agencies and routes may be named with their feed's prefix or without."""
        return (
            (not self.feed or self.feed == leg.feed_id)
            and (not self.mode or self.mode == leg.mode)
            and (not self.agency or _same(self.agency, leg.agency_id, leg.feed_id))
            and (not self.route or _same(self.route, leg.route_id, leg.feed_id))
        )


def _same(wanted: str, found: str, feed_id: str) -> bool:
    return found == wanted or found == f"{feed_id}_{wanted}"


@dataclass(frozen=True, slots=True)
class FareNetwork:
    """Rides that are priced alike. A leg belongs to the first network of the file that selects it."""

    id: str
    name_fr: str
    name_en: str
    operator: str
    """To whom its revenue is apportioned."""
    select: tuple[Selector, ...]
    rics: int | None = None
    """The code of the railway (UIC RICS) whose inspectors read UIC codes: tickets for it carry one, too."""


@dataclass(frozen=True, slots=True)
class Category:
    """Whom a rider travels as. What `who_…` say is for people to read: nobody's age is known here."""

    id: str
    name_fr: str
    name_en: str
    who_fr: str = ""
    who_en: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """Times named for reductions and products ("off-peak"), on the clock and calendar of where one boards."""

    id: str
    name_fr: str
    name_en: str
    days: frozenset[str]
    """mon … sun, and "holiday": public holidays in France. A holiday is no other day."""
    from_min: int
    until_min: int
    """Minutes since midnight, [from, until)."""
    spans: tuple[tuple[dt.date, dt.date], ...] = ()
    """Only in these days, both ends included; (): always."""

    def holds(self, instant_s: int, time_zone: str) -> bool:
        """Whether an instant is one of them."""
        clock = local(instant_s, time_zone)
        if not self.from_min <= clock.hour * 60 + clock.minute < self.until_min:
            return False
        day = calendar_day(instant_s, time_zone)
        if self.spans and not any(first <= day <= last for first, last in self.spans):
            return False
        kind = "holiday" if is_holiday(day) else WEEKDAYS[day.weekday()]
        return kind in self.days


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@lru_cache(maxsize=1024)
def is_holiday(day: dt.date) -> bool:
    """Whether it is a public holiday in France (without those of Alsace-Moselle)."""
    return day in _french_holidays(day.year)


@lru_cache(maxsize=16)
def _french_holidays(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("FR", years=year))


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction for who meets all it asks for (what is empty asks nothing). Reductions apply in the order of the
    file; of those with the same `slot` only the first."""

    id: str
    name_fr: str
    name_en: str
    slot: str = ""
    categories: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    """One of these cards."""
    party_min: int = 1
    """At least so many travel together."""
    times: tuple[str, ...] = ()
    """The first ride begins in one of these hours; of a pass, which is for a time, none does."""
    networks: tuple[str, ...] = ()
    """The product is for rides on these alone (what a transfer adds for free is not looked at)."""
    products: tuple[str, ...] = ()
    off_permille: int = 0
    cents: int | None = None
    """Costs that, where it costs more."""


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is sold. Which fields mean something depends on the kind; the reader refuses the others."""

    id: str
    kind: Kind
    name_fr: str
    name_en: str
    networks: tuple[str, ...] = ()
    fare: Fare | None = None
    categories: tuple[str, ...] = ()
    """Who may buy and use it; (): everybody."""
    times: tuple[str, ...] = ()
    """Rides that begin in one of these hours; (): always."""
    cents_of: tuple[tuple[str, int], ...] = ()
    """Prices of categories, instead of fare and reductions."""
    is_reduced: bool = True
    """Whether reductions apply."""
    within_min: int | None = None
    """Single, group: rides that begin less than this after the first. Joined, transfer: less than this between getting
    off and setting out."""
    is_joined: bool = False
    base: str = ""
    """Return, transfer, carnet: the single."""
    permille: int = 1000
    """Return: of two singles."""
    free_networks: tuple[str, ...] = ()
    surcharge_cents: int = 0
    """Transfer: beside the single."""
    units: int = 0
    is_shared: bool = False
    """Carnet: one's units are for those one travels with, too."""
    valid_days: int = 0
    """Carnet, card: fare days from the one it is bought on."""
    period: Period | None = None
    """Pass, cap, group."""
    hours: int = 0
    """Pass: so many hours from the first ride on, instead of a period."""
    riders_min: int = 1
    riders_max: int = 1
    vat_permille: int | None = None
    """None: the tariff's."""

    def is_for(self, category: str) -> bool:
        """Whether a category may buy and use it."""
        return not self.categories or category in self.categories


@dataclass(frozen=True, slots=True)
class RefundRule:
    """What is given back of a product, at least `before_min` minutes before it begins (negative: after). The first rule
    of the file that fits holds; without one nothing is given back."""

    kinds: tuple[str, ...]
    """(): all."""
    products: tuple[str, ...]
    """(): all."""
    before_min: int | None
    """None: at any time."""
    refund_permille: int
    fee_cents: int
    """Kept beside; never more than there is."""


@dataclass(frozen=True)
class Tariff:
    """One version; made by `read_tariff`."""

    id: str
    title_fr: str
    title_en: str
    valid_from: str
    """The first day, YYYY-MM-DD."""
    valid_until: str | None
    """The first day it is not in force any more; None: no end is known."""
    time_zone: str
    """In which fare days are told."""
    fare_day_begins_min: int
    """Minutes after midnight."""
    round_to_cents: int
    round_direction: Direction
    """Where a price is rounded, once, after all reductions."""
    vat_mode: VatMode
    vat_permille: int
    apportionment: str
    """The published rule revenue is divided between operators by (`ticketing.sales.apportionment`)."""
    exchange_fee_cents: int
    categories: tuple[Category, ...]
    networks: tuple[FareNetwork, ...]
    zones: tuple[tuple[str, frozenset[str]], ...]
    """Zones by the ids of their stops and stations; for stops in none of them, the feed's `zone_id`."""
    times: tuple[Hours, ...]
    reductions: tuple[Reduction, ...]
    products: tuple[Product, ...]
    refunds: tuple[RefundRule, ...]
    hash: str
    """SHA-256 (hex) of the canonical form."""
    canonical: bytes = field(repr=False)
    _known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def version(self) -> str:
        """Its name in prices and orders: `id@` and the start of the hash; "" of none."""
        return f"{self.id}@{self.hash[:12]}" if self.id else ""

    def remember(self, key: object, make: Callable[[], T]) -> T:
        """What follows from the tariff and the key, made once. Safe in threads: at worst a thing is made twice."""
        try:
            found: T = self._known[key]
        except KeyError:
            found = make()
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[key] = found
        return found

    @property
    def rics(self) -> dict[str, int]:
        """The RICS codes of the networks whose inspectors read UIC codes."""
        return {one.id: one.rics for one in self.networks if one.rics is not None}

    def find_network(self, leg: FareLeg) -> FareNetwork | None:
        """The network that prices a leg."""
        return self.remember(
            (FareNetwork, leg.feed_id, leg.agency_id, leg.mode, leg.route_id),
            lambda: next((one for one in self.networks if any(s.selects(leg) for s in one.select)), None),
        )

    def find_product(self, product_id: str) -> Product | None:
        """A product by its id."""
        found: Product | None = self._index(Product, self.products).get(product_id)
        return found

    def get_product(self, product_id: str) -> Product:
        """A product by its id. Raises KeyError."""
        found: Product = self._index(Product, self.products)[product_id]
        return found

    def find_category(self, category_id: str) -> Category | None:
        """A category by its id."""
        found: Category | None = self._index(Category, self.categories).get(category_id)
        return found

    def products_on(self, networks: frozenset[str]) -> tuple[Product, ...]:
        """The products that may cover a ride on one of these networks, in the order of the file."""
        return self.remember(
            (Product, networks),
            lambda: tuple(one for one in self.products if not networks.isdisjoint(self._networks_of(one))),
        )

    def _networks_of(self, product: Product) -> frozenset[str]:
        base = self.get_product(product.base).networks if product.base else ()
        return frozenset((*product.networks, *base, *product.free_networks))

    def is_within(self, names: Sequence[str], instant_s: int, time_zone: str) -> bool:
        """Whether an instant lies in one of the hours named; without a name it always does."""
        return not names or not self.hours_at(instant_s, time_zone).isdisjoint(names)

    def hours_at(self, instant_s: int, time_zone: str) -> frozenset[str]:
        """The hours an instant lies in."""
        return self.remember(
            (Hours, instant_s, time_zone),
            lambda: frozenset(one.id for one in self.times if one.holds(instant_s, time_zone)),
        )

    def zones_of(self, leg: FareLeg) -> frozenset[str]:
        """The zones a leg touches; empty where they are not known."""
        table: dict[str, str] = self._zone_of_stop()
        ends = {_zone_of(leg.origin, table), _zone_of(leg.destination, table)}
        if "" in ends:
            return frozenset()
        return frozenset(ends) | frozenset(zone for zone in leg.zone_ids if zone)

    def operators_of(self, product: Product) -> tuple[str, ...]:
        """Those whose rides a product may cover, in the order of the file."""
        covered = self._networks_of(product)
        return tuple(dict.fromkeys(one.operator for one in self.networks if one.id in covered))

    def networks_of(self, product: Product) -> tuple[str, ...]:
        """The networks a product may cover, by id, in the order of the file."""
        covered = self._networks_of(product)
        return tuple(one.id for one in self.networks if one.id in covered)

    def vat_of(self, product_id: str) -> int:
        """The rate, in thousandths, of a product, or of what is none (what a service asks, a feed's fares)."""
        product = self.find_product(product_id)
        if product is None or product.vat_permille is None:
            return self.vat_permille
        return product.vat_permille

    def _index(self, kind: type[Any], things: Sequence[Any]) -> dict[str, Any]:
        return self.remember(kind, lambda: {one.id: one for one in things})

    def _zone_of_stop(self) -> dict[str, str]:
        return self.remember("zones", lambda: {stop: zone for zone, stops in self.zones for stop in stops})


def _zone_of(stop: FareStop, table: dict[str, str]) -> str:
    return table.get(stop.id) or table.get(stop.station_id) or stop.zone_id


def in_force(versions: Sequence[Tariff], on_day: str) -> Tariff | None:
    """The version of a day (YYYY-MM-DD), of versions in the order of `valid_from`: the last that has begun. None: none
    has, or it has ended."""
    found = None
    for version in versions:
        if version.valid_from > on_day:
            break
        found = version
    return (
        None if found is not None and found.valid_until is not None and found.valid_until <= on_day else found
    )
