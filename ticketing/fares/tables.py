"""What a feed says about its prices: GTFS-Fares v2 or v1, as rows; `gtfs_feeds.fares` reads it, `feed_price` asks it.

Ids of stops, routes and agencies are the network's, with the feed's prefix, as legs have them. All other ids (areas,
networks, groups, products, zones …) are the feed's own: nobody outside of its fares knows them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class LegRule:
    """A row of fare_leg_rules.txt; "" is an empty field. `row`: "fare_leg_rules.txt:12", its line in the file."""

    row: str
    product_id: str
    leg_group_id: str = ""
    network_id: str = ""
    from_area_id: str = ""
    to_area_id: str = ""
    from_timeframe_id: str = ""
    to_timeframe_id: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A row of fare_products.txt: what a product costs a rider category with a fare medium."""

    row: str
    product_id: str
    name: str
    cents: int
    """In the smallest unit of the currency; may be negative (a discount of a transfer) or 0."""
    currency: str
    category_id: str = ""
    """"": for anybody."""
    is_default: bool = False
    """Of the categories the product has a price for, the one of who says nothing (rider_categories.txt)."""
    medium_id: str = ""
    """"": with any medium."""


@dataclass(frozen=True, slots=True)
class TransferRule:
    """A row of fare_transfer_rules.txt."""

    row: str
    from_group_id: str
    to_group_id: str
    transfer_type: int
    """0: A + AB; 1: A + AB + B; 2: AB."""
    product_id: str = ""
    """"": the transfer costs nothing."""
    transfer_count: int | None = None
    """Of rules from a group to itself: how many transfers in a row; -1: any number. None elsewhere."""
    limit_s: int | None = None
    limit_type: int | None = None
    """0: from departure to arrival; 1: departure to departure; 2: arrival to departure; 3: arrival to arrival."""


@dataclass(frozen=True, slots=True)
class JoinRule:
    """A row of fare_leg_join_rules.txt. Both stops are given or none; a station stands for its platforms."""

    row: str
    from_network_id: str
    to_network_id: str
    from_stop_id: str = ""
    to_stop_id: str = ""


@dataclass(frozen=True, slots=True)
class Timeframe:
    """A row of timeframes.txt: [start, end) in seconds of the local day, at most 24 h."""

    row: str
    group_id: str
    start_s: int
    end_s: int
    service_id: str


@dataclass(frozen=True, slots=True)
class FareCalendar:
    """The days of a service that timeframes refer to; weekdays as `date.weekday`."""

    service_id: str
    weekdays: frozenset[int]
    first_day: dt.date
    last_day: dt.date
    added: frozenset[dt.date] = frozenset()
    removed: frozenset[dt.date] = frozenset()

    def has(self, day: dt.date) -> bool:
        """Whether the service is active on `day`."""
        regular = self.first_day <= day <= self.last_day and day.weekday() in self.weekdays
        return day not in self.removed and (regular or day in self.added)


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing belongs to another: a stop to an area or to a zone, a route to a network."""

    id: str
    of: str


@dataclass(frozen=True, slots=True)
class Medium:
    """A row of fare_media.txt: how one pays, or what one shows (card, app, paper …)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class FareAttribute:
    """A row of fare_attributes.txt (Fares v1)."""

    row: str
    fare_id: str
    cents: int
    """In the smallest unit of the currency."""
    currency: str
    transfers: int | None = None
    """How many changes one may make with it; None: any number."""
    duration_s: int | None = None
    """Until when after its first departure the last ride may leave."""
    agency_id: str = ""


@dataclass(frozen=True, slots=True)
class FareRule:
    """A row of fare_rules.txt (Fares v1); "" is an empty field."""

    row: str
    fare_id: str
    route_id: str = ""
    origin_id: str = ""
    destination_id: str = ""
    contains_id: str = ""


