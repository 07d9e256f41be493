"""What one ticket of a single covers, alone or as the base of a return, a transfer or a carnet's unit."""

from __future__ import annotations

from collections.abc import Iterator

from ticketing.fares.leg import FareMode
from ticketing.pricing.case import NO_POOL, Case, Cover, bits, mask_of
from ticketing.tariff.fare import FareKind
from ticketing.tariff.tariff import Product


def covers(case: Case, product: Product) -> list[Cover]:
    """What one ticket of a single may cover: found once for all riders and all that is based on it."""
    if product.id not in case.covers:
        case.covers[product.id] = list(_find_covers(case, product))
    return case.covers[product.id]


def _find_covers(case: Case, product: Product) -> Iterator[Cover]:
    fare = product.fare
    assert fare is not None
    here = [i for i in range(len(case.legs)) if may_ride(case, product, i)]
    if fare.kind == FareKind.ASKED:
        for i in here:
            asked = case.legs[i].fixed_cents
            if asked is not None:
                yield Cover(1 << i, asked, i if case.legs[i].mode == FareMode.ON_DEMAND else NO_POOL)
        return
    for first in here:
        if case.legs[first].fixed_cents is not None:
            continue
        for mask in _masks_from(case, product, here, first):
            full = full_cents(case, product, mask)
            if full is not None:
                yield Cover(mask, full)


def _masks_from(case: Case, product: Product, here: list[int], first: int) -> Iterator[int]:
    """The rides one ticket may cover of which `first` is the first."""
    mask = 1 << first
    if product.is_joined:
        yield mask
        for i in range(first + 1, len(case.legs)):
            if i not in here or not _is_joined(case, product, first, i):
                return
            mask |= 1 << i
            yield mask
    elif product.within_min is not None:
        until_s = case.legs[first].departure_s + 60 * product.within_min
        later = [i for i in here if i > first and case.legs[i].departure_s < until_s]
        for chosen in range(1 << len(later)):
            yield mask | mask_of([i for n, i in enumerate(later) if chosen >> n & 1])
    else:
        yield mask


def _is_joined(case: Case, product: Product, first: int, leg: int) -> bool:
    """Whether a ride goes on soon after the one before it, and not back to where the first began."""
    before, ride = case.legs[leg - 1], case.legs[leg]
    assert product.within_min is not None
    return (
        ride.fixed_cents is None
        and ride.departure_s - before.arrival_s < 60 * product.within_min
        and ride.destination.place != case.legs[first].origin.place
    )


def full_cents(case: Case, product: Product, mask: int) -> int | None:
    """The price of one ticket before reductions; None: the zones are not known."""
    fare = product.fare
    assert fare is not None
    if fare.kind == FareKind.FLAT:
        return fare.cents
    if fare.kind == FareKind.BANDS:
        return fare.distance_cents(sum(case.legs[i].distance_m for i in bits(mask)))
    zones: set[str] = set()
    for i in bits(mask):
        touched = case.tariff.zones_of(case.legs[i])
        if not touched:
            return None
        zones |= touched
    return fare.zones_cents(len(zones))


def may_ride(case: Case, product: Product, leg: int) -> bool:
    """Whether a leg is on the product's networks, at one of its hours."""
    ride = case.legs[leg]
    return case.networks[leg] in product.networks and case.tariff.is_within(
        product.times, ride.departure_s, ride.origin.time_zone
    )


def base_covers(case: Case, product: Product) -> Iterator[Cover]:
    """What the base of a product covers, at the product's own hours."""
    for cover in covers(case, case.tariff.get_product(product.base)):
        if not product.times or all(
            case.tariff.is_within(product.times, case.legs[i].departure_s, case.legs[i].origin.time_zone)
            for i in bits(cover.mask)
        ):
            yield cover


def masks_of_pass(product: Product, covered: list[int]) -> Iterator[int]:
    """All it is good for; by zones, each part of that, since fewer zones cost less."""
    assert product.fare is not None
    if product.fare.kind == FareKind.FLAT:
        yield mask_of(covered)
        return
    for chosen in range(1, 1 << len(covered)):
        yield mask_of([i for n, i in enumerate(covered) if chosen >> n & 1])
