"""What is answered about tariffs. Names are in camelCase, units last."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from pydantic import Field

from mobility.acts.sales.tariffs import ProductPrice, ShownTariff
from mobility.http.account_schemas import Answered


class TariffShort(Answered):
    version: str = Field(description="Its name in prices and orders.")
    hash: str = Field(description="SHA-256 of its canonical form (RFC 8785).")
    title_fr: str
    title_en: str
    valid_from: dt.date
    valid_until: dt.date | None = Field(
        description="The first day it is not in force any more; null: none is known."
    )
    published_at: dt.datetime
    in_force: bool = Field(description="Whether things are sold by it today.")


class TariffAnswered(TariffShort):
    tariff: dict[str, Any] = Field(description="All it says, as docs/tariffs.md describes it.")


class ProductPriceAnswered(Answered):
    product: str
    kind: str = Field(description="pass, carnet, card.")
    name_fr: str
    name_en: str
    cents: int = Field(description="For a traveller of the category.")
    full_cents: int = Field(description="Before reductions.")
    rule: str = Field(description="How it came about.")
    valid_from: dt.datetime
    valid_until: dt.datetime = Field(description="Exclusive.")


def tariff_short(shown: ShownTariff) -> TariffShort:
    """A version in short."""
    return TariffShort(**_short(shown))


def tariff_answer(shown: ShownTariff) -> TariffAnswered:
    """A version with all it says."""
    return TariffAnswered(**_short(shown), tariff=json.loads(shown.tariff.canonical))


def product_answer(price: ProductPrice) -> ProductPriceAnswered:
    """What a product costs."""
    line = price.line
    return ProductPriceAnswered(
        product=line.product_id,
        kind=line.kind,
        name_fr=line.name_fr,
        name_en=line.name_en,
        cents=line.cents,
        full_cents=line.full_cents,
        rule=line.rule,
        valid_from=price.valid_from,
        valid_until=price.valid_until,
    )


def _short(shown: ShownTariff) -> dict[str, Any]:
    tariff = shown.tariff
    return {
        "version": tariff.version,
        "hash": tariff.hash,
        "title_fr": tariff.title_fr,
        "title_en": tariff.title_en,
        "valid_from": dt.date.fromisoformat(tariff.valid_from),
        "valid_until": None if tariff.valid_until is None else dt.date.fromisoformat(tariff.valid_until),
        "published_at": shown.published_at,
        "in_force": shown.is_in_force,
    }
