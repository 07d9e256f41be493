"""Everything that may happen to a payment, in any order: it ends in tickets, or in the buyer's money."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobility.acts.sales.pay import give_up, look_own
from mobility.acts.sales.payment_port import ProviderRefusedError, ProviderSilentError
from mobility.outside.payments.sandbox_cards import CARDS
from tests.contracts.on_demand_town import Begin, traveller
from tests.contracts.payment_scene import BUYER, Shop
from ticketing.orders.refusal import OrderRefusedError

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.sampled_from(["", *CARDS])),
        st.tuples(st.just("choose"), st.sampled_from(list(CARDS))),
        st.tuples(st.sampled_from(["tell", "work", "back", "give-up", "again", "backwards"]), st.just("")),
        st.tuples(st.just("tick"), st.sampled_from(["1", "20", "400", "1300", "4000"])),
    ),
    max_size=9,
)


@pytest.fixture
def shop(begin: Begin) -> Iterator[Shop]:
    with tempfile.TemporaryDirectory() as folder:
        yield Shop(begin, Path(folder))


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_tickets_or_money_whatever_happens(shop: Shop, steps: list[tuple[str, str]]) -> None:
    order = shop.order(with_ride=False)
    caller = traveller(BUYER)
    for step, value in [("pay", ""), *steps]:
        payments = [one for one in shop.find(order)[1] if one.kind == "charge"]
        last = payments[-1] if payments else None
        try:
            if step == "pay":
                shop.pay(order, value)
            elif step == "tell":
                shop.tell()
            elif step == "work":
                shop.work()
            elif step == "tick":
                shop.tick(float(value))
            elif step == "again" and shop.told:
                shop.hear(shop.told[-1])
            elif step == "backwards":
                for body in reversed(shop.told[-6:]):
                    shop.hear(body)
            elif last is not None and step == "back":
                look_own(shop.ports, caller, order.id, last.id)
            elif last is not None and step == "give-up":
                give_up(shop.ports, caller, order.id, last.id)
            elif last is not None and step == "choose" and last.provider_ref:
                shop.bank.choose(last.provider_ref, value)
        except (OrderRefusedError, ProviderRefusedError, ProviderSilentError):
            continue  # said to a person, and nothing half done
    shop.settle()
    charges = [one for one in shop.book.list_all() if one.order_id == order.id]
    if any(CARDS[one.method].refuses_refund for one in charges if one.method):
        return  # a person pays it: its own test
    shop.check_ending(order)
