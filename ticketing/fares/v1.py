"""GTFS-Fares v1: the least that legs of one feed cost by fare_attributes.txt and fare_rules.txt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ticketing.fares.leg import FareLeg, FareStop
from ticketing.fares.price import Charge, FarePart, FeedPrice, RejectedFare
from ticketing.fares.tables import FareAttribute, FareRule, FeedFares


def price_v1(legs: Sequence[FareLeg], fares: FeedFares) -> FeedPrice | None:
    """The least over all ways to cover the legs, in order, by fares each of which covers some that follow each other;
    None: unknown, since there is none. Every currency is looked at by itself, euros first."""
    if not legs:
        return None
    for currency in fares.currencies:
        chosen = _cheapest(legs, fares, currency)
        if chosen is not None:
            parts = tuple(map(_part, chosen))
            rejected = tuple(other for one in chosen for other in _others(one, legs, fares, currency))
            return FeedPrice(sum(part.cents for part in parts), currency, parts, rejected)
    return None


@dataclass(frozen=True, slots=True)
class _Cover:
    """A fare, the legs it covers, and by which rules."""

    fare: FareAttribute
    first: int
    after: int
    rows: tuple[str, ...]


def _cheapest(legs: Sequence[FareLeg], fares: FeedFares, currency: str) -> list[_Cover] | None:
    best: list[tuple[int, int, list[_Cover]] | None] = [(0, 0, [])]
    for after in range(1, len(legs) + 1):
        found: tuple[int, int, list[_Cover]] | None = None
        for first in range(after):
            paid = best[first]
            if paid is None:
                continue
            for cover in _covers(legs, first, after, fares, currency):
                way = (paid[0] + cover.fare.cents, paid[1] + 1, [*paid[2], cover])
                if found is None or way[:2] < found[:2]:
                    found = way
        best.append(found)
    last = best[-1]
    return None if last is None else last[2]


def _covers(
    legs: Sequence[FareLeg], first: int, after: int, fares: FeedFares, currency: str
) -> Iterator[_Cover]:
    for fare in fares.fares:
        if fare.currency == currency and not refusal(fare, legs[first:after]):
            rows = match_fare_rules(fare, legs[first:after], fares)
            if rows is not None:
                yield _Cover(fare, first, after, rows)


def refusal(fare: FareAttribute, run: Sequence[FareLeg]) -> tuple[str, str] | None:
    """Why a fare, whatever its rules, cannot cover legs that follow each other, in French and in English."""
    changes, elapsed_s = len(run) - 1, run[-1].departure_s - run[0].departure_s
    if fare.agency_id and any(leg.agency_id != fare.agency_id for leg in run):
        return "d'un autre transporteur", "of another agency"
    if fare.transfers is not None and changes > fare.transfers:
        return f"{fare.transfers} correspondances au plus", f"for at most {fare.transfers} transfers"
    if changes and fare.duration_s is not None and elapsed_s > fare.duration_s:
        over_s = elapsed_s - fare.duration_s
        return f"{over_s} s au-delà de la durée permise", f"{over_s} s beyond its duration"
    return None


def match_fare_rules(fare: FareAttribute, run: Sequence[FareLeg], fares: FeedFares) -> tuple[str, ...] | None:
    """The rows by which a fare covers legs that follow each other, () of a fare without rules (it covers anything);
    None: it does not.

    Each leg needs a row with its route, or none, that fits where the run begins, where it ends, and the zones it
    enters: rows that differ only in `contains_id` belong together, and the run enters all of theirs and no others.
    """
    rules = fares.fare_rules_of.get(fare.fare_id, ())
    if not rules:
        return ()
    origin, destination = _zone(run[0].origin, fares), _zone(run[-1].destination, fares)
    entered = {zone for leg in run for zone in _zones(leg, fares)} - {""}
    contained: dict[tuple[str, str, str], set[str]] = {}
    for rule in rules:
        key = (rule.route_id, rule.origin_id, rule.destination_id)
        contained.setdefault(key, set()).update({rule.contains_id} - {""})
    rows: list[str] = []
    for leg in run:
        fitting = [
            rule
            for rule in rules
            if rule.route_id in ("", leg.route_id)
            and rule.origin_id in ("", origin)
            and rule.destination_id in ("", destination)
            and contained[rule.route_id, rule.origin_id, rule.destination_id] in (set(), entered)
        ]
        if not fitting:
            return None
        rows += _of_one_key(fitting)
    return tuple(dict.fromkeys(rows))


def _of_one_key(fitting: list[FareRule]) -> list[str]:
    first = fitting[0]
    key = (first.route_id, first.origin_id, first.destination_id)
    return [rule.row for rule in fitting if (rule.route_id, rule.origin_id, rule.destination_id) == key]


def _zone(stop: FareStop, fares: FeedFares) -> str:
    return stop.zone_id or fares.zone_of.get(stop.id, "")


def _zones(leg: FareLeg, fares: FeedFares) -> tuple[str, ...]:
    return (_zone(leg.origin, fares), *leg.zone_ids, _zone(leg.destination, fares))


def _part(cover: _Cover) -> FarePart:
    fare, legs = cover.fare, tuple(range(cover.first, cover.after))
    charge = Charge(
        "fare",
        legs,
        fare.cents,
        fare.fare_id,
        fare.fare_id,
        (fare.row, *cover.rows),
        f"{fare.row}: {fare.fare_id} {fare.cents} {fare.currency} cents"
        + (f", by {', '.join(cover.rows)}" if cover.rows else ", valid everywhere"),
    )
    return FarePart(legs, fare.cents, fare.fare_id, fare.fare_id, "", "", (charge,))


def _others(
    cover: _Cover, legs: Sequence[FareLeg], fares: FeedFares, currency: str
) -> Iterator[RejectedFare]:
    """Fares that cover, by their rules, the same legs."""
    run, indices = legs[cover.first : cover.after], tuple(range(cover.first, cover.after))
    for fare in fares.fares:
        if fare is cover.fare or fare.currency != currency:
            continue
        if match_fare_rules(fare, run, fares) is None:
            continue
        reasons = refusal(fare, run)
        known = fare.cents if reasons is None else None
        dearer = fare.cents > cover.fare.cents
        said = reasons or (("plus cher", "dearer") if dearer else ("le même prix", "the same price"))
        yield RejectedFare(indices, fare.fare_id, known, fare.row, *said)
