"""The form that chooses a pass, carnet or card: which one, from which day on, and the zones of a pass by zones."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from starlette.datastructures import QueryParams

from mobility.acts.ports import ActPorts
from mobility.acts.sales.tariffs import TariffPublicationError, find_tariff, list_sold
from mobility.pages.wording import Wording
from ticketing.orders.offer import ProductWish
from ticketing.tariff.days import FareDay, fare_day_start_s
from ticketing.tariff.fare import FareKind
from ticketing.tariff.no_tariff import NO_TARIFF
from ticketing.tariff.tariff import Tariff

ZONES_MAX = 50
FIRST_ZONE = "zone-1"
"""What a message about zones leads to."""


@dataclass
class ProductForm:
    """The form as it was filled in. `products`, `categories`: ids with names; `errors`: by the field they are about.

    `zones`: those there are, of a pass by zones; (): the tariff names none, those of its feeds are typed."""

    products: tuple[tuple[str, str], ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
    product: str = ""
    category: str = ""
    begins: str = ""
    asks_zones: bool = False
    zones: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    errors: dict[str, str] = field(default_factory=dict)
    wish: ProductWish | None = None
    """None: something is missing yet."""


def read_product(ports: ActPorts, query: QueryParams, words: Wording, category: str = "") -> ProductForm:
    """Read the fields of a request. `category`: whose it is to be, where that is known; what others alone buy is
    left out."""
    tariff = _tariff(ports)
    is_french = words.language == "fr"
    form = ProductForm(
        products=tuple(
            (one.id, one.name_fr if is_french else one.name_en)
            for one in list_sold(tariff)
            if not category or one.is_for(category)
        ),
        categories=tuple((one.id, one.name_fr if is_french else one.name_en) for one in tariff.categories),
        product=query.get("product", ""),
        category=category or query.get("rider", ""),
        begins=query.get("from", "").strip(),
    )
    product = tariff.find_product(form.product)
    if product is not None and product.fare is not None and product.fare.kind == FareKind.ZONES:
        form.asks_zones = True
        form.zones = tuple(zone for zone, _ in tariff.zones)
        typed = (one.strip() for written in query.getlist("zone") for one in _split(written, form.zones))
        form.chosen = tuple(dict.fromkeys(one for one in typed if one))[:ZONES_MAX]
    from_s = _begins_s(form, tariff, words)
    if form.asks_zones and not form.chosen:
        if "asked" in query.getlist("zones"):
            form.errors[FIRST_ZONE] = words("zones_missing")
    elif form.product and not form.errors:
        form.wish = ProductWish(form.product, from_s, form.chosen)
    return form


def _tariff(ports: ActPorts) -> Tariff:
    try:
        return find_tariff(ports).tariff
    except TariffPublicationError:
        return NO_TARIFF


def _split(written: str, zones: tuple[str, ...]) -> list[str]:
    """A box that was ticked is one zone, whatever its name; what is typed may be several."""
    return [written] if zones else written.split(",")


def _begins_s(form: ProductForm, tariff: Tariff, words: Wording) -> int:
    """The start of the fare day; 0: now."""
    if not form.begins:
        return 0
    try:
        day = dt.date.fromisoformat(form.begins)
        return fare_day_start_s(FareDay(day), tariff.time_zone, tariff.fare_day_begins_min)
    except (ValueError, OverflowError):
        form.errors["from"] = words("begins_wrong")
        return 0
