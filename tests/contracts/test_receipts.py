"""Receipts: exact tax by both modes, what was given back, on paper in two languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.acts.sales.cash import sell_for_cash
from mobility.acts.sales.receipt import Receipt, make_receipt, receipt
from mobility.acts.sales.receipt_paper import amount_words, print_receipt, write_receipt
from tests.contracts.on_demand_town import AGENT, Begin, traveller
from tests.contracts.payment_scene import BUYER, CENTS, RIDE_CENTS, Shop
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.orders.refusal import OrderRefusedError, Reason
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.sales.bodies import reversal_body, sale_body
from ticketing.sales.chain import Chain, enter
from ticketing.sales.entry import SalesEntry

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
STOP = FareStop("a", "A")


def _order(cents: Sequence[int], permille: int = 100, mode: FareMode = FareMode.COACH) -> Order:
    leg = FareLeg(mode, STOP, STOP, 1_773_129_600, 1_773_133_200, 1000, agency_id="coaches")
    lines = tuple(
        PriceLine("c", "Trajet à l’essai – cœur", "Test trip", "single", (0,), (0,), one, one, "r", permille)
        for one in cents
    )
    item = OrderItem("1", OrderStatus.FULFILLED, (leg,), (Rider(),), lines)
    return Order("o1", "ABCD1234", "theo", "p", OrderStatus.FULFILLED, (item,), "t1", NOW, NOW, None)


def _sold(order: Order, mode: str, *more: tuple[str, dict[str, Any]]) -> list[SalesEntry]:
    money = {"hold": "p1", "provider": "sandbox", "amount_cents": order.cents, "person": "p"}
    bodies = [("hold", money), ("capture", money)]
    bodies.append(("sale", sale_body("o1", "t1", mode, order.items) | {"person": "p"}))
    chain, entries = enter(Chain("o1"), bodies, NOW, "2026-03-10")
    made = [one for one in entries if isinstance(one, SalesEntry)]
    for kind, body in more:
        if kind == "reversal":
            body = reversal_body("r1", chain.states, ["1"], "x", cents=body["cents"]) | {"person": "p"}
        chain, entries = enter(chain, [(kind, body)], NOW, "2026-03-10")
        made += [one for one in entries if isinstance(one, SalesEntry)]
    return made


def _receipt(order: Order, mode: str, *more: tuple[str, dict[str, Any]]) -> Receipt:
    return make_receipt(order, _sold(order, mode, *more), (), "Région")


@pytest.mark.parametrize(
    ("count", "mode", "vat_cents"),
    [(1, "line", 14), (7, "line", 98), (7, "total", 95), (100, "line", 1400), (100, "total", 1364)],
)
def test_tax_by_line_and_on_the_total(count: int, mode: str, vat_cents: int) -> None:
    """vat10_rounding: 1.50 at 10 % included."""
    made = _receipt(_order([150] * count), mode)
    (vat,) = made.vat
    assert (vat.permille, vat.cents, vat.vat_cents) == (100, 150 * count, vat_cents)
    assert made.total_cents == 150 * count
    assert ("ligne" in write_receipt(made, "fr").note) == (mode == "line")


@settings(max_examples=40)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=8), st.sampled_from(["line", "total"]), st.data())
def test_what_is_given_back_takes_its_tax_along(cents: list[int], mode: str, data: st.DataObject) -> None:
    """What stands after a refund is taxed as if nothing else had ever been sold; all given back leaves nothing."""
    order = _order(cents)
    back = data.draw(st.integers(1, sum(cents)))
    made = _receipt(order, mode, ("reversal", {"cents": back}))
    (vat,) = made.vat
    assert (vat.cents, made.total_cents) == (sum(cents) - back,) * 2
    standing = [line.cents - line.given_back_cents for line in made.lines]
    alone = [one for one in standing if one]
    expected = _receipt(_order(alone), mode).vat[0].vat_cents if alone else 0
    assert vat.vat_cents == expected


def test_shared_costs_have_no_tax_and_fees_have() -> None:
    shared = _receipt(_order([150], mode=FareMode.CARPOOL), "line")
    assert (shared.vat, shared.lines[0].is_shared_cost) == ((), True)
    assert ("Test trip", "shared costs, no VAT", "€1.50") in write_receipt(shared, "en").lines
    fee = {
        "fee": "f1",
        "person": "p",
        "item": "1",
        "network": "coaches",
        "amount_cents": 100,
        "vat_permille": 200,
    }
    made = _receipt(_order([150, 150]), "line", ("reversal", {"cents": 150}), ("fee", fee | {"reason": "x"}))
    assert [(one.permille, one.cents, one.vat_cents) for one in made.vat] == [(100, 150, 14), (200, 100, 17)]
    assert (made.fees_cents, made.total_cents) == (100, 250)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_on_paper(language: str) -> None:
    """One page, with the words on it; a long one has more."""
    made = _receipt(_order([150] * 3), "total")
    words = write_receipt(made, language)
    assert words.total[1] == ("4,50\u00a0€" if language == "fr" else "€4.50")
    paper = print_receipt(words)
    assert paper[:5] == b"%PDF-"
    assert paper.count(b"/Type /Page\n") == 1
    assert (
        print_receipt(write_receipt(_receipt(_order([150] * 80), "line"), language)).count(b"/Type /Page\n")
        > 1
    )
    odd = replace(made, seller="Région 東京")
    assert print_receipt(write_receipt(odd, language))[:5] == b"%PDF-"


def test_amounts_in_words() -> None:
    assert amount_words(-150, "fr") == "-1,50\u00a0€"
    assert amount_words(-5, "en") == "-€0.05"
    assert amount_words(100_000, "fr") == "1000,00\u00a0€"


def test_of_a_real_sale_and_its_refund(begin: Begin, tmp_path: Path) -> None:
    shop = Shop(begin, tmp_path)
    order = shop.order()
    with pytest.raises(OrderRefusedError) as refused:
        receipt(shop.ports, traveller(BUYER), order.id)
    assert refused.value.reason is Reason.STATE
    shop.pay(order, "ok")
    made = receipt(shop.ports, traveller(BUYER), order.id)
    assert (made.total_cents, made.paid_cents, made.refunded_cents) == (CENTS, CENTS, 0)
    assert [line.cents for line in made.lines] == [CENTS - RIDE_CENTS, RIDE_CENTS]
    with pytest.raises(OrderRefusedError):
        receipt(shop.ports, traveller("mallory"), order.id)
    cash = shop.order("other")
    sell_for_cash(shop.ports, AGENT, cash.id)
    words = write_receipt(receipt(shop.ports, AGENT, cash.id), "fr")
    assert words.payments == (("Payé (espèces)", "4,51\u00a0€"),)
