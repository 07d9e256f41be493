"""`mobility tariff …`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.mobility.cli.conftest import Run

DEMO = Path(__file__).parents[3] / "mobility" / "demo" / "tariff.toml"
LEGS = ("coach@demo/CARS,30km", "rail@demo/TER,45km", "city@demo/BUS-DIJON,5km")


def test_a_tariff_is_checked_imported_shown_and_asked(run: Run, tmp_path: Path) -> None:
    assert "can be published" in run("tariff", "check", str(DEMO)).out
    assert "is in force" in run("tariff", "import", str(DEMO)).out
    assert "published already" in run("tariff", "import", str(DEMO)).err
    listed = json.loads(run("tariff", "list", "--json").out)
    assert [one["inForce"] for one in listed] == [True]
    later = tmp_path / "later.toml"
    later.write_text(
        DEMO.read_text(encoding="utf-8").replace('"2025-01-01"', '"2099-01-01"'), encoding="utf-8"
    )
    assert run("tariff", "import", str(later)).code == 0
    second = json.loads(run("tariff", "list", "--json").out)[1]["hash"]
    assert '+  "valid_from": "2099-01-01"' in run("tariff", "show", second, "--diff", listed[0]["hash"]).out

    asked = run("tariff", "price", *LEGS, "--rider", "youth", "--time", "2026-10-13 08:00", "--json")
    price = json.loads(asked.out)
    assert [line["kind"] for line in price["lines"]] == ["transfer"]
    assert all(one["cents"] is None or one["cents"] >= price["cents"] for one in price["rejected"])
    words = run("tariff", "price", *LEGS, "--rider", "youth", "--time", "2026-10-13 08:00").out
    assert "not taken" in words
    assert "more." in words
    products = json.loads(run("tariff", "price", "--rider", "youth", "--json").out)
    assert {"product": "region-month", "kind": "pass", "cents": 8500, "rule": "youth: 8500"} in products


def test_what_cannot_be_is_said_in_words(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('id = "x"\ncolour = 3\n', encoding="utf-8")
    said = run("tariff", "check", str(wrong))
    assert said.code == 1
    assert "colour: there is no such field" in said.err
    assert "valid_from: is missing" in said.err
    run("tariff", "import", str(DEMO))
    assert "is no ride" in run("tariff", "price", "plane,3km").err
    assert "there is no category" in run("tariff", "price", "--rider", "king").err
    assert "not known" in run("tariff", "price", "rail@elsewhere/X,3km").err
