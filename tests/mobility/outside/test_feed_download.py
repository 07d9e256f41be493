"""Downloads from a server that is here: good ones, and each way in which they go wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gtfs_feeds.findings import FeedRefusedError
from mobility.outside.feed_download import FeedFetcher

CONTENT = bytes(range(256)) * 2_000


class Publisher(BaseHTTPRequestHandler):
    """/good, /chunked (without a length), /moved (to /good), /loop, /gone, /slow, /endless."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        getattr(self, self.path.strip("/"), self.gone)()

    def good(self) -> None:
        self._head(200, {"Content-Length": str(len(CONTENT))})
        self.wfile.write(CONTENT)

    def chunked(self) -> None:
        self._head(200, {"Transfer-Encoding": "chunked"})
        for start in range(0, len(CONTENT), 100_000):
            part = CONTENT[start : start + 100_000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        self._head(200, {"Content-Length": str(len(CONTENT)), "Connection": "close"})
        self.wfile.write(CONTENT[:1000])
        self.close_connection = True

    def moved(self) -> None:
        self._head(302, {"Location": "/good", "Content-Length": "0"})

    def loop(self) -> None:
        self._head(302, {"Location": "/loop", "Content-Length": "0"})

    def gone(self) -> None:
        self._head(404, {"Content-Length": "0"})

    def endless(self) -> None:
        self._head(200, {"Connection": "close"})
        self.close_connection = True
        try:
            for _ in range(200):
                self.wfile.write(b"x" * 100_000)
                time.sleep(0.01)
        except OSError:
            pass

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _fetch(source: str, target: Path, bytes_max: int = 1_000_000, timeout_s: float = 10.0) -> list[float]:
    told: list[float] = []
    FeedFetcher(bytes_max, timeout_s)(source, target, lambda _what, done: told.append(done))
    return told


@pytest.mark.parametrize("page", ["good", "chunked", "moved"])
def test_a_feed_is_downloaded(address: str, tmp_path: Path, page: str) -> None:
    told = _fetch(f"{address}/{page}", tmp_path / "feed.zip")
    assert (tmp_path / "feed.zip").read_bytes() == CONTENT
    assert told[-1] == 1.0
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("page", "limits", "words"),
    [
        ("gone", {}, r"/gone answered 404 Not Found: check the address"),
        ("loop", {}, r"/loop cannot be downloaded: .*redirects"),
        ("cut", {}, r"/cut cannot be downloaded"),
        (
            "good",
            {"bytes_max": 5_000},
            r"/good is larger than 5,000 bytes \(MOBILITY_FEED_DOWNLOAD_BYTES_MAX\)",
        ),
        ("chunked", {"bytes_max": 5_000}, r"/chunked is larger than 5,000 bytes"),
        (
            "endless",
            {"timeout_s": 0.3, "bytes_max": 10**9},
            r"/endless took over 0 s \(MOBILITY_FEED_DOWNLOAD_TIMEOUT",
        ),
    ],
)
def test_what_goes_wrong_is_said(
    address: str, tmp_path: Path, page: str, limits: dict[str, float], words: str
) -> None:
    with pytest.raises(FeedRefusedError, match=words):
        _fetch(f"{address}/{page}", tmp_path / "feed.zip", **limits)  # type: ignore[arg-type]


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(FeedRefusedError, match="cannot be downloaded"):
        _fetch("http://127.0.0.1:9/feed.zip", tmp_path / "feed.zip")


def test_a_file_is_copied_unless_too_large(tmp_path: Path) -> None:
    source = tmp_path / "source.zip"
    source.write_bytes(CONTENT)
    _fetch(str(source), tmp_path / "feed.zip")
    assert (tmp_path / "feed.zip").read_bytes() == CONTENT
    with pytest.raises(FeedRefusedError, match="is larger than 100 bytes"):
        _fetch(str(source), tmp_path / "feed.zip", bytes_max=100)


@pytest.mark.parametrize("source", ["missing.zip", "ftp://example.org/feed.zip"])
def test_nothing_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FeedRefusedError, match=r"there is no file, folder or http\(s\) address"):
        _fetch(source, tmp_path / "feed.zip")
