"""`mobility sales …`, typed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from mobility.acts.import_places import seed_places
from mobility.acts.sales.post import post
from mobility.bootstrap import build_services
from mobility.settings import Settings
from tests.mobility.cli.conftest import Run
from tests.ticketing.sales_bodies import bought, given_back, line

NOON = dt.datetime(2025, 3, 30, 12, tzinfo=dt.UTC)  # a Sunday of 23 hours


@pytest.fixture
def sold(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command where two orders were sold on a day long over, and one given back in part."""
    monkeypatch.chdir(tmp_path)
    with build_services(Settings(data_dir=tmp_path / "data")) as services:
        seed_places(services.feeds)
        with services.unit_of_work() as work:
            for order, items in (
                ("o1", bought(line("i/1", 275, 0))),
                ("o2", [*bought(line("i/1", 1100)), *given_back("i/1", 550)]),
            ):
                post(work, SimpleNamespace(id=order, pseudonym=f"p-{order}"), items, NOON)
            work.commit()
    return run


def test_a_best_fare_by_name(sold: Run) -> None:
    assert sold("sales", "best-fare", "2025-03").out == "2025-03: 0.00 € go back\n"
    assert json.loads(sold("sales", "best-fare", "2025-W13", "--dry-run", "--json").out)["backs"] == []
    wrong = sold("sales", "best-fare", "march")
    assert (wrong.code, "2026-11" in wrong.err or "YYYY-MM" in wrong.err) == (1, True)


def test_a_month_from_its_days_to_the_accountants(sold: Run, tmp_path: Path) -> None:
    closed = json.loads(sold("sales", "close", "2025-03-31", "--json").out)
    assert [(one["day"], one["count"]) for one in closed] == [("2025-03-30", 11), ("2025-03-31", 0)]
    assert "no day to close" in sold("sales", "close", "2025-03-31").out
    assert closed[0]["digest"] in sold("sales", "days", "2025-03").out
    assert "so far" in sold("sales", "statement", "2025-03").out
    divided = json.loads(sold("sales", "apportion", "2025-03", "--json").out)
    assert divided["shares"] == [["coach", 131 + 238], ["rail", 144 + 262]]
    assert (
        "rail: 4.06 € of 2025-03 (divided), owed in all: 4.06 €" in sold("sales", "statement", "2025-03").out
    )
    again = sold("sales", "apportion", "2025-03")
    assert (again.code, "already" in again.err) == (1, True)
    (tax,) = [one for one in json.loads(sold("sales", "vat", "2025-03", "--json").out) if one["vat_permille"]]
    assert (tax["sold_tax"], tax["reversed_tax"], tax["due_tax"]) == (100, 50, 50)
    for table in ("entries", "statement", "shares", "vat", "days"):
        assert sold("sales", "export", "2025-03", table).code == 0
        assert (tmp_path / f"sales-{table}-2025-03.csv").read_text().count("\n") > 1
    assert sold("sales", "export", "2025-03", "fec", "--siren", "123456789").code == 0
    assert (tmp_path / "123456789FEC20250331.txt").read_bytes().count(b"\r\n") > 10
    assert "entry" in sold("sales", "pay", "V1", "rail=4.06").out
    assert "cannot be paid" in sold("sales", "pay", "V2", "rail=0.01").err
    assert "reversal" in sold("sales", "order", "o2").out
    assert "11 entries of 2 orders and 2 closed days hold" in sold("sales", "verify").out


def test_rules_are_published_and_refusals_are_words(sold: Run, tmp_path: Path) -> None:
    rule = json.loads(sold("sales", "apportion", "--show-default").out)
    path = tmp_path / "rule.json"
    path.write_text(json.dumps(rule | {"version": 2, "valid_from": "2025-03", "lines": [{"by": "keys"}]}))
    assert "published" in sold("sales", "apportion", "--publish", str(path)).out
    sold("sales", "close", "2025-03-31")
    divided = json.loads(sold("sales", "apportion", "2025-03", "--json").out)
    assert divided["shares"] == [["region", 275 + 500]]
    path.write_text(json.dumps(rule | {"version": 0, "keys": [], "lines": [{"by": "luck"}], "more": 1}))
    ended = sold("sales", "apportion", "--publish", str(path))
    assert ended.code == 1
    for word in ("version", "keys", "lines[0].by", "more"):
        assert word in ended.err
    for words in (
        ("close", "2999-01-01"),
        ("close", "2025-02-31"),
        ("vat", "2025-3"),
        ("export", "2025-03", "x"),
        ("apportion",),
        ("pay", "V1", "rail"),
    ):
        ended = sold("sales", *words)
        assert ended.code == 1, words
        assert ended.err.strip()
        assert "Traceback" not in ended.err
