"""Who may not, gets nothing: every operation under /v1, asked by everybody."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.api_keys import make_key, revoke_key
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.personal_data import erase_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.mobility.http.existing_things import EXISTING
from tests.mobility.http.schema_values import NoValueError, value_for

TABLE_FILE = Path(__file__).with_name("permissions.toml")
TABLE = tomllib.loads(TABLE_FILE.read_text(encoding="utf-8"))
ALLOWED: dict[str, str | list[str]] = TABLE["allowed"]

PEOPLE = [role for role in Role if role != Role.PARTNER]
CALLERS = ["nobody", "nonsense", "expired", "ended", "erased", "no-role", "revoked-key", *Role]
REFUSED_CALLERS = {"nobody", "nonsense", "expired", "ended", "erased", "revoked-key"}
"""Those nobody knows (any more)."""


@dataclass(frozen=True)
class House:
    """A server with people in it."""

    services: Services
    client: TestClient
    document: dict[str, Any]
    people: dict[str, str]
    existing: dict[str, str]

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Method, path and description of all operations under /v1."""
        return [
            (method.upper(), path, operation)
            for path, methods in sorted(self.document["paths"].items())
            for method, operation in methods.items()
            if path.startswith("/v1/")
        ]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("permissions")
    with build_services(Settings(data_dir=folder, log_level="error", worker="separate")) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))  # quick ones
        client = TestClient(create_app(services), raise_server_exceptions=False)
        people = {}
        for role in (*PEOPLE, "no-role", "erased", "admin-too"):
            details = Details(f"{role}@example.org", "", "Anne", "Durand", "0612345678")
            roles = {Role.ADMINISTRATOR} if role == "admin-too" else {role} & set(PEOPLE)
            people[str(role)] = add_person(services.accounts, SYSTEM, details, frozenset(roles)).id
        existing = {path: make(services) for path, make in EXISTING.items()}
        document = client.get("/openapi.json").json()
        yield House(services, client, document, people, existing)


def credentials(house: House, caller: str) -> dict[str, str]:
    """The headers of a caller, who signs in anew."""
    accounts = house.services.accounts
    if caller == "nobody":
        return {}
    if caller == "nonsense":
        return {"Authorization": "Bearer e30.e30.AAAA"}
    if caller in (Role.PARTNER, "revoked-key"):
        key, token = make_key(accounts, SYSTEM, "Partner", "partner.example.org")
        if caller == "revoked-key":
            revoke_key(accounts, SYSTEM, key.id)
        return {"X-API-Key": token}
    if caller == "expired":
        accounts = replace(accounts, now=lambda: house.services.accounts.now() - dt.timedelta(hours=1))
    person = house.people["traveller" if caller in ("expired", "ended") else caller]
    if caller == "erased":
        details = Details("erased-soon@example.org", "", "Anne", "Durand", "0612345678")
        person = add_person(accounts, SYSTEM, details, frozenset(PEOPLE)).id
    with accounts.unit_of_work() as work:
        tokens = begin_session(accounts, work, person, TokenKind.REFRESH)
        if caller == "ended":
            work.accounts.end_sessions(person, accounts.now())
        work.commit()
    if caller == "erased":
        erase_person(accounts, SYSTEM, person)
    return {"Authorization": f"Bearer {tokens.access_token}"}


