"""`/v1/tariffs`: anybody reads, administrators check and publish, faults are told all at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from ticketing.tariff.read_tariff import parse_tariff

DEMO = Path(__file__).parents[3] / "mobility" / "demo" / "tariff.toml"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with (
        build_services(Settings(data_dir=tmp_path, log_level="error", worker="separate")) as services,
        TestClient(create_app(services), raise_server_exceptions=False) as opened,
    ):
        opened.headers["Authorization"] = f"Bearer {_token(services)}"
        yield opened


def _token(services: Services) -> str:
    details = Details("admin@example.org")
    person = add_person(services.accounts, SYSTEM, details, frozenset((Role.ADMINISTRATOR,))).id
    with services.accounts.unit_of_work() as work:
        session = begin_session(services.accounts, work, person, TokenKind.REFRESH)
        work.commit()
    return session.access_token


def _written(**changes: Any) -> dict[str, Any]:
    return parse_tariff(DEMO.read_text(encoding="utf-8")) | changes


def test_a_version_is_checked_published_and_read(client: TestClient) -> None:
    assert client.get("/v1/tariffs").json() == []
    assert client.get("/v1/tariffs/current").status_code == 404
    assert client.post("/v1/tariffs/check", json=_written()).status_code == 204
    published = client.post("/v1/tariffs", json=_written())
    assert published.status_code == 201, published.text
    made = published.json()
    assert made["inForce"]
    client.headers.pop("Authorization")
    assert [one["hash"] for one in client.get("/v1/tariffs").json()] == [made["hash"]]
    for name in ("current", made["hash"][:8], made["version"]):
        assert client.get(f"/v1/tariffs/{name}").json() == made
    products = client.get("/v1/tariffs/current/products", params={"category": "youth"}).json()
    month = next(one for one in products if one["product"] == "region-month")
    assert (month["cents"], month["fullCents"], month["nameEn"]) == (8500, 17000, "Region month pass")
    assert client.get("/v1/tariffs/0000").status_code == 404
    assert client.get("/v1/tariffs/…").status_code == 400
    assert client.post("/v1/tariffs", json=_written()).status_code == 401


def test_faults_are_answered_all_at_once(client: TestClient) -> None:
    for path in ("/v1/tariffs", "/v1/tariffs/check"):
        answer = client.post(path, json=_written(valid_from="never", colour="blue"))
        assert answer.status_code == 422
        assert len(answer.json()["errors"]) == 2
        assert answer.json()["fr"]
    assert client.get("/v1/tariffs").json() == []


def test_what_is_in_force_does_not_change(client: TestClient) -> None:
    assert client.post("/v1/tariffs", json=_written()).status_code == 201
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for path in ("/v1/tariffs", "/v1/tariffs/check"):
        answer = client.post(path, json=_written(valid_from=today))
        assert answer.status_code == 409
        assert "too early" in answer.json()["detail"]
