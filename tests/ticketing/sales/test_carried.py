"""Money that goes from one order's book to another's: no more than there is, back no more than came, never alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ticketing.sales_bodies import Item
from ticketing.postings import LedgerError
from ticketing.sales.accounting_file import Written, accounting_lines
from ticketing.sales.chain import Chain, enter
from ticketing.sales.check_book import BookCheck, BookError
from ticketing.sales.days import seal
from ticketing.sales.entry import SalesEntry
from ticketing.sales.postings import postings_of
from ticketing.sales.rules import available_cents

NOW, DAY = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC), "2026-03-10"


def out(name: str, cents: int, to: str = "b", **more: Any) -> Item:
    return "carried-out", {"person": "p", "carried": name, "to": to, "amount_cents": cents} | more


def came(name: str, cents: int, source: str = "a") -> Item:
    return "carried-in", {"person": "p", "carried": name, "from": source, "amount_cents": cents}


def paid(cents: int) -> list[Item]:
    body = {"hold": "h", "provider": "sandbox", "person": "p", "amount_cents": cents}
    return [("hold", body), ("capture", body)]


def book(order: str, items: Sequence[Item]) -> tuple[Chain, list[SalesEntry]]:
    chain, entries = enter(Chain(order), items, NOW, DAY)
    return chain, [one for one in entries if isinstance(one, SalesEntry)]


def check(*books: list[SalesEntry]) -> None:
    entries = [entry for one in books for entry in one]
    checked = BookCheck({DAY: seal(DAY, entries)})
    for entry in entries:
        checked.add(entry)
    checked.end()


def test_what_leaves_one_book_comes_to_the_other() -> None:
    chain, old = book("a", [*paid(150), out("x", 50)])
    assert available_cents(chain.states) == 100
    chain, new = book("b", [*paid(950), came("x", 50)])
    assert available_cents(chain.states) == 1000
    check(old, new)
    sums: dict[str, int] = {}
    for entry in (*old, *new):
        for posting in postings_of(entry):
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount_cents
    assert sums == {"provider:sandbox": 1100, "passenger:p": -1100, "carried:x": 0}
    written = [Written(one.kind, DAY, DAY, one.order_id, DAY, postings_of(one)) for one in (old[-1], new[-1])]
    lines = [line for line in accounting_lines(written) if "\t580000\t" in line]
    assert [line.split("\t")[11:13] for line in lines] == [["0,00", "0,50"], ["0,50", "0,00"]]


@given(st.integers(1, 100), st.integers(1, 100))
def test_a_day_on_which_they_differ_is_refused(left: int, arrived: int) -> None:
    _, old = book("a", [*paid(150), out("x", left)])
    _, new = book("b", [came("x", arrived)])
    if left == arrived:
        check(old, new)
        return
    with pytest.raises(BookError, match="carried:x"):
        check(old, new)


def test_money_that_comes_from_nowhere_is_refused() -> None:
    _, new = book("b", [came("x", 50)])
    with pytest.raises(BookError, match="50 cents of carried:x"):
        check(new)


@given(st.lists(st.integers(1, 60), max_size=6))
def test_no_more_goes_back_than_came(parts: list[int]) -> None:
    chain, _ = book("b", [*paid(1000), came("x", 100)])
    back = 0
    for number, cents in enumerate(parts):
        item = out(f"y{number}", cents, to="a", of="x")
        if back + cents > 100:
            with pytest.raises(LedgerError, match="can go back"):
                enter(chain, [item], NOW, DAY)
        else:
            chain, _ = enter(chain, [item], NOW, DAY)
            back += cents
    assert chain.states.get("carried:x", {})["returned_cents"] == back
    assert available_cents(chain.states) == 1100 - back


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (out("y", 101), "paid and not used"),
        (out("x", 1), "already"),
        (came("x", 1), "already"),
        (out("y", 1, to="elsewhere", of="x"), "did not come from elsewhere"),
        (out("y", 1, to="a", of="z"), "there is no carried:z"),
        (out("y", 0), "whole number of cents"),
        (("carried-in", {"person": "q", "carried": "y", "from": "a", "amount_cents": 1}), "not of 'q'"),
    ],
)
def test_what_is_refused(item: Item, said: str) -> None:
    chain, _ = book("b", [*paid(50), came("x", 50)])
    with pytest.raises(LedgerError, match=said):
        enter(chain, [item], NOW, DAY)


def test_what_left_does_not_come_back_by_that_name() -> None:
    """`of` names what came; what went out is no such thing."""
    chain, _ = book("a", [*paid(150), out("x", 50)])
    with pytest.raises(LedgerError, match="did not come from b"):
        enter(chain, [out("y", 1, of="x")], NOW, DAY)
