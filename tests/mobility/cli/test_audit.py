"""`mobility audit …`, typed."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import pytest

from mobility.accounts.caller import SYSTEM
from mobility.acts.audit.envelopes import fund_envelope
from mobility.acts.claim_subsidy import claim
from mobility.acts.grant_subsidy import close
from mobility.acts.import_places import seed_places
from mobility.bootstrap import build_services
from mobility.settings import Settings
from tests.mobility.cli.conftest import Run
from tests.ticketing.months import random_trip

NOW = dt.datetime(2026, 10, 4, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def closed_september(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose September is closed."""
    folder = tmp_path_factory.mktemp("september")
    clock = [dt.datetime(2026, 9, 1, tzinfo=dt.UTC)]
    with build_services(Settings(data_dir=folder), lambda: clock[0]) as services:
        seed_places(services.feeds)
        fund_envelope(services.audit, SYSTEM, "bfc-carpool-lines", 1_000_000, "d1")
        clock[0] = NOW
        rng = random.Random(1)
        with services.unit_of_work() as work:
            for number in range(12):
                claim(work, random_trip(rng, number, "2026-09"), NOW)
            work.commit()
        close(services.acts, services.register_keys, SYSTEM, dt.datetime(2026, 10, 2, tzinfo=dt.UTC))
    return folder


@pytest.fixture
def month(run: Run, closed_september: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command on that folder, in an empty one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOBILITY_DATA_DIR", str(closed_september))
    return run


def test_an_auditors_walk(month: Run, tmp_path: Path) -> None:
    assert "2026-09" in month("audit", "months").out
    keys = json.loads(month("audit", "keys", "--json").out)
    exported = month("audit", "export", "2026-09")
    assert exported.code == 0, exported.err
    assert (tmp_path / "audit-2026-09.zip").exists()
    verified = month("audit", "verify", "audit-2026-09.zip", "--key", keys["keys"][0]["fingerprint"])
    assert verified.code == 0, verified.err
    assert "12 grants derived again" in verified.out
    unknown = month("audit", "verify", "audit-2026-09.zip")
    assert unknown.code == 0
    assert "NOBODY VOUCHES" in unknown.out
    for source in ("audit-2026-09.zip", "2026-09"):
        same = json.loads(month("audit", "replay", source, "--json").out)
        assert sum(one["trips"] for one in same) == 12
        assert all(one["difference_cents"] == 0 for one in same)
    statement = json.loads(month("audit", "statement", "2026-09", "--json").out)
    assert statement["totals"]["trips"] == 12
    assert statement["totals"]["granted_cents"] == sum(one["recorded_cents"] for one in same)
    assert "sens-auxerre" in month("audit", "statement", "2026-09", "--lines").out
    envelope = json.loads(month("audit", "envelope", "--json").out)
    assert envelope[0]["used_cents"] == statement["totals"]["granted_cents"]
    assert "10,000.00" in month("audit", "envelope").out or "10000.00" in month("audit", "envelope").out
    assert "archive of 2026-09" in month("audit", "reads").out


def test_another_policy_is_replayed(month: Run, tmp_path: Path) -> None:
    policy = tmp_path / "other.toml"
    policy.write_text(
        'campaign = "bfc-carpool-lines"\ntitle = "what if"\nvalid_from = "2027-01-01"\n'
        'passenger_fare_cents = 150\n[[rules]]\nrule = "per_km"\namount_cents = 5\n',
        encoding="utf-8",
    )
    found = json.loads(month("audit", "replay", "2026-09", "--policy", str(policy), "--json").out)
    assert sum(one["difference_cents"] for one in found) < 0
    policy.write_text("nonsense", encoding="utf-8")
    assert month("audit", "replay", "2026-09", "--policy", str(policy)).code == 1


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_tables_are_written(month: Run, tmp_path: Path, form: str) -> None:
    ended = month("audit", "table", "2026-09", "journeys", "--format", form)
    assert ended.code == 0, ended.err
    assert (tmp_path / f"journeys-2026-09.{form}").stat().st_size > 100


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "2020-01"), "nothing in 2020-01"),
        (("statement", "x"), "nothing in x"),
        (("verify", "nothing.zip"), "nothing.zip"),
        (("verify", "x", "--key", "abc"), "a fingerprint is"),
        (("replay", "nothing.zip"), "neither an archive nor a month"),
        (("envelope", "--until", "tomorrow"), "is no day"),
        (("envelope", "other"), "nothing was put into"),
        (("fund", "c", "1.234", "--decision", "d"), "no amount in euros"),
        (("pay-out", "2026-09"), "MOBILITY_PAYER_NAME"),
        (("returned", "1", "x", "--reason", "AC04"), "no payout"),
    ],
)
def test_refusals_say_why(month: Run, words: tuple[str, ...], said: str) -> None:
    ended = month("audit", *words)
    assert ended.code == 1
    assert said in ended.err


def test_every_command_has_a_page_of_the_manual(run: Run) -> None:
    for command in (
        *("months", "export", "verify", "replay", "statement", "table", "envelope", "fund"),
        *("keys", "reads", "pay-out", "payouts", "returned"),
    ):
        ended = run("audit", command, "--help")
        assert ended.code == 0
        assert "--json" in ended.out


def test_a_payout_and_its_return(month: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOBILITY_PAYER_NAME", "Région")
    monkeypatch.setenv("MOBILITY_PAYER_IBAN", "FR7630006000011234567890189")
    paid = json.loads(month("audit", "pay-out", "2026-09", "--json").out)
    assert paid["payout"] is None
    assert {one["why"] for one in paid["left"]} == {"the account was erased"}
    assert json.loads(month("audit", "payouts", "--files", "--json").out) == {"payouts": [], "files": []}
