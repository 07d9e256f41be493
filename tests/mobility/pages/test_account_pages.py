"""Signing in and one's account, in a browser without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mobility.accounts.passwords import Passwords
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.pages.account_wording import ACCOUNT_WORDS
from mobility.pages.page_sessions import FORM_COOKIE, SESSION_COOKIE, local_path
from mobility.settings import Settings
from tests.mobility.pages.page_reader import Element, read_page

SIGN_UP = {
    "email": "anne@example.org",
    "password": "correct horse battery",
    "given_name": "Anne",
    "family_name": "Durand",
    "phone": "06 12 34 56 78",
}
IBAN = "FR76 3000 6000 0112 3456 7890 189"


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("pages"), log_level="error", worker="separate")
    with build_services(settings) as built:
        built.accounts = replace(built.accounts, passwords=Passwords(1, 1024, 1))
        yield built


@pytest.fixture(scope="module")
def app(services: Services) -> FastAPI:
    return create_app(services)


@pytest.fixture
def browser(services: Services, app: FastAPI) -> TestClient:
    with services.engine.begin() as connection:
        for table in (
            "person_password",
            "person_role",
            "person_key",
            "bank_account",
            "login_session",
            "person",
        ):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    services.cache.close()  # nobody tried anything
    return TestClient(app, raise_server_exceptions=False, headers={"Accept-Language": "en"})


def send(browser: TestClient, page: Any, action: str, **typed: str) -> Any:
    """Fill in a form of a page and send it, hidden fields included."""
    (form,) = [
        form for form in read_page(page.text).find_all("form") if form.attributes["action"].startswith(action)
    ]
    fields = {
        element.attributes["name"]: element.attributes.get("value", "") for element in form.find_all("input")
    }
    assert set(typed) <= set(fields)
    return browser.post(form.attributes["action"], data=fields | typed)


def sign_up(browser: TestClient, **typed: str) -> Any:
    return send(browser, browser.get("/sign-up"), "/sign-up", **SIGN_UP | typed)


def alert(page: Any) -> str:
    found: list[Element] = read_page(page.text).find_all("div", role="alert")
    return found[0].text() if found else ""


def test_a_traveller_makes_an_account_becomes_a_driver_and_signs_out(browser: TestClient) -> None:
    page = sign_up(browser)
    assert page.status_code == 200
    assert page.url.path == "/account"
    assert "traveller" in page.text
    page = send(browser, page, "/account/driver")
    assert "driver" in read_page(page.text).get("main").text()
    page = send(browser, page, "/account/bank-account", name="Anne Durand", iban="FR76 1")
    assert (page.status_code, "IBAN" in alert(page)) == (422, True)
    page = send(browser, page, "/account/bank-account", name="Anne Durand", iban=IBAN)
    assert "FR76 … 0189" in page.text
    assert IBAN.replace(" ", "") not in page.text
    data = browser.get("/account/data.json")
    assert data.headers["content-disposition"].startswith("attachment")
    assert data.json()["account"]["bankAccount"]["iban"] == IBAN.replace(" ", "")
    page = send(browser, page, "/logout")
    assert "signed out" in page.text
    assert browser.get("/account", follow_redirects=False).headers["location"] == "/login?next=%2Faccount"


STAFF_PAGES = {
    "vehicle-driver": {"/on-demand/driving", "/till", "/inspection"},
    "agent": {"/till", "/on-demand/desk"},
    "inspector": {"/inspection"},
    "operator": {"/till", "/on-demand/desk", "/on-demand/waiting", "/inspection", "/carpool/queue"},
    "auditor": {"/carpool/queue"},
    "traveller": set[str](),
}


@pytest.mark.parametrize("role", STAFF_PAGES)
def test_an_account_leads_to_the_pages_of_its_roles(
    browser: TestClient, services: Services, role: str
) -> None:
    sign_up(browser)
    with services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE person_role SET role = ?", (role,))
    every = set[str]().union(*STAFF_PAGES.values())
    page = read_page(browser.get("/account").text)
    led_to = {link.attributes["href"].partition("?")[0] for link in page.find_all("a")}
    assert led_to & every == STAFF_PAGES[role]
    for at in sorted(every):
        assert (browser.get(at).status_code == 200) == (at in STAFF_PAGES[role]), at


def test_signing_in_leads_back_to_where_one_was(browser: TestClient) -> None:
    sign_up(browser)
    browser.cookies.clear()
    page = browser.get("/account?saved=1")
    assert page.url.path == "/login"
    page = send(browser, page, "/login", email=SIGN_UP["email"], password="wrong")
    assert (page.status_code, "Wrong address" in alert(page)) == (401, True)
    assert SIGN_UP["email"] in page.text
    page = send(browser, page, "/login", email=SIGN_UP["email"], password=SIGN_UP["password"])
    assert (page.url.path, "Saved." in page.text) == ("/account", True)


@pytest.mark.parametrize("form", ["details", "driver", "bank-account", "password"])
def test_a_form_sent_signed_out_leads_back_to_the_page_it_is_on(browser: TestClient, form: str) -> None:
    asked = browser.post(f"/account/{form}", data={"form_token": "x"}, follow_redirects=False)
    assert asked.headers["location"] == "/login?next=%2Faccount"


def test_cookies_are_not_for_scripts_nor_other_sites(services: Services, browser: TestClient) -> None:
    page = browser.get("/login")
    cookie = page.headers["set-cookie"]
    assert FORM_COOKIE in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    page = send(browser, browser.get("/sign-up"), "/sign-up", **SIGN_UP)
    (cookie,) = [line for line in page.history[0].headers.get_list("set-cookie") if SESSION_COOKIE in line]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    rules = replace(services.accounts.rules, public_url="https://m.example.org")
    before = services.accounts
    services.accounts = replace(before, rules=rules)
    try:
        assert "Secure" in TestClient(create_app(services)).get("/login").headers["set-cookie"]
    finally:
        services.accounts = before


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_form_from_elsewhere_does_nothing(browser: TestClient, token: str) -> None:
    sign_up(browser)
    for path in (
        "/account/driver",
        "/account/details",
        "/account/bank-account",
        "/account/password",
        "/logout",
    ):
        answer = browser.post(path, data={"form_token": token}, follow_redirects=False)
        assert answer.status_code == 403, path
    assert browser.get("/account").url.path == "/account"
    assert 'action="/account/driver' in browser.get("/account").text
    browser.cookies.clear()
    answer = browser.post("/login", data=SIGN_UP | {"form_token": token})
    assert answer.status_code == 403
    assert SESSION_COOKIE not in browser.cookies


def test_the_token_of_one_browser_is_not_another_ones(browser: TestClient) -> None:
    mine = read_page(browser.get("/login").text).find_all("input", name="form_token")[0].attributes["value"]
    other = TestClient(browser.app)
    other.get("/login")
    assert other.post("/login", data=SIGN_UP | {"form_token": mine}).status_code == 403


def test_a_password_is_changed_and_other_browsers_are_signed_out(browser: TestClient) -> None:
    page = sign_up(browser)
    other = TestClient(browser.app, headers={"Accept-Language": "en"})
    send(other, other.get("/login"), "/login", email=SIGN_UP["email"], password=SIGN_UP["password"])
    assert other.get("/account").url.path == "/account"
    page = send(browser, page, "/account/password", old_password="no", password="another fine password")
    assert "current password" in alert(page)
    page = send(browser, page, "/account/password", old_password=SIGN_UP["password"], password="short")
    assert "12" in alert(page)
    page = send(
        browser, page, "/account/password", old_password=SIGN_UP["password"], password="another fine password"
    )
    assert "password is changed" in page.text
    assert other.get("/account").url.path == "/login"


def test_nobody_is_led_to_other_sites() -> None:
    for path in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "evil",
        "",
        "/a\nb",
        "/" * 3000,
    ):
        assert local_path(path) == "/account"
    assert local_path("/rides?x=1") == "/rides?x=1"
    quotes = "/on-demand/offer?quote=" + "&quote=".join(["q" * 700] * 4)
    assert local_path(quotes) == quotes, "a journey of several quotes is a long address"
    assert local_path("/" + "x" * 10_000) == "/account"


def test_both_languages_say_the_same_things(browser: TestClient) -> None:
    assert ACCOUNT_WORDS["fr"].keys() == ACCOUNT_WORDS["en"].keys()
    assert read_page(browser.get("/login?lang=fr").text).get("h1").text() == "Se connecter"
    page = browser.get("/login", headers={"Accept-Language": "fr-FR, en;q=0.5"})
    assert read_page(page.text).get("html").attributes["lang"] == "fr"


@pytest.mark.parametrize("path", ["/login", "/sign-up", "/account"])
def test_every_field_has_a_label_and_an_error_beside_it(browser: TestClient, path: str) -> None:
    sign_up(browser)
    if path != "/account":
        browser.cookies.clear()
    page = read_page(browser.get(path).text)
    labels = {label.attributes["for"] for label in page.find_all("label")}
    for element in page.find_all("input"):
        if element.attributes["type"] != "hidden":
            assert element.attributes["id"] in labels
            assert "autocomplete" in element.attributes
    identifiers = [
        element.attributes["id"] for element in page.find_all("input") if "id" in element.attributes
    ]
    assert len(identifiers) == len(set(identifiers))
    wrong = sign_up(TestClient(browser.app, headers={"Accept-Language": "en"}), email="x", phone="1")
    field = read_page(wrong.text).get("input", id="email")
    assert field.attributes["aria-describedby"] == "email-error"
