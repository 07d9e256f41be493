"""The national register of proof over HTTP (Registre de preuve de covoiturage, API v3.3)."""

from __future__ import annotations

import threading
import time

import httpx

from mobility.acts.national_register.ports import Answer, RegisterUnreachableError

TOKEN_S = 240.0
"""An access token lives 5 minutes; a new one is asked for after this."""

ANSWER_CHARS_MAX = 100_000


class HttpRegisterClient:
    """Fills `mobility.acts.national_register.ports.RegisterClient`. `address`: the API's root, with its version."""

    def __init__(self, address: str, access_key: str, secret_key: str, timeout_s: float) -> None:
        self._keys = {"access_key": access_key, "secret_key": secret_key}
        self._http = httpx.Client(base_url=address.rstrip("/"), timeout=timeout_s, follow_redirects=False)
        self._lock = threading.Lock()
        self._token, self._token_until = "", 0.0

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def send(self, method: str, path: str, body: str = "") -> Answer:
        """With a token that expired meanwhile it is sent a second time, with a new one: a refused token is certain not
        to have done anything."""
        answer = self._send(method, path, body)
        if answer.status == 401:
            self._forget_token()
            answer = self._send(method, path, body)
        return answer

    def _send(self, method: str, path: str, body: str) -> Answer:
        token = self._find_token()
        if isinstance(token, Answer):
            return token
        return self._exchange(method, path, body, {"Authorization": f"Bearer {token}"})

    def _find_token(self) -> str | Answer:
        """The access token; the register's answer where it gives none."""
        with self._lock:
            if not self._token or time.monotonic() >= self._token_until:
                asked_at = time.monotonic()
                answer, self._token = self._sign_in(), ""
                if answer.status >= 300:
                    return answer
                self._token, self._token_until = answer.text, asked_at + TOKEN_S
            return self._token

    def _sign_in(self) -> Answer:
        """Its text is the token where that worked."""
        try:
            response = self._http.post("/auth/access_token", json=self._keys)
        except httpx.HTTPError as error:
            raise RegisterUnreachableError(f"no access token: {type(error).__name__}") from error
        answer = _answer(response)
        if answer.status >= 300:
            return answer
        try:
            said = response.json()
            token = said["access_token"] if "access_token" in said else said["result"]["data"]["access_token"]
        except (ValueError, KeyError, TypeError):
            return Answer(502, "the answer to the keys holds no access token")
        return Answer(answer.status, str(token))

    def _forget_token(self) -> None:
        with self._lock:
            self._token = ""

    def _exchange(self, method: str, path: str, body: str, headers: dict[str, str]) -> Answer:
        if body:
            headers = headers | {"Content-Type": "application/json"}
        try:
            response = self._http.request(method, path, content=body or None, headers=headers)
        except httpx.HTTPError as error:
            raise RegisterUnreachableError(f"no answer: {type(error).__name__}") from error
        return _answer(response)


def _answer(response: httpx.Response) -> Answer:
    wait = response.headers.get("retry-after", "")
    return Answer(
        response.status_code,
        response.text[:ANSWER_CHARS_MAX],
        float(wait) if wait.isascii() and wait.isdigit() else None,
    )
