"""Bodies of entries made of order items (`mobility.acts.sales.post` says what is in each)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ticketing.fares.leg import FareMode
from ticketing.money import apportion
from ticketing.orders.order import OrderItem
from ticketing.postings import LedgerError
from ticketing.pricing.price import PriceLine
from ticketing.sales.rules import BORNE, States

Body = dict[str, Any]

CARPOOL = "carpool"
SHARED = "shared"
"""The network of what several operators share: its revenue is theirs by apportionment alone."""
OWN_FARES = "own-fares"
"""The usual rule of apportionment: by what each leg costs by itself."""


def sale_body(
    sale: str, tariff: str, vat_mode: str, items: Iterable[OrderItem], apportionment: str = OWN_FARES
) -> Body:
    """The sale of items; a line is named `{item}/{number from 1}`. `tariff`: its version; `vat_mode`, `apportionment`:
    what it says."""
    lines = [
        _line(f"{item.id}/{number}", item, line)
        for item in items
        for number, line in enumerate(item.lines, 1)
    ]
    of_tariff = {"tariff": tariff, "vat_mode": vat_mode, "apportionment": apportionment}
    return {"sale": sale, "lines": lines} | of_tariff


def reversal_body(
    reversal: str,
    states: States,
    items: Sequence[str],
    reason: str,
    entitlements: Sequence[str] = (),
    cents: int | None = None,
) -> Body:
    """Takes items of one sale back, as far as they stand, with all the Region bears of them; `states` of the order's
    `Chain`.

    `cents`: a part of it alone (partial use), spread over their lines by what stands of each; what is borne stays.
    Raises LedgerError when the items are not of one sale, or less than that stands.
    """
    sales = {
        name.removeprefix("sale:"): [
            (line, one["standing_cents"]) for line, one in state["lines"].items() if one["item"] in items
        ]
        for name, state in states.items()
        if name.startswith("sale:")
    }
    found = [(sale, lines) for sale, lines in sales.items() if lines]
    if len(found) != 1:
        raise LedgerError(f"items {', '.join(items)} are in {len(found)} sales: one at a time is reversed")
    sale, lines = found[0]
    standing = [left for _, left in lines]
    if cents is not None:
        if cents > sum(standing):
            raise LedgerError(f"{sum(standing)} cents stand of items {', '.join(items)}: not {cents}")
        standing = apportion(cents, standing)
    taken: list[Body] = [
        {"line": line, "cents": part} for (line, _), part in zip(lines, standing, strict=True)
    ]
    for one in taken if cents is None else ():
        if borne := states[f"sale:{sale}"]["lines"][one["line"]].get(BORNE, 0):
            one[BORNE] = -borne
    body: Body = {"reversal": reversal, "sale": sale, "reason": reason, "lines": taken}
    return body | {"entitlements": list(entitlements)}


def sale_of(states: States, item: str) -> str:
    """The name of the sale an item stands in. Raises LedgerError."""
    for name, state in states.items():
        if name.startswith("sale:") and any(line["item"] == item for line in state["lines"].values()):
            return name.removeprefix("sale:")
    raise LedgerError(f"item {item} is in no sale")


def lines_of(states: States, item: str) -> list[str]:
    """The names of the lines an item was sold with. Raises LedgerError."""
    lines = states[f"sale:{sale_of(states, item)}"]["lines"]
    return [name for name, line in lines.items() if line["item"] == item]


def entitlement_body(entitlement: str, states: States, item: str) -> Body:
    """The right to travel that a ticket of a sold item is."""
    return {
        "entitlement": entitlement,
        "item": item,
        "sale": sale_of(states, item),
        "lines": lines_of(states, item),
    }


def advance_cents(item: OrderItem, leg: int) -> int:
    """What was paid in advance for a seat in a car: 0 where a pass, a transfer or the like covers it. Its passenger
    owes this, and no more, once it is ridden."""
    return sum(
        dict(zip(line.legs, apportion(line.cents, [1] * len(line.legs)), strict=True))[leg]
        for line in item.lines
        if leg in line.legs and is_advance(item, line)
    )


def is_advance(item: OrderItem, line: PriceLine) -> bool:
    """Whether a line is paid for seats in cars alone: no revenue before the trip is proven."""
    return {item.legs[leg].mode for leg in line.legs} == {FareMode.CARPOOL}


def _line(name: str, item: OrderItem, line: PriceLine) -> Body:
    advance = is_advance(item, line)
    operators = {operator for _, operator, _ in line.weights}
    network = CARPOOL if advance else next(iter(operators)) if len(operators) == 1 else SHARED
    return {
        "line": name,
        "item": item.id,
        "product": line.product_id,
        "kind": line.kind,
        "network": network,
        "cents": line.cents,
        "vat_permille": 0 if advance else line.vat_permille,
        "advance": advance,
        "weights": [list(one) for one in line.weights],
        "valid_from_s": line.valid_from_s,
        "valid_until_s": line.valid_until_s,
    }
