"""Messages from a server and a file that are here: new ones, the same ones, and each way in which they go wrong."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mobility.acts.ports import SourceError
from mobility.outside.message_download import MessageFetcher
from tests.served import served

CONTENT = bytes(range(256)) * 40
BOMB = gzip.compress(bytes(5_000_000))


class Publisher(BaseHTTPRequestHandler):
    """/tagged (ETag), /dated (Last-Modified), /bare, /zipped, /bomb, /gone, /slow, /moved (to /bare)."""

    protocol_version = "HTTP/1.1"
    is_over = threading.Event()

    def do_GET(self) -> None:
        getattr(self, self.path.split("?")[0].strip("/"), self.gone)()

    def tagged(self) -> None:
        self._conditional("ETag", '"v1"', "If-None-Match")

    def dated(self) -> None:
        self._conditional("Last-Modified", "Mon, 15 Jun 2026 06:00:00 GMT", "If-Modified-Since")

    def _conditional(self, name: str, value: str, condition: str) -> None:
        if self.headers.get(condition) == value:
            self._answer(304, b"")
        else:
            self._answer(200, CONTENT, {name: value})

    def bare(self) -> None:
        self._answer(200, CONTENT)

    def zipped(self) -> None:
        self._answer(200, gzip.compress(CONTENT), {"Content-Encoding": "gzip"})

    def bomb(self) -> None:
        self._answer(200, BOMB, {"Content-Encoding": "gzip"})

    def gone(self) -> None:
        self._answer(404, b"")

    def moved(self) -> None:
        self._answer(302, b"", {"Location": "/bare"})

    def slow(self) -> None:
        self.is_over.wait()

    def _answer(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # who asked may be gone
            self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def publisher() -> Iterator[str]:
    with served(ThreadingHTTPServer(("127.0.0.1", 0), Publisher)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}"
        Publisher.is_over.set()


@pytest.fixture
def fetch() -> Iterator[MessageFetcher]:
    fetcher = MessageFetcher(bytes_max=1_000_000, timeout_s=120)
    yield fetcher
    fetcher.close()


@pytest.mark.parametrize("path", ["tagged", "dated"])
def test_what_is_still_the_same_is_not_sent_again(publisher: str, fetch: MessageFetcher, path: str) -> None:
    first = fetch(f"{publisher}/{path}", "")
    assert first is not None
    assert first.content == CONTENT
    assert fetch(f"{publisher}/{path}", first.tag) is None


@pytest.mark.parametrize("path", ["bare", "zipped", "moved"])
def test_without_a_tag_it_is_read_again(publisher: str, fetch: MessageFetcher, path: str) -> None:
    for _ in range(2):
        found = fetch(f"{publisher}/{path}", "")
        assert found is not None
        assert (found.content, found.tag) == (CONTENT, "")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("gone?key=SECRET", "404"),
        ("bomb?key=SECRET", "larger than 1,000,000 bytes"),
    ],
)
def test_what_goes_wrong_is_said_without_the_key(
    publisher: str, fetch: MessageFetcher, path: str, said: str
) -> None:
    with pytest.raises(SourceError, match=said) as error:
        fetch(f"{publisher}/{path}", "")
    assert "SECRET" not in str(error.value)


def test_who_never_answers_is_not_waited_for(publisher: str) -> None:
    impatient = MessageFetcher(bytes_max=1_000_000, timeout_s=0.5)
    with pytest.raises(SourceError, match=r"did not answer for 0\.5 s") as error:
        impatient(f"{publisher}/slow?key=SECRET", "")
    impatient.close()
    assert "SECRET" not in str(error.value)


def test_a_server_that_is_not_there(fetch: MessageFetcher) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        fetch("http://127.0.0.1:9/x?key=SECRET", "")


def test_files(fetch: MessageFetcher, tmp_path: Path) -> None:
    path = tmp_path / "updates.pb"
    with pytest.raises(SourceError, match="there is no file"):
        fetch(str(path), "")
    path.write_bytes(CONTENT)
    first = fetch(str(path), "")
    assert first is not None
    assert first.content == CONTENT
    assert fetch(str(path), first.tag) is None
    aside = tmp_path / "new"
    aside.write_bytes(CONTENT[:-1])
    aside.rename(path)
    second = fetch(str(path), first.tag)
    assert second is not None
    assert second.content == CONTENT[:-1]
    path.write_bytes(bytes(2_000_000))
    with pytest.raises(SourceError, match="larger than"):
        fetch(str(path), "")
    with pytest.raises(SourceError):
        fetch(str(tmp_path), "")
