"""Archives whose every byte follows from the names and contents of their members.

A ZIP file (PKWARE APPNOTE 6.3.10) leaves much to choose: times, attributes, compression, comments, what stands between
members. Nothing is chosen here. Members are stored as they are, one after another, with one fixed header each and one
directory; reading accepts exactly these bytes. So a byte that was changed anywhere is either in a content, which the
manifest and the chain answer for, or makes the archive unreadable here. Any other ZIP program opens it too.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

BLOCK_BYTES = 1 << 20

_LOCAL, _ENTRY, _END64, _LOCATOR, _END = (
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"PK\x05\x06",
)
_VERSION = 45  # 4.5: ZIP64
_UTF8 = 1 << 11
_NO_TIME, _NO_DATE = 0, 0x21  # midnight, 1 January 1980: the earliest there is
_EVERYONE_READS = 0o100644 << 16
_MARK16, _MARK32 = 0xFFFF, 0xFFFFFFFF  # "see the 64-bit field"
_LOCAL_HEAD = struct.Struct("<4sHHHHHIIIHH")
_LOCAL_EXTRA = struct.Struct("<HHQQ")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_NAME_BYTES_MAX = 200


class ArchiveError(Exception):
    """A file is not such an archive; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive; `offset` is where its content begins."""

    name: str
    bytes: int
    crc: int
    offset: int


def write_archive(path: Path, contents: Mapping[str, Path]) -> None:
    """Write an archive of files, in the order given."""
    members: list[Member] = []
    with path.open("wb") as out:
        for name, source in contents.items():
            if not _NAME.fullmatch(name) or len(name) > _NAME_BYTES_MAX:
                raise ValueError(f"{name!r} cannot be the name of a member")
            size, crc = _measure(source)
            head = _local_header(name, size, crc)
            members.append(Member(name, size, crc, out.tell() + len(head)))
            out.write(head)
            with source.open("rb") as file:
                while block := file.read(BLOCK_BYTES):
                    out.write(block)
        out.write(_directory(members, out.tell()))


def read_members(file: BinaryIO) -> list[Member]:
    """The members of an archive, whose every header is checked; contents are not (`Content` does that).

    Raises ArchiveError.
    """
    total = file.seek(0, os.SEEK_END)
    members: list[Member] = []
    position = 0
    while True:
        file.seek(position)
        head = file.read(_LOCAL_HEAD.size)
        if head[:4] != _LOCAL:
            break
        if len(head) < _LOCAL_HEAD.size:
            raise ArchiveError(f"the archive ends within a header, at byte {position}")
        crc, name_bytes = _LOCAL_HEAD.unpack(head)[6], _LOCAL_HEAD.unpack(head)[9]
        rest = file.read(name_bytes + _LOCAL_EXTRA.size)
        if len(rest) < name_bytes + _LOCAL_EXTRA.size or name_bytes > _NAME_BYTES_MAX:
            raise ArchiveError(f"the header at byte {position} cannot be read")
        name, size = rest[:name_bytes].decode("ascii", "replace"), _LOCAL_EXTRA.unpack(rest[name_bytes:])[2]
        if not _NAME.fullmatch(name) or head + rest != _local_header(name, size, crc):
            raise ArchiveError(f"the header at byte {position} is not as it is written here")
        member = Member(name, size, crc, position + len(head) + len(rest))
        if any(member.name == other.name for other in members):
            raise ArchiveError(f"{name} is in the archive twice")
        members.append(member)
        position = member.offset + size
        if position > total:
            raise ArchiveError(f"{name} goes beyond the end of the archive")
    file.seek(position)
    directory = _directory(members, position)
    if total - position != len(directory) or file.read() != directory:
        raise ArchiveError(f"the directory at byte {position} is not that of the members before it")
    return members


class Content:
    """A member's content, read once from its beginning to its end; whoever reads to the end knows its checksum held."""

    def __init__(self, file: BinaryIO, member: Member) -> None:
        self._file, self._member = file, member
        self._position, self._crc = 0, 0

    def blocks(self) -> Iterator[bytes]:
        """The content in pieces. Raises ArchiveError at the end when it is not what its header says."""
        while self._position < self._member.bytes:
            self._file.seek(self._member.offset + self._position)
            block = self._file.read(min(BLOCK_BYTES, self._member.bytes - self._position))
            if not block:
                raise ArchiveError(f"{self._member.name} ends too early")
            self._position += len(block)
            self._crc = zlib.crc32(block, self._crc)
            yield block
        if self._crc != self._member.crc:
            raise ArchiveError(f"{self._member.name} is not what its checksum says")

    def lines(self, bytes_max: int) -> Iterator[bytes]:
        """The content's lines without their ends. Raises ArchiveError when the last one has no end, or one is longer
        than `bytes_max`."""
        rest = b""
        for block in self.blocks():
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
            if len(rest) > bytes_max:
                raise ArchiveError(f"{self._member.name} has a line of more than {bytes_max} bytes")
        if rest:
            raise ArchiveError(f"the last line of {self._member.name} has no end")


def _measure(path: Path) -> tuple[int, int]:
    size, crc = 0, 0
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            size, crc = size + len(block), zlib.crc32(block, crc)
    return size, crc


def _local_header(name: str, size: int, crc: int) -> bytes:
    raw = name.encode("ascii", "replace")
    head = _LOCAL_HEAD.pack(
        _LOCAL, _VERSION, _UTF8, 0, _NO_TIME, _NO_DATE, crc, _MARK32, _MARK32, len(raw), _LOCAL_EXTRA.size
    )
    return head + raw + _LOCAL_EXTRA.pack(1, 16, size, size)


def _directory(members: Sequence[Member], position: int) -> bytes:
    """The central directory and its ends, for members before `position`."""
    entries = b""
    for member in members:
        raw = member.name.encode()
        start = member.offset - len(raw) - _LOCAL_HEAD.size - _LOCAL_EXTRA.size
        entries += struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            *(_ENTRY, _VERSION | 3 << 8, _VERSION, _UTF8, 0, _NO_TIME, _NO_DATE, member.crc),
            *(_MARK32, _MARK32, len(raw), 28, 0, 0, 0, _EVERYONE_READS, _MARK32),
        )
        entries += raw + struct.pack("<HHQQQ", 1, 24, member.bytes, member.bytes, start)
    count, size = len(members), len(entries)
    end64 = struct.pack(
        "<4sQHHIIQQQQ", _END64, 44, _VERSION | 3 << 8, _VERSION, 0, 0, count, count, size, position
    )
    locator = struct.pack("<4sIQI", _LOCATOR, 0, position + size, 1)
    end = struct.pack("<4sHHHHIIH", _END, 0, 0, _MARK16, _MARK16, _MARK32, _MARK32, 0)
    return entries + end64 + locator + end
