"""A day at a counter, by commands: a float, sales for cash with change, a refund that is handed out, the count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mobility.accounts.caller import SYSTEM, Role
from mobility.acts.accounts.people import Details, add_person
from mobility.bootstrap import build_services
from mobility.cli.tickets_demo import load_tariff
from mobility.settings import Settings
from tests.mobility.cli.conftest import Run

AGNES, OLGA, VERA = (("--as", f"{name}@example.org") for name in ("agnes", "olga", "vera"))


@pytest.fixture
def counter(tmp_path: Path, run: Run) -> Path:
    """A tariff, an agent, an operator and a traveller."""
    with build_services(Settings(data_dir=tmp_path / "data", log_level="error")) as services:
        load_tariff(services)
        for name, role in (("agnes", Role.AGENT), ("olga", Role.OPERATOR), ("vera", Role.TRAVELLER)):
            add_person(services.accounts, SYSTEM, Details(f"{name}@example.org"), frozenset((role,)))
    return tmp_path


def test_a_day_at_a_counter(counter: Path, run: Run) -> None:
    opened = run("sales", "till", "open", "50", *AGNES)
    assert (opened.code, "left in it 50.00 €" in opened.out) == (0, True), opened.err

    short = run("sales", "till", "sell", "--product", "besancon-month", "--given", "40", *AGNES)
    assert (short.code, "46.00 € are due, 6.00 € are missing" in short.err) == (1, True), short.out
    (reference,) = [word for word in short.err.replace(":", " ").split() if len(word) == 8 and word.isupper()]
    found = run("sales", "till", "find", reference.lower(), *AGNES)
    assert "due: 46.00 €" in found.out
    sold = run("sales", "till", "sell", reference, "--given", "50", "--key", "k", *AGNES)
    assert (sold.code, "fulfilled" in sold.out, "change: 4.00 €" in sold.out) == (0, True, True), sold.err
    again = run("sales", "till", "sell", reference, "--given", "50", "--key", "k", *AGNES, "--json")
    assert json.loads(again.out)["change_cents"] == 400

    shown = json.loads(run("sales", "till", "show", *AGNES, "--json").out)
    assert (shown["expected_cents"], shown["taken_cents"]) == (9600, 4600)

    assert run("sales", "refund", "order", reference, "--reason", "x", *AGNES).code == 1, "operators alone"
    given = run("sales", "refund", "order", reference, "--reason", "closed line", *OLGA, "--json")
    (refund,) = json.loads(given.out)["refunds"]
    assert refund in run("sales", "refund", "list", *OLGA).out
    assert run("sales", "refund", "hand-out", refund, *AGNES).out.startswith("46.00 €: refunded")
    assert refund not in run("sales", "refund", "list", *OLGA).out

    counted = run("sales", "till", "count", "49.50", "--deposit", "40", *AGNES)
    assert "by the book 50.00 €, counted 49.50 €: difference -0.50 €; left in it 9.50 €" in counted.out
    assert "hold" in run("sales", "verify").out


def test_what_a_counter_refuses(counter: Path, run: Run) -> None:
    not_theirs = run("sales", "till", "show", *VERA)
    assert (not_theirs.code, not_theirs.out) == (1, "")
    bought = run("tickets", "buy", "--product", "besancon-day", *VERA, "--json")
    reference = json.loads(bought.out)["order"]["reference"]
    assert run("sales", "till", "find", reference, *AGNES).code == 1, "paid, and somebody else's"
    assert run("sales", "till", "find", reference, *OLGA).code == 0
    assert run("sales", "till", "sell", reference, *AGNES).code == 1
    assert run("sales", "till", "sell", *AGNES).code == 2
    assert run("sales", "till", "count", "ten", *AGNES).code == 1
    more = run("sales", "till", "count", "10", "--deposit", "20", *AGNES)
    assert (more.code, "than was counted" in more.err) == (1, True)
    by_card = run("sales", "refund", "hand-out", "nonsense", *AGNES)
    assert (by_card.code, "no such refund" in by_card.err) == (1, True)
