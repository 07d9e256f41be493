"""The cheapest way to cover a journey, proven and explained.

Pure, in whole cents. All ways to cover some of the legs are listed (`ticketing.pricing.ways`), the exact least price of
covering all of them for all riders is found (`ticketing.pricing.cover`), and whatever was not taken is answered with
the least the journey would have cost with it, or why it does not apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ticketing.fares.leg import FareLeg
from ticketing.fares.tables import FeedFares
from ticketing.pricing.case import Case
from ticketing.pricing.cover import Riding, cover_all
from ticketing.pricing.lines import Lines
from ticketing.pricing.price import Price, PriceUnknown
from ticketing.pricing.rejections import list_rejected
from ticketing.pricing.rider import Rider
from ticketing.pricing.ways import Barred, list_ways
from ticketing.tariff.tariff import Tariff

LEGS_MAX = 16
RIDERS_MAX = 100


def cheapest(
    legs: Sequence[FareLeg],
    riders: Sequence[Rider],
    tariff: Tariff,
    feed_fares: Mapping[str, FeedFares],
    bought_s: int,
    *,
    is_explained: bool = True,
) -> Price | PriceUnknown:
    """The least a party pays for a journey that is bought at `bought_s` (epoch seconds).

    `feed_fares`: by feed, for the legs the tariff does not price. Without `is_explained` nothing that was rejected is
    listed, which is faster. Raises ValueError without riders, with more than 100 of them, or of more than 16 legs.
    """
    if not 0 < len(riders) <= RIDERS_MAX or len(legs) > LEGS_MAX:
        raise ValueError(f"{len(riders)} riders on {len(legs)} legs: 1 to {RIDERS_MAX} on at most {LEGS_MAX}")
    found = [tariff.find_network(leg) for leg in legs]
    case = Case(
        legs, len(riders), tariff, feed_fares, bought_s, [network.id if network else "" for network in found]
    )
    ridings: dict[Rider, tuple[Riding, list[Barred]]] = {}
    for rider in riders:
        if rider not in ridings:
            ways, barred = list_ways(case, rider, riders, is_explained=is_explained)
            ridings[rider] = Riding(ways, len(legs), case.pools), barred
    unknown = sorted({leg for riding, _ in ridings.values() for leg in riding.uncovered()})
    parts = {rider: riding.parts() for rider, (riding, _) in ridings.items()} if not unknown else {}
    best = None if unknown else cover_all([parts[rider] for rider in riders], case.pools)
    if best is None:
        return _unknown(unknown or list(range(len(legs))))
    cents, chosen = best
    lines = Lines(case, riders, {rider: riding.ways for rider, (riding, _) in ridings.items()}).make(chosen)
    assert sum(line.cents for line in lines) == cents
    rejected = list_rejected(case, riders, ridings, chosen, cents) if is_explained else ()
    return Price(cents, lines, rejected, "EUR", tariff.version)


def _unknown(legs: Sequence[int]) -> PriceUnknown:
    return PriceUnknown(
        tuple(legs),
        "Le prix d’une partie du trajet n’est pas connu.",
        "The price of a part of the journey is not known.",
    )