@dataclass(frozen=True)
class FeedFares:
    """All of one feed's fares: v2 or v1, never both. Where v2 has a usable leg rule, v1 is not read."""

    feed_id: str
    leg_rules: tuple[LegRule, ...] = ()
    has_priority: bool = False
    """fare_leg_rules.txt has the column rule_priority: an empty field means any, no longer "what is not listed"."""
    products: tuple[ProductRow, ...] = ()
    transfer_rules: tuple[TransferRule, ...] = ()
    join_rules: tuple[JoinRule, ...] = ()
    timeframes: tuple[Timeframe, ...] = ()
    calendars: tuple[FareCalendar, ...] = ()
    stop_areas: tuple[Pair, ...] = ()
    route_networks: tuple[Pair, ...] = ()
    media: tuple[Medium, ...] = ()
    fares: tuple[FareAttribute, ...] = ()
    fare_rules: tuple[FareRule, ...] = ()
    stop_zones: tuple[Pair, ...] = ()
    """`stops.zone_id`, of Fares v1 only."""

    @property
    def is_v2(self) -> bool:
        """Whether the prices are those of GTFS-Fares v2."""
        return bool(self.leg_rules)

    @cached_property
    def zone_of(self) -> Mapping[str, str]:
        """The `zone_id` of each stop that has one (Fares v1): what `FareStop.zone_id` and `FareLeg.zone_ids` say."""
        return {pair.id: pair.of for pair in self.stop_zones}

    @cached_property
    def areas_of(self) -> Mapping[str, frozenset[str]]:
        """The areas stops and stations are assigned to themselves."""
        areas: dict[str, set[str]] = {}
        for pair in self.stop_areas:
            areas.setdefault(pair.id, set()).add(pair.of)
        return {stop: frozenset(found) for stop, found in areas.items()}

    @cached_property
    def network_of(self) -> Mapping[str, str]:
        """The network of each route that has one."""
        return {pair.id: pair.of for pair in self.route_networks}

    @cached_property
    def calendar_of(self) -> Mapping[str, FareCalendar]:
        """Calendars by service id."""
        return {calendar.service_id: calendar for calendar in self.calendars}

    @cached_property
    def timeframes_of(self) -> Mapping[str, tuple[Timeframe, ...]]:
        """Timeframes by group."""
        groups: dict[str, list[Timeframe]] = {}
        for timeframe in self.timeframes:
            groups.setdefault(timeframe.group_id, []).append(timeframe)
        return {group: tuple(rows) for group, rows in groups.items()}

    @cached_property
    def rows_of(self) -> Mapping[str, tuple[ProductRow, ...]]:
        """Rows of fare_products.txt by product."""
        products: dict[str, list[ProductRow]] = {}
        for row in self.products:
            products.setdefault(row.product_id, []).append(row)
        return {product: tuple(rows) for product, rows in products.items()}

    @cached_property
    def rules_of(self) -> Mapping[tuple[str, str, str], tuple[LegRule, ...]]:
        """Leg rules by (network, from area, to area), "" where the field is empty."""
        rules: dict[tuple[str, str, str], list[LegRule]] = {}
        for rule in self.leg_rules:
            rules.setdefault((rule.network_id, rule.from_area_id, rule.to_area_id), []).append(rule)
        return {key: tuple(found) for key, found in rules.items()}

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """Where each leg rule stands in the file."""
        return {rule.row: place for place, rule in enumerate(self.leg_rules)}

    @cached_property
    def listed(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The networks, from areas and to areas that leg rules name."""
        return (
            frozenset(rule.network_id for rule in self.leg_rules) - {""},
            frozenset(rule.from_area_id for rule in self.leg_rules) - {""},
            frozenset(rule.to_area_id for rule in self.leg_rules) - {""},
        )

    @cached_property
    def listed_groups(self) -> tuple[frozenset[str], frozenset[str]]:
        """The from groups and the to groups that transfer rules name."""
        return (
            frozenset(rule.from_group_id for rule in self.transfer_rules) - {""},
            frozenset(rule.to_group_id for rule in self.transfer_rules) - {""},
        )

    @cached_property
    def fare_rules_of(self) -> Mapping[str, tuple[FareRule, ...]]:
        """Rows of fare_rules.txt by fare."""
        rules: dict[str, list[FareRule]] = {}
        for rule in self.fare_rules:
            rules.setdefault(rule.fare_id, []).append(rule)
        return {fare: tuple(found) for fare, found in rules.items()}

    @cached_property
    def media_in_use(self) -> tuple[str, ...]:
        """The media some product has a price with, "" (it does not matter) first."""
        return tuple(sorted({"", *(row.medium_id for row in self.products)}))

    @cached_property
    def currencies(self) -> tuple[str, ...]:
        """All there are, euros first."""
        found = {row.currency for row in self.products} | {fare.currency for fare in self.fares}
        return tuple(sorted(found, key=lambda currency: (currency != "EUR", currency)))

    @cached_property
    def medium_names(self) -> Mapping[str, str]:
        """What people call a medium."""
        return {medium.id: medium.name or medium.id for medium in self.media}
