"""Whatever is changed in an archive is found: by chance a thousand times, and by those who know the format."""

from __future__ import annotations

import json
import random
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.ticketing.archives import KEY, MemoryRegister, three_months
from ticketing.audit_archive import month_fold
from ticketing.audit_archive.entry_lines import read_line, write_line
from ticketing.audit_archive.members import MANIFEST, MEMBERS, REGISTER, FileMark, write_manifest
from ticketing.audit_archive.report import Report
from ticketing.audit_archive.verify import verify_archives
from ticketing.canonical_json import to_canonical
from ticketing.plain_zip import write_archive
from ticketing.register import chain_hash
from ticketing.signing import SigningKey

FINGERPRINT = sha256(KEY.public_key).hexdigest()
TIMES = 1_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tampering")


@pytest.fixture(scope="module")
def register() -> MemoryRegister:
    return three_months(trips=4)


@pytest.fixture(scope="module")
def archive(register: MemoryRegister, folder: Path) -> Path:
    path = register.export("2026-10", folder / "2026-10.zip")
    assert _check(path).holds
    return path


def _check(path: Path, key: str = FINGERPRINT) -> Report:
    return verify_archives([path], key)[0]


def _contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _rebuild(contents: dict[str, bytes], folder: Path, *, manifest: bool) -> Path:
    """An archive of other contents, as our own writer frames it; `manifest`: with a manifest that agrees."""
    if manifest:
        marks = {
            name: FileMark(sha256(content).hexdigest(), len(content))
            for name, content in contents.items()
            if name != MANIFEST
        }
        contents = contents | {MANIFEST: write_manifest("2026-10", marks)}
    files = {name: folder / sha256(content).hexdigest() for name, content in contents.items()}
    for name, path in files.items():
        if not path.exists():
            path.write_bytes(contents[name])
    write_archive(folder / "forged.zip", files)
    return folder / "forged.zip"


def _change_bytes(rng: random.Random, content: bytes) -> bytes:
    """One change of some bytes, anywhere."""
    at, data = rng.randrange(len(content)), bytearray(content)
    match rng.randrange(6):
        case 0:
            data[at] ^= 1 << rng.randrange(8)
        case 1:
            del data[at : at + rng.randint(1, 40)]
        case 2:
            data[at:at] = rng.randbytes(rng.randint(1, 40))
        case 3:
            del data[at:]
        case 4:
            data += rng.randbytes(rng.randint(1, 40))
        case _:
            other = rng.randrange(len(content))
            data[at : at + 8], data[other : other + 8] = data[other : other + 8], data[at : at + 8]
    return bytes(data)


def _change_lines(rng: random.Random, content: bytes) -> bytes:
    """One change of whole lines."""
    lines = content.splitlines(keepends=True) or [b""]
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[other])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines.insert(at, b'{"forged":true}\n')
        case _:
            lines[at] = _change_bytes(rng, lines[at]) if lines[at] else b"x"
    return b"".join(lines)


def test_any_change_of_bytes_is_found(archive: Path, folder: Path) -> None:
    """In the file itself: contents, headers, directory, before and behind."""
    rng, content, found = random.Random(1), archive.read_bytes(), 0
    for _ in range(TIMES):
        changed = _change_bytes(rng, content)
        if changed == content:
            found += 1
            continue
        (folder / "changed.zip").write_bytes(changed)
        found += not _check(folder / "changed.zip").holds
    assert found == TIMES


def test_any_change_of_lines_is_found_even_if_all_hashes_agree(archive: Path, folder: Path) -> None:
    """In any file, by somebody who writes the archive and its manifest anew."""
    rng, contents, kept = random.Random(2), _contents(archive), 0
    for _ in range(TIMES):
        name = rng.choice(MEMBERS)
        changed = _change_lines(rng, contents[name])
        if changed == contents[name]:
            kept += 1
            continue
        manifest = name != MANIFEST and rng.random() < 0.8
        report = _check(_rebuild(contents | {name: changed}, folder, manifest=manifest))
        assert not report.holds, f"a change in {name} was not found"
    assert kept < TIMES / 4


