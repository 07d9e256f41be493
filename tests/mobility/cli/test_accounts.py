"""`mobility account …`, as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mobility.cli.main import make_app
from mobility.cli.refusals import REFUSALS
from tests.migrated import seed

PASSWORD = "correct horse battery\n"


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(tmp_path)
    monkeypatch.setenv("MOBILITY_DATA_DIR", str(tmp_path))


def run(*words: str, typed: str = "") -> Any:
    return CliRunner().invoke(make_app(), ["account", *words], input=typed)


def test_an_administrator_is_made_listed_and_stays(tmp_path: Path) -> None:
    made = run("add", "Ada@example.org", "--role", "administrator", "--json", typed=PASSWORD)
    assert made.exit_code == 0, made.output
    ada = json.loads(made.stdout)
    assert (ada["email"], ada["roles"]) == ("ada@example.org", ["administrator"])
    assert json.loads(run("list", "--json").stdout) == [ada]
    refused = run("roles", "ada@example.org", "--role", "auditor")
    assert isinstance(refused.exception, REFUSALS)
    assert "last administrator" in str(refused.exception)
    key = json.loads(run("key", "add", "Partner", "--operator", "p.example.org", "--json").stdout)
    assert key["key"].startswith(key["prefix"])
    listed = run("key", "list", "--json").stdout
    assert key["key"] not in listed
    run("key", "revoke", key["id"])
    assert json.loads(run("key", "list", "--json").stdout)[0]["revokedAt"] is not None
    before = (tmp_path / "keys" / "vault.json").read_text()
    assert run("rotate-keys").exit_code == 0
    assert (tmp_path / "keys" / "vault.json").read_text() != before
    assert (tmp_path / "keys" / "vault.json").stat().st_mode & 0o077 == 0
    exported = tmp_path / "ada.json"
    assert run("export", "ada@example.org", "--to", str(exported)).exit_code == 0
    assert json.loads(exported.read_text())["account"]["email"] == "ada@example.org"


def test_what_is_typed_wrongly_is_words() -> None:
    for words, typed, said in (
        (("add", "ada", "--role", "traveller"), PASSWORD, "not valid"),
        (("add", "ada@example.org", "--role", "traveller"), "short\n", "12 to 200"),
        (("add", "ada@example.org", "--role", "partner"), PASSWORD, "API key"),
        (("erase", "--yes", "nobody"), "", "no such account"),
    ):
        refused = run(*words, typed=typed)
        assert isinstance(refused.exception, REFUSALS), refused.output
        assert said in str(refused.exception)
    assert run("password", "nobody@example.org", typed=PASSWORD).exit_code == 1
    assert run("add", "ada@example.org", "--role", "king").exit_code == 2
