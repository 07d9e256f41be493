"""Which version of the tariff something is sold by: the one of the day of travel, or of the first day of validity."""

from __future__ import annotations

from mobility.acts.ports import UnitOfWork
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.journeys.prices import Prices
from ticketing.tariff.no_tariff import NO_TARIFF
from ticketing.tariff.tariff import Tariff


def prices_in(work: UnitOfWork, ports: SalesPorts) -> Prices:
    """All versions of the tariff, and the fares of the feeds that are served."""
    return Prices(tuple(ports.tariffs(work)), tuple(ports.feed_fares().values()))


def tariff_of(prices: Prices, at_s: int) -> Tariff:
    """The version of the day of an instant; where there is none, one that prices nothing."""
    return prices.tariff_of(at_s) or NO_TARIFF


def get_version(work: UnitOfWork, ports: SalesPorts, version: str) -> Tariff:
    """The version an item was sold by. Raises KeyError: nobody knows it any more."""
    if not version:
        return NO_TARIFF
    found = next((one for one in ports.tariffs(work) if one.version == version), None)
    if found is None:
        raise KeyError(version)
    return found
