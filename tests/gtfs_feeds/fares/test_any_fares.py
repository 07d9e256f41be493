"""Prices damaged at random: the timetable beside them stays as it was, and what is left can be asked."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ground.document import read_document, write_document
from gtfs_feeds.compile import compile_feed
from gtfs_feeds.reader import read_feed
from gtfs_feeds.tables import COLUMNS, FeedTables
from tests.gtfs_feeds.fares.fare_texts import V1, V2
from tests.gtfs_feeds.feed_texts import TODAY, assert_consistent, explained_rules, feed_of
from ticketing.fares.feed_price import feed_price
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.fares.tables import FeedFares

NASTY = (
    *("", " ", "x", "-1", "0", "1", "2", "9", "1e9", "99999999999999999999", "nan", "NA", "٣", "²"),
    *("rail", "bus", "BES", "peak", "train", "t", "n", "p", "q", "V1", "GARE", "R", "WEEK", "adult", "card"),
    *("08:15:00", "25:00:00", "8:00", "-0.01", "2.50", "2,50", "1e5", "EUR", "XXX", "a,b", 'é\n"', "\0"),
)


def _timetable_of(tables: FeedTables) -> dict[str, Any]:
    return {
        stem: getattr(tables, stem).drop(columns="line").astype(str).to_dict("records")
        for stem in COLUMNS
        if isinstance(getattr(tables, stem), pd.DataFrame)
    }


@cache
def timetable(standard: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        texts = V2 if standard == "v2" else V1
        return _timetable_of(read_feed(feed_of(Path(name), texts), "test", today=TODAY)[0])


def _damaged(text: str, chance: random.Random) -> str | bytes:
    if chance.random() < 0.1:
        content = bytearray(text.encode())
        at = chance.randrange(len(content))
        content[at : at + chance.randint(0, 20)] = chance.choice([b"", b'"', b"\xff\xfe", b"\n\n,", b"\0"])
        return bytes(content)
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(chance.randint(1, 4)):
        row, kind = chance.randrange(1, len(rows)), chance.random()
        if kind < 0.75 and rows[row]:
            rows[row][chance.randrange(len(rows[row]))] = chance.choice(NASTY)
        elif kind < 0.85:
            rows.append(list(rows[row]))
        elif kind < 0.92:
            rows[row] = rows[row][: chance.randint(1, len(rows[row]) or 1)]
        else:
            rows[0][chance.randrange(len(rows[0]))] = chance.choice(("other", rows[0][0]))
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def assert_answers(fares: FeedFares) -> None:
    """Any journey has a price or none, with its reasons; what is written down reads back equal."""
    assert read_document(FeedFares, write_document(fares)) == fares
    stops = [FareStop(id_, id_, station, time_zone="Europe/Paris")
             for id_, station in (("V1", "GARE"), ("BAUME", ""), ("V2", "GARE"), ("CLERVAL", ""))]  # fmt: skip
    begin_s = int(dt.datetime(2026, 3, 10, 7, 0, tzinfo=dt.UTC).timestamp())
    legs = [
        FareLeg(
            FareMode.RAIL, stops[place], stops[place + 1], begin_s + 1800 * place, begin_s + 1800 * place + 900,
            1000, "test", "A", route,
        )
        for place, route in enumerate("RCR")
    ]  # fmt: skip
    for first in range(3):
        for after in range(first + 1, 4):
            price = feed_price(legs[first:after], fares, "youth")
            if price is not None:
                assert sum(part.cents for part in price.parts) == price.cents


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.sampled_from(("v2", "v1")))
def test_the_timetable_is_never_harmed(seed: int, standard: str) -> None:
    chance = random.Random(seed)
    good = V2 if standard == "v2" else V1
    changes: dict[str, str | bytes | None] = {**good}
    files = [name for name in good if name != "stops.txt"]
    for name in chance.sample(files, chance.randint(1, min(4, len(files)))):
        changes[name] = None if chance.random() < 0.1 else _damaged(good[name], chance)
    with tempfile.TemporaryDirectory() as name:
        tables, findings = read_feed(feed_of(Path(name), changes), "test", today=TODAY)
    assert_consistent(tables)
    assert _timetable_of(tables) == timetable(standard)
    assert {finding.rule for finding in findings} <= explained_rules()
    if tables.fares is not None:
        assert_answers(tables.fares)
    network, _ = compile_feed(tables)
    assert len(network.fares) == (tables.fares is not None)
