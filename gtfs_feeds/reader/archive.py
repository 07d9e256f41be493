"""Opening what a publisher gives: a zip or a folder, taken apart safely into one flat folder of known files."""

from __future__ import annotations

import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gtfs_feeds.findings import FeedRefusedError, FindingLog, Severity
from gtfs_feeds.tables import COLUMNS, FARE_COLUMNS, FLEX_COLUMNS

FILES = tuple(f"{stem}.txt" for stem in COLUMNS)
"""The files that are read."""

LOCATIONS = "locations.geojson"
FLEX_FILES = (*(f"{stem}.txt" for stem in FLEX_COLUMNS), LOCATIONS)
"""Those that are read when calls refer to them (GTFS-Flex)."""

FARE_FILES = tuple(f"{stem}.txt" for stem in FARE_COLUMNS)
"""Those of prices (GTFS-Fares)."""

_COPY_BYTES = 1 << 20

_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError, IndexError),
)
"""What zipfile raises on archives that are damaged, encrypted or packed in a way it does not know."""


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may unpack to. The largest national feeds have some 3 GB in 30 files, packed about 1:10."""

    entries: int = 10_000
    total_bytes: int = 8 << 30
    ratio: float = 100.0
    """Unpacked to packed; looked at beyond `ratio_from_bytes` only, below which a bomb does no harm."""
    ratio_from_bytes: int = 512 << 20


@dataclass(frozen=True)
class _Entry:
    """A file in the archive: where it says it is, and how many bytes it says it has."""

    path: PurePosixPath
    size: int


def unpack(
    source: Path, feed_id: str, folder: Path, limits: ArchiveLimits, log: FindingLog
) -> tuple[str, ...]:
    """Put the known files of `source` (zip or folder) into `folder`, by their lower-case names.

    Returns the names of the other files. Raises FeedRefusedError when the source cannot be read or trusted.
    """
    if source.is_dir():
        return _link_folder(source, folder, log)
    if not source.is_file():
        raise FeedRefusedError(
            "unreadable_archive", f"{feed_id}: there is no file {source.name}. Check the path."
        )
    try:
        with zipfile.ZipFile(source) as archive:
            return _extract(archive, source, feed_id, folder, limits, log)
    except _UNREADABLE as error:
        raise FeedRefusedError(
            "unreadable_archive",
            f"{feed_id}: the archive is not a readable zip archive ({error}): it may be truncated, encrypted "
            "or not a zip at all. Download it again, or ask its publisher for an intact one.",
        ) from error


def _extract(
    archive: zipfile.ZipFile, source: Path, feed_id: str, folder: Path, limits: ArchiveLimits, log: FindingLog
) -> tuple[str, ...]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    _refuse_bomb(infos, source, feed_id, limits)
    by_path = {PurePosixPath(info.filename.replace("\\", "/")): info for info in infos}
    chosen, others = _choose(
        [_Entry(path, info.file_size) for path, info in by_path.items() if _is_safe(path, log)], log
    )
    inner = [name for name in others if name.lower().endswith(".zip")]
    if not chosen and inner:
        raise FeedRefusedError(
            "nested_archive",
            f"{feed_id}: the archive holds other archives ({', '.join(inner[:5])}) and no feed. "
            "Import those one by one.",
        )
    for name, path in chosen.items():
        info = by_path[path]
        with archive.open(info) as packed, (folder / name).open("wb") as unpacked:
            _copy(packed, unpacked, info.file_size)
    return others


def _copy(packed: object, unpacked: object, size: int) -> None:
    """Copy, and stop where an entry turns out longer than it said."""
    copied = 0
    while chunk := packed.read(_COPY_BYTES):  # type: ignore[attr-defined]
        copied += len(chunk)
        if copied > size:
            raise zipfile.BadZipFile("an entry is longer than the archive says")
        unpacked.write(chunk)  # type: ignore[attr-defined]


def _refuse_bomb(infos: list[zipfile.ZipInfo], source: Path, feed_id: str, limits: ArchiveLimits) -> None:
    total = sum(info.file_size for info in infos)
    packed = max(1, sum(info.compress_size for info in infos))
    if len(infos) > limits.entries:
        what = f"has {len(infos)} files (at most {limits.entries} are accepted)"
    elif total > limits.total_bytes:
        what = f"would unpack to {total:,} bytes (at most {limits.total_bytes:,} are accepted)"
    elif total > limits.ratio_from_bytes and total > limits.ratio * packed:
        what = f"would unpack to {total:,} bytes from {packed:,}, which no timetable does"
    else:
        return
    raise FeedRefusedError(
        "zip_bomb", f"{feed_id}: the archive {what}. If the feed is right, raise the limits of the import."
    )


def _is_safe(path: PurePosixPath, log: FindingLog) -> bool:
    if not path.is_absolute() and ".." not in path.parts and ":" not in str(path):
        return True
    log.add(
        Severity.WARNING,
        "unsafe_path",
        path.name,
        f"The archive names a file outside of itself ({path}).",
        "file ignored",
        value=str(path),
    )
    return False


def _link_folder(source: Path, folder: Path, log: FindingLog) -> tuple[str, ...]:
    files = {PurePosixPath(file.relative_to(source)): file for file in source.rglob("*") if file.is_file()}
    chosen, others = _choose([_Entry(path, file.stat().st_size) for path, file in files.items()], log)
    for name, path in chosen.items():
        shutil.copyfile(files[path], folder / name)
    return others


def _choose(entries: Iterable[_Entry], log: FindingLog) -> tuple[dict[str, PurePosixPath], tuple[str, ...]]:
    """The known files of the one folder that has most of them, and the names of all others."""
    seen = [entry for entry in entries if not _is_litter(entry.path)]
    folders: dict[PurePosixPath, dict[str, PurePosixPath]] = {}
    for entry in seen:
        name = entry.path.name.lower()
        if name in FILES or name in FLEX_FILES or name in FARE_FILES:
            known = folders.setdefault(entry.path.parent, {})
            if name in known:
                log.add(
                    Severity.WARNING,
                    "duplicated_file",
                    name,
                    f"{name} is there twice, in different letters ({known[name]}, {entry.path}).",
                    f"{known[name].name} read, the other ignored",
                )
            known.setdefault(name, entry.path)
    if not folders:
        return {}, tuple(sorted(str(entry.path) for entry in seen))
    best = max(folders, key=lambda folder: (len(folders[folder]), -len(folder.parts), str(folder)))
    chosen = folders[best]
    if best.parts:
        log.add(
            Severity.INFO,
            "invalid_input_files_in_subfolder",
            "feed",
            f"The files are in the folder {best}, not at the top of the archive.",
            "read from there",
            value=str(best),
        )
    taken = set(chosen.values())
    return chosen, tuple(
        sorted(
            entry.path.name if entry.path.parent == best else str(entry.path)
            for entry in seen
            if entry.path not in taken
        )
    )


def _is_litter(path: PurePosixPath) -> bool:
    """What operating systems leave in archives."""
    return any(part == "__MACOSX" or part.startswith(".") for part in path.parts) or path.name in (
        "Thumbs.db",
        "desktop.ini",
    )
