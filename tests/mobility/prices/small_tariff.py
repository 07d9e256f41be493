"""Tariffs of tests, small enough to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ticketing.tariff.read_tariff import read_tariff
from ticketing.tariff.tariff import Tariff

BEGINNING: dict[str, Any] = {
    "id": "small",
    "title_fr": "Petit tarif",
    "title_en": "Small tariff",
    "valid_from": "2020-01-01",
    "time_zone": "Europe/Paris",
    "fare_day_begins": "04:30",
    "apportionment": "own-fares",
    "exchange_fee_cents": 0,
    "vat": {"mode": "line", "permille": 100},
    "rounding": {"to_cents": 5, "direction": "nearest"},
}

CATEGORIES = ("adult", "youth", "child")


def make_tariff(
    networks: Mapping[str, Mapping[str, str]], products: Sequence[Mapping[str, Any]], **more: Any
) -> Tariff:
    """A tariff with one selector for each network; products get a name."""
    return read_tariff(write_tariff(networks, products, **more))


def write_tariff(
    networks: Mapping[str, Mapping[str, str]], products: Sequence[Mapping[str, Any]], **more: Any
) -> dict[str, Any]:
    """The same, as plain data."""
    return (
        BEGINNING
        | {
            "categories": [_named(category) for category in CATEGORIES],
            "networks": [
                _named(network) | {"operator": network, "select": [dict(selector)]}
                for network, selector in networks.items()
            ],
            "reductions": [_named("half") | {"categories": ["youth"], "off_permille": 500}],
            "products": [_named(product["id"]) | dict(product) for product in products],
        }
        | more
    )


def _named(identifier: str) -> dict[str, str]:
    return {"id": identifier, "name_fr": identifier.title(), "name_en": identifier.title()}


def flat(network: str, cents: int, **more: Any) -> dict[str, Any]:
    """A single at one price."""
    single = {"id": f"{network}-single", "kind": "single", "networks": [network]}
    return single | {"fare": {"kind": "flat", "cents": cents}} | more


def by_distance(network: str, bands: Sequence[tuple[int, str, str]], **more: Any) -> dict[str, Any]:
    """A single by distance: (from km, a, b) in euros."""
    listed = [{"from_km": from_km, "a": a, "b": b} for from_km, a, b in bands]
    single = {"id": f"{network}-single", "kind": "single", "networks": [network]}
    return single | {"fare": {"kind": "bands", "step_cents": 1, "minimum_cents": 0, "bands": listed}} | more
