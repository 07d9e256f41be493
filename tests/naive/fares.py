"""Prices by a feed's fares, word for word: every choice is tried, every table is searched from its first row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import product
from zoneinfo import ZoneInfo

from ticketing.fares.leg import FareLeg, FareStop
from ticketing.fares.tables import FareAttribute, FeedFares, LegRule, TransferRule

Group = list[FareLeg]


def naive_price(legs: Sequence[FareLeg], fares: FeedFares, category: str) -> tuple[int, str] | None:
    """(cents, currency) of the least; None: unknown."""
    rows = [row.currency for row in fares.products] + [fare.currency for fare in fares.fares]
    for currency in sorted(set(rows), key=lambda one: (one != "EUR", one)):
        find = _least_v2 if fares.leg_rules else _least_v1
        found = find(list(legs), fares, category, currency)
        if found is not None:
            return (found, currency) if found >= 0 else None
    return None


# ── v2 ─────────────────────────────────────────────────────────────────────────────────────────────────


def _least_v2(legs: list[FareLeg], fares: FeedFares, category: str, currency: str) -> int | None:
    effective = _effective(legs, fares)
    options = [_rules_of(group, fares) for group in effective]
    media = ["", *(row.medium_id for row in fares.products)]
    totals = [
        total
        for rules in product(*options)
        for links in product([None, *fares.transfer_rules], repeat=max(0, len(effective) - 1))
        for paid_with in product(sorted(set(media)), repeat=1 + links.count(None))
        if (total := _total(effective, rules, links, paid_with, fares, category, currency)) is not None
    ]
    return min(totals, default=None) if effective else None


def _effective(legs: list[FareLeg], fares: FeedFares) -> list[Group]:
    groups: list[Group] = []
    for leg in legs:
        if groups and any(
            _network(groups[-1][-1], fares) == rule.from_network_id
            and _network(leg, fares) == rule.to_network_id
            and (
                groups[-1][-1].destination.id == leg.origin.id
                or groups[-1][-1].destination.station_id == leg.origin.station_id != ""
                if not rule.from_stop_id
                else rule.from_stop_id
                in (groups[-1][-1].destination.id, groups[-1][-1].destination.station_id)
                and rule.to_stop_id in (leg.origin.id, leg.origin.station_id)
            )
            for rule in fares.join_rules
        ):
            groups[-1].append(leg)
        else:
            groups.append([leg])
    return groups


def _network(leg: FareLeg, fares: FeedFares) -> str:
    return next((pair.of for pair in fares.route_networks if pair.id == leg.route_id), "")


def _areas(stop: FareStop, fares: FeedFares) -> set[str]:
    own = {pair.of for pair in fares.stop_areas if pair.id == stop.id}
    return own or {pair.of for pair in fares.stop_areas if pair.id == stop.station_id}


def _rules_of(group: Group, fares: FeedFares) -> list[LegRule]:
    networks = {_network(leg, fares) for leg in group}
    start, end = group[0], group[-1]
    origin, destination = _areas(start.origin, fares), _areas(end.destination, fares)
    listed_networks = {rule.network_id for rule in fares.leg_rules if rule.network_id}
    listed_from = {rule.from_area_id for rule in fares.leg_rules if rule.from_area_id}
    listed_to = {rule.to_area_id for rule in fares.leg_rules if rule.to_area_id}

    def fits(value: str, own: set[str], listed: set[str]) -> bool:
        if value:
            return value in own
        return fares.has_priority or own.isdisjoint(listed)

    found = []
    for rule in fares.leg_rules:
        if rule.network_id and networks != {rule.network_id}:
            continue
        if (
            fits(rule.network_id, networks, listed_networks)
            and fits(rule.from_area_id, origin, listed_from)
            and fits(rule.to_area_id, destination, listed_to)
            and _in_time(rule.from_timeframe_id, start.departure_s, start.origin.time_zone, fares)
            and _in_time(rule.to_timeframe_id, end.arrival_s, end.destination.time_zone, fares)
        ):
            found.append(rule)
    return [rule for rule in found if rule.priority == max(other.priority for other in found)]


def _in_time(group: str, instant_s: int, zone: str, fares: FeedFares) -> bool:
    if not group:
        return True
    local = dt.datetime.fromtimestamp(instant_s, dt.UTC).astimezone(ZoneInfo(zone))
    for row in fares.timeframes:
        (calendar,) = [one for one in fares.calendars if one.service_id == row.service_id]
        day = local.date()
        on = calendar.first_day <= day <= calendar.last_day and day.weekday() in calendar.weekdays
        on = (on or day in calendar.added) and day not in calendar.removed
        clock_s = (local.replace(tzinfo=None) - dt.datetime.combine(day, dt.time())).total_seconds()
        if row.group_id == group and on and row.start_s <= clock_s < row.end_s:
            return True
    return False


def _cents(product_id: str, medium: str, fares: FeedFares, category: str, currency: str) -> int | None:
    """What a product costs with a medium; None: it has no price."""
    rows = [row for row in fares.products if row.product_id == product_id and row.currency == currency]
    of_category = [row for row in rows if category and row.category_id.casefold() == category.casefold()]
    if not of_category:
        of_category = [row for row in rows if row.is_default]
    usable = [row for row in rows if row.category_id == ""] + of_category
    return min((row.cents for row in usable if row.medium_id in ("", medium)), default=None)


def _total(
    effective: list[Group],
    rules: Sequence[LegRule],
    links: Sequence[TransferRule | None],
    paid_with: Sequence[str],
    fares: FeedFares,
    category: str,
    currency: str,
) -> int | None:
    """What it costs with these rules, these transfers (None: a new sub-journey) and these media of sub-journeys;
    None: not allowed, or some product has no price."""
    part, total, first, chain_from, chain_count = 0, 0, True, 0, 0
    cost = _cents(rules[0].product_id, paid_with[0], fares, category, currency)
    for place, link in enumerate(links):
        before, after = rules[place], rules[place + 1]
        if before.leg_group_id == after.leg_group_id:
            count, since = chain_count + 1, chain_from
        else:
            count, since = 1, place
        allowed = _allowed(before, after, effective[since], effective[place + 1], count, fares)
        if (link is None) != (not allowed) or (link is not None and link not in allowed):
            return None
        if link is None:
            if cost is None:
                return None
            part, total, first, chain_from, chain_count = part + 1, total + cost, True, place + 1, 0
            cost = _cents(after.product_id, paid_with[part], fares, category, currency)
            continue
        ab = _cents(link.product_id, paid_with[part], fares, category, currency) if link.product_id else 0
        b = _cents(after.product_id, paid_with[part], fares, category, currency)
        if ab is None:
            return None
        if link.transfer_type == 2:
            cost = ab if first else None if cost is None else cost + ab
        elif link.transfer_type == 0:
            cost = None if cost is None else cost + ab
        else:
            cost = None if cost is None or b is None else cost + ab + b
        if cost is None:
            return None
        first = False
        if before.leg_group_id == after.leg_group_id:
            chain_count = count
        else:
            chain_from, chain_count = place + 1, 0
    return None if cost is None else total + cost


def _allowed(
    before: LegRule, after: LegRule, since: Group, to: Group, count: int, fares: FeedFares
) -> list[TransferRule]:
    listed_from = {rule.from_group_id for rule in fares.transfer_rules if rule.from_group_id}
    listed_to = {rule.to_group_id for rule in fares.transfer_rules if rule.to_group_id}
    found = []
    for rule in fares.transfer_rules:
        from_fits = (
            rule.from_group_id == before.leg_group_id
            if rule.from_group_id
            else before.leg_group_id not in listed_from
        )
        to_fits = (
            rule.to_group_id == after.leg_group_id
            if rule.to_group_id
            else after.leg_group_id not in listed_to
        )
        if not from_fits or not to_fits:
            continue
        if rule.limit_s is not None:
            ends = {
                0: (since[0].departure_s, to[-1].arrival_s),
                1: (since[0].departure_s, to[0].departure_s),
                2: (since[-1].arrival_s, to[0].departure_s),
                3: (since[-1].arrival_s, to[-1].arrival_s),
            }[rule.limit_type or 0]
            if ends[1] - ends[0] > rule.limit_s:
                continue
        if rule.transfer_count in (None, -1) or (rule.transfer_count or 0) >= count:
            found.append(rule)
    counts = [rule.transfer_count for rule in found if rule.transfer_count not in (None, -1)]
    if counts:
        return [rule for rule in found if rule.transfer_count == min(counts)]  # type: ignore[type-var]
    return found


# ── v1 ─────────────────────────────────────────────────────────────────────────────────────────────────


def _least_v1(legs: list[FareLeg], fares: FeedFares, category: str, currency: str) -> int | None:
    """All ways to cut the journey into runs, and of each run the cheapest fare."""
    totals = []
    for cuts in product([False, True], repeat=max(0, len(legs) - 1)):
        runs: list[Group] = []
        for place, leg in enumerate(legs):
            if place and not cuts[place - 1]:
                runs[-1].append(leg)
            else:
                runs.append([leg])
        prices = [
            min(
                (fare.cents for fare in fares.fares if fare.currency == currency and _fits(fare, run, fares)),
                default=None,
            )
            for run in runs
        ]
        if prices and all(price is not None for price in prices):
            totals.append(sum(price for price in prices if price is not None))
    return min(totals, default=None)


def _fits(fare: FareAttribute, run: Group, fares: FeedFares) -> bool:
    if fare.agency_id and {leg.agency_id for leg in run} != {fare.agency_id}:
        return False
    if fare.transfers is not None and len(run) > fare.transfers + 1:
        return False
    if (
        len(run) > 1
        and fare.duration_s is not None
        and run[-1].departure_s - run[0].departure_s > fare.duration_s
    ):
        return False
    rows = [rule for rule in fares.fare_rules if rule.fare_id == fare.fare_id]
    zones = {pair.id: pair.of for pair in fares.stop_zones}

    def zone(stop: FareStop) -> str:
        return stop.zone_id or zones.get(stop.id, "")

    entered = {zone(stop) for leg in run for stop in (leg.origin, leg.destination)}
    entered |= {id_ for leg in run for id_ in leg.zone_ids}
    entered.discard("")

    def leg_fits(leg: FareLeg) -> bool:
        for row in rows:
            key = (row.route_id, row.origin_id, row.destination_id)
            together = [r for r in rows if (r.route_id, r.origin_id, r.destination_id) == key]
            contained = {r.contains_id for r in together} - {""}
            if (
                row.route_id in ("", leg.route_id)
                and row.origin_id in ("", zone(run[0].origin))
                and row.destination_id in ("", zone(run[-1].destination))
                and (not contained or contained == entered)
            ):
                return True
        return False

    return not rows or all(leg_fits(leg) for leg in run)
