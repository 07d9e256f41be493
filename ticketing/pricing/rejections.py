"""What was not taken: each with the least the journey would have cost with it, or why it does not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ticketing.money import euros
from ticketing.pricing.case import NO_POOL, Case, bits
from ticketing.pricing.cover import Part, Riding, Uses, added, price_of, within_limits
from ticketing.pricing.price import Rejected
from ticketing.pricing.rider import Rider
from ticketing.pricing.ways import Barred, Way


def list_rejected(
    case: Case,
    riders: Sequence[Rider],
    ridings: Mapping[Rider, tuple[Riding, list[Barred]]],
    chosen: Sequence[Part],
    cents: int,
) -> tuple[Rejected, ...]:
    """By rider, then in the order of the tariff; what holds for several riders is said once."""
    found: dict[Rejected, None] = {}
    seen: set[Rider] = set()
    for index, rider in enumerate(riders):
        if rider in seen:
            continue
        seen.add(rider)
        riding, barred = ridings[rider]
        others = _cost_of([part for n, part in enumerate(chosen) if n != index], case)
        taken = {(way.product_id, way.kind) for way in chosen[index].ways}
        best: dict[tuple[str, str], tuple[int, Way, tuple[str, ...]]] = {}
        for way in riding.ways:
            key = (way.product_id, way.kind)
            if key in taken:
                continue
            least = _least_with(case, riding, way, others)
            if least is not None and (key not in best or least[0] < best[key][0]):
                best[key] = least[0], way, least[1]
        for total, way, products in best.values():
            found[_dearer(case, way, products, total, cents)] = None
        possible = {way.product_id for way in riding.ways}
        for one in barred:
            if one.product_id not in possible:
                found[Rejected((one.product_id,), None, one.rule, one.reason_fr, one.reason_en)] = None
    return tuple(found)


def _cost_of(parts: Sequence[Part], case: Case) -> tuple[int, Uses]:
    """What others pay: cents without the party's pools, and what they use of these."""
    uses: Uses = ()
    cents = 0
    for part in parts:
        cents += part.cents
        for way in part.ways:
            if way.pool != NO_POOL and not case.pools[way.pool].is_personal:
                uses = added(uses, ((way.pool, 1),), case.pools)
    return cents, uses


def _least_with(
    case: Case, riding: Riding, way: Way, others: tuple[int, Uses]
) -> tuple[int, tuple[str, ...]] | None:
    """(cents, products) of the least the party pays when this way is taken and the others stay as they are."""
    best: tuple[int, Part] | None = None
    for mine, part in riding.with_way(way).items():
        together = added(others[1], mine, case.pools)
        if within_limits(together, case.pools):
            total = others[0] + part.cents + price_of(together, case.pools)
            if best is None or total < best[0]:
                best = total, part
    return None if best is None else (best[0], tuple(dict.fromkeys(one.product_id for one in best[1].ways)))


def _dearer(case: Case, way: Way, products: tuple[str, ...], total: int, cents: int) -> Rejected:
    product = case.tariff.find_product(way.product_id)
    name_fr, name_en = (product.name_fr, product.name_en) if product else (way.product_id, way.product_id)
    legs = ", ".join(str(i + 1) for i in bits(way.mask))
    pool = case.pools[way.pool].rule if way.pool != NO_POOL else ""
    more = total - cents
    if more > 0:
        reason_fr = (
            f"Avec « {name_fr} », le trajet coûterait {french_euros(total)} : {french_euros(more)} de plus."
        )
        reason_en = f"With “{name_en}” the journey would cost {euros(total)}: {euros(more)} more."
    else:
        reason_fr = f"« {name_fr} » ne coûterait pas moins."
        reason_en = f"“{name_en}” would not cost less."
    rule = "; ".join(one for one in (pool, way.rule) if one)
    return Rejected(products, total, f"{way.product_id} on leg {legs}: {rule}", reason_fr, reason_en)


def french_euros(cents: int) -> str:
    """As the French write it: 330 is "3,30 €"."""
    return f"{cents // 100},{cents % 100:02} €"
