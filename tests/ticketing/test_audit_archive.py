"""An archive is made of the register alone, and is checked without anything else."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
import rfc8785

from tests.ticketing.archives import KEY, MemoryRegister, three_months
from tests.ticketing.months import person
from ticketing.audit_archive.members import MEMBERS
from ticketing.audit_archive.verify import verify_archives
from ticketing.grant_body import facts_from_plain
from ticketing.signing import SigningKey, key_body
from ticketing.subsidy_policy import default_policy, read_policy

FINGERPRINT = sha256(KEY.public_key).hexdigest()
MONTHS = ("2026-09", "2026-10", "2026-11")


@pytest.fixture(scope="module")
def register() -> MemoryRegister:
    return three_months()


@pytest.fixture(scope="module")
def archives(register: MemoryRegister, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("archives")
    return [register.export(month, folder / f"{month}.zip") for month in MONTHS]


def test_months_hold_one_after_the_other_and_each_alone(archives: list[Path]) -> None:
    reports = verify_archives(archives, FINGERPRINT)
    assert [report.wrong for report in reports] == [None] * 3
    assert all(report.is_trusted for report in reports)
    assert not any(report.not_checked for report in reports)
    for path in archives:
        (alone,) = verify_archives([path], FINGERPRINT[:16])
        assert alone.holds
        assert alone.is_trusted


def test_without_a_key_it_is_said_that_nobody_vouches(archives: list[Path]) -> None:
    first, second, _ = verify_archives(archives)
    assert first.holds
    assert not first.is_trusted
    assert first.trust.startswith("NOBODY VOUCHES")
    assert FINGERPRINT in first.trust
    assert second.is_trusted
    assert second.trust == "it goes on from the archive before it"


def test_the_same_register_gives_the_same_bytes(
    register: MemoryRegister, archives: list[Path], tmp_path: Path
) -> None:
    for month, path in zip(MONTHS, archives, strict=True):
        again = three_months().export(month, tmp_path / "again.zip")
        assert again.read_bytes() == path.read_bytes()


def test_any_zip_program_opens_it(archives: list[Path]) -> None:
    with zipfile.ZipFile(archives[1]) as archive:
        assert archive.testzip() is None
        assert tuple(archive.namelist()) == MEMBERS
        manifest = json.loads(archive.read("manifest.json"))
        for name, mark in manifest["files"].items():
            assert sha256(archive.read(name)).hexdigest() == mark["sha256"]


def test_the_chain_can_be_checked_as_the_readme_says(archives: list[Path]) -> None:
    """With nothing but JSON, SHA-256 and another implementation of canonical JSON."""
    with zipfile.ZipFile(archives[1]) as archive:
        lines = archive.read("register.jsonl").splitlines()
        root = json.loads(archive.read("roots.jsonl").splitlines()[-1])
    for line in lines:
        entry = json.loads(line)
        body = rfc8785.dumps(entry["body"])
        assert line.endswith(b'"body":' + body + b"}")
        head = ["mobility register 1", entry["previous"], str(entry["seq"]), entry["period"], entry["kind"]]
        text = "\n".join([*head, entry["at"], ""]).encode() + body
        assert sha256(text).hexdigest() == entry["hash"]
    assert json.loads(root["document"])["head_hash"] == entry["hash"]


def test_the_statement_is_what_the_ledger_says(register: MemoryRegister, archives: list[Path]) -> None:
    """Against sums made the slow way, from the transactions of the archive alone."""
    balances: dict[str, int] = {}
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            for line in archive.read("ledger.jsonl").splitlines():
                for account, cents in json.loads(line)["postings"]:
                    balances[account] = balances.get(account, 0) + cents
            rows = list(csv.DictReader(io.StringIO(archive.read("statement-drivers.csv").decode())))
            lines = list(csv.DictReader(io.StringIO(archive.read("statement-lines.csv").decode())))
            journeys = list(csv.DictReader(io.StringIO(archive.read("journeys.csv").decode())))
        for row in rows:
            assert _cents(row["closing"]) == -balances.get(f"driver:{row['driver']}", 0)
        for name in ("granted", "withdrawn"):
            assert sum(_cents(row[name]) for row in rows) == sum(_cents(row[name]) for row in lines)
        earned = sum(_cents(row["rpc_incentive"]) for row in journeys)
        assert earned == sum(_cents(row["granted"]) - _cents(row["withdrawn"]) for row in rows)
    assert balances == register.book.balances


def test_reasons_are_no_formulas(archives: list[Path]) -> None:
    with zipfile.ZipFile(archives[1]) as archive:
        assert b",\"'=cmd" in archive.read("decisions.csv")


def test_a_trip_granted_in_two_months_is_found(tmp_path: Path) -> None:
    register = MemoryRegister()
    (first, *_) = register.grant(3)
    register.close()
    body = json.loads(first.body)
    register.grant(1, [facts_from_plain(body["facts"])])
    register.close()
    paths = [register.export(month, tmp_path / month) for month in MONTHS[:2]]
    (alone,) = verify_archives(paths[1:], FINGERPRINT)
    assert alone.holds
    wrong = verify_archives(paths, FINGERPRINT)[1].wrong
    assert wrong is not None
    assert wrong.words == f"it grants a trip that entry {first.seq} granted already"


def test_a_trip_taken_back_may_be_granted_again(tmp_path: Path) -> None:
    register = MemoryRegister()
    (first, *_) = register.grant(3)
    register.withdraw(first)
    register.grant(1, [facts_from_plain(json.loads(first.body)["facts"])])
    register.close()
    (report,) = verify_archives([register.export(MONTHS[0], tmp_path / "a")], FINGERPRINT)
    assert report.holds


def test_a_key_announced_by_the_one_trusted_is_trusted(tmp_path: Path) -> None:
    register, new = three_months(), SigningKey(bytes(32))
    register.enter("key", key_body(new, KEY))
    register.key = new
    register.grant(3)
    register.close()
    path = register.export("2026-12", tmp_path / "a")
    (report,) = verify_archives([path], FINGERPRINT)
    assert report.is_trusted
    assert "announced and signed" in report.trust
    (report,) = verify_archives([path], sha256(new.public_key).hexdigest())
    assert report.trust == "the root is signed by the key you trust"


def test_a_policy_of_the_month_holds_from_its_day_on(tmp_path: Path) -> None:
    plain = json.loads(default_policy().canonical)
    plain["rules"][0]["amount_cents"] = 20
    register = MemoryRegister()
    register.publish(read_policy(plain | {"valid_from": "2026-09-15"}))
    register.grant(20)
    register.close()
    (report,) = verify_archives([register.export(MONTHS[0], tmp_path / "a")], FINGERPRINT)
    assert report.holds
    used = {json.loads(one.body)["grant"]["policy"] for one in register.book.entries if one.kind == "grant"}
    assert len(used) == 2


@pytest.mark.parametrize("fingerprint", ["abc", "g" * 16, FINGERPRINT.upper()])
def test_what_is_no_fingerprint_is_refused(archives: list[Path], fingerprint: str) -> None:
    with pytest.raises(ValueError, match="a fingerprint is"):
        verify_archives(archives, fingerprint)


def test_no_person_is_named(archives: list[Path]) -> None:
    """Pseudonyms only: 32 hexadecimal digits."""
    with zipfile.ZipFile(archives[1]) as archive:
        drivers = csv.DictReader(io.StringIO(archive.read("statement-drivers.csv").decode()))
        assert {row["driver"] for row in drivers} <= {person(n) for n in range(4)}


def _cents(euros: str) -> int:
    return round(float(euros) * 100) if euros else 0
