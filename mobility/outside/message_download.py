"""Bring a message of a source of real time here, from an http(s) address or a file, unless it is still the same."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from mobility.acts.ports import Message, SourceError
from mobility.outside.feed_download import CHUNK_BYTES, REDIRECTS_MAX


class MessageFetcher:
    """Fills `mobility.acts.ports.FetchMessage`; thread-safe. `bytes_max` and `timeout_s` bound the whole of a message.

    Errors name neither a query string nor a password: keys are often part of an address.
    """

    def __init__(self, bytes_max: int, timeout_s: float) -> None:
        self._bytes_max = bytes_max
        self._timeout_s = timeout_s
        self._client = httpx.Client(
            follow_redirects=True, max_redirects=REDIRECTS_MAX, timeout=httpx.Timeout(timeout_s)
        )

    def __call__(self, address: str, tag: str) -> Message | None:
        if urlsplit(address).scheme in ("http", "https"):
            return self._download(address, tag)
        return self._read(Path(address), tag)

    def close(self) -> None:
        """Let go of open connections."""
        self._client.close()

    def _download(self, address: str, tag: str) -> Message | None:
        shown = _without_secrets(address)
        deadline = time.monotonic() + self._timeout_s
        try:
            with self._client.stream("GET", address, headers=_conditions(tag)) as response:
                if response.status_code == httpx.codes.NOT_MODIFIED:
                    return None
                if not response.is_success:
                    status = f"{response.status_code} {response.reason_phrase}"
                    raise SourceError(f"{shown} answered {status}: check the address and its key")
                content = bytearray()
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    content += chunk
                    if len(content) > self._bytes_max:
                        raise self._too_large(shown)
                    if time.monotonic() > deadline:
                        raise SourceError(
                            f"{shown} took over {self._timeout_s:g} s (MOBILITY_LIVE_TIMEOUT_S)"
                        )
                return Message(bytes(content), _tag_of(response))
        except httpx.TimeoutException as error:
            raise SourceError(
                f"{shown} did not answer for {self._timeout_s:g} s (MOBILITY_LIVE_TIMEOUT_S)"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error).replace(address, shown) or type(error).__name__
            raise SourceError(f"{shown} cannot be read: {reason}") from error

    def _read(self, path: Path, tag: str) -> Message | None:
        try:
            state = path.stat()
            found = f"{state.st_mtime_ns} {state.st_size} {state.st_ino}"
            if found == tag:
                return None
            if state.st_size > self._bytes_max:
                raise self._too_large(str(path))
            return Message(path.read_bytes(), found)
        except FileNotFoundError as error:
            raise SourceError(f"there is no file {path}") from error
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}") from error

    def _too_large(self, shown: str) -> SourceError:
        return SourceError(
            f"{shown} is larger than {self._bytes_max:,} bytes (MOBILITY_LIVE_MESSAGE_BYTES_MAX)"
        )


def _conditions(tag: str) -> dict[str, str]:
    """RFC 9110, 13.1: what was given with the last message is sent back to ask whether it still holds."""
    known: dict[str, str] = json.loads(tag) if tag else {}
    sent = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    conditions = {sent[name]: value for name, value in known.items()}
    return {"Accept": "application/x-protobuf, application/octet-stream, */*"} | conditions


def _tag_of(response: httpx.Response) -> str:
    known = {name: response.headers[name] for name in ("etag", "last-modified") if name in response.headers}
    return json.dumps(known) if known else ""


def _without_secrets(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