def test_the_first_wrong_entry_is_named(archive: Path, folder: Path) -> None:
    contents = _contents(archive)
    lines = contents[REGISTER].splitlines(keepends=True)
    for at in range(len(lines)):
        linked = read_line(lines[at].rstrip())
        wrong_line = lines[at].replace(b'"body":{', b'"body":{"a":1,', 1)
        changed = b"".join([*lines[:at], wrong_line, *lines[at + 1 :]])
        wrong = _check(_rebuild(contents | {REGISTER: changed}, folder, manifest=True)).wrong
        assert wrong is not None
        assert (wrong.file, wrong.line) == (REGISTER, at + 1)
        assert str(linked.entry.seq) in wrong.shown
        left_out = b"".join([*lines[:at], *lines[at + 1 :]])
        wrong = _check(_rebuild(contents | {REGISTER: left_out}, folder, manifest=True)).wrong
        assert wrong is not None
        if at < len(lines) - 1:
            assert wrong.seq == linked.entry.seq + 1
            assert f"entry {linked.entry.seq} should stand here" in wrong.words


def _rechain(lines: list[bytes], change: Callable[[dict], None], at: int) -> list[bytes]:
    """The lines with one body changed, and every hash after it computed again."""
    out, previous = [], None
    for number, line in enumerate(lines):
        linked = read_line(line)
        entry, previous = linked.entry, previous or linked.previous
        body = json.loads(entry.body)
        if number == at:
            change(body)
        data = to_canonical(body)
        hashed = chain_hash(previous, entry.seq, entry.period, entry.kind, entry.at, data)
        out.append(write_line(replace(entry, body=data, hash=hashed), previous))
        previous = hashed
    return out


def test_a_chain_computed_anew_needs_the_key(register: MemoryRegister, archive: Path, folder: Path) -> None:
    """An attacker who computes every hash again, but cannot sign."""
    contents = _contents(archive)
    lines = contents[REGISTER].splitlines()
    for at, line in enumerate(lines):
        if read_line(line).entry.kind not in ("decision", "refusal"):
            continue
        forged = _rechain(lines, lambda body: body.update(trip_id="forged"), at)
        _, _, wrong = _forge(contents, forged, folder)
        assert wrong is not None
        assert "the signed root says head_hash" in wrong.words or "follow" in wrong.words


def _forge(contents: dict[str, bytes], lines: list[bytes], folder: Path) -> tuple:
    """All derived files made to fit, by asking the check itself what should be there."""
    contents = contents | {REGISTER: b"\n".join(lines) + b"\n"}
    for _ in range(20):
        report = _check(_rebuild(contents, folder, manifest=True))
        wrong = report.wrong
        if wrong is None or not wrong.words.startswith("it is not what follows from the register"):
            break
        should = wrong.words.partition("there should be: ")[2].encode()
        found = contents[wrong.file].split(b"\r\n" if wrong.file.endswith(".csv") else b"\n")
        found[(wrong.line or 1) - 1] = should
        end = b"\r\n" if wrong.file.endswith(".csv") else b"\n"
        contents = contents | {wrong.file: end.join(found)}
    return contents, report, wrong


