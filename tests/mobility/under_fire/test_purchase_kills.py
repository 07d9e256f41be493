"""Purchases whose processes die: at each write and each commit in turn, and with SIGKILL at random. No ticket without
money, no money without ticket or refund."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine

from mobility.acts.sales.exchange import exchange, offer_exchange
from mobility.acts.sales.pay import PayWish, pay
from mobility.acts.sales.payment_port import ProviderSilentError
from mobility.outside.payments.sandbox import Sandbox
from mobility.storage.unit_of_work import units_of_work
from tests.benchmarks.purchase_kills import trial
from tests.contracts.conftest import POSTGIS, empty_database, engine, template
from tests.mobility.under_fire.dying import Death, Killed, dying
from tests.mobility.under_fire.purchase_truths import check_purchases, settle
from tests.mobility.under_fire.purchase_world import (
    SECRET,
    Shop,
    add_buyers,
    buyer,
    offered,
    purchase,
    sales_ports,
    tell_due,
)

__all__ = ["empty_database", "engine", "template"]

PLACES = ("write", "before commit", "after commit")


@pytest.mark.parametrize("engine", ["embedded"], indirect=True, ids=["sqlite"])
@pytest.mark.parametrize("card", ["ok", "timeout-after-capture", "double-webhook"])
@pytest.mark.parametrize("is_sent_again", [True, False], ids=["sent again", "gone"])
def test_a_death_at_any_write_or_commit_of_a_purchase(
    engine: Engine, tmp_path: Path, card: str, is_sent_again: bool
) -> None:
    """Each write and commit from offer to tickets in turn; the buyer sends the same again, or never comes back."""
    shop, deaths = Shop(engine, tmp_path), 0
    add_buyers(engine, ["theo"])
    for place in PLACES:
        for nth in range(1, 40):
            key, token = f"{place} {nth}", offered(shop.ports, "theo")
            try:
                with dying(engine, Death(nth, place)), suppress(ProviderSilentError):
                    purchase(shop.ports, "theo", token, card, key)
            except Killed:
                deaths += 1
                if is_sent_again:
                    with suppress(ProviderSilentError):
                        purchase(shop.ports, "theo", token, card, key)
                continue
            break
    assert deaths >= 10
    book = shop.book
    settle(
        lambda now: sales_ports(engine, [Sandbox(book, SECRET, now)], now),
        lambda ports, now: tell_due(ports, book, now),
    )
    ways = check_purchases(units_of_work(engine), book, shop.ports)
    if is_sent_again:
        assert ways["FULFILLED"] == deaths + len(PLACES), ways


@pytest.mark.parametrize("engine", ["embedded", POSTGIS], indirect=True, ids=["sqlite", "postgis"])
@pytest.mark.parametrize(("card", "is_sent_again"), [("ok", True), ("timeout-after-capture", False)])
def test_a_death_at_any_write_or_commit_of_an_exchange(
    engine: Engine, tmp_path: Path, card: str, is_sent_again: bool
) -> None:
    """What was bought is exchanged for twice as much: either both are as they were, or the difference is paid, the old
    one gone and the new one there."""
    shop, deaths, pairs = Shop(engine, tmp_path), 0, []
    add_buyers(engine, ["theo"])

    def swap(old: str, token: str, key: str) -> None:
        new = exchange(shop.ports, buyer("theo"), old, token, f"exchange {key}").order
        pay(shop.ports, buyer("theo"), new.id, PayWish("sandbox", card), f"pay {key}")

    for place in PLACES:
        for nth in range(1, 60):
            key = f"{place} {nth}"
            old, _ = purchase(shop.ports, "theo", offered(shop.ports, "theo"), "ok", f"old {key}")
            (item,) = old.items
            wanted = offered(shop.ports, "theo", riders=2)
            _, token = offer_exchange(shop.ports, buyer("theo"), old.id, item.id, wanted)
            pairs.append(old.id)
            try:
                with dying(engine, Death(nth, place)), suppress(ProviderSilentError):
                    swap(old.id, token, key)
            except Killed:
                deaths += 1
                if is_sent_again:
                    swap(old.id, token, key)
                continue
            break
    assert deaths >= 10
    book = shop.book
    settle(
        lambda now: sales_ports(engine, [Sandbox(book, SECRET, now)], now),
        lambda ports, now: tell_due(ports, book, now),
    )
    ways = check_purchases(units_of_work(engine), book, shop.ports)
    assert ways["refunds"] == 0, "no cent moves twice"
    assert ways["FULFILLED"] == len(pairs), "each has the old one or the new one"
    if is_sent_again:
        assert ways["EXCHANGED"] == len(pairs)


def test_killed_at_random_with_its_bank_far_away(tmp_path: Path) -> None:
    """A short one; the long one is `python -m tests.benchmarks.purchase_kills`."""
    sent, kills, ways = trial(tmp_path, purchases=25, kills=2, seed=3)
    assert (sent.answered, kills.total()) == (25, 2)
    assert ways["FULFILLED"] >= 15
