"""Times as people type them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import typer

from mobility.cli.instants import read_instant

PARIS = ZoneInfo("Europe/Paris")


def test_times_are_on_the_clocks_of_the_zone_unless_they_say_otherwise() -> None:
    assert read_instant("2026-10-25 03:30", PARIS) == dt.datetime(2026, 10, 25, 2, 30, tzinfo=dt.UTC)
    assert read_instant("2026-10-25T03:30Z", PARIS) == dt.datetime(2026, 10, 25, 3, 30, tzinfo=dt.UTC)


def test_words_are_about_today() -> None:
    before = dt.datetime.now(PARIS)
    for words in ("", "now"):
        assert before <= read_instant(words, PARIS) <= dt.datetime.now(PARIS)
    today, tomorrow = read_instant("7:05", PARIS), read_instant("tomorrow 7:05", PARIS)
    assert (today.hour, today.minute, today.tzinfo) == (7, 5, PARIS)
    assert tomorrow.date() - today.date() == dt.timedelta(days=1)
    assert tomorrow.time() == today.time()


@pytest.mark.parametrize("words", ["soon", "tomorrow", "25:00", "2026-13-01"])
def test_anything_else_is_refused_with_examples(words: str) -> None:
    with pytest.raises(typer.BadParameter, match="HH:MM"):
        read_instant(words, PARIS)
