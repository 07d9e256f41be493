"""docs/register.md is true: its example is what the code makes, and a stranger's script that knows only that page, the
standard library and openssl comes to the same verdicts."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from ticketing.audit_archive.entry_lines import write_line
from ticketing.audit_archive.members import write_root
from ticketing.checkpoint import Checkpoint, standing_hashes
from ticketing.entry import RegisterEntry
from ticketing.ledger import Book
from ticketing.register import CLOSE, NO_HASH
from ticketing.root import SignedRoot, sign_root
from ticketing.signing import SigningKey, key_body

DOCS = Path(__file__).parents[2] / "docs"
KEY = SigningKey(bytes(range(32)))
OCTOBER = dt.datetime(2026, 10, 3, 12, tzinfo=dt.UTC)
NOVEMBER = dt.datetime(2026, 11, 3, 2, tzinfo=dt.UTC)

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def example() -> tuple[list[RegisterEntry], SignedRoot]:
    """The register of the page: an envelope, the key, the end of the month."""
    book = Book()
    book.enter("envelope", {"campaign": "lines", "amount_cents": 1_000_000}, OCTOBER)
    book.enter("key", key_body(KEY, None), NOVEMBER)
    standing = standing_hashes(entry for entry in book.entries if entry.kind == "key")
    million = {"credit_cents": 0, "debit_cents": 1_000_000}
    body = {
        "period": "2026-10",
        "first_seq": 1,
        "entries": {"genesis": 1, "envelope": 1, "key": 1},
        "totals": {"budget": million, "envelope": {"credit_cents": 1_000_000, "debit_cents": 0}},
        "checkpoint": Checkpoint(book.balances, {}, standing).hash,
    }
    close = book.enter(CLOSE, body, NOVEMBER)
    return book.entries, sign_root(NO_HASH, close, KEY, NOVEMBER)


def lines(entries: list[RegisterEntry]) -> list[bytes]:
    previous = [NO_HASH, *(entry.hash for entry in entries)]
    return [write_line(entry, before) for entry, before in zip(entries, previous, strict=False)]


def blocks(language: str) -> list[str]:
    """The examples of the page."""
    return re.findall(
        rf"```{language}\n(.*?)```", (DOCS / "register.md").read_text(encoding="utf-8"), re.DOTALL
    )


def test_the_example_is_what_the_code_makes() -> None:
    entries, root = example()
    register, roots = blocks("jsonl")
    assert register.encode() == b"".join(line + b"\n" for line in lines(entries))
    assert roots.encode() == write_root(root) + b"\n"


def test_the_figures_in_the_text_are_those_of_the_example() -> None:
    entries, _ = example()
    page = (DOCS / "register.md").read_text(encoding="utf-8")
    assert f"`{KEY.id}`" in page
    assert entries[1].hash.hex() in page
    (shell,) = blocks("sh")
    printed = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout
    assert printed.split()[0] == entries[1].hash.hex()


def test_the_seven_lines_are_the_hash() -> None:
    entries, _ = example()
    second = entries[1]
    text = (
        f"mobility register 1\n{entries[0].hash.hex()}\n2\n2026-10\nenvelope\n2026-10-03T12:00:00Z\n"
        '{"amount_cents":1000000,"campaign":"lines"}'
    )
    assert sha256(text.encode()).digest() == second.hash


def put(folder: Path, register: list[bytes], root: bytes) -> None:
    (folder / "register.jsonl").write_bytes(b"".join(line + b"\n" for line in register))
    (folder / "roots.jsonl").write_bytes(root + b"\n")


def ask(folder: Path, key_id: str = KEY.id) -> tuple[int, str]:
    """What the stranger's script says."""
    command = [sys.executable, str(DOCS / "check_register.py"), str(folder), key_id]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@needs_openssl
def test_a_stranger_finds_the_register_whole(tmp_path: Path) -> None:
    entries, root = example()
    put(tmp_path, lines(entries), write_root(root))
    assert ask(tmp_path) == (0, "whole\n")
    code, words = ask(tmp_path, "0" * 16)
    assert code == 1
    assert "not signed by a key of the register" in words


@needs_openssl
def test_a_stranger_finds_every_kind_of_tampering(tmp_path: Path) -> None:
    entries, root = example()
    whole, signed = lines(entries), write_root(root)
    rng = random.Random(7)
    for how in ("byte", "byte", "byte", "delete", "swap", "repeat", "truncate", "root"):
        register, said = list(whole), signed
        if how == "byte":
            index = rng.randrange(len(register))
            line = bytearray(register[index])
            place = line.index(b'"body":') + 9 + rng.randrange(10)
            line[place] ^= 1
            register[index] = bytes(line)
        elif how == "delete":
            del register[1]
        elif how == "swap":
            register[1], register[2] = register[2], register[1]
        elif how == "repeat":
            register.insert(1, register[1])
        elif how == "truncate":
            del register[-1]
        else:
            said = signed.replace(b"1000000", b"1000001")
        put(tmp_path, register, said)
        code, words = ask(tmp_path)
        assert code == 1, (how, words)


@needs_openssl
def test_a_stranger_follows_the_succession_of_keys(tmp_path: Path) -> None:
    """A second month, signed by a second key, checked with nothing known but the first key's name."""
    entries, october = example()
    book, new = Book(), SigningKey(b"\5" * 32)
    for entry in entries:
        book.replay(entry)
    book.enter("key", key_body(new, KEY), NOVEMBER)
    body = {"period": "2026-11", "first_seq": 5, "entries": {"key": 1}, "totals": {}, "checkpoint": "00" * 32}
    close = book.enter(CLOSE, body, NOVEMBER)
    november = sign_root(entries[-1].hash, close, new, NOVEMBER)
    both = write_root(october) + b"\n" + write_root(november)
    put(tmp_path, lines(book.entries), both)
    assert ask(tmp_path) == (0, "whole\n")
    put(tmp_path, lines(book.entries)[4:], both)
    (tmp_path / "earlier.jsonl").write_bytes(lines(entries)[2] + b"\n")
    assert ask(tmp_path) == (0, "whole\n")
    forger = SigningKey(b"\6" * 32)
    forged = write_root(october) + b"\n" + write_root(sign_root(entries[-1].hash, close, forger, NOVEMBER))
    put(tmp_path, lines(book.entries), forged)
    assert ask(tmp_path)[0] == 1
