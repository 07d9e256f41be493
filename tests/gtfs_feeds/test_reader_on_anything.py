"""A good feed, damaged at random: it is refused in words, or what is read keeps every promise of the tables."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from gtfs_feeds.findings import FeedRefusedError
from gtfs_feeds.reader import read_feed
from tests.gtfs_feeds.feed_texts import GOOD, TODAY, assert_consistent, feed_of

NASTY = (
    *(
        "",
        " ",
        "x",
        "-1",
        "0",
        "9",
        "1e9",
        "99999999999999999999",
        "nan",
        "inf",
        "٣",
        "1_000",
        "0x10",
        "true",
        "NA",
    ),
    *(
        "T1",
        "T2",
        "V1",
        "GARE",
        "WEEK",
        "A",
        "08:15:00",
        "23:59:59",
        "167:00:00",
        "8:00",
        "20260101",
        "20991231",
    ),
    *("99999999", "47.2", 'é\n"', "a,b", "\0", "2147483648", "-9999999999"),
)


def _damage(text: str, chance: random.Random) -> str:
    """A few cells, rows or columns changed, dropped or repeated."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(chance.randint(1, 4)):
        if len(rows) < 2:
            break
        row = chance.randrange(len(rows))
        kind = chance.random()
        if kind < 0.6 and rows[row]:
            rows[row][chance.randrange(len(rows[row]))] = chance.choice(NASTY)
        elif kind < 0.7:
            del rows[row]
        elif kind < 0.8:
            rows.insert(chance.randrange(len(rows)), list(rows[row]))
        elif kind < 0.9 and rows[row]:
            del rows[row][chance.randrange(len(rows[row]))]
        else:
            chance.shuffle(rows) if chance.random() < 0.3 else rows.append(rows.pop(row))
    out = io.StringIO()
    csv.writer(out, lineterminator=chance.choice(["\n", "\r\n"])).writerows(rows)
    return out.getvalue()


def _read(changes: dict[str, str | bytes | None]) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = feed_of(Path(name), changes)
        try:
            tables, findings = read_feed(path, "test", today=TODAY)
        except FeedRefusedError:
            return
    assert_consistent(tables)
    for finding in findings:
        assert finding.count >= 1
        assert finding.message
        assert finding.action
        assert "{value}" not in finding.message or finding.count > 1


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_damaged_cells_rows_and_columns(seed: int) -> None:
    chance = random.Random(seed)
    names = chance.sample(sorted(GOOD), chance.randint(1, 4))
    _read({name: _damage(GOOD[name], chance) for name in names})


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_damaged_bytes(seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice(sorted(GOOD))
    content = bytearray(GOOD[name].encode())
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        kind = chance.random()
        if kind < 0.4:
            content[at] = chance.randrange(256)
        elif kind < 0.7:
            content[at:at] = chance.choice(
                [b'"', b",", b"\n", b"\r", b"\xff", b"\0", b'""', b" ", b"\xef\xbb\xbf"]
            )
        else:
            del content[at : at + chance.randint(1, 30)]
    _read({name: bytes(content)})


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_damaged_archives(seed: int) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        path = feed_of(Path(name))
        content = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 5)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            tables, _ = read_feed(path, "test", today=TODAY)
        except FeedRefusedError:
            return
    assert_consistent(tables)
