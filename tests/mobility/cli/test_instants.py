"""Times as people type them."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
import typer

from ground.paris import PARIS
from mobility.cli.instants import WEEKDAYS, read_instant


def test_times_are_on_the_clocks_of_the_zone_unless_they_say_otherwise() -> None:
    assert read_instant("2026-10-25 03:30", PARIS) == dt.datetime(2026, 10, 25, 2, 30, tzinfo=dt.UTC)
    assert read_instant("2026-10-25T03:30Z", PARIS) == dt.datetime(2026, 10, 25, 3, 30, tzinfo=dt.UTC)


@pytest.fixture(
    params=["2026-11-23T09:00Z", "2026-12-31T22:59:59Z", "2027-03-27T23:30Z", "2028-02-28T23:00Z"]
)
def now(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    """It is this, for as long as the test takes: a morning, just before and after midnight in Paris, a night the
    clocks change in."""
    held = dt.datetime.fromisoformat(request.param)

    class Held(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return held.astimezone(tz)

    names = {name: getattr(dt, name) for name in ("date", "time", "timedelta")}
    monkeypatch.setattr("mobility.cli.instants.dt", SimpleNamespace(datetime=Held, **names))
    return held.astimezone(PARIS)


def test_words_are_about_today(now: dt.datetime) -> None:
    for words in ("", "now"):
        assert read_instant(words, PARIS) == now
    today, tomorrow = read_instant("7:05", PARIS), read_instant("tomorrow 7:05", PARIS)
    assert (today.hour, today.minute, today.tzinfo) == (7, 5, PARIS)
    assert today.date() == now.date()
    assert tomorrow.date() - today.date() == dt.timedelta(days=1)
    assert tomorrow.time() == today.time()


def test_a_weekday_is_the_next_one_after_today(now: dt.datetime) -> None:
    for weekday, name in enumerate(WEEKDAYS):
        then = read_instant(f"{name} 7:05", PARIS)
        assert then.weekday() == weekday
        assert 1 <= (then.date() - now.date()).days <= 7
        assert then.time() == dt.time(7, 5)


@pytest.mark.parametrize("words", ["soon", "tomorrow", "monday", "25:00", "2026-13-01", "blursday 07:00"])
def test_anything_else_is_refused_with_examples(words: str) -> None:
    with pytest.raises(typer.BadParameter, match="HH:MM"):
        read_instant(words, PARIS)
