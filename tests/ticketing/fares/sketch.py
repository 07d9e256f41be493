"""Fares and legs in few words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.fares.tables import FareCalendar, FeedFares, LegRule, Pair, ProductRow, Timeframe, TransferRule

DAY = "2026-03-06"
"""A Friday."""


def at(clock: str, day: str = DAY, zone: str = "Europe/Paris") -> int:
    """The instant of a time of day."""
    hours, minutes, *seconds = map(int, clock.split(":"))
    date = dt.date.fromisoformat(day)
    local = dt.datetime(date.year, date.month, date.day, hours, minutes, *seconds, tzinfo=ZoneInfo(zone))
    return int(local.timestamp())


def stop(id_: str, zone: str = "Europe/Paris") -> FareStop:
    """A stop "station/platform", or without a station; ids have the feed's prefix."""
    station, _, platform = id_.rpartition("/")
    return FareStop(f"f_{platform}", platform, f"f_{station}" if station else "", time_zone=zone)


def leg(
    route: str, origin: str, destination: str, leaves: str = "08:00", arrives: str = "", **more: str
) -> FareLeg:
    """A ride; `arrives` ten minutes after it leaves unless told; `day`, `zone`."""
    day, zone = more.get("day", DAY), more.get("zone", "Europe/Paris")
    departure_s = at(leaves, day, zone)
    arrival_s = at(arrives, day, zone) if arrives else departure_s + 600
    return FareLeg(
        FareMode.CITY,
        stop(origin, zone),
        stop(destination, more.get("to_zone", zone)),
        departure_s,
        arrival_s,
        1000,
        feed_id="f",
        route_id=f"f_{route}",
    )


def product(id_: str, cents: int, **more: object) -> ProductRow:
    """A row of fare_products.txt, in euros."""
    name = ":".join([id_, *map(str, more.values())])
    return replace(ProductRow(f"products:{name}", id_, id_, cents, "EUR"), **more)


def rules(*rows: LegRule) -> tuple[LegRule, ...]:
    """Leg rules, numbered as lines of their file."""
    return tuple(replace(row, row=f"fare_leg_rules.txt:{line}") for line, row in enumerate(rows, start=2))


def rule(product_id: str, **more: object) -> LegRule:
    """A row of fare_leg_rules.txt."""
    return replace(LegRule("", product_id), **more)


def transfers(*rows: TransferRule) -> tuple[TransferRule, ...]:
    """Transfer rules, numbered as lines of their file."""
    return tuple(
        replace(row, row=f"fare_transfer_rules.txt:{line}") for line, row in enumerate(rows, start=2)
    )


def transfer(from_: str, to: str, kind: int, product_id: str = "", **more: int) -> TransferRule:
    """A row of fare_transfer_rules.txt; `count`, `limit` (seconds), `type` of the limit."""
    return TransferRule(
        "", from_, to, kind, product_id, more.get("count"), more.get("limit"), more.get("type")
    )


def frame(group: str, start: str = "00:00", end: str = "24:00", service: str = "always") -> Timeframe:
    """A row of timeframes.txt."""
    seconds = [
        sum(int(part) * unit for part, unit in zip(text.split(":"), (3600, 60, 1), strict=False))
        for text in (start, end)
    ]
    return Timeframe(f"timeframes.txt:{group}{start}", group, *seconds, service)


def calendar(service: str, weekdays: Iterable[int] = range(7)) -> FareCalendar:
    """A service of all of 2026."""
    return FareCalendar(service, frozenset(weekdays), dt.date(2026, 1, 1), dt.date(2026, 12, 31))


ALWAYS = calendar("always")


def fares(**more: object) -> FeedFares:
    """Fares of the feed "f". `areas` and `networks`: "stop": "area …", "route": "network", without the prefix."""
    areas, networks = more.pop("areas", {}), more.pop("networks", {})
    made = FeedFares("f", calendars=(ALWAYS,))
    return replace(
        made,
        stop_areas=tuple(Pair(f"f_{id_}", area) for id_, named in areas.items() for area in named.split()),
        route_networks=tuple(Pair(f"f_{route}", network) for route, network in networks.items()),
        **more,
    )
