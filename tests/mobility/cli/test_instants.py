"""Times as people type them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import typer

from mobility.cli.instants import WEEKDAYS, read_instant

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


def test_a_weekday_is_the_next_one_after_today() -> None:
    today = read_instant("7:05", PARIS)
    for weekday, name in enumerate(WEEKDAYS):
        then = read_instant(f"{name} 7:05", PARIS)
        assert then.weekday() == weekday
        assert 1 <= (then.date() - today.date()).days <= 7
        assert then.time() == today.time()


@pytest.mark.parametrize("words", ["soon", "tomorrow", "monday", "25:00", "2026-13-01", "blursday 07:00"])
def test_anything_else_is_refused_with_examples(words: str) -> None:
    with pytest.raises(typer.BadParameter, match="HH:MM"):
        read_instant(words, PARIS)
