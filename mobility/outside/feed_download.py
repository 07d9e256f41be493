"""Bring a feed's archive here: from an http(s) address, a file, or a folder of GTFS files."""

from __future__ import annotations

import shutil
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gtfs_feeds.findings import FeedRefusedError
from mobility.acts.ports import Progress

CHUNK_BYTES = 1 << 20
REDIRECTS_MAX = 5
SILENCE_S_MAX = 30.0


class FeedFetcher:
    """Fills `mobility.acts.ports.FetchFeed`. `bytes_max` and `timeout_s` bound the whole of a download."""

    def __init__(self, bytes_max: int, timeout_s: float) -> None:
        self._bytes_max = bytes_max
        self._timeout_s = timeout_s

    def __call__(self, source: str, target: Path, progress: Progress) -> None:
        """Write the archive at `source` to the file `target`. Raises FeedRefusedError in plain words."""
        if urlsplit(source).scheme in ("http", "https"):
            self._download(source, target, progress)
            return
        path = Path(source).expanduser()
        if path.is_dir():
            _zip_folder(path, target)
        elif path.is_file():
            if path.stat().st_size > self._bytes_max:
                raise self._too_large(source)
            shutil.copyfile(path, target)
        else:
            raise FeedRefusedError(
                "feed_not_found", f"there is no file, folder or http(s) address {source!r}"
            )

    def _download(self, address: str, target: Path, progress: Progress) -> None:
        progress("downloading", 0.0)
        deadline = time.monotonic() + self._timeout_s
        timeout = httpx.Timeout(SILENCE_S_MAX)
        try:
            with (
                httpx.Client(follow_redirects=True, max_redirects=REDIRECTS_MAX, timeout=timeout) as client,
                client.stream("GET", address, headers={"Accept": "application/zip, */*"}) as response,
            ):
                response.raise_for_status()
                self._write(response, target, deadline, progress)
        except httpx.HTTPStatusError as error:
            status = f"{error.response.status_code} {error.response.reason_phrase}"
            raise FeedRefusedError(
                "download_failed", f"{address} answered {status}: check the address"
            ) from error
        except httpx.TimeoutException as error:
            message = f"{address} did not answer for {SILENCE_S_MAX:.0f} s: try again later"
            raise FeedRefusedError("download_failed", message) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FeedRefusedError("download_failed", f"{address} cannot be downloaded: {error}") from error

    def _write(self, response: httpx.Response, target: Path, deadline: float, progress: Progress) -> None:
        address = str(response.request.url)
        length = response.headers.get("content-length", "")
        expected = int(length) if length.isdigit() else 0
        if expected > self._bytes_max:
            raise self._too_large(address)
        written = 0
        with target.open("wb") as file:
            for chunk in response.iter_bytes(CHUNK_BYTES):
                written += len(chunk)
                if written > self._bytes_max:
                    raise self._too_large(address)
                if time.monotonic() > deadline:
                    message = (
                        f"{address} took over {self._timeout_s:.0f} s (MOBILITY_FEED_DOWNLOAD_TIMEOUT_S)"
                    )
                    raise FeedRefusedError("download_failed", message)
                file.write(chunk)
                progress("downloading", min(written / expected, 1.0) if expected else 0.0)
        progress("downloading", 1.0)

    def _too_large(self, source: str) -> FeedRefusedError:
        limit = f"{self._bytes_max:,} bytes (MOBILITY_FEED_DOWNLOAD_BYTES_MAX)"
        return FeedRefusedError("feed_too_large", f"{source} is larger than {limit}")


def _zip_folder(folder: Path, target: Path) -> None:
    """The same files always make the same archive, without their dates: versions are content hashes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                entry = zipfile.ZipInfo(path.name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as copy:
                    shutil.copyfileobj(source, copy)
