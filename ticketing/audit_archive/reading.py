"""An archive opened for reading: its files as streams whose hashes are taken on the way, and single lines again."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from ticketing.audit_archive.entry_lines import LINE_BYTES_MAX, LineError, Linked, read_line
from ticketing.audit_archive.members import MEMBERS, MEMBERS_WITH_SALES, REGISTER, FileMark
from ticketing.audit_archive.report import WrongError
from ticketing.entry import RegisterEntry
from ticketing.plain_zip import ArchiveError, Content, Member, read_members


class EntryHashes:
    """The hashes of entries that follow each other, in 16 bytes each."""

    def __init__(self) -> None:
        self.first_seq = 0
        self._hashes = bytearray()

    def add(self, entry: RegisterEntry) -> None:
        """The next one."""
        self.first_seq = self.first_seq or entry.seq
        self._hashes += entry.hash[:16]

    def covers(self, seq: int) -> bool:
        """Whether the entry of that number was among them."""
        return 0 <= (seq - self.first_seq) * 16 < len(self._hashes)

    def has(self, entry: RegisterEntry) -> bool:
        """Whether this very entry was among them."""
        at = (entry.seq - self.first_seq) * 16
        return at >= 0 and self._hashes[at : at + 16] == entry.hash[:16]


class OpenArchive:
    """The files of an archive. Raises WrongError when its frame is not as it is written here."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        try:
            members = read_members(file)
        except ArchiveError as error:
            raise WrongError("the archive", str(error)) from error
        names = tuple(member.name for member in members)
        self.names = MEMBERS_WITH_SALES if len(names) == len(MEMBERS_WITH_SALES) else MEMBERS
        """Of its files, in their order."""
        if names != self.names:
            odd = next(
                (a or b for a, b in zip(names, self.names, strict=False) if a != b), "one too many or few"
            )
            raise WrongError("the archive", f"its files are not those of an archive, in their order: {odd}")
        self.members: dict[str, Member] = {member.name: member for member in members}
        self.marks: dict[str, FileMark] = {}
        """Of the files read to their end."""
        self._offsets = array("Q")
        self.hashes = EntryHashes()
        """Of the entries of the register that were read."""

    @property
    def has_sales(self) -> bool:
        """Whether it holds days of sales."""
        return self.names == MEMBERS_WITH_SALES

    def blocks(self, name: str) -> Iterator[bytes]:
        """The content of a file. Raises WrongError at its end when it is not what its checksum says."""
        digest, size = hashlib.sha256(), 0
        try:
            for block in Content(self._file, self.members[name]).blocks():
                digest.update(block)
                size += len(block)
                yield block
        except ArchiveError as error:
            raise WrongError(name, str(error)) from error
        self.marks[name] = FileMark(digest.hexdigest(), size)

    def read(self, name: str, bytes_max: int = LINE_BYTES_MAX) -> bytes:
        """The whole of a small file."""
        if self.members[name].bytes > bytes_max:
            raise WrongError(name, f"it is larger than {bytes_max} bytes")
        return b"".join(self.blocks(name))

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, without their ends."""
        rest = b""
        for block in self.blocks(name):
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
            if len(rest) > LINE_BYTES_MAX:
                raise WrongError(name, f"a line of more than {LINE_BYTES_MAX} bytes")
        if rest:
            raise WrongError(name, "the last line has no end")

    def register_lines(self) -> Iterator[tuple[int, Linked]]:
        """The entries of the register with their line numbers; where they are is kept for `find_entry`."""
        offset = 0
        for number, line in enumerate(self.lines(REGISTER), 1):
            linked = parse(REGISTER, number, line)
            self.hashes.add(linked.entry)
            self._offsets.append(offset)
            offset += len(line) + 1
            yield number, linked

    def find_entry(self, seq: int) -> Linked | None:
        """An entry of the register that was read already."""
        at = seq - self.hashes.first_seq
        if not 0 <= at < len(self._offsets):
            return None
        self._file.seek(self.members[REGISTER].offset + self._offsets[at])
        line = self._file.readline(LINE_BYTES_MAX)
        return parse(REGISTER, at + 1, line.removesuffix(b"\n"))


def parse(name: str, number: int, line: bytes) -> Linked:
    """The entry of a line. Raises WrongError."""
    try:
        return read_line(line)
    except LineError as error:
        raise WrongError(name, str(error), line=number) from error


class Comparison:
    """A file held against what it should be, piece by piece."""

    def __init__(self, archive: OpenArchive, name: str) -> None:
        self._name, self._blocks = name, archive.blocks(name)
        self._held, self._at, self._line = b"", 0, 1

    def expect(self, data: bytes, seq: int | None = None) -> None:
        """The next bytes must be these, which follow from entry `seq`. Raises WrongError."""
        while len(self._held) - self._at < len(data):
            block = next(self._blocks, None)
            if block is None:
                words = "it ends before all that follows from the register"
                raise WrongError(self._name, words, seq=seq, line=self._line)
            self._held, self._at = self._held[self._at :] + block, 0
        if not self._held.startswith(data, self._at):
            self._say_where(self._held[self._at : self._at + len(data)], data, seq)
        self._at += len(data)
        self._line += data.count(b"\n")

    def _say_where(self, found: bytes, data: bytes, seq: int | None) -> NoReturn:
        same = next(at for at, (a, b) in enumerate(zip(found, data, strict=True)) if a != b)
        ahead = data[:same].count(b"\n")
        shown = data.splitlines()[ahead][:300].decode("utf-8", "replace")
        words = f"it is not what follows from the register; there should be: {shown}"
        raise WrongError(self._name, words, seq=seq, line=self._line + ahead)

    def end(self) -> None:
        """There must be no more."""
        if self._at < len(self._held) or next(self._blocks, b""):
            raise WrongError(
                self._name, "it goes on after all that follows from the register", line=self._line
            )
        for _ in self._blocks:
            raise WrongError(
                self._name, "it goes on after all that follows from the register", line=self._line
            )