def question(house: House, method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    """A valid query and body of an operation, as keywords of a request."""
    name = f"{method} {path}"
    asked: dict[str, Any] = {"params": dict(TABLE["queries"].get(name, {}))}
    for parameter in operation.get("parameters", ()):
        if (
            parameter["in"] == "query"
            and parameter.get("required")
            and parameter["name"] not in asked["params"]
        ):
            schema = parameter["schema"]
            asked["params"][parameter["name"]] = parameter.get("example") or value_for(schema, house.document)
    content = operation.get("requestBody", {}).get("content", {})
    if name in TABLE["bodies"]:
        asked["json"] = TABLE["bodies"][name]
    elif "application/json" in content:
        try:
            asked["json"] = value_for(content["application/json"]["schema"], house.document)
        except NoValueError as error:
            raise AssertionError(
                f"no valid body for {name} could be made from the document ({error}): "
                f"write one under [bodies] in {TABLE_FILE.name}"
            ) from error
    elif "multipart/form-data" in content:
        asked["files"] = {"file": ("file", b"x")}
    elif content:
        asked["content"] = b"x"
        asked["content-type"] = next(iter(content))
    return asked


def ask(
    house: House, known: dict[str, str], method: str, path: str, operation: dict[str, Any], thing: str
) -> Any:
    asked = question(house, method, path, operation)
    headers = known | {"Accept-Language": "en"}
    if "content-type" in asked:
        headers["Content-Type"] = asked.pop("content-type")
    unknown = {
        parameter["name"]: _unknown_thing(house, parameter["schema"])
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path"
    }
    address = path.replace(*_prefix(path, thing)) if thing else path
    address = re.sub(r"\{([^}:]*)[^}]*\}", lambda name: unknown[name[1]], address)
    house.services.cache.close()  # nobody tried anything before
    return house.client.request(method, address, headers=headers, **asked)


def _unknown_thing(house: House, schema: dict[str, Any]) -> str:
    """What could be the name of a thing, and is none's."""
    checks = Draft202012Validator(schema | {"components": house.document["components"]})
    for name in ("unknown-thing", "0" * 32, "2019-01", "2019-01-01"):
        if checks.is_valid(name):
            return name
    return str(value_for(schema, house.document))


def _prefix(path: str, thing: str) -> tuple[str, str]:
    prefix = next(prefix for prefix in EXISTING if path.startswith(prefix))
    return prefix, re.sub(r"\{[^}]*\}$", thing, prefix)


def may(caller: str, allowed: str | list[str]) -> bool:
    if allowed == "everybody":
        return True
    if caller in REFUSED_CALLERS:
        return False
    if allowed == "signed-in":
        return True
    if allowed == "people":
        return caller != Role.PARTNER
    return caller in allowed


def test_every_operation_says_who_may(house: House) -> None:
    names = {f"{method} {path}" for method, path, _ in house.operations()}
    missing, gone = sorted(names - set(ALLOWED)), sorted(set(ALLOWED) - names)
    assert not missing, (
        f"nobody said who may call {', '.join(missing)}. Add to [allowed] in tests/mobility/http/{TABLE_FILE.name}:\n"
        + "\n".join(f'"{name}" = ["operator"]' for name in missing)
    )
    assert not gone, f"{', '.join(gone)}: not in the OpenAPI document; remove it from {TABLE_FILE.name}"
    known = {"everybody", "signed-in", "people", *Role}
    for name, allowed in ALLOWED.items():
        assert {allowed} <= known if isinstance(allowed, str) else set(allowed) <= set(Role), name


def test_what_needs_signing_in_says_so_in_the_document(house: House) -> None:
    for method, path, operation in house.operations():
        allowed = ALLOWED.get(f"{method} {path}")
        assert ("security" in operation) == (allowed not in ("everybody", None)), (
            f"{method} {path}: take the caller as a dependency, `caller: Caller = Depends(who)`, and say who may in "
            f"{TABLE_FILE.name}"
        )


@pytest.mark.parametrize("caller", CALLERS)
def test_who_may_not_gets_nothing(house: House, caller: str) -> None:
    wrong, headers = [], credentials(house, caller)
    for method, path, operation in house.operations():
        allowed = ALLOWED.get(f"{method} {path}")
        if allowed is None:  # the test above says what to do
            continue
        prefix = next((prefix for prefix in EXISTING if path.startswith(prefix)), None)
        things = [""] if prefix is None or may(caller, allowed) else ["", house.existing[prefix]]
        for thing in things:
            answer = ask(house, headers, method, path, operation, thing)
            problem = _wrong(answer, may(caller, allowed), caller)
            if problem:
                wrong.append(f"{method} {path} {thing and '(of a thing that exists)'}: {problem}")
        if method != "GET" and may(caller, allowed):
            headers = credentials(house, caller)  # it may have ended the session
    assert not wrong, f"as {caller}:\n" + "\n".join(wrong)


def _wrong(answer: Any, allowed: bool, caller: str) -> str:
    """What is wrong with an answer; "" nothing."""
    code = ""
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        code = answer.json()["type"].rpartition(":")[2]
    if allowed:
        refused = code in ("unauthenticated", "forbidden")
        failed = answer.status_code >= 500 and answer.status_code != 503
        return f"{answer.status_code} {answer.text[:300]}" if refused or failed else ""
    expected = 401 if caller in REFUSED_CALLERS else 403
    if answer.status_code != expected:
        return f"{answer.status_code} instead of {expected}: {answer.text[:300]}"
    body = {name: value for name, value in answer.json().items() if name != "requestId"}
    if body != REFUSALS[expected]:
        return f"its {expected} says more than that of others: {body}"
    if expected == 401 and "www-authenticate" not in answer.headers:
        return "a 401 without WWW-Authenticate"
    return ""


def _refusal(status: int, code: str, title: str, french: str, english: str) -> dict[str, Any]:
    return {
        "type": f"urn:mobility:problem:{code}",
        "title": title,
        "status": status,
        "detail": english,
        "error": english,
        "fr": french,
        "en": english,
    }


REFUSALS = {
    401: _refusal(
        401,
        "unauthenticated",
        "Sign in first",
        "Connectez-vous : il faut un jeton d’accès ou une clé valable.",
        "Sign in: this needs a valid access token or key.",
    ),
    403: _refusal(
        403,
        "forbidden",
        "Not allowed",
        "Votre compte ne permet pas cette action.",
        "Your account does not allow this.",
    ),
}
"""All that who may not ever learns."""


@pytest.mark.parametrize(
    ("status", "body", "is_wrong"),
    [
        (200, {}, True),
        (404, {"type": "urn:mobility:problem:not-found"}, True),
        (403, REFUSALS[403] | {"requestId": "a"}, False),
        (403, REFUSALS[403] | {"thing": "exists"}, True),
    ],
)
def test_the_walk_notices_leaks(status: int, body: dict[str, Any], is_wrong: bool) -> None:
    """The control of the test above."""

    class Answer:
        status_code = status
        headers: dict[str, str] = {"content-type": "application/problem+json"}  # noqa: RUF012
        text = ""
        json: Callable[[], dict[str, Any]] = staticmethod(lambda: {"type": "urn:mobility:problem:x", **body})

    assert bool(_wrong(Answer(), False, "traveller")) == is_wrong
