"""The receipt of an order: what was sold and given back, with the tax as the book of sales has it, to the cent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mobility.accounts.caller import Caller
from mobility.acts.sales.own_orders import get_own
from mobility.acts.sales.ports import Payment
from mobility.acts.sales.sales_ports import SalesPorts
from ticketing.canonical_json import from_stored
from ticketing.orders.order import Order, OrderItem
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.sales.entry import SalesEntry
from ticketing.sales.vat import LINE, vat_included


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One product. What stands of it is `cents` less `given_back_cents`."""

    item: str
    name_fr: str
    name_en: str
    cents: int
    vat_permille: int
    vat_cents: int
    """Within what stands of it. By `total` it is a part of the tax on the sum: only the sum means something."""
    given_back_cents: int
    is_shared_cost: bool
    """Paid to share the costs of somebody's car: no sale of ours, no tax."""


@dataclass(frozen=True, slots=True)
class ReceiptVat:
    """One rate: what was paid by it, and the tax within."""

    permille: int
    cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof of payment of an order. Amounts include tax."""

    reference: str
    seller: str
    at: dt.datetime
    """When it was sold."""
    lines: tuple[ReceiptLine, ...]
    fees_cents: int
    """Kept of what was given back or exchanged."""
    vat_mode: str
    vat: tuple[ReceiptVat, ...]
    """By rate, of what stands and of fees."""
    payments: tuple[Payment, ...]
    """What was paid and given back, in that order."""
    currency: str = "EUR"
    items: tuple[OrderItem, ...] = ()
    """With what best fares took off them."""
    carried_cents: int = 0
    """What an exchanged item of another order paid of it; below 0: what went to an order that takes the place of an
    item of this one."""

    @property
    def total_cents(self) -> int:
        """What stands, with the fees."""
        return sum(one.cents - one.given_back_cents for one in self.lines) + self.fees_cents

    @property
    def paid_cents(self) -> int:
        """What was taken."""
        return sum(one.captured_cents for one in self.payments if one.kind == "charge")

    @property
    def refunded_cents(self) -> int:
        """What was given back, or is on its way."""
        return sum(one.amount_cents for one in self.payments if one.kind == "refund")


def receipt(ports: SalesPorts, caller: Caller, order_id: str) -> Receipt:
    """The receipt of an order that was paid, as it stands now.

    Raises OrderRefusedError: UNKNOWN, or STATE while nothing was sold.
    """
    with ports.acts.unit_of_work(read_only=True) as work:
        order = get_own(work, caller, order_id)
        entries = work.sales_journal.list_entries(order.id)
        payments = work.orders.list_payments(order.id)
    if not any(entry.kind == "sale" for entry in entries):
        raise OrderRefusedError(
            Reason.STATE,
            "Rien n’est encore payé : il n’y a pas de reçu.",
            "Nothing is paid yet: there is no receipt.",
        )
    return make_receipt(order, entries, payments, ports.seller)


def make_receipt(
    order: Order, entries: Iterable[SalesEntry], payments: Iterable[Payment], seller: str
) -> Receipt:
    """The same of what is remembered of it: an order with a sale."""
    lines: dict[str, dict[str, Any]] = {}
    carried = 0
    at, mode, fees = order.made_at, LINE, list[tuple[int, int]]()
    is_first = True
    for entry in entries:
        body = from_stored(entry.body)
        if entry.kind == "sale":
            at, mode, is_first = (entry.at if is_first else at), body["vat_mode"], False
            for one in body["lines"]:
                lines[one["line"]] = one | {"after_cents": one["cents"], "after_vat_cents": one["vat_cents"]}
        elif entry.kind == "reversal":
            for one in body["changed"]:
                figures = {key: one[key] for key in ("after_cents", "after_vat_cents")}
                lines[one["line"]] = lines[one["line"]] | figures
        elif entry.kind == "fee":
            fees.append((body["amount_cents"], body["vat_permille"]))
        elif entry.kind in ("carried-in", "carried-out"):
            carried += body["amount_cents"] * (1 if entry.kind == "carried-in" else -1)
    kept = ("captured", "refunded", "begun", "pending", "refused")
    shown = tuple(
        one for one in payments if one.captured_cents or (one.kind == "refund" and one.status in kept)
    )
    made = tuple(_line(order, name, one) for name, one in lines.items())
    return Receipt(
        reference=order.reference,
        seller=seller,
        at=at,
        lines=made,
        fees_cents=sum(cents for cents, _ in fees),
        vat_mode=mode,
        vat=_vat(made, fees),
        payments=shown,
        currency=order.currency,
        items=order.items,
        carried_cents=carried,
    )


def _line(order: Order, name: str, one: dict[str, Any]) -> ReceiptLine:
    item_id, _, number = name.rpartition("/")
    item = next((item for item in order.items if item.id == item_id), None)
    index = int(number) - 1
    line = item.lines[index] if item is not None and index < len(item.lines) else None
    return ReceiptLine(
        item=item_id,
        name_fr=line.name_fr if line else one["product"],
        name_en=line.name_en if line else one["product"],
        cents=one["cents"],
        vat_permille=one["vat_permille"],
        vat_cents=one["after_vat_cents"],
        given_back_cents=one["cents"] - one["after_cents"],
        is_shared_cost=one["advance"],
    )


def _vat(lines: Iterable[ReceiptLine], fees: Iterable[tuple[int, int]]) -> tuple[ReceiptVat, ...]:
    """By rate; tax on fees is reckoned for each, as they are posted."""
    sums: dict[int, list[int]] = {}
    for line in lines:
        if not line.is_shared_cost:
            sum_of = sums.setdefault(line.vat_permille, [0, 0])
            sum_of[0] += line.cents - line.given_back_cents
            sum_of[1] += line.vat_cents
    for cents, permille in fees:
        sum_of = sums.setdefault(permille, [0, 0])
        sum_of[0] += cents
        sum_of[1] += vat_included(cents, permille)
    return tuple(ReceiptVat(permille, *sums[permille]) for permille in sorted(sums))
