"""What in a tariff must fit together: ids that are there once, references to what is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ticketing.tariff.fare import FareKind
from ticketing.tariff.tariff import Kind

CAP_PERIODS = ("day", "week", "month")


def check_references(plain: Mapping[str, Any]) -> list[str]:
    """All that does not fit in a tariff whose fields are right by themselves."""
    return [*_check_ids(plain), *_check_networks(plain), *_check_products(plain), *_check_whom(plain)]


def _check_ids(plain: Mapping[str, Any]) -> Iterator[str]:
    if plain["valid_until"] is not None and plain["valid_until"] <= plain["valid_from"]:
        yield f"valid_until: {plain['valid_until']} is not after valid_from, {plain['valid_from']}"
    for part in ("categories", "networks", "times", "reductions", "products"):
        for one, times in Counter(each["id"] for each in plain[part]).items():
            if times > 1:
                yield f"{part}: {one!r} is there {times} times"
    if not plain["categories"]:
        yield "categories: there is none"
    stops = Counter(stop for ids in plain["zones"].values() for stop in ids)
    for stop, times in stops.items():
        if times > 1:
            yield f"zones: the stop {stop!r} is in {times} zones"
    if any(product["id"] == "fixed" or ":" in product["id"] for product in plain["products"]):
        yield 'products: "fixed" is what a service itself asks, and no product'


def _check_networks(plain: Mapping[str, Any]) -> Iterator[str]:
    for index, network in enumerate(plain["networks"]):
        if not network["select"]:
            yield f"networks[{index}] ({network['id']}).select: selects nothing"
        if any(not any(one.values()) for one in network["select"]):
            yield f"networks[{index}] ({network['id']}).select: {{}} would select every ride of the world"


def _check_whom(plain: Mapping[str, Any]) -> Iterator[str]:
    known = {
        part: {one["id"] for one in plain[part]} for part in ("categories", "networks", "times", "products")
    }
    known["free_networks"] = known["networks"]
    known["cents_of"] = known["categories"]
    known["cards"] = {one["id"] for one in plain["products"] if one["kind"] == Kind.CARD}
    for part in ("reductions", "products", "refunds"):
        for index, one in enumerate(plain[part]):
            where = f"{part}[{index}]" + (f" ({one['id']})" if "id" in one else "")
            for field, ids in known.items():
                for each in one.get(field) or ():
                    if each not in ids:
                        there = ", ".join(sorted(ids)) or "none"
                        yield f"{where}.{field}: there is no {each!r}; there is: {there}"


def _check_products(plain: Mapping[str, Any]) -> Iterator[str]:
    by_id = {one["id"]: one for one in plain["products"]}
    for index, product in enumerate(plain["products"]):
        where = f"products[{index}] ({product['id']})"
        yield from _check_base(product, where, by_id)
        fare = product["fare"]
        if product["kind"] == Kind.CAP and product["period"] not in CAP_PERIODS:
            yield f"{where}.period: a cap counts in a {', '.join(CAP_PERIODS)}, not in a {product['period']}"
        if product["riders_min"] and product["riders_min"] > product["riders_max"]:
            yield f"{where}.riders_min: {product['riders_min']} are more than {product['riders_max']}"
        if fare and fare["kind"] == FareKind.ASKED and (product["is_joined"] or product["within_min"]):
            yield f"{where}: what a service asks is for one ride: no is_joined, no within_min"
        if product["is_joined"] and not product["within_min"]:
            yield f"{where}.within_min: is missing: how soon joined rides follow each other"
        if fare and fare["kind"] == FareKind.BANDS and product["within_min"] and not product["is_joined"]:
            yield f"{where}: a distance is of one ride or of joined ones: no within_min without is_joined"


def _check_base(product: Mapping[str, Any], where: str, by_id: Mapping[str, Any]) -> Iterator[str]:
    if product["base"] is None:
        return
    base = by_id.get(product["base"])
    if base is None or base["kind"] != Kind.SINGLE:
        singles = ", ".join(sorted(key for key, one in by_id.items() if one["kind"] == Kind.SINGLE)) or "none"
        yield f"{where}.base: {product['base']!r} is no single; there is: {singles}"
    elif product["kind"] == Kind.CARNET and base["fare"]["kind"] != FareKind.FLAT:
        yield f"{where}.base: the units of a carnet are worth a flat single, not {base['fare']['kind']!r}"
    elif product["kind"] == Kind.RETURN and base["fare"]["kind"] == FareKind.ASKED:
        yield f"{where}.base: nobody knows what the service asks for the way back"
