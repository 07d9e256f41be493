"""`/v1/audit` and `/v1/me/earnings`, as auditors and drivers ask them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest

from tests.mobility.audit.conftest import Audited
from tests.ticketing.months import person
from ticketing.audit_archive.verify import verify_archives

AUDITOR = 50


def _get(audited: Audited, path: str, who: int = AUDITOR, **query: Any) -> Any:
    response = audited.client.get(path, params=query, headers=audited.headers(who))
    assert response.status_code == 200, response.text
    return response.json()


def test_months_statement_and_grants_agree(audited: Audited) -> None:
    months = _get(audited, "/v1/audit/periods")
    assert (months[0]["period"], months[0]["isClosed"]) == ("2026-10", True)
    statement = _get(audited, "/v1/audit/periods/2026-10/statement")
    page = _get(audited, "/v1/audit/periods/2026-10/grants", limit=10)
    grants = page["entries"]
    while page["nextAfter"] is not None:
        page = _get(audited, "/v1/audit/periods/2026-10/grants", limit=10, after=page["nextAfter"])
        grants += page["entries"]
    assert len(grants) == statement["totals"]["trips"] == 24
    assert sum(one["body"]["grant"]["amount_cents"] for one in grants) == statement["totals"]["granted_cents"]
    alone = _get(audited, f"/v1/audit/grants/{audited.trips[0].trip_id}")
    assert alone["entries"][0]["body"]["grant"]["steps"][0]["words"]


def test_the_archive_holds_and_tables_have_the_same_rows(audited: Audited, tmp_path: Path) -> None:
    headers = audited.headers(AUDITOR)
    archive = audited.client.get("/v1/audit/periods/2026-10/archive.zip", headers=headers)
    assert archive.headers["content-disposition"] == 'attachment; filename="audit-2026-10.zip"'
    (tmp_path / "a.zip").write_bytes(archive.content)
    key = audited.client.get("/v1/audit/keys").json()["keys"][0]["fingerprint"]
    (report,) = verify_archives([tmp_path / "a.zip"], key)
    assert report.holds
    stream = audited.client.get("/v1/audit/periods/2026-10/register.jsonl", headers=headers)
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert opened.read("register.jsonl") == stream.content
    for table in ("journeys", "open-data", "drivers", "lines"):
        read = {}
        for form in ("csv", "xlsx", "parquet"):
            answer = audited.client.get(f"/v1/audit/periods/2026-10/tables/{table}.{form}", headers=headers)
            assert answer.status_code == 200, answer.text
            read[form] = len(_rows(answer.content, form))
        assert len(set(read.values())) == 1


def _rows(content: bytes, form: str) -> list[Any]:
    if form == "csv":
        return list(csv.DictReader(io.StringIO(content.decode())))
    if form == "xlsx":
        return list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(min_row=2))
    return pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()


def test_envelopes_and_reads(audited: Audited) -> None:
    (envelope,) = _get(audited, "/v1/audit/envelopes")
    assert envelope["budgetCents"] == 100_000
    assert envelope["leftCents"] == 100_000 - envelope["usedCents"]
    reads = _get(audited, "/v1/audit/reads")
    assert reads[-1]["what"] == "the log of reads"
    assert {one["person"] for one in reads} == {f"{AUDITOR:032d}"}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/audit/periods/2020-01/statement",
        "/v1/audit/periods/2020-01/grants",
        "/v1/audit/periods/2020-01/archive.zip",
        "/v1/audit/periods/2020-01/register.jsonl",
        "/v1/audit/periods/2020-01/tables/lines.csv",
        "/v1/audit/grants/nothing",
    ],
)
def test_what_is_not_there_is_said_in_both_languages(audited: Audited, path: str) -> None:
    answer = audited.client.get(path, headers=audited.headers(AUDITOR))
    assert answer.status_code == 404
    assert answer.json()["fr"] == "Le registre ne contient rien de tel."
    refused = audited.client.get(path, headers=audited.headers(0))
    known = audited.client.get(path.replace("2020-01", "2026-10"), headers=audited.headers(0))
    assert refused.status_code == known.status_code == 403
    assert refused.json() | {"requestId": ""} == known.json() | {"requestId": ""}


def test_an_open_month_has_no_archive_yet(audited: Audited) -> None:
    statement = audited.client.get("/v1/audit/periods/2026-11/archive.zip", headers=audited.headers(AUDITOR))
    assert statement.status_code in (404, 409)


def test_drivers_see_their_own_month_and_what_waits(audited: Audited) -> None:
    mine = [trip for trip in audited.trips if trip.driver == person(0)]
    month = _get(audited, "/v1/me/earnings", 0, month="2026-10")
    assert {one["tripId"] for one in month["granted"]} == {trip.trip_id for trip in mine}
    assert month["isClosed"]
    assert month["owedCents"] == month["grantedCents"] > 0
    assert month["paidCents"] == 0
    now = _get(audited, "/v1/me/earnings", 0)
    assert now["month"] == "2026-11"
    assert not now["isClosed"]
    assert len(now["estimated"]) == 1


def test_an_attestation_is_checked_by_its_code_without_a_person(audited: Audited) -> None:
    asked = {"first": "2026-10", "last": "2026-10"}
    headers = audited.headers(1)
    made = audited.client.post("/v1/me/attestations", json=asked, headers=headers).json()
    again = audited.client.post("/v1/me/attestations", json=asked, headers=headers).json()
    assert made == again
    code = made["code"]
    checked = audited.client.get(f"/v1/attestations/{code[:4]}-{code[4:].lower()}").json()
    assert checked == made | {"stands": True}
    assert person(1) not in json.dumps(checked)
    mine = _get(audited, "/v1/me/earnings", 1, month="2026-10")
    assert made["amountCents"] == mine["grantedCents"]
    assert made["trips"] == len(mine["granted"])
    assert audited.client.get("/v1/attestations/AAAA").status_code == 404
    open_month = audited.client.post(
        "/v1/me/attestations", json={"first": "2026-10", "last": "2026-11"}, headers=headers
    )
    assert open_month.status_code == 409
    assert "mois clos" in open_month.json()["fr"]
