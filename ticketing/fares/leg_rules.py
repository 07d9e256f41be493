"""Which rows of fare_leg_rules.txt match a leg: exactly, by what is not listed, or by priority."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from ticketing.fares.effective_legs import EffectiveLeg
from ticketing.fares.leg import FareStop
from ticketing.fares.tables import FeedFares, LegRule


@dataclass(frozen=True, slots=True)
class MatchedRules:
    """The rules that say what a leg costs, in the order of the file, and those of lower priority."""

    chosen: tuple[LegRule, ...]
    outranked: tuple[LegRule, ...]


def match_rules(leg: EffectiveLeg, fares: FeedFares) -> MatchedRules:
    """All rules the leg matches; none: its price is unknown.

    Without the column rule_priority an empty network or area stands for those no rule names (a leg without any
    included); with it, for any. An empty timeframe always does.
    """
    found = [rule for rule in _by_place(leg, fares) if _is_in_time(rule, leg, fares)]
    top = max((rule.priority for rule in found), default=0)
    found.sort(key=lambda rule: fares.place_of[rule.row])
    return MatchedRules(
        tuple(rule for rule in found if rule.priority == top),
        tuple(rule for rule in found if rule.priority != top),
    )


def areas_of(stop: FareStop, fares: FeedFares) -> frozenset[str]:
    """The areas of a stop: its own, or else its station's."""
    own = fares.areas_of.get(stop.id)
    return own if own is not None else fares.areas_of.get(stop.station_id, frozenset())


def is_in_timeframe(group_id: str, instant_s: int, time_zone: str, fares: FeedFares) -> bool:
    """Whether an instant lies in a timeframe of the group, by the clock and the calendar day of its own place."""
    local = dt.datetime.fromtimestamp(instant_s, _zone(time_zone))
    day = local.date()
    of_day_s = 3600 * local.hour + 60 * local.minute + local.second
    for timeframe in fares.timeframes_of.get(group_id, ()):
        calendar = fares.calendar_of.get(timeframe.service_id)
        if timeframe.start_s <= of_day_s < timeframe.end_s and calendar is not None and calendar.has(day):
            return True
    return False


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _by_place(leg: EffectiveLeg, fares: FeedFares) -> Iterator[LegRule]:
    named, named_from, named_to = fares.listed
    networks = _keys(leg.networks, named, fares, exact=len(leg.networks) == 1)
    origins = _keys(areas_of(leg.first.origin, fares), named_from, fares)
    destinations = _keys(areas_of(leg.last.destination, fares), named_to, fares)
    for network in networks:
        for origin in origins:
            for destination in destinations:
                yield from fares.rules_of.get((network, origin, destination), ())


def _keys(own: frozenset[str], named: frozenset[str], fares: FeedFares, *, exact: bool = True) -> set[str]:
    """What a field may say to match a leg that has `own`; `exact`: naming one of them is enough."""
    keys = set(own & named) if exact else set()
    if fares.has_priority or not own & named:
        keys.add("")
    return keys


def _is_in_time(rule: LegRule, leg: EffectiveLeg, fares: FeedFares) -> bool:
    start, end = leg.first, leg.last
    return (
        not rule.from_timeframe_id
        or is_in_timeframe(rule.from_timeframe_id, start.departure_s, start.origin.time_zone, fares)
    ) and (
        not rule.to_timeframe_id
        or is_in_timeframe(rule.to_timeframe_id, end.arrival_s, end.destination.time_zone, fares)
    )
