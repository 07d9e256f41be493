"""Legs that fares see as one: fare_leg_join_rules.txt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ticketing.fares.leg import FareLeg, FareStop
from ticketing.fares.tables import FeedFares, JoinRule


@dataclass(frozen=True, slots=True)
class EffectiveLeg:
    """Consecutive legs that are matched as one, from where the first begins to where the last ends."""

    legs: tuple[int, ...]
    """Indices into the legs asked about."""
    networks: frozenset[str]
    """Those of its legs; "" of a route that has none."""
    first: FareLeg
    last: FareLeg
    joins: tuple[str, ...] = ()
    """The rows that joined them."""


def join_legs(legs: Sequence[FareLeg], fares: FeedFares) -> tuple[EffectiveLeg, ...]:
    """The effective legs: a transfer that a rule matches joins, and what it joins may be joined again."""
    joined: list[EffectiveLeg] = []
    for index, leg in enumerate(legs):
        network = fares.network_of.get(leg.route_id, "")
        rule = _find_join(legs[index - 1], leg, fares) if index else None
        if rule is None:
            joined.append(EffectiveLeg((index,), frozenset((network,)), leg, leg))
        else:
            before = joined[-1]
            joined[-1] = EffectiveLeg(
                (*before.legs, index),
                before.networks | {network},
                before.first,
                leg,
                (*before.joins, rule.row),
            )
    return tuple(joined)


def _find_join(before: FareLeg, after: FareLeg, fares: FeedFares) -> JoinRule | None:
    if not fares.join_rules:
        return None
    networks = (
        fares.network_of.get(before.route_id, ""),
        fares.network_of.get(after.route_id, ""),
    )
    for rule in fares.join_rules:
        if (rule.from_network_id, rule.to_network_id) == networks and _is_there(rule, before, after):
            return rule
    return None


def _is_there(rule: JoinRule, before: FareLeg, after: FareLeg) -> bool:
    off, on = before.destination, after.origin
    if rule.from_stop_id or rule.to_stop_id:
        return _is_at(off, rule.from_stop_id) and _is_at(on, rule.to_stop_id)
    same_station = off.station_id != "" and off.station_id == on.station_id
    return off.id == on.id or same_station


def _is_at(stop: FareStop, id_: str) -> bool:
    return id_ in (stop.id, stop.station_id)
