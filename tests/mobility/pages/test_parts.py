"""Clocks, colours and words."""

from __future__ import annotations

import datetime as dt
import string
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground.paris import PARIS
from mobility.pages.line_colours import CONTRAST_MIN, choose_colours, contrast
from mobility.pages.local_time import LocalInstant, MissingHour, is_repeated, offset_name, read_local
from mobility.pages.wording import WORDS, Wording


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("date", "time", "instant"),
    [
        (dt.date(2026, 6, 15), dt.time(7, 30), utc(2026, 6, 15, 5, 30)),
        (dt.date(2026, 1, 15), dt.time(7, 30), utc(2026, 1, 15, 6, 30)),
        (dt.date(2026, 3, 29), dt.time(1, 59), utc(2026, 3, 29, 0, 59)),
        (dt.date(2026, 3, 29), dt.time(3, 0), utc(2026, 3, 29, 1, 0)),
        (dt.date(2026, 10, 25), dt.time(1, 59), utc(2026, 10, 24, 23, 59)),
        (dt.date(2026, 10, 25), dt.time(3, 0), utc(2026, 10, 25, 2, 0)),
    ],
)
def test_local_times(date: dt.date, time: dt.time, instant: dt.datetime) -> None:
    assert read_local(date, time, PARIS) == LocalInstant(instant)


def test_a_skipped_hour() -> None:
    found = read_local(dt.date(2026, 3, 29), dt.time(2, 30), PARIS)
    assert isinstance(found, MissingHour)
    assert f"{found.instead:%H:%M}" == "03:30"


def test_an_hour_twice() -> None:
    first, second = utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)
    assert read_local(dt.date(2026, 10, 25), dt.time(2, 30), PARIS) == LocalInstant(first, second)
    assert read_local(dt.date(2026, 10, 25), dt.time(2, 30), PARIS, second=True) == LocalInstant(
        second, first
    )
    assert is_repeated(first.astimezone(PARIS))
    assert is_repeated(second.astimezone(PARIS))
    assert not is_repeated(utc(2026, 3, 29, 1, 30).astimezone(PARIS))


@given(
    st.datetimes(utc(1995, 1, 1).replace(tzinfo=None), utc(2090, 1, 1).replace(tzinfo=None)),
    st.sampled_from(["Europe/Paris", "America/St_Johns", "Australia/Lord_Howe"]),
)
def test_what_is_read_is_what_the_clock_shows(moment: dt.datetime, name: str) -> None:
    zone = ZoneInfo(name)
    found = read_local(moment.date(), moment.time(), zone)
    if isinstance(found, LocalInstant):
        assert found.instant.astimezone(zone).replace(tzinfo=None) == moment
        if found.other:
            assert found.other.astimezone(zone).replace(tzinfo=None) == moment
            assert found.other > found.instant
    else:
        assert found.instead.replace(tzinfo=None) != moment


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Paris", "UTC+2"),
        ("America/St_Johns", "UTC-2:30"),
        ("Asia/Kolkata", "UTC+5:30"),
        ("UTC", "UTC+0"),
    ],
)
def test_offsets(zone: str, name: str) -> None:
    assert offset_name(utc(2026, 6, 15, 12).astimezone(ZoneInfo(zone))) == name


colours = st.none() | st.text(string.hexdigits, min_size=6, max_size=6) | st.text(max_size=7)


@given(colours, colours)
def test_a_badge_can_always_be_read(colour: str | None, text_colour: str | None) -> None:
    background, text = choose_colours(colour, text_colour)
    assert contrast(background, text) >= CONTRAST_MIN
    assert all(len(digits) == 6 and set(digits) <= set(string.hexdigits) for digits in (background, text))


def test_the_publishers_colours_are_kept_where_they_can_be_read() -> None:
    assert choose_colours("0749FF", "FFFFFF") == ("0749FF", "FFFFFF")
    assert choose_colours("FFFF00", "FFFFFF") == ("FFFF00", "000000")
    assert contrast("000000", "FFFFFF") == pytest.approx(21)


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["fr"].keys() == WORDS["en"].keys()
    for key, french in WORDS["fr"].items():
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (french, WORDS["en"][key])
        ]
        assert fields[0] == fields[1], key


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 min"), (59, "1 min"), (60, "1 min"), (3600, "1 h"), (3900, "1 h 05 min"), (90000, "25 h")],
)
def test_durations(seconds: int, words: str) -> None:
    assert Wording("fr").duration(seconds).replace("\u00a0", " ") == words


def test_amounts_and_days() -> None:
    french, english = Wording("fr"), Wording("en")
    assert french.distance(1234).replace("\u00a0", " ") == "1,2 km"
    assert english.distance(347).replace("\u00a0", " ") == "350 m"
    assert english.distance(0).replace("\u00a0", " ") == "10 m"
    assert french.grams(2449).replace("\u00a0", " ") == "2,4 kg"
    assert english.grams(849.6).replace("\u00a0", " ") == "850 g"
    assert french.day(dt.date(2026, 5, 1)) == "vendredi 1er mai 2026"
    assert english.day(dt.date(2026, 5, 1)) == "Friday 1 May 2026"
    assert french("choose", text="x") == "Plusieurs lieux correspondent à «\u00a0x\u00a0». Lequel\u00a0?"
