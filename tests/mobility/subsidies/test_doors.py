"""Policies and grants by HTTP and by command."""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.acts.claim_subsidy import claim
from mobility.acts.grant_subsidy import close
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.cli import main
from mobility.settings import Settings
from tests.ticketing.months import random_trip
from ticketing.subsidy_policy import default_policy

GOOD: dict[str, Any] = {
    "campaign": "c",
    "title": "T",
    "valid_from": "2030-01-01",
    "passenger_fare_cents": 150,
    "rules": [{"rule": "per_km", "amount_cents": 20}],
}


@dataclass(frozen=True)
class House:
    """A server with people in it."""

    services: Services
    client: TestClient
    numbers: Iterator[int] = field(default_factory=count)

    def sign_in(self, role: Role) -> tuple[dict[str, str], str]:
        """The headers and the pseudonym of somebody new."""
        accounts = self.services.accounts
        details = Details(f"{role}{next(self.numbers)}@example.org", "", "Anne", "Durand", "0612345678")
        person = add_person(accounts, SYSTEM, details, frozenset({role}))
        with accounts.unit_of_work() as work:
            tokens = begin_session(accounts, work, person.id, TokenKind.REFRESH)
            work.commit()
        return {"Authorization": f"Bearer {tokens.access_token}"}, person.pseudonym


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("subsidies")
    with build_services(Settings(data_dir=folder, log_level="error", worker="separate")) as services:
        yield House(services, TestClient(create_app(services), raise_server_exceptions=False))


def test_anybody_reads_the_rules_and_computes_with_them(house: House) -> None:
    (first, *_) = house.client.get("/v1/carpool/policies").json()
    assert first["hash"] == default_policy().hash
    assert first["inForce"] is True
    assert first["policy"]["rules"][0] == {
        "rule": "per_km",
        "amount_cents": 10,
        "offset_m": 0,
        "limit_m": None,
        "when": [],
    }
    answer = house.client.post("/v1/carpool/policies/simulate", json={"distanceM": 53_000, "passengers": 3})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["amountCents"], body["policy"]) == (730, first["hash"])
    assert [(one["rule"], one["afterCents"]) for one in body["steps"]] == [
        ("per_km", 530),
        ("per_passenger", 730),
    ]
    assert [one["amountCents"] for one in body["shares"]] == [244, 243, 243]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"distanceM": -1, "passengers": 1}, 400),
        ({"distanceM": 1, "passengers": 1, "colour": 1}, 400),
        ({"distanceM": 1, "passengers": 1, "policy": "none"}, 409),
        ({"distanceM": 1, "passengers": 1, "startedAt": "2001-01-01T00:00:00Z"}, 404),
    ],
)
def test_what_cannot_be_computed_is_said(house: House, asked: dict[str, Any], status: int) -> None:
    answer = house.client.post("/v1/carpool/policies/simulate", json=asked)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["fr"]
    assert answer.json()["en"]


def test_an_administrator_publishes_and_reads_what_is_wrong(house: House) -> None:
    administrator, _ = house.sign_in(Role.ADMINISTRATOR)
    wrong = GOOD | {"rules": [{"rule": "per_km", "amount_cents": 2.5}]}
    answer = house.client.post("/v1/carpool/policies", json=wrong, headers=administrator)
    assert (answer.status_code, answer.json()["field"]) == (422, "rules[0] (per_km).amount_cents")
    answer = house.client.post("/v1/carpool/policies", json=GOOD, headers=administrator)
    assert answer.status_code == 201
    assert answer.json()["validFrom"] == "2030-01-01"
    assert house.client.post("/v1/carpool/policies", json=GOOD, headers=administrator).status_code == 409
    shown = house.client.get("/v1/carpool/policies").json()
    assert [one["inForce"] for one in shown] == [True, False]
    for role in Role:
        if role not in (Role.ADMINISTRATOR, Role.PARTNER):
            headers, _ = house.sign_in(role)
            assert house.client.post("/v1/carpool/policies", json=wrong, headers=headers).status_code == 403


def test_a_driver_sees_what_was_granted_and_what_may_be(house: House) -> None:
    headers, pseudonym = house.sign_in(Role.DRIVER)
    acts = house.services.acts
    now = acts.now().replace(microsecond=0)
    rng = random.Random(1)
    for number, hours in ((1, 80), (2, 70), (3, 2)):
        trip = random_trip(rng, number)
        started = now - dt.timedelta(hours=hours)
        trip = replace(trip, driver=pseudonym, started_at=started, ended_at=started + dt.timedelta(hours=1))
        with acts.unit_of_work() as work:
            claim(work, trip, now)
            work.commit()
    close(acts, house.services.register_keys, SYSTEM, now - dt.timedelta(hours=48))
    answer = house.client.get("/v1/carpool/grants", headers=headers).json()
    assert (len(answer["granted"]), len(answer["estimated"])) == (2, 1)
    assert answer["grantedCents"] == sum(one["amountCents"] for one in answer["granted"])
    assert answer["estimatedCents"] == answer["estimated"][0]["amountCents"] > 0
    assert answer["estimated"][0]["seq"] is None
    assert house.client.get("/v1/carpool/grants?month=2001-01", headers=headers).json()["granted"] == []
    auditor, _ = house.sign_in(Role.AUDITOR)
    assert house.client.get(f"/v1/carpool/drivers/{pseudonym}/grants", headers=auditor).json() == answer
    other, _ = house.sign_in(Role.DRIVER)
    assert house.client.get("/v1/carpool/grants", headers=other).json()["granted"] == []
    assert house.client.get(f"/v1/carpool/drivers/{pseudonym}/grants", headers=other).status_code == 403


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `mobility …` here, on a data folder of its own."""
    monkeypatch.setenv("MOBILITY_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mobility", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return (int(end.value.code or 0), *capsys.readouterr())

    return run


def test_commands(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    file = tmp_path / "next.json"
    file.write_text(json.dumps(GOOD), encoding="utf-8")
    code, out, _ = run("carpool", "policy", "simulate", "33", "2", "--policy", str(file), "--json")
    assert json.loads(out)["amount_cents"] == 660
    code, out, _ = run("carpool", "policy", "publish", str(file), "--json")
    published = json.loads(out)["hash"]
    code, out, _ = run("carpool", "policy", "show", published[:8], "--diff", default_policy().hash[:8])
    assert '+      "amount_cents": 20,' in out
    file.write_text("{", encoding="utf-8")
    code, _, err = run("carpool", "policy", "publish", str(file))
    assert (code, "this is no JSON" in err) == (1, True)
    code, out, _ = run("carpool", "grant", "--until", "2026-01-01", "--json")
    assert (code, json.loads(out)["trips"]) == (0, 0)
    code, _, err = run("carpool", "grant", "--until", "2999-01-01")
    assert (code, "is in the future" in err) == (1, True)
