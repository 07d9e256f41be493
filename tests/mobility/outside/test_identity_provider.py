"""Signing in with an identity provider, against one that answers on 127.0.0.1 and can lie."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey, OctKey
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.ports import ProviderError
from mobility.acts.accounts.sign_in import authenticate
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.outside.identity_provider import OpenIdProvider, ProviderSettings, is_safe
from mobility.settings import Settings
from tests.mobility.outside.openid_provider import CLIENT, SECRET, Provider, b64, running_provider, sign

APP = "https://app.example.org/back"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def house(running: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("provider"),
        log_level="error",
        worker="separate",
        public_url="http://testserver",
        oidc_issuer=running.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_scope="openid given_name family_name birthdate email",
        oidc_acr_values="eidas1",
        oidc_app_redirect_url=APP,
    )
    with build_services(settings) as built:
        built.accounts = replace(built.accounts, passwords=Passwords(1, 1024, 1))
        yield built


@pytest.fixture
def provider(running: Provider) -> Provider:
    """Honest, as in the beginning."""
    fresh = Provider(issuer=running.issuer)
    for name, value in vars(fresh).items():
        setattr(running, name, value)
    return running


@pytest.fixture
def services(house: Services, provider: Provider) -> Iterator[Services]:
    """Nobody is known, nothing remembered, nobody tried anything."""
    with house.engine.begin() as connection:
        for table in ("person_password", "person_role", "person_identity", "login_session", "person"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    house.cache.close()
    asked = house.accounts.provider
    assert isinstance(asked, OpenIdProvider)
    asked._metadata = asked._keys = None
    before = house.accounts
    yield house
    house.accounts = before


@pytest.fixture(scope="module")
def application(house: Services) -> FastAPI:
    return create_app(house)


@pytest.fixture
def app(services: Services, application: FastAPI) -> TestClient:
    return TestClient(application, raise_server_exceptions=False, headers={"Accept-Language": "en"})


def begin(app: TestClient, **headers: str) -> dict[str, str]:
    answer = app.post(f"/v1/auth/provider/{'link' if headers else 'begin'}", headers=headers)
    assert answer.status_code == 200, answer.text
    begun: dict[str, str] = answer.json()
    return begun


def came_back(provider: Provider, begun: dict[str, str]) -> dict[str, str]:
    """What the app sends on after the person agreed."""
    back = parse_qs(urlsplit(provider.authorize(begun["authorizationUrl"])).query)
    return {"state": back["state"][0], "secret": begun["secret"], "code": back["code"][0]}


def sign_in(app: TestClient, provider: Provider, **headers: str) -> Any:
    return app.post("/v1/auth/provider/finish", json=came_back(provider, begin(app, **headers)))


def me(app: TestClient, answer: Any) -> dict[str, Any]:
    token = answer.json()["accessToken"]
    known: dict[str, Any] = app.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).json()
    return known


def test_somebody_new_gets_an_account_and_finds_it_again(app: TestClient, provider: Provider) -> None:
    first = me(app, sign_in(app, provider))
    assert first["roles"] == ["traveller"]
    assert (first["givenName"], first["familyName"]) == ("Angela Claire", "DUBOIS")
    assert (first["email"], first["birthDate"]) == ("angela@example.org", "1962-08-24")
    provider.person["email"] = "elsewhere@example.org"
    assert me(app, sign_in(app, provider)) == first
    provider.person["sub"] = "fc-2"
    assert me(app, sign_in(app, provider))["id"] != first["id"]


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_providers_differ(
    app: TestClient, provider: Provider, algorithm: str, signed: bool, method: str
) -> None:
    provider.algorithm, provider.signed_userinfo, provider.methods = algorithm, signed, [method]
    assert sign_in(app, provider).status_code == 200


def test_keys_and_configuration_are_remembered_until_a_new_key_signs(
    app: TestClient, services: Services, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(services.accounts.provider, "_clock", lambda: clock[0])
    for _ in range(3):
        assert sign_in(app, provider).status_code == 200
    assert provider.asked.count("/jwks") == provider.asked.count("/.well-known/openid-configuration") == 1
    provider.new_keys()
    assert sign_in(app, provider).status_code == 401, "keys are not fetched for every bad token"
    clock[0] = 11.0
    assert sign_in(app, provider).status_code == 200


def _unsigned(claims: dict[str, Any]) -> str:
    return f"{b64(json.dumps({'alg': 'none'}).encode())}.{b64(json.dumps(claims).encode())}."


def _with_secret(claims: dict[str, Any]) -> str:
    return sign(claims, OctKey.import_key(SECRET.encode().ljust(32, b"-")), "HS256")


def _with_another_key(claims: dict[str, Any]) -> str:
    return sign(claims, ECKey.generate_key("P-256"), "ES256")


def without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def with_(**changed: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: claims | changed


LIES: dict[str, dict[str, Any]] = {
    "wrong nonce": {"id_token": with_(nonce="n" * 32)},
    "no nonce": {"id_token": without("nonce")},
    "nonce is no text": {"id_token": with_(nonce=1)},
    "wrong audience": {"id_token": with_(aud="somebody-else")},
    "one audience too many": {"id_token": with_(aud=[CLIENT, "somebody-else"])},
    "authorized party": {"id_token": with_(azp="somebody-else")},
    "wrong issuer": {"id_token": with_(iss="https://evil.example")},
    "expired": {"id_token": lambda claims: claims | {"exp": claims["exp"] - 200}},
    "never expires": {"id_token": without("exp")},
    "issued in the future": {"id_token": lambda claims: claims | {"iat": claims["iat"] + 600}},
    "no instant of issue": {"id_token": without("iat")},
    "no subject": {"id_token": without("sub")},
    "unprintable subject": {"id_token": with_(sub="x\0")},
    "endless subject": {"id_token": with_(sub="x" * 300)},
    "known less surely": {"id_token": with_(acr="eidas0")},
    "no level": {"id_token": without("acr")},
    "another access token": {"id_token": with_(at_hash="AAAA")},
    "alg none": {"seal": _unsigned},
    "shared secret": {"seal": _with_secret},
    "swapped key": {"seal": _with_another_key},
    "no token": {"seal": lambda claims: "x"},
    "not ascii": {"seal": lambda claims: "é.é.é"},
    "endless token": {"seal": lambda claims: "x" * 30_000},
    "userinfo of another person": {"userinfo": with_(sub="fc-2")},
    "userinfo without a person": {"userinfo": without("sub")},
    "userinfo of another issuer": {"userinfo": with_(iss="https://evil.example")},
    "userinfo for another": {"userinfo": with_(aud="somebody-else")},
    "configuration of another issuer": {"metadata": {"issuer": "https://evil.example"}},
    "keys in the clear": {"metadata": {"jwks_uri": "http://evil.example/jwks"}},
    "no token endpoint": {"metadata": {"token_endpoint": ""}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_opens_nothing(app: TestClient, services: Services, provider: Provider, lie: str) -> None:
    metadata = LIES[lie].get("metadata")
    begun = begin(app) if metadata is None else {}
    for name, value in LIES[lie].items():
        setattr(provider, name, value)
    if metadata is not None:
        services.accounts.provider._metadata = None  # type: ignore[union-attr]
        answer = app.post("/v1/auth/provider/begin")
        if answer.status_code == 200:
            answer = app.post("/v1/auth/provider/finish", json=came_back(provider, answer.json()))
    else:
        answer = app.post("/v1/auth/provider/finish", json=came_back(provider, begun))
    assert answer.status_code == 401, answer.text
    assert answer.json()["type"] == "urn:mobility:problem:provider-refused"
    with services.unit_of_work(read_only=True) as work:
        assert work.accounts.list_people() == []


def test_what_came_back_counts_once_and_for_who_began_alone(app: TestClient, provider: Provider) -> None:
    sent = came_back(provider, begin(app))
    other = came_back(provider, begin(app))
    finish = "/v1/auth/provider/finish"
    assert app.post(finish, json=sent | {"secret": other["secret"]}).status_code == 401
    assert app.post(finish, json=sent | {"state": "unknown"}).status_code == 401
    assert app.post(finish, json=sent).status_code == 200
    assert app.post(finish, json=sent).status_code == 401, "a state is used once"
    assert app.post(finish, json=other | {"code": sent["code"]}).status_code == 401, "so is a code"


def test_a_code_of_another_question_is_refused(app: TestClient, provider: Provider) -> None:
    """An attacker's code in a victim's browser: the verifier and the nonce are not those of the question."""
    attackers, victims = came_back(provider, begin(app)), came_back(provider, begin(app))
    assert app.post("/v1/auth/provider/finish", json=victims | {"code": attackers["code"]}).status_code == 401


def test_a_provider_that_fails_is_words(app: TestClient, provider: Provider) -> None:
    begun = begin(app)
    sent = came_back(provider, begun)
    provider.broken = True
    answer = app.post("/v1/auth/provider/finish", json=sent)
    assert (answer.status_code, "begin again" in answer.json()["error"]) == (401, True)


def test_an_address_is_not_given_away(app: TestClient, services: Services, provider: Provider) -> None:
    details = Details(email="angela@example.org")
    local = add_person(services.accounts, SYSTEM, details, frozenset({Role.TRAVELLER}), "a fine password")
    provider.person["email_verified"] = True
    answer = sign_in(app, provider)
    assert (answer.status_code, "link" in answer.json()["error"]) == (401, True)
    tokens = app.post("/v1/auth/login", json={"email": details.email, "password": "a fine password"})
    bearer = {"Authorization": f"Bearer {tokens.json()['accessToken']}"}
    assert sign_in(app, provider, **bearer).status_code == 200
    assert me(app, sign_in(app, provider))["id"] == local.id
    with services.unit_of_work(read_only=True) as work:
        assert len(work.accounts.list_identities(local.id)) == 1
    # Linked to one account, it cannot be linked to another.
    second = Details(email="other@example.org")
    add_person(services.accounts, SYSTEM, second, frozenset(), "a fine password")
    tokens = app.post("/v1/auth/login", json={"email": second.email, "password": "a fine password"})
    bearer = {"Authorization": f"Bearer {tokens.json()['accessToken']}"}
    assert sign_in(app, provider, **bearer).status_code == 401


@pytest.mark.parametrize(("verified", "status"), [(True, 200), (False, 401), ("true", 401), (None, 401)])
def test_the_word_of_ones_own_provider_is_taken(
    services: Services, provider: Provider, verified: object, status: int
) -> None:
    services.accounts = replace(
        services.accounts, rules=replace(services.accounts.rules, trust_provider_email=True)
    )
    app = TestClient(create_app(services))
    details = Details(email="angela@example.org")
    known = add_person(services.accounts, SYSTEM, details, frozenset({Role.OPERATOR}))
    provider.person["email_verified"] = verified
    answer = sign_in(app, provider)
    assert answer.status_code == status
    if status == 200:
        assert me(app, answer)["id"] == known.id


def test_in_a_browser(app: TestClient, services: Services, provider: Provider) -> None:
    services.accounts = replace(services.accounts, rules=replace(services.accounts.rules, local_login=False))
    browser = TestClient(create_app(services), headers={"Accept-Language": "en"})
    page = browser.get("/login?next=/account%3Fsaved%3D1")
    assert "/login/provider" in page.text
    assert 'type="password"' not in page.text
    away = browser.get("/login/provider?next=/account%3Fsaved%3D1", follow_redirects=False)
    back = provider.authorize(away.headers["location"])
    assert TestClient(browser.app).get(back).status_code == 401, "another browser did not begin this"
    page = browser.get(back)
    assert (page.url.path, "Saved." in page.text) == ("/account", True)
    assert browser.get(back).status_code == 401, "once"
    token = page.text.split('name="form_token" value="')[1].split('"')[0]
    page = browser.post("/logout", data={"form_token": token})
    out = page.text.split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    query = parse_qs(urlsplit(out).query)
    assert out.startswith(f"{provider.issuer}/session/end?")
    assert query["id_token_hint"][0].count(".") == 2
    assert query["post_logout_redirect_uri"] == ["http://testserver/login"]
    assert len(query["state"][0]) >= 22
    assert browser.get("/account").url.path == "/login"


def test_a_person_who_says_no_is_told_so(app: TestClient) -> None:
    answer = app.get("/login/callback?error=access_denied&error_description=<b>boo</b>&state=x")
    assert (answer.status_code, "interrupted" in answer.text, "boo" in answer.text) == (401, True, False)


def test_what_cannot_be_read_of_somebody_is_left_out(app: TestClient, provider: Provider) -> None:
    provider.person |= {
        "birthdate": "1962-08",
        "phone_number": "call me",
        "email": "no address",
        "given_name": 7,
    }
    known = me(app, sign_in(app, provider))
    assert (known["birthDate"], known["phone"], known["email"], known["givenName"]) == (None, "", "", "")
    assert known["familyName"] == "DUBOIS"


def test_secrets_go_over_https_alone() -> None:
    assert is_safe("https://idp.example/x")
    assert is_safe("http://127.0.0.1:9/x")
    for address in (
        "http://idp.example",
        "http://127.0.0.1.evil.example",
        "ftp://127.0.0.1",
        "file:///etc",
        "",
    ):
        assert not is_safe(address)
    closed = OpenIdProvider(ProviderSettings("http://idp.example", CLIENT, SECRET))
    with pytest.raises(ProviderError, match="https"):
        closed.authorization_url(APP, "s", "n", "c")


def test_an_erased_person_is_not_known_any_more(
    app: TestClient, services: Services, provider: Provider
) -> None:
    token = sign_in(app, provider).json()["accessToken"]
    bearer = {"Authorization": f"Bearer {token}"}
    erased = app.request("DELETE", "/v1/me", headers=bearer, json={"email": "angela@example.org"})
    assert erased.status_code == 204, erased.text
    assert authenticate(services.accounts, token, "") is None
    assert me(app, sign_in(app, provider))["email"] == "angela@example.org"
