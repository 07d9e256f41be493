"""Identifiers of fares once feeds stand side by side: those that legs have, `{feed}_{id}`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ticketing.fares.tables import FeedFares, Pair


def with_prefix(fares: FeedFares) -> FeedFares:
    """The fares with the feed's prefix before ids of stops, routes and agencies; all others are the fares' own."""

    def named(id_: str) -> str:
        return f"{fares.feed_id}_{id_}" if id_ else ""

    def named_pairs(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        return tuple(Pair(named(pair.id), pair.of) for pair in pairs)

    return replace(
        fares,
        stop_areas=named_pairs(fares.stop_areas),
        route_networks=named_pairs(fares.route_networks),
        stop_zones=named_pairs(fares.stop_zones),
        join_rules=tuple(
            replace(rule, from_stop_id=named(rule.from_stop_id), to_stop_id=named(rule.to_stop_id))
            for rule in fares.join_rules
        ),
        fares=tuple(replace(fare, agency_id=named(fare.agency_id)) for fare in fares.fares),
        fare_rules=tuple(replace(rule, route_id=named(rule.route_id)) for rule in fares.fare_rules),
    )