def test_a_key_of_ones_own_is_caught_by_the_fingerprint_or_the_archive_before(
    register: MemoryRegister, folder: Path
) -> None:
    """An attacker who makes a whole register of other trips under another key."""
    other = SigningKey(b"\x01" * 32)
    forged = three_months(seed=9, trips=4, key=other)
    theirs = forged.export("2026-10", folder / "theirs.zip")
    alone = verify_archives([theirs])[0]
    assert alone.holds
    assert alone.trust.startswith("NOBODY VOUCHES")
    pinned = _check(theirs).wrong
    assert pinned is not None
    assert "not by the one you trust" in pinned.words
    before = register.export("2026-09", folder / "before.zip")
    after = verify_archives([before, theirs])[1].wrong
    assert after is not None
    assert "does not go on from the root of 2026-09" in after.words


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Exports are made without looking, as one who holds the key could."""
    with monkeypatch.context() as patched:
        patched.setattr(month_fold, "_RULES", {})
        yield patched.undo


def _more_cents(body: dict) -> None:
    body["grant"]["amount_cents"] += 1
    body["grant"]["shares"][0]["amount_cents"] += 1


def _other_policy(body: dict) -> None:
    body["grant"]["policy"] = "0" * 64


def _longer_way(body: dict) -> None:
    body["facts"]["distance_m"] += 1000


def _fuller_counter(body: dict) -> None:
    body["grant"]["caps"][0]["before"] += 1


@pytest.mark.parametrize("change", [_more_cents, _other_policy, _longer_way, _fuller_counter])
def test_who_holds_the_key_cannot_grant_otherwise(
    tmp_path: Path, unguarded: Callable[[], None], change: Callable[[dict], None]
) -> None:
    register = MemoryRegister()
    grants = register.grant(5)
    body = next(
        body
        for body in (json.loads(one.body) for one in grants)
        if body["grant"]["shares"] and body["grant"]["caps"]
    )
    body["facts"]["trip_id"] = body["grant"]["trip_id"] = "f" * 32
    change(body)
    body["closing"] = 2
    entry = register.enter("grant", body)
    register.close()
    path = register.export("2026-09", tmp_path / "a.zip")
    unguarded()
    wrong = _check(path).wrong
    assert wrong is not None
    assert (wrong.file, wrong.seq) == (REGISTER, entry.seq)


def test_who_holds_the_key_cannot_take_back_another_amount(
    tmp_path: Path, unguarded: Callable[[], None]
) -> None:
    register = three_months(trips=4)
    at = next(one.seq - 1 for one in register.book.entries if one.kind == "withdrawal")
    body = json.loads(register.book.entries[at].body) | {"amount_cents": 1}
    register.book.entries[at] = replace(register.book.entries[at], body=to_canonical(body))
    previous = register.book.entries[at - 1].hash
    for number in range(at, len(register.book.entries)):
        one = register.book.entries[number]
        hashed = chain_hash(previous, one.seq, one.period, one.kind, one.at, one.body)
        register.book.entries[number] = replace(one, hash=hashed)
        previous = hashed
    path = register.export("2026-10", tmp_path / "a.zip")
    unguarded()
    wrong = _check(path).wrong
    assert wrong is not None
    assert wrong.seq == at + 1
    assert "not the exact reversal" in wrong.words


def test_a_driver_cannot_be_paid_more_than_is_owed(tmp_path: Path, unguarded: Callable[[], None]) -> None:
    register = MemoryRegister()
    register.grant(5)
    driver = next(one for one in register.book.balances if one.startswith("driver:"))[7:]
    owed = -register.book.balance(f"driver:{driver}")
    line = {"driver": driver, "amount_cents": owed + 1, "commitment": ""}
    body = {"period": "2026-09", "count": 1, "total_cents": owed + 1, "lines": [line]}
    register.book.balances[f"driver:{driver}"] -= 1
    entry = register.enter("payout", body)
    register.book.balances[f"driver:{driver}"] += 1
    register.close()
    path = register.export("2026-09", tmp_path / "a.zip")
    unguarded()
    wrong = _check(path).wrong
    assert wrong is not None
    assert wrong.seq == entry.seq
    assert f"owed {owed}" in wrong.words


def _appended_member(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("extra.txt", "hello")


def _duplicate_member(path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(REGISTER, b"")


def _comment(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"checked by me"


def _written_by_another(path: Path, compression: int) -> None:
    contents = _contents(path)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def _recompressed(path: Path) -> None:
    _written_by_another(path, zipfile.ZIP_DEFLATED)


def _restored(path: Path) -> None:
    _written_by_another(path, zipfile.ZIP_STORED)


def _prefixed(path: Path) -> None:
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())


def _suffixed(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def _hidden_between(path: Path) -> None:
    """Bytes between the last member and the directory, which ZIP programs skip."""
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02")
    path.write_bytes(content[:at] + b"hidden" + content[at:])


def _other_time(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[10:12] = struct.pack("<H", 12345)
    path.write_bytes(content)


def _other_order(path: Path) -> None:
    contents = _contents(path)
    names = [*MEMBERS[1:], MEMBERS[0]]
    forged = _rebuild({name: contents[name] for name in names}, path.parent, manifest=False)
    forged.replace(path)


def _one_less(path: Path) -> None:
    contents = _contents(path)
    del contents["evidence.csv"]
    _rebuild(contents, path.parent, manifest=True).replace(path)


@pytest.mark.parametrize(
    "trick",
    [
        _appended_member,
        _duplicate_member,
        _comment,
        _recompressed,
        _restored,
        _prefixed,
        _suffixed,
        _hidden_between,
        _other_time,
        _other_order,
        _one_less,
    ],
)
def test_tricks_with_the_zip_are_found(archive: Path, tmp_path: Path, trick: Callable[[Path], None]) -> None:
    path = Path(shutil.copy(archive, tmp_path / "a.zip"))
    trick(path)
    assert not _check(path).holds


def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path) -> None:
    for content in (b"", b"PK", b"PK\x03\x04", b"hello" * 1000, b"PK\x05\x06" + bytes(18)):
        (tmp_path / "a").write_bytes(content)
        assert not _check(tmp_path / "a").holds
