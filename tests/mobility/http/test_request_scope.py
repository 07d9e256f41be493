"""Around every request: identifiers, limits, headers, log lines, metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from mobility.api import create_app
from mobility.bootstrap import Services
from mobility.storage.cache import MemoryCache
from tests.mobility.http.asking import AVALLON, CLUNY, MONDAY, ask, problem


def with_settings(region: Services, **changed: object) -> TestClient:
    settings = region.settings.model_copy(update=changed)
    return TestClient(
        create_app(replace(region, settings=settings, cache=MemoryCache())), raise_server_exceptions=False
    )


def read_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The log lines written so far; each must be a JSON object."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_answer_has_an_identifier(client: TestClient) -> None:
    first, second = client.get("/api/v1/health"), client.get("/nowhere")
    assert len(first.headers["x-request-id"]) == 32
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert second.json()["requestId"] == second.headers["x-request-id"]


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        ("my-request.2026:1", True),
        ("short", False),
        ("x" * 65, False),
        ("a b c d e f g", False),
        ("<script>1", False),
    ],
)
def test_a_sane_identifier_is_kept(client: TestClient, sent: str, is_kept: bool) -> None:
    answered = client.get("/api/v1/health", headers={"X-Request-Id": sent}).headers["x-request-id"]
    assert (answered == sent) is is_kept


def test_log_lines_have_the_identifier_and_no_coordinates(
    region: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    with with_settings(region, log_level="info") as client:
        query = {"fromPlace": "47.0031,5.0007", "toPlace": CLUNY, "time": f"{MONDAY}T06:00:00Z"}
        response = client.get("/api/v6/plan", params=query)
        client.post("/api/v6/plan", json=query)
        client.get("/api/v6/plan", params={"fromPlace": "47.0031,5.0007", "toPlace": "nowhere"})
        client.get("/no/47.0031,5.0007")
    lines = read_lines(capsys)
    assert "47.0031" not in json.dumps(lines)
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["status"] for line in requests] == [200, 200, 404, 404]
    assert requests[0]["request_id"] == response.headers["x-request-id"]
    assert (requests[0]["route"], requests[0]["level"]) == ("/api/v6/plan", "info")


def test_security_headers(client: TestClient) -> None:
    for path in ("/api/v1/health", "/nowhere", "/api/v6/plan", "/docs"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"


def test_other_sites_may_ask(region: Services, client: TestClient) -> None:
    origin = {"Origin": "https://example.org"}
    assert client.get("/api/v1/health", headers=origin).headers["access-control-allow-origin"] == "*"
    asked = client.options("/api/v6/plan", headers=origin | {"Access-Control-Request-Method": "POST"})
    assert asked.status_code == 200
    with with_settings(region, cors_origins=["https://region.example"]) as strict:
        assert "access-control-allow-origin" not in strict.get("/api/v1/health", headers=origin).headers


def test_a_body_that_is_too_large(region: Services) -> None:
    with with_settings(region, request_bytes_max=1000) as client:
        known = client.post("/api/v6/plan", content=b"x" * 1001)
        assert known.status_code == 413
        assert known.json()["type"].endswith("too-large")

        def pieces() -> Iterator[bytes]:
            for _ in range(3):
                yield b"x" * 500

        assert client.post("/api/v6/plan", content=pieces()).status_code == 413


def test_an_address_that_is_too_long(client: TestClient) -> None:
    assert client.get("/api/v6/plan?fromPlace=" + "x" * 20_000).status_code == 414
    many = "&".join(f"p{i}=1" for i in range(300))
    assert client.get(f"/api/v6/plan?{many}").status_code == 400


def test_too_many_requests(region: Services) -> None:
    with with_settings(region, rate_limit_per_minute=3) as client:
        answers = [client.get("/api/v1/health") for _ in range(8)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 2, "at most two minutes' worth passes when the minute turns"
    assert 0 < int(refused[0].headers["retry-after"]) <= 60
    assert refused[0].json()["fr"]


def test_a_window_that_is_too_long(region: Services) -> None:
    with with_settings(region, query_window_s_max=3600) as client:
        refusal = problem(client, "/api/v6/plan", fromPlace=AVALLON, toPlace=CLUNY, searchWindow=3601)
    assert (refusal["status"], refusal["field"]) == (422, "searchWindow")


def test_a_search_that_takes_too_long_is_cut_off_with_a_reason(region: Services) -> None:
    """Frequencies make many departures; the limit is over before the second portion of them."""
    with with_settings(region, query_time_limit_s=1e-9) as client:
        answer = ask(client, AVALLON, "r_HAM", "2026-06-15T06:00:00Z")
    assert answer["cutOff"] is True
    assert answer["reasons"][0]["code"] == "CUT_OFF"


def test_methods_and_addresses_that_are_not_there(client: TestClient) -> None:
    refused = client.delete("/api/v6/plan")
    assert (refused.status_code, refused.json()["type"]) == (405, "urn:mobility:problem:method-not-allowed")
    assert client.get("/api/v6/nothing").status_code == 404


def test_problems_in_the_language_one_reads(client: TestClient) -> None:
    french = client.get("/api/v6/plan", headers={"Accept-Language": "fr-FR,fr;q=0.9,en;q=0.8"})
    assert french.json()["detail"] == "Le paramètre « fromPlace » manque."
    assert french.json()["error"] == "The parameter 'fromPlace' is missing."
    assert french.headers["content-language"] == "fr"
    assert (
        client.get("/api/v6/plan", headers={"Accept-Language": "de"}).json()["detail"].startswith("The par")
    )


def test_a_failure_of_ours_is_a_problem_too(region: Services, capsys: pytest.CaptureFixture[str]) -> None:
    broken = replace(region)

    def fail() -> None:
        raise RuntimeError("secret 47.0031,5.0007")

    broken.current = fail  # type: ignore[method-assign, assignment]
    with TestClient(create_app(broken), raise_server_exceptions=False) as client:
        response = client.get("/api/v6/plan", params={"fromPlace": AVALLON, "toPlace": CLUNY})
    assert response.status_code == 500
    assert response.json()["type"] == "urn:mobility:problem:internal-error"
    assert "secret" not in response.text
    written = read_lines(capsys)
    assert "secret" not in json.dumps(written)
    (failed,) = [line for line in written if line["event"] == "request failed"]
    assert failed["error"] == "RuntimeError"
    assert "test_request_scope.py" in failed["frames"][-1]
    assert failed["request_id"] == response.headers["x-request-id"]


def test_metrics(client: TestClient) -> None:
    ask(client, AVALLON, CLUNY, f"{MONDAY}T06:00:00Z")
    ask(client, "r_N1", CLUNY, f"{MONDAY}T06:00:00Z")
    client.get("/nowhere/at/all")
    shown = client.get("/metrics").text
    assert 'mobility_requests_total{method="GET",route="/api/v6/plan",status="200"}' in shown
    assert 'mobility_plan_empty_total{reason="NO_CONNECTION"}' in shown
    assert "mobility_plan_search_seconds_count" in shown
    assert "/nowhere" not in shown, "what is not there is one route: nobody can grow the metrics"


def test_health(client: TestClient) -> None:
    health = client.get("/api/v1/health").json()
    assert health["status"] == "ok"
    assert health["synthetic"] is True
    assert (health["serviceFrom"], health["serviceTo"]) == ("2026-01-01", "2026-12-31")
    assert [feed["feed"] for feed in health["feeds"]] == ["r"]


@pytest.mark.parametrize("address", ["/v1/accounts/%00", "/api/v1/geocode?text=%00", "/%00"])
def test_a_null_character_is_refused_at_the_door(client: TestClient, address: str) -> None:
    """PostgreSQL cannot compare it with anything: past the door it would be a failure of ours."""
    answer = client.get(address)
    assert (answer.status_code, "null character" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", rb'{"email": "a\u0000@b.fr", "password": "x"}'),
        ("application/json", b'{"email": "a\0@b.fr", "password": "x"}'),
        ("application/x-www-form-urlencoded", b"email=a%00&password=x"),
    ],
)
def test_a_null_character_in_a_body_is_refused_at_the_door(
    client: TestClient, content_type: str, body: bytes
) -> None:
    """PostgreSQL cannot keep it, and would answer with a failure."""
    address = "/v1/auth/login" if "json" in content_type else "/login"
    answer = client.post(address, content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, "null character" in answer.text or "caractère nul" in answer.text) == (
        400,
        True,
    )


def test_an_escaped_backslash_before_u0000_is_no_null_character(client: TestClient) -> None:
    body = rb'{"email": "a\\u0000@b.fr", "password": "x"}'
    answer = client.post("/v1/auth/login", content=body, headers={"Content-Type": "application/json"})
    assert "null character" not in answer.text
