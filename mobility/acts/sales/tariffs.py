"""The tariff's versions: published once, never altered, in force by day."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ground.paris import paris_day
from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.sales.tariff_ports import PublishedTariff
from ticketing.pricing.price import PriceLine
from ticketing.pricing.products import SOLD, product_line
from ticketing.pricing.rider import Rider
from ticketing.tariff.fare import FareKind
from ticketing.tariff.read_tariff import read_tariff
from ticketing.tariff.tariff import Product, Tariff, in_force

LOCK = "tariffs"


class TariffPublicationError(Exception):
    """A version cannot be published, or is not known; the message says why and what to do, in French and English."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.fr, self.en = fr, en


@dataclass(frozen=True, slots=True)
class ShownTariff:
    """A version with where it stands."""

    tariff: Tariff
    published_at: dt.datetime
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class ProductPrice:
    """What a product bought by itself costs, and when it is valid."""

    line: PriceLine
    valid_from: dt.datetime
    valid_until: dt.datetime


def list_versions(work: UnitOfWork) -> Sequence[Tariff]:
    """All versions in the order in which they come into force: what `ticketing.tariff.in_force` chooses from."""
    return tuple(_tariff(one.content) for one in work.tariffs.list_versions())


def list_tariffs(ports: ActPorts) -> list[ShownTariff]:
    """All versions, the one of today is marked. Anybody may ask."""
    with ports.unit_of_work(read_only=True) as work:
        published = work.tariffs.list_versions()
    tariffs = [_tariff(one.content) for one in published]
    current = in_force(tariffs, paris_day(ports.now()).isoformat())
    return [
        ShownTariff(tariff, one.published_at, tariff is current)
        for tariff, one in zip(tariffs, published, strict=True)
    ]


def find_tariff(ports: ActPorts, hash_start: str = "") -> ShownTariff:
    """The version whose hash, or name in prices, begins so ("": the one in force today). Raises
    TariffPublicationError."""
    shown = list_tariffs(ports)
    wanted = hash_start.rpartition("@")[2]
    found = [one for one in shown if (one.tariff.hash.startswith(wanted) if wanted else one.is_in_force)]
    if len(found) != 1:
        known = ", ".join(one.tariff.hash[:12] for one in shown) or "–"
        which_fr = f"dont l’empreinte commence par « {wanted} »" if wanted else "en vigueur aujourd’hui"
        which_en = f"whose hash begins with “{wanted}”" if wanted else "in force today"
        raise TariffPublicationError(
            f"il n’y a pas un tarif {which_fr} mais {len(found)} ; il y a : {known}",
            f"there is not one tariff {which_en} but {len(found)}; there is: {known}",
        )
    return found[0]


def publish_tariff(ports: ActPorts, caller: Caller, written: Any) -> ShownTariff:
    """Publish a version, given as plain data. It begins after today, so that nothing that is in force changes; the
    first version of all may have begun. Raises ForbiddenError, TariffError and TariffPublicationError."""
    caller.require(Permission.MANAGE_TARIFFS)
    tariff = read_tariff(written)
    now = ports.now()
    with ports.unit_of_work() as work:
        work.lock(LOCK)
        number = _check(work, tariff, now) + 1
        work.tariffs.add(PublishedTariff(tariff.hash, number, tariff.valid_from, tariff.canonical, now))
        work.commit()
    return ShownTariff(tariff, now, in_force([tariff], paris_day(now).isoformat()) is tariff)


def check_tariff(ports: ActPorts, caller: Caller, written: Any) -> Tariff:
    """A version that could be published now. Raises ForbiddenError, TariffError and TariffPublicationError."""
    caller.require(Permission.MANAGE_TARIFFS)
    tariff = read_tariff(written)
    with ports.unit_of_work(read_only=True) as work:
        _check(work, tariff, ports.now())
    return tariff


def _check(work: UnitOfWork, tariff: Tariff, now: dt.datetime) -> int:
    """How many versions there are already, unless this cannot follow them."""
    published = work.tariffs.list_versions()
    if any(one.hash == tariff.hash for one in published):
        raise TariffPublicationError(
            f"ce tarif est déjà publié : {tariff.version}",
            f"this tariff is published already: {tariff.version}",
        )
    if published and tariff.valid_from <= paris_day(now).isoformat():
        raise TariffPublicationError(
            f"valid_from : {tariff.valid_from} est trop tôt : ce qui est en vigueur ne change pas ; au plus tôt demain",
            f"valid_from: {tariff.valid_from} is too early: what is in force does not change; tomorrow at the earliest",
        )
    return len(published)


def list_prices(ports: ActPorts, tariff: Tariff, category: str) -> list[ProductPrice]:
    """What passes, carnets and cards cost a category that buys them now, in the order of the tariff; those it may not
    buy, and passes by zones, which cost by how many they are for, are left out. Anybody may ask."""
    now_s = int(ports.now().timestamp())
    prices = []
    for product in list_sold(tariff):
        is_flat = product.fare is not None and product.fare.kind == FareKind.FLAT
        if is_flat and product.is_for(category):
            line = product_line(tariff, product.id, Rider(category), now_s)
            prices.append(ProductPrice(line, _instant(line.valid_from_s), _instant(line.valid_until_s)))
    return prices


def list_sold(tariff: Tariff) -> list[Product]:
    """Passes, carnets and cards, in the order of the tariff."""
    return [one for one in tariff.products if one.kind in SOLD]


def _instant(instant_s: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(instant_s, dt.UTC)


def diff_tariffs(old: Tariff, new: Tariff) -> list[str]:
    """What a version has otherwise than another, as the lines of a unified diff."""
    texts = [
        json.dumps(json.loads(one.canonical), indent=2, ensure_ascii=False).splitlines() for one in (old, new)
    ]
    return list(difflib.unified_diff(texts[0], texts[1], old.version, new.version, lineterm="", n=2))


@lru_cache(maxsize=64)
def _tariff(content: bytes) -> Tariff:
    return read_tariff(json.loads(content))
