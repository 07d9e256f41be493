"""Accounting periods: calendar months of Europe/Paris, written YYYY-MM."""

from __future__ import annotations

import datetime as dt
import re

from ground.paris import PARIS

_PERIOD = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


def is_period(text: str) -> bool:
    """Whether it is a month written YYYY-MM."""
    return _PERIOD.fullmatch(text) is not None


def period_of(instant: dt.datetime) -> str:
    """The month an aware instant lies in."""
    return instant.astimezone(PARIS).strftime("%Y-%m")


def next_period(period: str) -> str:
    """The month after."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def period_start(period: str) -> dt.datetime:
    """Its first instant, UTC."""
    return dt.datetime(int(period[:4]), int(period[5:]), 1, tzinfo=PARIS).astimezone(dt.UTC)


def period_end(period: str) -> dt.datetime:
    """The first instant after it, UTC."""
    return period_start(next_period(period))
