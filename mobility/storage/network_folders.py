"""Compiled networks on disk: written aside, put in place by one rename, held by a shared lock while used.

    DATA_DIR/feeds/FEED/VERSION/      source.zip and the network of one version of a feed
    DATA_DIR/snapshots/HASH/          the merged network, days/ which the planner fills, streets/ if there are any
    DATA_DIR/streets/VERSION/         an OSM extract and the graph of its streets
    DATA_DIR/making/…                 what is being written; removed by the next sweep when its process died

Every folder has a file `.in-use`. Who uses the folder has a shared flock on it, who removes the folder
an exclusive one, so that nobody's files go away under him and a killed process leaves no lock behind.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

LOCK_FILE = ".in-use"
LOCKLESS_S_MAX = 3_600


class FileNetworkFolders:
    """Fills `mobility.acts.ports.NetworkFolders`."""

    def __init__(self, data_dir: Path) -> None:
        self._feeds = data_dir / "feeds"
        self._snapshots = data_dir / "snapshots"
        self._streets = data_dir / "streets"
        self._making = data_dir / "making"

    @contextmanager
    def new_folder(self) -> Iterator[Path]:
        """An empty temporary folder; what is left of it at the end is removed."""
        folder = self._making / uuid.uuid4().hex
        folder.mkdir(parents=True)
        with (folder / LOCK_FILE).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def version_folder(self, feed_id: str, version: str) -> Path:
        """Where the network and the source of a version of a feed are, or will be."""
        return self._feeds / feed_id / version

    def snapshot_folder(self, snapshot: str) -> Path:
        """Where a merged network is, or will be."""
        return self._snapshots / snapshot

    def streets_folder(self, version: str) -> Path:
        """Where the graph and the extract of a version of the streets are, or will be."""
        return self._streets / version

    def put(self, made: Path, target: Path) -> None:
        """Put a finished folder in its place, durably. When another process was faster, its folder stays."""
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync_files(made)
        try:
            made.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            return
        _sync(target.parent)

    @contextmanager
    def hold(self, folder: Path) -> Iterator[None]:
        """Keep a folder from being removed. Raises FileNotFoundError when it is not there."""
        with (folder / LOCK_FILE).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            # It may have been removed, or made anew, between the opening and the lock.
            if not _same_file(lock.fileno(), folder / LOCK_FILE):
                raise FileNotFoundError(f"{folder} was removed")
            yield

    def remove(self, folder: Path) -> bool:
        """Remove a folder unless somebody holds it; whether it was removed."""
        try:
            with (folder / LOCK_FILE).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                grave = self._making / uuid.uuid4().hex
                grave.parent.mkdir(parents=True, exist_ok=True)
                folder.rename(grave)
                shutil.rmtree(grave, ignore_errors=True)
        except (BlockingIOError, FileNotFoundError):
            return False
        return True

    def list_versions(self) -> list[tuple[str, str, Path]]:
        """All version folders: feed id, version, folder."""
        return [(f.parent.name, f.name, f) for f in sorted(self._feeds.glob("*/*")) if f.is_dir()]

    def list_snapshots(self) -> list[tuple[str, Path]]:
        """All snapshot folders: content hash, folder."""
        return [(f.name, f) for f in sorted(self._snapshots.glob("*")) if f.is_dir()]

    def list_streets(self) -> list[tuple[str, Path]]:
        """All folders of streets: version, folder."""
        return [(f.name, f) for f in sorted(self._streets.glob("*")) if f.is_dir()]

    def sweep(self) -> int:
        """Remove what killed processes left behind; how many folders it was."""
        return sum(self.remove(folder) for folder in self._making.glob("*") if _is_left_over(folder))


def _is_left_over(folder: Path) -> bool:
    # A folder without a lock file was made this moment, or by a process that died in that moment.
    try:
        return (folder / LOCK_FILE).exists() or time.time() - folder.stat().st_mtime > LOCKLESS_S_MAX
    except FileNotFoundError:
        return False


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sync_files(folder: Path) -> None:
    # Side by side, because the disk takes as long for many as for one.
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(_sync, [path for path in folder.rglob("*") if path.is_file()]))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
